const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** Fractions with up to this many digits are written without making a string of the number. */
const DECIMALS = 6;
const SCALE = 10 ** DECIMALS;
const SCALED_MAX = Number.MAX_SAFE_INTEGER / 4;
const HALF_DIGITS = 8;
const HALF = 10 ** HALF_DIGITS;
const encoder = new TextEncoder();

/** Text that is JSON already, for `JsonBytes.bytes`. */
export function jsonConstant(text: string): Uint8Array {
	return encoder.encode(text);
}

/**
 * Writes JSON as UTF-8 into one buffer that it keeps, so that encoding a record leaves no garbage behind: at a hundred
 * thousand records a second, strings and their pieces cost more in collection than in making. What it writes is what
 * `JSON.stringify` would write.
 */
export class JsonBytes {
	#bytes: Uint8Array;
	#data: DataView;
	#at = 0;

	constructor(capacity = 1024) {
		this.#bytes = new Uint8Array(capacity);
		this.#data = new DataView(this.#bytes.buffer);
	}

	/** Bytes written so far. */
	get length(): number {
		return this.#at;
	}

	/** What was written, valid until the next write. */
	view(): Uint8Array {
		return this.#bytes.subarray(0, this.#at);
	}

	/** All that this holds, for whoever knows which part of it to look at; valid until the next write. */
	get data(): DataView {
		return this.#data;
	}

	/** A copy of what was written from there on. */
	copy(from = 0): Uint8Array {
		return this.#bytes.slice(from, this.#at);
	}

	clear(): void {
		this.#at = 0;
	}

	/** Takes back what was written behind the first `length` bytes. */
	truncate(length: number): void {
		if (length < this.#at) this.#at = length;
	}

	/** Short text of ASCII that is JSON already. What is longer than a few characters and always the same is better `bytes`. */
	ascii(text: string): void {
		this.#reserve(text.length);
		const bytes = this.#bytes;
		let at = this.#at;
		for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
		this.#at = at;
	}

	/** Any text that is JSON already. */
	json(text: string): void {
		this.#reserve(text.length * 3);
		this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written;
	}

	/** What is JSON already: about as quick for a few hundred bytes as for ten. */
	bytes(part: Uint8Array): void {
		this.#reserve(part.byteLength);
		this.#bytes.set(part, this.#at);
		this.#at += part.byteLength;
	}

	/** A string with its quotes. */
	string(text: string): void {
		this.#reserve(text.length + 2);
		const bytes = this.#bytes;
		let at = this.#at;
		bytes[at++] = QUOTE;
		for (let i = 0; i < text.length; i++) {
			const unit = text.charCodeAt(i);
			if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) {
				this.json(JSON.stringify(text));
				return;
			}
			bytes[at++] = unit;
		}
		bytes[at++] = QUOTE;
		this.#at = at;
	}

	/** A finite number. */
	number(value: number): void {
		this.#reserve(32);
		const magnitude = Math.abs(value);
		const scaled = Math.round(magnitude * SCALE);
		if (!(scaled < SCALED_MAX)) {
			// Large integers, such as times in milliseconds, are the common case here.
			if (Number.isSafeInteger(magnitude)) this.#integer(value);
			else this.ascii(JSON.stringify(value));
			return;
		}
		if (scaled / SCALE !== magnitude) {
			this.ascii(JSON.stringify(value));
			return;
		}
		const whole = Math.floor(scaled / SCALE);
		if (value < 0) this.#bytes[this.#at++] = MINUS;
		this.#digits(whole);
		const fraction = scaled - whole * SCALE;
		if (fraction !== 0) this.#fraction(fraction);
	}

	/** A whole number within the exact range of a double. */
	integer(value: number): void {
		this.#reserve(32);
		this.#integer(value);
	}

	#integer(value: number): void {
		if (value < 0) this.#bytes[this.#at++] = MINUS;
		this.#digits(Math.abs(value));
	}

	/** In halves that fit into 32 bits: dividing those by ten is a multiplication. */
	#digits(value: number): void {
		if (value < HALF) this.#small(value, 1);
		else {
			const high = Math.floor(value / HALF);
			if (high < HALF) this.#small(high, 1);
			else this.#digits(high);
			this.#small(value - high * HALF, HALF_DIGITS);
		}
	}

	/** With zeros in front of it, up to so many digits. */
	#small(value: number, digitsMin: number): void {
		let rest = value | 0;
		let digits = digitsMin;
		if (digitsMin === 1) for (let limit = 10; rest >= limit; limit *= 10) digits++;
		const bytes = this.#bytes;
		const first = this.#at;
		for (let at = first + digits - 1; at >= first; at--) {
			const next = (rest / 10) | 0;
			bytes[at] = ZERO + (rest - next * 10);
			rest = next;
		}
		this.#at = first + digits;
	}

	/** Of `SCALE`, without zeros behind it. */
	#fraction(scaled: number): void {
		this.#bytes[this.#at++] = POINT;
		let rest = scaled | 0;
		let digits = DECIMALS;
		for (let next = (rest / 10) | 0; next * 10 === rest; next = (rest / 10) | 0) {
			rest = next;
			digits--;
		}
		const bytes = this.#bytes;
		const first = this.#at;
		for (let at = first + digits - 1; at >= first; at--) {
			const next = (rest / 10) | 0;
			bytes[at] = ZERO + (rest - next * 10);
			rest = next;
		}
		this.#at = first + digits;
	}

	#reserve(more: number): void {
		if (this.#at + more <= this.#bytes.length) return;
		let capacity = this.#bytes.length * 2;
		while (capacity < this.#at + more) capacity *= 2;
		const grown = new Uint8Array(capacity);
		grown.set(this.#bytes.subarray(0, this.#at));
		this.#bytes = grown;
		this.#data = new DataView(grown.buffer);
	}
}
