import { Failure, messageOf } from "../model/failure.js";
import { Breaker } from "./breaker.js";
import { Bulkhead } from "./bulkhead.js";
import { Cache } from "./cache.js";
import { Emitter } from "./emitter.js";
import { GuardedStore } from "./fallback-store.js";
import { Latency } from "./latency.js";
import { Pace } from "./pace.js";
import { RetryTokens } from "./retry-tokens.js";
import { Timetable } from "./timetable.js";
/** What is counted, since the upstream was made. */
export class Counters {
    attempts = 0;
    successes = 0;
    transients = 0;
    failures = 0;
    neutrals = 0;
    trips = 0;
    retries = 0;
    refusedOpen = 0;
    refusedGate = 0;
    refusedBulkhead = 0;
    refusedBudget = 0;
    refusedDeadline = 0;
    opened = 0;
    lateResults = 0;
    staleServed = 0;
    hedges = 0;
    bytes = 0;
    cacheFailures = 0;
    classifierErrors = 0;
    countOutcome(outcome) {
        if (outcome === "success")
            this.successes += 1;
        else if (outcome === "transient")
            this.transients += 1;
        else if (outcome === "failure")
            this.failures += 1;
        else if (outcome === "neutral")
            this.neutrals += 1;
        else
            this.trips += 1;
    }
    countRefusal(reason) {
        if (reason === "open")
            this.refusedOpen += 1;
        else if (reason === "gate")
            this.refusedGate += 1;
        else if (reason === "bulkhead")
            this.refusedBulkhead += 1;
        else if (reason === "budget")
            this.refusedBudget += 1;
        else if (reason === "deadline")
            this.refusedDeadline += 1;
    }
}
const NOTE_MAX_CHARS = 500;
/** Everything that belongs to one upstream and to nobody else (rule 23). */
export class Parts {
    name;
    settings;
    clock;
    chance;
    counters = new Counters();
    breaker;
    tokens;
    /** Null when requests and bytes are unlimited. */
    pace;
    bulkhead;
    timetable;
    cache;
    store;
    /** Null when nobody listens: events then cost nothing. */
    emitter;
    #latency = null;
    /** Nobody sends before it (rule 14); raised by Retry-After only. */
    gateUntil = Number.NEGATIVE_INFINITY;
    /** What `holdUntil` found last. */
    holdReason = "gate";
    holdDetail = "retry-after";
    /** The last attempt that spoke against the upstream. */
    lastFailure;
    #newest = null;
    constructor(name, settings, clock, chance, owner) {
        this.name = name;
        this.settings = settings;
        this.clock = clock;
        this.chance = chance;
        this.emitter = settings.onEvent === undefined ? null : new Emitter(name, clock, settings.onEvent);
        this.breaker = new Breaker(settings, chance, owner);
        this.tokens = new RetryTokens(settings, clock.monotonic());
        const isPaced = settings.requestCount > 0 ||
            settings.bytesPerSecond > 0 ||
            settings.dayCount > 0 ||
            settings.shared !== undefined;
        this.pace = isPaced ? new Pace(settings) : null;
        this.bulkhead = new Bulkhead(settings);
        this.timetable = new Timetable(clock);
        this.cache = new Cache(settings, this);
        const { store, readTimeoutMs } = settings;
        this.store = store === undefined ? null : new GuardedStore(store, clock, readTimeoutMs, this);
    }
    onCacheFailed(key, note) {
        this.counters.cacheFailures += 1;
        this.emitter?.push({ type: "cache_failed", key, note });
        this.emitter?.flush();
    }
    get latency() {
        return this.#latency;
    }
    measure(ms) {
        this.#latency ??= new Latency();
        this.#latency.add(ms);
    }
    addBytes(bytes) {
        this.counters.bytes += bytes;
        this.pace?.addBytes(bytes, this.clock.monotonic());
    }
    /** When the gate and the pace let the next request pass; `now` when they do already. */
    holdUntil(now) {
        let until = now;
        if (this.gateUntil > now) {
            until = this.gateUntil;
            this.holdReason = "gate";
            this.holdDetail = "retry-after";
        }
        if (this.pace === null)
            return until;
        const ready = this.pace.readyAt(now, this.clock);
        if (ready.at <= until)
            return until;
        this.holdReason = "budget";
        this.holdDetail = ready.reason;
        return ready.at;
    }
    /** The earliest time at which a call may be sent, on the wall clock; undefined when only a person can bring it about. */
    nextAttemptAt(now) {
        const at = Math.max(this.breaker.nextAdmitAt(now), this.holdUntil(now));
        return this.toWall(at, now);
    }
    toWall(at, now) {
        return Number.isFinite(at) ? this.clock.now() + Math.ceil(at - now) : undefined;
    }
    /** Every job that is not done, newest first. */
    jobs() {
        const jobs = [];
        for (let job = this.#newest; job !== null; job = job.older)
            jobs.push(job);
        return jobs;
    }
    addJob(job) {
        job.older = this.#newest;
        if (this.#newest !== null)
            this.#newest.newer = job;
        this.#newest = job;
    }
    removeJob(job) {
        if (job.newer === null)
            this.#newest = job.older;
        else
            job.newer.older = job.older;
        if (job.older !== null)
            job.older.newer = job.newer;
        job.older = null;
        job.newer = null;
    }
    /** What a failed attempt will be remembered by; a judge's note says more than that the answer is not valid. */
    noteFailure({ outcome, note }, cause) {
        if (outcome === "neutral")
            return;
        const code = cause instanceof Failure ? cause.code : "upstream.error";
        const message = cause === undefined ? (note ?? "its answer is not valid") : messageOf(cause);
        this.lastFailure = { at: this.clock.now(), code, message: message.slice(0, NOTE_MAX_CHARS) };
    }
    /** The verdict on what an attempt threw. Total: a classifier that fails is counted, and its attempt is transient. */
    classify(job, thrown) {
        try {
            return this.#checked(job.plan.classify(thrown, this.clock.now()), false);
        }
        catch (mistake) {
            this.counters.classifierErrors += 1;
            return { outcome: "transient", note: `the classifier threw: ${messageOf(mistake)}` };
        }
    }
    /** The verdict on a value; what a judge throws is classified like a failed attempt, and handed back as the cause. */
    judge(job, value) {
        if (job.plan.judge === undefined)
            return { verdict: SUCCESS, cause: undefined };
        try {
            return { verdict: this.#checked(job.plan.judge(value), true), cause: undefined };
        }
        catch (thrown) {
            return { verdict: this.classify(job, thrown), cause: thrown };
        }
    }
    #checked(answer, mayBeSuccess) {
        const verdict = typeof answer === "string" ? { outcome: answer } : answer;
        const { outcome } = verdict;
        const isKnown = outcome === "transient" || outcome === "failure" || outcome === "neutral" || outcome === "trip";
        if (isKnown || (mayBeSuccess && outcome === "success"))
            return verdict;
        throw new TypeError(`a classifier or judge answered the outcome ${String(outcome)}`);
    }
}
export const SUCCESS = Object.freeze({ outcome: "success" });
