const FIRST_SIZE = 16 * 1024;
const LOW_SIZE = 2 ** 28;
/** Writes the protobuf wire format into one buffer that grows. `tag` is `field << 3 | wire type`, as the reader has it. */
export class ProtobufWriter {
    #bytes;
    #position = 0;
    constructor(size = FIRST_SIZE) {
        this.#bytes = Buffer.allocUnsafe(size);
    }
    get length() {
        return this.#position;
    }
    /** A copy of what was written. */
    finish() {
        return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#position);
    }
    /** Begins anew in the same memory. */
    reset() {
        this.#position = 0;
    }
    /** A whole number from 0 to 2^53, or a negative one of at least -2^53, which takes ten bytes as the standard says. */
    varint(tag, value) {
        this.#reserve(15);
        this.#number(tag);
        if (value >= 0)
            this.#number(value);
        else
            this.#negative(value);
    }
    float(tag, value) {
        this.#reserve(9);
        this.#number(tag);
        this.#position = this.#bytes.writeFloatLE(value, this.#position);
    }
    double(tag, value) {
        this.#reserve(13);
        this.#number(tag);
        this.#position = this.#bytes.writeDoubleLE(value, this.#position);
    }
    /** UTF-8. A half of a surrogate pair becomes U+FFFD. */
    string(tag, text) {
        const units = text.length;
        this.#reserve(10 + units * 3);
        this.#number(tag);
        if (units < 128) {
            const bytes = this.#bytes;
            const start = this.#position + 1;
            let at = 0;
            for (; at < units; at++) {
                const code = text.charCodeAt(at);
                if (code > 127)
                    break;
                bytes[start + at] = code;
            }
            if (at === units) {
                bytes[start - 1] = units;
                this.#position = start + units;
                return;
            }
        }
        this.#number(Buffer.byteLength(text, "utf8"));
        this.#position += this.#bytes.write(text, this.#position, "utf8");
    }
    /** Bytes that stand in the message as they are, such as an entity that was written before. */
    raw(bytes) {
        this.#reserve(bytes.length);
        this.#bytes.set(bytes, this.#position);
        this.#position += bytes.length;
    }
    /** Begins a message inside this one; `end` takes what this returns. */
    begin(tag) {
        this.#reserve(6);
        this.#number(tag);
        return this.#position++;
    }
    /** Ends it. The length was given one byte; longer messages are moved to make room for it. */
    end(start) {
        const length = this.#position - start - 1;
        if (length < 128) {
            this.#bytes[start] = length;
            return;
        }
        const size = length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < LOW_SIZE ? 4 : 5;
        this.#reserve(size);
        this.#bytes.copyWithin(start + size, start + 1, this.#position);
        this.#position = start;
        this.#number(length);
        this.#position += length;
    }
    #number(value) {
        const bytes = this.#bytes;
        let rest = value;
        while (rest >= LOW_SIZE) {
            bytes[this.#position++] = (rest % 128) | 128;
            rest = Math.floor(rest / 128);
        }
        while (rest > 127) {
            bytes[this.#position++] = (rest & 127) | 128;
            rest >>>= 7;
        }
        bytes[this.#position++] = rest;
    }
    /** Two's complement of 64 bits, seven bits a byte. */
    #negative(value) {
        let rest = BigInt.asUintN(64, BigInt(value));
        while (rest > 127n) {
            this.#bytes[this.#position++] = Number(rest & 127n) | 128;
            rest >>= 7n;
        }
        this.#bytes[this.#position++] = Number(rest);
    }
    #reserve(size) {
        const needed = this.#position + size;
        if (needed <= this.#bytes.length)
            return;
        const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
        this.#bytes.copy(larger, 0, 0, this.#position);
        this.#bytes = larger;
    }
}
