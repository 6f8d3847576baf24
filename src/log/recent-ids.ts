/** Ids per generation: two generations are kept, so a repetition is seen over at least this many ids. */
const GENERATION = 1 << 20;
const SLOTS = GENERATION * 2;

interface Generation {
	readonly low: Int32Array;
	readonly high: Int32Array;
	count: number;
}

/**
 * Remembers the last one to two million ids by a 64-bit hash, in 32 MB whatever the size of the log. Two different ids
 * meet by chance about once in 10^13 comparisons of a full memory.
 */
export class RecentIds {
	#young = generation();
	#old = generation();

	/** Adds the id; true when it was there. */
	seen(id: string): boolean {
		let low = 0x811c9dc5;
		let high = 0x2f0b4c47;
		for (let at = 0; at < id.length; at++) {
			const unit = id.charCodeAt(at);
			low = Math.imul(low ^ unit, 0x01000193);
			high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 15);
		}
		// 0,0 marks an empty slot.
		if (low === 0 && high === 0) high = 1;
		if (find(this.#young, low, high) < 0 || find(this.#old, low, high) < 0) return true;
		if (this.#young.count >= GENERATION) {
			this.#old = this.#young;
			this.#young = generation();
		}
		const slot = find(this.#young, low, high);
		this.#young.low[slot] = low;
		this.#young.high[slot] = high;
		this.#young.count++;
		return false;
	}
}

function generation(): Generation {
	return { low: new Int32Array(SLOTS), high: new Int32Array(SLOTS), count: 0 };
}

/** The free slot for a hash, or -1 when the hash is there. */
function find({ low, high }: Generation, wantedLow: number, wantedHigh: number): number {
	let slot = (wantedLow ^ (wantedLow >>> 15) ^ wantedHigh) & (SLOTS - 1);
	for (;;) {
		if (low[slot] === 0 && high[slot] === 0) return slot;
		if (low[slot] === (wantedLow | 0) && high[slot] === (wantedHigh | 0)) return -1;
		slot = (slot + 1) & (SLOTS - 1);
	}
}
