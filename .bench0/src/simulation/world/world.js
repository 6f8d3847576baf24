import { messageOf } from "../../model/failure.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { createCity } from "../city.js";
import { createSeededChance, createVirtualRuntime } from "../virtual-runtime.js";
import { CallsCheck } from "./calls-check.js";
import { checkEnd, checkLedger } from "./end-check.js";
import { Ferries } from "./ferries.js";
import { HostileDisk } from "./hostile-disk.js";
import { HostileStore } from "./hostile-store.js";
import { HubProcess } from "./hub-process.js";
import { createNetwork } from "./network.js";
import { Dice, UPSTREAM_HOSTS } from "./plan.js";
import { Receiver } from "./receiver.js";
import { FETCH_EVERY_MS, RiderCheck } from "./rider-check.js";
import { Trace } from "./trace.js";
import { Truth } from "./truth.js";
import { checkUpstream } from "./upstream-check.js";
import { Witness } from "./witness.js";
import { ARCHIVE, ARCHIVE_PATH, deliveringSinks, RETENTION_MS, RIDER_FEED, worldConfig, } from "./world-config.js";
import { createWorldStore } from "./world-store.js";
const STEP_MS = 30 * SECOND_MS;
const DRAIN_MS = 10 * SECOND_MS;
/** Draining, and what may still hang. */
const END_MS = DRAIN_MS + 30 * SECOND_MS;
/** Far above what one hub of this size waits for at any time. */
const TIMERS_MAX = 200;
/** Entries of state that a hub of this size keeps. */
const STATES_MAX = 200;
/** A hub, an agency, a partner, and all that goes wrong between them, for one seed. */
class World {
    #plan;
    #config;
    #time;
    #clock;
    #startMs;
    #storage;
    #disk;
    #witness;
    #delivering;
    #store;
    #network;
    #ferries;
    #truth;
    #rider;
    #startsMs = [];
    /** When nothing could be read: no hub, or no store. */
    #downSpans = [];
    #process;
    #diedMs;
    #steadySinceMs = 0;
    #startedMs = 0;
    #skewMs = 0;
    #skewBeforeMs = 0;
    trace;
    constructor(plan, config, storage, listener) {
        this.#plan = plan;
        this.#config = config;
        this.#time = createVirtualRuntime({ startTime: plan.startTime, seed: plan.seed });
        const { clock } = this.#time.runtime;
        this.#clock = clock;
        this.#startMs = clock.monotonic();
        const sinceStart = () => this.#sinceStart();
        this.trace = new Trace(sinceStart, listener);
        const { trace } = this;
        this.#storage = storage;
        this.#delivering = deliveringSinks(plan);
        this.#witness = new Witness({
            trace,
            partitions: plan.partitions,
            sinks: this.#delivering,
            patienceMs: patienceMs(plan),
            onRecords: (records) => this.#rider.committed(records),
        });
        const dice = (salt) => new Dice(plan.seed * 31 + salt);
        const shared = { trace, sinceStart };
        this.#store = new HostileStore({
            peaceMs: plan.hostileMs,
            ...shared,
            clock,
            dice: dice(1),
            troubles: plan.store,
            deaths: plan.deaths.filter(({ type }) => type !== "by-time" && type !== "drain"),
            kill: (death) => this.#kill(death),
        });
        this.#disk = new HostileDisk({ ...shared, clock, dice: dice(4), troubles: plan.archive ?? [] });
        const city = createCity(plan);
        this.#network = createNetwork({
            plan,
            city,
            ...shared,
            clock,
            dice,
            witness: this.#witness,
            cutShort: () => this.#truth.cutShort(clock.now()),
        });
        this.#ferries = new Ferries({
            ...shared,
            clock,
            dice: dice(3),
            count: plan.pushVehicles,
            troubles: plan.push,
            hub: () => (this.#process?.isStarted ? this.#process : undefined),
        });
        const { seed, silence, startTime } = plan;
        this.#truth = new Truth({
            city,
            seed,
            silence,
            retentionMs: RETENTION_MS,
            ferries: this.#ferries,
            startTime,
            changes: plan.formatChanges,
            removeAfter: plan.removeAfter,
            isClockOff: plan.clockJumps.length > 0,
        });
        this.#rider = new RiderCheck({
            trace,
            truth: this.#truth,
            now: () => clock.now(),
            hubNow: () => Math.floor(clock.now() + this.#skew()),
            monotonic: () => clock.monotonic(),
            // A hub that starts on a store that stalls publishes nothing yet.
            steadySinceMs: () => this.#process?.isStarted ? Math.max(this.#steadySinceMs, this.#startedMs) : Number.POSITIVE_INFINITY,
            lagMs: () => this.#lagMs(),
            clockErrorMs: () => Math.abs(this.#skew()),
        });
    }
    /** Never rejects: what breaks a world is a finding of its seed, as a broken promise is. */
    async run() {
        try {
            await this.#live();
        }
        catch (thrown) {
            this.trace.tell("world", thrown instanceof Error ? `${thrown.stack}` : String(thrown));
            this.trace.violate("alive", `Something threw that nobody caught: ${messageOf(thrown)}`);
        }
        return {
            seed: this.#plan.seed,
            violations: this.trace.violations,
            last: this.trace.last,
            virtualMs: this.#sinceStart(),
            processes: this.#startsMs.length,
            commits: this.#store.commits,
            requests: Object.values(this.#network.hosts).reduce((sum, { served }) => sum + served.length, 0),
            fetches: this.#rider.fetches,
            delivered: this.#network.partner.receiver.applied.size,
        };
    }
    async #live() {
        const { hostileMs, quietMs } = this.#plan;
        this.#schedule();
        await this.#begin();
        const endMs = hostileMs + quietMs;
        while (this.#sinceStart() < endMs && this.trace.violations.length === 0) {
            await this.#time.advance(Math.min(STEP_MS, endMs - this.#sinceStart()));
            this.#truth.observe(this.#clock.now());
            this.#checkBounds();
        }
        if (this.trace.violations.length === 0)
            await this.#judge();
    }
    #sinceStart() {
        return this.#clock.monotonic() - this.#startMs;
    }
    #skew() {
        return this.#skewMs + (this.#plan.driftMsPerHour * this.#sinceStart()) / HOUR_MS;
    }
    /** Publications may hold what was received before the last jump. */
    #lagMs() {
        const lag = Math.max(0, -this.#skew(), -this.#skewBeforeMs);
        return lag === 0 ? 0 : lag + SECOND_MS;
    }
    #at(atMs, run) {
        this.#clock.after(atMs - this.#sinceStart(), run, { ref: false });
    }
    #schedule() {
        const { deaths, clockJumps } = this.#plan;
        this.#ferries.start();
        for (const death of deaths) {
            if (death.type === "by-time")
                this.#at(death.atMs, () => this.#kill(death));
            if (death.type === "drain")
                this.#at(death.atMs, () => void this.#drain(death));
        }
        for (const { atMs, byMs } of clockJumps) {
            this.#at(atMs, () => {
                this.trace.tell("clock", `jumps by ${byMs} ms`);
                this.#skewBeforeMs = this.#skew();
                this.#skewMs += byMs;
                this.#steadySinceMs = this.#clock.monotonic() + Math.abs(byMs) + 10 * MINUTE_MS;
            });
        }
        const look = () => {
            if (this.#process?.isAlive)
                void this.#rider.fetch(this.#process);
            this.#clock.after(FETCH_EVERY_MS, look, { ref: false });
        };
        this.#clock.after(FETCH_EVERY_MS, look, { ref: false });
    }
    async #begin() {
        const { trace } = this;
        const durableHeader = await this.#inspect();
        const number = this.#startsMs.length + 1;
        trace.tell("world", `process ${number} starts`);
        if (this.#diedMs !== undefined)
            this.#downSpans.push({ fromMs: this.#diedMs, toMs: this.#sinceStart() });
        this.#diedMs = undefined;
        this.#startsMs.push(this.#sinceStart());
        this.#store.begin();
        this.#rider.restarted(durableHeader);
        const calls = new CallsCheck({ trace, monotonic: () => this.#clock.monotonic() });
        const life = new HubProcess({
            config: this.#config,
            log: await this.#open(),
            disk: this.#disk,
            runtime: { ...this.#time.runtime, http: calls.watched(this.#network.http) },
            skewMs: () => this.#skew(),
            seed: this.#plan.seed * 1009 + number,
            watch: {
                before: (commit) => this.#store.before(commit),
                after: () => this.#store.after(),
                committed: (commit, positions) => this.#witness.committed(commit, positions),
                retaining: (log, policy) => {
                    this.#store.retain();
                    return this.#witness.retaining(log, policy);
                },
                aging: (aging) => ({ ...aging, ...this.#plan.fold }),
            },
            onEvent: (event) => this.#heard(event),
            onStandstill: () => trace.violate("progress", `Process ${number} does one thing after another, and time stands still`),
        });
        this.#process = life;
        const started = () => {
            this.#startedMs = this.#clock.monotonic();
        };
        life.start().then(started, (thrown) => {
            if (!life.isAlive)
                return;
            trace.tell("world", `process ${number} did not start: ${messageOf(thrown)}`);
            const isStore = /store|disk|space|sync/i.test(messageOf(thrown));
            if (!isStore)
                trace.violate("alive", `process ${number} did not start: ${messageOf(thrown)}`);
            this.#kill({ type: "by-time", atMs: 0, commits: 0, downMs: 5 * SECOND_MS });
        });
    }
    #open() {
        return this.#storage.open(createSeededChance(this.#plan.seed));
    }
    /** Looks at what is durable while nobody uses it. Answers the newest header time that riders were shown. */
    async #inspect() {
        const log = await this.#open();
        await checkLedger(log, this.trace, this.#delivering, `before process ${this.#startsMs.length + 1}`);
        const headerTime = headerTimeIn(await log.state(`sink/${RIDER_FEED}/state`));
        this.#checkStates(await log.stateNames(""));
        await log.close();
        return headerTime;
    }
    #kill({ type, downMs }) {
        const life = this.#process;
        if (life === undefined || !life.isAlive)
            return;
        this.trace.tell("world", `process ${this.#startsMs.length} dies: ${type}`);
        life.kill();
        this.#disk.crash();
        void this.#storage.release();
        this.#away(downMs);
    }
    async #drain({ downMs }) {
        const life = this.#process;
        if (life === undefined || !life.isStarted)
            return;
        this.trace.tell("world", `process ${this.#startsMs.length} is told to stop`);
        this.#steadySinceMs = Number.POSITIVE_INFINITY;
        await life.end(DRAIN_MS);
        this.trace.tell("world", `process ${this.#startsMs.length} has stopped`);
        this.#steadySinceMs = 0;
        this.#away(downMs);
    }
    #away(downMs) {
        this.#process = undefined;
        this.#diedMs = this.#sinceStart();
        // At peace somebody starts it, however long it was meant to be away.
        const atMostMs = Math.max(0, this.#plan.hostileMs - this.#sinceStart());
        this.#clock.after(Math.max(1000, Math.min(downMs, atMostMs)), () => void this.#begin(), { ref: false });
    }
    #heard(event) {
        const { subject, level, code, message } = event;
        this.trace.tell("hub", `${level} ${subject} ${code}: ${message}`);
        if (code === "ledger.unbalanced")
            this.trace.violate("ledger", message);
    }
    #checkBounds() {
        const timers = this.#process?.pendingTimers ?? 0;
        if (timers > TIMERS_MAX)
            this.trace.violate("bounded", `The hub waits for ${timers} timers`);
    }
    #checkStates({ length }) {
        if (length > STATES_MAX)
            this.trace.violate("bounded", `The hub keeps ${length} states`);
    }
    async #judge() {
        const { trace } = this;
        const { upstreams, store, pollS, deaths } = this.#plan;
        const life = this.#process;
        if (life === undefined || !life.isStarted) {
            trace.violate("progress", "No hub runs at the end");
            return;
        }
        const status = life.hub.status();
        if (!status.ready)
            trace.violate("progress", `The hub is not ready at the end: ${status.sentence}`);
        for (const { name, state, sentence } of status.feeds) {
            // Frames of a line that rests are empty: they do not tell whether its next report can be read.
            const isUnread = name === "buses" && state === "failing" && this.#truth.isUnreadSinceChange;
            if (state !== "running" && !isUnread)
                trace.violate("progress", `Feed ${name} is ${state}: ${sentence}`);
        }
        for (const name of UPSTREAM_HOSTS) {
            const { served } = this.#network.hosts[name];
            checkUpstream({
                trace,
                name,
                served,
                store,
                pollS,
                startsMs: this.#startsMs,
            });
        }
        const inFlight = deaths.length === 0 ? [] : this.#downSpans;
        if (!(await this.#endsInPeace(life)))
            return;
        const endMs = this.#sinceStart();
        const log = await this.#open();
        await checkEnd({
            log,
            trace,
            truth: this.#truth,
            witness: this.#witness,
            delivering: this.#delivering,
            ferries: this.#ferries,
            partner: this.#network.partner,
            board: this.#network.board,
            archive: this.#disk.text(ARCHIVE_PATH),
            archiveReceiver: new Receiver(ARCHIVE, trace, this.#witness),
            startTime: this.#plan.startTime,
            endMs,
            bytesPerSecond: this.#plan.bytesPerSecond,
            isClockOff: this.#plan.clockJumps.length > 0,
            closedSpans: [
                ...upstreams["avl.test"],
                ...store,
                ...this.#store.refusedSpans,
                ...inFlight,
                ...this.#truth.unreadableSpans,
            ],
            position: Number(this.#witness.position),
        });
        await log.close();
    }
    async #endsInPeace(life) {
        let hasEnded = false;
        const ended = life.end(DRAIN_MS).then(() => {
            hasEnded = true;
        });
        await this.#time.advance(END_MS);
        if (!hasEnded)
            this.trace.violate("progress", `The hub has not stopped after ${END_MS / SECOND_MS} s`);
        else
            await ended;
        return hasEnded;
    }
}
/** Retention waits for who has yet to read something for twice as long as it keeps everything. */
function patienceMs({ keepS }) {
    return keepS === undefined ? Number.POSITIVE_INFINITY : 2 * keepS.records * SECOND_MS;
}
function headerTimeIn(state) {
    if (state === undefined)
        return 0;
    return JSON.parse(new TextDecoder().decode(state)).headerTime * SECOND_MS;
}
/**
 * Runs the world of a plan. Deterministic: the same plan tells the same story. `folder` is where one seed in twenty has its
 * store for as long as it runs.
 */
export async function runWorld(plan, folder, listener) {
    const { runtime } = createVirtualRuntime({ seed: plan.seed });
    const config = await worldConfig(plan, runtime);
    const storage = await createWorldStore(plan, folder);
    try {
        return await new World(plan, config, storage, listener).run();
    }
    finally {
        await storage.release();
        storage.remove();
    }
}
