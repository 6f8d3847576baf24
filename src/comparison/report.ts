import { formatIsoTime } from "../formats/iso-time.js";
import { type Comparison, GHOST_AFTER_MS } from "./comparison.js";
import {
	BESIDE,
	type Forecasts,
	type ForecastTally,
	type Presence,
	presenceOf,
	sumForecasts,
	totalOf,
} from "./forecasts.js";
import { SIDES, type Side, Tally } from "./tally.js";
import { ghostShare, share, type Verdict } from "./verdict.js";

/** Vehicles that are named because one feed shows them and the other does not. */
const NAMED_MAX = 20;

/** Of a route, an hour or all. Shares are 0 to 1, ages seconds, distances metres; null: there was nothing to measure. */
export interface Figures {
	readonly vehicles: { readonly both: number; readonly onlyA: number; readonly onlyB: number };
	readonly trips: { readonly both: number; readonly onlyA: number; readonly onlyB: number };
	readonly missing: number | null;
	readonly age: Readonly<Record<Side, { readonly p50: number | null; readonly p95: number | null }>>;
	readonly distance: {
		readonly p50: number | null;
		readonly p95: number | null;
		readonly max: number | null;
	};
	readonly tripsDiffer: number | null;
	readonly routesDiffer: number;
	readonly ghosts: Readonly<Record<Side, number>>;
	readonly ghostShare: Readonly<Record<Side, number | null>>;
	/** Of the ghosts, those whose trip is over. */
	readonly ended: Readonly<Record<Side, number>>;
	/** Of the ghosts, those with a position of a time that has not come yet. */
	readonly future: Readonly<Record<Side, number>>;
	/** With a schedule: share of assigned vehicles whose trip it has. */
	readonly matched: Readonly<Record<Side, number | null>>;
	/** With a schedule: share of the trips that should be under way that the feed has. */
	readonly seen: Readonly<Record<Side, number | null>>;
	readonly moments: number;
	readonly down: Readonly<Record<Side, number>>;
}

export interface FeedFacts {
	readonly label: string;
	readonly readings: number;
	readonly unchanged: number;
	readonly messages: number;
	readonly messagesWithError: number;
	readonly failures: Readonly<Record<string, number>>;
	readonly rules: Readonly<Record<string, { readonly messages: number; readonly sample: string }>>;
	readonly outages: readonly { readonly from: string; readonly to: string | null }[];
}

/** Of trips with a forecast: of a route, an hour, or all. Seconds between both predicted times of a stop. */
export interface ForecastFigures {
	readonly trips: Presence;
	readonly missing: number | null;
	readonly apart: { readonly p50: number | null; readonly p95: number | null; readonly max: number | null };
}

/** What both feeds say beside positions. Null where nothing of it was compared. */
export interface BesideReport {
	readonly moments: number;
	readonly down: Readonly<Record<Side, number>>;
	/** By `A trip updates` and so on: what failed when they were read, how often. */
	readonly failures: Readonly<Record<string, Readonly<Record<string, number>>>>;
	readonly total: ForecastFigures;
	readonly routes: readonly (ForecastFigures & { readonly route: string })[];
	readonly hours: readonly (ForecastFigures & { readonly hour: number })[];
	readonly routeHours: readonly (ForecastFigures & { readonly route: string; readonly hour: number })[];
	/** Stops whose predicted times differ most. */
	readonly stops: readonly {
		readonly stopId: string;
		readonly count: number;
		readonly p50: number | null;
		readonly p95: number | null;
	}[];
	readonly alerts: Presence & { readonly missing: number | null };
	/** Alerts that one side lacks, by what they say. */
	readonly missingAlerts: readonly (Presence & { readonly text: string })[];
}

/** All that was measured; `docs/compare.md` says what each figure means. */
export interface Report {
	readonly verdict: Verdict;
	readonly from: string | null;
	readonly to: string | null;
	readonly timezone: string;
	readonly hasSchedule: boolean;
	readonly ghostAfterS: number;
	readonly feeds: Readonly<Record<Side, FeedFacts>>;
	readonly beside: BesideReport | null;
	readonly total: Figures;
	readonly routes: readonly (Figures & { readonly route: string })[];
	/** By hour of the agency's day. */
	readonly hours: readonly (Figures & { readonly hour: number })[];
	readonly routeHours: readonly (Figures & { readonly route: string; readonly hour: number })[];
	/** By local hour in the order of time. */
	readonly timeline: readonly (Figures & { readonly hour: string })[];
	/** Vehicles that one feed lacks most often. */
	readonly missingVehicles: readonly {
		readonly id: string;
		readonly onlyA: number;
		readonly onlyB: number;
		readonly both: number;
	}[];
}

export function reportOf(
	comparison: Comparison,
	verdict: Verdict,
	labels: Readonly<Record<Side, string>>,
): Report {
	const cells = [...comparison.cells].flatMap(([route, hours]) =>
		[...hours].map(([hour, tally]) => ({ route, hour, tally })),
	);
	const byHour = new Map<number, Tally[]>();
	for (const { hour, tally } of cells) byHour.set(hour, [...(byHour.get(hour) ?? []), tally]);
	return {
		verdict,
		from: comparison.firstTime === undefined ? null : formatIsoTime(comparison.firstTime),
		to: comparison.lastTime === undefined ? null : formatIsoTime(comparison.lastTime),
		timezone: comparison.timezone,
		hasSchedule: comparison.timetable !== undefined,
		ghostAfterS: GHOST_AFTER_MS / 1000,
		feeds: { a: factsOf(comparison, "a", labels), b: factsOf(comparison, "b", labels) },
		beside: besideOf(comparison.forecasts),
		total: figuresOf(Tally.sum(comparison.hours.values())),
		routes: [...comparison.cells]
			.map(([route, hours]) => ({ route, ...figuresOf(Tally.sum(hours.values())) }))
			.sort((one, other) => inOrder(one.route, other.route)),
		hours: [...byHour]
			.map(([hour, tallies]) => ({ hour, ...figuresOf(Tally.sum(tallies)) }))
			.sort((one, other) => one.hour - other.hour),
		routeHours: cells
			.map(({ route, hour, tally }) => ({ route, hour, ...figuresOf(tally) }))
			.sort((one, other) => inOrder(one.route, other.route) || one.hour - other.hour),
		timeline: [...comparison.hours]
			.sort(([one], [other]) => one - other)
			.map(([hour, tally]) => ({ hour: formatIsoTime(hour).slice(0, 16), ...figuresOf(tally) })),
		missingVehicles: [...comparison.vehicles]
			.map(([id, { a, b, both }]) => ({ id, onlyA: a, onlyB: b, both }))
			.filter(({ onlyA, onlyB }) => onlyA + onlyB > 0)
			.sort((one, other) => other.onlyA + other.onlyB - one.onlyA - one.onlyB || inOrder(one.id, other.id))
			.slice(0, NAMED_MAX),
	};
}

function besideOf(forecasts: Forecasts): BesideReport | null {
	if (forecasts.moments === 0) return null;
	const cells = [...forecasts.cells].flatMap(([route, hours]) =>
		[...hours].map(([hour, tally]) => ({ route, hour, tally })),
	);
	const grouped = <Key>(keyOf: (cell: (typeof cells)[number]) => Key) => {
		const groups = new Map<Key, ForecastTally[]>();
		for (const cell of cells) groups.set(keyOf(cell), [...(groups.get(keyOf(cell)) ?? []), cell.tally]);
		return [...groups].map(([key, tallies]) => [key, forecastFigures(sumForecasts(tallies))] as const);
	};
	const presence = presenceOf(forecasts.alerts.values());
	const stops = [...forecasts.stops].map(([stopId, apart]) => {
		const { count } = apart;
		return { stopId, count, p50: apart.quantile(0.5) ?? null, p95: apart.quantile(0.95) ?? null };
	});
	const lacking = [...forecasts.alerts].filter(([, { onlyA, onlyB }]) => onlyA + onlyB > 0);
	return {
		moments: forecasts.moments,
		down: forecasts.down,
		failures: Object.fromEntries(
			BESIDE.flatMap((kind) =>
				SIDES.map((side) => [
					`${side.toUpperCase()} ${kind === "updates" ? "trip updates" : kind}`,
					Object.fromEntries(forecasts.health[kind][side].failures),
				]),
			),
		),
		total: forecastFigures(totalOf(forecasts)),
		routes: grouped(({ route }) => route)
			.map(([route, figures]) => ({ route, ...figures }))
			.sort((one, other) => inOrder(one.route, other.route)),
		hours: grouped(({ hour }) => hour)
			.map(([hour, figures]) => ({ hour, ...figures }))
			.sort((one, other) => one.hour - other.hour),
		routeHours: cells
			.map(({ route, hour, tally }) => ({ route, hour, ...forecastFigures(tally) }))
			.sort((one, other) => inOrder(one.route, other.route) || one.hour - other.hour),
		stops: stops
			.sort((one, other) => (other.p95 ?? 0) - (one.p95 ?? 0) || inOrder(one.stopId, other.stopId))
			.slice(0, NAMED_MAX),
		alerts: { ...presence, missing: share(presence.onlyA, presence.both + presence.onlyA) ?? null },
		missingAlerts: lacking
			.map(([text, { both, onlyA, onlyB }]) => ({ text, both, onlyA, onlyB }))
			.sort(
				(one, other) => other.onlyA - one.onlyA || other.onlyB - one.onlyB || inOrder(one.text, other.text),
			)
			.slice(0, NAMED_MAX),
	};
}

function inOrder(one: string, other: string): number {
	return one.localeCompare(other, "en", { numeric: true });
}

function forecastFigures({ trips, apart }: ForecastTally): ForecastFigures {
	const { max } = apart;
	return {
		trips,
		missing: share(trips.onlyA, trips.both + trips.onlyA) ?? null,
		apart: {
			p50: apart.quantile(0.5) ?? null,
			p95: apart.quantile(0.95) ?? null,
			max: max === undefined ? null : Math.round(max),
		},
	};
}

function factsOf({ health }: Comparison, side: Side, labels: Readonly<Record<Side, string>>): FeedFacts {
	const { readings, unchanged, messages, messagesWithError, failures, rules, outages } = health[side];
	return {
		label: labels[side],
		readings,
		unchanged,
		messages,
		messagesWithError,
		failures: Object.fromEntries(failures),
		rules: Object.fromEntries([...rules].sort(([one], [other]) => (one < other ? -1 : 1))),
		outages: outages.map(({ from, to }) => ({
			from: formatIsoTime(from),
			to: to === undefined ? null : formatIsoTime(to),
		})),
	};
}

function figuresOf({ counts, ageA, ageB, distance }: Tally): Figures {
	const whole = (value: number | undefined) => (value === undefined ? null : Math.round(value));
	const quantiles = (sketch: Tally["ageA"]) => ({
		p50: whole(sketch.quantile(0.5)),
		p95: whole(sketch.quantile(0.95)),
	});
	const bySide = <Value>(of: (side: "A" | "B") => Value): Record<Side, Value> => ({ a: of("A"), b: of("B") });
	const { max } = distance;
	return {
		vehicles: { both: counts.both, onlyA: counts.onlyA, onlyB: counts.onlyB },
		trips: { both: counts.tripsBoth, onlyA: counts.tripsOnlyA, onlyB: counts.tripsOnlyB },
		missing: share(counts.onlyA, counts.both + counts.onlyA) ?? null,
		age: { a: quantiles(ageA), b: quantiles(ageB) },
		distance: { ...quantiles(distance), max: max === undefined ? null : Math.round(max) },
		tripsDiffer: share(counts.tripsDiffer, counts.tripsCompared) ?? null,
		routesDiffer: counts.routesDiffer,
		ghosts: bySide((side) => counts[`ghosts${side}`]),
		ghostShare: bySide((side) => ghostShare(counts, side) ?? null),
		future: bySide((side) => counts[`future${side}`]),
		ended: bySide((side) => counts[`ended${side}`]),
		matched: bySide((side) => share(counts[`matched${side}`], counts[`assigned${side}`]) ?? null),
		seen: bySide((side) => share(counts[`seen${side}`], counts.expected) ?? null),
		moments: counts.moments,
		down: bySide((side) => counts[`down${side}`]),
	};
}
