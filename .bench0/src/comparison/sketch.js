/** Up to here a bucket is one whole unit wide; above, buckets grow by 2 %. */
const EXACT_MAX = 256;
const GROWTH = Math.log(1.02);
/**
 * Quantiles of many numbers from 0 up, in memory that does not grow with them: exact for whole numbers up to 256, within
 * 2 % above. Seconds and metres are what it is used for.
 */
export class Sketch {
    #buckets = new Map();
    #count = 0;
    #max = 0;
    static restore({ max, buckets }) {
        const sketch = new Sketch();
        for (const [bucket, count] of buckets) {
            sketch.#buckets.set(bucket, count);
            sketch.#count += count;
        }
        sketch.#max = max;
        return sketch;
    }
    get count() {
        return this.#count;
    }
    /** The largest number itself, not its bucket; undefined without any. */
    get max() {
        return this.#count === 0 ? undefined : this.#max;
    }
    add(value) {
        const bucket = bucketOf(value);
        this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
        this.#count++;
        if (value > this.#max)
            this.#max = value;
    }
    merge(other) {
        for (const [bucket, count] of other.#buckets)
            this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
        this.#count += other.#count;
        this.#max = Math.max(this.#max, other.#max);
    }
    /** The number at rank `share` of all, by nearest rank; undefined without any. */
    quantile(share) {
        if (this.#count === 0)
            return undefined;
        let left = Math.max(1, Math.ceil(share * this.#count));
        for (const [bucket, count] of this.#sorted()) {
            left -= count;
            if (left <= 0)
                return Math.min(middleOf(bucket), this.#max);
        }
        return this.#max;
    }
    save() {
        return { max: this.#max, buckets: this.#sorted() };
    }
    #sorted() {
        return [...this.#buckets].sort(([a], [b]) => a - b);
    }
}
function bucketOf(value) {
    if (!(value > 0))
        return 0;
    const whole = Math.round(value);
    return whole <= EXACT_MAX ? whole : EXACT_MAX + Math.ceil(Math.log(value / EXACT_MAX) / GROWTH);
}
function middleOf(bucket) {
    if (bucket <= EXACT_MAX)
        return bucket;
    // The middle of the bucket, so that the error has no side.
    return Math.round(EXACT_MAX * Math.exp((bucket - EXACT_MAX - 0.5) * GROWTH));
}
