const NEWLINE = 10;
const RETURN = 13;
/** Cuts bytes into lines, wherever the pieces in which they come begin and end. Empty lines are none. */
export class LineSplitter {
    #options;
    #pieces = [];
    #bytes = 0;
    #isTooLong = false;
    constructor(options) {
        this.#options = options;
    }
    /** Whether a line has begun and not ended that nobody was told of yet. */
    get isPartial() {
        return this.#pieces.some((piece) => !isBlank(piece));
    }
    push(bytes) {
        const { end } = this.#options;
        let from = 0;
        for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, from)) {
            this.#take(bytes.subarray(from, at + 1));
            this.#end();
            from = at + 1;
        }
        if (from < bytes.length)
            this.#take(bytes.subarray(from));
    }
    #take(piece) {
        if (this.#isTooLong)
            return;
        this.#bytes += piece.length;
        // Two more than the limit: what ends a line does not count.
        if (this.#bytes > this.#options.lineMaxBytes + 2) {
            this.#isTooLong = true;
            this.#pieces = [];
            this.#options.onTooLong();
        }
        else
            this.#pieces.push(piece.slice());
    }
    #end() {
        const pieces = this.#pieces;
        const isTooLong = this.#isTooLong;
        this.#pieces = [];
        this.#bytes = 0;
        this.#isTooLong = false;
        if (isTooLong)
            return;
        const line = trimmed(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
        if (line.length > this.#options.lineMaxBytes)
            this.#options.onTooLong();
        else if (!isBlank(line))
            this.#options.onLine(line);
    }
}
/** Without line breaks around it. */
function trimmed(line) {
    let start = 0;
    let end = line.length;
    while (start < end && isBreak(line[start]))
        start++;
    while (end > start && isBreak(line[end - 1]))
        end--;
    return line.subarray(start, end);
}
function isBlank(bytes) {
    return bytes.every((byte) => isBreak(byte) || byte === 32 || byte === 9 || byte === 0);
}
function isBreak(byte) {
    return byte === NEWLINE || byte === RETURN;
}
