const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;
/** What is longer says nothing: an IMF-fixdate has 29 characters, one of RFC 850 up to 33. */
const HEADER_MAX_CHARS = 64;
/** `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7). */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
/** `Sunday, 06-Nov-94 08:49:37 GMT`, obsolete, must be understood. */
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
/** `Sun Nov  6 08:49:37 1994`, obsolete, must be understood. */
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;
/** Days from 1970-01-01 to a Gregorian date (Hinnant's algorithm). */
function daysFromCivil(year, month, day) {
    const shifted = month <= 2 ? year - 1 : year;
    const era = Math.floor(shifted / 400);
    const yearOfEra = shifted - era * 400;
    const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
    const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
}
function daysInMonth(year, month) {
    return (daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) -
        daysFromCivil(year, month, 1));
}
function epochMs(year, monthName, day, hour, minute, second) {
    const month = MONTHS.indexOf(monthName) + 1;
    if (month === 0 || day < 1 || day > daysInMonth(year, month))
        return undefined;
    // 60 is a leap second; the clock of the epoch has none, so it reads as the next minute.
    if (hour > 23 || minute > 59 || second > 60)
        return undefined;
    return daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000;
}
/** RFC 9110: a two-digit year that appears to be more than 50 years ahead is the latest past year with those digits. */
function fullYear(twoDigits, now) {
    const yearNow = 1970 + Math.floor(now / (DAY_MS * 365.2425));
    const guess = yearNow - (yearNow % 100) + twoDigits;
    return guess > yearNow + 50 ? guess - 100 : guess;
}
/** Reads an HTTP-date in any of its three forms; undefined when it is none of them, or not a date. */
export function parseHttpDate(text, now) {
    let part = IMF_FIXDATE.exec(text);
    if (part !== null) {
        const [, day = "", month = "", year, hour, minute, second] = part;
        return epochMs(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
    }
    part = RFC_850.exec(text);
    if (part !== null) {
        const [, day, month = "", year, hour, minute, second] = part;
        const full = fullYear(Number(year), now);
        return epochMs(full, month, Number(day), Number(hour), Number(minute), Number(second));
    }
    part = ASCTIME.exec(text);
    if (part !== null) {
        const [, month = "", day, hour, minute, second, year] = part;
        return epochMs(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
    }
    return undefined;
}
/**
 * Milliseconds to wait according to a Retry-After header (rule 14): seconds, decimals accepted, or an HTTP-date, which is
 * read relative to the response's own Date where there is one, so that a wrong clock on either side does no harm. A date
 * in the past is 0; what cannot be read is undefined.
 */
export function parseRetryAfter(retryAfter, date, now) {
    const text = retryAfter.trim();
    if (text.length > HEADER_MAX_CHARS)
        return undefined;
    if (/^\d+(\.\d+)?$/.test(text))
        return Number(text) * 1_000;
    const until = parseHttpDate(text, now);
    if (until === undefined)
        return undefined;
    const sent = date === undefined ? undefined : parseHttpDate(date.trim(), now);
    return Math.max(0, until - (sent ?? now));
}
