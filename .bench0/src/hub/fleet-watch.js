import { messageOf } from "../model/failure.js";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { expectedByRoute } from "../schedule/expected-fleet.js";
import { FleetHistory } from "../schedule/fleet-history.js";
import { isAssigned } from "../schedule/schedule-index.js";
const STATE = "fleet";
/** A vehicle that told nothing for so long is not counted: radios report every few minutes at worst. */
const HEARD_MS = 5 * MINUTE_MS;
/** A report that is older when it comes says where a vehicle was, and not that it is at work; nor is it looked for later. */
const OLD_MS = 30 * MINUTE_MS;
/** From then on a vehicle at work is silent. */
const SILENT_MS = 150 * SECOND_MS;
/** Trips that have only just begun are not expected yet: vehicles come late, and so do their reports. */
const LATE_MS = 10 * MINUTE_MS;
/** A route that no vehicle has named for so long has no vehicles that are known here, such as another operator's. */
const ROUTE_KEPT_MS = 8 * DAY_MS;
/** A vehicle notes its route so often: days are counted, and a note for every report costs a look-up. */
const ROUTE_NOTED_MS = MINUTE_MS;
/** A feed of which no vehicle is heard of for so long is silent, */
const SPEECHLESS_MS = MINUTE_MS;
/** where so many were before, and at least so many should be at work; */
const SPEAKING_MIN = 4;
/** or, where nobody knows how many should be, where there were so many: service does not end for all of them at once. */
const SPEAKING_UNEXPECTED_MIN = 10;
/** So many vehicles or routes are told of by name: who reads it at night wants to see which line it is, and no list. */
const NAMED_MAX = 6;
/**
 * How many vehicles of each agency are at work, and how many should be: by its schedule where there is one, else by the same
 * hour of earlier days. So that silence at night is well, and half of the fleet missing in the peak is not. And of each feed
 * which vehicles it told of when it was last well, so that whoever reads that it is down knows whom that is about.
 */
export class FleetWatch {
    #options;
    #fleets;
    #feeds = new Map();
    #speeches = new Map();
    /** Feeds that have told what a vehicle does: those of its vehicles that do nothing are not missed. */
    #assigning = new Set();
    /** When anything at all was heard of a vehicle of each feed, however old it was. */
    #spoken = new Map();
    constructor(config, options) {
        this.#options = options;
        const holidays = config.alerts?.holidays ?? [];
        this.#fleets = new Map(config.agencies.map(({ name: agency, timezone }) => [
            agency,
            {
                agency,
                vehicles: new Map(),
                routes: new Map(),
                history: new FleetHistory(timezone, holidays),
                expectedOn: undefined,
                status: { agency, vehicles: 0, expected: undefined, basis: "unknown", short: [] },
            },
        ]));
    }
    async restore() {
        const stored = await this.#options.log.state(STATE);
        if (stored === undefined)
            return;
        try {
            const { agencies, feeds, speeches, assigning = [], } = JSON.parse(new TextDecoder().decode(stored));
            for (const [agency, { routes, days }] of Object.entries(agencies)) {
                const fleet = this.#fleets.get(agency);
                for (const [route, time] of routes)
                    fleet?.routes.set(route, time);
                fleet?.history.restore(days);
            }
            for (const [feed, status] of feeds)
                this.#feeds.set(feed, status);
            for (const feed of assigning)
                this.#assigning.add(feed);
            const now = this.#options.runtime.clock.now();
            for (const [feed, speech] of speeches) {
                // Nobody could speak to a hub that did not run; after a long while nobody knows what there is to be heard.
                const isSilent = this.#feeds.get(feed)?.silentSince !== undefined;
                if (isSilent || speech.time >= now - OLD_MS)
                    this.#speeches.set(feed, isSilent ? speech : { ...speech, time: now });
            }
        }
        catch (thrown) {
            const message = `What is known of the fleets of earlier days cannot be read, and begins anew: ${messageOf(thrown)}`;
            this.#options.onEvent("hub", "warn", "fleet.unreadable", message);
        }
    }
    /** Called with records as they are committed: one look-up for each report of a vehicle. */
    take(records) {
        for (const { body, key, eventTime, origin } of records) {
            const { receivedTime, feed, agency } = origin;
            if (body.kind !== "vehicle_location")
                continue;
            if (this.#spoken.get(feed) !== receivedTime)
                this.#spoken.set(feed, receivedTime);
            if (receivedTime - eventTime > OLD_MS)
                continue;
            const fleet = this.#fleets.get(agency);
            if (fleet === undefined)
                continue;
            if (body.removed === true) {
                fleet.vehicles.delete(key);
                continue;
            }
            const { gtfsRouteId, vehicleId = key } = body;
            const isAtWork = isAssigned(body);
            let vehicle = fleet.vehicles.get(key);
            if (isAtWork && (vehicle?.isAtWork !== true || vehicle.feed !== feed))
                this.#assigning.add(feed);
            if (vehicle === undefined) {
                const heard = { heardTime: receivedTime, reportTime: eventTime, routeNotedTime: 0 };
                vehicle = { vehicleId, feed, gtfsRouteId, isAtWork, ...heard };
                fleet.vehicles.set(key, vehicle);
            }
            else {
                if (vehicle.gtfsRouteId !== gtfsRouteId)
                    vehicle.routeNotedTime = 0;
                vehicle.feed = feed;
                vehicle.gtfsRouteId = gtfsRouteId;
                vehicle.isAtWork = isAtWork;
                vehicle.heardTime = receivedTime;
                vehicle.reportTime = Math.max(vehicle.reportTime, eventTime);
            }
            if (!isAtWork || gtfsRouteId === undefined)
                continue;
            if (receivedTime - vehicle.routeNotedTime < ROUTE_NOTED_MS)
                continue;
            vehicle.routeNotedTime = receivedTime;
            fleet.routes.set(gtfsRouteId, receivedTime);
        }
    }
    /** Counts, compares, and keeps what was learned of a quarter of an hour. */
    async tick() {
        const now = this.#options.runtime.clock.now();
        const working = [];
        let isNews = false;
        for (const fleet of this.#fleets.values()) {
            for (const [key, { heardTime }] of fleet.vehicles)
                if (heardTime < now - OLD_MS)
                    fleet.vehicles.delete(key);
            for (const [route, time] of fleet.routes)
                if (time < now - ROUTE_KEPT_MS)
                    fleet.routes.delete(route);
            const own = workingOf(fleet);
            working.push(...own);
            const heard = own.filter(({ heardTime }) => heardTime >= now - HEARD_MS);
            fleet.status = { agency: fleet.agency, vehicles: heard.length, ...this.#expected(fleet, heard, now) };
            if (fleet.history.add(heard.length, now))
                isNews = true;
        }
        if (this.#follow(working, now))
            isNews = true;
        if (isNews)
            await this.#save();
    }
    status() {
        return [...this.#fleets.values()].map(({ status }) => status);
    }
    ofFeed(feed) {
        return this.#feeds.get(feed);
    }
    /** While a feed is not well, what it told last stands as it was. Answers whether one fell silent, or speaks again. */
    #follow(working, now) {
        let isNews = false;
        const feeds = this.#options.feeds();
        for (const known of [this.#feeds, this.#speeches, this.#spoken])
            for (const name of known.keys())
                if (!feeds.some(({ feed }) => feed.name === name))
                    known.delete(name);
        for (const { feed, condition } of feeds) {
            if (condition !== "running")
                continue;
            const { name, agency } = feed;
            const own = this.#ownOf(name, agency, working);
            const before = this.#feeds.get(name);
            const isAlone = feeds.filter((other) => other.feed.agency === agency).length === 1;
            const silentSince = this.#silentSince(name, agency, own, isAlone, now);
            const seen = silentSince === undefined || before === undefined ? fleetOf(own, now) : before;
            this.#feeds.set(name, { ...seen, silentSince });
            if (silentSince !== undefined)
                feed.fellSilent(silentSince);
            if (before?.silentSince !== silentSince)
                isNews = true;
        }
        return isNews;
    }
    /** Those of a feed that are at work; of one that never says what a vehicle does all of them, whatever others say of theirs. */
    #ownOf(name, agency, working) {
        const all = this.#assigning.has(name)
            ? working
            : [...(this.#fleets.get(agency)?.vehicles.values() ?? [])];
        return all.filter((vehicle) => vehicle.feed === name);
    }
    #silentSince(name, agency, own, isAlone, now) {
        const time = this.#spoken.get(name) ?? 0;
        const speech = this.#speeches.get(name);
        if (speech === undefined || time > speech.time) {
            const heard = own.filter(({ heardTime }) => heardTime >= time - HEARD_MS);
            if (heard.length > 0)
                this.#speeches.set(name, { time, working: heard.length, routes: routesOf(heard) });
            return undefined;
        }
        const { expectedOn, status } = this.#fleets.get(agency) ?? {};
        const onRoutes = expectedOn && speech.routes.reduce((sum, route) => sum + (expectedOn.get(route) ?? 0), 0);
        const expected = onRoutes ?? (isAlone ? status?.expected : undefined);
        const least = expected === undefined ? SPEAKING_UNEXPECTED_MIN : SPEAKING_MIN;
        const isWonder = speech.working >= least && (expected === undefined || expected >= SPEAKING_MIN);
        return isWonder && now - speech.time >= SPEECHLESS_MS ? speech.time : undefined;
    }
    #expected(fleet, heard, now) {
        const { agency, routes, history } = fleet;
        fleet.expectedOn = undefined;
        const index = this.#options.indexOf(agency);
        if (index !== undefined && routes.size > 0 && index.days.some(({ book }) => book !== undefined)) {
            const present = expectedByRoute(index, now, routes);
            const before = expectedByRoute(index, now - LATE_MS, routes);
            const least = new Map([...present].map(([route, vehicles]) => [route, Math.min(vehicles, before.get(route) ?? 0)]));
            fleet.expectedOn = least;
            const sum = (counts) => [...counts.values()].reduce((a, b) => a + b, 0);
            const expected = Math.floor(Math.min(sum(present), sum(before)));
            return { expected, basis: "schedule", short: heard.length < expected ? shortOf(heard, least) : [] };
        }
        const expected = history.expected(now);
        return { expected, basis: expected === undefined ? "unknown" : "history", short: [] };
    }
    async #save() {
        const json = {
            agencies: Object.fromEntries([...this.#fleets.values()].map(({ agency, routes, history }) => [
                agency,
                { routes: [...routes], days: history.json() },
            ])),
            feeds: [...this.#feeds],
            speeches: [...this.#speeches],
            assigning: [...this.#assigning],
        };
        try {
            await this.#options.log.commit({ state: [{ name: STATE, bytes: JSON.stringify(json) }] });
        }
        catch {
            // The store says itself that it takes nothing; the next quarter of an hour is written with this one.
            return;
        }
    }
}
/** An agency whose upstream never says what a vehicle does is counted by all of its vehicles. */
function workingOf({ vehicles, routes }) {
    const all = [...vehicles.values()];
    const working = all.filter(({ isAtWork }) => isAtWork);
    return working.length > 0 || routes.size > 0 ? working : all;
}
function medianAgeMs(vehicles) {
    const ages = vehicles.map(({ heardTime, reportTime }) => heardTime - reportTime).sort((a, b) => a - b);
    return ages[ages.length >> 1];
}
/** Those with the most vehicles first. */
function routesOf(vehicles) {
    const counts = new Map();
    for (const { gtfsRouteId } of vehicles)
        if (gtfsRouteId !== undefined)
            counts.set(gtfsRouteId, (counts.get(gtfsRouteId) ?? 0) + 1);
    return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([route]) => route);
}
/** Routes that lack the most vehicles first. */
function shortOf(heard, least) {
    return [...least]
        .map(([gtfsRouteId, expected]) => ({
        gtfsRouteId,
        vehicles: heard.filter((vehicle) => vehicle.gtfsRouteId === gtfsRouteId).length,
        expected: Math.floor(expected),
    }))
        .filter(({ vehicles, expected }) => vehicles < expected)
        .sort((a, b) => b.expected - b.vehicles - (a.expected - a.vehicles))
        .slice(0, NAMED_MAX);
}
function fleetOf(own, now) {
    const heard = own.filter(({ heardTime }) => heardTime >= now - HEARD_MS);
    const silent = own
        .filter(({ reportTime }) => now - reportTime > SILENT_MS)
        .sort((a, b) => b.reportTime - a.reportTime);
    const routes = routesOf(heard);
    return {
        time: now,
        vehicles: heard.length,
        routes: routes.slice(0, NAMED_MAX),
        routeCount: routes.length,
        medianAgeMs: medianAgeMs(heard),
        silent: {
            vehicles: silent.length,
            named: silent.slice(0, NAMED_MAX).map(({ vehicleId }) => vehicleId),
            routes: routesOf(silent).slice(0, NAMED_MAX),
        },
    };
}
