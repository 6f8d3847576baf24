import { unpackFrames } from "../../log/frame-pack.js";
import { INTERPRET, sinkStep } from "../../log/ledger.js";
import { unpackRecords } from "../../log/record-pack.js";
import { recordId } from "../../model/record.js";
/** Where the hub keeps how far it has read the queue of the buses. */
const QUEUE_CURSOR = "source/buses/0";
/** Sees every commit that took effect and all that retention removed: what the log itself may have forgotten by the end. */
export class Witness {
    #trace;
    #sinks;
    #patienceMs;
    #onRecords;
    /** By name, where the record stands. */
    #names = new Map();
    /** By id, what its newest revision says. */
    #bodies = new Map();
    /** By partition, what retention has removed. */
    #removedTo;
    /** Names of records that upstream told again when retention had taken the first, and with it all memory of it. */
    repeated = new Set();
    /** By partition, in order of their offsets. */
    #records;
    /** Sequence numbers of the queue by frame, `partition/offset`. */
    #sequences = new Map();
    /** Numbers of the queue that stand in a durable frame. */
    received = new Set();
    /** Numbers of the queue that stand in a frame that no process dares to decode any more. */
    undecoded = new Set();
    /** By sink, the names of records that were removed before it had read them. */
    expired;
    /** Behind what the queue of the buses is to be read on; durable. */
    position = "0";
    /** Frames that were removed before they were interpreted. */
    uninterpreted = 0;
    removed = 0;
    constructor({ trace, partitions, sinks, patienceMs, onRecords }) {
        this.#patienceMs = patienceMs;
        this.#onRecords = onRecords;
        this.#trace = trace;
        this.#sinks = sinks;
        this.#records = Array.from({ length: partitions }, () => []);
        this.#removedTo = new Array(partitions).fill(0);
        this.expired = new Map(sinks.map((sink) => [sink, new Set()]));
    }
    /** Retention has removed the record: no process that began since knows of it. */
    isRemoved(name) {
        const known = this.#names.get(name);
        return known !== undefined && known.offset < this.#removedTo[known.partition];
    }
    removedTo(partition) {
        return this.#removedTo[partition] ?? 0;
    }
    get records() {
        return this.#records.flat();
    }
    committed({ append, state = [] }, positions) {
        for (const { name, bytes } of state) {
            if (name === QUEUE_CURSOR && bytes !== null)
                this.position = positionIn(bytes);
        }
        append?.forEach((pack, at) => {
            const { offset: firstOffset } = positions[at];
            const stored = { ...pack, firstOffset };
            if (pack.topic === "records")
                this.#appended(stored);
            if (pack.topic === "frames" && pack.feed === "buses")
                this.#received(stored);
            if (pack.topic === "dead-letters")
                this.#deadLettered(stored);
        });
    }
    #appended(pack) {
        const records = this.#records[pack.partition];
        const unpacked = unpackRecords(pack);
        this.#onRecords(unpacked.map(({ record }) => record));
        for (const { offset, record } of unpacked) {
            const { key, revision, eventTime, body, origin, flags } = record;
            const id = recordId(record);
            const name = `${id}#${revision}`;
            this.#noteName(name, pack.partition, offset);
            this.#noteBody(id, revision, JSON.stringify(body));
            if (offset !== records.length) {
                this.#trace.violate("settled", `Record ${offset} of partition ${pack.partition} came after ${records.length}`);
            }
            const { kind, vehicleId } = body;
            const isRemoved = body.kind === "vehicle_location" && body.removed === true;
            records.push({
                name,
                id,
                kind,
                key,
                feed: origin.feed,
                vehicleId,
                eventTime,
                revision,
                isRemoved,
                flags,
            });
        }
    }
    #noteName(name, partition, offset) {
        const known = this.#names.get(name);
        if (known !== undefined) {
            if (this.isRemoved(name))
                this.repeated.add(name);
            else
                this.#trace.violate("once", `${name} stands in the log twice`);
        }
        this.#names.set(name, { partition, offset });
    }
    #noteBody(id, revision, body) {
        if (revision > 0 && this.#bodies.get(id) === body) {
            this.#trace.violate("once", `Revision ${revision} of ${id} says what the one before says`);
        }
        this.#bodies.set(id, body);
    }
    #received(pack) {
        for (const { bytes, partition, offset } of unpackFrames(pack)) {
            const sequences = sequencesIn(bytes);
            this.#sequences.set(`${partition}/${offset}`, sequences);
            for (const sequence of sequences)
                this.received.add(sequence);
        }
    }
    #deadLettered({ body }) {
        const text = typeof body === "string" ? body : new TextDecoder().decode(body);
        for (const { code, frame, feed } of JSON.parse(text)) {
            if (code !== "decode.killed" || feed !== "buses")
                continue;
            const sequences = this.#sequences.get(`${frame.partition}/${frame.offset}`) ?? [];
            for (const sequence of sequences)
                this.undecoded.add(sequence);
        }
    }
    /** Notes what is about to be removed although somebody has yet to read it. */
    async retaining(log, policy) {
        const { topic } = policy;
        if (topic !== "records" && topic !== "frames")
            return async () => undefined;
        const partitions = Array.from({ length: log.partitions(topic) }, (_, partition) => partition);
        const before = await Promise.all(partitions.map((partition) => log.bounds(topic, partition)));
        return async () => {
            for (const partition of partitions) {
                const { start } = await log.bounds(topic, partition);
                const first = before[partition]?.start ?? 0;
                this.removed += start - first;
                if (topic === "frames") {
                    const cursor = (await log.cursor(INTERPRET, topic, partition)) ?? first;
                    this.uninterpreted += Math.max(0, start - Math.max(first, cursor));
                    continue;
                }
                this.#removedTo[partition] = start;
                for (const sink of this.#sinks) {
                    const cursor = (await log.cursor(sinkStep(sink), topic, partition)) ?? first;
                    const records = this.#records[partition];
                    for (let offset = Math.max(first, cursor); offset < start; offset++) {
                        const { name } = records[offset];
                        this.expired.get(sink)?.add(name);
                        if (policy.maxAgeMs < this.#patienceMs) {
                            this.#trace.violate("settled", `${name} was removed as read, and ${sink} had not read it`);
                        }
                    }
                }
            }
        };
    }
}
/** Where a stored cursor of the queue stands. */
function positionIn(stored) {
    const text = typeof stored === "string" ? stored : new TextDecoder().decode(stored);
    return JSON.parse(text).position;
}
/** Numbers of messages in an answer of the queue; none when it is no such answer. */
function sequencesIn(bytes) {
    try {
        const { messages } = JSON.parse(new TextDecoder().decode(bytes));
        return (messages ?? []).flatMap(({ seq }) => (typeof seq === "number" ? [seq] : []));
    }
    catch {
        // Cut short or an error page, as the network left it: the hub rejects it too.
        return [];
    }
}
