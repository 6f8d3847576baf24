import { Failure } from "../model/failure.js";
import { decodeIntent, encodeIntent, halved, intentFromPlan, nameOf, reachOf, remainder, withRejections, } from "./batch-intent.js";
import { cursorAfter, recordsInHand, rejectionsOf, settlePiece } from "./batch-outcomes.js";
import { isExpired, planBatch } from "./batch-plan.js";
import { BatchSize } from "./batch-size.js";
import { troubleOf } from "./health.js";
import { LaneStore, STORE_PAUSE_MS } from "./lane-store.js";
import { LaneWindow } from "./lane-window.js";
import { ParkedKeys } from "./parked-keys.js";
import { Redelivery } from "./redelivery.js";
import { ReorderWindow } from "./reorder-window.js";
import { SettledAhead } from "./settled-ahead.js";
import { Settlement } from "./settlement.js";
import { Bell } from "./slots.js";
/** `latest` looks so many batches ahead for newer records of the same keys. */
const LOOK_AHEAD_BATCHES = 10;
/**
 * Delivers one partition in order: plan a batch, commit it, send it until it is settled, commit the outcome together with
 * the cursor. While it waits it holds no place and no records, only its cursor and the committed intent.
 */
export class DeliveryLane {
    partition;
    #host;
    #bell;
    #window;
    #parked;
    #ahead;
    /** Undefined: records go as they came. */
    #reorder;
    #store;
    /** Dead letters of this lane that are sent again. Ring the lane after asking it for something. */
    redelivery;
    #stateName;
    #cursor;
    #end;
    #intent;
    /** Whether the store holds an intent, also one that has decayed since: the next settlement takes it out. */
    #isKept = false;
    /** Of the batch in hand. */
    #attempts = 0;
    /** The next plan takes this generation: an intent that decayed is never sent again under its own id. */
    #generation = 0;
    /** A call whose time was over, and that has not ended yet. */
    #running;
    /** What it answered in the end. */
    #late;
    #size;
    #waitsSince;
    #waitsSinceTime;
    #drainTo;
    /** What waits for its next attempt is not hurried by new records, only by a change of the breaker. */
    #notBefore = 0;
    constructor(host, partition, cursor, end) {
        this.partition = partition;
        this.#host = host;
        this.#cursor = cursor;
        this.#end = end;
        this.#bell = new Bell(host.clock);
        this.#store = new LaneStore(host, partition, this.#bell);
        const isReordering = host.reorder.windowMs > 0;
        this.#window = new LaneWindow(host, partition, { tracksOrder: isReordering, startEnd: end });
        this.#reorder = isReordering ? new ReorderWindow(host, partition) : undefined;
        this.#stateName = `sink/${host.sink}/${partition}`;
        this.#parked = new ParkedKeys(`${this.#stateName}/parked`);
        this.redelivery = new Redelivery(host, partition, this.#store, this.#parked);
        this.#ahead = new SettledAhead(`${this.#stateName}/ahead`);
        this.#size = new BatchSize(host.batch.count);
        // What waits at the start has waited long enough.
        this.#waitsSince = host.clock.monotonic() - host.batch.everyMs;
        this.#waitsSinceTime = end > cursor ? host.clock.now() : undefined;
    }
    /** Runs until the host's signal aborts. Rejects when the store can no longer be used. */
    async run() {
        let isLoaded = false;
        while (!this.#host.signal.aborted) {
            let restMs;
            try {
                if (!isLoaded)
                    await this.#load();
                isLoaded = true;
                restMs = await this.#round();
            }
            catch (thrown) {
                if (this.#host.signal.aborted)
                    return;
                if (thrown instanceof Failure && thrown.kind !== "transient")
                    throw thrown;
                // Whether a commit took effect is not known: what the store says counts, so it is asked again.
                this.#store.trouble(thrown);
                isLoaded = false;
                restMs = this.#pause(STORE_PAUSE_MS);
            }
            if (restMs > 0 && !this.#host.signal.aborted)
                await this.#bell.rest(restMs);
        }
    }
    /** The partition has grown. */
    grown(end) {
        if (this.#end <= this.#cursor) {
            this.#waitsSince = this.#host.clock.monotonic();
            this.#waitsSinceTime = this.#host.clock.now();
        }
        this.#end = Math.max(this.#end, end);
        // Whoever rests for a fuller batch is woken when it is full, and whoever had nothing to do, to count the time.
        if (this.#intent === undefined)
            this.#bell.ring();
    }
    /** Look again: the breaker has changed, or everything stops. */
    ring() {
        this.#notBefore = 0;
        this.redelivery.hurry();
        this.#bell.ring();
    }
    /** From here on batches are sent without waiting for more, until what is there now is settled. */
    drain() {
        this.#drainTo = this.#end;
        this.#bell.ring();
    }
    get isDrained() {
        return this.#drainTo !== undefined && this.#cursor >= this.#drainTo;
    }
    status(now) {
        const lagEntries = Math.max(0, this.#end - this.#cursor);
        const oldest = this.#window.oldestReceivedTime ?? this.#waitsSinceTime;
        return {
            partition: this.partition,
            cursor: this.#cursor,
            lagEntries,
            lagAgeMs: lagEntries === 0 || oldest === undefined ? undefined : Math.max(0, now - oldest),
        };
    }
    /** What the store says: after a start, and whenever the outcome of a commit is not known. */
    async #load() {
        const { log, step } = this.#host;
        const cursor = await log.cursor(step, "records", this.partition);
        this.#cursor = cursor ?? this.#cursor;
        const bytes = await log.state(this.#stateName);
        const intent = bytes ? decodeIntent(bytes, this.#stateName, this.#cursor) : undefined;
        this.#isKept = intent !== undefined;
        this.#intent = intent && reachOf(intent) > this.#cursor ? intent : undefined;
        this.#generation = 0;
        this.#attempts = 0;
        this.#window.clear();
        await this.#parked.load(log);
        await this.#ahead.load(log);
        const { end } = await log.bounds("records", this.partition);
        this.#end = Math.max(this.#end, end);
        this.#store.works();
    }
    /** One step of the loop: how long to rest before the next one. */
    async #round() {
        if (this.#running !== undefined)
            return Number.POSITIVE_INFINITY;
        const { port, slots, clock, signal } = this.#host;
        const pauseMs = this.#notBefore - clock.monotonic();
        if (pauseMs > 0)
            return pauseMs;
        const lullMs = this.#intent === undefined ? this.#lullMs() : 0;
        const isRedelivery = this.#intent === undefined && this.redelivery.takesTurn(lullMs);
        if (!isRedelivery && lullMs > 0)
            return Math.min(lullMs, this.redelivery.waitMs);
        const waitMs = port.waitMs(clock.now());
        if (waitMs > 0) {
            this.#window.clear();
            this.#host.health.leftAlone(this.partition, waitMs, port.lastFailure);
            return waitMs;
        }
        const release = await slots.acquire();
        try {
            if (signal.aborted)
                return 0;
            const openMs = await this.#host.open(this.partition);
            if (openMs > 0)
                return this.#pause(openMs);
            if (!isRedelivery)
                return await this.#work();
            return await this.redelivery.step((running) => this.#awaitEnd(running, false));
        }
        finally {
            release();
        }
    }
    /** How long the batch may still wait for more records. */
    #lullMs() {
        const waiting = this.#end - this.#cursor;
        if (waiting <= 0)
            return Number.POSITIVE_INFINITY;
        if (this.#drainTo !== undefined && this.#cursor < this.#drainTo)
            return 0;
        const { batch, clock } = this.#host;
        const countMax = this.#countMax();
        const heldMs = this.#reorder?.waitMs(this.#window, countMax);
        if (heldMs !== undefined)
            return heldMs;
        if (waiting >= countMax)
            return 0;
        return Math.max(0, this.#waitsSince + batch.everyMs - clock.monotonic());
    }
    /** Records that a batch holds, by their count and by what was read lately of their size. */
    #countMax() {
        return Math.min(this.#size.max, this.#window.countOf(this.#host.batch.bytes));
    }
    async #work() {
        const intent = this.#intent;
        if (intent) {
            const stretch = await this.#window.upTo(this.#cursor, reachOf(intent));
            if (!stretch)
                return this.#overrun();
            if (!this.#hasDecayed(intent, stretch))
                return this.#send(intent, stretch);
            this.#generation = intent.generation + 1;
            this.#late = undefined;
            this.#intent = undefined;
        }
        const countMax = this.#countMax();
        const look = await this.#look(countMax);
        if (!look)
            return this.#overrun();
        const { stretch } = look;
        if (stretch.next <= this.#cursor) {
            this.#end = this.#cursor;
            return 0;
        }
        const plan = planBatch(stretch, { ...this.#planOptions(countMax), isReleased: look.isReleased });
        if (stretch.records.length > 0 && plan.fates.length === 0 && this.#reorder)
            return this.#reorder.restMs(this.#window, countMax);
        return this.#begin(intentFromPlan(stretch, plan, this.#generation, countMax), look);
    }
    /** What waits, as far as the next batch is chosen from it. Undefined: retention took the first of it. */
    async #look(countMax) {
        const ahead = this.#host.rules.hasLatest ? countMax * LOOK_AHEAD_BATCHES : countMax;
        if (this.#reorder) {
            return this.#reorder.look(this.#window, this.#cursor, ahead, this.#end, this.#drainTo ?? -1);
        }
        const stretch = await this.#window.atLeast(this.#cursor, ahead, this.#end);
        return stretch && { stretch };
    }
    async #begin(intent, look) {
        if (intent.send.length === 0)
            return this.#settle(intent, look.stretch, undefined);
        await this.#keep(intent);
        this.#reorder?.released(look, intent, this.#drainTo ?? -1);
        return this.#send(intent, look.stretch);
    }
    /** `latest`: a batch that waited too long for its next attempt is planned anew. Decay beats retry. */
    #hasDecayed(intent, stretch) {
        const { rules, clock } = this.#host;
        if (!rules.hasLatest)
            return false;
        const now = clock.now();
        const waits = new Set(intent.send.slice(intent.done));
        return stretch.records.some((record, at) => {
            if (!waits.has(stretch.offsets[at]))
                return false;
            const rule = rules.ruleOf(record);
            return rule?.isLatest === true && isExpired(record, rule.maxAgeMs, now);
        });
    }
    #planOptions(countMax) {
        return {
            rules: this.#host.rules,
            countMax,
            now: this.#host.clock.now(),
            isParked: (key) => this.#parked.has(key),
            hasAccount: (record, offset) => this.#host.hasAccount(record, this.partition, offset),
            isAhead: this.#ahead.size === 0 ? undefined : (offset) => this.#ahead.has(offset),
        };
    }
    async #send(intent, stretch) {
        const release = await this.#host.writes.acquire();
        try {
            return this.#host.signal.aborted || !this.#host.isOpen() ? 0 : await this.#write(intent, stretch);
        }
        finally {
            this.#host.endWrite(release, this.#running);
        }
    }
    async #write(intent, stretch) {
        const inHand = recordsInHand(intent, stretch, this.#parked, this.#host.rules);
        if (inHand.records.length === 0)
            return this.#settle(intent, stretch, undefined);
        const batch = {
            id: `${this.#host.sink}:${this.#host.origin}:${this.partition}:${nameOf(intent)}`,
            partition: this.partition,
            firstOffset: intent.base,
            nextOffset: intent.next,
            records: inHand.records,
        };
        const late = this.#late;
        this.#late = undefined;
        const { clock, health, limit, port, settling } = this.#host;
        if (late?.outcome === "ok")
            return settling(this.#settle(intent, stretch, { state: late.state }));
        const answer = await limit.watch(port.write(batch, this.#attempts + 1));
        if (answer.outcome === "refused")
            return this.#pause(answer.delayMs);
        this.#attempts++;
        health.counters.attempts++;
        if (answer.outcome === "ok")
            return settling(this.#settle(intent, stretch, answer));
        health.counters.failures++;
        if (answer.outcome === "bad_records")
            return this.#repair(intent, stretch, inHand.offsets, answer);
        if (answer.running)
            this.#awaitEnd(answer.running);
        const next = Number.isFinite(answer.delayMs) ? clock.now() + answer.delayMs : undefined;
        const state = answer.outcome === "transient" ? "retrying" : "held";
        health.report(this.partition, troubleOf(state, answer.failure, next));
        return this.#pause(answer.delayMs);
    }
    /** Waits without records in hand: they are read again after it. */
    #pause(delayMs) {
        this.#window.clear();
        this.#notBefore = this.#host.clock.monotonic() + delayMs;
        return delayMs;
    }
    /** A call that goes on after its time was over keeps this lane from sending the same batch beside it. */
    #awaitEnd(running, isOfBatch = true) {
        this.#running = running;
        void running.then((delivery) => {
            this.#running = undefined;
            if (isOfBatch && !this.#host.isExclusive)
                this.#late = delivery;
            this.#bell.ring();
        });
    }
    /** The destination refused the batch because of records in it: without those that it named, or in halves. */
    async #repair(intent, stretch, sent, answer) {
        const { code, message } = answer.failure;
        const rejections = rejectionsOf(answer, sent);
        if (rejections.length === 0) {
            const isSize = code === "http.body_too_large";
            if (isSize)
                this.#size.wasTooLarge(sent.length);
            const details = { partition: this.partition, count: sent.length, code };
            this.#host.health.emit("batch_split", "info", `A batch was refused as a whole: ${message}`, details);
            await this.#keep(halved(intent, sent, !isSize));
            return 0;
        }
        const repaired = withRejections(intent, rejections);
        if (rejections.length === sent.length)
            return this.#settle(repaired, stretch, undefined);
        await this.#keep(repaired);
        return 0;
    }
    /** Commits the intent before anything of it is sent. */
    async #keep(intent) {
        await this.#store.commit({ state: [{ name: this.#stateName, bytes: encodeIntent(intent) }] });
        this.#intent = intent;
        this.#isKept = true;
        this.#attempts = 0;
    }
    /** Commits what became of the batch in hand, the cursor behind it, and the sink's state: one commit. */
    async #settle(intent, stretch, taken) {
        const { log, step, health, clock, sinkStateName } = this.#host;
        const settlement = new Settlement(step, log.partitions("records"));
        const { start } = await log.bounds("records", this.partition);
        const cursor = cursorAfter(intent, stretch, this.#ahead);
        const parkedBefore = this.#parked.size;
        const place = {
            partition: this.partition,
            from: Math.max(start, this.#cursor),
            attempts: this.#attempts,
            now: clock.now(),
        };
        const left = { parked: this.#parked, ahead: this.#ahead };
        const rejected = settlePiece(settlement, intent, stretch, cursor, place, left, this.#planOptions(0));
        const rest = remainder(intent, taken !== undefined && rejected.length === 0);
        const state = [...this.#ahead.takeState()];
        if (rest || this.#isKept) {
            state.push({ name: this.#stateName, bytes: rest ? encodeIntent(rest) : null });
        }
        if (taken?.state !== undefined)
            state.push({ name: sinkStateName, bytes: taken.state });
        if (this.#parked.size !== parkedBefore)
            state.push(this.#parked.state());
        await this.#store.commit({
            append: settlement.packLetters(log.partitions("dead-letters")),
            consumed: [
                {
                    subscription: step,
                    next: { topic: "records", partition: this.partition, offset: cursor },
                    since: place.from,
                },
            ],
            state,
            ledger: settlement.takePostings(),
        });
        settlement.countInto(health.counters);
        this.#advance(cursor, rest, taken !== undefined);
        const [first] = rejected;
        if (first) {
            const details = { partition: this.partition, count: rejected.length, code: first.code };
            const text = `${rejected.length} records were refused and are dead letters now: ${first.message}`;
            health.emit("records_dead_lettered", "warn", text, details);
        }
        if (taken)
            health.delivered(this.partition);
        else if (!rest && this.#host.port.isHealthy)
            health.report(this.partition, undefined);
        return 0;
    }
    #advance(cursor, rest, wasTaken) {
        this.#cursor = cursor;
        this.#intent = rest;
        this.#isKept = rest !== undefined;
        this.#attempts = 0;
        if (!rest)
            this.#generation = 0;
        this.#window.dropBefore(cursor);
        this.#waitsSinceTime = this.#end > cursor ? this.#host.clock.now() : undefined;
        this.#waitsSince = this.#host.clock.monotonic();
        this.#host.advanced(wasTaken);
        if (!wasTaken)
            return;
        this.#host.health.counters.batches++;
        this.#size.wasTaken();
    }
    /** Retention overtook the batch: the store posted what went as expired, and delivery goes on at what is left. */
    async #overrun() {
        const { log, step, health } = this.#host;
        const { start } = await log.bounds("records", this.partition);
        const from = this.#cursor;
        const to = Math.max(start, from);
        this.#ahead.dropBefore(to);
        await this.#store.commit({
            consumed: [{ subscription: step, next: { topic: "records", partition: this.partition, offset: to } }],
            state: [{ name: this.#stateName, bytes: null }, ...this.#ahead.takeState()],
        });
        this.#advance(to, undefined, false);
        this.#window.clear();
        const text = `Retention overtook the sink: records ${from} to ${to} of partition ${this.partition} went undelivered`;
        health.emit("retention_overrun", "error", text, { partition: this.partition, from, to });
        return 0;
    }
}
