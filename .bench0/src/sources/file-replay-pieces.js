import { Failure } from "../model/failure.js";
const NEWLINE = 0x0a;
const EMPTY = new Uint8Array();
/**
 * A file as one piece, or as one per line that holds something, in bounded memory. Damage (a gzip that ends too early, a
 * line without end) becomes a piece of its own, so that it is counted downstream instead of stopping the replay.
 */
export async function* piecesOf(options) {
    const gather = new Gatherer(options.frameMaxBytes);
    let damage;
    let bytesRead = 0;
    try {
        for await (const chunk of chunksOf(options)) {
            bytesRead += chunk.length;
            if (options.split === "none") {
                gather.add(chunk);
                // What comes after the limit would be thrown away: there is no reason to read it.
                if (gather.isCut)
                    break;
                continue;
            }
            for (let start = 0; start < chunk.length;) {
                const end = chunk.indexOf(NEWLINE, start);
                gather.add(chunk.subarray(start, end < 0 ? chunk.length : end));
                if (end < 0)
                    break;
                const line = gather.take(true);
                if (line !== undefined)
                    yield line;
                start = end + 1;
            }
        }
    }
    catch (thrown) {
        if (!(thrown instanceof Failure) || !isDamage(thrown.code))
            throw thrown;
        damage = thrown.code;
    }
    const rest = gather.take(options.split === "lines");
    if (damage !== undefined)
        yield { bytes: rest?.bytes ?? EMPTY, damage };
    else if (rest !== undefined)
        yield rest;
    else if (options.split === "none" && bytesRead === 0)
        yield { bytes: EMPTY };
}
function chunksOf({ files, path, signal }) {
    return files.readChunks(path, { gunzip: path.toLowerCase().endsWith(".gz"), signal });
}
function isDamage(code) {
    return code === "decode.truncated" || code === "decode.format";
}
/** Collects chunks up to a limit. */
class Gatherer {
    #bytesMax;
    #parts = [];
    #bytes = 0;
    isCut = false;
    constructor(bytesMax) {
        this.#bytesMax = bytesMax;
    }
    add(part) {
        const room = this.#bytesMax - this.#bytes;
        if (part.length > room)
            this.isCut = true;
        const kept = part.length > room ? part.subarray(0, room) : part;
        if (kept.length === 0)
            return;
        this.#parts.push(kept);
        this.#bytes += kept.length;
    }
    /** What was collected, or undefined when that is nothing, or as a line nothing but blanks. */
    take(asLine) {
        // A copy: the file's chunk may be reused, and a frame must not hold a whole chunk for one line.
        const [first] = this.#parts;
        let bytes = first !== undefined && this.#parts.length === 1
            ? new Uint8Array(first)
            : Buffer.concat(this.#parts, this.#bytes);
        const isCut = this.isCut;
        this.#parts = [];
        this.#bytes = 0;
        this.isCut = false;
        if (asLine && bytes.at(-1) === 0x0d)
            bytes = bytes.subarray(0, -1);
        if (asLine && bytes.every((byte) => byte === 0x20 || byte === 0x09))
            return undefined;
        if (bytes.length === 0)
            return undefined;
        return isCut ? { bytes, damage: "cut at the frame limit" } : { bytes };
    }
}
