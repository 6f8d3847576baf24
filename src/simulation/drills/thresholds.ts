import { type DurationMs, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import type { DrillName } from "./names.js";

export type Grade = "exceeds" | "meets" | "below";

/** What a scorecard states, in this order. */
export const MEASURES = [
	"lost",
	"duplicated",
	"outOfOrder",
	"untrue",
	"freshness",
	"detect",
	"recover",
	"alerts",
	"load",
	"deadLetters",
] as const;
export type Measure = (typeof MEASURES)[number];

/** A bound for each of the two better grades, and why they are where they are. What is worse than `meets` is below. */
export interface Threshold<Bound> {
	readonly exceeds: Bound;
	readonly meets: Bound;
	readonly reason: string;
}

/** Of reports or items of the whole drill, 0 to 1. */
type Share = number;

export interface Freshness {
	readonly p50Ms: DurationMs;
	readonly p95Ms: DurationMs;
}

export interface Thresholds {
	readonly lost: Threshold<Share>;
	readonly duplicated: Threshold<number>;
	/** Share of deliveries that came late and said so. One that does not say so is below in any case. */
	readonly outOfOrder: Threshold<Share>;
	readonly untrue: Threshold<number>;
	readonly freshness: Threshold<Freshness>;
	readonly detect: Threshold<DurationMs>;
	readonly recover: Threshold<DurationMs>;
	/** Later than the rule itself says. What is wrong, told twice or never over is below in any case. */
	readonly alerts: Threshold<DurationMs>;
	/**
	 * Of the limit: 1 is all of it. `exceeds` also asks that an outage is not met with more requests than health. Where a feed
	 * has no budget, its limit is twice its own pace.
	 */
	readonly load: Threshold<Share>;
	/** Share of items that became dead letters and were well. A bad item that is in no dead letter is a lost one. */
	readonly deadLetters: Threshold<Share>;
}

/** What holds in every drill that does not say otherwise. Committed before the first drill was run. */
export const THRESHOLDS: Thresholds = Object.freeze({
	lost: {
		exceeds: 0,
		meets: 0.001,
		reason:
			"nothing is lost silently: what upstream kept and could be asked for is there, and the rest is told as a gap; " +
			"0.1 % is what a completeness target of 99.9 % leaves",
	},
	duplicated: {
		exceeds: 0,
		meets: 0,
		reason: "nothing takes effect twice, and there is no share of it that would be all right",
	},
	outOfOrder: {
		exceeds: 0.001,
		meets: 1,
		reason:
			"order holds per vehicle; what comes later than the reorder window waits says so, and is to be the exception",
	},
	untrue: {
		exceeds: 0,
		meets: 0,
		reason: "riders are never lied to: no position, time or speed that the vehicle did not measure",
	},
	freshness: {
		exceeds: { p50Ms: 30 * SECOND_MS, p95Ms: 60 * SECOND_MS },
		meets: { p50Ms: 45 * SECOND_MS, p95Ms: 90 * SECOND_MS },
		reason:
			"a position counts as aging from one minute on, and 90 s at the 95th percentile is the objective that a feed is run " +
			"by; measured while upstream can be read, with what an outage left behind",
	},
	detect: {
		exceeds: MINUTE_MS,
		meets: 2 * MINUTE_MS,
		reason:
			"after two minutes riders lose speed and bearing: whoever runs the hub has to know before they do",
	},
	recover: {
		exceeds: 90 * SECOND_MS,
		meets: 150 * SECOND_MS,
		reason:
			"upstream is asked at least once a minute while it fails; reading on and the next publication take half a minute " +
			"more, and another failed try one minute",
	},
	alerts: {
		exceeds: 30 * SECOND_MS,
		meets: 2 * MINUTE_MS,
		reason:
			"the right ones, once, and over when it is over; a rule counts from when it sees the trouble, which is a poll and a " +
			"look later",
	},
	load: {
		exceeds: 1,
		meets: 1,
		reason:
			"upstream is never hurt: no minute above the budget, and in an outage no more requests than in health",
	},
	deadLetters: {
		exceeds: 0,
		meets: 0.001,
		reason: "a dead letter is work for a person: what is well must not be among them",
	},
});

const SINK_RECOVERS: Threshold<DurationMs> = {
	exceeds: 90 * SECOND_MS,
	meets: 5 * MINUTE_MS,
	reason:
		"a destination that comes back gets its backlog within minutes and is not flooded; no rider waits for it",
};

/** Where a drill is another matter. */
export const EXCEPTIONS: { readonly [Name in DrillName]?: Partial<Thresholds> } = Object.freeze({
	"frozen-feed": {
		detect: {
			exceeds: 2 * MINUTE_MS,
			meets: 3 * MINUTE_MS,
			reason:
				"a still minute is nothing strange; upstream says that all is well, so that only time can tell, and riders " +
				"are told nothing new from two minutes on",
		},
		alerts: {
			exceeds: 2 * MINUTE_MS,
			meets: 3 * MINUTE_MS,
			reason: "the rule counts from when it can be known, which is what `detect` says",
		},
	},
	"out-of-order-burst": {
		outOfOrder: {
			exceeds: 1,
			meets: 1,
			reason: "reports that are minutes late come behind newer ones in any case: each has to say so",
		},
	},
	"slow-sink": { recover: SINK_RECOVERS },
	"dead-sink": { recover: SINK_RECOVERS },
	"restart-under-load": {
		recover: {
			exceeds: 30 * SECOND_MS,
			meets: MINUTE_MS,
			reason: "a hub that was started again goes on where it was: two polls of ten seconds and a publication",
		},
	},
	"night-without-service": {
		detect: {
			exceeds: Number.POSITIVE_INFINITY,
			meets: Number.POSITIVE_INFINITY,
			reason:
				"silence at night is no trouble: whoever is woken by it stops to listen, so that any alarm is below",
		},
	},
});

/** The thresholds of one drill. */
export function thresholdsOf(name: DrillName): Thresholds {
	return { ...THRESHOLDS, ...EXCEPTIONS[name] };
}
