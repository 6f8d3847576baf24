import { Failure } from "../../model/failure.js";
import { sleep } from "../../runtime/runtime.js";
import { Weather } from "./weather.js";
const CAPACITY_MIN_BYTES = 65_536;
const NEVER = new Promise(() => undefined);
/**
 * The disk for files that sinks append to. What was not synced may be gone, or half there, after a process died; an append
 * that fails may have written a piece.
 */
export class HostileDisk {
    weather;
    #options;
    #files = new Map();
    constructor(options) {
        this.#options = options;
        this.weather = new Weather(options.troubles);
    }
    text(path) {
        const file = this.#files.get(path);
        return file === undefined ? "" : new TextDecoder().decode(file.bytes.subarray(0, file.length));
    }
    /** The process died. */
    crash() {
        for (const file of this.#files.values()) {
            file.length = this.#options.dice.whole(Math.min(file.synced, file.length), file.length);
            file.synced = file.length;
        }
    }
    /** As one process sees it; for a dead one nothing ever answers. */
    filesOf(files, isAlive) {
        return {
            ...files,
            makeDirectory: async () => undefined,
            space: async () => ({ freeBytes: 1e12, totalBytes: 2e12 }),
            openAppend: async (path) => this.#open(path, isAlive),
        };
    }
    #open(path, isAlive) {
        let file = this.#files.get(path);
        if (file === undefined) {
            file = { bytes: new Uint8Array(CAPACITY_MIN_BYTES), length: 0, synced: 0 };
            this.#files.set(path, file);
        }
        const known = file;
        return {
            size: async () => known.length,
            append: async (bytes) => {
                if (!isAlive())
                    await NEVER;
                const fault = await this.#trouble(isAlive);
                const piece = fault === "full" ? bytes.subarray(0, this.#options.dice.whole(0, bytes.length)) : bytes;
                write(known, piece);
                if (fault === "full")
                    throw new Failure("store.full", `No space is left for ${path}`);
            },
            sync: async () => {
                if (!isAlive())
                    await NEVER;
                if ((await this.#trouble(isAlive)) === "failed-sync") {
                    throw new Failure("store.busy", `${path} was not synced`);
                }
                known.synced = known.length;
            },
            truncate: async (bytes) => {
                if (!isAlive())
                    await NEVER;
                known.length = Math.min(known.length, bytes);
                known.synced = Math.min(known.synced, bytes);
            },
            close: async () => undefined,
        };
    }
    async #trouble(isAlive) {
        const { clock, dice, trace, sinceStart } = this.#options;
        const fault = this.weather.faultAt(sinceStart(), dice.next())?.fault;
        if (fault === undefined)
            return undefined;
        trace.tell("disk", fault);
        if (fault === "slow")
            await sleep(clock, dice.whole(50, 8000), undefined, { ref: false });
        if (!isAlive())
            await NEVER;
        return fault;
    }
}
function write(file, piece) {
    const end = file.length + piece.length;
    if (end > file.bytes.length) {
        const larger = new Uint8Array(Math.max(end, file.bytes.length * 2));
        larger.set(file.bytes.subarray(0, file.length));
        file.bytes = larger;
    }
    file.bytes.set(piece, file.length);
    file.length = end;
}
