import { localParts, utcFromParts } from "../formats/local-time.js";
import { MINUTE_MS } from "../model/units.js";
import { FeedHealth } from "./feed-health.js";
import { Forecasts } from "./forecasts.js";
import { SIDES, Tally } from "./tally.js";
import { Trails } from "./trails.js";
/** A position this old is of a vehicle that reports no more: riders wait for it in vain. */
export const GHOST_AFTER_MS = 5 * MINUTE_MS;
/** Where neither feed names a route. */
export const NO_ROUTE = "(no route)";
/** Where further routes are counted when there are more than any agency has. */
const OTHER_ROUTES = "(other routes)";
const ROUTES_MAX = 1_000;
const HOURS_MAX = 24 * 62;
const VEHICLES_MAX = 20_000;
const EXPECTED_EVERY_MS = 5 * MINUTE_MS;
const FORGET_EVERY_MS = 10 * MINUTE_MS;
/** A position of a time this far ahead was not observed: upstream shows a vehicle before it is there. */
const FUTURE_MS = 60_000;
/**
 * Two feeds, moment by moment, in memory that does not grow with time: a cell for each route and hour of the day, one for
 * each hour that passed, a count for each vehicle. A moment at which one of them could not be read counts for its
 * availability and for nothing else, so that an outage does not look like missing vehicles.
 */
export class Comparison {
    timezone;
    /** By route, then by hour of the agency's day. */
    cells = new Map();
    /** By the local time at which the hour begins, as if it were UTC. */
    hours = new Map();
    vehicles = new Map();
    health;
    forecasts;
    timetable;
    firstTime;
    lastTime;
    #trails = new Trails();
    #expectedTime = Number.NEGATIVE_INFINITY;
    #forgetTime = Number.NEGATIVE_INFINITY;
    constructor(timezone, timetable, saved) {
        this.timezone = timezone;
        this.timetable = timetable;
        this.forecasts = Forecasts.restore(saved?.forecasts);
        this.health = {
            a: saved === undefined ? new FeedHealth() : FeedHealth.restore(saved.health.a),
            b: saved === undefined ? new FeedHealth() : FeedHealth.restore(saved.health.b),
        };
        if (saved === undefined)
            return;
        for (const [route, hours] of Object.entries(saved.cells)) {
            const restored = Object.entries(hours).map(([hour, tally]) => [Number(hour), Tally.restore(tally)]);
            this.cells.set(route, new Map(restored));
        }
        for (const [hour, tally] of saved.hours)
            this.hours.set(hour, Tally.restore(tally));
        for (const [id, count] of saved.vehicles)
            this.vehicles.set(id, { ...count });
        this.firstTime = saved.firstTime;
        this.lastTime = saved.lastTime;
    }
    /** A message of a feed that was not read before. */
    message(side, message, snapshot, now) {
        this.health[side].message(message, snapshot.vehicles.size, now);
    }
    /**
     * What both feeds said at a moment; undefined: could not be read. `agesAt`: when their ages count, by side. `beside`:
     * trip updates and alerts where they have feeds of their own; without, those that both messages hold are compared.
     */
    moment(now, a, b, agesAt = { a: now, b: now }, beside = {}) {
        this.firstTime ??= now;
        this.lastTime = now;
        const local = localParts(now, this.timezone);
        const inHour = this.#hour(utcFromParts({ ...local, minute: 0, second: 0, millisecond: 0 }));
        const within = (kind) => a !== undefined && b !== undefined && a[kind].size > 0 && b[kind].size > 0 ? { a, b } : undefined;
        const { updates = within("trips"), alerts = within("alerts") } = beside;
        this.forecasts.moment(now, local.hour, updates, alerts);
        this.health.a.stands(a !== undefined, now);
        this.health.b.stands(b !== undefined, now);
        inHour.counts.moments++;
        if (a === undefined)
            inHour.counts.downA++;
        if (b === undefined)
            inHour.counts.downB++;
        if (a === undefined || b === undefined)
            return;
        const look = { now, agesAt, hour: local.hour, inHour, trips: new Map() };
        for (const [id, vehicle] of a.vehicles)
            this.#vehicle(look, id, vehicle, b.vehicles.get(id));
        for (const [id, vehicle] of b.vehicles)
            if (!a.vehicles.has(id))
                this.#vehicle(look, id, undefined, vehicle);
        for (const { tallies, isInA, isInB } of look.trips.values()) {
            const name = isInA && isInB ? "tripsBoth" : isInA ? "tripsOnlyA" : "tripsOnlyB";
            for (const { counts } of tallies)
                counts[name]++;
        }
        this.#expected(look, a, b);
        if (now - this.#forgetTime < FORGET_EVERY_MS)
            return;
        this.#forgetTime = now;
        this.#trails.forget(now);
    }
    save() {
        const cells = [...this.cells].map(([route, hours]) => [route, Object.fromEntries([...hours].map(([hour, tally]) => [hour, tally.save()]))]);
        return {
            cells: Object.fromEntries(cells),
            hours: [...this.hours].map(([hour, tally]) => [hour, tally.save()]),
            vehicles: [...this.vehicles],
            health: { a: this.health.a.save(), b: this.health.b.save() },
            forecasts: this.forecasts.save(),
            firstTime: this.firstTime,
            lastTime: this.lastTime,
        };
    }
    #vehicle(look, id, a, b) {
        const [seenA, seenB] = [this.#look(look, "a", a), this.#look(look, "b", b)];
        const route = seenA?.route ?? seenB?.route ?? NO_ROUTE;
        const tallies = [look.inHour, this.#cell(route, look.hour)];
        const [isInA, isInB] = [seenA?.isGhost === false, seenB?.isGhost === false];
        for (const { counts, ageA, ageB } of tallies) {
            if (seenA !== undefined)
                countSide(counts, "A", seenA);
            if (seenB !== undefined)
                countSide(counts, "B", seenB);
            if (isInA && seenA?.ageS !== undefined)
                ageA.add(Math.max(0, seenA.ageS));
            if (isInB && seenB?.ageS !== undefined)
                ageB.add(Math.max(0, seenB.ageS));
            if (isInA && isInB)
                counts.both++;
            else if (isInA)
                counts.onlyA++;
            else if (isInB)
                counts.onlyB++;
        }
        if (isInA)
            noteTrip(look, "a", a?.tripId, tallies);
        if (isInB)
            noteTrip(look, "b", b?.tripId, tallies);
        this.#countVehicle(id, isInA, isInB);
        if (a !== undefined && b !== undefined) {
            if (isInA && isInB)
                this.#agree(look, tallies, id, a, b);
        }
        else if (a !== undefined)
            this.#trails.note(id, "a", a, look.now);
        else if (b !== undefined)
            this.#trails.note(id, "b", b, look.now);
    }
    #agree({ now }, tallies, id, a, b) {
        const agreement = this.#trails.compare(id, a, b, now);
        if (agreement === "known")
            return;
        for (const { counts, distance } of tallies) {
            if (agreement === "unaligned") {
                counts.unaligned++;
                continue;
            }
            counts.aligned++;
            if (agreement.metres !== undefined)
                distance.add(agreement.metres);
            if (agreement.sameTrip !== undefined)
                counts.tripsCompared++;
            if (agreement.sameTrip === false)
                counts.tripsDiffer++;
            if (agreement.sameRoute === false)
                counts.routesDiffer++;
        }
    }
    #look({ agesAt }, side, vehicle) {
        if (vehicle === undefined)
            return undefined;
        const now = agesAt[side];
        const matched = this.timetable?.match(vehicle, now);
        const ageMs = vehicle.time === undefined ? undefined : now - vehicle.time;
        const isEnded = matched !== undefined && now > matched.endedTime;
        const isFuture = ageMs !== undefined && ageMs < -FUTURE_MS;
        return {
            route: matched?.gtfsRouteId ?? vehicle.gtfsRouteId,
            ageS: ageMs === undefined ? undefined : ageMs / 1000,
            isGhost: isEnded || isFuture || (ageMs !== undefined && ageMs > GHOST_AFTER_MS),
            isEnded,
            isFuture,
            isAssigned: matched?.isAssigned === true,
            isMatched: matched?.isMatched === true,
        };
    }
    #expected(look, a, b) {
        if (this.timetable === undefined || look.now - this.#expectedTime < EXPECTED_EVERY_MS)
            return;
        this.#expectedTime = look.now;
        const [inA, inB] = SIDES.map((side) => new Set([...(side === "a" ? a : b).vehicles.values()].map(({ tripId }) => tripId)));
        for (const { tripId, gtfsRouteId } of this.timetable.expected(look.now)) {
            for (const { counts } of [look.inHour, this.#cell(gtfsRouteId, look.hour)]) {
                counts.expected++;
                if (inA?.has(tripId))
                    counts.seenA++;
                if (inB?.has(tripId))
                    counts.seenB++;
            }
        }
    }
    #countVehicle(id, isInA, isInB) {
        if (!isInA && !isInB)
            return;
        let count = this.vehicles.get(id);
        if (count === undefined) {
            if (this.vehicles.size >= VEHICLES_MAX)
                return;
            count = { a: 0, b: 0, both: 0 };
            this.vehicles.set(id, count);
        }
        if (isInA && isInB)
            count.both++;
        else if (isInA)
            count.a++;
        else
            count.b++;
    }
    #cell(route, hour) {
        let hours = this.cells.get(route);
        if (hours === undefined) {
            if (this.cells.size >= ROUTES_MAX && route !== OTHER_ROUTES)
                return this.#cell(OTHER_ROUTES, hour);
            hours = new Map();
            this.cells.set(route, hours);
        }
        return tallyAt(hours, hour);
    }
    #hour(start) {
        // More hours than may be asked for come of recordings only: the last one takes the rest.
        const isFull = this.hours.size >= HOURS_MAX && !this.hours.has(start);
        return tallyAt(this.hours, isFull ? [...this.hours.keys()].at(-1) : start);
    }
}
function noteTrip({ trips }, side, tripId, tallies) {
    if (tripId === undefined)
        return;
    const trip = trips.get(tripId) ?? { tallies, isInA: false, isInB: false };
    trip[side === "a" ? "isInA" : "isInB"] = true;
    trips.set(tripId, trip);
}
function countSide(counts, side, seen) {
    if (seen.isGhost)
        counts[`ghosts${side}`]++;
    if (seen.isEnded)
        counts[`ended${side}`]++;
    if (seen.isFuture)
        counts[`future${side}`]++;
    if (seen.isAssigned)
        counts[`assigned${side}`]++;
    if (seen.isMatched)
        counts[`matched${side}`]++;
}
function tallyAt(tallies, key) {
    let tally = tallies.get(key);
    if (tally === undefined) {
        tally = new Tally();
        tallies.set(key, tally);
    }
    return tally;
}
