import { isCalendarDate } from "../local-time.js";
const DIGIT_0 = 48;
const COLON = 58;
/** A trip that is on the road for longer than four days is a typing error. */
const TIME_MAX_S = 96 * 3600;
/** `H:MM:SS` or `HH:MM:SS`, beyond 24:00:00 for the night after; undefined when it is neither. In seconds. */
export function parseGtfsTime(text) {
    const end = text.length;
    if (end < 7 || end > 9)
        return undefined;
    if (text.charCodeAt(end - 3) !== COLON || text.charCodeAt(end - 6) !== COLON)
        return undefined;
    const seconds = digits(text, end - 2, end);
    const minutes = digits(text, end - 5, end - 3);
    const hours = digits(text, 0, end - 6);
    if (seconds < 0 || minutes < 0 || hours < 0 || seconds > 59 || minutes > 59)
        return undefined;
    const time = hours * 3600 + minutes * 60 + seconds;
    return time <= TIME_MAX_S ? time : undefined;
}
/** `HH:MM:SS`, zero-padded, as validators compare it. */
export function formatGtfsTime(timeS) {
    const pad = (value) => (value < 10 ? `0${value}` : `${value}`);
    return `${pad(Math.floor(timeS / 3600))}:${pad(Math.floor(timeS / 60) % 60)}:${pad(timeS % 60)}`;
}
/** `YYYYMMDD` of a day that exists; undefined otherwise. */
export function parseServiceDate(text) {
    if (text.length !== 8)
        return undefined;
    const year = digits(text, 0, 4);
    const month = digits(text, 4, 6);
    const day = digits(text, 6, 8);
    if (year < 1900 || month < 0 || day < 0)
        return undefined;
    return isCalendarDate(year, month, day) ? text : undefined;
}
/** The number that the digits say, or -1 when one of them is none. */
function digits(text, from, to) {
    let value = 0;
    for (let at = from; at < to; at++) {
        const digit = text.charCodeAt(at) - DIGIT_0;
        if (!(digit >= 0 && digit <= 9))
            return -1;
        value = value * 10 + digit;
    }
    return value;
}
