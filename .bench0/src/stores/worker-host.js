import { Worker } from "node:worker_threads";
import { Failure, messageOf } from "../model/failure.js";
import { failureFromWire, failureToWire, } from "./store-host.js";
/** Sources run from `src` (tests, tsx) start the built worker: a worker thread cannot load TypeScript on Node 20. */
function workerUrl() {
    const fromSource = import.meta.url.endsWith(".ts");
    return new URL(fromSource ? "../../dist/stores/sqlite-worker.js" : "./sqlite-worker.js", import.meta.url);
}
/** The core in a worker thread: the caller's thread stays free while SQLite writes and syncs. */
export async function openInWorker(settings) {
    const { diskSpace: _inThreadOnly, ...workerData } = settings;
    const worker = new Worker(workerUrl(), { workerData, name: "wayside-store" });
    const waiting = new Map();
    let lastId = 0;
    let gone;
    let hasClosed = false;
    const settle = (reply) => {
        const waiter = waiting.get(reply.id);
        waiting.delete(reply.id);
        if (waiting.size === 0)
            worker.unref();
        if ("failure" in reply)
            waiter?.reject(failureFromWire(reply.failure));
        else
            waiter?.resolve(reply.result);
    };
    const fail = (reason) => {
        gone ??= new Failure("store.sync", `The thread of the store in ${settings.directory} stopped: ${reason}`);
        for (const waiter of waiting.values())
            waiter.reject(gone);
        waiting.clear();
    };
    worker.on("message", settle);
    worker.on("error", (thrown) => fail(messageOf(thrown)));
    worker.on("exit", (code) => {
        if (!hasClosed)
            fail(`it ended with code ${code}`);
    });
    const expect = (id) => new Promise((resolve, reject) => {
        if (gone) {
            reject(gone);
            return;
        }
        waiting.set(id, { resolve, reject });
        worker.ref();
    });
    const ask = (request, transfer = []) => {
        const id = ++lastId;
        const answer = expect(id);
        try {
            if (!gone)
                worker.postMessage({ ...request, id }, transfer);
        }
        catch (thrown) {
            const failure = new Failure("bug", `A request to the store cannot be sent: ${messageOf(thrown)}`);
            settle({ id, failure: failureToWire(failure) });
        }
        return answer;
    };
    const opened = (await expect(0));
    return {
        ...opened,
        commit: async (group) => {
            const transfer = [];
            const copied = group.map((wire) => copyCommit(wire, transfer));
            const outcomes = (await ask({ method: "commit", group: copied }, transfer));
            return outcomes.map((outcome) => "failure" in outcome ? { failure: failureFromWire(outcome.failure) } : outcome);
        },
        call: async (method, ...parameters) => (await ask({ method, parameters })),
        close: async () => {
            try {
                await ask({ method: "close" });
            }
            finally {
                // Whatever could be closed is; a thread with nested threads does not always end by itself.
                hasClosed = true;
                await worker.terminate();
            }
        },
    };
}
/** Bytes are copied once and the copy changes hands, so that the caller keeps its own (it decodes the same frame). */
function copyCommit({ commit, random }, transfer) {
    const copy = (bytes) => {
        const copied = new Uint8Array(bytes);
        transfer.push(copied.buffer);
        return copied;
    };
    const append = commit.append?.map((pack) => typeof pack.body === "string" ? pack : { ...pack, body: copy(pack.body) });
    const state = commit.state?.map((entry) => entry.bytes instanceof Uint8Array ? { ...entry, bytes: copy(entry.bytes) } : entry);
    return {
        commit: { ...commit, ...(append ? { append } : {}), ...(state ? { state } : {}) },
        random: random.byteLength === 0 ? random : copy(random),
    };
}
