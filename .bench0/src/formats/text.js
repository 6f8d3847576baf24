/**
 * Bytes to text for feeds whose encoding nobody promises: byte-order marks, UTF-16 without one, UTF-8 with a broken
 * byte, and single-byte Western text all become readable, and nothing is thrown.
 */
const LABELS = {
    "utf-8": "utf-8",
    utf8: "utf-8",
    "us-ascii": "utf-8",
    ascii: "utf-8",
    "utf-16le": "utf-16le",
    "utf-16be": "utf-16be",
    "iso-8859-1": "windows-1252",
    "iso-8859-15": "windows-1252",
    latin1: "windows-1252",
    "windows-1252": "windows-1252",
    cp1252: "windows-1252",
};
/**
 * Reads bytes as text. A byte-order mark wins over `charset` (of a Content-Type or an XML declaration), which wins over
 * the evidence in the bytes. A charset that is not known here is ignored.
 */
export function decodeText(bytes, charset) {
    const marked = markOf(bytes);
    const declared = charset === undefined ? undefined : LABELS[charset.trim().toLowerCase()];
    const encoding = marked ?? wide(bytes) ?? declared;
    if (encoding !== undefined && encoding !== "utf-8")
        return withEncoding(bytes, encoding);
    try {
        return {
            text: new TextDecoder("utf-8", { fatal: true }).decode(bytes),
            encoding: "utf-8",
            damaged: false,
        };
    }
    catch {
        // Not UTF-8 throughout: the reading below is marked as damaged, and keeps what can be read.
        return repaired(bytes, encoding === "utf-8");
    }
}
/** The charset parameter of a Content-Type such as `text/xml; charset="utf-8"`. */
export function charsetOf(contentType) {
    if (contentType === undefined)
        return undefined;
    const at = contentType.toLowerCase().indexOf("charset=");
    if (at < 0)
        return undefined;
    const value = contentType.slice(at + "charset=".length).split(";", 1)[0] ?? "";
    const plain = value.replaceAll('"', "").trim();
    return plain.length === 0 ? undefined : plain;
}
/**
 * The lines of a text, ended by LF, CRLF or CR, without their ends; the last one need not be ended. At most `linesMax`
 * are given, and the rest of the text is left out.
 */
export function* linesOf(text, linesMax = Number.POSITIVE_INFINITY) {
    let start = 0;
    for (let count = 0; count < linesMax && start < text.length; count++) {
        const end = endOfLine(text, start);
        yield text.slice(start, end);
        start = text.charCodeAt(end) === 13 && text.charCodeAt(end + 1) === 10 ? end + 2 : end + 1;
    }
}
function endOfLine(text, from) {
    for (let at = from; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === 10 || code === 13)
            return at;
    }
    return text.length;
}
function markOf(bytes) {
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
        return "utf-8";
    if (bytes[0] === 0xff && bytes[1] === 0xfe)
        return "utf-16le";
    if (bytes[0] === 0xfe && bytes[1] === 0xff)
        return "utf-16be";
    return undefined;
}
/** Text of two bytes a character without a mark: it begins with an ASCII character, so every other byte is zero. */
function wide(bytes) {
    if (bytes.length < 4)
        return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    if (a !== 0 && b === 0 && c !== 0 && d === 0)
        return "utf-16le";
    if (a === 0 && b !== 0 && c === 0 && d !== 0)
        return "utf-16be";
    return undefined;
}
function withEncoding(bytes, encoding) {
    const text = new TextDecoder(encoding).decode(bytes);
    return { text, encoding, damaged: encoding !== "windows-1252" && text.includes("\uFFFD") };
}
/** One broken byte in good UTF-8 costs one character; text that holds no good sequence at all is single-byte text. */
function repaired(bytes, isUtf8) {
    const text = new TextDecoder("utf-8").decode(bytes);
    if (isUtf8)
        return { text, encoding: "utf-8", damaged: true };
    let good = 0;
    let bad = 0;
    for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code === 0xfffd)
            bad++;
        else if (code > 0x7f)
            good++;
    }
    if (good >= bad)
        return { text, encoding: "utf-8", damaged: true };
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252", damaged: true };
}
