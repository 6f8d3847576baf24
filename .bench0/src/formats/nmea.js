import { DAY_MS, MPS_PER_KNOT, SECOND_MS } from "../model/units.js";
import { numberOf } from "./json.js";
import { daysFromCivil, isCalendarDate } from "./local-time.js";
const SENTENCE = /^[$!]([A-Z]{2})([A-Z]{3}),([^*]{0,400})(?:\*([0-9A-Fa-f]{2}))?$/;
/** The standard allows 82 characters; receivers exceed it. */
const LENGTH_MAX = 512;
/** A clock may be ahead of the received time by so much before a time without a date is taken for yesterday's. */
const AHEAD_MAX_MS = 30 * 60_000;
/** One sentence without its line end; undefined where the text is none (cut off, merged, or something else). */
export function readNmeaSentence(text) {
    if (text.length > LENGTH_MAX)
        return undefined;
    const match = SENTENCE.exec(text);
    if (match === null)
        return undefined;
    const [, talker = "", type = "", body = "", stated] = match;
    // A second start inside means that two sentences were merged by a lost line end.
    if (body.includes("$"))
        return undefined;
    return { talker, type, fields: body.split(","), checksum: checksumOf(text, stated) };
}
/** The fix of an RMC sentence; undefined where it is another sentence or has too few fields. */
export function readRmc(sentence, receivedTime) {
    const { fields } = sentence;
    if (sentence.type !== "RMC" || fields.length < 9)
        return undefined;
    const [clock = "", status = "", lat = "", ns = "", lon = "", ew = "", knots, course, date = ""] = fields;
    const mode = (fields[11] ?? "").trim().toUpperCase();
    const timeOfDayMs = timeOfDayOf(clock);
    const latitude = degreesOf(lat, 2, ns, "N", "S");
    const longitude = degreesOf(lon, 3, ew, "E", "W");
    const speed = numberOf(knots);
    const courseDeg = numberOf(course);
    const time = timeOfDayMs === undefined ? undefined : timeOf(timeOfDayMs, date, receivedTime);
    return {
        ...(time === undefined ? {} : { time }),
        resolutionMs: /\.\d*[1-9]/.test(clock) ? 1 : SECOND_MS,
        isValid: status === "A" && mode !== "N" && mode !== "S" && mode !== "E",
        ...(latitude === undefined ? {} : { latitude }),
        ...(longitude === undefined ? {} : { longitude }),
        ...(speed === undefined || speed < 0 ? {} : { speedMps: speed * MPS_PER_KNOT }),
        ...(courseDeg === undefined ? {} : { courseDeg }),
    };
}
/**
 * The instant of a time of day that came without its date: the received day's, or the day before's where that would be
 * more than half an hour in the future (sent before midnight, received after it).
 */
export function nearestPast(timeOfDayMs, receivedTime) {
    const midnight = Math.floor(receivedTime / DAY_MS) * DAY_MS;
    const today = midnight + timeOfDayMs;
    if (today > receivedTime + AHEAD_MAX_MS)
        return today - DAY_MS;
    // The other side of midnight: the sender's clock is a little ahead of ours, and already in the next day.
    return today + DAY_MS <= receivedTime + AHEAD_MAX_MS ? today + DAY_MS : today;
}
function checksumOf(text, stated) {
    if (stated === undefined)
        return "absent";
    let sum = 0;
    for (let at = 1; at < text.length && text[at] !== "*"; at++)
        sum ^= text.charCodeAt(at);
    return sum === Number.parseInt(stated, 16) ? "right" : "wrong";
}
function timeOfDayOf(clock) {
    const match = /^(\d\d)(\d\d)(\d\d)(?:\.(\d{0,6}))?$/.exec(clock.trim());
    if (match === null)
        return undefined;
    const [, hour, minute, second, decimals = ""] = match;
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
        return undefined;
    const whole = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
    return whole * SECOND_MS + Number(decimals.padEnd(3, "0").slice(0, 3));
}
function timeOf(timeOfDayMs, date, receivedTime) {
    if (date.trim().length === 0)
        return nearestPast(timeOfDayMs, receivedTime);
    const match = /^(\d\d)(\d\d)(\d\d)$/.exec(date.trim());
    if (match === null)
        return undefined;
    const [day, month, short] = [Number(match[1]), Number(match[2]), Number(match[3])];
    const year = short + (short < 80 ? 2000 : 1900);
    return isCalendarDate(year, month, day)
        ? daysFromCivil(year, month, day) * DAY_MS + timeOfDayMs
        : undefined;
}
/** `5251.0094` with two digits of degrees is 52 degrees and 51.0094 minutes. */
function degreesOf(text, digits, side, positive, negative) {
    const match = (digits === 2 ? /^(\d\d)(\d\d(?:\.\d*)?)$/ : /^(\d\d\d)(\d\d(?:\.\d*)?)$/).exec(text.trim());
    if (match === null || (side !== positive && side !== negative))
        return undefined;
    const minutes = Number(match[2]);
    if (minutes >= 60)
        return undefined;
    const degrees = Number(match[1]) + minutes / 60;
    return side === negative ? -degrees : degrees;
}
