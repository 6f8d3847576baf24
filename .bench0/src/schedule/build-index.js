import { hashOfId, ScheduleIndex, } from "./schedule-index.js";
import { ServiceCalendar } from "./service-calendar.js";
import { serviceDayStart } from "./service-day.js";
/** Trips that are taken in at a time: about two milliseconds, after which others have their turn. */
const PAGE_TRIPS = 1000;
/**
 * Which version speaks for a day: of those that cover it, the one that was read last, because what lies at the place of
 * the schedule now is the agency's latest word. A pick that begins later leaves the days before it to the old one.
 */
export function versionFor(versions, date) {
    let best;
    for (const version of versions) {
        if (version.validFrom > date || version.validTo < date)
            continue;
        if (best === undefined || version.readTime > best.readTime)
            best = version;
    }
    return best;
}
/** Reads what runs on the days out of the store. `timezone` is used for days that no version covers. */
export async function buildIndex(store, versions, dates, timezone, match) {
    const chosen = dates.map((date) => versionFor(versions, date));
    const books = new Map();
    for (const version of chosen) {
        if (version === undefined || books.has(version))
            continue;
        const own = dates.map((date, at) => (chosen[at] === version ? date : undefined));
        books.set(version, await bookOf(store, version, own));
    }
    const days = dates.map((date, at) => {
        const version = chosen[at];
        const start = serviceDayStart(date, version?.timezone ?? timezone);
        return { date, start, book: version && books.get(version) };
    });
    return new ScheduleIndex(days, match);
}
async function bookOf(store, version, dates) {
    const { services, exceptions } = await store.calendar(version);
    const calendar = new ServiceCalendar(services, exceptions);
    /** Days of the index on which a service runs. */
    const masks = new Map();
    for (const [at, date] of dates.entries()) {
        if (date === undefined)
            continue;
        for (const service of calendar.activeOn(date))
            masks.set(service, (masks.get(service) ?? 0) | (1 << at));
    }
    const frequencies = new Map();
    for (const frequency of await store.frequencies(version))
        push(frequencies, frequency.tripId, frequency);
    const trips = new Map();
    const byBlock = new Map();
    const byRoute = new Map();
    const dormant = [];
    for (let after = 0; after !== undefined;) {
        const page = await store.trips(version, after, PAGE_TRIPS);
        for (const { tripId, gtfsRouteId, serviceId, directionId, blockId, startS, endS } of page.trips) {
            const days = masks.get(serviceId);
            if (days === undefined) {
                dormant.push(hashOfId(tripId));
                continue;
            }
            const trip = {
                tripId,
                gtfsRouteId,
                directionId,
                blockId,
                startS,
                endS,
                days,
                frequencies: frequencies.get(tripId),
                resolutions: [],
            };
            trips.set(tripId, trip);
            push(byRoute, gtfsRouteId, trip);
            if (blockId !== undefined)
                push(byBlock, blockId, trip);
        }
        after = page.next;
    }
    const routes = new Set((await store.routes(version)).map(({ gtfsRouteId }) => gtfsRouteId));
    return {
        version: version.version,
        trips,
        byBlock,
        byRoute,
        routes,
        dormant: Uint32Array.from(dormant).sort(),
    };
}
function push(lists, key, value) {
    const list = lists.get(key);
    if (list)
        list.push(value);
    else
        lists.set(key, [value]);
}
