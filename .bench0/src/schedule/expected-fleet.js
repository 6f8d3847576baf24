import { SECOND_MS } from "../model/units.js";
/**
 * How many vehicles the schedule has on the road at that time, by route, of these routes: those between the first and the last
 * stop of a trip. Vehicles that lay over, or drive from and to the depot, come on top: what it answers is the least that is
 * normal. Not whole where a trip runs by headway.
 */
export function expectedByRoute(index, time, routes) {
    const counts = new Map();
    for (const [at, { start, book }] of index.days.entries()) {
        if (book === undefined)
            continue;
        const nowS = (time - start) / SECOND_MS;
        for (const trip of book.trips.values()) {
            if ((trip.days & (1 << at)) === 0)
                continue;
            const vehicles = vehiclesOf(trip, nowS);
            if (vehicles > 0 && routes.has(trip.gtfsRouteId))
                counts.set(trip.gtfsRouteId, (counts.get(trip.gtfsRouteId) ?? 0) + vehicles);
        }
    }
    return counts;
}
/** A trip by headway takes as many vehicles as runs of it are under way at a time. */
function vehiclesOf({ startS, endS, frequencies }, nowS) {
    if (startS === undefined || endS === undefined)
        return 0;
    if (frequencies === undefined)
        return startS <= nowS && nowS < endS ? 1 : 0;
    const lengthS = endS - startS;
    let count = 0;
    for (const { startS: fromS, endS: toS, headwayS } of frequencies) {
        const shareS = Math.min(nowS, toS) - Math.max(nowS - lengthS, fromS);
        if (headwayS > 0 && shareS > 0)
            count += shareS / headwayS;
    }
    return count;
}
