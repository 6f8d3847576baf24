import { tellFailure, tellSuccess } from "./telling.js";
/** How jobs end: remembered, told to everybody who shares them, and without a trace left behind. */
export class Endings {
    #parts;
    #owner;
    #flights = null;
    /** Jobs that wait for their retry. */
    sleeping = 0;
    isDisposed = false;
    constructor(parts, owner) {
        this.#parts = parts;
        this.#owner = owner;
    }
    /** The job of this key that is under way, for callers that may share it (rule 21). */
    flightOf(key) {
        return this.#flights?.get(key);
    }
    begin(job) {
        this.#parts.addJob(job);
        if (!job.plan.isShared)
            return;
        this.#flights ??= new Map();
        this.#flights.set(job.key, job);
    }
    succeed(job, run, value, now) {
        this.remember(run, value, now);
        this.leave(job);
        tellSuccess(this.#parts, job, value);
    }
    /** No fresh answer: what is remembered stands in, and an outside cache is asked when nothing is. */
    finish(job, reason, now) {
        const { settings, counters, store } = this.#parts;
        this.leave(job);
        counters.countRefusal(reason);
        const entry = this.#entryFor(job, now);
        const mayAsk = job.plan.kind === "sync" && settings.fallback && !this.isDisposed;
        if (entry !== undefined || store === null || !mayAsk) {
            tellFailure(this.#parts, job, reason, entry, now);
            return;
        }
        job.phase = "reading";
        this.#parts.addJob(job);
        void this.#askStore(store, job, reason);
    }
    /** A validated success becomes the last good value, unless that of a later start is there already (rule 22). */
    remember(run, value, now) {
        const { settings, cache, clock, store } = this.#parts;
        const { job } = run;
        if (job.plan.kind !== "sync" || !settings.fallback)
            return;
        const fetchedAt = clock.now();
        const entry = cache.write(job.key, value, fetchedAt, now, run.started);
        if (entry !== undefined)
            store?.write(job.key, { value: entry.value, fetchedAt });
    }
    /** The job is over: what it took and did not use goes back. */
    leave(job) {
        if (job.phase === "sleeping")
            this.sleeping -= 1;
        this.#parts.tokens.giveBack(job.tokensHeld);
        job.tokensHeld = 0;
        if (this.#flights?.get(job.key) === job)
            this.#flights.delete(job.key);
        // Given up while an outside cache was being asked: it has left already.
        if (job.phase === "done")
            return;
        job.phase = "done";
        this.#parts.removeJob(job);
    }
    /** Told without asking anybody: the upstream is being disposed of. */
    dispose(job, now) {
        tellFailure(this.#parts, job, "disposed", this.#entryFor(job, now), now);
    }
    #entryFor(job, now) {
        const { settings, cache } = this.#parts;
        const entry = cache.read(job.key);
        return entry !== undefined && now - entry.fetchedMs <= settings.staleMaxMs ? entry : undefined;
    }
    async #askStore(store, job, reason) {
        const stored = await store.read(job.key);
        const { clock, cache } = this.#parts;
        const now = clock.monotonic();
        if (stored !== undefined) {
            const ageMs = Math.max(0, clock.now() - stored.fetchedAt);
            // Started before everything of this process: whatever was fetched meanwhile is newer.
            cache.write(job.key, stored.value, stored.fetchedAt, now - ageMs, 0);
        }
        this.leave(job);
        tellFailure(this.#parts, job, reason, this.#entryFor(job, now), now);
        this.#owner.flush();
    }
}
