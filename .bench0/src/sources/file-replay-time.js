import { parseIsoTime } from "../formats/iso-time.js";
import { parseJson } from "../formats/json.js";
import { valuesAt } from "../formats/json-path.js";
import { isCalendarDate, utcFromParts } from "../formats/local-time.js";
/** 2000-01-01 and 2100-01-01: a number of this size in a file name is a time, others are ids and counters. */
const EARLIEST_S = 946_684_800;
const LATEST_S = 4_102_444_800;
const EPOCH = /(?<!\d)(\d{13}|\d{10})(?!\d)/g;
const CALENDAR = /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[-:.]?(\d{2})[-:.]?(\d{2})(?:Z|([+-])(\d{2})[-:]?(\d{2}))?(?!\d)/;
/**
 * When a capture was taken, as its file name says: epoch seconds or milliseconds (`1707397157.ace.pb`), or a date and
 * time (`feed.2023-05-29T14-03-24-04-00.pb`, `20230529_140324.xml`; without a zone it is read as UTC).
 */
export function timeInName(name) {
    for (const [, digits = ""] of name.matchAll(EPOCH)) {
        const seconds = digits.length === 13 ? Number(digits) / 1000 : Number(digits);
        if (seconds >= EARLIEST_S && seconds < LATEST_S)
            return Math.round(seconds * 1000);
    }
    const match = CALENDAR.exec(name);
    if (match === null)
        return undefined;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
    if (year < 2000 || year > 2099 || !isCalendarDate(year, month, day))
        return undefined;
    if (hour > 23 || minute > 59 || second > 59)
        return undefined;
    const offsetMs = (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0)) * 60_000;
    const local = utcFromParts({ year, month, day, hour, minute, second, millisecond: 0 });
    return match[7] === "-" ? local + offsetMs : local - offsetMs;
}
/** The time at a place in a JSON frame: ISO 8601, epoch milliseconds, or epoch seconds (whatever is below 10^11). */
export function timeInJson(bytes, path) {
    const [value] = valuesAt(parseJson(bytes).value, path);
    if (typeof value === "string" && !/^\d+(\.\d+)?$/.test(value)) {
        return parseIsoTime(value, "UTC", undefined)?.time;
    }
    const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
    if (!Number.isFinite(number) || number <= 0 || number > 8.64e15)
        return undefined;
    return Math.round(number < 1e11 ? number * 1000 : number);
}
