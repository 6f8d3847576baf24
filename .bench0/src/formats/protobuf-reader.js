/** Slots of the memo of short strings: ids, dates and route names that come back in every frame. A power of two. */
const SLOTS = 8192;
const MEMO_LENGTH_MAX = 40;
const GROUP_DEPTH_MAX = 64;
const EXTENSION_TAG_MIN = 1000 << 3;
/** A 64-bit number is read as its lowest 28 bits and the 36 above. */
const LOW_BITS = 28;
const LOW_SIZE = 2 ** LOW_BITS;
const HIGH_SIZE = 2 ** (64 - LOW_BITS);
/**
 * Short ASCII strings by their bytes, so that an id that stands in every frame is made once. It changes no result, only
 * the time; it is bounded by its slots, each of which holds the string that came last.
 */
export class StringMemo {
    #slots = new Array(SLOTS).fill(undefined);
    /** The text of `bytes` from `start` to `end`. Bytes that are not UTF-8 become U+FFFD. */
    read(bytes, start, end) {
        const length = end - start;
        if (length === 0)
            return "";
        if (length > MEMO_LENGTH_MAX)
            return bytes.toString("utf8", start, end);
        let hash = length;
        let or = 0;
        for (let at = start; at < end; at++) {
            const byte = bytes[at];
            or |= byte;
            hash = (Math.imul(hash, 31) + byte) | 0;
        }
        if (or > 127)
            return bytes.toString("utf8", start, end);
        const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
        const known = this.#slots[slot];
        if (known !== undefined && known.length === length && same(known, bytes, start))
            return known;
        const text = bytes.toString("latin1", start, end);
        this.#slots[slot] = text;
        return text;
    }
}
function same(text, bytes, start) {
    for (let i = text.length - 1; i >= 0; i--) {
        if (text.charCodeAt(i) !== bytes[start + i])
            return false;
    }
    return true;
}
/**
 * Reads the protobuf wire format without ever throwing. After something impossible `broken` says what, and `position`
 * stands at the limit, so that every loop over fields ends; whoever reads on sets both again.
 *
 * wire = { tag value }   tag = varint(field << 3 | type)
 * type 0 varint, 1 eight bytes, 2 length and bytes, 3 and 4 group (only skipped), 5 four bytes
 */
export class ProtobufReader {
    bytes;
    position = 0;
    /** Nothing is read from here on. An entity is read with its own end as the limit, so that none costs more than itself. */
    limit;
    broken;
    /** How many fields numbered 1000 and above were passed over. */
    extensions = 0;
    #view;
    #memo;
    /** The last number of five bytes and more in two exact parts: a double alone holds only 53 of its 64 bits. */
    #low = 0;
    #high = 0;
    constructor(bytes, memo = new StringMemo()) {
        this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.#memo = memo;
        this.limit = bytes.length;
    }
    /** Notes why the bytes cannot be read. The first reason stays. */
    fail(reason) {
        this.broken ??= `${reason} at byte ${this.position}`;
        this.position = this.limit;
    }
    /** Up to 64 bits without sign. Beyond 2^53 the lowest digits are lost, which no field of a transit feed needs. */
    varint() {
        const bytes = this.bytes;
        const length = this.limit;
        let at = this.position;
        if (at >= length)
            return this.#ended();
        let byte = bytes[at++];
        if (byte < 128) {
            this.position = at;
            return byte;
        }
        let low = byte & 127;
        for (let shift = 7; shift < 28; shift += 7) {
            if (at >= length)
                return this.#ended();
            byte = bytes[at++];
            low |= (byte & 127) << shift;
            if (byte < 128) {
                this.position = at;
                return low;
            }
        }
        let high = 0;
        for (let index = 0; index < 6; index++) {
            if (at >= length)
                return this.#ended();
            byte = bytes[at++];
            high += (byte & 127) * 2 ** (7 * index);
            if (byte < 128) {
                this.position = at;
                this.#low = low;
                this.#high = high;
                return high * LOW_SIZE + low;
            }
        }
        this.fail("a number of more than ten bytes");
        return 0;
    }
    /** int32 and enums: negative numbers come as ten bytes, of which the lowest 32 bits count. */
    int32() {
        const value = this.varint();
        return value < 0x8000_0000 ? value : this.#low | (this.#high << LOW_BITS);
    }
    /** int64: negative numbers come as ten bytes. */
    int64() {
        const value = this.varint();
        if (value < 2 ** 63)
            return value;
        return ((this.#high % HIGH_SIZE) - HIGH_SIZE) * LOW_SIZE + this.#low;
    }
    float() {
        const at = this.position;
        if (at + 4 > this.limit)
            return this.#ended();
        this.position = at + 4;
        return this.#view.getFloat32(at, true);
    }
    double() {
        const at = this.position;
        if (at + 8 > this.limit)
            return this.#ended();
        this.position = at + 8;
        return this.#view.getFloat64(at, true);
    }
    string() {
        const end = this.lengthDelimited();
        const start = this.position;
        if (this.broken !== undefined)
            return "";
        this.position = end;
        return this.#memo.read(this.bytes, start, end);
    }
    /** Reads a length and returns where the bytes that follow end. */
    lengthDelimited() {
        const length = this.varint();
        const end = this.position + length;
        if (end > this.limit) {
            this.fail(`a length of ${length} where ${this.limit - this.position} bytes are left`);
            return this.limit;
        }
        return end;
    }
    /** Passes over the value of a field that nobody asked for. */
    skip(tag) {
        let depth = 0;
        let current = tag;
        if (tag >= EXTENSION_TAG_MIN)
            this.extensions++;
        for (;;) {
            switch (current & 7) {
                case 0:
                    this.varint();
                    break;
                case 1:
                    this.#advance(8);
                    break;
                case 2:
                    this.position = this.lengthDelimited();
                    break;
                case 3:
                    if (++depth > GROUP_DEPTH_MAX)
                        this.fail(`groups nested deeper than ${GROUP_DEPTH_MAX}`);
                    break;
                case 4:
                    if (--depth < 0)
                        this.fail("the end of a group that never began");
                    break;
                case 5:
                    this.#advance(4);
                    break;
                default:
                    this.fail(`wire type ${current & 7}, which does not exist,`);
            }
            if (depth <= 0 || this.broken !== undefined)
                return;
            current = this.varint();
        }
    }
    #advance(count) {
        if (this.position + count > this.limit)
            this.#ended();
        else
            this.position += count;
    }
    #ended() {
        this.fail("the bytes end in the middle of a value");
        return 0;
    }
}
