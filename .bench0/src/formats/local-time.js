import { Failure } from "../model/failure.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_CACHED_MAX = 1024;
const ZONES_CACHED_MAX = 1024;
/** Instants further out than the calendar of Intl reaches are read with the offset of its edge. */
const INSTANT_MAX = 8.64e15 - 2 * DAY_MS;
// A memo of a pure function: two hubs in one process may share it without seeing each other.
const zones = new Map();
/** True for an IANA name (or alias) that this platform knows, such as `America/Chicago`. */
export function isTimezone(name) {
    return zoneOf(name) !== undefined;
}
/**
 * The instant at which clocks in `timezone` show `parts`.
 * - A reading that occurs twice (autumn) becomes the one nearest to `referenceTime` (upstream's own clock, else the
 *   received time; without one the earlier), and is flagged.
 * - A reading that never occurs (spring) is moved forward by the length of the gap, and is flagged.
 * Parts are taken as they are: check `isCalendarDate` first where they come from outside.
 * @throws Failure `config.invalid` when the zone is unknown; configuration checks it with `isTimezone`.
 */
export function parseLocal(parts, timezone, referenceTime) {
    const zone = requiredZone(timezone);
    const naive = utcFromParts(parts);
    // A zone is never more than a day away from UTC, so these two see the rules before and after the reading.
    const before = offsetIn(zone, naive - DAY_MS);
    const after = offsetIn(zone, naive + DAY_MS);
    if (before === after)
        return { time: naive - before };
    const early = naive - before;
    const late = naive - after;
    const earlyHolds = offsetIn(zone, early) === before;
    const lateHolds = offsetIn(zone, late) === after;
    if (earlyHolds && lateHolds) {
        const nearest = referenceTime === undefined || Math.abs(early - referenceTime) <= Math.abs(late - referenceTime)
            ? early
            : late;
        return { time: nearest, flag: "ambiguous_local_time" };
    }
    if (earlyHolds)
        return { time: early };
    if (lateHolds)
        return { time: late };
    return { time: early, flag: "skipped_local_time" };
}
/** What clocks in `timezone` show at `time`. @throws Failure `config.invalid` when the zone is unknown. */
export function localParts(time, timezone) {
    return partsFromUtc(time + offsetIn(requiredZone(timezone), time));
}
/** Milliseconds that `timezone` is ahead of UTC at `time`. @throws Failure `config.invalid` when the zone is unknown. */
export function offsetMsAt(time, timezone) {
    return offsetIn(requiredZone(timezone), time);
}
/** The instant at which UTC shows `parts`; values beyond their range carry. */
export function utcFromParts(parts) {
    return (daysFromCivil(parts.year, parts.month, parts.day) * DAY_MS +
        parts.hour * HOUR_MS +
        parts.minute * MINUTE_MS +
        parts.second * SECOND_MS +
        parts.millisecond);
}
/** What UTC shows at `time`. */
export function partsFromUtc(time) {
    const days = Math.floor(time / DAY_MS);
    const rest = time - days * DAY_MS;
    const { year, month, day } = civilFromDays(days);
    return {
        year,
        month,
        day,
        hour: Math.floor(rest / HOUR_MS),
        minute: Math.floor(rest / MINUTE_MS) % 60,
        second: Math.floor(rest / SECOND_MS) % 60,
        millisecond: Math.floor(rest % SECOND_MS),
    };
}
/** Days since 1970-01-01 (Howard Hinnant's days_from_civil: eras of 400 years that begin in March). */
export function daysFromCivil(year, month, day) {
    const shifted = month <= 2 ? year - 1 : year;
    const era = Math.floor(shifted / 400);
    const yearOfEra = shifted - era * 400;
    const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
    const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
}
/** The inverse of `daysFromCivil`. */
export function civilFromDays(days) {
    const shifted = days + 719_468;
    const era = Math.floor(shifted / 146_097);
    const dayOfEra = shifted - era * 146_097;
    const yearOfEra = Math.floor((dayOfEra -
        Math.floor(dayOfEra / 1460) +
        Math.floor(dayOfEra / 36_524) -
        Math.floor(dayOfEra / 146_096)) /
        365);
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
    const month = marchMonth + (marchMonth < 10 ? 3 : -9);
    const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
    return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
/** True when the day exists in the calendar: 2023-02-29 does not. */
export function isCalendarDate(year, month, day) {
    if (!Number.isInteger(year) || !Number.isInteger(month) || !Number.isInteger(day))
        return false;
    if (month < 1 || month > 12 || day < 1)
        return false;
    const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    return day <= (month === 2 && isLeapYear ? 29 : (MONTH_LENGTHS[month - 1] ?? 0));
}
function requiredZone(name) {
    const zone = zoneOf(name);
    if (zone !== undefined)
        return zone;
    throw new Failure("config.invalid", `time zone "${name}" is not known; use an IANA name such as "America/Chicago"`);
}
function zoneOf(name) {
    const known = zones.get(name);
    if (known !== undefined)
        return known;
    // Intl takes its default, the machine's own zone, for undefined: only text may reach it.
    if (typeof name !== "string" || name.length === 0 || name.length > 64)
        return undefined;
    let format;
    try {
        format = new Intl.DateTimeFormat("en-US", {
            timeZone: name,
            calendar: "gregory",
            numberingSystem: "latn",
            hourCycle: "h23",
            era: "short",
            year: "numeric",
            month: "numeric",
            day: "numeric",
            hour: "numeric",
            minute: "numeric",
            second: "numeric",
        });
    }
    catch {
        // The only question asked here is whether the platform knows the name; a throw is its way to say no.
        return undefined;
    }
    const zone = { format, days: new Map() };
    if (zones.size >= ZONES_CACHED_MAX)
        zones.clear();
    zones.set(name, zone);
    return zone;
}
function offsetIn(zone, time) {
    const clamped = Math.min(Math.max(time, -INSTANT_MAX), INSTANT_MAX);
    const day = Math.floor(clamped / DAY_MS);
    let known = zone.days.get(day);
    if (known === undefined) {
        known = dayOffsets(zone, day);
        if (zone.days.size >= DAYS_CACHED_MAX)
            zone.days.clear();
        zone.days.set(day, known);
    }
    if (known.first === known.last)
        return known.first;
    return clamped < known.changeAt ? known.first : known.last;
}
function dayOffsets(zone, day) {
    let low = day * DAY_MS;
    let high = low + DAY_MS - SECOND_MS;
    const first = askOffset(zone, low);
    const last = askOffset(zone, high);
    if (first === last)
        return { first, last, changeAt: low };
    while (high - low > SECOND_MS) {
        const middle = low + Math.floor((high - low) / 2 / SECOND_MS) * SECOND_MS;
        if (askOffset(zone, middle) === first)
            low = middle;
        else
            high = middle;
    }
    return { first, last, changeAt: high };
}
/** Reads `11/22/2026 A, 20:38:21` without parts, which would cost three times as much. `time` is a whole second. */
function askOffset(zone, time) {
    const text = zone.format.format(time);
    const numbers = [];
    let value = -1;
    for (let at = 0; at <= text.length; at++) {
        const digit = at < text.length ? text.charCodeAt(at) - 48 : -1;
        if (digit >= 0 && digit <= 9)
            value = Math.max(value, 0) * 10 + digit;
        else if (value >= 0) {
            numbers.push(value);
            value = -1;
        }
    }
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = numbers;
    const astronomicalYear = text.includes("B") ? 1 - year : year;
    return utcFromParts({ year: astronomicalYear, month, day, hour, minute, second, millisecond: 0 }) - time;
}
