import { isCalendarDate, partsFromUtc, utcFromParts } from "./local-time.js";
/**
 * Dates of HTTP (RFC 9110, section 5.6.7): the one form that is written, and the three that must be read.
 * Retry-After = HTTP-date / delay-seconds (section 10.2.3).
 */
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const TEXT_LENGTH_MAX = 64;
const YEAR_MS = 365.2425 * 86_400_000;
const IMF = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;
/** `Sun, 06 Nov 1994 08:49:37 GMT`; what is left of a second is cut off. */
export function formatHttpDate(time) {
    const { year, month, day, hour, minute, second } = partsFromUtc(time);
    const weekday = DAYS[(((Math.floor(time / 86_400_000) % 7) + 7) % 7)];
    const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
    return `${weekday}, ${two(day)} ${MONTHS[month - 1]} ${String(year).padStart(4, "0")} ${clock} GMT`;
}
/** Any of the three forms; undefined when it is none. `now` decides the century of a year with two digits. */
export function parseHttpDate(text, now) {
    if (text.length > TEXT_LENGTH_MAX)
        return undefined;
    const trimmed = text.trim();
    const imf = IMF.exec(trimmed);
    if (imf !== null)
        return instant(Number(imf[3]), imf[2], imf[1], imf.slice(4, 7));
    const old = RFC_850.exec(trimmed);
    if (old !== null)
        return instant(fullYear(Number(old[3]), now), old[2], old[1], old.slice(4, 7));
    const c = ASCTIME.exec(trimmed);
    return c === null ? undefined : instant(Number(c[6]), c[1], c[2], c.slice(3, 6));
}
/**
 * What a Retry-After header asks to wait. A date counts from the answer's own Date header where there is one, so that a
 * wrong clock on either side does no harm; a date in the past is 0. Undefined when there is no header, or none that can
 * be read.
 */
export function retryAfterMs(headers, now) {
    const text = headers["retry-after"]?.trim();
    if (text === undefined || text.length > TEXT_LENGTH_MAX)
        return undefined;
    if (/^\d+(?:\.\d+)?$/.test(text))
        return Math.round(Number(text) * 1000);
    const until = parseHttpDate(text, now);
    if (until === undefined)
        return undefined;
    return Math.max(0, until - (parseHttpDate(headers["date"] ?? "", now) ?? now));
}
function instant(year, monthName, dayText, clock) {
    const month = MONTHS.indexOf(monthName ?? "") + 1;
    const day = Number(dayText);
    const [hour = 99, minute = 99, second = 99] = clock.map(Number);
    // 60 is a leap second: the epoch has none, so it reads as the next minute.
    if (month === 0 || !isCalendarDate(year, month, day) || hour > 23 || minute > 59 || second > 60) {
        return undefined;
    }
    return utcFromParts({ year, month, day, hour, minute, second, millisecond: 0 });
}
/** A year that seems to lie more than 50 years ahead is the latest past one with these digits. */
function fullYear(digits, now) {
    const yearNow = 1970 + Math.floor(now / YEAR_MS);
    const year = yearNow - (yearNow % 100) + digits;
    return year > yearNow + 50 ? year - 100 : year;
}
function two(value) {
    return value < 10 ? `0${value}` : String(value);
}
