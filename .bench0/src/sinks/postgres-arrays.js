/** The server's own numbers of the types (pg_type.oid), which never change. */
const OIDS = {
    boolean: 16,
    integer: 23,
    text: 25,
    "double precision": 701,
};
const WIDTHS = {
    boolean: 1,
    integer: 4,
    "double precision": 8,
};
/** Dimensions, whether a cell is NULL, type; then of the one dimension its length and its first index. */
const HEADER_BYTES = 20;
const EMPTY_HEADER_BYTES = 12;
const LENGTH_BYTES = 4;
const IS_NULL = -1;
/** What one unit of a text takes in UTF-8 at the most. */
const UTF8_MAX = 3;
/**
 * A column's cells as PostgreSQL's own array (what `array_recv` reads): a header, then each cell behind its length. As text
 * each cell would be quoted and escaped here and read again there, which was the largest part of what the sink took. A number
 * that does not fit its column throws.
 */
export function arrayOf(type, cells) {
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + boundOf(type, cells));
    bytes.writeInt32BE(cells.length === 0 ? 0 : 1, 0);
    bytes.writeInt32BE(cells.includes(null) ? 1 : 0, 4);
    bytes.writeInt32BE(OIDS[type], 8);
    if (cells.length === 0)
        return bytes.subarray(0, EMPTY_HEADER_BYTES);
    bytes.writeInt32BE(cells.length, EMPTY_HEADER_BYTES);
    bytes.writeInt32BE(1, EMPTY_HEADER_BYTES + LENGTH_BYTES);
    let at = HEADER_BYTES;
    for (const cell of cells) {
        const length = cell === null ? IS_NULL : write(bytes, at + LENGTH_BYTES, type, cell);
        bytes.writeInt32BE(length, at);
        at += LENGTH_BYTES + Math.max(0, length);
    }
    return bytes.subarray(0, at);
}
/** Answers how many bytes it wrote. */
function write(bytes, at, type, cell) {
    switch (type) {
        case "text":
            return bytes.write(String(cell), at, "utf8");
        case "boolean":
            return bytes.writeUInt8(cell === true ? 1 : 0, at) - at;
        case "integer":
            return bytes.writeInt32BE(Number(cell), at) - at;
        case "double precision":
            return bytes.writeDoubleBE(Number(cell), at) - at;
    }
}
function boundOf(type, cells) {
    if (type !== "text")
        return cells.length * (LENGTH_BYTES + WIDTHS[type]);
    let bound = cells.length * LENGTH_BYTES;
    for (const cell of cells)
        if (cell !== null)
            bound += String(cell).length * UTF8_MAX;
    return bound;
}
