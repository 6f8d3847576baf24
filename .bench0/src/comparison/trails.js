import { SIDES } from "./tally.js";
/** Reports of a vehicle that are kept: enough to find the neighbours of what a feed five minutes behind says. */
const KEPT = 12;
/** Between two reports that are further apart nobody knows the way. */
const GAP_MAX_MS = 180_000;
/** A vehicle that neither feed has shown for so long starts anew. */
const FORGET_MS = 30 * 60_000;
const METRES_PER_DEGREE = 111_195;
/** The latest reports of each vehicle by feed, to compare both at the same event time whatever their delay is. */
export class Trails {
    #trails = new Map();
    /**
     * Takes what both feeds say of a vehicle now. `known`: this was compared already. `unaligned`: the reports have different
     * times, and the later feed has no neighbours around the earlier one's.
     */
    compare(id, a, b, now) {
        const trail = this.#noted(id, a, b, now);
        if (trail.lastA === a.time && trail.lastB === b.time)
            return "known";
        trail.lastA = a.time;
        trail.lastB = b.time;
        if (a.time === undefined || b.time === undefined || a.time === b.time)
            return agreement(a, [b, b, 0]);
        const [early, others] = a.time < b.time ? [a, trail.b] : [b, trail.a];
        const around = neighbours(others, early.time);
        return around === undefined ? "unaligned" : agreement(early, around);
    }
    /** Notes what one feed says while the other does not have the vehicle. */
    note(id, side, vehicle, now) {
        this.#noted(id, side === "a" ? vehicle : undefined, side === "b" ? vehicle : undefined, now);
    }
    forget(now) {
        for (const [id, { seenTime }] of this.#trails)
            if (now - seenTime > FORGET_MS)
                this.#trails.delete(id);
    }
    #noted(id, a, b, now) {
        let trail = this.#trails.get(id);
        if (trail === undefined) {
            trail = { a: [], b: [], lastA: undefined, lastB: undefined, seenTime: now };
            this.#trails.set(id, trail);
        }
        trail.seenTime = now;
        for (const side of SIDES) {
            const vehicle = side === "a" ? a : b;
            const reports = trail[side];
            const last = reports.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
            if (vehicle?.time === undefined || vehicle.time <= last)
                continue;
            reports.push(vehicle);
            if (reports.length > KEPT)
                reports.shift();
        }
        return trail;
    }
}
/** The reports before and after a time, and how far between them it lies, 0 to 1. */
function neighbours(reports, time) {
    const at = reports.findIndex((report) => report.time >= time);
    const after = reports[at];
    if (after === undefined)
        return undefined;
    if (after.time === time)
        return [after, after, 0];
    const before = reports[at - 1];
    if (before === undefined)
        return undefined;
    const [from, to] = [before.time, after.time];
    return to - from > GAP_MAX_MS ? undefined : [before, after, (time - from) / (to - from)];
}
/** A trip that changes between the neighbours agrees with either. */
function agreement(one, [before, after, part]) {
    const sameTrip = one.tripId === undefined && before.tripId === undefined && after.tripId === undefined
        ? undefined
        : one.tripId === before.tripId || one.tripId === after.tripId;
    const routes = [before.gtfsRouteId, after.gtfsRouteId];
    const sameRoute = one.gtfsRouteId === undefined || routes.includes(undefined)
        ? undefined
        : routes.includes(one.gtfsRouteId);
    return { metres: metres(one, before, after, part), sameTrip, sameRoute };
}
function metres(one, before, after, part) {
    if (one.latitude === undefined || before.latitude === undefined || after.latitude === undefined)
        return undefined;
    const [longitude, from, to] = [one.longitude ?? 0, before.longitude ?? 0, after.longitude ?? 0];
    const north = before.latitude + (after.latitude - before.latitude) * part - one.latitude;
    const east = degreesEast(longitude, from + degreesEast(from, to) * part);
    return METRES_PER_DEGREE * Math.hypot(north, east * Math.cos((one.latitude * Math.PI) / 180));
}
/** From one longitude to another the short way, also over the date line. */
function degreesEast(from, to) {
    return ((((to - from + 180) % 360) + 360) % 360) - 180;
}
