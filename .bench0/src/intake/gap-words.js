import { minuteText } from "../log/audit-book.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
/** `Lost 40 minutes, about 1,200 reports, between 07:31 and 08:11 UTC`. Counted ones are not "about". */
export function gapSentence(gap, now) {
    const { fromTime, toTime, reports, estimated } = gap;
    const count = `${estimated ? "about " : ""}${grouped(reports)} ${reports === 1 ? "report" : "reports"}`;
    const isToday = Math.floor(fromTime / DAY_MS) === Math.floor(now / DAY_MS);
    const isShort = toTime - fromTime < 2 * MINUTE_MS;
    const [from, to] = [fromTime, toTime].map((time) => clockTime(time, isToday, isShort));
    const between = `between ${from} and ${to} UTC`;
    return `Lost ${spanWords(toTime - fromTime)}, ${count}, ${between}`;
}
/** `40 minutes`, `1 hour 20 minutes`, `15 seconds`. */
export function spanWords(ms) {
    const units = [
        [DAY_MS, "day"],
        [HOUR_MS, "hour"],
        [MINUTE_MS, "minute"],
        [SECOND_MS, "second"],
    ];
    // Whole minutes from two on: nobody counts the seconds of an hour.
    const rounded = ms >= 2 * MINUTE_MS ? Math.round(ms / MINUTE_MS) * MINUTE_MS : Math.round(ms / SECOND_MS) * SECOND_MS;
    const parts = [];
    let rest = rounded;
    for (const [size, name] of units) {
        const count = Math.floor(rest / size);
        rest -= count * size;
        if (count > 0 && parts.length < 2)
            parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    }
    return parts.length === 0 ? "less than a second" : parts.join(" ");
}
/** `07:31`, or `2026-11-21 07:31` on another day; with seconds where minutes would be the same. */
function clockTime(time, isToday, isShort) {
    const minute = Math.floor(time / MINUTE_MS);
    const text = minuteText(minute)
        .slice(isToday ? 11 : 0, 16)
        .replace("T", " ");
    const second = Math.floor((time - minute * MINUTE_MS) / SECOND_MS);
    return isShort ? `${text}:${String(second).padStart(2, "0")}` : text;
}
function grouped(count) {
    return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
