/** Four buckets per doubling from a quarter of a millisecond to 17 minutes: no more than 19 % off. */
const PER_DOUBLING = 4;
const OFFSET = 2 * PER_DOUBLING;
const BUCKETS = 88;
/** After so many measurements all counts are halved, so that the past fades. */
const FADE_AFTER = 1_024;
/** How long successes take: fixed buckets, no sorting, constant cost (rule 27). */
export class Latency {
    #counts = new Uint16Array(BUCKETS);
    count = 0;
    add(ms) {
        const place = Math.floor(PER_DOUBLING * Math.log2(Math.max(ms, 0.25))) + OFFSET;
        const at = Math.min(BUCKETS - 1, place);
        this.#counts[at] = (this.#counts[at] ?? 0) + 1;
        this.count += 1;
        if (this.count >= FADE_AFTER)
            this.#fade();
    }
    /** The upper end of the bucket that the percentile falls into. */
    percentile(percent) {
        const wanted = (this.count * percent) / 100;
        let seen = 0;
        let at = 0;
        for (; at < BUCKETS - 1; at += 1) {
            seen += this.#counts[at] ?? 0;
            if (seen >= wanted)
                break;
        }
        return 2 ** ((at + 1 - OFFSET) / PER_DOUBLING);
    }
    #fade() {
        this.count = 0;
        for (let at = 0; at < BUCKETS; at += 1) {
            const half = (this.#counts[at] ?? 0) >> 1;
            this.#counts[at] = half;
            this.count += half;
        }
    }
}
