import { Worker } from "node:worker_threads";
import { Failure, messageOf } from "../model/failure.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { ScheduleLibrary } from "./schedule-library.js";
import { answer, } from "./schedule-requests.js";
import { loadDriver } from "./sqlite-driver.js";
import { failureFromWire } from "./store-host.js";
/** Opens the schedules of a store folder. */
export async function openSqliteSchedules(options) {
    const { directory, host = "worker" } = options;
    return new SqliteSchedules(host === "worker" ? await inWorker(directory) : await inThread(directory, host));
}
class SqliteSchedules {
    #host;
    constructor(host) {
        this.#host = host;
    }
    load({ onProgress, signal, ...load }) {
        if (signal?.aborted)
            return Promise.reject(new Failure("closed", "Reading the schedule was stopped"));
        return this.#ask({ method: "load", load }, onProgress, signal);
    }
    versions(agency) {
        return this.#ask({ method: "versions", agency });
    }
    refusal(agency) {
        return this.#ask({ method: "refusal", agency });
    }
    calendar(version) {
        return this.#ask({
            method: "calendar",
            version,
        });
    }
    routes(version) {
        return this.#ask({ method: "routes", version });
    }
    frequencies(version) {
        return this.#ask({ method: "frequencies", version });
    }
    trips(version, after, limit) {
        return this.#ask({ method: "trips", version, after, limit });
    }
    stopTimes(version, of) {
        return this.#ask({ method: "stopTimes", version, of });
    }
    shape(version, of) {
        return this.#ask({ method: "shape", version, of });
    }
    remove(version) {
        return this.#ask({ method: "remove", version });
    }
    async close() {
        await this.#ask({ method: "close" });
        await this.#host.close();
    }
    async #ask(request, onProgress, signal) {
        return (await this.#host.ask(request, onProgress, signal));
    }
}
async function inThread(directory, host) {
    const readOnly = host === "read-only";
    const library = new ScheduleLibrary(await loadDriver(), createNodeFiles(), directory, { readOnly });
    const never = new AbortController().signal;
    return {
        ask: async (request, onProgress, signal) => {
            if (readOnly && (request.method === "load" || request.method === "remove"))
                throw new Failure("bug", "These schedules were opened to be read only");
            return answer(library, request, (progress) => onProgress?.(progress), signal ?? never);
        },
        close: async () => undefined,
    };
}
/** Sources run from `src` (tests, tsx) start the built worker: a worker thread cannot load TypeScript on Node 20. */
function workerUrl() {
    const fromSource = import.meta.url.endsWith(".ts");
    return new URL(fromSource ? "../../dist/stores/schedule-worker.js" : "./schedule-worker.js", import.meta.url);
}
async function inWorker(directory) {
    const worker = new Worker(workerUrl(), { workerData: { directory }, name: "wayside-schedules" });
    const waiting = new Map();
    let lastId = 0;
    let gone;
    const fail = (reason) => {
        gone ??= new Failure("store.sync", `The thread of the schedules in ${directory} stopped: ${reason}`);
        for (const { reject } of waiting.values())
            reject(gone);
        waiting.clear();
    };
    worker.on("message", (reply) => {
        const waiter = waiting.get(reply.id);
        if ("progress" in reply) {
            waiter?.onProgress?.(reply.progress);
            return;
        }
        waiting.delete(reply.id);
        if (waiting.size === 0)
            worker.unref();
        if ("failure" in reply)
            waiter?.reject(failureFromWire(reply.failure));
        else
            waiter?.resolve(reply.result);
    });
    worker.on("error", (thrown) => fail(messageOf(thrown)));
    worker.on("exit", (code) => fail(`it ended with code ${code}`));
    const expect = (id, onProgress) => new Promise((resolve, reject) => {
        if (gone) {
            reject(gone);
            return;
        }
        waiting.set(id, { resolve, reject, onProgress });
        worker.ref();
    });
    await expect(0);
    return {
        ask: async (request, onProgress, signal) => {
            const id = ++lastId;
            const result = expect(id, onProgress);
            const post = (message) => worker.postMessage(message);
            const stop = () => post({ method: "stop", target: id });
            if (!gone)
                post({ ...request, id });
            signal?.addEventListener("abort", stop, { once: true });
            try {
                return await result;
            }
            finally {
                signal?.removeEventListener("abort", stop);
            }
        },
        close: async () => {
            gone = new Failure("closed", "The schedules were closed");
            await worker.terminate();
        },
    };
}
