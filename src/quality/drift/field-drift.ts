import type { Observation, VehicleLocation } from "../../model/observation.js";
import { type EpochMs, HOUR_MS } from "../../model/units.js";

/** A field of a feed is not what it was at this hour of earlier days. */
export interface DriftNews {
	readonly level: "info" | "warn";
	/** For people, whole. */
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

const NUMBERS = ["speedMps", "headingDeg", "scheduleDeviationS", "occupancyPercentage", "odometerM"] as const;
const WORDS = ["currentStatus", "occupancyStatus", "congestionLevel", "scheduleRelationship"] as const;
const NAMES = ["gtfsRouteId", "tripId", "stopId"] as const;
type Field = (typeof NUMBERS)[number] | (typeof WORDS)[number] | (typeof NAMES)[number];
const FIELDS: readonly Field[] = [...NUMBERS, ...WORDS, ...NAMES];

/** One report in so many is looked at. */
const EVERY = 7;
/** An hour with fewer of them says nothing. */
const REPORTS_MIN = 100;
/** Earlier days of the same hour that must be known, and how much a new day counts. */
const DAYS_MIN = 2;
const LEARN = 0.3;
const DAYS_MAX = 14;
/** Points of the share of reports without the field. */
const ABSENT_STEP = 0.3;
/** Distinct values: so many times more or fewer, of at least so many. */
const VALUES_FACTOR = 3;
const VALUES_MIN = 10;
const VALUES_KEPT = 500;
/** The middle of a range, in spreads of that hour. */
const RANGE_SPREADS = 1.5;
const WORDS_KEPT = 40;

interface HourSum {
	reports: number;
	present: number;
	sum: number;
	squares: number;
	readonly values: Set<string>;
}

/** What is usual in one hour of the day: of a field. */
interface Usual {
	days: number;
	absentShare: number;
	mean: number;
	spread: number;
	values: number;
}

type DriftJson = readonly (readonly [string, readonly number[]])[];

/**
 * Compares each hour of a feed with the same hour of earlier days, field by field: how often it is absent, its range, how
 * many different values it has, and which words. What changes over weeks is no alarm of a moment, and is told at most once
 * an hour and field. Bounded: sums per field and hour, and a sample of the reports.
 */
export class FieldDrift {
	#hour = -1;
	#turn = 0;
	#sums = new Map<Field, HourSum>();
	readonly #usual = new Map<string, Usual>();
	readonly #words = new Set<string>();
	#isChanged = false;

	/** Takes the items of a frame. Answers what the hour that has ended was like, once it is over. */
	look(
		items: readonly (Observation | { readonly kind: "rejection" })[],
		receivedTime: EpochMs,
	): readonly DriftNews[] {
		const hour = Math.floor(receivedTime / HOUR_MS);
		const news = hour > this.#hour && this.#hour >= 0 ? this.#close() : NO_NEWS;
		// A frame of an earlier hour belongs to an account that is closed.
		if (hour < this.#hour) return news;
		this.#hour = hour;
		for (; this.#turn < items.length; this.#turn += EVERY) {
			const item = items[this.#turn];
			if (item?.kind === "vehicle_location") this.#take(item);
		}
		this.#turn -= items.length;
		return news;
	}

	#take(item: VehicleLocation): void {
		for (const field of FIELDS) {
			let sum = this.#sums.get(field);
			if (sum === undefined) {
				sum = { reports: 0, present: 0, sum: 0, squares: 0, values: new Set() };
				this.#sums.set(field, sum);
			}
			sum.reports++;
			const value = item[field];
			if (value === undefined) continue;
			sum.present++;
			if (typeof value === "number") {
				sum.sum += value;
				sum.squares += value * value;
			} else if (sum.values.size < VALUES_KEPT) sum.values.add(value);
		}
	}

	#close(): readonly DriftNews[] {
		const news: DriftNews[] = [];
		const hourOfDay = this.#hour % 24;
		for (const [field, sum] of this.#sums) {
			if (sum.reports < REPORTS_MIN) continue;
			const today = dayOf(sum);
			const key = `${field}/${hourOfDay}`;
			const usual = this.#usual.get(key);
			if (usual !== undefined && usual.days >= DAYS_MIN)
				news.push(...compare(field, hourOfDay, today, usual));
			if (isWord(field)) news.push(...this.#newWords(field, sum.values));
			this.#usual.set(key, usual === undefined ? today : merged(usual, today));
			this.#isChanged = true;
		}
		this.#sums = new Map();
		return news;
	}

	#newWords(field: Field, values: ReadonlySet<string>): DriftNews[] {
		const fresh = [...values].filter((value) => !this.#words.has(`${field}=${value}`)).slice(0, WORDS_KEPT);
		const isKnown = [...this.#words].some((word) => word.startsWith(`${field}=`));
		for (const value of fresh) this.#words.add(`${field}=${value}`);
		if (fresh.length === 0 || !isKnown) return [];
		const message = `${field} has values that it never had before: ${fresh.join(", ")}`.slice(0, 400);
		return [{ level: "info", message, details: { field, change: "values", new: fresh } }];
	}

	/** State to be kept, where an hour has ended since it was taken last. */
	seal(): string | undefined {
		if (!this.#isChanged) return undefined;
		this.#isChanged = false;
		const usual: DriftJson = [...this.#usual].map(([key, { days, absentShare, mean, spread, values }]) => [
			key,
			[days, absentShare, mean, spread, values],
		]);
		return JSON.stringify({ v: 1, usual, words: [...this.#words] });
	}

	/** Takes what `seal` gave. The hour in which the hub stopped begins anew. */
	restore(text: string): void {
		const json = JSON.parse(text) as { v: number; usual: DriftJson; words: readonly string[] };
		if (json.v !== 1) return;
		for (const [key, [days = 0, absentShare = 0, mean = 0, spread = 0, values = 0]] of json.usual)
			this.#usual.set(key, { days, absentShare, mean, spread, values });
		for (const word of json.words) this.#words.add(word);
	}
}

const NO_NEWS: readonly DriftNews[] = Object.freeze([]);

function isWord(field: Field): boolean {
	return (WORDS as readonly string[]).includes(field);
}

function dayOf({ reports, present, sum, squares, values }: HourSum): Usual {
	const mean = present === 0 ? 0 : sum / present;
	const spread = present === 0 ? 0 : Math.sqrt(Math.max(0, squares / present - mean * mean));
	return { days: 1, absentShare: 1 - present / reports, mean, spread, values: values.size };
}

function merged(usual: Usual, today: Usual): Usual {
	const weight = Math.max(LEARN, 1 / (usual.days + 1));
	const mix = (a: number, b: number) => a + (b - a) * weight;
	return {
		days: Math.min(DAYS_MAX, usual.days + 1),
		absentShare: mix(usual.absentShare, today.absentShare),
		mean: mix(usual.mean, today.mean),
		spread: mix(usual.spread, today.spread),
		values: mix(usual.values, today.values),
	};
}

function compare(field: Field, hour: number, today: Usual, usual: Usual): DriftNews[] {
	const news: DriftNews[] = [];
	const tell = (change: string, before: number, now: number, words: string) => {
		const details = { field, change, hour, usual: round(before), now: round(now), days: usual.days };
		const message = `${field} ${words}, against ${usual.days} earlier days at ${hour}:00 UTC`;
		news.push({ level: "warn", message, details });
	};
	const [absent, absentBefore] = [today.absentShare, usual.absentShare];
	if (Math.abs(absent - absentBefore) >= ABSENT_STEP) {
		const words = `is absent in ${percent(absent)} of the reports and was in ${percent(absentBefore)}`;
		tell("absent", absentBefore, absent, words);
		return news;
	}
	if (absent >= 1 - ABSENT_STEP) return news;
	const isNumber = (NUMBERS as readonly string[]).includes(field) && field !== "odometerM";
	if (isNumber && Math.abs(today.mean - usual.mean) > RANGE_SPREADS * Math.max(usual.spread, 1)) {
		tell("range", usual.mean, today.mean, `is ${round(today.mean)} on average and was ${round(usual.mean)}`);
	}
	const [most, least] = [Math.max(today.values, usual.values), Math.min(today.values, usual.values)];
	if (most >= VALUES_MIN && least * VALUES_FACTOR < most) {
		const words = `has ${Math.round(today.values)} different values and had ${Math.round(usual.values)}`;
		tell("cardinality", usual.values, today.values, words);
	}
	return news;
}

function percent(share: number): string {
	return `${Math.round(share * 100)} %`;
}

function round(value: number): number {
	return Number(value.toPrecision(3));
}
