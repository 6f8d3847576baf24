import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
export const HOUR_MINUTES = 60;
export const DAY_MINUTES = 1440;
export const UNFOLDED = { hoursBefore: 0, daysBefore: 0 };
export const FOLD_AFTER = {
    hoursAfterMs: 48 * HOUR_MS,
    daysAfterMs: 35 * DAY_MS,
};
/** Where the accounts of this time should be folded. Never back: what was added up cannot be told apart again. */
export function advanceFolds(folds, aging, now) {
    const daysBefore = Math.max(folds.daysBefore, startsAt(now - aging.daysAfterMs, DAY_MINUTES));
    const hoursBefore = Math.max(folds.hoursBefore, startsAt(now - aging.hoursAfterMs, HOUR_MINUTES), daysBefore);
    return { hoursBefore, daysBefore };
}
/** Accounts that begin before this minute may go: a whole number of days, none younger than what must stay. */
export function expiredBefore(aging, now, oldestKeptMinute) {
    const byAge = startsAt(now - aging.keepMs, DAY_MINUTES);
    return oldestKeptMinute === undefined ? byAge : Math.min(byAge, floorTo(oldestKeptMinute, DAY_MINUTES));
}
/** How many minutes the account of this minute stands for. */
export function spanMinutes(folds, minute) {
    if (minute >= folds.hoursBefore)
        return 1;
    return minute >= folds.daysBefore ? HOUR_MINUTES : DAY_MINUTES;
}
/** The first minute of the account that this minute belongs to. */
export function spanStart(folds, minute) {
    return minute >= folds.hoursBefore ? minute : floorTo(minute, spanMinutes(folds, minute));
}
export function floorTo(minute, span) {
    return Math.floor(minute / span) * span;
}
function startsAt(time, span) {
    return floorTo(Math.floor(time / MINUTE_MS), span);
}
