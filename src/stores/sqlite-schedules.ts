import { Worker } from "node:worker_threads";
import type {
	ScheduleLoad,
	ScheduleLoaded,
	ScheduleProgress,
	ScheduleRefusal,
	ScheduleStore,
	ScheduleVersion,
	TripPage,
} from "../log/schedules.js";
import { Failure, messageOf } from "../model/failure.js";
import type {
	Frequency,
	ScheduledStop,
	ScheduleRoute,
	Service,
	ServiceException,
	ShapePoint,
} from "../model/schedule.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { ScheduleLibrary } from "./schedule-library.js";
import {
	answer,
	type ScheduleMessage,
	type ScheduleReply,
	type ScheduleRequest,
} from "./schedule-requests.js";
import { loadDriver } from "./sqlite-driver.js";
import { failureFromWire } from "./store-host.js";

export interface SqliteSchedulesOptions {
	/** The folder of the store; schedules lie in `schedules` below it. */
	readonly directory: string;
	/**
	 * `worker` (default): feeds are read in a thread of its own. `in-thread`: in this one. `read-only`: in this one,
	 * beside the process that owns the store, and nothing can be loaded or removed.
	 */
	readonly host?: "worker" | "in-thread" | "read-only";
}

interface Host {
	ask(request: ScheduleRequest, onProgress?: Progress, signal?: AbortSignal): Promise<unknown>;
	close(): Promise<void>;
}

type Progress = ((progress: ScheduleProgress) => void) | undefined;

interface Waiting {
	readonly resolve: (result: unknown) => void;
	readonly reject: (failure: Failure) => void;
	readonly onProgress: Progress;
}

/** Opens the schedules of a store folder. */
export async function openSqliteSchedules(options: SqliteSchedulesOptions): Promise<ScheduleStore> {
	const { directory, host = "worker" } = options;
	return new SqliteSchedules(host === "worker" ? await inWorker(directory) : await inThread(directory, host));
}

class SqliteSchedules implements ScheduleStore {
	readonly #host: Host;

	constructor(host: Host) {
		this.#host = host;
	}

	load({ onProgress, signal, ...load }: ScheduleLoad): Promise<ScheduleLoaded> {
		if (signal?.aborted) return Promise.reject(new Failure("closed", "Reading the schedule was stopped"));
		return this.#ask<ScheduleLoaded>({ method: "load", load }, onProgress, signal);
	}

	versions(agency: string): Promise<readonly ScheduleVersion[]> {
		return this.#ask({ method: "versions", agency });
	}

	refusal(agency: string): Promise<ScheduleRefusal | undefined> {
		return this.#ask({ method: "refusal", agency });
	}

	calendar(version: ScheduleVersion) {
		return this.#ask<{ services: readonly Service[]; exceptions: readonly ServiceException[] }>({
			method: "calendar",
			version,
		});
	}

	routes(version: ScheduleVersion): Promise<readonly ScheduleRoute[]> {
		return this.#ask({ method: "routes", version });
	}

	frequencies(version: ScheduleVersion): Promise<readonly Frequency[]> {
		return this.#ask({ method: "frequencies", version });
	}

	trips(version: ScheduleVersion, after: number, limit: number): Promise<TripPage> {
		return this.#ask({ method: "trips", version, after, limit });
	}

	stopTimes(version: ScheduleVersion, of: string): Promise<readonly ScheduledStop[]> {
		return this.#ask({ method: "stopTimes", version, of });
	}

	shape(version: ScheduleVersion, of: string): Promise<readonly ShapePoint[]> {
		return this.#ask({ method: "shape", version, of });
	}

	remove(version: ScheduleVersion): Promise<void> {
		return this.#ask({ method: "remove", version });
	}

	async close(): Promise<void> {
		await this.#ask({ method: "close" });
		await this.#host.close();
	}

	async #ask<T>(request: ScheduleRequest, onProgress?: Progress, signal?: AbortSignal): Promise<T> {
		return (await this.#host.ask(request, onProgress, signal)) as T;
	}
}

async function inThread(directory: string, host: "in-thread" | "read-only"): Promise<Host> {
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
function workerUrl(): URL {
	const fromSource = import.meta.url.endsWith(".ts");
	return new URL(
		fromSource ? "../../dist/stores/schedule-worker.js" : "./schedule-worker.js",
		import.meta.url,
	);
}

async function inWorker(directory: string): Promise<Host> {
	const worker = new Worker(workerUrl(), { workerData: { directory }, name: "wayside-schedules" });
	const waiting = new Map<number, Waiting>();
	let lastId = 0;
	let gone: Failure | undefined;
	const fail = (reason: string) => {
		gone ??= new Failure("store.sync", `The thread of the schedules in ${directory} stopped: ${reason}`);
		for (const { reject } of waiting.values()) reject(gone);
		waiting.clear();
	};
	worker.on("message", (reply: ScheduleReply) => {
		const waiter = waiting.get(reply.id);
		if ("progress" in reply) {
			waiter?.onProgress?.(reply.progress);
			return;
		}
		waiting.delete(reply.id);
		if (waiting.size === 0) worker.unref();
		if ("failure" in reply) waiter?.reject(failureFromWire(reply.failure));
		else waiter?.resolve(reply.result);
	});
	worker.on("error", (thrown) => fail(messageOf(thrown)));
	worker.on("exit", (code) => fail(`it ended with code ${code}`));
	const expect = (id: number, onProgress?: Progress) =>
		new Promise<unknown>((resolve, reject) => {
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
			const post = (message: ScheduleMessage) => worker.postMessage(message);
			const stop = () => post({ method: "stop", target: id });
			if (!gone) post({ ...request, id });
			signal?.addEventListener("abort", stop, { once: true });
			try {
				return await result;
			} finally {
				signal?.removeEventListener("abort", stop);
			}
		},
		close: async () => {
			gone = new Failure("closed", "The schedules were closed");
			await worker.terminate();
		},
	};
}
