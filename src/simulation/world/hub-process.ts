import type { HubConfig } from "../../config/config.js";
import { createHub, type Hub, type HubEvent } from "../../hub.js";
import type { Commit, Log } from "../../log/log.js";
import { createMemoryLog, type MemoryStorage } from "../../log/memory-log.js";
import type { TransitRecord } from "../../model/record.js";
import type { Http } from "../../runtime/http.js";
import type { Clock, Runtime } from "../../runtime/runtime.js";
import { createSeededChance } from "../virtual-runtime.js";

export interface HubProcessOptions {
	readonly config: HubConfig;
	readonly storage: MemoryStorage;
	readonly runtime: Runtime;
	/** What the process's wall clock shows beyond the true time. */
	readonly skewMs: () => number;
	readonly seed: number;
	readonly beforeCommit: (commit: Commit) => Promise<void>;
	readonly afterCommit: () => void;
	readonly onEvent: (event: HubEvent) => void;
	readonly onRecords: (records: readonly TransitRecord[]) => void;
}

const NEVER = new Promise<never>(() => undefined);

/**
 * One life of a hub on a store that outlives it. When it dies, nothing that it waits for ever happens: no timer, no
 * answer and no commit reaches it any more, as when a process is killed.
 */
export class HubProcess {
	readonly hub: Hub;
	readonly #storage: MemoryStorage;
	readonly #log: Log;
	#isAlive = true;
	#isStarted = false;
	#pendingTimers = 0;
	#onRecords: HubProcessOptions["onRecords"];

	constructor(options: HubProcessOptions) {
		const { config, storage, runtime, seed } = options;
		this.#storage = storage;
		this.#onRecords = options.onRecords;
		this.#log = createMemoryLog({
			storage,
			beforeCommit: async (commit) => {
				if (!this.#isAlive) await NEVER;
				await options.beforeCommit(commit);
				if (!this.#isAlive) await NEVER;
			},
			afterCommit: async () => {
				options.afterCommit();
				if (!this.#isAlive) await NEVER;
			},
		});
		this.hub = createHub(config, {
			runtime: {
				...runtime,
				clock: this.#clock(runtime.clock, options.skewMs),
				chance: createSeededChance(seed),
				http: this.#http(runtime.http),
			},
			log: this.#log,
			version: "simulated",
			onEvent: (event) => {
				if (this.#isAlive) options.onEvent(event);
			},
		});
	}

	get isAlive(): boolean {
		return this.#isAlive;
	}

	get isStarted(): boolean {
		return this.#isStarted && this.#isAlive;
	}

	get log(): Log {
		return this.#log;
	}

	/** Timers that this process waits for. */
	get pendingTimers(): number {
		return this.#pendingTimers;
	}

	async start(): Promise<void> {
		this.hub.tap((records) => {
			if (this.#isAlive) this.#onRecords(records);
		});
		await this.hub.start();
		this.#isStarted = true;
	}

	/** The store is free for the next process at once, as a lock of a dead process is. */
	kill(): void {
		this.#isAlive = false;
		this.#storage.isOpen = false;
	}

	/** As Ctrl-C: ends in peace, and leaves nothing behind. */
	async end(drainMs: number): Promise<void> {
		await this.hub.drain(drainMs);
		await this.hub.close();
		await this.#log.close();
		this.#isAlive = false;
	}

	#clock(clock: Clock, skewMs: () => number): Clock {
		return {
			now: () => Math.floor(clock.now() + skewMs()),
			monotonic: () => clock.monotonic(),
			after: (delay, run, options) => {
				this.#pendingTimers++;
				let isOver = false;
				const over = () => {
					if (!isOver) this.#pendingTimers--;
					isOver = true;
				};
				// Timers of a hub do not keep the world going.
				const cancel = clock.after(
					delay,
					() => {
						over();
						if (this.#isAlive) run();
					},
					options,
				);
				return () => {
					over();
					cancel();
				};
			},
		};
	}

	#http(http: Http): Http {
		return {
			request: async (request) => {
				if (!this.#isAlive) return NEVER;
				try {
					const response = await http.request(request);
					return this.#isAlive ? response : await NEVER;
				} catch (thrown) {
					if (!this.#isAlive) return NEVER;
					throw thrown;
				}
			},
		};
	}
}
