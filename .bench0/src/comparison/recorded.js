import { readAnyFeedMessage } from "../formats/gtfs-realtime-detect.js";
import { StringMemo } from "../formats/protobuf-reader.js";
import { Failure } from "../model/failure.js";
import { snapshotOf } from "./snapshot.js";
import { SIDES } from "./tally.js";
const MESSAGE_MAX_BYTES = 64 * 1024 * 1024;
/**
 * Compares recorded messages, paired by the times in their headers. Ages count at a message's own header time, because
 * nobody knows when it was read. What lies outside of the time that both cover is left out.
 * @throws Failure `decode.format` when a side holds no message, or both have no time in common.
 */
export async function measureRecorded(options) {
    const { comparison, pairMs, signal } = options;
    const recordings = { a: await timesOf("a", options), b: await timesOf("b", options) };
    checkOverlap(recordings, pairMs);
    const moments = pairsOf(recordings.a, recordings.b, pairMs);
    const readers = { a: new Reader("a", options), b: new Reader("b", options) };
    let done = 0;
    for (const { a, b } of moments) {
        if (signal.aborted)
            return;
        const time = Math.max(a?.time ?? 0, b?.time ?? 0);
        await options.prepare(time);
        const [atA, atB] = [await readers.a.read(a), await readers.b.read(b)];
        comparison.moment(time, atA, atB, { a: a?.time ?? time, b: b?.time ?? time });
        options.onProgress(++done, moments.length);
    }
}
/** Keeps the last message, which may stand for several moments of a feed that was recorded more often. */
class Reader {
    #side;
    #options;
    #path;
    #snapshot;
    constructor(side, options) {
        this.#side = side;
        this.#options = options;
    }
    async read(recording) {
        if (recording === undefined || recording.path === this.#path)
            return recording && this.#snapshot;
        const message = await readFile(recording.path, this.#options.files);
        if (message instanceof Failure)
            throw message;
        this.#path = recording.path;
        this.#snapshot = snapshotOf(message);
        this.#options.comparison.message(this.#side, message, this.#snapshot, recording.time);
        return this.#snapshot;
    }
}
/** Every message of A with the nearest of B, and those of B that no message of A is near to; within what both cover. */
function pairsOf(a, b, pairMs) {
    const from = Math.max(a[0]?.time ?? 0, b[0]?.time ?? 0) - pairMs;
    const to = Math.min(a.at(-1)?.time ?? 0, b.at(-1)?.time ?? 0) + pairMs;
    const isIn = ({ time }) => time >= from && time <= to;
    const [nearB, nearA] = [nearest(b, pairMs), nearest(a, pairMs)];
    const ofA = a.filter(isIn).map((one) => ({ a: one, b: nearB(one.time) }));
    const ofB = b
        .filter((one) => isIn(one) && nearA(one.time) === undefined)
        .map((one) => ({ a: undefined, b: one }));
    const timeOf = (pair) => pair.a?.time ?? pair.b?.time ?? 0;
    return [...ofA, ...ofB].sort((one, other) => timeOf(one) - timeOf(other));
}
/** Answers for times that ascend. */
function nearest(list, pairMs) {
    let at = 0;
    return (time) => {
        const gap = (index) => Math.abs((list[index]?.time ?? Number.POSITIVE_INFINITY) - time);
        while (gap(at + 1) <= gap(at))
            at++;
        return gap(at) <= pairMs ? list[at] : undefined;
    };
}
async function timesOf(side, options) {
    const { files, paths, comparison, signal } = options;
    const found = [];
    const health = comparison.health[side];
    let refused;
    let timeless = 0;
    let vehicles = 0;
    for (const path of await pathsOf(files, paths[side])) {
        if (signal.aborted)
            break;
        health.readings++;
        const message = await readFile(path, files);
        if (message instanceof Failure) {
            refused ??= new Failure(message.code, `${path}: ${message.message}`);
            health.failed(message.message);
            continue;
        }
        const snapshot = snapshotOf(message);
        vehicles += snapshot.vehicles.size;
        if (snapshot.headerTime === undefined)
            timeless++;
        else
            found.push({ path, time: snapshot.headerTime });
    }
    const name = `${side.toUpperCase()} (${paths[side]})`;
    if (found.length === 0 && !signal.aborted) {
        const why = refused?.message ?? (timeless > 0 ? "no message states a header time" : "there is no file in it");
        throw new Failure("decode.format", `${name} holds no GTFS-realtime feed: ${why}`);
    }
    if (vehicles === 0 && !signal.aborted)
        throw withoutVehicles(name);
    return found.sort((one, other) => one.time - other.time);
}
/** Why two feeds without a vehicle position cannot be compared. */
export function withoutVehicles(name) {
    return new Failure("decode.format", `${name} holds no vehicle position; compare reads VehiclePositions, not trip updates or alerts`);
}
async function pathsOf(files, path) {
    const entry = await files.stat(path);
    if (entry === undefined)
        throw new Failure("decode.format", `There is no file or folder ${path}`);
    if (!entry.isDirectory)
        return [path];
    return (await files.list(path))
        .filter(({ isDirectory, name }) => !isDirectory && !name.startsWith("."))
        .map((inner) => inner.path);
}
async function readFile(path, files) {
    const parts = [];
    let bytes = 0;
    try {
        for await (const chunk of files.readChunks(path, { gunzip: path.toLowerCase().endsWith(".gz") })) {
            bytes += chunk.length;
            if (bytes > MESSAGE_MAX_BYTES)
                return new Failure("decode.limit", "the file is larger than 64 MiB");
            parts.push(new Uint8Array(chunk));
        }
    }
    catch (thrown) {
        if (thrown instanceof Failure && thrown.code.startsWith("decode."))
            return thrown;
        throw thrown;
    }
    return readFeed(Buffer.concat(parts));
}
/** A whole message, or why it is none. */
export function readFeed(bytes, memo = new StringMemo()) {
    const message = readAnyFeedMessage(bytes, memo);
    if (message instanceof Failure)
        return message;
    if (message.failure !== undefined)
        return new Failure(message.failure.code, message.failure.message);
    if (message.header !== undefined)
        return message;
    return new Failure("decode.format", "the message has no header, which every FeedMessage must have");
}
function checkOverlap(recordings, pairMs) {
    const [a, b] = SIDES.map((side) => recordings[side]);
    const [firstA, lastA] = [a[0]?.time ?? 0, a.at(-1)?.time ?? 0];
    const [firstB, lastB] = [b[0]?.time ?? 0, b.at(-1)?.time ?? 0];
    const apartMs = Math.max(firstB - lastA, firstA - lastB);
    if (apartMs <= pairMs)
        return;
    const apart = apartMs < 3_600_000 ? `${Math.round(apartMs / 60_000)} min` : `${(apartMs / 3_600_000).toFixed(1)} h`;
    throw new Failure("decode.format", `A and B have no time in common: their header times are ${apart} apart. Record both at the same time; ` +
        "if they were, the clock or the time zone of one of them is wrong");
}
