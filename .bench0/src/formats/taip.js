import { DAY_MS, SECOND_MS } from "../model/units.js";
import { daysFromCivil, isCalendarDate } from "./local-time.js";
import { nearestPast } from "./nmea.js";
const SENTENCES_MAX = 100_000;
const LENGTH_MAX = 512;
const CARRIES_POSITION = new Set(["RPV", "RLN", "RCP", "REV", "RGP"]);
/**
 * The qualifier (query, response, set, frequency, distance) and the message's two-letter name. Markup is full of > and a
 * capital letter: a word that goes on in letters is text, not a sentence.
 */
const BEGINNING = /^>[DFQRS](?:[A-Z]?$|[A-Z][A-Z0-9](?![A-Za-z]))/;
const GPS_EPOCH_MS = daysFromCivil(1980, 1, 6) * DAY_MS;
const WEEK_MS = 7 * DAY_MS;
const PV = /^(\d{5})([+-]\d{7})([+-]\d{8})(\d{3})(\d{3})(\d)(\d)$/;
const LN = /^(\d{8})([+-]\d{9})([+-]\d{10})[+-]\d{8}(\d{4})[+-]\d{4}(\d{4})\d*(\d)(\d)$/;
const CP = /^(\d{5})([+-]\d{6})([+-]\d{7})(\d)(\d)$/;
const EV = /^(\d\d)(\d{4})(\d)(\d{5})([+-]\d{7})([+-]\d{8})(\d{3})(\d{3})(\d)(\d)$/;
const GP = /^(\d{12})([+-]\d{7}|[+-]\d{4}\.\d{4})([+-]\d{8}|[+-]\d{5}\.\d{4})(\d{3})(\d{3})/;
/** The sentences of a datagram or a stream. A missing `<` ends with the line or with the next sentence. */
export function* readTaipSentences(text, receivedTime) {
    let from = text.indexOf(">");
    for (let count = 0; from >= 0 && count < SENTENCES_MAX; count++) {
        const next = text.indexOf(">", from + 1);
        const raw = text.slice(from, next < 0 ? undefined : next).split(/[<\r\n]/, 1)[0] ?? "";
        if (BEGINNING.test(raw))
            yield sentenceOf(raw.trim(), receivedTime);
        from = next;
    }
}
function sentenceOf(text, receivedTime) {
    const [head = "", ...rest] = text.slice(1, LENGTH_MAX).split(";", 64);
    const type = head.slice(0, 3);
    const body = head.slice(3).trim();
    const values = new Map();
    for (const part of rest) {
        const at = part.indexOf("=");
        const value = part.slice(at + 1).trim();
        if (at > 0 && value.length > 0)
            values.set(part.slice(0, at).trim().toUpperCase(), value);
    }
    const common = { text, type, values, checksum: checksumOf(text) };
    if (text.length > LENGTH_MAX)
        return { ...common, failure: `a sentence has more than ${LENGTH_MAX} characters` };
    if (type.length < 3)
        return { ...common, failure: "a sentence is cut off within its name" };
    if (!CARRIES_POSITION.has(type))
        return common;
    const fix = fixOf(type, body, receivedTime);
    if (fix !== undefined)
        return { ...common, fix };
    const failure = `the ${type} sentence is cut off or has a field that is none: ${body.length} characters after its name`;
    return { ...common, failure };
}
function fixOf(type, body, receivedTime) {
    switch (type) {
        case "RPV":
            return positionVelocity(PV.exec(body), receivedTime);
        case "RLN":
            return longNavigation(LN.exec(body), receivedTime);
        case "RCP":
            return compactPosition(CP.exec(body), receivedTime);
        case "REV":
            return event(EV.exec(body));
        default:
            return globalPosition(GP.exec(body));
    }
}
function positionVelocity(match, receivedTime) {
    if (match === null)
        return undefined;
    const [, second, latitude, longitude, speed, heading, source = "", age = ""] = match;
    const timeOfDayMs = Number(second) * SECOND_MS;
    if (timeOfDayMs >= DAY_MS)
        return undefined;
    return {
        time: nearestPast(timeOfDayMs, receivedTime),
        resolutionMs: SECOND_MS,
        latitude: Number(latitude) / 1e5,
        longitude: Number(longitude) / 1e5,
        speed: Number(speed),
        headingDeg: Number(heading),
        source,
        age,
    };
}
function longNavigation(match, receivedTime) {
    if (match === null)
        return undefined;
    const [, ms, latitude, longitude, speed, heading, source = "", age = ""] = match;
    const timeOfDayMs = Number(ms);
    if (timeOfDayMs >= DAY_MS)
        return undefined;
    return {
        time: nearestPast(timeOfDayMs, receivedTime),
        resolutionMs: 1,
        latitude: Number(latitude) / 1e7,
        longitude: Number(longitude) / 1e7,
        speed: Number(speed) / 10,
        headingDeg: Number(heading) / 10,
        source,
        age,
    };
}
function compactPosition(match, receivedTime) {
    if (match === null)
        return undefined;
    const [, second, latitude, longitude, source = "", age = ""] = match;
    const timeOfDayMs = Number(second) * SECOND_MS;
    if (timeOfDayMs >= DAY_MS)
        return undefined;
    return {
        time: nearestPast(timeOfDayMs, receivedTime),
        resolutionMs: SECOND_MS,
        latitude: Number(latitude) / 1e4,
        longitude: Number(longitude) / 1e4,
        source,
        age,
    };
}
function event(match) {
    if (match === null)
        return undefined;
    const [, index = "", week, day, second, latitude, longitude, speed, heading, source = "", age = ""] = match;
    if (Number(day) > 6 || Number(second) * SECOND_MS >= DAY_MS)
        return undefined;
    return {
        time: GPS_EPOCH_MS + Number(week) * WEEK_MS + Number(day) * DAY_MS + Number(second) * SECOND_MS,
        resolutionMs: SECOND_MS,
        latitude: Number(latitude) / 1e5,
        longitude: Number(longitude) / 1e5,
        speed: Number(speed),
        headingDeg: Number(heading),
        source,
        age,
        event: index,
    };
}
function globalPosition(match) {
    if (match === null)
        return undefined;
    const [, clock = "", latitude = "", longitude = "", speed, heading] = match;
    const at = (from) => Number(clock.slice(from, from + 2));
    const [day, month, year] = [at(0), at(2), 2000 + at(4)];
    if (!isCalendarDate(year, month, day) || at(6) > 23 || at(8) > 59 || at(10) > 59)
        return undefined;
    const seconds = (at(6) * 60 + at(8)) * 60 + at(10);
    return {
        time: daysFromCivil(year, month, day) * DAY_MS + seconds * SECOND_MS,
        resolutionMs: SECOND_MS,
        latitude: degreesOf(latitude, 2),
        longitude: degreesOf(longitude, 3),
        speed: Number(speed),
        headingDeg: Number(heading),
    };
}
/** 1/100,000 degrees of fixed width; with a point in it, degrees and minutes as in NMEA. */
function degreesOf(text, digits) {
    if (!text.includes("."))
        return Number(text) / 1e5;
    const degrees = Number(text.slice(1, 1 + digits)) + Number(text.slice(1 + digits)) / 60;
    return text.startsWith("-") ? -degrees : degrees;
}
function checksumOf(text) {
    const star = text.lastIndexOf("*");
    const stated = star < 0 ? "" : text.slice(star + 1, star + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(stated))
        return "absent";
    let sum = 0;
    for (let at = 0; at < star; at++)
        sum ^= text.charCodeAt(at);
    const expected = Number.parseInt(stated, 16);
    const withStar = sum ^ 0x2a;
    return withStar === expected || sum === expected ? "right" : "wrong";
}
