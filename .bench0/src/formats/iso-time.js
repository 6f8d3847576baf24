import { isCalendarDate, parseLocal, partsFromUtc, utcFromParts, } from "./local-time.js";
/**
 * ISO 8601 times and durations as xsd:dateTime and xsd:duration profile them, with what feeds make of them:
 * time     = date ( "T" | " " ) hh ":" mm [ ":" ss [ ( "." | "," ) digits ] ] [ zone ]
 *          | YYYYMMDD "T" hhmm [ ss [ fraction ] ] [ zone ]
 * zone     = "Z" | ( "+" | "-" ) hh [ [ ":" ] mm ]
 * duration = [ sign ] "P" { [ sign ] number unit } [ "T" { [ sign ] number unit } ]
 * Fractions may have any number of digits (.NET writes seven) and are cut to milliseconds, never rounded up into the
 * next second. Everything else is refused: a time that is read wrongly is worse than none.
 */
const TEXT_LENGTH_MAX = 64;
/** A thousand years: longer is no duration of anything that a vehicle does. */
const DURATION_MAX_S = 1000 * 366 * 86_400;
/** Reads the text as it stands; undefined when it is no ISO 8601 time. Blanks around it do not matter. */
export function readIsoTime(text) {
    const from = text.length > TEXT_LENGTH_MAX ? text.trim() : text;
    if (from.length > TEXT_LENGTH_MAX)
        return undefined;
    let at = 0;
    let end = from.length;
    while (at < end && isBlank(from.charCodeAt(at)))
        at++;
    while (end > at && isBlank(from.charCodeAt(end - 1)))
        end--;
    const day = dayAt(from, at, end);
    if (day === undefined) {
        const spaced = extended(from.slice(at, end));
        return spaced === undefined ? undefined : readIsoTime(spaced);
    }
    const mark = from.charCodeAt(at + 10);
    if (mark !== 0x54 && mark !== 0x74 && mark !== 0x20)
        return undefined;
    const clock = clockAt(from, at + 11, end);
    if (clock === undefined)
        return undefined;
    const { next, resolutionMs, hour, minute, second, millisecond } = clock;
    const { year, month, day: dayOfMonth } = day;
    const parts = { year, month, day: dayOfMonth, hour, minute, second, millisecond };
    if (next === end)
        return { parts, offsetMs: undefined, resolutionMs };
    const offsetMs = offsetAt(from, next, end);
    return offsetMs === undefined ? undefined : { parts, offsetMs, resolutionMs };
}
/**
 * The instant of a time with or without a zone. Without one it is read as wall time of `timezone` (and is nothing
 * without that: guessing costs an hour or a day), and `flag` says when that wall time occurs twice or never;
 * `referenceTime` decides between two readings. Undefined when it is no time.
 */
export function parseIsoTime(text, timezone, referenceTime) {
    const read = readIsoTime(text);
    return read === undefined ? undefined : instantOfIso(read, timezone, referenceTime);
}
/** The same of a text that has been read already, for who wants its resolution too. */
export function instantOfIso(read, timezone, referenceTime) {
    if (read.offsetMs !== undefined)
        return { time: utcFromParts(read.parts) - read.offsetMs };
    return timezone === undefined ? undefined : parseLocal(read.parts, timezone, referenceTime);
}
/** `YYYYMMDD` of a text that begins with `YYYY-MM-DD` or is `YYYYMMDD`; undefined where that is no day. */
export function serviceDateOf(text) {
    if (text === undefined)
        return undefined;
    const match = /^(\d{4})(-?)(\d{2})\2(\d{2})(?:$|[T+\-Z ])/.exec(text);
    if (match === null)
        return undefined;
    const [, year = "", , month = "", day = ""] = match;
    return isCalendarDate(Number(year), Number(month), Number(day)) ? `${year}${month}${day}` : undefined;
}
/** `HH:MM:SS` of a GTFS time, which may exceed 24:00:00; undefined where the text is none. */
export function startTimeOf(text) {
    const match = text === undefined ? null : /^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim());
    if (match === null)
        return undefined;
    const [, hour = "", minute = "", second = "00"] = match;
    return `${hour.padStart(2, "0")}:${minute}:${second}`;
}
/** `2026-07-04T18:47:07.946Z`. Years beyond four digits are written with a sign, as ISO 8601 asks. */
export function formatIsoTime(time) {
    const { year, month, day, hour, minute, second, millisecond } = partsFromUtc(time);
    const yearText = year >= 0 && year <= 9999
        ? String(year).padStart(4, "0")
        : `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;
    const date = `${yearText}-${two(month)}-${two(day)}`;
    return `${date}T${two(hour)}:${two(minute)}:${two(second)}.${String(millisecond).padStart(3, "0")}Z`;
}
const DURATION = /^([+-])?P(?!$)(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?!$)(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+(?:[.,]\d+)?)S)?)?$/;
/**
 * Seconds of a duration such as `PT1M30S`, `-PT4583S` (xsd: the sign stands before the P) or `PT-274S` (as some SIRI
 * producers write it). Undefined for years and months, which have no length, and for anything else.
 */
export function parseIsoDurationS(text) {
    if (text.length > TEXT_LENGTH_MAX)
        return undefined;
    const match = DURATION.exec(text.trim());
    if (match === null)
        return undefined;
    const [, sign, weeks, days, hours, minutes, seconds] = match;
    const sum = Number(weeks ?? 0) * 604_800 +
        Number(days ?? 0) * 86_400 +
        Number(hours ?? 0) * 3600 +
        Number(minutes ?? 0) * 60 +
        Number((seconds ?? "0").replace(",", "."));
    if (!(Math.abs(sum) <= DURATION_MAX_S))
        return undefined;
    // No negative zero: -PT0S is on time.
    return sign === "-" && sum !== 0 ? -sum : sum + 0;
}
/** The basic form, without hyphens and colons, as the extended one. */
function extended(text) {
    const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)((?:[.,]\d+)?))?([Zz+-].*)?$/.exec(text);
    if (match === null)
        return undefined;
    const [, year, month, day, hour, minute, second, fraction = "", zone = ""] = match;
    const time = second === undefined ? `${hour}:${minute}` : `${hour}:${minute}:${second}${fraction}`;
    return `${year}-${month}-${day}T${time}${zone}`;
}
function dayAt(text, at, end) {
    if (end - at < 16 || text.charCodeAt(at + 4) !== 0x2d || text.charCodeAt(at + 7) !== 0x2d)
        return undefined;
    const year = digitsAt(text, at, 4);
    const month = digitsAt(text, at + 5, 2);
    const day = digitsAt(text, at + 8, 2);
    return isCalendarDate(year, month, day) ? { year, month, day } : undefined;
}
/** `hh:mm[:ss[.f]]`. Hour 24 is the end of the day, second 60 a leap second; both carry. */
function clockAt(text, at, end) {
    if (end - at < 5 || text.charCodeAt(at + 2) !== 0x3a)
        return undefined;
    const hour = digitsAt(text, at, 2);
    const minute = digitsAt(text, at + 3, 2);
    let next = at + 5;
    let second = 0;
    let millisecond = 0;
    let resolutionMs = 60_000;
    if (next < end && text.charCodeAt(next) === 0x3a) {
        if (end - next < 3)
            return undefined;
        second = digitsAt(text, next + 1, 2);
        next += 3;
        resolutionMs = 1000;
        const mark = next < end ? text.charCodeAt(next) : 0;
        if (mark === 0x2e || mark === 0x2c) {
            const first = next + 1;
            next = first;
            let scale = 100;
            for (let digit = digitAt(text, next); next < end && digit >= 0; digit = digitAt(text, next)) {
                millisecond += digit * scale;
                scale = scale > 1 ? scale / 10 : 0;
                next++;
            }
            if (next === first)
                return undefined;
            resolutionMs = 1;
        }
    }
    const isInRange = hour >= 0 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
    const isDayEnd = hour === 24 && minute === 0 && second === 0 && millisecond === 0;
    if (!isInRange || (hour > 23 && !isDayEnd))
        return undefined;
    return { hour, minute, second, millisecond, next, resolutionMs };
}
function offsetAt(text, at, end) {
    const sign = text.charCodeAt(at);
    if (sign === 0x5a || sign === 0x7a)
        return end - at === 1 ? 0 : undefined;
    if (sign !== 0x2b && sign !== 0x2d)
        return undefined;
    const length = end - at;
    const hasColon = length === 6 && text.charCodeAt(at + 3) === 0x3a;
    if (!hasColon && length !== 5 && length !== 3)
        return undefined;
    const hours = digitsAt(text, at + 1, 2);
    const minutes = length === 3 ? 0 : digitsAt(text, hasColon ? at + 4 : at + 3, 2);
    // Zones reach from -12:00 to +14:00; one more hour each way is left for double summer time.
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59)
        return undefined;
    return (sign === 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60_000 + 0;
}
/** The number that `count` digits make; -1 (out of every range here) when one of them is no digit. */
function digitsAt(text, at, count) {
    let value = 0;
    for (let index = at; index < at + count; index++) {
        const digit = digitAt(text, index);
        if (digit < 0)
            return -1;
        value = value * 10 + digit;
    }
    return value;
}
function digitAt(text, at) {
    const digit = text.charCodeAt(at) - 0x30;
    return digit >= 0 && digit <= 9 ? digit : -1;
}
function isBlank(code) {
    return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
function two(value) {
    return value < 10 ? `0${value}` : String(value);
}
