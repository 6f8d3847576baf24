import { MINUTE_MS } from "../model/units.js";
const AGING_MS = MINUTE_MS;
const STALE_MS = 2 * MINUTE_MS;
const GONE_MS = 5 * MINUTE_MS;
/**
 * What nobody wrote follows the sweep: a vehicle of which one sweep failed is no worse off than its upstream allows. An
 * option that is written wins, and what was not written gives way to it.
 *
 * @param sweepMs the time between two looks of the hub at a vehicle; 0 where it is not known, such as for a pushed feed.
 */
export function tiersFor({ aging, stale, gone }, sweepMs) {
    const staleMs = stale ?? Math.min(Math.max(STALE_MS, 3 * sweepMs, aging ?? 0), gone ?? Infinity);
    const agingMs = aging ?? Math.min(Math.max(AGING_MS, 2 * sweepMs), staleMs);
    return { aging: agingMs, stale: staleMs, gone: gone ?? Math.max(GONE_MS, staleMs) };
}
/** The tiers of each feed by its own sweep, so that a slow feed does not slacken those of a fast one. */
export function tiersByFeed(written, sweeps = new Map()) {
    const other = tiersFor(written, 0);
    const known = new Map([...sweeps].map(([feed, sweepMs]) => [feed, tiersFor(written, sweepMs)]));
    const goneMaxMs = Math.max(other.gone, ...[...known.values()].map(({ gone }) => gone));
    return { of: (feed) => known.get(feed) ?? other, goneMaxMs };
}
/**
 * True when the vehicle waits at a terminal: upstream calls it a layover; or it stands, and its block goes on by the
 * schedule. Where that does not say (no schedule, no block): it stands at the first stop of its trip; or it stands, with a
 * route or a block, between two trips. Radios are silent there for long, and the vehicle is where it was.
 */
export function isInLayover(body) {
    if (body.attributes?.["layover"] === true)
        return true;
    if (body.currentStatus !== "stopped_at")
        return false;
    if (body.blockContinues !== undefined)
        return body.blockContinues;
    const { tripId, startTime, currentStopSequence, blockId, gtfsRouteId } = body;
    if (tripId === undefined && startTime === undefined)
        return blockId !== undefined || gtfsRouteId !== undefined;
    return currentStopSequence !== undefined && currentStopSequence <= 1;
}
