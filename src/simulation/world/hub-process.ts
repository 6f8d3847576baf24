import type { HubConfig } from "../../config/config.js";
import { createHub, type Hub, type HubEvent } from "../../hub.js";
import type { Log } from "../../log/log.js";
import type { TransitRecord } from "../../model/record.js";
import type { Http } from "../../runtime/http.js";
import type { Clock, Runtime } from "../../runtime/runtime.js";
import { createSeededChance } from "../virtual-runtime.js";
import type { HostileDisk } from "./hostile-disk.js";
import { watchedClock } from "./standstill.js";
import { type LogWatch, watchedLog } from "./watched-log.js";

export interface HubProcessOptions {
	readonly config: HubConfig;
	/** Opened for this process alone. */
	readonly log: Log;
	/** Default: nobody watches its commits. */
	readonly watch?: LogWatch;
	/** Default: files as the runtime has them. */
	readonly disk?: HostileDisk;
	readonly runtime: Runtime;
	/** What the process's wall clock shows beyond the true time. */
	readonly skewMs: () => number;
	readonly seed: number;
	readonly onEvent: (event: HubEvent) => void;
	readonly onRecords?: (records: readonly TransitRecord[]) => void;
	/** It goes round and round at one moment, and is dead from here on. */
	readonly onStandstill?: () => void;
}

const NEVER = new Promise<never>(() => undefined);

/**
 * One life of a hub on a store that outlives it. When it dies, nothing that it waits for ever happens: no timer, no
 * answer and no commit reaches it any more, as when a process is killed.
 */
export class HubProcess {
	readonly hub: Hub;
	readonly #log: Log;
	#isAlive = true;
	#isStarted = false;
	#pendingTimers = 0;
	#onRecords: HubProcessOptions["onRecords"];

	constructor(options: HubProcessOptions) {
		const { config, runtime, seed, disk } = options;
		this.#onRecords = options.onRecords;
		this.#log = options.watch === undefined ? options.log : this.#watched(options.log, options.watch);
		const isAlive = () => this.#isAlive;
		// A rehearsal is nothing that anybody else should see as a run.
		this.hub = createHub(
			{ ...config, openLineage: undefined },
			{
				runtime: {
					...runtime,
					clock: watchedClock(this.#clock(runtime.clock, options.skewMs), () => this.#standStill(options)),
					chance: createSeededChance(seed),
					http: this.#http(runtime.http),
					files: disk === undefined ? runtime.files : disk.filesOf(runtime.files, isAlive),
				},
				log: this.#log,
				version: "simulated",
				onEvent: (event) => {
					if (this.#isAlive) options.onEvent(event);
				},
			},
		);
	}

	get isAlive(): boolean {
		return this.#isAlive;
	}

	get isStarted(): boolean {
		return this.#isStarted && this.#isAlive;
	}

	/** Timers that this process waits for. */
	get pendingTimers(): number {
		return this.#pendingTimers;
	}

	async start(): Promise<void> {
		this.hub.tap((records) => {
			if (this.#isAlive) this.#onRecords?.(records);
		});
		await this.hub.start();
		this.#isStarted = true;
	}

	kill(): void {
		this.#isAlive = false;
	}

	/** Dead, nothing that it awaits comes back, and its clock throws: so it comes to rest, and time can move on. */
	#standStill({ onStandstill }: HubProcessOptions): void {
		this.kill();
		onStandstill?.();
	}

	/** As Ctrl-C: ends in peace, and leaves nothing behind. */
	async end(drainMs: number): Promise<void> {
		await this.hub.drain(drainMs);
		await this.hub.close();
		await this.#log.close();
		this.#isAlive = false;
	}

	#watched(log: Log, watch: LogWatch): Log {
		const alive = async () => {
			if (!this.#isAlive) await NEVER;
		};
		return watchedLog(log, {
			...watch,
			before: async (commit) => {
				await alive();
				await watch.before(commit);
				await alive();
			},
			after: async () => {
				await watch.after();
				await alive();
			},
		});
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
