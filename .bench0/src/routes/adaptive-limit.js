/** Weight of the newest round in what is usual: a destination that is slower for good is believed after some twenty rounds. */
const NEWEST_WEIGHT = 0.05;
/** A round is slow when its answers take so many times as long: the noise of a fast destination is no sign of anything. */
const SLOW_TIMES = 2;
/** What takes no longer than this is never slow: that may as well be we ourselves. */
const FAST_MS = 50;
/** What is left of the places after a slow round, and after one in which the destination could not take a batch. */
const AFTER_SLOW = 0.9;
const AFTER_REFUSAL = 0.5;
/**
 * How many batches are in flight to one destination: all that it may be while it answers as it usually does, fewer when it
 * becomes slower or refuses for the time being, one more after each good round in which all places were in use, as TCP does
 * (additive increase, multiplicative decrease). So a destination that struggles is not held down by the load that we could
 * take off it, and the breaker opens only where less load does not help. A round is as many answers as there are places.
 */
export class AdaptiveLimit {
    #slots;
    #clock;
    #max;
    #limit;
    #usualMs;
    #answers = 0;
    #totalMs = 0;
    #isRefused = false;
    #wasFull = false;
    /** From `slots.limit` places down to 1, and back. */
    constructor(slots, clock) {
        this.#slots = slots;
        this.#clock = clock;
        this.#max = slots.limit;
        this.#limit = slots.limit;
    }
    /** Learns of a call that has just been made and holds a place. */
    async watch(call) {
        const started = this.#clock.monotonic();
        const answer = await call;
        if (answer.outcome === "ok")
            this.#took(this.#clock.monotonic() - started);
        else if (answer.outcome === "transient")
            this.#refused();
        return answer;
    }
    #took(forMs) {
        this.#totalMs += forMs;
        this.#answered();
    }
    /** It did not answer, or said that it cannot now: that says nothing of how long an answer takes. */
    #refused() {
        if (!this.#isRefused)
            this.#set(this.#limit * AFTER_REFUSAL);
        this.#isRefused = true;
    }
    #answered() {
        this.#answers++;
        this.#wasFull ||= this.#slots.isFull;
        if (this.#answers < this.#slots.limit)
            return;
        const meanMs = this.#totalMs / this.#answers;
        const usualMs = this.#usualMs ?? meanMs;
        const isSlow = meanMs > Math.max(FAST_MS, usualMs * SLOW_TIMES);
        this.#usualMs = usualMs + NEWEST_WEIGHT * (meanMs - usualMs);
        if (isSlow)
            this.#set(this.#limit * AFTER_SLOW);
        else if (!this.#isRefused && this.#wasFull)
            this.#set(Math.floor(this.#limit) + 1);
        this.#answers = 0;
        this.#totalMs = 0;
        this.#isRefused = false;
        this.#wasFull = false;
    }
    #set(limit) {
        this.#limit = Math.min(this.#max, Math.max(1, limit));
        this.#slots.resize(Math.floor(this.#limit));
    }
}
