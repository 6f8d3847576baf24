import { dirname, resolve } from "node:path";
import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
import { deliveryJson } from "./delivery-json.js";
const options = z.strictObject({
    path: z
        .string()
        .min(1)
        .describe("The file to append to; folders that are missing are made. Relative to the configuration file."),
    batch: z
        .strictObject({
        count: z.int().min(1).max(100_000).default(2000).describe("Records at the most in one append."),
        bytes: bytesOption().prefault("2MiB").describe("Size of one append, estimated."),
        every: durationOption().prefault("1s").describe("Longest wait for more records before an append."),
    })
        .prefault({})
        .describe("How much is appended and synced at once."),
});
/**
 * Appends one line of JSON per record (`deliveryJson`), synced per batch. Exactly once in effect: the length after each
 * batch is committed together with the cursor, and whatever lies beyond the committed length is cut off on open.
 * A file that was moved away or shortened by somebody else goes on at the end of what is there.
 */
export const definition = Object.freeze({
    type: "ndjson-file",
    summary: "Appends one JSON line per record to a file, exactly once in effect.",
    options,
    folders: ({ path }) => ({ path: dirname(path) }),
    create: (chosen, context) => new NdjsonFileSink(context.runtime.files, resolve(context.baseDirectory, chosen.path), chosen.batch),
});
const encoder = new TextEncoder();
class NdjsonFileSink {
    kind = "delivery";
    needs;
    #files;
    #path;
    #file;
    /** How much of the file is known to be good. */
    #length = 0;
    /** The batch that the end of the file stems from, and where it began: sent again, it is written over itself. */
    #last;
    constructor(files, path, batch) {
        this.#files = files;
        this.#path = path;
        this.needs = {
            exclusive: true,
            batch: { count: batch.count, bytes: batch.bytes, everyMs: batch.every },
        };
    }
    async open(state) {
        const known = state === undefined ? undefined : lengthFromState(state, this.#path);
        await this.close();
        await this.#files.makeDirectory(dirname(this.#path));
        const file = await this.#files.openAppend(this.#path);
        try {
            this.#length = await endAt(file, known ?? Number.POSITIVE_INFINITY);
            await file.sync();
        }
        catch (thrown) {
            await file.close();
            throw thrown;
        }
        this.#file = file;
        this.#last = undefined;
        return state === undefined ? stateFromLength(this.#length) : undefined;
    }
    async write(batch) {
        const wanted = this.#last?.id === batch.id ? this.#last.start : this.#length;
        let text = "";
        for (const record of batch.records)
            text += `${deliveryJson(record)}\n`;
        const bytes = encoder.encode(text);
        try {
            this.#file ??= await this.#files.openAppend(this.#path);
            const start = await endAt(this.#file, wanted);
            await this.#file.append(bytes);
            await this.#file.sync();
            this.#length = start + bytes.byteLength;
            this.#last = { id: batch.id, start };
        }
        catch (thrown) {
            this.#length = wanted;
            await this.#abandon();
            return deliveryOf(thrown, this.#path);
        }
        return { outcome: "ok", state: stateFromLength(this.#length) };
    }
    async close() {
        const file = this.#file;
        this.#file = undefined;
        await file?.close();
    }
    /**
     * After a failure the file is closed and opened anew: what a failed sync left in the cache of the system cannot be
     * trusted, so that the batch is cut off and written again instead of synced again.
     */
    async #abandon() {
        const file = this.#file;
        this.#file = undefined;
        try {
            await file?.close();
        }
        catch {
            // The failure that led here is the one that is reported; a handle that does not close adds nothing to it.
        }
    }
}
/**
 * Makes the file end where the next line belongs, and answers where that is: an earlier attempt may have left a piece of
 * itself behind, and a file that somebody else shortened goes on at its end.
 */
async function endAt(file, wanted) {
    const size = await file.size();
    if (size > wanted)
        await file.truncate(wanted);
    return Math.min(size, wanted);
}
function deliveryOf(thrown, path) {
    const failure = thrown instanceof Failure
        ? thrown
        : new Failure("store.busy", `Appending to ${path} failed: ${messageOf(thrown)}`, { cause: thrown });
    return kindOf(failure) === "transient"
        ? { outcome: "transient", failure }
        : { outcome: "bad_sink", failure };
}
function stateFromLength(length) {
    return `${length}`;
}
function lengthFromState(state, path) {
    const length = Number(state);
    if (!Number.isSafeInteger(length) || length < 0) {
        throw new Failure("store.corrupt", `The committed length of ${path} reads "${state.slice(0, 40)}", which is no number of bytes; ` +
            "restore the store from a backup, or give the sink another name to start a new file");
    }
    return length;
}
