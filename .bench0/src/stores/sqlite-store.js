import { checkPartitions } from "../log/commit-check.js";
import { assignAll } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { giveWay } from "../runtime/turn.js";
import { RANDOM_BYTES_PER_PACK } from "./frame-cipher.js";
import { openInThread } from "./in-thread-host.js";
import { loadDriver } from "./sqlite-driver.js";
import { openInWorker } from "./worker-host.js";
const MEBIBYTE = 1024 * 1024;
/** In the worker the checkpointer works all the time, and a commit steps in only when it falls far behind. */
const CHECKPOINT_PAGES = { worker: 4096, "in-thread": 1024 };
const GROUP_COMMITS_MAX = 2000;
const GROUP_BYTES_MAX = 16 * MEBIBYTE;
/** What may wait in memory for its turn. Beyond it a commit is refused with `store.busy`. */
const QUEUE_BYTES_MAX = 256 * MEBIBYTE;
/**
 * Who waits for a commit often follows it with the next one: it shall share the next transaction and its sync, instead of
 * waiting for one that has just begun without it. Intake needs eight microtasks for it.
 */
const ANSWER_MICROTASKS = 12;
const RETAIN_PACKS_PER_STEP = 100;
const BUSY_RETRY_AFTER_MS = 1000;
const NOTHING = new Uint8Array(0);
/**
 * Opens the durable log in a folder. Rejects with `store.locked` (another process has it), `store.version` (a newer
 * Wayside wrote it), `store.corrupt`, or `config.invalid` (the folder or the number of partitions).
 */
export async function openSqliteLog(options) {
    const hostName = options.host ?? "worker";
    const settings = {
        directory: options.directory,
        partitions: options.partitions === undefined ? undefined : checkPartitions(options.partitions),
        durability: options.durability ?? "sync",
        encryptFrames: options.encryptFrames ?? true,
        freeBytesMin: options.freeBytesMin ?? 256 * MEBIBYTE,
        usedMax: options.usedMax ?? 1,
        usedResume: options.usedResume ?? 1,
        reserveBytes: options.reserveBytes ?? 16 * MEBIBYTE,
        bytesMax: options.bytesMax ?? 0,
        checkpointPages: CHECKPOINT_PAGES[hostName],
        diskSpace: options.diskSpace,
    };
    const host = hostName === "worker"
        ? await openInWorker(settings)
        : openInThread(options.driver ?? (await loadDriver()), settings);
    return new SqliteLog(host, options.chance, settings.encryptFrames);
}
class SqliteLog {
    #host;
    #chance;
    #encryptFrames;
    #listeners = new Set();
    #queue = [];
    #queuedBytes = 0;
    #sending;
    #closing;
    constructor(host, chance, encryptFrames) {
        this.#host = host;
        this.#chance = chance;
        this.#encryptFrames = encryptFrames;
    }
    partitions(_topic) {
        return this.#host.partitions;
    }
    commit(commit) {
        if (this.#closing !== undefined)
            return Promise.reject(closed());
        const bytes = sizeOf(commit);
        if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > QUEUE_BYTES_MAX) {
            return Promise.reject(new Failure("store.busy", `${this.#queue.length} commits of ${this.#queuedBytes} bytes wait for the disk; call again later`, { retryAfterMs: BUSY_RETRY_AFTER_MS }));
        }
        return new Promise((resolve, reject) => {
            this.#queue.push({ wire: { commit, random: this.#randomFor(commit) }, bytes, resolve, reject });
            this.#queuedBytes += bytes;
            this.#sending ??= this.#send();
        });
    }
    /** One group is under way at a time; what arrives meanwhile shares the next transaction and its sync. */
    async #send() {
        // Commits of the same turn belong to the same group.
        await Promise.resolve();
        while (this.#queue.length > 0) {
            const group = this.#takeGroup();
            try {
                const outcomes = await this.#host.commit(group.map(({ wire }) => wire));
                this.#settle(group, outcomes);
                await giveWay(ANSWER_MICROTASKS);
            }
            catch (thrown) {
                for (const { reject } of group)
                    reject(thrown);
            }
        }
        this.#sending = undefined;
    }
    #takeGroup() {
        let count = 0;
        let bytes = 0;
        for (const queued of this.#queue) {
            if (count > 0 && (count >= GROUP_COMMITS_MAX || bytes + queued.bytes > GROUP_BYTES_MAX))
                break;
            bytes += queued.bytes;
            count++;
        }
        this.#queuedBytes -= bytes;
        const group = this.#queue.slice(0, count);
        this.#queue = this.#queue.slice(count);
        return group;
    }
    #settle(group, outcomes) {
        const grown = new Map();
        const answers = group.map(({ wire }, i) => {
            const outcome = outcomes[i];
            if ("failure" in outcome)
                return outcome.failure;
            return (wire.commit.append ?? []).map(({ topic, partition, count }, at) => {
                const offset = outcome.offsets[at];
                grown.set(`${topic}/${partition}`, { topic, partition, end: offset + count });
                return { topic, partition, offset };
            });
        });
        // In a turn of its own, before the callers': a listener that throws is a bug that must not stop the store.
        for (const listener of grown.size > 0 ? this.#listeners : []) {
            queueMicrotask(() => listener([...grown.values()]));
        }
        group.forEach(({ resolve, reject }, i) => {
            const answer = answers[i];
            if (answer instanceof Failure)
                reject(answer);
            else
                resolve(answer);
        });
    }
    #randomFor(commit) {
        const frames = commit.append?.filter((pack) => pack.topic === "frames").length ?? 0;
        return frames > 0 && this.#encryptFrames ? this.#chance.bytes(frames * RANDOM_BYTES_PER_PACK) : NOTHING;
    }
    async read(from, limits, signal) {
        signal?.throwIfAborted();
        const { next, ...page } = await this.#call("read", from.topic, from.partition, from.offset, limits);
        signal?.throwIfAborted();
        return { ...page, next: { ...from, offset: next } };
    }
    packsOfMinute(topic, feed, minute) {
        return this.#call("packsOfMinute", topic, feed, minute);
    }
    bounds(topic, partition) {
        return this.#call("bounds", topic, partition);
    }
    offsetAt(topic, partition, time) {
        return this.#call("offsetAt", topic, partition, time);
    }
    cursor(subscription, topic, partition) {
        return this.#call("cursor", subscription, topic, partition);
    }
    state(name) {
        return this.#call("state", name);
    }
    stateNames(prefix) {
        return this.#call("stateNames", prefix);
    }
    ledger(filter = {}) {
        return this.#call("ledger", filter);
    }
    ledgerSums(query = {}) {
        return this.#call("ledgerSums", query);
    }
    openAccounts(filter = {}) {
        return this.#call("openAccounts", filter);
    }
    ledgerFolds() {
        return this.#call("ledgerFolds");
    }
    async foldLedger(aging, now) {
        const less = { folded: 0, removed: 0 };
        for (let more = true; more;) {
            const step = await this.#call("foldLedger", aging, now);
            less.folded += step.folded;
            less.removed += step.removed;
            more = step.more;
        }
        return less;
    }
    pending(from) {
        return this.#call("pending", from);
    }
    letterIssues() {
        return this.#call("letterIssues");
    }
    letters(query) {
        return this.#call("letters", query);
    }
    settledLetters() {
        return this.#call("settledLetters");
    }
    openLetters(fromMinute = 0) {
        return this.#call("openLetters", fromMinute);
    }
    onAppend(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    subscribe(name, _sharing, signal) {
        return assignAll(name, this.#host.partitions, this.#host.opens, signal);
    }
    async retain(policy, now) {
        const went = { packs: 0, entries: 0, bytes: 0 };
        for (let more = true; more;) {
            const step = await this.#call("retain", policy, now, RETAIN_PACKS_PER_STEP);
            went.packs += step.packs;
            went.entries += step.entries;
            went.bytes += step.bytes;
            more = step.more;
        }
        return went;
    }
    usage() {
        return this.#call("usage");
    }
    /** Commits that were called before are still settled. */
    close() {
        this.#closing ??= (async () => {
            await this.#sending;
            this.#listeners.clear();
            await this.#host.close();
        })();
        return this.#closing;
    }
    #call = (method, ...parameters) => this.#closing !== undefined ? Promise.reject(closed()) : this.#host.call(method, ...parameters);
}
function closed() {
    return new Failure("closed", "The log is closed");
}
function sizeOf(commit) {
    let bytes = 1024;
    for (const { body, head } of commit.append ?? [])
        bytes += body.length + head.length;
    for (const { bytes: value } of commit.state ?? [])
        bytes += value?.length ?? 0;
    return bytes;
}
