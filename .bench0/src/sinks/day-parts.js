import { dirname, join } from "node:path";
import { Failure, kindOf, messageOf } from "../model/failure.js";
const DAY_PART = /^\d{4}-\d{2}-\d{2}\.part$/;
const PIECE_BYTES = 1024 * 1024;
const encoder = new TextEncoder();
/**
 * One working file per service date, appended to and synced per batch. Exactly once in effect: the lengths of all of them
 * are the state that is committed with the cursor. On open each is cut back to its length, and one that the state does not
 * know is removed: its rows were never committed, and come again.
 */
export class DayParts {
    #options;
    #lengths = new Map();
    #committed = new Map();
    /** The batch that the ends of the files stem from, and how long they were before it. */
    #last;
    constructor(options) {
        this.#options = options;
    }
    /** How much of each day will never be taken back. */
    get committedLengths() {
        return this.#committed;
    }
    pathOf(day) {
        return join(this.#options.directory, `${day}.part`);
    }
    /** @throws Failure when the state cannot be read, or the folder cannot be used. */
    async open(state) {
        const { files, directory } = this.#options;
        const known = state === undefined ? undefined : lengthsFromState(state, directory);
        this.#last = undefined;
        await files.makeDirectory(directory);
        const lengths = new Map();
        for (const { name, path, bytes } of await files.list(directory)) {
            if (!DAY_PART.test(name))
                continue;
            const day = name.slice(0, -".part".length);
            // A store that knows nothing takes over what another one left: those rows are nowhere else.
            if (known === undefined)
                lengths.set(day, bytes);
            else if (!known.has(day))
                await files.remove(path);
        }
        for (const [day, length] of known ?? [])
            lengths.set(day, await this.#cutBack(day, length));
        this.#lengths = lengths;
        this.committed();
        return state === undefined ? stateFromLengths(lengths) : undefined;
    }
    committed() {
        this.#committed = new Map(this.#lengths);
    }
    /** Appends the rows of each day. Written twice under one id they stand there once. */
    async write(batchId, rows) {
        const before = this.#last?.id === batchId ? this.#last.lengths : this.#lengths;
        const lengths = new Map(before);
        this.#lengths = lengths;
        try {
            for (const [day, text] of rows)
                lengths.set(day, await this.#append(day, lengths.get(day), text));
        }
        catch (thrown) {
            // What is beyond these lengths is cut off before the next attempt.
            this.#lengths = new Map(before);
            return deliveryOf(thrown, this.#options.directory);
        }
        this.#last = { id: batchId, lengths: new Map(before) };
        return { outcome: "ok", state: stateFromLengths(lengths) };
    }
    /** Leaves days out of the next state, where nothing of them waits for a commit. */
    forget(days) {
        for (const day of days)
            this.#lengths.delete(day);
    }
    /** Removes a working file that neither the committed state nor the next one knows. */
    async removeForgotten(day) {
        if (this.#committed.has(day) || this.#lengths.has(day))
            return false;
        await this.#options.files.remove(this.pathOf(day));
        return true;
    }
    async #append(day, length, text) {
        const { files, header } = this.#options;
        const begun = length ?? (await this.#begin(day));
        const bytes = encoder.encode(begun === 0 ? header + text : text);
        // Opened per batch: a failed sync leaves pages that nobody may trust, and hours may lie between two rows of a day.
        const file = await files.openAppend(this.pathOf(day));
        try {
            const start = await endAt(file, begun);
            await file.append(start === begun ? bytes : encoder.encode(start === 0 ? header + text : text));
            await file.sync();
            return await file.size();
        }
        finally {
            await file.close();
        }
    }
    /** Begins the working file of a day anew, from what was finished of the day before. */
    async #begin(day) {
        const { files } = this.#options;
        const path = this.pathOf(day);
        await files.remove(path);
        const finished = this.#options.finished?.(day);
        const found = finished === undefined ? undefined : await files.stat(finished);
        if (finished === undefined || found === undefined)
            return 0;
        await copyStart(files, finished, path, found.bytes);
        return found.bytes;
    }
    /** How long the file is then: the whole of what was finished stands in for a working file that somebody removed. */
    async #cutBack(day, length) {
        const { files } = this.#options;
        const path = this.pathOf(day);
        const found = (await files.stat(path))?.bytes ?? 0;
        if (found < length) {
            const finished = this.#options.finished?.(day);
            const bytes = finished === undefined ? 0 : ((await files.stat(finished))?.bytes ?? 0);
            if (finished === undefined || bytes <= found)
                return found;
            await copyStart(files, finished, path, Math.min(bytes, length));
            return Math.min(bytes, length);
        }
        if (found === length)
            return length;
        const file = await files.openAppend(path);
        try {
            await file.truncate(length);
            await file.sync();
        }
        finally {
            await file.close();
        }
        return length;
    }
}
/** Puts the first `bytes` of a file in the place of another. Readers of that see the old one or the new one. */
export async function copyStart(files, from, to, bytes) {
    const beside = `${to}.tmp`;
    await files.makeDirectory(dirname(to));
    await files.remove(beside);
    const source = await files.openRead(from);
    try {
        const target = await files.openAppend(beside);
        try {
            for (let at = 0; at < bytes; at += PIECE_BYTES) {
                await target.append(await source.read(at, Math.min(PIECE_BYTES, bytes - at)));
            }
            await target.sync();
        }
        finally {
            await target.close();
        }
    }
    finally {
        await source.close();
    }
    await files.rename(beside, to);
}
/** Where the next row belongs: pieces of an earlier attempt go, and a file that somebody shortened goes on at its end. */
async function endAt(file, wanted) {
    const size = await file.size();
    if (size > wanted)
        await file.truncate(wanted);
    return Math.min(size, wanted);
}
function deliveryOf(thrown, directory) {
    const failure = thrown instanceof Failure
        ? thrown
        : new Failure("store.busy", `Appending in ${directory} failed: ${messageOf(thrown)}`, {
            cause: thrown,
        });
    return kindOf(failure) === "transient"
        ? { outcome: "transient", failure }
        : { outcome: "bad_sink", failure };
}
function stateFromLengths(lengths) {
    return JSON.stringify({ days: Object.fromEntries(lengths) });
}
function lengthsFromState(state, directory) {
    try {
        const { days } = JSON.parse(state);
        const lengths = new Map();
        for (const [day, length] of Object.entries(days)) {
            if (!DAY_PART.test(`${day}.part`) || !Number.isSafeInteger(length) || length < 0)
                throw new RangeError(`"${day.slice(0, 40)}"`);
            lengths.set(day, length);
        }
        return lengths;
    }
    catch (thrown) {
        throw new Failure("store.corrupt", `The committed lengths of the files in ${directory} cannot be read (${messageOf(thrown)}); ` +
            "restore the store from a backup, or give the sink another name and folder to start new files", { cause: thrown });
    }
}
