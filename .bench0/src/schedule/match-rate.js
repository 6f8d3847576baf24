import { MINUTE_MS } from "../model/units.js";
const TURN_MS = 15 * MINUTE_MS;
/** Routes that are counted by name; more than any agency has. */
const ROUTES_MAX = 5_000;
class Tally {
    resolved = 0;
    unresolved = 0;
    /** Of the present quarter of an hour and of the one before. */
    nowResolved = 0;
    nowUnresolved = 0;
    beforeResolved = 0;
    beforeUnresolved = 0;
    add(isResolved) {
        if (isResolved) {
            this.resolved++;
            this.nowResolved++;
        }
        else {
            this.unresolved++;
            this.nowUnresolved++;
        }
    }
    turn() {
        this.beforeResolved = this.nowResolved;
        this.beforeUnresolved = this.nowUnresolved;
        this.nowResolved = 0;
        this.nowUnresolved = 0;
    }
    get sums() {
        return {
            total: { resolved: this.resolved, unresolved: this.unresolved },
            recent: {
                resolved: this.nowResolved + this.beforeResolved,
                unresolved: this.nowUnresolved + this.beforeUnresolved,
            },
        };
    }
}
/** Counts which records name a trip of the schedule. Vehicles without any assignment are counted apart: they name none. */
export class MatchRate {
    #all = new Tally();
    #routes = new Map();
    #reasons = new Map();
    #turn = 0;
    /** `gtfsRouteId`: a route of the schedule, or undefined. `reason`: why the trip did not resolve. */
    add(gtfsRouteId, reason, now) {
        const turn = Math.floor(now / TURN_MS);
        if (turn !== this.#turn)
            this.#next(turn);
        if (reason !== undefined)
            this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
        if (reason === "unassigned")
            return;
        this.#all.add(reason === undefined);
        const name = gtfsRouteId ?? "";
        let route = this.#routes.get(name);
        if (route === undefined) {
            if (this.#routes.size >= ROUTES_MAX)
                return;
            route = new Tally();
            this.#routes.set(name, route);
        }
        route.add(reason === undefined);
    }
    get sums() {
        return {
            ...this.#all.sums,
            reasons: Object.fromEntries(this.#reasons),
            routes: [...this.#routes].map(([gtfsRouteId, route]) => ({ gtfsRouteId, ...route.sums })),
        };
    }
    #next(turn) {
        const isLater = turn === this.#turn + 1;
        this.#turn = turn;
        for (const tally of [this.#all, ...this.#routes.values()]) {
            tally.turn();
            if (!isLater)
                tally.turn();
        }
    }
}
/** From 0 to 1; undefined while there is nothing to count. */
export function shareOf({ resolved, unresolved }) {
    return resolved + unresolved === 0 ? undefined : resolved / (resolved + unresolved);
}
