import { resolve } from "node:path";
import { parseIsoTime } from "../../formats/iso-time.js";
import { Failure } from "../../model/failure.js";
import { SECOND_MS } from "../../model/units.js";
import { sleep } from "../../runtime/runtime.js";
import { deliveryJson } from "../../sinks/delivery-json.js";
import { MemoryFiles } from "./memory-files.js";
/** Sinks with connections of their own, and tables or files that a drill does not read. */
export const CONNECTED = ["postgres", "mqtt", "tides-csv"];
const SLOW_MS = 8 * SECOND_MS;
/** Where batches go: partners behind web addresses, and files. */
export class Destinations {
    files;
    #options;
    /** By sink, in the order in which they took effect. */
    #posted = new Map();
    /** Batch ids that took effect: what comes again is known. */
    #batches = new Set();
    constructor(options) {
        this.#options = options;
        this.files = new MemoryFiles({ beforeAppend: () => this.#beforeAppend() });
    }
    /**
     * The sink as the drill runs it: one whose client owns its connections gets a destination in memory, and keeps its own
     * batches and time-outs.
     */
    standIn(sink) {
        const { definition, name } = sink;
        if (!CONNECTED.includes(definition.type))
            return sink;
        const create = (options, context) => {
            const own = definition.create(options, context);
            return {
                kind: "delivery",
                ...(own.kind === "delivery" && own.needs !== undefined && { needs: own.needs }),
                open: async () => undefined,
                write: (batch) => this.#write(name, batch),
                close: async () => undefined,
            };
        };
        return { ...sink, definition: { ...definition, create } };
    }
    async #write(sink, { id, records }) {
        const trouble = this.#trouble;
        if (trouble === "dead")
            return { outcome: "transient", failure: new Failure("net.reset", "The destination is away") };
        if (trouble === "slow")
            await sleep(this.#options.clock, SLOW_MS, undefined, { ref: false });
        const taken = records.map((record) => JSON.parse(deliveryJson(record)));
        const bad = taken.flatMap(({ vehicleId }, index) => (this.#options.isRefused(vehicleId) ? [index] : []));
        if (trouble === "refusing" && bad.length > 0) {
            const message = "the destination refuses this record";
            return {
                outcome: "bad_records",
                rejected: bad.map((index) => ({ index, code: "record.rejected", message })),
                failure: new Failure("record.rejected", message),
            };
        }
        this.#take(sink, id, taken);
        return { outcome: "ok" };
    }
    /** Takes effect once, however often it comes. */
    #take(sink, id, records) {
        const batch = `${sink} ${id}`;
        if (this.#batches.has(batch))
            return;
        this.#batches.add(batch);
        const before = this.#posted.get(sink);
        if (before)
            before.push(...records);
        else
            this.#posted.set(sink, [...records]);
    }
    post(sink, request) {
        const trouble = this.#trouble;
        if (trouble === "dead")
            return { kind: "reset" };
        const delayMs = trouble === "slow" ? SLOW_MS : 0;
        const { records } = JSON.parse(new TextDecoder().decode(request.body)).data;
        if (trouble === "refusing" && records.some(({ vehicleId }) => this.#options.isRefused(vehicleId)))
            return { kind: "answer", status: 422, delayMs };
        this.#take(sink, request.headers["webhook-id"] ?? "", records);
        return { kind: "answer", status: 200, delayMs };
    }
    /** Undefined: the sink is no destination that keeps what it gets. */
    receiptsOf({ name, definition, options }) {
        if (definition.type === "webhook" || CONNECTED.includes(definition.type))
            return receiptsOf(this.#posted.get(name) ?? []);
        if (definition.type !== "ndjson-file")
            return undefined;
        const { path } = options;
        const lines = this.files.textOf(resolve(this.#options.baseDirectory, path)).split("\n");
        return receiptsOf(lines.filter((line) => line !== "").map((line) => JSON.parse(line)));
    }
    get #trouble() {
        const { scenario, sinceStart } = this.#options;
        const { fromMs, toMs } = scenario.trouble;
        const atMs = sinceStart();
        return fromMs <= atMs && atMs < toMs ? scenario.sinks : undefined;
    }
    async #beforeAppend() {
        const trouble = this.#trouble;
        if (trouble === "dead")
            throw new Failure("store.busy", "The disk of the files is away");
        if (trouble === "slow")
            await sleep(this.#options.clock, SLOW_MS, undefined, { ref: false });
    }
}
function receiptsOf(records) {
    const taken = new Set();
    const newest = new Map();
    let duplicated = 0;
    let outOfOrder = 0;
    let late = 0;
    for (const { id, revision, kind, key, eventTime, flags, removed } of records) {
        const name = `${id}#${revision}`;
        if (taken.has(name))
            duplicated++;
        taken.add(name);
        if (removed === true || flags.includes("future"))
            continue;
        const time = parseIsoTime(eventTime)?.time ?? Number.NaN;
        const before = newest.get(`${kind}/${key}`) ?? Number.NEGATIVE_INFINITY;
        if (flags.includes("late"))
            late++;
        else if (time < before)
            outOfOrder++;
        newest.set(`${kind}/${key}`, Math.max(before, time));
    }
    return { taken, total: records.length, duplicated, outOfOrder, late };
}
