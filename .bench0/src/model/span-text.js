import { DAY_MS, MINUTE_MS, SECOND_MS } from "./units.js";
/** `less than a minute`, `12 minutes`, `3 h 20 min`, `2 days`. */
export function spanText(ms) {
    const minutes = Math.max(0, Math.round(ms / MINUTE_MS));
    if (minutes < 1)
        return "less than a minute";
    if (minutes < 120)
        return `${minutes} minute${minutes === 1 ? "" : "s"}`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48)
        return `${hours} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
    return `${Math.round(ms / DAY_MS)} days`;
}
/** The same, to the second where that is short: `40 s`, `12 minutes`. */
export function shortSpanText(ms) {
    return ms < 2 * MINUTE_MS ? `${Math.max(0, Math.round(ms / SECOND_MS))} s` : spanText(ms);
}
