import { civilFromDays, daysFromCivil, localParts, parseLocal } from "../formats/local-time.js";
import { HOUR_MS, SECOND_MS } from "../model/units.js";
/**
 * Where the times of a service day count from: noon minus 12 hours, by the agency's clock. That is midnight, except on
 * the two days of a year on which clocks change: there it is 23:00 of the day before, or 01:00.
 */
export function serviceDayStart(date, timezone) {
    const noon = {
        year: Number(date.slice(0, 4)),
        month: Number(date.slice(4, 6)),
        day: Number(date.slice(6, 8)),
        hour: 12,
        minute: 0,
        second: 0,
        millisecond: 0,
    };
    return parseLocal(noon, timezone, undefined).time - 12 * HOUR_MS;
}
/** The instant of a time of the schedule, which may lie beyond 24:00:00. */
export function timeOfService(date, timeS, timezone) {
    return serviceDayStart(date, timezone) + timeS * SECOND_MS;
}
/** The calendar date of the agency at an instant. The service day may be the one before it, or the one after. */
export function localDate(time, timezone) {
    const { year, month, day } = localParts(time, timezone);
    return formatDate(year, month, day);
}
export function addDays(date, days) {
    const { year, month, day } = civilFromDays(dayNumber(date) + days);
    return formatDate(year, month, day);
}
/** Days from the first date to the second. */
export function daysBetween(from, to) {
    return dayNumber(to) - dayNumber(from);
}
/** The bit that stands for the day of the week: 1 for Monday, 64 for Sunday. */
export function weekdayBit(date) {
    // 1970-01-01 was a Thursday.
    return 1 << ((((dayNumber(date) + 3) % 7) + 7) % 7);
}
function dayNumber(date) {
    return daysFromCivil(Number(date.slice(0, 4)), Number(date.slice(4, 6)), Number(date.slice(6, 8)));
}
function formatDate(year, month, day) {
    return `${String(year).padStart(4, "0")}${month < 10 ? "0" : ""}${month}${day < 10 ? "0" : ""}${day}`;
}
