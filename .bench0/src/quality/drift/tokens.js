const QUOTE = 0x22;
const COLON = 0x3a;
const LESS = 0x3c;
/** `$GPRMC,…*4A` and `>RPV…<`: sentences of devices, whose values stand where names would. */
const SENTENCES = [0x24, 0x21, 0x3e];
const NEWLINE = 0x0a;
const NAME_MAX = 64;
const DELIMITERS = [0x2c, 0x3b, 0x09, 0x7c];
/** A key with so many digits in a row is somebody's number, and no name. */
const NUMBER_DIGITS = 3;
export function kindOf(bytes) {
    let at = 0;
    while (at < bytes.length && isSpace(bytes[at]))
        at++;
    const first = bytes[at];
    if (first === 0x7b || first === 0x5b)
        return "json";
    if (first === LESS)
        return "xml";
    if (first !== undefined && SENTENCES.includes(first))
        return "binary";
    for (let i = at; i < Math.min(bytes.length, at + 64); i++) {
        const byte = bytes[i];
        if (byte < 0x20 && !isSpace(byte))
            return "binary";
    }
    return "csv";
}
/** Tokens of a stretch of bytes, which may begin and end anywhere. */
export function readTokens(kind, bytes, from, to, sink) {
    if (kind === "json")
        jsonTokens(bytes, from, to, sink);
    else if (kind === "xml")
        xmlTokens(bytes, from, to, sink);
    else if (kind === "csv" && from === 0)
        csvTokens(bytes, to, sink);
}
/** `s` text, `n` number, `b` boolean, `o` object, `a` array, `x` an element, the delimiter of a column; 0: null, which says nothing. */
function typeOf(byte) {
    if (byte === QUOTE)
        return 0x73;
    if (byte === 0x7b)
        return 0x6f;
    if (byte === 0x5b)
        return 0x61;
    if (byte === 0x74 || byte === 0x66)
        return 0x62;
    return byte === 0x6e ? 0 : 0x6e;
}
/** A name is what stands in quotes before a colon: found from colon to colon, without reading what lies between. */
function jsonTokens(bytes, from, to, sink) {
    for (let colon = bytes.indexOf(COLON, from); colon >= 0 && colon < to; colon = bytes.indexOf(COLON, colon + 1)) {
        let end = colon - 1;
        while (end > from && isSpace(bytes[end]))
            end--;
        if (bytes[end] !== QUOTE)
            continue;
        const least = Math.max(from, end - NAME_MAX);
        let start = end - 1;
        while (start > least && bytes[start] !== QUOTE)
            start--;
        if (bytes[start] !== QUOTE)
            continue;
        let value = colon + 1;
        while (value < bytes.length && isSpace(bytes[value]))
            value++;
        const type = value < bytes.length ? typeOf(bytes[value]) : 0;
        if (type !== 0)
            token(bytes, start + 1, end, type, sink);
    }
}
function xmlTokens(bytes, from, to, sink) {
    for (let less = bytes.indexOf(LESS, from); less >= 0 && less < to; less = bytes.indexOf(LESS, less + 1)) {
        let end = less + 1;
        while (end < bytes.length && end - less < NAME_MAX && isName(bytes[end]))
            end++;
        if (end > less + 1)
            token(bytes, less + 1, end, 0x78, sink);
    }
}
/** The first line, if it is a header: no cell of it is a number. */
function csvTokens(bytes, to, sink) {
    const line = bytes.indexOf(NEWLINE);
    const end = line < 0 ? Math.min(to, bytes.length) : Math.min(line, to);
    let delimiter = 0;
    let start = 0;
    for (let at = 0; at <= end; at++) {
        const byte = at === end ? delimiter : bytes[at];
        if (delimiter === 0 && DELIMITERS.includes(byte))
            delimiter = byte;
        if (byte !== delimiter || delimiter === 0)
            continue;
        const first = bytes[start];
        if (at > start && !isDigit(first) && first !== 0x2d)
            token(bytes, start, at, delimiter, sink);
        start = at + 1;
    }
}
function token(bytes, from, to, type, sink) {
    let hash = 0x811c9dc5 ^ type;
    let digits = 0;
    for (let at = from; at < to; at++) {
        const byte = bytes[at];
        digits = isDigit(byte) ? digits + 1 : 0;
        if (digits >= NUMBER_DIGITS)
            return;
        hash = Math.imul(hash ^ byte, 0x01000193);
    }
    sink(hash >>> 0, from, to, type);
}
function isSpace(byte) {
    return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
function isDigit(byte) {
    return byte >= 0x30 && byte <= 0x39;
}
function isName(byte) {
    return ((byte >= 0x61 && byte <= 0x7a) ||
        (byte >= 0x41 && byte <= 0x5a) ||
        isDigit(byte) ||
        byte === 0x3a ||
        byte === 0x5f ||
        byte === 0x2d ||
        byte === 0x2e);
}
