import { Failure } from "../model/failure.js";
import { checkCommit, checkPartitions, checkPosition, cursorBack, fenced, overtaken, packBytes, } from "./commit-check.js";
import { INTERPRET } from "./ledger.js";
import { spanStart } from "./ledger-spans.js";
import { TOPICS, } from "./log.js";
import { MemoryLedger } from "./memory-ledger.js";
import { MemoryLetters } from "./memory-letters.js";
import { choosePacks, expiredPostings, marksOf } from "./retention.js";
/** What outlives a memory log: hand it to the next `createMemoryLog` to see what a restart finds. */
export class MemoryStorage {
    partitions;
    streams = new Map();
    cursors = new Map();
    state = new Map();
    ledger = new MemoryLedger();
    letters = new MemoryLetters();
    epochs = new Map();
    opens = 0;
    isOpen = false;
    constructor(partitions = 8) {
        this.partitions = checkPartitions(partitions);
        for (const topic of TOPICS) {
            for (let p = 0; p < partitions; p++)
                this.streams.set(`${topic}/${p}`, { packs: [], end: 0, entries: 0, bytes: 0 });
        }
    }
}
/**
 * The contract of `Log` in memory: the reference that other stores are compared with, and the store of simulations.
 * It never leaves the microtask queue, unless a hook does.
 */
export function createMemoryLog(options = {}) {
    const storage = options.storage ?? new MemoryStorage(options.partitions);
    if (storage.isOpen)
        throw new Failure("store.locked", "This memory store is open already; close its log first");
    storage.isOpen = true;
    storage.opens++;
    return new MemoryLog(storage, options);
}
class MemoryLog {
    #storage;
    #options;
    #listeners = new Set();
    #tail = Promise.resolve();
    #closed = false;
    constructor(storage, options) {
        this.#storage = storage;
        this.#options = options;
    }
    partitions(_topic) {
        return this.#storage.partitions;
    }
    commit(commit) {
        const settled = this.#tail.then(() => this.#commit(commit));
        // The next commit waits for this one whatever becomes of it; the caller gets the failure.
        this.#tail = settled.then(() => undefined, () => undefined);
        return settled;
    }
    async #commit(commit) {
        this.#assertOpen();
        await this.#options.beforeCommit?.(commit);
        this.#assertOpen();
        const storage = this.#storage;
        checkCommit(commit, storage.partitions);
        const { fence } = commit;
        const epoch = fence === undefined ? undefined : storage.epochs.get(fence.owner);
        if (fence && epoch !== undefined && epoch > fence.epoch)
            throw fenced(fence.owner, fence.epoch, epoch);
        const moved = new Map();
        for (const { subscription, next, seek, since } of commit.consumed ?? []) {
            const key = cursorKey(subscription, next.topic, next.partition);
            const present = (moved.get(key) ?? storage.cursors.get(key))?.next ?? 0;
            if (next.offset < present && !seek)
                throw cursorBack(subscription, next, present);
            const start = since === undefined ? 0 : this.#startOf(next.topic, next.partition);
            if (since !== undefined && since < start)
                throw overtaken(subscription, next, since, start);
            moved.set(key, { subscription, topic: next.topic, partition: next.partition, next: next.offset });
        }
        const letters = storage.letters.change(commit.letters ?? []);
        const positions = (commit.append ?? []).map((pack) => this.#append(pack));
        letters.apply();
        for (const posting of letters.postings)
            storage.ledger.post(posting);
        for (const [key, cursor] of moved)
            storage.cursors.set(key, cursor);
        for (const { name, bytes } of commit.state ?? [])
            this.#setState(name, bytes);
        for (const posting of commit.ledger ?? [])
            storage.ledger.post(posting);
        if (fence)
            storage.epochs.set(fence.owner, fence.epoch);
        this.#announce(positions);
        await this.#options.afterCommit?.(commit);
        return positions;
    }
    #append(pack) {
        const stream = this.#stream(pack.topic, pack.partition);
        const firstOffset = stream.end;
        const body = typeof pack.body === "string" ? pack.body : pack.body.slice();
        const bytes = packBytes(pack);
        const stored = { ...pack, body, firstOffset, bytes };
        stream.packs.push(stored);
        if (pack.topic === "dead-letters") {
            for (const posting of this.#storage.letters.append(stored))
                this.#storage.ledger.post(posting);
        }
        stream.end += pack.count;
        stream.entries += pack.count;
        stream.bytes += bytes;
        return { topic: pack.topic, partition: pack.partition, offset: firstOffset };
    }
    #setState(name, value) {
        if (value === null)
            this.#storage.state.delete(name);
        else
            this.#storage.state.set(name, typeof value === "string" ? new TextEncoder().encode(value) : value.slice());
    }
    #announce(positions) {
        if (positions.length === 0)
            return;
        const streams = new Map(positions.map((at) => [`${at.topic}/${at.partition}`, at]));
        const grown = [...streams.values()].map(({ topic, partition }) => ({
            topic,
            partition,
            end: this.#stream(topic, partition).end,
        }));
        for (const listener of this.#listeners)
            listener(grown);
    }
    async read(from, limits, signal) {
        this.#assertOpen();
        signal?.throwIfAborted();
        checkPosition(from, this.#storage.partitions);
        const { packs, end } = this.#stream(from.topic, from.partition);
        const start = packs[0]?.firstOffset ?? end;
        const offset = Math.max(from.offset, start);
        const page = [];
        let next = offset;
        let entries = 0;
        let bytes = 0;
        for (let at = packIndex(packs, offset); at < packs.length; at++) {
            const { bytes: size, ...pack } = packs[at];
            const more = pack.firstOffset + pack.count - Math.max(offset, pack.firstOffset);
            if (page.length > 0 && (entries + more > limits.entriesMax || bytes + size > limits.bytesMax))
                break;
            page.push(pack);
            entries += more;
            bytes += size;
            next = pack.firstOffset + pack.count;
        }
        const position = { ...from, offset: next };
        return from.offset < start
            ? { packs: page, next: position, skippedTo: start }
            : { packs: page, next: position };
    }
    async packsOfMinute(topic, feed, minute) {
        this.#assertOpen();
        const all = Array.from({ length: this.#storage.partitions }, (_, p) => this.#stream(topic, p).packs);
        return all
            .flat()
            .filter((pack) => pack.minute === minute && pack.feed === feed)
            .map(({ bytes: _, ...pack }) => pack);
    }
    async bounds(topic, partition) {
        this.#assertOpen();
        return { start: this.#startOf(topic, partition), end: this.#stream(topic, partition).end };
    }
    #startOf(topic, partition) {
        const { packs, end } = this.#stream(topic, partition);
        return packs[0]?.firstOffset ?? end;
    }
    async offsetAt(topic, partition, time) {
        this.#assertOpen();
        const { packs, end } = this.#stream(topic, partition);
        const minute = Math.floor(time / 60_000);
        return packs.find((pack) => pack.minute >= minute)?.firstOffset ?? end;
    }
    async cursor(subscription, topic, partition) {
        this.#assertOpen();
        return this.#storage.cursors.get(cursorKey(subscription, topic, partition))?.next;
    }
    async state(name) {
        this.#assertOpen();
        return this.#storage.state.get(name)?.slice();
    }
    async stateNames(prefix) {
        this.#assertOpen();
        return [...this.#storage.state.keys()].filter((name) => name.startsWith(prefix)).sort();
    }
    async ledger(filter = {}) {
        this.#assertOpen();
        return this.#storage.ledger.rows(filter);
    }
    async ledgerSums(query = {}) {
        this.#assertOpen();
        return this.#storage.ledger.sums(query);
    }
    async openAccounts(filter = {}) {
        this.#assertOpen();
        return this.#storage.ledger.open(filter);
    }
    async ledgerFolds() {
        this.#assertOpen();
        return this.#storage.ledger.folds;
    }
    async foldLedger(aging, now) {
        this.#assertOpen();
        return this.#storage.ledger.fold(aging, now, () => this.#oldestMinute());
    }
    #oldestMinute() {
        let oldest;
        for (const { packs } of this.#storage.streams.values()) {
            for (const { minute } of packs)
                oldest = Math.min(oldest ?? minute, minute);
        }
        return oldest;
    }
    async pending(from) {
        this.#assertOpen();
        const offset = "offset" in from
            ? from.offset
            : (this.#storage.cursors.get(cursorKey(from.subscription, from.topic, from.partition))?.next ?? 0);
        const sums = new Map();
        const { packs } = this.#stream(from.topic, from.partition);
        for (let at = packIndex(packs, offset); at < packs.length; at++) {
            const pack = packs[at];
            const unread = pack.firstOffset + pack.count - Math.max(offset, pack.firstOffset);
            if (unread <= 0)
                continue;
            const minute = spanStart(this.#storage.ledger.folds, pack.minute);
            const key = `${minute}/${pack.feed}`;
            const sum = sums.get(key) ?? { feed: pack.feed, minute, count: 0 };
            sum.count += unread;
            sums.set(key, sum);
        }
        return [...sums.values()];
    }
    async letterIssues() {
        this.#assertOpen();
        return this.#storage.letters.issues();
    }
    async letters(query) {
        this.#assertOpen();
        return this.#storage.letters.list(query);
    }
    async settledLetters() {
        this.#assertOpen();
        return this.#storage.letters.settled();
    }
    async openLetters(fromMinute = 0) {
        this.#assertOpen();
        return this.#storage.letters.open(this.#storage.ledger, fromMinute);
    }
    onAppend(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    subscribe(name, _sharing, signal) {
        return assignAll(name, this.#storage.partitions, this.#storage.opens, signal);
    }
    async retain(policy, now) {
        this.#assertOpen();
        const { topic } = policy;
        const { partitions } = this.#storage;
        const packsOf = (partition) => this.#stream(topic, partition).packs;
        const pack = (partition, fromOffset) => {
            const packs = packsOf(partition);
            return packs[packIndex(packs, fromOffset)];
        };
        let bytes = 0;
        for (let partition = 0; partition < partitions; partition++)
            bytes += this.#stream(topic, partition).bytes;
        const gone = choosePacks({ partitions, bytes, pack }, policy, now, Number.POSITIVE_INFINITY);
        const readers = [...this.#storage.cursors.values()].filter((cursor) => cursor.topic === topic);
        const { ledger } = this.#storage;
        const isOpen = ledger.isOpen.bind(ledger);
        for (const posting of expiredPostings(topic, gone, readers, isOpen))
            ledger.post(posting);
        if (topic === "dead-letters")
            for (const posting of this.#storage.letters.remove(gone))
                ledger.post(posting);
        for (const [name, minute] of marksOf(topic, gone)) {
            const before = this.#storage.state.get(name);
            const newest = Math.max(minute, before ? Number(new TextDecoder().decode(before)) : minute);
            this.#setState(name, String(newest));
        }
        for (let partition = 0; partition < partitions; partition++) {
            const went = gone.filter((one) => one.partition === partition);
            const stream = this.#stream(topic, partition);
            stream.packs.splice(0, went.length);
            for (const { count, bytes: size } of went) {
                stream.entries -= count;
                stream.bytes -= size;
            }
        }
        return {
            packs: gone.length,
            entries: gone.reduce((sum, went) => sum + went.count, 0),
            bytes: gone.reduce((sum, went) => sum + went.bytes, 0),
        };
    }
    async usage() {
        this.#assertOpen();
        return TOPICS.map((topic) => {
            let entries = 0;
            let bytes = 0;
            for (let partition = 0; partition < this.#storage.partitions; partition++) {
                const stream = this.#stream(topic, partition);
                entries += stream.entries;
                bytes += stream.bytes;
            }
            return { topic, entries, bytes };
        });
    }
    async close() {
        if (this.#closed)
            return;
        await this.#tail;
        this.#closed = true;
        this.#storage.isOpen = false;
        this.#listeners.clear();
    }
    #stream(topic, partition) {
        checkPosition({ topic, partition, offset: 0 }, this.#storage.partitions);
        return this.#storage.streams.get(`${topic}/${partition}`);
    }
    #assertOpen() {
        if (this.#closed)
            throw new Failure("closed", "The log is closed");
    }
}
/** The index of the first pack that holds an entry at or after the offset. */
function packIndex(packs, offset) {
    let low = 0;
    let high = packs.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        const pack = packs[middle];
        if (pack.firstOffset + pack.count <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
function cursorKey(subscription, topic, partition) {
    return `${topic}/${partition}/${subscription}`;
}
/**
 * On one machine a consumer owns every partition from the first moment until it stops. `interpret` reads frames, every
 * other subscription records. The epoch is the number of times the store was opened: a later process is always newer.
 */
export async function* assignAll(name, partitions, epoch, signal) {
    if (signal.aborted)
        return;
    const topic = name === INTERPRET ? "frames" : "records";
    yield { topic, partitions: Array.from({ length: partitions }, (_, partition) => partition), epoch };
    if (signal.aborted)
        return;
    await new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
    });
}
