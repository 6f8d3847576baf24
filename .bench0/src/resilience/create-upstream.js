import { messageOf } from "../model/failure.js";
import { nodeChance, nodeClock } from "../runtime/node-clock.js";
import { checkSignal, defaultPlan, planOf } from "./call-plan.js";
import { Engine } from "./engine.js";
import { Job, Promises, Waiter } from "./job.js";
import { checkNumber, checkSection, resolveOptions, show, YEAR_MS, } from "./resolve-options.js";
import { Saver } from "./saver.js";
import { applySnapshot, takeSnapshot } from "./snapshot.js";
import { describeStatus } from "./status.js";
const OUTCOMES = ["success", "transient", "failure", "neutral", "trip"];
/**
 * Makes the one object through which an upstream is called. Options are copied; nothing is shared with other upstreams.
 * Without a runtime it uses the machine's clock and chance. Throws a RangeError that names the option and the value.
 */
export function createUpstream(name, options = {}, runtime = { clock: nodeClock, chance: nodeChance }) {
    if (typeof name !== "string" || name === "") {
        throw new RangeError(`name is ${show(name)}; it must be a text that people recognise`);
    }
    return new UpstreamCore(name, options, runtime);
}
class UpstreamCore {
    name;
    #settings;
    #engine;
    #promises = null;
    #saver = null;
    #disposed = null;
    /** How calls without options of their own are run; made by the first one. */
    #syncPlan = null;
    #executePlan = null;
    #attemptPlan = null;
    constructor(name, options, runtime) {
        const { clock, chance } = runtime;
        const settings = resolveOptions(options);
        const engine = new Engine(name, settings, clock, chance);
        this.name = name;
        this.#settings = settings;
        this.#engine = engine;
        if (options.snapshot !== undefined && options.snapshot !== null)
            this.restore(options.snapshot);
        if (settings.persist === undefined)
            return;
        const saver = new Saver(settings.persist, clock, () => this.snapshot(), (note) => {
            engine.parts.emitter?.push({ type: "persist_failed", note });
            engine.flush();
        });
        this.#saver = saver;
        engine.onChanged = () => saver.request();
    }
    syncJob(key, run, options) {
        return this.#call("sync", key, run, options);
    }
    execute(run, options) {
        return this.#call("execute", options?.key ?? "", run, options);
    }
    attempt(run, options) {
        return this.#call("attempt", options?.key ?? "", run, options);
    }
    #call(kind, key, run, options) {
        const signal = options?.signal;
        // Before anything else (rule 18), and with the reason itself, which need not be an Error.
        if (signal?.aborted)
            return Promise.reject(signal.reason);
        try {
            checkKey(key);
            if (typeof run !== "function")
                throw new RangeError(`run is ${show(run)}; it must be a function`);
            const base = this.#defaultPlan(kind);
            const plan = options === undefined ? base : planOf(base, options);
            if (signal !== undefined)
                checkSignal(signal);
            this.#promises ??= new Promises();
            const promises = this.#promises;
            const flight = plan.isShared ? this.#engine.endings.flightOf(key) : undefined;
            if (flight !== undefined)
                return new Waiter(flight, signal, promises).result;
            const now = this.#engine.parts.clock.monotonic();
            const job = new Job(this.#engine, plan, key, run, now);
            const waiter = new Waiter(job, signal, promises);
            this.#engine.start(job, now);
            return waiter.result;
        }
        catch (thrown) {
            return Promise.reject(thrown);
        }
    }
    #defaultPlan(kind) {
        if (kind === "sync") {
            this.#syncPlan ??= defaultPlan(kind, this.#settings);
            return this.#syncPlan;
        }
        if (kind === "execute") {
            this.#executePlan ??= defaultPlan(kind, this.#settings);
            return this.#executePlan;
        }
        this.#attemptPlan ??= defaultPlan(kind, this.#settings);
        return this.#attemptPlan;
    }
    admit() {
        const { breaker, clock } = this.#engine.parts;
        if (this.#engine.endings.isDisposed)
            return 0;
        const permit = breaker.admit(clock.monotonic());
        this.#engine.flush();
        return permit;
    }
    settle(permit, outcome, retryAfterMs = 0) {
        if (!OUTCOMES.includes(outcome)) {
            throw new RangeError(`outcome is ${show(outcome)}; it must be one of ${OUTCOMES.join(", ")}`);
        }
        checkNumber("retryAfterMs", retryAfterMs, 0, { min: 0, max: Number.POSITIVE_INFINITY });
        const { breaker, clock } = this.#engine.parts;
        const now = clock.monotonic();
        breaker.settle(permit, outcome, now, retryAfterMs);
        this.#engine.line.pump(now);
        this.#engine.flush();
    }
    addBytes(bytes) {
        if (Number.isFinite(bytes) && bytes > 0)
            this.#engine.parts.addBytes(bytes);
    }
    remember(key, value, fetchedAt) {
        checkKey(key);
        const { cache, clock } = this.#engine.parts;
        const ageMs = Math.max(0, clock.now() - checkNumber("fetchedAt", fetchedAt, Number.NaN, ANY_TIME));
        if (this.#settings.fallback)
            cache.write(key, value, fetchedAt, clock.monotonic() - ageMs, 0);
    }
    lastGood(key) {
        const { cache, clock } = this.#engine.parts;
        const entry = cache.read(key);
        if (entry === undefined)
            return undefined;
        const ageMs = Math.max(0, clock.monotonic() - entry.fetchedMs);
        return { value: cache.isolated(entry.value), fetchedAt: entry.fetchedAt, ageMs };
    }
    status() {
        return describeStatus(this.#engine, this.#saver?.failures ?? 0);
    }
    snapshot() {
        const { breaker, pace, gateUntil, lastFailure, clock } = this.#engine.parts;
        return takeSnapshot(breaker, pace, gateUntil, lastFailure, clock.monotonic(), clock.now());
    }
    restore(snapshot) {
        const { breaker, pace, clock, emitter } = this.#engine.parts;
        const now = clock.monotonic();
        try {
            const wall = clock.now();
            const { holdMs, cause } = applySnapshot(snapshot, breaker, pace, this.#settings, now, wall);
            this.#engine.parts.gateUntil = now + holdMs;
            this.#engine.parts.lastFailure = cause;
            return true;
        }
        catch (thrown) {
            breaker.reset(now);
            emitter?.push({ type: "restore_failed", note: `the snapshot cannot be used: ${messageOf(thrown)}` });
            return false;
        }
        finally {
            this.#engine.flush();
        }
    }
    forceOpen(options) {
        this.#force("open", options);
    }
    forceClose(options) {
        this.#force("closed", options);
    }
    #force(state, options) {
        checkSection("options", options);
        const { reason, forMs } = options ?? {};
        if (typeof reason !== "string" || reason.trim() === "") {
            throw new RangeError(`reason is ${show(reason)}; say why, for the next person who asks`);
        }
        const lengthMs = checkNumber("forMs", forMs, Number.POSITIVE_INFINITY, ENDLESS_MS);
        const { breaker, clock } = this.#engine.parts;
        const now = clock.monotonic();
        breaker.force(state, reason, now, now + lengthMs);
        this.#engine.line.pump(now);
        this.#engine.flush();
    }
    reset(reason = "") {
        const { breaker, clock } = this.#engine.parts;
        const now = clock.monotonic();
        breaker.reset(now, reason);
        this.#engine.parts.gateUntil = Number.NEGATIVE_INFINITY;
        this.#engine.line.pump(now);
        this.#engine.flush();
    }
    async dispose(options = {}) {
        const waitMs = checkNumber("waitMs", options.waitMs, DISPOSE_WAIT_MS, { min: 0, max: YEAR_MS });
        this.#disposed ??= this.#dispose(waitMs);
        await this.#disposed;
    }
    async #dispose(waitMs) {
        this.#engine.dispose();
        await Promise.all([this.#saver?.close(waitMs), this.#engine.parts.store?.close(waitMs)]);
    }
}
/** Half of what a service manager gives a process to end (10 s for containers). */
const DISPOSE_WAIT_MS = 5_000;
const ENDLESS_MS = { min: 0, max: Number.POSITIVE_INFINITY, open: true };
const ANY_TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };
function checkKey(key) {
    if (typeof key !== "string")
        throw new RangeError(`key is ${show(key)}; it must be a text`);
}
