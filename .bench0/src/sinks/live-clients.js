import { problem } from "../runtime/endpoint.js";
import { isoText } from "./delivery-json.js";
import { changeEvent, goodbyeEvent, pieces, recordEvent } from "./live-wire.js";
/** So long a client has for taking what is under way to it and the goodbye. */
const GOODBYE_MS = 5000;
const RETRY_AFTER_S = "30";
/**
 * Those who are connected. Each reads at its own pace what is kept once for all; whoever falls too far behind is told so
 * and let go, and nobody waits for anybody.
 */
export class LiveClients {
    #feed;
    #wire;
    #limits;
    #heartbeatMs;
    #clock;
    #clients = new Set();
    #byAddress = new Map();
    /** What the newest publication is to each filter, for those who share it. */
    #made = new Map();
    #madeFor;
    #isClosed = false;
    #counts = { connected: 0, resumed: 0, refused: 0, slow: 0 };
    constructor(feed, wire, limits, heartbeatMs, clock) {
        this.#feed = feed;
        this.#wire = wire;
        this.#limits = limits;
        this.#heartbeatMs = heartbeatMs;
        this.#clock = clock;
    }
    get size() {
        return this.#clients.size;
    }
    /** Facts for the status page: who is connected, and counts since the start. */
    get facts() {
        const { connected, resumed, refused, slow } = this.#counts;
        return { clients: this.#clients.size, connected, resumed, refused, slow };
    }
    /** The stream of a new client, or why there is none for it. */
    open(request) {
        const network = networkOf(request.address);
        const ofAddress = this.#byAddress.get(network) ?? 0;
        const refusal = this.#refusal(ofAddress);
        if (refusal !== undefined) {
            this.#counts.refused++;
            return refusal;
        }
        const client = {
            address: network,
            cut: new AbortController(),
            at: this.#feed.head,
            takenAt: this.#clock.monotonic(),
            goodbye: undefined,
            cancelCut: undefined,
            wake: () => undefined,
        };
        this.#clients.add(client);
        this.#byAddress.set(network, ofAddress + 1);
        this.#counts.connected++;
        const onAbort = () => {
            this.#dismiss(client, { reason: "stopping", detail: "The connection ends." });
            // The stream may never have been begun, and then does not end either.
            this.#release(client);
        };
        request.signal.addEventListener("abort", onAbort, { once: true });
        if (request.signal.aborted)
            onAbort();
        return { pieces: this.#stream(client, request), cut: client.cut.signal };
    }
    /** A publication has become visible. */
    revealed(publication) {
        const now = this.#clock.monotonic();
        for (const client of this.#clients) {
            // It had read everything: what it is slow with begins to wait now.
            if (client.at.next === publication)
                client.takenAt = now;
            const complaint = this.#complaint(client, publication, now);
            if (complaint !== undefined && client.goodbye === undefined) {
                this.#counts.slow++;
                this.#dismiss(client, { reason: "slow", detail: complaint });
            }
            client.wake();
        }
    }
    close() {
        this.#isClosed = true;
        for (const client of this.#clients)
            this.#dismiss(client, { reason: "stopping", detail: "The hub is stopping; connect again." });
    }
    #refusal(ofAddress) {
        const { max, maxPerAddress } = this.#limits;
        const headers = { "retry-after": RETRY_AFTER_S };
        if (this.#isClosed)
            return problem(503, "Stopping", "The hub is stopping; connect again.", { headers });
        if (this.#clients.size >= max) {
            const detail = `${max} clients are connected, and no more are taken; try again later.`;
            return problem(503, "Too many clients", detail, { headers });
        }
        if (ofAddress < maxPerAddress)
            return undefined;
        const detail = `${maxPerAddress} clients are connected from your address, and no more are taken.`;
        return problem(429, "Too many clients", detail, { headers });
    }
    #complaint({ at, takenAt }, { records, bytes }, now) {
        const { maxRecords, maxBytes, stalled } = this.#limits;
        if (records - at.records > maxRecords)
            return `${records - at.records} changes wait to be read, and ${maxRecords} are kept.`;
        if (bytes - at.bytes > maxBytes)
            return `${bytes - at.bytes} bytes wait to be read, and ${maxBytes} are kept.`;
        if (now - takenAt > stalled)
            return `Nothing was read for ${Math.floor((now - takenAt) / 1000)} seconds.`;
        return undefined;
    }
    #dismiss(client, goodbye) {
        if (client.goodbye !== undefined)
            return;
        client.goodbye = goodbye;
        client.cancelCut = this.#clock.after(GOODBYE_MS, () => client.cut.abort(), { ref: false });
        client.wake();
    }
    #release(client) {
        if (!this.#clients.delete(client))
            return;
        const others = (this.#byAddress.get(client.address) ?? 1) - 1;
        if (others === 0)
            this.#byAddress.delete(client.address);
        else
            this.#byAddress.set(client.address, others);
    }
    async *#stream(client, request) {
        try {
            for (const piece of this.#opening(client, request)) {
                yield piece;
                client.takenAt = this.#clock.monotonic();
                if (client.goodbye !== undefined)
                    break;
            }
            let saidAt = this.#clock.monotonic();
            while (client.goodbye === undefined) {
                const { next } = client.at;
                if (next === undefined) {
                    await new Promise((resolve) => {
                        client.wake = resolve;
                    });
                    continue;
                }
                client.takenAt = this.#clock.monotonic();
                client.at = next;
                const news = this.#piecesOf(next, request.filter);
                const isQuiet = news.length === 0 && client.takenAt - saidAt >= this.#heartbeatMs;
                for (const piece of isQuiet ? [this.#heartbeat(next)] : news) {
                    yield piece;
                    saidAt = this.#clock.monotonic();
                    client.takenAt = saidAt;
                    if (client.goodbye !== undefined)
                        break;
                }
            }
            const { goodbye } = client;
            const said = goodbye ?? { reason: "stopping", detail: "" };
            yield this.#wire.piece([goodbyeEvent(this.#wire, said)]);
            return said;
        }
        finally {
            client.cancelCut?.();
            this.#release(client);
        }
    }
    /** What is told first: what changed since, or all that stands; then that it is complete, under an id to go on from. */
    *#opening(client, { filter, lastId }) {
        const wire = this.#wire;
        const { at } = client;
        const id = this.#feed.idOf(at);
        const now = this.#clock.now();
        const lines = filter.name === "" ? this.#feed.snapshot() : this.#passing(filter);
        const since = lastId === "" ? undefined : this.#feed.changesSince(lastId);
        const time = isoText(at.time);
        const events = since?.flatMap((change) => changeEvent(wire, filter, change, now, false) ?? []);
        if (events !== undefined && events.length <= lines.length) {
            this.#counts.resumed++;
            const began = wire.event("resumed", `{"records":${events.length},"time":${time}}`);
            yield* pieces(wire, [() => began, ...events, (last) => wire.event("live", `{"time":${time}}`, last)], id);
            return;
        }
        const reason = lastId === "" ? "connected" : since === undefined ? "unknown_id" : "shorter";
        const head = `{"reason":"${reason}","records":${lines.length},"time":${time}}`;
        const parts = function* (clock) {
            yield () => wire.event("snapshot", head);
            for (const line of lines)
                yield () => recordEvent(wire, line, clock.now());
            yield (last) => wire.event("live", `{"time":${time}}`, last);
        };
        yield* pieces(wire, parts(this.#clock), id);
    }
    #passing(filter) {
        return this.#feed.snapshot().filter(({ told }) => filter.passes(told));
    }
    /** What a publication is to those with that filter. */
    #piecesOf(publication, filter) {
        // Only the newest is kept ready: who is behind has it made again, and does not make everybody's memory grow.
        if (publication === this.#feed.head && publication !== this.#madeFor) {
            this.#made.clear();
            this.#madeFor = publication;
        }
        const known = publication === this.#madeFor ? this.#made.get(filter.name) : undefined;
        if (known !== undefined)
            return known;
        const { changes, time } = publication;
        const events = changes.flatMap((change) => changeEvent(this.#wire, filter, change, time, true) ?? []);
        const made = [...pieces(this.#wire, events, this.#feed.idOf(publication))];
        if (publication === this.#madeFor)
            this.#made.set(filter.name, made);
        return made;
    }
    #heartbeat(publication) {
        const time = `{"time":${isoText(publication.time)}}`;
        return this.#wire.piece([this.#wire.event("heartbeat", time, this.#feed.idOf(publication))]);
    }
}
/** Of IPv6 the first half: one client has all of the other. */
function networkOf(address) {
    const text = address.toLowerCase().replace(/%.*$/, "");
    const isMapped = text.startsWith("::ffff:") && text.includes(".");
    if (isMapped || !text.includes(":"))
        return isMapped ? text.slice("::ffff:".length) : text;
    const [before = "", after] = text.split("::");
    const groups = before === "" ? [] : before.split(":");
    const rest = after === undefined || after === "" ? [] : after.split(":");
    while (after !== undefined && groups.length + rest.length < 8)
        groups.push("0");
    return [...groups, ...rest].slice(0, 4).join(":");
}
