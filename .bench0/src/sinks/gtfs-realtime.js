import { resolve } from "node:path";
import { z } from "zod";
import { entityJson, headerJson } from "../formats/gtfs-realtime-json-write.js";
import { writeEntity, writeHeader } from "../formats/gtfs-realtime-write.js";
import { ProtobufWriter } from "../formats/protobuf-writer.js";
import { PublishedFiles } from "./gtfs-realtime-files.js";
import { options } from "./gtfs-realtime-options.js";
import { OutageWatch } from "./gtfs-realtime-outage.js";
import { PublishedDocument } from "./publication.js";
import { RiderRecords } from "./rider-records.js";
/**
 * Serves the newest position of every vehicle, the newest forecast of every trip and the alerts that hold as
 * GTFS-realtime, protobuf and JSON, and says how old they are by leaving out what is too old to be true:
 * docs/gtfs-realtime.md.
 */
export const definition = Object.freeze({
    type: "gtfs-realtime",
    summary: "Serves vehicle positions, trip updates and alerts to riders as GTFS-realtime (protobuf and JSON), staleness shown honestly.",
    options,
    folders: ({ directory }) => ({ directory }),
    create: (chosen, context) => new GtfsRealtimeSink(chosen, context),
});
const FEEDS = ["vehicle-positions", "trip-updates", "alerts", "trip-modifications"];
const FEED_TITLES = {
    "vehicle-positions": "GTFS-realtime vehicle positions",
    "trip-updates": "GTFS-realtime trip updates",
    alerts: "GTFS-realtime alerts",
    "trip-modifications": "GTFS-realtime trip modifications, with their shapes and stops",
};
const NOTHING = { vehicles: [], trips: [], alerts: [], detours: [] };
class GtfsRealtimeSink {
    kind = "serving";
    horizonMs;
    publishEveryMs;
    publishAtMostEveryMs;
    endpoints;
    #clock;
    #cacheControl;
    #records;
    #outages;
    #files;
    #writer = new ProtobufWriter(1024);
    /** What clients see. */
    #visible;
    /** What was made last; it becomes visible when it is committed. */
    #latest;
    #lastHeaderTime = 0;
    /** The earliest header time that the empty feed may have. */
    #emptyHeaderTime = 0;
    constructor(chosen, context) {
        const { clock } = context.runtime;
        this.#clock = clock;
        this.#records = new RiderRecords(chosen, context);
        this.#outages = new OutageWatch(chosen.outage, clock, context.feeds);
        const { files } = context.runtime;
        this.#files =
            chosen.directory === undefined
                ? undefined
                : new PublishedFiles(resolve(context.baseDirectory, chosen.directory), files, context.onEvent);
        this.horizonMs = this.#records.horizonMs;
        this.publishEveryMs = Math.max(chosen.publishEvery, chosen.publishAtMostEvery);
        this.publishAtMostEveryMs = chosen.publishAtMostEvery;
        const maxAgeS = Math.round(chosen.maxAge / 1000);
        this.#cacheControl = `public, max-age=${maxAgeS}, stale-while-revalidate=10, stale-if-error=60`;
        this.endpoints = FEEDS.flatMap((feed) => [
            this.#endpoint(`${chosen.path}/${feed}.pb`, FEED_TITLES[feed], feed, "protobuf"),
            this.#endpoint(`${chosen.path}/${feed}.json`, `${FEED_TITLES[feed]} as JSON`, feed, "json"),
        ]);
    }
    restore(state, snapshot) {
        const { headerTime, heard, outages, spoken } = stateIn(state);
        // The second after it is kept for the empty feed, which is what clients see until the first publication.
        this.#emptyHeaderTime = headerTime === 0 ? 0 : headerTime + 1;
        this.#lastHeaderTime = Math.max(this.#lastHeaderTime, this.#emptyHeaderTime);
        this.#outages.restore(outages, spoken);
        this.apply(this.#records.restore(snapshot, heard), true);
    }
    apply(records, rebuilding, settle) {
        for (const record of records) {
            this.#outages.note(record);
            this.#records.take(record, rebuilding, settle);
        }
    }
    explain(record, now) {
        return this.#records.explain(record, now);
    }
    standing() {
        return this.#records.standing();
    }
    resume(standing) {
        for (const one of standing) {
            this.#outages.note(one.record);
            this.#records.resume(one);
        }
    }
    publish(now, settle) {
        const { vehicles, trips, alerts, detours, heard } = this.#records;
        const isChanged = this.#records.select(now, settle);
        const isOut = this.#outages.look(now, [vehicles.served, trips.served], heard.times);
        const nowS = Math.floor(now / 1000);
        let latest = this.#latest;
        if (latest === undefined || isChanged || isOut || nowS > this.#lastHeaderTime) {
            // A second that was published already must not get other content: a step of the clock moves on by one.
            const newest = Math.max(vehicles.newestTime, trips.newestTime);
            this.#lastHeaderTime = Math.max(nowS, Math.floor(newest / 1000), this.#lastHeaderTime + 1);
            latest = this.#assemble(this.#lastHeaderTime, {
                vehicles: vehicles.served,
                trips: trips.served,
                alerts: alerts.served,
                detours: detours.served,
            });
            this.#latest = latest;
        }
        const snapshot = this.#records.snapshot();
        return {
            state: this.#state(latest, heard.times),
            ...(snapshot !== undefined && { snapshot }),
            reveal: () => {
                if (latest.headerTime < (this.#visible?.headerTime ?? 0))
                    return;
                if (latest !== this.#visible)
                    this.#files?.write(fileSetOf(latest));
                this.#visible = latest;
            },
        };
    }
    status(now) {
        const { vehicles, trips, alerts, detours } = this.#records;
        const { tiers } = vehicles;
        const shown = this.#visible;
        const facts = {
            vehicles: tiers.fresh + tiers.aging + tiers.stale,
            fresh: tiers.fresh,
            aging: tiers.aging,
            stale: tiers.stale,
            tripUpdates: trips.served.length,
            alerts: alerts.served.length,
            detours: detours.served.length,
            outages: this.#outages.outages.length,
            headerTime: (shown?.headerTime ?? 0) * 1000,
            headerAgeS: shown === undefined ? 0 : Math.floor(now / 1000) - shown.headerTime,
            bytes: shown?.bytes ?? 0,
        };
        Object.assign(facts, this.#records.serviceFacts(now), this.#files?.status, this.#records.withheldFacts);
        return facts;
    }
    async close() {
        await this.#files?.idle();
    }
    #state({ headerTime }, heard) {
        const { outages, spoken } = this.#outages;
        const told = {
            ...(Object.keys(spoken).length > 0 && { spoken }),
            ...(outages.length > 0 && { outages }),
        };
        return JSON.stringify({ headerTime, heard, ...told });
    }
    #endpoint(path, summary, feed, form) {
        return {
            method: "GET",
            path,
            scope: "public",
            summary,
            handle: (request) => Promise.resolve(this.#shown().feeds[feed][form].respond(request)),
        };
    }
    /** Before the first publication is visible: feeds that are valid, say that nothing is known, and are older than it. */
    #shown() {
        if (this.#visible === undefined) {
            const beforeNowS = Math.floor(this.#clock.now() / 1000) - 1;
            const beforeLatest = (this.#latest?.headerTime ?? Number.POSITIVE_INFINITY) - 1;
            const headerTime = Math.max(this.#emptyHeaderTime, Math.min(beforeNowS, beforeLatest));
            this.#lastHeaderTime = Math.max(this.#lastHeaderTime, headerTime);
            this.#visible = this.#assemble(headerTime, NOTHING);
        }
        return this.#visible;
    }
    #assemble(headerTime, { vehicles, trips, alerts, detours }) {
        const header = {
            gtfsRealtimeVersion: "2.0",
            incrementality: 0,
            timestamp: headerTime,
            feedVersion: this.#records.heard.feedVersion,
        };
        this.#writer.reset();
        writeHeader(this.#writer, header);
        const head = this.#writer.finish();
        const headJson = headerJson(header);
        const time = headerTime * 1000;
        const document = (contentType, make) => new PublishedDocument(contentType, this.#cacheControl, time, make);
        const feed = (protobuf, json) => ({
            protobuf: document("application/x-protobuf", protobuf),
            json: document("application/json; charset=utf-8", json),
        });
        // Positions are what is asked for most; the others are written when somebody first asks.
        const positions = this.#message(head, vehicles);
        const outages = this.#outages.entities();
        return {
            headerTime,
            bytes: positions.length,
            feeds: {
                "vehicle-positions": feed(() => positions, () => jsonOf(headJson, vehicles, time)),
                "trip-updates": feed(() => this.#message(head, trips), () => jsonOf(headJson, trips, time)),
                alerts: feed(() => this.#message(head, alerts, outages), () => jsonOf(headJson, alerts, undefined, outages)),
                "trip-modifications": feed(() => this.#message(head, detours), () => jsonOf(headJson, detours, undefined)),
            },
        };
    }
    #extended(start, more) {
        this.#writer.reset();
        for (const entity of more)
            writeEntity(this.#writer, entity);
        return Buffer.concat([start, this.#writer.finish()]);
    }
    #message(start, served, more = []) {
        const head = more.length === 0 ? start : this.#extended(start, more);
        const parts = new Array(served.length);
        let length = head.length;
        for (let at = 0; at < served.length; at++) {
            const { item, detail } = served[at];
            const part = item.bytes(detail, this.#writer);
            parts[at] = part;
            length += part.length;
        }
        const bytes = Buffer.allocUnsafe(length);
        bytes.set(head, 0);
        let end = head.length;
        for (const part of parts) {
            bytes.set(part, end);
            end += part.length;
        }
        return bytes;
    }
}
/** The files of one instant. Their bytes are those that HTTP answers with. */
function fileSetOf({ headerTime, feeds }) {
    const files = new Map();
    for (const name of FEEDS) {
        const { protobuf, json } = feeds[name];
        files.set(`${name}.pb`, () => protobuf.body);
        files.set(`${name}.json`, () => json.body);
    }
    return { time: headerTime * 1000, files };
}
/** With tier and age of each entity at `time`, where it has an age. */
function jsonOf(header, served, time, more = []) {
    const entities = served.map(({ item, detail, tier }) => {
        if (time === undefined)
            return `{${item.json(detail)}}`;
        const ageS = Math.max(0, Math.floor((time - item.time) / 1000));
        return `{${item.json(detail)},"freshness":{"tier":"${tier}","age_s":${ageS}}}`;
    });
    entities.unshift(...more.map((entity) => `{${entityJson(entity)}}`));
    return `{"header":${header},"entity":[${entities.join(",\n")}]}\n`;
}
const stateShape = z.object({
    headerTime: z.number().int().nonnegative(),
    heard: z.record(z.string(), z.number()).default({}),
    spoken: z.record(z.string(), z.array(z.string())).default({}),
    outages: z
        .array(z.object({
        feed: z.string(),
        agency: z.string(),
        since: z.number(),
        isFrozen: z.boolean(),
        routes: z.array(z.string()),
    }))
        .default([]),
});
/** A state of somebody else's making counts for nothing: the header then only has the clock to go by, as on a first start. */
function stateIn(state) {
    const parsed = stateShape.safeParse(state === undefined ? undefined : parseState(state));
    return parsed.success ? parsed.data : { headerTime: 0, heard: {}, spoken: {}, outages: [] };
}
function parseState(state) {
    try {
        return JSON.parse(state);
    }
    catch {
        // Answered by `stateIn` like any other state that is not ours.
        return undefined;
    }
}
