import { parseIsoTime } from "../formats/iso-time.js";
import { parseDuration } from "../formats/quantities.js";
import { UsageError } from "./usage-error.js";
/** What `--since` says: so long ago, or a time. */
export function sinceTime(text, now) {
    const agoMs = parseDuration(text);
    if (agoMs !== undefined)
        return Math.max(0, now - agoMs);
    const reading = parseIsoTime(text, "UTC");
    if (reading !== undefined)
        return reading.time;
    throw new UsageError(`--since is "${text}"; it is a duration such as 24h, or a time such as 2026-01-05T12:00:00Z`);
}
