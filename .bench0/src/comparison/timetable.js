import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { isAssigned, } from "../schedule/schedule-index.js";
/** A vehicle that still shows its trip this long after the trip's last stop is a ghost: late buses are not. */
const ENDED_AFTER_MS = 30 * MINUTE_MS;
const CACHED_MAX = 50_000;
/** A trip is looked up by its id, or by its route, direction and start time. */
export const MATCH_BY = ["route", "direction", "start"];
/** The schedule of the days around the present moment. */
export class Timetable {
    #index;
    #cached = new Map();
    /** From now on vehicles are looked up here. */
    use(index) {
        this.#index = index;
        this.#cached = new Map();
    }
    match(vehicle, now) {
        const { tripId, gtfsRouteId, directionId, startTime, startDate, relationship } = vehicle;
        const key = JSON.stringify([tripId, gtfsRouteId, directionId, startTime, startDate, relationship]);
        const known = this.#cached.get(key);
        if (known !== undefined)
            return known;
        const ids = {
            tripId,
            gtfsRouteId,
            directionId,
            blockId: undefined,
            startTime,
            serviceDate: startDate,
            scheduleRelationship: relationship?.toLowerCase(),
        };
        const trip = this.#index?.resolve(ids, now).trip;
        const matched = {
            isAssigned: isAssigned(ids),
            isMatched: trip !== undefined,
            gtfsRouteId: trip?.gtfsRouteId,
            endedTime: trip === undefined ? Number.POSITIVE_INFINITY : this.#endOf(trip.tripId, trip.serviceDate),
        };
        if (this.#cached.size >= CACHED_MAX)
            this.#cached.clear();
        this.#cached.set(key, matched);
        return matched;
    }
    /** Trips that should be under way; those that run by headway have no times to say so. */
    *expected(now) {
        for (const [at, { start, book }] of (this.#index?.days ?? []).entries()) {
            for (const trip of book?.trips.values() ?? []) {
                if ((trip.days & (1 << at)) === 0 || trip.frequencies !== undefined)
                    continue;
                const [from, to] = [trip.startS ?? Number.POSITIVE_INFINITY, trip.endS ?? 0];
                if (start + from * SECOND_MS <= now && now <= start + to * SECOND_MS)
                    yield trip;
            }
        }
    }
    #endOf(tripId, serviceDate) {
        const day = this.#index?.days.find(({ date }) => date === serviceDate);
        const trip = day?.book?.trips.get(tripId);
        if (day === undefined || trip?.endS === undefined || trip.frequencies !== undefined)
            return Number.POSITIVE_INFINITY;
        return day.start + trip.endS * SECOND_MS + ENDED_AFTER_MS;
    }
}
