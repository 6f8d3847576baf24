const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** Fractions with up to this many digits are written without making a string of the number. */
const DECIMALS = 6;
const SCALE = 10 ** DECIMALS;
const SCALED_MAX = Number.MAX_SAFE_INTEGER / 4;
const encoder = new TextEncoder();
/**
 * Writes JSON as UTF-8 into one buffer that it keeps, so that encoding a record leaves no garbage behind: at a hundred
 * thousand records a second, strings and their pieces cost more in collection than in making. What it writes is what
 * `JSON.stringify` would write.
 */
export class JsonBytes {
    #bytes;
    #at = 0;
    constructor(capacity = 1024) {
        this.#bytes = new Uint8Array(capacity);
    }
    /** Bytes written so far. */
    get length() {
        return this.#at;
    }
    /** What was written, valid until the next write. */
    view() {
        return this.#bytes.subarray(0, this.#at);
    }
    /** A copy of what was written. */
    copy() {
        return this.#bytes.slice(0, this.#at);
    }
    clear() {
        this.#at = 0;
    }
    /** Text of ASCII that is JSON already, such as `,"key":`. */
    ascii(text) {
        this.#reserve(text.length);
        const bytes = this.#bytes;
        let at = this.#at;
        for (let i = 0; i < text.length; i++)
            bytes[at++] = text.charCodeAt(i);
        this.#at = at;
    }
    /** Any text that is JSON already. */
    json(text) {
        this.#reserve(text.length * 3);
        this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written;
    }
    bytes(part) {
        this.#reserve(part.byteLength);
        this.#bytes.set(part, this.#at);
        this.#at += part.byteLength;
    }
    /** A string with its quotes. */
    string(text) {
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
    number(value) {
        this.#reserve(32);
        const magnitude = Math.abs(value);
        const scaled = Math.round(magnitude * SCALE);
        if (!(scaled < SCALED_MAX)) {
            // Large integers, such as times in milliseconds, are the common case here.
            if (Number.isSafeInteger(magnitude))
                this.#integer(value);
            else
                this.ascii(JSON.stringify(value));
            return;
        }
        if (scaled / SCALE !== magnitude) {
            this.ascii(JSON.stringify(value));
            return;
        }
        const whole = Math.floor(scaled / SCALE);
        this.#integer(value < 0 ? -whole : whole, value < 0);
        let fraction = scaled - whole * SCALE;
        if (fraction === 0)
            return;
        this.#bytes[this.#at++] = POINT;
        for (let unit = SCALE / 10; fraction > 0; unit /= 10) {
            const digit = Math.floor(fraction / unit);
            this.#bytes[this.#at++] = ZERO + digit;
            fraction -= digit * unit;
        }
    }
    #integer(value, negative = value < 0) {
        let rest = Math.abs(value);
        if (negative)
            this.#bytes[this.#at++] = MINUS;
        let digits = 1;
        for (let limit = 10; rest >= limit; limit *= 10)
            digits++;
        for (let at = this.#at + digits - 1; at >= this.#at; at--) {
            const next = Math.floor(rest / 10);
            this.#bytes[at] = ZERO + (rest - next * 10);
            rest = next;
        }
        this.#at += digits;
    }
    #reserve(more) {
        if (this.#at + more <= this.#bytes.length)
            return;
        let capacity = this.#bytes.length * 2;
        while (capacity < this.#at + more)
            capacity *= 2;
        const grown = new Uint8Array(capacity);
        grown.set(this.#bytes.subarray(0, this.#at));
        this.#bytes = grown;
    }
}
