import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { fieldOf, parseJson } from "../formats/json.js";
import { parseJsonPath } from "../formats/json-path.js";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { sleep } from "../runtime/runtime.js";
import { piecesOf } from "./file-replay-pieces.js";
import { timeInJson, timeInName } from "./file-replay-time.js";
const timeOption = z.string().transform((text, context) => {
    if (text === "name" || text === "modified")
        return text;
    const path = text.startsWith("json:") ? parseJsonPath(text.slice(5)) : undefined;
    if (path !== undefined)
        return path;
    context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is neither name, modified nor a place in JSON such as json:header.timestamp`,
    });
    return z.NEVER;
});
/** How much faster than the capture; 0 is as fast as possible. */
const paceOption = z.string().transform((text, context) => {
    if (text === "fast")
        return 0;
    if (text === "original")
        return 1;
    const factor = /^(\d+(?:\.\d+)?)x$/.exec(text)?.[1];
    if (factor !== undefined && Number(factor) > 0)
        return Number(factor);
    context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} is no pace: use original, fast, or a factor such as 10x`,
    });
    return z.NEVER;
});
const pathOption = z.string().min(1);
const optionsSchema = z.strictObject({
    paths: z
        .union([pathOption, z.array(pathOption).min(1)])
        .describe("Files, and folders whose files are read in the order of their names. .gz is unpacked."),
    extensions: z
        .array(z.string().regex(/^[A-Za-z0-9]+$/))
        .min(1)
        .optional()
        .describe("In folders: only files that end so, a .gz behind it apart, such as [pb]. Default: all files."),
    split: z
        .enum(["none", "lines"])
        .default("none")
        .describe("`lines` makes a frame of every line (NDJSON, NMEA) instead of one of the whole file."),
    pace: paceOption
        .prefault("fast")
        .describe("original, fast (as fast as intake takes it) or a factor such as 10x."),
    time: timeOption
        .prefault("name")
        .describe("Where a frame's original time stands, for the pace: name (of the file), modified, or json:PATH. " +
        "A frame without one follows at once."),
    waitMax: durationOption({ minMs: 1 })
        .prefault("1h")
        .describe("Longest pause between two frames, so that a hole in the capture does not stop the replay."),
    frameLimit: bytesOption({ minBytes: 1024 })
        .prefault("32MiB")
        .describe("Longer files and lines are cut here, and become dead letters."),
});
export const definition = Object.freeze({
    type: "file-replay",
    summary: "Plays captured files: as fast as possible, or at the pace at which they were captured.",
    options: optionsSchema,
    create: (options, context) => ({
        kind: "stream",
        open: ({ cursor, signal }) => replay(options, context, cursor, signal),
    }),
});
async function* replay(options, context, cursor, signal) {
    if (signal.aborted)
        throw signal.reason;
    const files = await filesOf(options, context);
    const from = placeOf(cursor, files);
    const pacer = new Pacer(options, context);
    for (const [index, file] of files.entries()) {
        if (index < from.index)
            continue;
        let number = 0;
        const first = index === from.index ? from.piece : 0;
        // The one frame of a file that is done: there is no need to read it again.
        if (options.split === "none" && first > 0)
            continue;
        const pieces = piecesOf({
            files: context.runtime.files,
            path: file.entry.path,
            split: options.split,
            frameMaxBytes: options.frameLimit,
            signal,
        });
        for await (const piece of pieces) {
            if (number++ < first)
                continue;
            const recordedTime = timeOf(piece, file, options.time);
            await pacer.wait(recordedTime, signal);
            yield itemOf(piece, file, number, recordedTime, context.runtime.clock.now());
        }
    }
}
function itemOf(piece, file, number, recordedTime, receivedTime) {
    const meta = { name: withoutGz(file.entry.name) };
    if (recordedTime !== undefined)
        meta["recordedTime"] = String(recordedTime);
    if (piece.damage !== undefined)
        meta["damage"] = piece.damage;
    return {
        bytes: piece.bytes,
        receivedTime,
        connection: `file ${file.label}`,
        meta,
        cursor: JSON.stringify({ v: 1, file: file.label, next: number }),
    };
}
async function filesOf(options, context) {
    const { files } = context.runtime;
    const endings = options.extensions?.map((extension) => `.${extension.toLowerCase()}`);
    const found = [];
    for (const path of typeof options.paths === "string" ? [options.paths] : options.paths) {
        const place = isAbsolute(path) ? path : resolve(context.baseDirectory, path);
        const entry = await files.stat(place);
        if (entry === undefined) {
            throw new Failure("config.invalid", `There is no file or folder ${place}; check paths of file-replay`);
        }
        if (!entry.isDirectory) {
            found.push({ entry, label: path });
            continue;
        }
        for (const inner of await files.list(place)) {
            // Names that begin with a dot belong to tools, not to a capture.
            if (inner.isDirectory || inner.name.startsWith("."))
                continue;
            const name = withoutGz(inner.name).toLowerCase();
            if (endings !== undefined && !endings.some((ending) => name.endsWith(ending)))
                continue;
            found.push({ entry: inner, label: join(path, inner.name) });
        }
    }
    if (found.length > 0)
        return found;
    throw new Failure("config.invalid", `The folders of feed ${context.feed} hold no file that fits; check paths`);
}
/** Where to go on. A cursor of a file that is gone, or of other options, means the beginning: duplicates are known. */
function placeOf(cursor, files) {
    const start = { index: 0, piece: 0 };
    if (cursor === undefined)
        return start;
    const { value } = parseJson(new TextEncoder().encode(cursor));
    const label = fieldOf(value, "file");
    const piece = fieldOf(value, "next");
    const index = files.findIndex((file) => file.label === label);
    if (fieldOf(value, "v") !== 1 || index < 0)
        return start;
    return { index, piece: typeof piece === "number" && piece > 0 ? piece : 0 };
}
function timeOf(piece, file, rule) {
    if (rule === "modified")
        return file.entry.modifiedTime;
    return rule === "name" ? timeInName(file.entry.name) : timeInJson(piece.bytes, rule);
}
function withoutGz(name) {
    return name.toLowerCase().endsWith(".gz") ? name.slice(0, -3) : name;
}
/** Keeps the distances of the capture, measured from the first frame so that waits do not add up their errors. */
class Pacer {
    #factor;
    #waitMaxMs;
    #context;
    #origin;
    constructor(options, context) {
        this.#factor = options.pace;
        this.#waitMaxMs = options.waitMax;
        this.#context = context;
    }
    async wait(recorded, signal) {
        if (signal.aborted)
            throw signal.reason;
        if (this.#factor === 0 || recorded === undefined)
            return;
        const { clock } = this.#context.runtime;
        const now = clock.monotonic();
        if (this.#origin === undefined) {
            this.#origin = { recorded, monotonic: now };
            return;
        }
        const due = this.#origin.monotonic + (recorded - this.#origin.recorded) / this.#factor;
        const waitMs = Math.min(due - now, this.#waitMaxMs);
        if (waitMs < due - now)
            this.#origin = { recorded, monotonic: now + waitMs };
        if (waitMs > 0)
            await sleep(clock, waitMs, signal);
    }
}
