import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from "../model/units.js";

/** Minutes of receipt that an account stands for. */
export type SpanMinutes = 1 | 60 | 1440;
export const HOUR_MINUTES = 60;
export const DAY_MINUTES = 1440;

/**
 * How far the ledger is folded: minutes before `daysBefore` have one account per UTC day, minutes before `hoursBefore`
 * one per UTC hour, and all later ones an account each. Both lie on the boundary of a span, counted from the epoch, so
 * that spans are the same in every partition and hub and a coarser sum is always a sum of whole finer ones.
 */
export interface LedgerFolds {
	readonly hoursBefore: number;
	readonly daysBefore: number;
}

export const UNFOLDED: LedgerFolds = { hoursBefore: 0, daysBefore: 0 };

/** When minutes become hours, hours become days, and days go. Whole spans only. */
export interface LedgerAging {
	/** Default 48 h: postings to older minutes are rare, and a person who looks into yesterday still sees minutes. */
	readonly hoursAfterMs: number;
	/** Default 35 days, the default age of records: beyond it there is nothing left to compare hours with. */
	readonly daysAfterMs: number;
	/** What is older goes, unless something of it, or of before it, is still kept in another topic. */
	readonly keepMs: number;
}

export const FOLD_AFTER: Omit<LedgerAging, "keepMs"> = {
	hoursAfterMs: 48 * HOUR_MS,
	daysAfterMs: 35 * DAY_MS,
};

/** Where the accounts of this time should be folded. Never back: what was added up cannot be told apart again. */
export function advanceFolds(folds: LedgerFolds, aging: LedgerAging, now: EpochMs): LedgerFolds {
	const daysBefore = Math.max(folds.daysBefore, startsAt(now - aging.daysAfterMs, DAY_MINUTES));
	const hoursBefore = Math.max(
		folds.hoursBefore,
		startsAt(now - aging.hoursAfterMs, HOUR_MINUTES),
		daysBefore,
	);
	return { hoursBefore, daysBefore };
}

/** Accounts that begin before this minute may go: a whole number of days, none younger than what must stay. */
export function expiredBefore(
	aging: LedgerAging,
	now: EpochMs,
	oldestKeptMinute: number | undefined,
): number {
	const byAge = startsAt(now - aging.keepMs, DAY_MINUTES);
	return oldestKeptMinute === undefined ? byAge : Math.min(byAge, floorTo(oldestKeptMinute, DAY_MINUTES));
}

/** How many minutes the account of this minute stands for. */
export function spanMinutes(folds: LedgerFolds, minute: number): SpanMinutes {
	if (minute >= folds.hoursBefore) return 1;
	return minute >= folds.daysBefore ? HOUR_MINUTES : DAY_MINUTES;
}

/** The first minute of the account that this minute belongs to. */
export function spanStart(folds: LedgerFolds, minute: number): number {
	return minute >= folds.hoursBefore ? minute : floorTo(minute, spanMinutes(folds, minute));
}

export function floorTo(minute: number, span: number): number {
	return Math.floor(minute / span) * span;
}

function startsAt(time: EpochMs, span: number): number {
	return floorTo(Math.floor(time / MINUTE_MS), span);
}
