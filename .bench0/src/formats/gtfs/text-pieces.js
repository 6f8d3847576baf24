import { Failure } from "../../model/failure.js";
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** A line that is longer than this is no line of a table. */
const LINE_BYTES_MAX = 1024 * 1024;
/** How much is looked at before it is decided how the file is written. */
const LOOK_BYTES = 4096;
/**
 * Bytes of a file to text, in pieces that end with a line end. UTF-8 is the rule; byte-order marks, UTF-16 without one
 * and single-byte Western text are found too, and said. Line ends become line feeds.
 */
export class PieceDecoder {
    #file;
    #findings;
    #mode;
    #lineEnd = LINE_FEED;
    #carry = new Uint8Array(0);
    #wide;
    #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    #western = new TextDecoder("windows-1252");
    constructor(file, findings) {
        this.#file = file;
        this.#findings = findings;
    }
    /** `line` is the number of the line in which these bytes begin, as far as it is known. */
    *push(chunk, line) {
        let bytes = this.#joined(chunk);
        if (this.#mode === undefined) {
            if (!showsLineEnd(bytes) && bytes.length < LOOK_BYTES) {
                this.#carry = bytes.slice();
                return;
            }
            bytes = this.#begin(bytes);
        }
        if (this.#wide !== undefined) {
            yield this.#lines(this.#wide.decode(bytes, { stream: true }));
            return;
        }
        const end = bytes.lastIndexOf(this.#lineEnd) + 1;
        this.#carry = bytes.slice(end);
        if (this.#carry.length > LINE_BYTES_MAX) {
            throw new Failure("decode.limit", `a line has more than ${LINE_BYTES_MAX} bytes`);
        }
        if (end > 0)
            yield this.#text(bytes.subarray(0, end), line);
    }
    /** What is left when the file has ended without a line end. */
    end(line) {
        let rest = this.#carry;
        this.#carry = new Uint8Array(0);
        if (this.#mode === undefined)
            rest = this.#begin(rest);
        if (this.#wide !== undefined)
            return this.#lines(this.#wide.decode(rest));
        return rest.length === 0 ? "" : this.#text(rest, line);
    }
    #joined(chunk) {
        if (this.#carry.length === 0)
            return chunk;
        const joined = new Uint8Array(this.#carry.length + chunk.length);
        joined.set(this.#carry);
        joined.set(chunk, this.#carry.length);
        this.#carry = new Uint8Array(0);
        return joined;
    }
    /** Finds out how the file is written; answers the bytes without a byte-order mark. */
    #begin(bytes) {
        const [a = -1, b = -1, c = -1, d = -1] = bytes;
        this.#mode = "utf-8";
        let skip = 0;
        if (a === 0xef && b === 0xbb && c === 0xbf)
            skip = 3;
        else if (a === 0xff && b === 0xfe)
            [this.#mode, skip] = ["utf-16le", 2];
        else if (a === 0xfe && b === 0xff)
            [this.#mode, skip] = ["utf-16be", 2];
        else if (b === 0 && d === 0 && a > 0)
            this.#mode = "utf-16le";
        else if (a === 0 && c === 0 && b > 0)
            this.#mode = "utf-16be";
        if (this.#mode !== "utf-8") {
            this.#say(1, this.#mode.toUpperCase(), "is the encoding where GTFS wants UTF-8; it is read all the same");
            this.#wide = new TextDecoder(this.#mode);
        }
        const rest = bytes.subarray(skip);
        const look = rest.subarray(0, LOOK_BYTES);
        if (!look.includes(LINE_FEED) && look.includes(CARRIAGE_RETURN))
            this.#lineEnd = CARRIAGE_RETURN;
        return rest;
    }
    #text(bytes, line) {
        const text = this.#mode === "windows-1252" ? this.#western.decode(bytes) : this.#strict(bytes, line);
        return this.#lines(text);
    }
    #lines(text) {
        return this.#lineEnd === CARRIAGE_RETURN ? text.replaceAll("\r", "\n") : text;
    }
    /** From the first byte on that is not UTF-8, the rest of the file is read as Windows-1252. */
    #strict(bytes, line) {
        try {
            return this.#utf8.decode(bytes);
        }
        catch {
            // The only thing asked is whether these bytes are UTF-8; that they are not is said below.
            this.#mode = "windows-1252";
            const { number, text } = this.#firstBroken(bytes, line);
            this.#say(number, text, "is not UTF-8; from here on the file is read as Windows-1252");
            return this.#western.decode(bytes);
        }
    }
    #firstBroken(bytes, line) {
        let number = line;
        for (let at = 0; at < bytes.length; number++) {
            const found = bytes.indexOf(this.#lineEnd, at);
            const end = found < 0 ? bytes.length : found;
            const one = bytes.subarray(at, end);
            try {
                this.#utf8.decode(one);
            }
            catch {
                // As above: the throw is the answer.
                return { number, text: this.#western.decode(one) };
            }
            at = end + 1;
        }
        return { number: line, text: "" };
    }
    #say(line, value, message) {
        const mend = "export it as UTF-8";
        this.#findings.add({
            severity: "warning",
            code: "encoding",
            file: this.#file,
            line,
            value,
            message,
            mend,
        });
    }
}
/** True when the bytes hold the first line and enough of the next to tell how lines end, in any encoding. */
function showsLineEnd(bytes) {
    const first = bytes.findIndex((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN);
    return first >= 0 && bytes.length >= Math.max(4, first + 4);
}
