/** Ids per generation: two generations are kept, so a repetition is seen over at least this many ids. */
const GENERATION = 1 << 20;
/** A small log needs no large memory: a generation grows as it fills. */
const SLOTS_FIRST = 1 << 12;
/**
 * Remembers the last one to two million ids by a 64-bit hash, in at most 32 MB whatever the size of the log. Two different ids
 * meet by chance about once in 10^13 comparisons of a full memory.
 */
export class RecentIds {
    #young = generation();
    #old = generation();
    /** Adds the id; true when it was there. */
    seen(id) {
        let low = 0x811c9dc5;
        let high = 0x2f0b4c47;
        for (let at = 0; at < id.length; at++) {
            const unit = id.charCodeAt(at);
            low = Math.imul(low ^ unit, 0x01000193);
            high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 15);
        }
        // 0,0 marks an empty slot.
        if (low === 0 && high === 0)
            high = 1;
        if (find(this.#young, low, high) < 0 || find(this.#old, low, high) < 0)
            return true;
        if (this.#young.count >= GENERATION) {
            this.#old = this.#young;
            this.#young = generation();
        }
        add(this.#young, low, high);
        if (this.#young.count * 2 > this.#young.low.length)
            grow(this.#young);
        return false;
    }
}
function generation() {
    return { low: new Int32Array(SLOTS_FIRST), high: new Int32Array(SLOTS_FIRST), count: 0 };
}
function add(into, low, high) {
    const slot = find(into, low, high);
    into.low[slot] = low;
    into.high[slot] = high;
    into.count++;
}
function grow(one) {
    const { low, high } = one;
    one.low = new Int32Array(low.length * 2);
    one.high = new Int32Array(low.length * 2);
    one.count = 0;
    for (let slot = 0; slot < low.length; slot++) {
        const [oldLow, oldHigh] = [low[slot] ?? 0, high[slot] ?? 0];
        if (oldLow !== 0 || oldHigh !== 0)
            add(one, oldLow, oldHigh);
    }
}
/** The free slot for a hash, or -1 when the hash is there. */
function find({ low, high }, wantedLow, wantedHigh) {
    let slot = (wantedLow ^ (wantedLow >>> 15) ^ wantedHigh) & (low.length - 1);
    for (;;) {
        if (low[slot] === 0 && high[slot] === 0)
            return slot;
        if (low[slot] === (wantedLow | 0) && high[slot] === (wantedHigh | 0))
            return -1;
        slot = (slot + 1) & (low.length - 1);
    }
}
