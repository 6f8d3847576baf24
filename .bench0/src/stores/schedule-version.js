import { formatGtfsFinding } from "../formats/gtfs/findings.js";
import { messageOf } from "../model/failure.js";
const HASH_DIGITS = 8;
const FEED_VERSION_LENGTH_MAX = 64;
/** What is known of a feed that was read without an error. */
export function versionOf(agency, feed, readTime) {
    const { timezone, edition, firstDate, lastDate } = feed.summary;
    const isStated = edition?.startDate !== undefined && edition.endDate !== undefined;
    const stated = edition?.feedVersion?.slice(0, FEED_VERSION_LENGTH_MAX);
    const hash = feed.contentHash.slice(0, HASH_DIGITS);
    return {
        agency,
        version: stated === undefined ? hash : `${stated}@${hash}`,
        contentHash: feed.contentHash,
        validFrom: edition?.startDate ?? firstDate,
        validTo: edition?.endDate ?? lastDate,
        validity: isStated ? "feed_info" : "calendar",
        timezone: timezone,
        readTime,
        counts: feed.rows,
        warnings: feed.findings,
    };
}
export function refusalOf(findings, time) {
    const [first] = findings;
    return { time, sentence: first === undefined ? "" : formatGtfsFinding(first), findings };
}
/** The feed as a whole cannot be read: no such file, no zip. */
export function refusalOfFailure(thrown, time) {
    return { time, sentence: messageOf(thrown), findings: [] };
}
/** Puts the stops of a trip into the order of their sequence; of two with one number the first counts. */
export function inSequence(stops) {
    let isSorted = true;
    for (let at = 1; at < stops.length; at++) {
        if (stops[at].stopSequence <= stops[at - 1].stopSequence)
            isSorted = false;
    }
    if (isSorted)
        return stops;
    const sorted = [...stops].sort((a, b) => a.stopSequence - b.stopSequence);
    return sorted.filter((stop, at) => at === 0 || stop.stopSequence !== sorted[at - 1]?.stopSequence);
}
/** When a trip begins (first arrival, which is what start times are compared with) and ends. */
export function spanOfStops(stops) {
    const first = stops[0];
    const last = stops.at(-1);
    return { startS: first?.arrivalS ?? first?.departureS, endS: last?.departureS ?? last?.arrivalS };
}
