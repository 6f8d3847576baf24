import { readFeedMessage } from "../../formats/gtfs-realtime-read.js";
import { MINUTE_MS, SECOND_MS } from "../../model/units.js";
const VEHICLES_PATH = "/vehicle-positions.pb";
const ALERTS_PATH = "/alerts.pb";
/** Ages count from here on: the hub has read what there was, and published it. */
const FROM_MS = 3 * MINUTE_MS;
/** A vehicle that signs on may take so long to be seen. */
const SIGNED_ON_MS = MINUTE_MS;
/** Where the degrees of a 32-bit number end, and metres per second of what is rounded on the way. */
const DEGREES = 2e-5;
const SPEED_MPS = 0.2;
const WELL_SHARE = 0.95;
const WELL_AGE_MS = MINUTE_MS;
/** Beside report and poll: on the way, published, fetched. */
const HANDLING_MS = 35 * SECOND_MS;
/** Riders who look at every feed again and again, and know where the vehicles really were. */
export class Riders {
    /** Of every vehicle in service at every look that counts. */
    agesMs = [];
    /** What was shown and was not so: vehicle and time, and what was wrong. */
    untrue = new Map();
    /** Since when riders were told by an alert that a feed is out. */
    alertedMs;
    #options;
    #seen = new Map();
    #truth = new Map();
    #indexed = new Map();
    constructor(options) {
        this.#options = options;
        for (const feed of options.feeds) {
            for (const [id, vehicle] of feed.vehicles) {
                const unknown = { shownTime: undefined, knownTime: undefined, inServiceSince: undefined };
                this.#seen.set(id, { feed, vehicle, ...unknown });
            }
        }
    }
    /** Records as they are committed. */
    committed(records) {
        for (const { body, eventTime, flags } of records) {
            if (body.kind !== "vehicle_location" || body.vehicleId === undefined || body.removed === true)
                continue;
            const seen = this.#seen.get(body.vehicleId);
            if (seen === undefined || flags.includes("future"))
                continue;
            seen.knownTime = Math.max(seen.knownTime ?? 0, eventTime);
        }
    }
    /** One look at everything. `hub`: undefined while none runs. */
    async look(hub, now) {
        const { feeds, sinceStart } = this.#options;
        for (const feed of feeds) {
            feed.fleet.advanceTo(now);
            this.#index(feed);
        }
        for (const { path, handle } of hub?.endpoints ?? []) {
            if (!path.endsWith(VEHICLES_PATH) && !path.endsWith(ALERTS_PATH))
                continue;
            const { body } = await handle({
                method: "GET",
                path,
                params: {},
                query: {},
                headers: {},
                body: new Uint8Array(),
                remoteAddress: "192.0.2.1",
                signal: new AbortController().signal,
            });
            if (!(body instanceof Uint8Array))
                continue;
            const { entities } = readFeedMessage(body);
            if (path.endsWith(ALERTS_PATH)) {
                if (entities.length > 0 && sinceStart() >= this.#options.scenario.trouble.fromMs)
                    this.alertedMs ??= sinceStart();
                continue;
            }
            for (const entity of entities)
                if ("vehicle" in entity)
                    this.#show(entity.vehicle, now);
        }
        this.#measure(now);
    }
    /** Whether riders see nearly all vehicles in service as they are. */
    isWell(now) {
        let counted = 0;
        let well = 0;
        for (const seen of this.#seen.values()) {
            if (!this.#counts(seen, now))
                continue;
            counted++;
            const { feed, vehicle } = seen;
            const most = Math.max(WELL_AGE_MS, vehicle.intervalMs + feed.paceMs + HANDLING_MS);
            if (this.#age(seen, now) <= most)
                well++;
        }
        return well >= counted * WELL_SHARE;
    }
    #show(shown, now) {
        const id = shown?.vehicle?.id;
        const seen = id === undefined ? undefined : this.#seen.get(id);
        if (id === undefined || seen === undefined || shown?.timestamp === undefined)
            return;
        const time = shown.timestamp * SECOND_MS;
        const key = this.#key(seen.feed, seen.vehicle, time);
        const report = this.#truth.get(key);
        const withinMps = Math.max(SPEED_MPS, ...seen.feed.upstreams.map(({ voice }) => voice.speedWithinMps ?? 0));
        const wrong = wrongIn(shown.position, report, time > now, withinMps);
        if (report !== undefined)
            seen.shownTime = Math.max(seen.shownTime ?? 0, time);
        if (wrong !== undefined && !this.untrue.has(key))
            this.untrue.set(key, `vehicle ${id}: ${wrong}`);
    }
    #measure(now) {
        const { scenario, sinceStart } = this.#options;
        const atMs = sinceStart();
        for (const seen of this.#seen.values()) {
            const { feed, vehicle } = seen;
            const isInService = feed.fleet.isInService(vehicle, now);
            seen.inServiceSince = isInService ? (seen.inServiceSince ?? now) : undefined;
            if (atMs < FROM_MS || !this.#counts(seen, now))
                continue;
            const isTroubled = scenario.trouble.fromMs <= atMs && atMs < scenario.trouble.toMs;
            const isBlind = scenario.isBlind && (scenario.hits === "all" || feed.upstreams.length === 1);
            if (isTroubled && isBlind)
                continue;
            this.agesMs.push(this.#age(seen, now));
        }
    }
    /** In service, heard of long enough to be seen, and not in a trouble of its own. */
    #counts({ feed, vehicle, inServiceSince }, now) {
        if (inServiceSince === undefined || now - inServiceSince < SIGNED_ON_MS)
            return false;
        return !feed.fleet.isHit(vehicle, now) && !feed.fleet.isHit(vehicle, now - SIGNED_ON_MS);
    }
    #age({ feed, shownTime, knownTime, inServiceSince }, now) {
        const time = this.#options.shown.has(feed.feed.name) ? shownTime : knownTime;
        return now - (time ?? inServiceSince ?? this.#options.startTime);
    }
    #index(feed) {
        const { reports } = feed.fleet;
        for (let at = this.#indexed.get(feed) ?? 0; at < reports.length; at++) {
            const report = reports[at];
            this.#truth.set(this.#key(feed, report.vehicle, report.sampleTime), report);
        }
        this.#indexed.set(feed, reports.length);
    }
    #key({ feed, resolutionMs }, { index }, time) {
        return `${feed.name}/${index}/${Math.floor(time / resolutionMs)}`;
    }
}
function wrongIn(position, report, isAhead, withinMps) {
    if (report === undefined)
        return isAhead ? "a time that has not come" : "it measured nothing at that time";
    if (position === undefined)
        return undefined;
    const { state } = report;
    const { latitude = Number.NaN, longitude = Number.NaN, speed } = position;
    const isThere = Math.abs(latitude - state.latitude) <= DEGREES && Math.abs(longitude - state.longitude) <= DEGREES;
    if (!isThere)
        return "another place than it was at";
    const isSo = speed === undefined || Math.abs(speed - state.speedMps) <= withinMps;
    return isSo ? undefined : `${speed?.toFixed(1)} m/s, and it drove ${state.speedMps.toFixed(1)}`;
}
