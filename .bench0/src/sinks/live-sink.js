import { problem } from "../runtime/endpoint.js";
import { LiveClients } from "./live-clients.js";
import { LiveFeed } from "./live-feed.js";
import { liveFilter } from "./live-filter.js";
import { RiderRecords } from "./rider-records.js";
/** Not a filter: where a client cannot set the header `Last-Event-ID`. */
const LAST_ID = "lastEventId";
/** Pushes what stands, and then what changes, to everybody who is connected: docs/live.md. */
export class LiveSink {
    kind = "serving";
    horizonMs;
    publishEveryMs;
    publishAtMostEveryMs;
    endpoints;
    #records;
    #feed;
    #clients;
    #transport;
    #allowOrigins;
    constructor(chosen, context, transport) {
        const { runtime } = context;
        this.#transport = transport;
        this.#allowOrigins = chosen.allowOrigins;
        this.#records = new RiderRecords(chosen, context);
        this.#feed = new LiveFeed(this.#records, runtime, chosen.resume, () => this.#clients.size > 0);
        this.#clients = new LiveClients(this.#feed, transport.wire, chosen.clients, chosen.heartbeat, runtime.clock);
        // What a client that comes back has to unlearn is read back too.
        this.horizonMs = this.#records.horizonMs + chosen.resume;
        this.publishEveryMs = Math.max(chosen.heartbeat, chosen.publishAtMostEvery);
        this.publishAtMostEveryMs = chosen.publishAtMostEvery;
        const { summary, opensSocket = false } = transport;
        const handle = (request) => Promise.resolve(this.#handle(request));
        this.endpoints = [{ method: "GET", path: chosen.path, scope: "public", summary, opensSocket, handle }];
    }
    restore(state, snapshot) {
        this.apply(this.#feed.restore(state, snapshot), true);
    }
    apply(records, rebuilding, settle) {
        for (const record of records)
            this.#records.take(record, rebuilding, settle);
    }
    publish(now, settle) {
        return this.#feed.publish(now, settle, (publication) => this.#clients.revealed(publication));
    }
    explain(record, now) {
        return this.#records.explain(record, now);
    }
    standing() {
        return this.#feed.standing();
    }
    resume(standing) {
        for (const one of standing)
            this.#records.resume(one);
    }
    status() {
        const { vehicles, trips, alerts, detours, withheldFacts } = this.#records;
        const { fresh, aging, stale } = vehicles.tiers;
        return {
            ...this.#clients.facts,
            vehicles: vehicles.served.length,
            fresh,
            aging,
            stale,
            tripUpdates: trips.served.length,
            alerts: alerts.served.length,
            detours: detours.served.length,
            ...withheldFacts,
        };
    }
    async close() {
        this.#clients.close();
    }
    #handle(request) {
        const { origin } = request.headers;
        const allowed = this.#allowed(origin);
        if (allowed === undefined) {
            const detail = `Web pages of ${origin} may not connect here; allowOrigins of the sink names those that may.`;
            return problem(403, "Forbidden", detail);
        }
        const answer = this.#answer(request);
        return { ...answer, headers: { ...answer.headers, ...allowed } };
    }
    #answer(request) {
        const refusal = this.#transport.check?.(request);
        if (refusal !== undefined)
            return refusal;
        const filter = liveFilter(request.query, [LAST_ID]);
        if (typeof filter === "string")
            return problem(400, "Unknown filter", `${filter}.`);
        const { headers, query, remoteAddress: address, signal } = request;
        const lastId = headers["last-event-id"] ?? query[LAST_ID] ?? "";
        const stream = this.#clients.open({ filter, lastId, address, signal });
        return "pieces" in stream ? this.#transport.answer(stream) : stream;
    }
    /** Headers that let the page read the answer; undefined: it may not. A client that is no web page names no origin. */
    #allowed(origin) {
        if (this.#allowOrigins.includes("*"))
            return { "access-control-allow-origin": "*" };
        if (origin === undefined)
            return { vary: "origin" };
        if (!this.#allowOrigins.includes(origin))
            return undefined;
        return { "access-control-allow-origin": origin, vary: "origin" };
    }
}
