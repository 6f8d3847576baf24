/** Numbers per entry in a sealed segment: id (2), content (2), revision and upstream (1), minute of receipt (1). */
const WORDS = 6;
const HEADER_WORDS = 2;
const CAPACITY_FIRST = 4096;
/**
 * Remembers which records one partition has appended, by a 64-bit hash of the id and one of the content, in typed arrays
 * (24 bytes an entry and 8 a slot). It is bounded by count and by age of receipt; what it forgot is told apart from
 * what it never saw by `forgotThrough`.
 *
 * The entries form a log of their own: a revision is a new entry, and an entry is never changed. Every entry follows from
 * a record that the partition appended, so the log of records rebuilds whatever a snapshot lacks.
 */
export class DedupeWindow {
    #maxEntries;
    #seen = { contentLow: 0, contentHigh: 0, revision: 0, upstream: 0 };
    #capacity = CAPACITY_FIRST;
    #entries = new Uint32Array(CAPACITY_FIRST * WORDS);
    /** Open addressing; holds entry number + 1 modulo 2^32, or 0 for an empty slot. */
    #slots = new Uint32Array(CAPACITY_FIRST * 2);
    #first = 0;
    #next = 0;
    #forgotThroughMinute = 0;
    /** @param maxEntries the bound on remembered records; rounded up to a power of two. */
    constructor(maxEntries) {
        this.#maxEntries = 2 ** Math.ceil(Math.log2(Math.max(CAPACITY_FIRST, maxEntries)));
    }
    /** Entries in the window. */
    get size() {
        return this.#next - this.#first;
    }
    /** Entries ever added: the number of the next one. */
    get next() {
        return this.#next;
    }
    /** A record that happened before the end of this minute may have been seen and forgotten. 0: nothing was forgotten. */
    get forgotThroughMinute() {
        return this.#forgotThroughMinute;
    }
    /** What was appended last under this id, or undefined. */
    find(idLow, idHigh) {
        const mask = this.#slots.length - 1;
        for (let slot = idLow & mask;; slot = (slot + 1) & mask) {
            const held = this.#slots[slot];
            if (held === 0)
                return undefined;
            const at = ((held - 1) & (this.#capacity - 1)) * WORDS;
            if (this.#entries[at] === idLow && this.#entries[at + 1] === idHigh) {
                const seen = this.#seen;
                seen.contentLow = this.#entries[at + 2];
                seen.contentHigh = this.#entries[at + 3];
                const meta = this.#entries[at + 4];
                seen.revision = meta >>> 8;
                seen.upstream = meta & 0xff;
                return seen;
            }
        }
    }
    /** Adds the entry of the record that was appended just now. All numbers are unsigned 32-bit. */
    add(idLow, idHigh, contentLow, contentHigh, revision, upstream, minute) {
        if (this.size === this.#capacity) {
            if (this.#capacity < this.#maxEntries)
                this.#grow();
            else
                this.#forgetFirst();
        }
        const at = (this.#next & (this.#capacity - 1)) * WORDS;
        this.#entries[at] = idLow;
        this.#entries[at + 1] = idHigh;
        this.#entries[at + 2] = contentLow;
        this.#entries[at + 3] = contentHigh;
        this.#entries[at + 4] = ((revision & 0xffffff) << 8) | (upstream & 0xff);
        this.#entries[at + 5] = minute;
        this.#point(this.#next);
        this.#next++;
    }
    /** Forgets what was received before the minute. */
    forgetBefore(minute) {
        while (this.size > 0) {
            const at = (this.#first & (this.#capacity - 1)) * WORDS;
            if (this.#entries[at + 5] >= minute)
                return;
            this.#forgetFirst();
        }
    }
    /** The entries from number `from` on as bytes that `restore` takes. What was forgotten meanwhile is left out. */
    segment(from) {
        const start = Math.max(from, this.#first);
        const words = new Uint32Array(HEADER_WORDS + (this.#next - start) * WORDS);
        words[0] = this.#next - start;
        words[1] = this.#forgotThroughMinute;
        for (let number = start; number < this.#next; number++) {
            const at = (number & (this.#capacity - 1)) * WORDS;
            words.set(this.#entries.subarray(at, at + WORDS), HEADER_WORDS + (number - start) * WORDS);
        }
        return new Uint8Array(words.buffer);
    }
    /** Takes a segment that `segment` gave; segments come in their order. Answers false when it is not one. */
    restore(segment) {
        if (segment.byteLength % 4 !== 0 || segment.byteLength < HEADER_WORDS * 4)
            return false;
        const words = new Uint32Array(segment.slice().buffer);
        if (words.length !== HEADER_WORDS + words[0] * WORDS)
            return false;
        this.#forgotThroughMinute = Math.max(this.#forgotThroughMinute, words[1]);
        for (let at = HEADER_WORDS; at < words.length; at += WORDS) {
            const meta = words[at + 4];
            this.add(words[at], words[at + 1], words[at + 2], words[at + 3], meta >>> 8, meta & 0xff, words[at + 5]);
        }
        return true;
    }
    /** Points the slot of the entry's id to the entry: a later entry of the same id takes the place of the earlier one. */
    #point(number) {
        const mask = this.#slots.length - 1;
        const at = (number & (this.#capacity - 1)) * WORDS;
        const idLow = this.#entries[at];
        const idHigh = this.#entries[at + 1];
        for (let slot = idLow & mask;; slot = (slot + 1) & mask) {
            const held = this.#slots[slot];
            if (held === 0) {
                this.#slots[slot] = (number + 1) >>> 0;
                return;
            }
            const other = ((held - 1) & (this.#capacity - 1)) * WORDS;
            if (this.#entries[other] === idLow && this.#entries[other + 1] === idHigh) {
                this.#slots[slot] = (number + 1) >>> 0;
                return;
            }
        }
    }
    #forgetFirst() {
        const number = this.#first++;
        const at = (number & (this.#capacity - 1)) * WORDS;
        this.#forgotThroughMinute = Math.max(this.#forgotThroughMinute, this.#entries[at + 5]);
        const mask = this.#slots.length - 1;
        const held = (number + 1) >>> 0;
        let hole = this.#entries[at] & mask;
        while (this.#slots[hole] !== held) {
            if (this.#slots[hole] === 0)
                return;
            hole = (hole + 1) & mask;
        }
        // Linear probing without tombstones: what follows the hole moves up when its own place allows it.
        for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
            const entry = ((this.#slots[slot] - 1) & (this.#capacity - 1)) * WORDS;
            const home = this.#entries[entry] & mask;
            if (((slot - home) & mask) >= ((slot - hole) & mask)) {
                this.#slots[hole] = this.#slots[slot];
                hole = slot;
            }
        }
        this.#slots[hole] = 0;
    }
    #grow() {
        const old = this.#entries;
        const oldMask = this.#capacity - 1;
        this.#capacity *= 2;
        this.#entries = new Uint32Array(this.#capacity * WORDS);
        this.#slots = new Uint32Array(this.#capacity * 2);
        for (let number = this.#first; number < this.#next; number++) {
            const from = (number & oldMask) * WORDS;
            this.#entries.set(old.subarray(from, from + WORDS), (number & (this.#capacity - 1)) * WORDS);
            this.#point(number);
        }
    }
}
