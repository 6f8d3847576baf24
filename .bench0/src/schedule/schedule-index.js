import { formatGtfsTime, parseGtfsTime } from "../formats/gtfs/time.js";
import { HOUR_MS, SECOND_MS } from "../model/units.js";
/** A trip is looked for on a day only if it runs within this time of the report: nobody waits half a day at a terminal. */
const NEAR_MS = 6 * HOUR_MS;
const DAY_S = 24 * 3600;
/** A vehicle that stands so shortly before the end of its trip has come early: it is at the terminal. */
const EARLY_S = 120;
/** A block goes on when its next trip begins within an hour, or should have begun a quarter of an hour ago. */
const WAIT_S = 3600;
const LATE_S = 900;
const ADDED = ["added", "new"];
const UNRESOLVED = Object.freeze(Object.fromEntries([
    "unassigned",
    "no_trip",
    "unknown_trip",
    "not_on_date",
    "ambiguous",
    "start_time",
    "added_known",
    "unknown_route",
    "no_schedule",
].map((reason) => [reason, Object.freeze({ reason })])));
/**
 * The trips of a few service days, to be asked at once and without waiting: yesterday's are still on the road after
 * midnight, and tomorrow's already wait at the terminal. Never changes; a new one takes its place.
 */
export class ScheduleIndex {
    days;
    #match;
    constructor(days, match) {
        this.days = days;
        this.#match = match;
    }
    /** True when any version of these days has the route. */
    hasRoute(gtfsRouteId) {
        return this.days.some(({ book }) => book?.routes.has(gtfsRouteId));
    }
    /** True when any version of these days has the trip, on whatever day it runs. */
    hasTrip(tripId) {
        return this.#knows(tripId, undefined);
    }
    /**
     * Which trip of the schedule is meant. A stated service date is obeyed; without one it is the day on which the trip
     * runs nearest to `time`.
     */
    resolve(ids, time) {
        if (ADDED.includes(ids.scheduleRelationship))
            return this.#added(ids);
        const { tripId } = ids;
        const byId = tripId === undefined ? undefined : this.#byId(tripId, ids, time);
        if (byId?.trip !== undefined || byId?.reason === "start_time")
            return byId;
        return this.#byFields(ids, time) ?? byId ?? UNRESOLVED[isAssigned(ids) ? "no_trip" : "unassigned"];
    }
    /**
     * Whether a vehicle that stands has another trip of its block before it, by the schedule. Undefined where that is not
     * the question: it is in the middle of its trip, or its block is not known.
     */
    blockContinues({ tripId, blockId, serviceDate }, time) {
        if (blockId === undefined)
            return undefined;
        let isKnown = false;
        for (let at = 0; at < this.days.length; at++) {
            const { date, start, book } = this.days[at];
            const block = book?.byBlock.get(blockId);
            if (block === undefined || (serviceDate !== undefined && serviceDate !== date))
                continue;
            const nowS = (time - start) / SECOND_MS;
            const own = tripId === undefined ? undefined : book?.trips.get(tripId);
            if (own !== undefined && nowS < (own.endS ?? 0) - EARLY_S)
                return undefined;
            for (const trip of block) {
                if ((trip.days & (1 << at)) === 0 || trip.startS === undefined)
                    continue;
                isKnown = true;
                const isNext = own === undefined || trip.startS > (own.startS ?? 0);
                if (isNext && trip.startS > nowS - LATE_S && trip.startS < nowS + WAIT_S)
                    return true;
            }
        }
        return isKnown ? false : undefined;
    }
    #byId(tripId, ids, time) {
        let best = -1;
        let bestTrip;
        let bestGap = NEAR_MS;
        let isCovered = false;
        for (let at = 0; at < this.days.length; at++) {
            const day = this.days[at];
            if (ids.serviceDate !== undefined && ids.serviceDate !== day.date)
                continue;
            if (day.book === undefined)
                continue;
            isCovered = true;
            const trip = day.book.trips.get(tripId);
            if (trip === undefined || (trip.days & (1 << at)) === 0)
                continue;
            const gap = ids.serviceDate === undefined ? gapMs(trip, day.start, time) : 0;
            // Of two days that are as near, the later one: it is the one that has just begun.
            if (gap > bestGap)
                continue;
            [best, bestTrip, bestGap] = [at, trip, gap];
        }
        if (bestTrip !== undefined)
            return this.#found(bestTrip, best, ids);
        const before = this.#afterMidnight(tripId, ids);
        if (before !== undefined)
            return before;
        if (!isCovered)
            return UNRESOLVED.no_schedule;
        return UNRESOLVED[this.#knows(tripId, ids.serviceDate) ? "not_on_date" : "unknown_trip"];
    }
    /**
     * Upstream often states the calendar date on which a trip begins. Of one that begins after 24:00:00 that is the day
     * after its service date: where it does not run on the stated date, it is the trip of the night before.
     */
    #afterMidnight(tripId, ids) {
        const at = this.days.findIndex(({ date }) => date === ids.serviceDate) - 1;
        const trip = this.days[at]?.book?.trips.get(tripId);
        if (trip === undefined || (trip.days & (1 << at)) === 0 || (trip.startS ?? 0) < DAY_S)
            return undefined;
        return this.#found(trip, at, ids);
    }
    /** Undefined: nothing was stated that could be looked for. */
    #byFields(ids, time) {
        const match = this.#match;
        const startS = ids.startTime === undefined ? undefined : parseGtfsTime(ids.startTime);
        if (!match.includes("start") || startS === undefined)
            return undefined;
        const block = match.includes("block") ? ids.blockId : undefined;
        const route = match.includes("route") ? ids.gtfsRouteId : undefined;
        const direction = match.includes("direction") ? ids.directionId : undefined;
        if (block === undefined && route === undefined)
            return undefined;
        let found;
        let foundAt = -1;
        let foundGap = NEAR_MS;
        let isAmbiguous = false;
        for (let at = 0; at < this.days.length; at++) {
            const { date, start, book } = this.days[at];
            if (book === undefined || (ids.serviceDate !== undefined && ids.serviceDate !== date))
                continue;
            const candidates = block === undefined ? book.byRoute.get(route) : book.byBlock.get(block);
            for (const trip of candidates ?? []) {
                if ((trip.days & (1 << at)) === 0 || trip.startS !== startS)
                    continue;
                if (route !== undefined && trip.gtfsRouteId !== route)
                    continue;
                if (direction !== undefined && trip.directionId !== undefined && trip.directionId !== direction)
                    continue;
                const gap = ids.serviceDate === undefined ? gapMs(trip, start, time) : 0;
                if (gap > foundGap || gap > NEAR_MS)
                    continue;
                isAmbiguous = found !== undefined && found !== trip && gap === foundGap && foundAt === at;
                [found, foundAt, foundGap] = [trip, at, gap];
            }
        }
        if (isAmbiguous)
            return UNRESOLVED.ambiguous;
        return found === undefined ? undefined : this.#found(found, foundAt, ids);
    }
    #found(trip, at, ids) {
        if (trip.frequencies !== undefined && !isRunOf(trip.frequencies, ids.startTime))
            return UNRESOLVED.start_time;
        let resolution = trip.resolutions[at];
        if (resolution === undefined) {
            resolution = { trip: resolvedTrip(trip, this.days[at].date) };
            trip.resolutions[at] = resolution;
        }
        return resolution;
    }
    /** A trip that is not in the schedule by its nature: it keeps its id, unless that is taken or its route is unknown. */
    #added({ tripId, gtfsRouteId, serviceDate }) {
        if (!this.days.some(({ book }) => book !== undefined))
            return UNRESOLVED.no_schedule;
        if (tripId === undefined)
            return UNRESOLVED.no_trip;
        if (this.#knows(tripId, undefined))
            return UNRESOLVED.added_known;
        if (gtfsRouteId === undefined || !this.hasRoute(gtfsRouteId))
            return UNRESOLVED.unknown_route;
        const today = this.days[Math.floor(this.days.length / 2)];
        return {
            trip: {
                tripId,
                gtfsRouteId,
                directionId: undefined,
                blockId: undefined,
                serviceDate: serviceDate ?? today.date,
                startTime: undefined,
                repeats: "no",
            },
        };
    }
    /** True when the schedule of that day has the trip, whether it runs then or not. Without a day: of any. */
    #knows(tripId, date) {
        const hash = hashOfId(tripId);
        return this.days.some((day) => {
            if (day.book === undefined || (date !== undefined && day.date !== date))
                return false;
            return day.book.trips.has(tripId) || isIn(day.book.dormant, hash);
        });
    }
}
/** The index of an agency whose schedule has not been read yet. */
export const EMPTY_INDEX = new ScheduleIndex([], []);
/** Names some work: a vehicle without it does nothing that riders could use. */
export function isAssigned(ids) {
    return ids.tripId !== undefined || ids.gtfsRouteId !== undefined || ids.blockId !== undefined;
}
/** FNV-1a over UTF-16 units, 32 bits: a wrong answer for one id in some ten thousand only changes the reason shown. */
export function hashOfId(id) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < id.length; at++)
        hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
    return hash >>> 0;
}
function isIn(sorted, value) {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return sorted[low] === value;
}
/** How far the report lies outside of the trip's time on a day; 0 while it runs. */
function gapMs(trip, dayStart, time) {
    let startS = trip.startS ?? 0;
    let endS = trip.endS ?? 24 * 3600;
    if (trip.frequencies !== undefined) {
        const lengthS = endS - startS;
        startS = Math.min(...trip.frequencies.map((frequency) => frequency.startS));
        endS = Math.max(...trip.frequencies.map((frequency) => frequency.endS)) + lengthS;
    }
    const start = dayStart + startS * SECOND_MS;
    const end = dayStart + endS * SECOND_MS;
    return time < start ? start - time : time > end ? time - end : 0;
}
function isRunOf(frequencies, startTime) {
    const runS = startTime === undefined ? undefined : parseGtfsTime(startTime);
    if (runS === undefined)
        return false;
    const exact = frequencies.filter(({ isExact }) => isExact);
    if (exact.length === 0)
        return true;
    return exact.some(({ startS, endS, headwayS }) => runS >= startS && runS < endS && (runS - startS) % headwayS === 0);
}
function resolvedTrip(trip, serviceDate) {
    const { tripId, gtfsRouteId, directionId, blockId, startS, frequencies } = trip;
    return Object.freeze({
        tripId,
        gtfsRouteId,
        directionId,
        blockId,
        serviceDate,
        startTime: startS === undefined || frequencies !== undefined ? undefined : formatGtfsTime(startS),
        repeats: frequencies === undefined ? "no" : frequencies.some(({ isExact }) => !isExact) ? "frequency" : "exact",
    });
}
