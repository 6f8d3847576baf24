import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { instantOfIso, readIsoTime } from "./iso-time.js";
import { numberOf } from "./json.js";
import { isCalendarDate, localParts, parseLocal, utcFromParts } from "./local-time.js";
/*
 * How times of others are written: one of the words below, or a pattern of
 *   yyyy yy MM M MMM dd d HH H hh h mm m ss s S... a Z   and anything else as itself ('letters' in single quotes)
 * S is decimals of a second, a is AM or PM, MMM an English month, Z an offset or Z. A pattern without a date takes the
 * day that brings it nearest to the message's own time.
 */
export const TIME_WORDS = [
    "iso",
    "epoch-s",
    "epoch-ms",
    "epoch-us",
    "seconds-ago",
    "minutes-ago",
    "dotnet",
];
const INSTANT_MAX = 8.64e15;
const PATTERN_LENGTH_MAX = 64;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TOKEN = /yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|S+|a|Z|'([^']{1,32})'|[A-Za-z]|[^A-Za-z']/g;
const UNIT_MS = {
    "epoch-s": [SECOND_MS, SECOND_MS],
    "epoch-ms": [1, 1],
    "epoch-us": [0.001, 1],
};
/** A reader for the word or pattern, or a sentence that says what is wrong with it. */
export function compileTime(format) {
    const word = TIME_WORDS.find((known) => known === format);
    if (word === "iso")
        return readIso;
    if (word === "dotnet")
        return readDotnet;
    if (word === "seconds-ago")
        return readAgo(SECOND_MS);
    if (word === "minutes-ago")
        return readAgo(MINUTE_MS);
    const unit = word === undefined ? undefined : UNIT_MS[word];
    if (unit !== undefined)
        return readEpoch(...unit);
    const pieces = compilePattern(format);
    return typeof pieces === "string"
        ? pieces
        : (value, context) => readPattern(String(value), pieces, context);
}
const readIso = (value, { timezone, referenceTime }) => {
    const reading = readIsoTime(String(value));
    if (reading === undefined)
        return undefined;
    const instant = instantOfIso(reading, timezone, referenceTime);
    return instant === undefined ? undefined : { ...instant, resolutionMs: reading.resolutionMs };
};
/** `/Date(1573965060545)/`, as .NET's first JSON writer has it; an offset behind the number only says how to show it. */
const readDotnet = (value) => {
    const match = /^\\?\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?\/$/.exec(String(value));
    return match === null ? undefined : instant(Number(match[1]), 1);
};
function readAgo(unitMs) {
    return (value, { referenceTime }) => {
        const ago = numberOf(value);
        return ago === undefined ? undefined : instant(referenceTime - ago * unitMs, unitMs);
    };
}
function readEpoch(unitMs, resolutionMs) {
    return (value) => {
        const number = numberOf(value);
        return number === undefined ? undefined : instant(number * unitMs, resolutionMs);
    };
}
function instant(time, resolutionMs) {
    return Math.abs(time) <= INSTANT_MAX ? { time: Math.round(time), resolutionMs } : undefined;
}
function compilePattern(pattern) {
    const words = `one of ${TIME_WORDS.join(", ")}, or a pattern such as yyyy-MM-dd HH:mm:ss`;
    if (pattern.length > PATTERN_LENGTH_MAX)
        return `a time pattern has at most ${PATTERN_LENGTH_MAX} characters`;
    const pieces = [];
    for (const match of pattern.matchAll(TOKEN)) {
        const [text, quoted] = match;
        if (quoted !== undefined)
            pieces.push({ literal: quoted });
        else if (/^[A-Za-z]$/.test(text) && !/^[MdHhmsSaZ]$/.test(text)) {
            return `"${pattern}" is no time format: the letter ${text} stands for nothing; use ${words}`;
        }
        else if (/^[A-Za-z]/.test(text))
            pieces.push(tokenOf(text));
        else
            pieces.push({ literal: text });
    }
    const kinds = new Set(pieces.map((piece) => ("kind" in piece ? piece.kind.charAt(0) : "")));
    const hasDate = kinds.has("y") && kinds.has("M") && kinds.has("d");
    const hasSomeDate = kinds.has("y") || kinds.has("M") || kinds.has("d");
    const hasClock = kinds.has("H") || (kinds.has("h") && kinds.has("a"));
    if (hasSomeDate && !hasDate)
        return `"${pattern}" states a part of a date; it needs year, month and day`;
    if (!hasDate && !hasClock)
        return `"${pattern}" is no time format; use ${words}`;
    return pieces;
}
function tokenOf(text) {
    const kind = text.charAt(0);
    if (kind === "S")
        return { kind, min: 1, max: 9 };
    if (kind === "a" || kind === "Z" || text === "MMM")
        return { kind: text === "MMM" ? "MMM" : kind, min: 0, max: 0 };
    if (text === "yy")
        return { kind: "yy", min: 2, max: 2 };
    return text.length === 1 ? { kind, min: 1, max: 2 } : { kind, min: text.length, max: text.length };
}
function readPattern(text, pieces, context) {
    const values = new Map();
    let at = 0;
    for (const piece of pieces) {
        const read = "literal" in piece ? readLiteral(text, at, piece.literal) : readToken(text, at, piece, values);
        if (read === undefined)
            return undefined;
        at = read;
    }
    return at === text.length ? settle(values, context) : undefined;
}
function readLiteral(text, at, literal) {
    return text.startsWith(literal, at) ? at + literal.length : undefined;
}
function readToken(text, at, token, values) {
    if (token.kind === "a") {
        const half = text.slice(at, at + 2).toLowerCase();
        if (half !== "am" && half !== "pm")
            return undefined;
        values.set("a", half === "pm" ? 12 : 0);
        return at + 2;
    }
    if (token.kind === "MMM") {
        const month = MONTHS.indexOf(text.slice(at, at + 3).toLowerCase());
        if (month < 0)
            return undefined;
        values.set("M", month + 1);
        return at + 3;
    }
    if (token.kind === "Z") {
        const match = /^(?:Z|([+-])(\d\d):?(\d\d))/.exec(text.slice(at, at + 6));
        if (match === null)
            return undefined;
        const size = Number(match[2] ?? 0) * HOUR_MS + Number(match[3] ?? 0) * MINUTE_MS;
        values.set("Z", match[1] === "-" ? -size : size);
        return at + match[0].length;
    }
    let end = at;
    while (end - at < token.max && isDigit(text.charCodeAt(end)))
        end++;
    if (end - at < token.min)
        return undefined;
    const digits = text.slice(at, end);
    if (token.kind === "S")
        values.set("S", Number(digits.padEnd(3, "0").slice(0, 3)));
    else if (token.kind === "yy")
        values.set("y", 2000 + Number(digits));
    else
        values.set(token.kind, Number(digits));
    return end;
}
/** False for the NaN beyond the end of the text, too. */
function isDigit(code) {
    return code >= 48 && code <= 57;
}
function settle(values, context) {
    const half = values.get("a");
    const shown = values.get("h");
    if (half !== undefined && shown !== undefined && (shown < 1 || shown > 12))
        return undefined;
    const hour = half !== undefined && shown !== undefined ? (shown % 12) + half : (values.get("H") ?? 0);
    const clock = {
        hour,
        minute: values.get("m") ?? 0,
        second: values.get("s") ?? 0,
        millisecond: values.get("S") ?? 0,
    };
    if (clock.minute > 59 || clock.second > 60 || hour > 47)
        return undefined;
    const resolutionMs = values.has("S") ? 1 : values.has("s") ? SECOND_MS : MINUTE_MS;
    const year = values.get("y");
    const offsetMs = values.get("Z");
    if (year === undefined)
        return nearest(clock, resolutionMs, context);
    const parts = { year, month: values.get("M") ?? 1, day: values.get("d") ?? 1, ...clock };
    if (!isCalendarDate(parts.year, parts.month, parts.day))
        return undefined;
    if (offsetMs !== undefined)
        return { time: utcFromParts(parts) - offsetMs, resolutionMs };
    return { ...parseLocal(parts, context.timezone, context.referenceTime), resolutionMs };
}
function nearest(clock, resolutionMs, { timezone, referenceTime }) {
    const today = localParts(referenceTime, timezone);
    const readings = [-1, 0, 1].map((days) => {
        const { year, month, day } = localParts(referenceTime + days * DAY_MS, timezone);
        return parseLocal({ year, month, day, ...clock }, timezone, referenceTime);
    });
    const middle = parseLocal({ ...today, ...clock }, timezone, referenceTime);
    const best = readings.reduce((one, other) => (Math.abs(other.time - referenceTime) < Math.abs(one.time - referenceTime) ? other : one), middle);
    return { ...best, resolutionMs };
}
