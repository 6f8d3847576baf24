import type { AlertSeverity } from "./alert-message.js";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "./units.js";

/** What a hub promises of itself, each as a share of 28 days. */
export const SLO_NAMES = [
	"freshness",
	"completeness",
	"validity",
	"detection",
	"recovery",
	"dead-letter-age",
] as const;
export type SloName = (typeof SLO_NAMES)[number];

export interface SloTarget {
	/** Share of what is counted that has to be good, above 0 and below 1. */
	readonly target: number;
	/** What good means, where that is a time: see docs/slo.md. */
	readonly limitMs?: DurationMs | undefined;
}

export type SloTargets = Readonly<Record<SloName, SloTarget>>;

/** What holds without a word in the configuration. */
export const SLO_DEFAULT: SloTargets = Object.freeze({
	freshness: { target: 0.99, limitMs: 150 * SECOND_MS },
	completeness: { target: 0.995 },
	validity: { target: 0.99, limitMs: MINUTE_MS },
	detection: { target: 0.9, limitMs: 5 * MINUTE_MS },
	recovery: { target: 0.9, limitMs: HOUR_MS },
	"dead-letter-age": { target: 0.99, limitMs: 7 * DAY_MS },
});

/** Windows over which the burn is stated, as people write them. */
export const BURN_WINDOWS = {
	"5m": 5 * MINUTE_MS,
	"30m": 30 * MINUTE_MS,
	"1h": HOUR_MS,
	"6h": 6 * HOUR_MS,
	"3d": 3 * DAY_MS,
} as const;
export type BurnWindow = keyof typeof BURN_WINDOWS;

/** One objective, as of now. */
export interface SloStatus {
	readonly name: SloName;
	readonly target: number;
	readonly limitMs?: DurationMs | undefined;
	/** Of 28 days, or of as many as the hub has watched. */
	readonly good: number;
	readonly total: number;
	/** Undefined: nothing was counted yet. */
	readonly share: number | undefined;
	/** What is left of what may be bad, 1 to 0; below: overdrawn. */
	readonly budgetLeft: number | undefined;
	/** How many times faster than allowed the budget is used up. Undefined: nothing was counted in that window. */
	readonly burn: Readonly<Record<BurnWindow, number | undefined>>;
	/** Undefined: it does not burn too fast. */
	readonly burning:
		| {
				readonly severity: AlertSeverity;
				readonly rate: number;
				readonly long: BurnWindow;
				readonly short: BurnWindow;
		  }
		| undefined;
	readonly sentence: string;
}
