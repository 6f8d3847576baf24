import { parentPort, Worker, workerData } from "node:worker_threads";
import { Failure, messageOf } from "../model/failure.js";
import { SqliteCore } from "./sqlite-core.js";
import { loadDriver } from "./sqlite-driver.js";
import { failureFromWire, failureToWire, } from "./store-host.js";
/** Bytes written after which the checkpointer is asked to work. */
const CHECKPOINT_EVERY_BYTES = 4 * 1024 * 1024;
/** What a transaction adds to the write-ahead log besides its packs: a guess at its pages. */
const TRANSACTION_OVERHEAD_BYTES = 32 * 1024;
/** The first version in which a checkpoint beside a writer is free of the race that earlier ones had. */
const CONCURRENT_CHECKPOINT_SINCE = [3, 51, 3];
/**
 * The worker's side of the worker host. It owns the core, answers in the order of the requests, and has a second thread
 * with a connection of its own move the write-ahead log into the main file, so that no commit waits for that.
 */
async function main(port) {
    const settings = workerData;
    const core = new SqliteCore(await loadDriver(), settings);
    const checkpointer = allowsConcurrentCheckpoint(core.sqliteVersion)
        ? new Checkpointer(settings, core)
        : undefined;
    const reply = (message, transfer = []) => port.postMessage(message, transfer);
    port.on("message", (request) => {
        const { id } = request;
        if (request.method === "close") {
            void close(core, checkpointer).then((failure) => {
                reply(failure ? { id, failure } : { id, result: undefined });
            });
            return;
        }
        try {
            if (request.method === "commit") {
                const outcomes = core.commitGroup(request.group);
                const result = outcomes.map((outcome) => "failure" in outcome ? { failure: failureToWire(outcome.failure) } : outcome);
                reply({ id, result });
                checkpointer?.written(sizeOf(request.group));
                return;
            }
            const run = core[request.method];
            const result = run.apply(core, [...request.parameters]);
            reply({ id, result }, request.method === "read" ? buffersOf(result) : []);
        }
        catch (thrown) {
            reply({ id, failure: failureToWire(asFailure(thrown)) });
        }
    });
    const { partitions, opens, sqliteVersion } = core;
    reply({ id: 0, result: { partitions, opens, sqliteVersion } });
}
/** Asks the checkpointer's thread for one checkpoint at a time. */
class Checkpointer {
    #worker;
    #stopped;
    #bytes = 0;
    #isBusy = true;
    constructor(settings, core) {
        const url = new URL("./sqlite-checkpointer.js", import.meta.url);
        this.#worker = new Worker(url, { workerData: settings, name: "wayside-checkpoint" });
        this.#worker.on("message", (answer) => {
            this.#isBusy = false;
            if (answer.failure?.code === "store.sync")
                core.markBroken(failureFromWire(answer.failure));
        });
        // Without this thread commits do the checkpoint themselves, later and in bigger pieces: slower, not wrong.
        this.#worker.on("error", () => {
            this.#isBusy = true;
        });
        this.#stopped = new Promise((resolve) => {
            this.#worker.on("exit", () => resolve());
        });
    }
    written(bytes) {
        this.#bytes += bytes + TRANSACTION_OVERHEAD_BYTES;
        if (this.#isBusy || this.#bytes < CHECKPOINT_EVERY_BYTES)
            return;
        this.#bytes = 0;
        this.#isBusy = true;
        this.#worker.postMessage("checkpoint");
    }
    stop() {
        this.#worker.postMessage("stop");
        return this.#stopped;
    }
}
async function close(core, checkpointer) {
    try {
        await checkpointer?.stop();
        core.close();
        return undefined;
    }
    catch (thrown) {
        return failureToWire(asFailure(thrown));
    }
}
function allowsConcurrentCheckpoint(version) {
    const parts = version.split(".").map(Number);
    for (const [at, wanted] of CONCURRENT_CHECKPOINT_SINCE.entries()) {
        const part = parts[at] ?? 0;
        if (part !== wanted)
            return part > wanted;
    }
    return true;
}
function sizeOf(group) {
    let bytes = 0;
    for (const { commit } of group) {
        for (const { body } of commit.append ?? [])
            bytes += body.length;
        for (const { bytes: value } of commit.state ?? [])
            bytes += value?.length ?? 0;
    }
    return bytes;
}
function buffersOf(page) {
    const buffers = [];
    for (const { body } of page.packs) {
        if (typeof body !== "string" && body.buffer instanceof ArrayBuffer && body.byteLength > 0)
            buffers.push(body.buffer);
    }
    return buffers;
}
function asFailure(thrown) {
    return thrown instanceof Failure ? thrown : new Failure("bug", messageOf(thrown), { cause: thrown });
}
if (parentPort) {
    const port = parentPort;
    main(port).catch((thrown) => {
        port.postMessage({ id: 0, failure: failureToWire(asFailure(thrown)) });
        port.close();
    });
}
