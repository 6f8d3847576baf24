/** Reading back so many records takes about half a second; what is served at all is read in less. */
const RECORDS_MAX = 100_000;
/** A checkpoint that is written for fewer records than this for each that stands would cost more than it saves. */
const RECORDS_PER_STANDING = 16;
/**
 * Bounds what a serving sink reads back when it starts. Without one it reads all records of its horizon, which after a
 * flood are millions; a sink that can say what stands has that written, in the commit of the cursor that it belongs to,
 * whenever as many records were read as a start may read back.
 */
export class Checkpoints {
    #log;
    #name;
    #routes;
    #sink;
    #recordsMax;
    /** Records read since the last checkpoint. */
    #read = 0;
    constructor({ log, name, routes, checkpointRecords }, sink) {
        this.#log = log;
        this.#name = `sink/${name}/checkpoint`;
        this.#routes = JSON.stringify(routes.map(({ feed, kinds }) => [feed, kinds ?? null]));
        this.#sink = sink;
        this.#recordsMax = checkpointRecords ?? RECORDS_MAX;
    }
    /** So many records were read. */
    count(records) {
        this.#read += records;
    }
    /** Gives the sink what stood. Answers from where each partition has to be read; undefined: all of the horizon. */
    async restore() {
        if (this.#sink.resume === undefined)
            return undefined;
        const bytes = await this.#log.state(this.#name);
        const found = bytes && parsed(new TextDecoder().decode(bytes));
        if (found === undefined || found.routes !== this.#routes)
            return undefined;
        this.#sink.resume(found.standing);
        return found.next;
    }
    /** State for the commit that moves the cursors to `next`; nothing where none is due. */
    due(next) {
        if (this.#read < this.#recordsMax || this.#sink.standing === undefined)
            return undefined;
        const standing = this.#sink.standing();
        if (this.#read < standing.length * RECORDS_PER_STANDING)
            return undefined;
        const checkpoint = { v: 1, routes: this.#routes, next, standing };
        return { name: this.#name, bytes: JSON.stringify(checkpoint), covers: this.#read };
    }
    /** The commit with that state holds. */
    committed(covers) {
        this.#read -= covers;
    }
}
/** Undefined for what another version wrote, or nobody: the log then has to say it again. */
function parsed(text) {
    try {
        const json = JSON.parse(text);
        return json.v === 1 && Array.isArray(json.next) && Array.isArray(json.standing)
            ? json
            : undefined;
    }
    catch {
        // Answered like any other state that is not ours: all of the horizon is read.
        return undefined;
    }
}
