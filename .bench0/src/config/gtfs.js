import { HOUR_MS, MINUTE_MS } from "../model/units.js";
/** Where the schedule of an agency lies, and how often it is looked at: what lies here costs nobody anything. */
export function resolveGtfs(option, absolute) {
    if (option === undefined)
        return undefined;
    const { from, every } = typeof option === "string" ? { from: option, every: undefined } : option;
    const isUrl = /^https?:/.test(from);
    return { location: isUrl ? from : absolute(from), everyMs: every ?? (isUrl ? HOUR_MS : MINUTE_MS) };
}
