const KINDS = new Map([
    [0x02, ["interior", false]],
    [0x05, ["interior", true]],
    [0x0a, ["leaf", false]],
    [0x0d, ["leaf", true]],
]);
const COLUMNS_MAX = 64;
/** Reads a page of a tree; undefined when it is none. What cannot be read of it is counted, and never guessed. */
export function decodePage(pages, number) {
    const page = pages.page(number);
    if (!page)
        return undefined;
    // The header of the database stands before the first page's own.
    const start = number === 1 ? 100 : 0;
    const found = KINDS.get(page[start] ?? 0);
    if (!found)
        return undefined;
    const [kind, isTable] = found;
    const headerBytes = kind === "interior" ? 12 : 8;
    const count = page.readUInt16BE(start + 3);
    const pointers = start + headerBytes;
    if (pointers + count * 2 > page.length)
        return undefined;
    const cells = [];
    const children = [];
    let damaged = 0;
    for (let cell = 0; cell < count; cell++) {
        const at = page.readUInt16BE(pointers + cell * 2);
        try {
            if (at < pointers + count * 2)
                throw new RangeError("a cell within the header");
            const reader = new CellReader(pages, page, at);
            if (kind === "interior")
                children.push(reader.pageNumber());
            if (kind === "interior" && isTable)
                reader.varint();
            else
                cells.push(reader.cell(isTable));
        }
        catch (thrown) {
            if (!(thrown instanceof RangeError))
                throw thrown;
            damaged++;
        }
    }
    if (kind === "interior")
        children.push(page.readUInt32BE(start + 8));
    return { kind, isTable, cells, children, damaged };
}
/** Throws a RangeError where what it reads is not what a cell has. */
class CellReader {
    #pages;
    #page;
    #at;
    constructor(pages, page, at) {
        this.#pages = pages;
        this.#page = page;
        this.#at = at;
    }
    pageNumber() {
        this.#at += 4;
        return this.#page.readUInt32BE(this.#at - 4);
    }
    varint() {
        const { value, next } = readVarint(this.#page, this.#at);
        this.#at = next;
        return value;
    }
    cell(isTable) {
        const bytes = this.varint();
        const rowNumber = isTable ? this.varint() : undefined;
        return { rowNumber, values: decodeRecord(this.#payload(bytes, isTable)) };
    }
    /** What does not fit into a page goes on in a chain of others. */
    #payload(bytes, isTable) {
        const usable = this.#page.length;
        if (!(bytes > 0 && bytes <= this.#pages.count * usable))
            throw new RangeError(`a payload of ${bytes} bytes`);
        const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
        const least = Math.floor(((usable - 12) * 32) / 255) - 23;
        const fitting = least + ((bytes - least) % (usable - 4));
        const local = bytes <= most ? bytes : fitting <= most ? fitting : least;
        if (this.#at + local > usable)
            throw new RangeError("a payload beyond the page");
        const parts = [this.#page.subarray(this.#at, this.#at + local)];
        let left = bytes - local;
        let next = left > 0 ? this.#page.readUInt32BE(this.#at + local) : 0;
        while (left > 0) {
            const page = this.#pages.page(next);
            if (!page)
                throw new RangeError(`page ${next} of a chain is missing`);
            const size = Math.min(left, usable - 4);
            parts.push(page.subarray(4, 4 + size));
            left -= size;
            next = page.readUInt32BE(0);
        }
        return Buffer.concat(parts);
    }
}
function decodeRecord(payload) {
    const header = readVarint(payload, 0);
    const types = [];
    let at = header.next;
    while (at < header.value) {
        const { value, next } = readVarint(payload, at);
        types.push(value);
        at = next;
        if (types.length > COLUMNS_MAX)
            throw new RangeError("too many columns");
    }
    if (at !== header.value)
        throw new RangeError("a header that does not end where it says");
    return types.map((type) => {
        const bytes = sizeOf(type);
        if (at + bytes > payload.length)
            throw new RangeError("a column beyond the payload");
        const piece = payload.subarray(at, at + bytes);
        at += bytes;
        return valueIn(type, piece);
    });
}
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];
function sizeOf(type) {
    return type < 10 ? INTEGER_BYTES[type] : Math.floor((type - 12) / 2);
}
function valueIn(type, bytes) {
    if (type === 0)
        return null;
    if (type === 8 || type === 9)
        return type - 8;
    if (type === 7)
        return bytes.readDoubleBE(0);
    if (type === 6)
        return Number(bytes.readBigInt64BE(0));
    if (type < 6)
        return bytes.readIntBE(0, bytes.length);
    if (type < 12)
        throw new RangeError(`a column of type ${type}`);
    if (type % 2 === 0)
        return new Uint8Array(bytes);
    try {
        return strict.decode(bytes);
    }
    catch (cause) {
        throw new RangeError("text that is not UTF-8", { cause });
    }
}
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Up to nine bytes, seven bits each and eight of the ninth, the most significant first. */
function readVarint(bytes, at) {
    let value = 0n;
    for (let i = 0; i < 9; i++) {
        const byte = bytes[at + i];
        if (byte === undefined)
            throw new RangeError("a number beyond the page");
        if (i === 8)
            return { value: Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte))), next: at + 9 };
        value = (value << 7n) | BigInt(byte & 0x7f);
        if (byte < 0x80)
            return { value: Number(value), next: at + i + 1 };
    }
    throw new RangeError("a number without end");
}
