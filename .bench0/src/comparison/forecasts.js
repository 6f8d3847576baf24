import { FeedHealth } from "./feed-health.js";
import { Sketch } from "./sketch.js";
import { SIDES } from "./tally.js";
const ROUTES_MAX = 1_000;
const STOPS_MAX = 2_000;
const ALERTS_MAX = 500;
const OTHERS = "(others)";
const NO_ROUTE = "(no route)";
/** The feeds that may be read beside the positions. */
export const BESIDE = ["updates", "alerts"];
/**
 * What two feeds say beside positions: forecasts by trip, route, hour and stop, and alerts by their text, in memory that
 * does not grow with time.
 */
export class Forecasts {
    /** By route, then by hour of the agency's day. */
    cells = new Map();
    stops = new Map();
    /** By what they say. */
    alerts = new Map();
    /** Moments at which either was compared, and those at which a side lacked one of them. */
    moments = 0;
    down = { a: 0, b: 0 };
    /** Of the feeds that are read beside the positions; those that are not have read nothing. */
    health = {
        updates: { a: new FeedHealth(), b: new FeedHealth() },
        alerts: { a: new FeedHealth(), b: new FeedHealth() },
    };
    static restore(saved) {
        const forecasts = new Forecasts();
        if (saved === undefined)
            return forecasts;
        for (const [route, hours] of saved.cells) {
            const restored = hours.map(([hour, { trips, apart }]) => [hour, { trips: { ...trips }, apart: Sketch.restore(apart) }]);
            forecasts.cells.set(route, new Map(restored));
        }
        for (const [stop, apart] of saved.stops)
            forecasts.stops.set(stop, Sketch.restore(apart));
        for (const [text, presence] of saved.alerts)
            forecasts.alerts.set(text, { ...presence });
        forecasts.moments = saved.moments;
        Object.assign(forecasts.down, saved.down);
        for (const kind of BESIDE)
            for (const side of SIDES)
                forecasts.health[kind][side] = FeedHealth.restore(saved.health[kind][side]);
        return forecasts;
    }
    save() {
        return {
            cells: [...this.cells].map(([route, hours]) => [
                route,
                [...hours].map(([hour, { trips, apart }]) => [hour, { trips, apart: apart.save() }]),
            ]),
            stops: [...this.stops].map(([stop, apart]) => [stop, apart.save()]),
            alerts: [...this.alerts],
            moments: this.moments,
            down: this.down,
            health: {
                updates: { a: this.health.updates.a.save(), b: this.health.updates.b.save() },
                alerts: { a: this.health.alerts.a.save(), b: this.health.alerts.b.save() },
            },
        };
    }
    /** `updates` and `alerts` are undefined where they are not compared. What could not be read counts as that only. */
    moment(now, hour, updates, alerts) {
        const compared = [updates, alerts].filter((one) => one !== undefined);
        if (compared.length === 0)
            return;
        this.moments++;
        for (const side of SIDES)
            if (compared.some((one) => one[side] === undefined))
                this.down[side]++;
        if (updates?.a && updates.b)
            this.#compareTrips(now, hour, updates.a.trips, updates.b.trips);
        if (alerts?.a && alerts.b)
            this.#compareAlerts(alerts.a.alerts, alerts.b.alerts);
    }
    #compareTrips(now, hour, a, b) {
        for (const [trip, inA] of a) {
            const inB = b.get(trip);
            const tally = this.#cell(inA.gtfsRouteId ?? inB?.gtfsRouteId ?? NO_ROUTE, hour);
            if (inB === undefined)
                tally.trips.onlyA++;
            else {
                tally.trips.both++;
                this.#compareStops(now, tally, inA, inB);
            }
        }
        for (const [trip, { gtfsRouteId }] of b)
            if (!a.has(trip))
                this.#cell(gtfsRouteId ?? NO_ROUTE, hour).trips.onlyB++;
    }
    #compareStops(now, tally, a, b) {
        for (const stop of a.stops) {
            const other = counterpart(stop, b);
            const apartS = other && secondsApart(stop, other, now);
            if (apartS === undefined)
                continue;
            tally.apart.add(apartS);
            const stopId = stop.stopId ?? other?.stopId;
            if (stopId !== undefined)
                this.#stop(stopId).add(apartS);
        }
    }
    #compareAlerts(a, b) {
        for (const text of a)
            this.#alert(text)[b.has(text) ? "both" : "onlyA"]++;
        for (const text of b)
            if (!a.has(text))
                this.#alert(text).onlyB++;
    }
    #cell(route, hour) {
        const known = this.cells.has(route) || this.cells.size < ROUTES_MAX ? route : OTHERS;
        let hours = this.cells.get(known);
        if (hours === undefined) {
            hours = new Map();
            this.cells.set(known, hours);
        }
        let tally = hours.get(hour);
        if (tally === undefined) {
            tally = { trips: { both: 0, onlyA: 0, onlyB: 0 }, apart: new Sketch() };
            hours.set(hour, tally);
        }
        return tally;
    }
    #stop(stopId) {
        const known = this.stops.has(stopId) || this.stops.size < STOPS_MAX ? stopId : OTHERS;
        const sketch = this.stops.get(known) ?? new Sketch();
        this.stops.set(known, sketch);
        return sketch;
    }
    #alert(text) {
        const known = this.alerts.has(text) || this.alerts.size < ALERTS_MAX ? text : OTHERS;
        const presence = this.alerts.get(known) ?? { both: 0, onlyA: 0, onlyB: 0 };
        this.alerts.set(known, presence);
        return presence;
    }
}
/** Sums over cells, for a route, an hour or all. */
export function sumForecasts(tallies) {
    const total = { trips: { both: 0, onlyA: 0, onlyB: 0 }, apart: new Sketch() };
    for (const { trips, apart } of tallies) {
        total.trips.both += trips.both;
        total.trips.onlyA += trips.onlyA;
        total.trips.onlyB += trips.onlyB;
        total.apart.merge(apart);
    }
    return total;
}
export function totalOf({ cells }) {
    return sumForecasts([...cells.values()].flatMap((hours) => [...hours.values()]));
}
export function presenceOf(all) {
    const total = { both: 0, onlyA: 0, onlyB: 0 };
    for (const { both, onlyA, onlyB } of all) {
        total.both += both;
        total.onlyA += onlyA;
        total.onlyB += onlyB;
    }
    return total;
}
/** By its place in the trip; by its id where one of them states no places, unless the trip calls there twice. */
function counterpart(stop, { bySequence, byStop }) {
    if (stop.sequence !== undefined && bySequence.size > 0)
        return bySequence.get(stop.sequence);
    return stop.stopId === undefined ? undefined : byStop.get(stop.stopId);
}
/** Undefined: nothing of one sort is said by both, or it is of a time that has passed. */
function secondsApart(a, b, now) {
    for (const event of ["arrival", "departure"]) {
        const [one, other] = [a[event], b[event]];
        if (one === undefined || other === undefined)
            continue;
        const apart = eventsApart(one, other, now);
        if (apart !== undefined)
            return apart;
    }
    return undefined;
}
function eventsApart(one, other, now) {
    if (one.time !== undefined && other.time !== undefined)
        return Math.max(one.time, other.time) < now ? undefined : Math.abs(one.time - other.time) / 1000;
    if (one.delayS !== undefined && other.delayS !== undefined)
        return Math.abs(one.delayS - other.delayS);
    return undefined;
}
