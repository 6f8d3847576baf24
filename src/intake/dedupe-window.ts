/** One remembered record, as the window answers it. A single object is reused: read it before the next call. */
export interface Seen {
	contentLow: number;
	contentHigh: number;
	revision: number;
	upstream: number;
}

/** Numbers per entry in a sealed segment: id (2), content (2), revision and upstream (1), minute of receipt (1). */
const WORDS = 6;
const HEADER_WORDS = 2;
const CAPACITY_FIRST = 4096;
/** Bits of a slot that say how far it is from the home of its entry: at a load of a half nearly all are nearer than this. */
const NEAR_BITS_MAX = 6;

/**
 * Remembers which records one partition has appended, by a 64-bit hash of the id and one of the content, in typed arrays
 * (24 bytes an entry and 8 a slot). It is bounded by count and by age of receipt; what it forgot is told apart from
 * what it never saw by `forgotThrough`.
 *
 * The entries form a log of their own: a revision is a new entry, and an entry is never changed. Every entry follows from
 * a record that the partition appended, so the log of records rebuilds whatever a snapshot lacks.
 */
export class DedupeWindow {
	readonly #maxEntries: number;
	readonly #seen: Seen = { contentLow: 0, contentHigh: 0, revision: 0, upstream: 0 };
	#capacity = CAPACITY_FIRST;
	#entries = new Uint32Array(CAPACITY_FIRST * WORDS);
	/**
	 * Open addressing; 0 is an empty slot. From the lowest bit on: place of the entry + 1, low bits of its home, and the high
	 * bits of its id. Nearly every entry that is not meant is told by its slot, without a look at memory far away.
	 */
	#slots = new Uint32Array(CAPACITY_FIRST * 2);
	#layout = layoutOf(CAPACITY_FIRST);
	/** Some slot is farther from its home than its bits can say. */
	#isFar = false;
	#first = 0;
	#next = 0;
	#forgotThroughMinute = 0;

	/** @param maxEntries the bound on remembered records; rounded up to a power of two. */
	constructor(maxEntries: number) {
		this.#maxEntries = 2 ** Math.ceil(Math.log2(Math.max(CAPACITY_FIRST, maxEntries)));
	}

	/** Entries in the window. */
	get size(): number {
		return this.#next - this.#first;
	}

	/** Entries ever added: the number of the next one. */
	get next(): number {
		return this.#next;
	}

	/** A record that happened before the end of this minute may have been seen and forgotten. 0: nothing was forgotten. */
	get forgotThroughMinute(): number {
		return this.#forgotThroughMinute;
	}

	/** What was appended last under this id, or undefined. */
	find(idLow: number, idHigh: number): Seen | undefined {
		const mask = this.#slots.length - 1;
		const { placeMask, tagMask } = this.#layout;
		for (let slot = idLow & mask; ; slot = (slot + 1) & mask) {
			const held = this.#slots[slot] as number;
			if (held === 0) return undefined;
			if (((held ^ idHigh) & tagMask) !== 0) continue;
			const at = ((held & placeMask) - 1) * WORDS;
			if (this.#entries[at] === idLow && this.#entries[at + 1] === idHigh) {
				const seen = this.#seen;
				seen.contentLow = this.#entries[at + 2] as number;
				seen.contentHigh = this.#entries[at + 3] as number;
				const meta = this.#entries[at + 4] as number;
				seen.revision = meta >>> 8;
				seen.upstream = meta & 0xff;
				return seen;
			}
		}
	}

	/** Adds the entry of the record that was appended just now. All numbers are unsigned 32-bit. */
	add(
		idLow: number,
		idHigh: number,
		contentLow: number,
		contentHigh: number,
		revision: number,
		upstream: number,
		minute: number,
	): void {
		if (this.size === this.#capacity) {
			if (this.#capacity < this.#maxEntries) this.#grow();
			else this.#forgetFirst();
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
	forgetBefore(minute: number): void {
		while (this.size > 0) {
			const at = (this.#first & (this.#capacity - 1)) * WORDS;
			if ((this.#entries[at + 5] as number) >= minute) return;
			this.#forgetFirst();
		}
	}

	/** The entries from number `from` on as bytes that `restore` takes. What was forgotten meanwhile is left out. */
	segment(from: number): Uint8Array {
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
	restore(segment: Uint8Array): boolean {
		if (segment.byteLength % 4 !== 0 || segment.byteLength < HEADER_WORDS * 4) return false;
		const words = new Uint32Array(segment.slice().buffer);
		if (words.length !== HEADER_WORDS + (words[0] as number) * WORDS) return false;
		this.#forgotThroughMinute = Math.max(this.#forgotThroughMinute, words[1] as number);
		for (let at = HEADER_WORDS; at < words.length; at += WORDS) {
			const meta = words[at + 4] as number;
			this.add(
				words[at] as number,
				words[at + 1] as number,
				words[at + 2] as number,
				words[at + 3] as number,
				meta >>> 8,
				meta & 0xff,
				words[at + 5] as number,
			);
		}
		return true;
	}

	/** Points the slot of the entry's id to the entry: a later entry of the same id takes the place of the earlier one. */
	#point(number: number): void {
		const mask = this.#slots.length - 1;
		const { placeMask, nearShift, nearMask, tagMask } = this.#layout;
		const place = number & (this.#capacity - 1);
		const idLow = this.#entries[place * WORDS] as number;
		const idHigh = this.#entries[place * WORDS + 1] as number;
		const home = idLow & mask;
		const word = (idHigh & tagMask) | ((home & nearMask) << nearShift) | (place + 1);
		for (let slot = home; ; slot = (slot + 1) & mask) {
			const held = this.#slots[slot] as number;
			if (held === 0) {
				if (((slot - home) & mask) > nearMask) this.#isFar = true;
				this.#slots[slot] = word;
				return;
			}
			if (((held ^ idHigh) & tagMask) !== 0) continue;
			const other = ((held & placeMask) - 1) * WORDS;
			if (this.#entries[other] === idLow && this.#entries[other + 1] === idHigh) {
				this.#slots[slot] = word;
				return;
			}
		}
	}

	#forgetFirst(): void {
		const number = this.#first++;
		const place = number & (this.#capacity - 1);
		const at = place * WORDS;
		this.#forgotThroughMinute = Math.max(this.#forgotThroughMinute, this.#entries[at + 5] as number);
		const mask = this.#slots.length - 1;
		const { placeMask } = this.#layout;
		let hole = (this.#entries[at] as number) & mask;
		while (((this.#slots[hole] as number) & placeMask) !== place + 1) {
			if (this.#slots[hole] === 0) return;
			hole = (hole + 1) & mask;
		}
		// Linear probing without tombstones: what follows the hole moves up when its own place allows it.
		for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
			if (this.#distance(slot, mask) >= ((slot - hole) & mask)) {
				this.#slots[hole] = this.#slots[slot] as number;
				hole = slot;
			}
		}
		this.#slots[hole] = 0;
	}

	/** From the home of its entry to the slot. */
	#distance(slot: number, mask: number): number {
		const { placeMask, nearShift, nearMask } = this.#layout;
		const held = this.#slots[slot] as number;
		if (!this.#isFar) return (slot - (held >>> nearShift)) & nearMask;
		return (slot - (this.#entries[((held & placeMask) - 1) * WORDS] as number)) & mask;
	}

	#grow(): void {
		const old = this.#entries;
		const oldMask = this.#capacity - 1;
		this.#capacity *= 2;
		this.#entries = new Uint32Array(this.#capacity * WORDS);
		this.#slots = new Uint32Array(this.#capacity * 2);
		this.#layout = layoutOf(this.#capacity);
		this.#isFar = false;
		for (let number = this.#first; number < this.#next; number++) {
			const from = (number & oldMask) * WORDS;
			this.#entries.set(old.subarray(from, from + WORDS), (number & (this.#capacity - 1)) * WORDS);
			this.#point(number);
		}
	}
}

interface SlotLayout {
	readonly placeMask: number;
	readonly nearShift: number;
	readonly nearMask: number;
	readonly tagMask: number;
}

/** How the bits of a slot are shared out in a window of so many entries, a power of two. */
function layoutOf(capacity: number): SlotLayout {
	const placeBits = Math.log2(capacity) + 1;
	const nearBits = Math.min(NEAR_BITS_MAX, Math.floor((32 - placeBits) / 2));
	const bits = placeBits + nearBits;
	return {
		placeMask: 2 ** placeBits - 1,
		nearShift: placeBits,
		nearMask: 2 ** nearBits - 1,
		tagMask: bits >= 32 ? 0 : (-1 << bits) | 0,
	};
}
