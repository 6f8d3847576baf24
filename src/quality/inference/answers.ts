import { MINUTE_MS } from "../../model/units.js";
import {
	type Candidate,
	confidenceOf,
	type Finding,
	isNamed,
	isSame,
	othersOf,
	ranked,
	type Sought,
	type Unknown,
} from "./finding.js";
import type { IdCandidate } from "./identity.js";
import type { journeyCandidates } from "./journeys.js";
import type { SpeedCandidate } from "./motion.js";
import { candidatesOf, type PlacePair } from "./places.js";
import type { Profile, Table } from "./table.js";
import type { TimeColumn, ZoneReading } from "./times.js";
import type { Step } from "./tracks.js";

export interface TimeCandidate extends Candidate {
	readonly column: TimeColumn;
}

/** What is less sure than this is no proposal, but something that could not be told. */
const CONFIDENCE_MIN = 0.3;
/** Records below which nothing is known of who shares what. */
const FEW = 4;
/** Steps from which on how vehicles drove tells them apart. */
const HISTORY_STEPS = 8;
/** Between two places that nothing but their order in the record tells apart. */
const RIVAL_MARGIN = 0.1;
const TIME_MARGIN = 0.03;
const UNNAMED = 0.28;

/** Collects what was found, and what was not. */
export class Answers {
	readonly findings: Finding[] = [];
	readonly unknown: Unknown[] = [];
	readonly #useNames: boolean;

	constructor(useNames: boolean) {
		this.#useNames = useNames;
	}

	found(field: Finding["field"]): Finding | undefined {
		return this.findings.find((finding) => finding.field === field);
	}

	id(candidates: readonly IdCandidate[], table: Table, angles: ReadonlySet<Profile>): void {
		const [best] = candidates;
		if (table.rows < FEW && best !== undefined && !(this.#useNames && isNamed("vehicleId", best.profile))) {
			const paths = candidates.slice(0, 4).map(({ profile }) => profile.column.path);
			this.#missing(
				"vehicleId",
				"so few records do not show which value tells vehicles apart; some messages in a row would",
				paths,
			);
			return;
		}
		const rivals = best === undefined ? [] : this.#rivals(best, candidates, angles);
		if (rivals.length > 0) {
			this.#missing(
				"vehicleId",
				"in a single moment several values are each record's own, and nothing tells the vehicle from the rest; some messages in a row would",
				rivals,
			);
			return;
		}
		this.#settle(
			"vehicleId",
			candidates,
			{},
			() => "no value stays with a vehicle that drives continuously, or is its own in each message",
		);
	}

	/** Where vehicles are seen once only: the places that fit as well as the best one, itself among them. */
	#rivals(
		best: IdCandidate,
		candidates: readonly IdCandidate[],
		angles: ReadonlySet<Profile>,
	): readonly string[] {
		if (this.#useNames && isNamed("vehicleId", best.profile)) return [];
		if ((best.tracks?.steps.length ?? 0) >= HISTORY_STEPS) return [];
		const near = candidates.filter(
			(one) =>
				best.score - one.score < RIVAL_MARGIN &&
				!isSame(one.profile, best.profile) &&
				(angles.has(best.profile) || !angles.has(one.profile)),
		);
		return near.length === 0 ? [] : [best, ...near].slice(0, 4).map(({ profile }) => profile.column.path);
	}

	place(pairs: readonly PlacePair[]): void {
		const [pair] = pairs;
		if (pair === undefined) {
			this.#missing(
				"position",
				"no two numbers can be degrees of latitude and longitude: there is none, or it is projected, swapped out of the area, or one text",
			);
			return;
		}
		for (const which of ["latitude", "longitude"] as const) {
			const candidates = candidatesOf(pairs, which);
			const doubt = pair.isOrderShown ? 0 : 0.15;
			const confidence = confidenceOf(which, candidates, this.#useNames) - doubt;
			this.findings.push({
				field: which,
				path: pair[which].column.path,
				confidence: Number(Math.max(CONFIDENCE_MIN, confidence).toFixed(2)),
				evidence: pair.evidence,
				reading: pair.scale === 1 ? {} : { scale: pair.scale },
				others: othersOf(candidates),
			});
		}
	}

	time(candidates: readonly TimeCandidate[], zone: ZoneReading | undefined): void {
		const [best] = candidates;
		if (best === undefined || zone === undefined) {
			this.#missing(
				"eventTime",
				"no value can be read as a time with its date; seconds ago show only over several messages",
			);
			return;
		}
		const { column, profile } = best;
		const path = profile.column.path;
		const shared = {
			...(column.format === "iso" &&
			column.date === undefined &&
			zone.zone === undefined &&
			profile.share === 1
				? {}
				: { time: column.format }),
			...(zone.zone === undefined ? {} : { zone: zone.zone }),
			...(profile.share === 1 ? {} : { required: false }),
		};
		const reading =
			column.date === undefined ? shared : { template: `{${column.date.column.path}}T{${path}}`, ...shared };
		const confidence = confidenceOf("eventTime", candidates, this.#useNames);
		if (confidence < CONFIDENCE_MIN - 0.05) {
			this.#missing(
				"eventTime",
				"the only times are those of the message itself; seconds ago show only over several messages",
				candidates.slice(0, 4).map((candidate) => candidate.profile.column.path),
			);
			return;
		}
		const apart = this.#otherTimes(best, candidates);
		if (apart.length > 0) {
			this.#missing(
				"eventTime",
				"the record holds several times, and one record does not show which of them is the report's",
				apart,
			);
			return;
		}
		this.findings.push({
			field: "eventTime",
			path,
			confidence: Number(Math.max(0.3, confidence - (zone.isShown ? 0 : 0.1)).toFixed(2)),
			evidence: [...best.evidence, zone.evidence],
			reading,
			others: othersOf(candidates),
		});
		if (!zone.isShown) this.#missing("eventTime", `its zone: ${zone.evidence}`);
	}

	/** Of one record or two: times that fit as well as the best one, and say something else. */
	#otherTimes(best: TimeCandidate, candidates: readonly TimeCandidate[]): readonly string[] {
		if (this.#useNames && isNamed("eventTime", best.profile)) return [];
		if (best.column.times.length >= FEW) return [];
		const others = candidates.filter(
			(one) =>
				best.score - one.score < TIME_MARGIN &&
				one.column.times.some((time, row) => Math.abs(time - (best.column.times[row] as number)) > MINUTE_MS),
		);
		return others.length === 0 ? [] : [best, ...others].slice(0, 4).map(({ profile }) => profile.column.path);
	}

	/** Seconds since the report, which one message alone cannot show: only a name makes them likely. */
	age(profiles: readonly Profile[]): void {
		if (!this.#useNames) return;
		const profile = profiles.find(
			(one) =>
				one.column.up === 0 &&
				one.numeric === 1 &&
				one.whole === 1 &&
				one.min >= 0 &&
				one.max <= 3600 &&
				isNamed("age", one),
		);
		if (profile === undefined) return;
		this.findings.push({
			field: "eventTime",
			path: profile.column.path,
			confidence: 0.35,
			evidence: [
				`whole numbers from ${profile.min} to ${profile.max}; that they are seconds before the message is told by the name alone`,
			],
			reading: { time: "seconds-ago" },
			others: [],
		});
	}

	heading(candidates: readonly Candidate[], steps: readonly Step[]): Profile | undefined {
		const best = this.#settle("headingDeg", candidates, {}, () =>
			steps.length === 0
				? "no vehicle is seen at two times, and no column shows all directions"
				: "no column goes with the direction in which vehicles drove",
		);
		return best?.profile;
	}

	speed(candidates: readonly SpeedCandidate[], steps: readonly Step[]): void {
		const order = ranked("speedMps", candidates, this.#useNames) as readonly SpeedCandidate[];
		const [best] = order;
		const unit = best === undefined || best.unitConfidence < 0.4 ? undefined : best.unit;
		const found = this.#settle(
			"speedMps",
			candidates,
			unit === undefined ? {} : { unit },
			() =>
				steps.length === 0
					? "no vehicle is seen at two times, so no column can be held against how far one drove"
					: "no column goes with how far vehicles drove",
			unit === undefined || best === undefined ? [] : [best.unitEvidence],
			unit === undefined || best === undefined ? 1 : best.unitConfidence,
		);
		if (found !== undefined && unit === undefined && best !== undefined)
			this.#missing("speedMps", `its unit: ${best.unitEvidence}; it is kept aside as speedAsSent`);
	}

	journeys(
		{ trips, routes }: ReturnType<typeof journeyCandidates>,
		steps: readonly Step[],
		table: Table,
	): void {
		const why =
			table.rows === 1
				? "one record shows nothing that is shared or that changes"
				: steps.length === 0
					? "a single moment shows too little of what changes and what stays"
					: undefined;
		// One record or two show nothing of who shares what: there a name is all that there is to go by.
		const known = (field: "tripId" | "gtfsRouteId", candidates: readonly Candidate[]) =>
			candidates.map((one) =>
				table.rows < FEW && !(this.#useNames && isNamed(field, one.profile))
					? { ...one, score: Math.min(UNNAMED, one.score) }
					: one,
			);
		const trip = this.#settle(
			"tripId",
			known("tripId", trips),
			{},
			() => why ?? "no value stays with one vehicle for a while and then changes",
		);
		this.#settle(
			"gtfsRouteId",
			known(
				"gtfsRouteId",
				routes.filter(({ profile }) => profile !== trip?.profile),
			),
			{},
			() => why ?? "no value is shared by vehicles and lasts: with one vehicle it cannot be told",
		);
	}

	#settle(
		field: Exclude<Finding["field"], "latitude" | "longitude">,
		candidates: readonly Candidate[],
		reading: Readonly<Record<string, unknown>>,
		why: () => string,
		evidence: readonly string[] = [],
		most = 1,
	): Candidate | undefined {
		const order = ranked(field, candidates, this.#useNames);
		const [best] = order;
		const confidence = confidenceOf(field, order, this.#useNames);
		if (best === undefined || confidence < CONFIDENCE_MIN) {
			this.#missing(
				field,
				why(),
				order.slice(0, 4).map(({ profile }) => profile.column.path),
			);
			return undefined;
		}
		this.findings.push({
			field,
			path: best.profile.column.path,
			confidence: Math.min(most, confidence),
			evidence: [...best.evidence, ...evidence],
			reading,
			others: othersOf(order),
		});
		return best;
	}

	#missing(field: Sought, why: string, candidates: readonly string[] = []): void {
		this.unknown.push({ field, why, candidates });
	}
}
