import { emptyEntity } from "../formats/gtfs-realtime.js";
import { SECOND_MS } from "../model/units.js";
import { alertMessage } from "./rider-alerts.js";
/** So many vehicles that all stand still in time are no coincidence: the last buses of the night are fewer. */
const FROZEN_VEHICLES_MIN = 10;
const FROZEN_FOR_MS = 30 * SECOND_MS;
/** So long a feed must be well again: one good answer between two failures ends nothing. */
const WELL_FOR_MS = 30 * SECOND_MS;
/** More routes than an alert can name: then it names the agency. */
const ROUTES_MAX = 1000;
/**
 * Tells riders that a feed is out: GTFS-realtime has no word for stale data, so an alert says it. A feed is out when
 * upstream has failed for `after` and nothing fresh of it is left, or when it answers and none of many vehicles moves on.
 * A feed that never answered since it was configured is out too, unless riders get something fresh from another feed of
 * the agency; one that answered and gave alerts only is not missed.
 */
export class OutageWatch {
    #rules;
    #clock;
    #feeds;
    #watched = new Map();
    #last;
    constructor(rules, clock, feeds) {
        this.#rules = rules;
        this.#clock = clock;
        this.#feeds = rules.alert ? feeds : undefined;
    }
    /** Those that riders are told of, as of the last look. */
    get outages() {
        return [...this.#watched.values()].flatMap(({ outage }) => outage ?? []);
    }
    /** By feed that gave positions or forecasts: the routes that it spoke of. What `restore` takes. */
    get spoken() {
        const spoken = [...this.#watched].filter(([, { hasSpoken }]) => hasSpoken);
        return Object.fromEntries(spoken.map(([feed, { routes }]) => [feed, [...routes]]));
    }
    restore(outages, spoken = {}) {
        if (this.#feeds === undefined)
            return;
        for (const [feed, routes] of Object.entries(spoken)) {
            const watched = this.#watch(feed);
            watched.hasSpoken = true;
            for (const route of routes)
                watched.routes.add(route);
        }
        for (const outage of outages) {
            const watched = this.#watch(outage.feed);
            watched.outage = outage;
            for (const route of outage.routes)
                watched.routes.add(route);
        }
    }
    /** A record of a feed came: of which routes it speaks. */
    note({ origin, body }) {
        if (this.#feeds === undefined || body.removed === true)
            return;
        if (body.kind === "service_alert" || body.kind === "detour")
            return;
        const last = this.#last?.feed === origin.feed ? this.#last : undefined;
        const watched = last?.watched ?? this.#watch(origin.feed);
        watched.hasSpoken = true;
        if (last === undefined)
            this.#last = { feed: origin.feed, watched };
        const { gtfsRouteId, unresolved } = body;
        if (gtfsRouteId === undefined || gtfsRouteId === watched.lastRoute || unresolved !== undefined)
            return;
        watched.lastRoute = gtfsRouteId;
        if (watched.routes.size <= ROUTES_MAX)
            watched.routes.add(gtfsRouteId);
    }
    /** True when riders are told something else than before. `heard`: when each feed was heard of last. */
    look(now, served, heard) {
        if (this.#feeds === undefined)
            return false;
        let isChanged = false;
        const feeds = new Map(this.#feeds().map((health) => [health.feed, health]));
        for (const { feed, lastAnswerTime, isAlertsOnly } of feeds.values()) {
            const isSilent = heard[feed] === undefined && lastAnswerTime === undefined && isAlertsOnly !== true;
            if (isSilent)
                this.#watch(feed);
        }
        for (const [feed, watched] of this.#watched) {
            const health = feeds.get(feed);
            const before = watched.outage;
            if (health === undefined)
                this.#watched.delete(feed);
            else if (this.#isMissed(watched, health, [...feeds.values()], served, heard[feed]))
                this.#judge(watched, health, served, heard[feed], now);
            if (before !== (health && watched.outage))
                isChanged = true;
        }
        if (isChanged)
            this.#last = undefined;
        return isChanged;
    }
    /** One alert for each agency, under an id that stays the same. */
    entities() {
        const byAgency = new Map();
        for (const outage of this.outages) {
            const others = byAgency.get(outage.agency);
            if (others)
                others.push(outage);
            else
                byAgency.set(outage.agency, [outage]);
        }
        return [...byAgency].map(([agency, outages]) => this.#entity(agency, outages));
    }
    #entity(agency, outages) {
        const { agencyId, header, description, url } = this.#rules;
        const routes = new Set(outages.flatMap((outage) => outage.routes));
        const isNamed = agencyId === undefined && routes.size > 0 && routes.size <= ROUTES_MAX;
        const selector = {
            agencyId: undefined,
            routeId: undefined,
            routeType: undefined,
            trip: undefined,
            stopId: undefined,
            directionId: undefined,
        };
        const informed = isNamed
            ? [...routes].sort().map((routeId) => ({ ...selector, routeId }))
            : [{ ...selector, agencyId: agencyId ?? agency }];
        const body = {
            kind: "service_alert",
            alertId: agency,
            activePeriods: [{ start: Math.min(...outages.map(({ since }) => since)) }],
            informedEntities: [],
            cause: "technical_problem",
            effect: "unknown_effect",
            severity: "warning",
            header,
            description,
            ...(url !== undefined && { url: [{ text: url }] }),
        };
        return { ...emptyEntity(`outage:${agency}`), alert: alertMessage(body, informed) };
    }
    /** Whether riders would miss something if the feed were out. */
    #isMissed({ hasSpoken, outage }, { feed, agency }, feeds, served, heardTime) {
        if (hasSpoken || outage !== undefined)
            return true;
        if (heardTime !== undefined)
            return false;
        return !feeds.some((other) => {
            const isBeside = other.feed !== feed && other.agency === agency;
            return isBeside && freshnessOf(other.feed, served).isFresh;
        });
    }
    #judge(watched, health, served, heardTime, now) {
        const monotonic = this.#clock.monotonic();
        const { feed, agency, state } = health;
        const isFailing = state === "failing" || state === "down";
        const { isFresh, stale, newestTime } = freshnessOf(feed, served);
        const isFrozen = !isFresh && stale >= FROZEN_VEHICLES_MIN;
        watched.failingSince = isFailing ? (watched.failingSince ?? monotonic) : undefined;
        watched.frozenSince = isFrozen ? (watched.frozenSince ?? monotonic) : undefined;
        if (watched.outage === undefined) {
            const isDown = !isFresh && lasts(watched.failingSince, this.#rules.after, monotonic);
            if (!isDown && !lasts(watched.frozenSince, FROZEN_FOR_MS, monotonic))
                return;
            const failingTime = now - (monotonic - (watched.failingSince ?? monotonic));
            const lastTime = heardTime ?? failingTime;
            const since = Math.min(now, isFrozen ? (newestTime ?? lastTime) : lastTime);
            const routes = [...watched.routes].sort();
            watched.outage = { feed, agency, since, isFrozen: !isDown, routes };
            watched.wellSince = undefined;
            return;
        }
        // What was frozen is only well when something moves: after some minutes nothing is left that could stand still.
        const isWell = !isFailing && state !== "waiting" && !isFrozen && (isFresh || !watched.outage.isFrozen);
        watched.wellSince = isWell ? (watched.wellSince ?? monotonic) : undefined;
        if (lasts(watched.wellSince, WELL_FOR_MS, monotonic))
            watched.outage = undefined;
    }
    #watch(feed) {
        let watched = this.#watched.get(feed);
        if (watched === undefined) {
            watched = {
                hasSpoken: false,
                routes: new Set(),
                lastRoute: undefined,
                failingSince: undefined,
                frozenSince: undefined,
                wellSince: undefined,
                outage: undefined,
            };
            this.#watched.set(feed, watched);
        }
        return watched;
    }
}
function lasts(since, forMs, monotonic) {
    return since !== undefined && monotonic - since >= forMs;
}
/** Whether anything of the feed is fresh or aging, and how many vehicles are stale. */
function freshnessOf(feed, served) {
    let stale = 0;
    let newestTime;
    for (const kind of served) {
        for (const { item, tier } of kind) {
            const { origin, body } = item.record;
            if (origin.feed !== feed)
                continue;
            if (tier !== "stale")
                return { isFresh: true, stale: 0, newestTime: undefined };
            if (body.kind !== "vehicle_location")
                continue;
            stale++;
            newestTime = Math.max(newestTime ?? 0, item.time);
        }
    }
    return { isFresh: false, stale, newestTime };
}
