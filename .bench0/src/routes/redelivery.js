import { createHash } from "node:crypto";
import { PostingSheet } from "../log/ledger.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
import { rejectionsOf } from "./batch-outcomes.js";
import { isExpired } from "./batch-plan.js";
import { readRecords } from "./record-reader.js";
const TURNS_PER_REDELIVERY = 4;
/** How far is looked for a newer record of the same key, where a route takes the latest only. */
const NEWER_PAGES_MAX = 4;
/**
 * Sends dead letters of one lane again, between its own batches and never beside one. A piece is sent under an id that
 * follows from its records, so that a crash sends the same again; what became of it is one commit: the letters, the
 * account of the sink, the sink's state, and the state of whoever asked.
 */
export class Redelivery {
    #host;
    #partition;
    #store;
    #parked;
    #running;
    #unparking;
    #notBefore = 0;
    #turns = 0;
    /** A step is under way. */
    #isBusy = false;
    constructor(host, partition, store, parked) {
        this.#host = host;
        this.#partition = partition;
        this.#store = store;
        this.#parked = parked;
    }
    /** Resolves when everything of the request is settled. One at a time. Rejects with `closed` when the lane stops. */
    request(request) {
        return new Promise((resolve, reject) => {
            if (this.#running !== undefined) {
                reject(new Failure("bug", `Sink ${this.#host.sink} replays already in partition ${this.#partition}`));
                return;
            }
            const held = new Set(request.held);
            const aside = { changes: [], dropped: 0, skipped: 0 };
            const total = { replayed: 0, failed: 0, dropped: 0, skipped: 0 };
            const withdraw = () => this.#withdraw(request);
            const forget = () => request.signal.removeEventListener("abort", withdraw);
            this.#running = {
                request,
                resolve,
                reject,
                forget,
                pieces: undefined,
                aside,
                held,
                total,
                attempts: 0,
            };
            request.signal.addEventListener("abort", withdraw, { once: true });
        });
    }
    /**
     * Releases parked keys of which no letter is open, in a turn of the lane, so that none is parked meanwhile. Answers
     * whether keys are left that are not `held`.
     */
    unpark(openKeys, held) {
        return new Promise((resolve, reject) => {
            this.#unparking?.reject(new Failure("closed", "Asked again"));
            this.#unparking = { openKeys, held, resolve, reject };
        });
    }
    /** Asked between two batches. While records wait (`lullMs` is 0), every fourth turn is for dead letters. */
    takesTurn(lullMs) {
        if (this.waitMs > 0)
            return false;
        return lullMs > 0 || ++this.#turns % TURNS_PER_REDELIVERY === 0;
    }
    /** How long until something can be sent; Infinity: nothing is asked for. */
    get waitMs() {
        if (this.#unparking !== undefined)
            return 0;
        if (this.#running === undefined)
            return Number.POSITIVE_INFINITY;
        return Math.max(0, this.#notBefore - this.#host.clock.monotonic());
    }
    #withdraw(request) {
        if (this.#running?.request !== request || this.#isBusy)
            return;
        this.#end(({ reject }) => reject(new Failure("closed", "The replay was stopped")));
    }
    /** The breaker has changed. */
    hurry() {
        this.#notBefore = 0;
    }
    stop() {
        const closed = new Failure("closed", `Sink ${this.#host.sink} stops`);
        this.#end(({ reject }) => reject(closed));
        this.#unparking?.reject(closed);
        this.#unparking = undefined;
    }
    /** Sends one piece and settles it. Told of a call that goes on after its time was over: nothing may be sent beside it. */
    async step(onRunning) {
        if (this.#unparking !== undefined) {
            await this.#release(this.#unparking);
            return 0;
        }
        const running = this.#running;
        if (running === undefined)
            return 0;
        this.#isBusy = true;
        try {
            await this.#step(running, onRunning);
        }
        catch (thrown) {
            if (!(thrown instanceof Failure) || thrown.code !== "store.changed")
                throw thrown;
            // Somebody settled one of them meanwhile: whoever asked looks again.
            this.#end(({ reject }) => reject(thrown));
        }
        finally {
            this.#isBusy = false;
            if (running.request.signal.aborted)
                this.#withdraw(running.request);
        }
        return 0;
    }
    async #step(running, onRunning) {
        running.pieces ??= await this.#read(running);
        const [piece, ...rest] = running.pieces;
        if (piece === undefined) {
            await this.#settle(running, [], [], undefined);
            return;
        }
        const { port, health, writes } = this.#host;
        const release = await writes.acquire();
        let goesOn;
        try {
            if (this.#host.signal.aborted || !this.#host.isOpen())
                return;
            const answer = await port.write(this.#batchOf(piece, running.request.nonce), ++running.attempts);
            if (answer.outcome === "ok") {
                await this.#host.settling(this.#settle(running, piece, rest, answer));
                health.delivered(this.#partition);
                return;
            }
            if (answer.outcome === "bad_records") {
                await this.#refused(running, piece, rest, answer);
                return;
            }
            this.#notBefore = this.#host.clock.monotonic() + answer.delayMs;
            if (answer.outcome === "refused" || answer.running === undefined)
                return;
            goesOn = answer.running;
            onRunning(goesOn);
        }
        finally {
            this.#host.endWrite(release, goesOn);
        }
    }
    /** Named records, or the only one, stay dead letters; what was not named is sent in halves. */
    async #refused(running, piece, rest, answer) {
        const offsets = piece.map(({ offset }) => offset);
        const named = new Set(rejectionsOf(answer, offsets).map(({ offset }) => offset));
        running.attempts = 0;
        if (named.size === 0) {
            const middle = Math.ceil(piece.length / 2);
            // Committed, so that whoever comes after a crash sends the same halves.
            await this.#commit(running, { changes: [] }, [piece.slice(0, middle), piece.slice(middle), ...rest]);
            return;
        }
        const bad = piece.filter(({ offset }) => named.has(offset));
        for (const { record } of bad) {
            if (this.#host.rules.ruleOf(record)?.isStrict)
                running.held.add(record.key);
        }
        const isBehind = (one) => this.#host.rules.ruleOf(one.record)?.isStrict === true && running.held.has(one.record.key);
        const left = [piece.filter(({ offset }) => !named.has(offset)), ...rest].map((one) => {
            const kept = one.filter((dead) => !isBehind(dead));
            running.aside.skipped += one.length - kept.length;
            return kept;
        });
        const changes = bad.map(({ letter }) => ({ ...letter, to: "failed" }));
        await this.#commit(running, { changes, failed: bad.length }, left.filter((one) => one.length > 0));
    }
    async #settle(running, piece, rest, taken) {
        const { step, sinkStateName } = this.#host;
        const sheet = new PostingSheet();
        for (const { record } of piece) {
            const minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
            sheet.add(step, record.origin.feed, this.#partition, minute, "dead_lettered", -1);
            sheet.add(step, record.origin.feed, this.#partition, minute, "replayed", 1);
        }
        const changes = piece.map(({ letter }) => ({ ...letter, to: "replayed" }));
        const state = taken?.state === undefined ? [] : [{ name: sinkStateName, bytes: taken.state }];
        await this.#commit(running, { changes, replayed: piece.length, ledger: sheet.take(), state }, rest);
    }
    async #commit(running, made, rest) {
        const { aside, held, request } = running;
        const coming = rest[0]?.map(({ letter }) => letter) ?? [];
        const { dropped, skipped } = aside;
        const { replayed = 0, failed = 0, ledger = [], state = [] } = made;
        const { total } = running;
        const sum = {
            replayed: total.replayed + replayed,
            failed: total.failed + failed,
            dropped: total.dropped + dropped,
            skipped: total.skipped + skipped,
        };
        await this.#store.commit({
            letters: [...aside.changes, ...made.changes],
            ledger,
            state: [...state, ...request.state({ ...sum, held: [...held] }, coming)],
        });
        running.total = sum;
        running.aside = { changes: [], dropped: 0, skipped: 0 };
        running.pieces = [...rest];
        running.attempts = 0;
        if (coming.length === 0)
            this.#end(({ resolve }) => resolve());
    }
    #end(settle) {
        const running = this.#running;
        this.#running = undefined;
        if (running === undefined)
            return;
        running.forget();
        settle(running);
    }
    #batchOf(piece, nonce) {
        const { sink, origin } = this.#host;
        const offsets = piece.map(({ offset }) => offset);
        const hash = createHash("sha256").update(offsets.join(",")).digest("hex").slice(0, 12);
        return {
            id: `${sink}:${origin}:${this.#partition}:replay-${nonce}-${hash}`,
            partition: this.#partition,
            firstOffset: offsets[0],
            nextOffset: offsets.at(-1) + 1,
            records: piece.map(({ record }) => marked(record)),
        };
    }
    /** The records that are to be sent, in pieces of a batch; the others are set aside. */
    async #read(running) {
        const { rules, batch } = this.#host;
        const sending = [];
        const { aside } = running;
        for await (const { dead, record } of this.#records(running.request.dead)) {
            const rule = record && rules.ruleOf(record);
            if (record === undefined) {
                // Retention was before us: there is nothing left that could be delivered.
                aside.changes.push({ ...dead.letter, to: "dropped" });
                aside.dropped++;
            }
            else if (!rule)
                aside.skipped++;
            else if (rule.isStrict && running.held.has(record.key))
                aside.skipped++;
            else if (rule.isLatest && (await this.#isOvertaken(record, dead.offset, rule.maxAgeMs))) {
                aside.changes.push({ ...dead.letter, to: "dropped" });
                aside.dropped++;
            }
            else
                sending.push({ ...dead, record });
        }
        const pieces = [];
        for (let at = 0; at < sending.length; at += batch.count)
            pieces.push(sending.slice(at, at + batch.count));
        return pieces;
    }
    async *#records(wanted) {
        const known = new Map();
        const end = (wanted.at(-1)?.offset ?? -1) + 1;
        let readTo = -1;
        for (const dead of wanted) {
            if (dead.offset >= readTo) {
                known.clear();
                const reading = await readRecords(this.#host.log, undefined, this.#partition, dead.offset, end);
                reading.records.forEach((record, at) => {
                    known.set(reading.offsets?.[at] ?? dead.offset + at, record);
                });
                readTo = reading.next;
            }
            yield { dead, record: known.get(dead.offset) };
        }
    }
    /** `latest`: it is too old, or a newer record of its key has gone the same way since. */
    async #isOvertaken(record, offset, maxAgeMs) {
        if (isExpired(record, maxAgeMs, this.#host.clock.now()))
            return true;
        let from = offset + 1;
        for (let page = 0; page < NEWER_PAGES_MAX; page++) {
            const reading = await readRecords(this.#host.log, this.#host.recordCache, this.#partition, from);
            const isNewer = ({ key, body }) => key === record.key && body.kind === record.body.kind;
            if (reading.records.some(isNewer))
                return true;
            if (reading.next <= from)
                return false;
            from = reading.next;
        }
        return true;
    }
    async #release({ openKeys, held, resolve, reject }) {
        this.#unparking = undefined;
        try {
            const open = this.#parked.size === 0 ? new Set() : await openKeys();
            const free = [...this.#parked.keys()].filter((key) => !open.has(key));
            for (const key of free)
                this.#parked.delete(key);
            if (free.length > 0)
                await this.#store.commit({ state: [this.#parked.state()] });
            resolve([...this.#parked.keys()].some((key) => !held.has(key)));
        }
        catch (thrown) {
            reject(thrown);
            throw thrown;
        }
    }
}
/** What the destination sees: that it comes late, and why. */
function marked(record) {
    const more = ["late", "replayed"].filter((flag) => !record.flags.includes(flag));
    return more.length === 0 ? record : { ...record, flags: [...record.flags, ...more] };
}
