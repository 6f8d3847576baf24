const BUCKETS = 10;
/** Successes and failures of the last `windowMs` in a fixed ring (rule 4): constant cost and memory per outcome. */
export class RatioWindow {
    #bucketMs;
    #counts = new Uint32Array(2 * BUCKETS);
    #successes = 0;
    #failures = 0;
    /** Number of the newest bucket since the clock's zero. */
    #newest = -1;
    constructor(windowMs) {
        this.#bucketMs = windowMs / BUCKETS;
    }
    add(failed, now) {
        this.#moveTo(now);
        const at = 2 * (this.#newest % BUCKETS) + (failed ? 1 : 0);
        this.#counts[at] = (this.#counts[at] ?? 0) + 1;
        if (failed)
            this.#failures += 1;
        else
            this.#successes += 1;
    }
    isAtLeast(share, minimum) {
        const total = this.#successes + this.#failures;
        return total >= minimum && this.#failures >= share * total;
    }
    clear() {
        this.#counts.fill(0);
        this.#successes = 0;
        this.#failures = 0;
    }
    #moveTo(now) {
        const bucket = Math.floor(now / this.#bucketMs);
        for (let step = Math.max(this.#newest, bucket - BUCKETS) + 1; step <= bucket; step += 1) {
            const at = 2 * (step % BUCKETS);
            this.#successes -= this.#counts[at] ?? 0;
            this.#failures -= this.#counts[at + 1] ?? 0;
            this.#counts[at] = 0;
            this.#counts[at + 1] = 0;
        }
        this.#newest = Math.max(this.#newest, bucket);
    }
}
