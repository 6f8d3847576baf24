import { openGtfs } from "../formats/gtfs/open.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import { Failure } from "../model/failure.js";
import { inSequence, refusalOf, refusalOfFailure, spanOfStops, versionOf } from "./schedule-version.js";
/** Schedules in memory: for tests, simulations and commands that keep nothing. */
export function createMemorySchedules(files) {
    return new MemorySchedules(files);
}
class Content {
    services = [];
    exceptions = [];
    routes = [];
    frequencies = [];
    trips = [];
    stops = new Map();
    shapes = new Map();
    agency() { }
    stop() { }
    service(service) {
        this.services.push(service);
    }
    exception(exception) {
        this.exceptions.push(exception);
    }
    route(route) {
        this.routes.push(route);
    }
    frequency(frequency) {
        this.frequencies.push(frequency);
    }
    trip(trip) {
        this.trips.push(trip);
    }
    stopTimes(tripId, stops) {
        this.stops.set(tripId, inSequence([...(this.stops.get(tripId) ?? []), ...stops]));
    }
    shape(shapeId, points) {
        const all = [...(this.shapes.get(shapeId) ?? []), ...points];
        this.shapes.set(shapeId, all.sort((a, b) => a.sequence - b.sequence));
    }
}
class MemorySchedules {
    #files;
    #kept = new Map();
    #refusals = new Map();
    constructor(files) {
        this.#files = files;
    }
    async load({ agency, path, readTime, onProgress, signal }) {
        const refused = (refusal) => {
            this.#refusals.set(agency, refusal);
            return { outcome: "refused", refusal };
        };
        const content = new Content();
        try {
            const archive = await openGtfs(this.#files, path);
            const feed = await readGtfs(archive, content, {
                ...(onProgress && { onProgress }),
                ...(signal && { signal }),
            }).finally(() => archive.close());
            if (feed.errors > 0)
                return refused(refusalOf(feed.findings, readTime));
            const version = versionOf(agency, feed, readTime);
            const outcome = this.#kept.has(keyOf(version)) ? "known" : "loaded";
            this.#kept.set(keyOf(version), { version, content });
            this.#refusals.delete(agency);
            return { outcome, version };
        }
        catch (thrown) {
            if (!(thrown instanceof Failure) || thrown.code === "closed")
                throw thrown;
            return refused(refusalOfFailure(thrown, readTime));
        }
    }
    async versions(agency) {
        const own = [...this.#kept.values()].map(({ version }) => version).filter((one) => one.agency === agency);
        return own.sort((a, b) => b.readTime - a.readTime);
    }
    async refusal(agency) {
        return this.#refusals.get(agency);
    }
    async calendar(version) {
        const { services, exceptions } = this.#content(version);
        return { services, exceptions };
    }
    async routes(version) {
        return this.#content(version).routes;
    }
    async frequencies(version) {
        return this.#content(version).frequencies;
    }
    async trips(version, after, limit) {
        const { trips, stops } = this.#content(version);
        const page = trips
            .slice(after, after + limit)
            .map((trip) => ({ ...trip, ...spanOfStops(stops.get(trip.tripId) ?? []) }));
        return { trips: page, next: after + limit < trips.length ? after + limit : undefined };
    }
    async stopTimes(version, tripId) {
        return this.#content(version).stops.get(tripId) ?? [];
    }
    async shape(version, shapeId) {
        return this.#content(version).shapes.get(shapeId) ?? [];
    }
    async remove(version) {
        this.#kept.delete(keyOf(version));
    }
    async close() {
        this.#kept.clear();
    }
    #content(version) {
        const kept = this.#kept.get(keyOf(version));
        if (kept)
            return kept.content;
        throw new Failure("bug", `Schedule ${version.version} of ${version.agency} is not in the store`);
    }
}
function keyOf({ agency, contentHash }) {
    return `${agency}|${contentHash}`;
}
