import { BUILTINS } from "../src/config/builtins.js";
import type { HubConfig } from "../src/config/config.js";
import { loadConfig } from "../src/config/load.js";
import { createHub, type Hub, type HubEvent } from "../src/hub.js";
import { unpackFrames } from "../src/log/frame-pack.js";
import type { Log } from "../src/log/log.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { createWireHttp } from "../src/simulation/gateway-http.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";
import { BusTimePeer, type PeerBus, type PeerOptions } from "./bustime-peer.js";

export const KEY = "peer-key-0123456789";
export const CHICAGO = "America/Chicago";
/** Midnight in Chicago that begins Monday 2026-01-05. */
export const MONDAY = Date.UTC(2026, 0, 5, 6);

/** Twenty-three routes: ten run all day, nine by day, four at peak only; two buses each. */
export const ROUTES: readonly string[] = Array.from({ length: 23 }, (_, at) => String(at + 1));
export const BUSES: readonly PeerBus[] = ROUTES.flatMap((rt, at) =>
	[0, 1].map((bus): PeerBus => {
		const hours = at < 10 ? { fromHour: 4.5, untilHour: 25 } : { fromHour: 6, untilHour: 20 };
		const chosen = at < 19 ? hours : { fromHour: 7, untilHour: 9 };
		return { vid: String(1000 + at * 2 + bus), rt, ...chosen };
	}),
);

export interface WorldOptions {
	readonly startTime?: number;
	readonly limit?: number;
	/** Lines below `source:` that say what to ask for. */
	readonly plan?: string;
	readonly every?: string;
	readonly budget?: string;
	readonly quotas?: string;
	readonly moreFeeds?: string;
	readonly peer?: Partial<PeerOptions>;
}

const PLAN = `plan:
            discover:
              url: "http://bustime.test/bustime/api/v3/getroutes?key={secret:key}&format=json"
              path: bustime-response.routes[].rt
              expected: 23`;

export const busTimeConfig = (options: WorldOptions = {}): string => `
agencies: { metro: { timezone: ${CHICAGO} } }
quotas: ${options.quotas ?? "{ bustime-key: { limit: 10000/day } }"}
feeds:
  buses:
    agency: metro
    upstreams:
      - source:
          type: http-poll
          url: "http://bustime.test/bustime/api/v3/getvehicles?key={secret:key}&format=json&rt={items}"
          every: ${options.every ?? "60s"}
          history: none
          ${options.plan ?? PLAN}
        decoder: { type: bustime }
        budget: ${options.budget ?? "{ quota: bustime-key }"}
        secrets: { key: { env: BUSTIME_KEY } }
${options.moreFeeds ?? ""}
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: buses, to: rider-feed, mode: latest }
store: { directory: ./store }
`;

export async function checkBusTime(text: string) {
	return loadConfig(text, "/nowhere", {
		plugins: BUILTINS,
		runtime: {
			...testRuntime,
			files: { ...testRuntime.files, writeAtomic: async () => {}, remove: async () => {} },
		},
		environment: { BUSTIME_KEY: KEY },
	});
}

export interface SeenFrame {
	readonly receivedTime: number;
	readonly meta: Readonly<Record<string, string>>;
	readonly text: string;
}

/** A hub with real plug-ins in virtual time in front of a BusTime server, on a store that outlives it. */
export class BusTimeWorld {
	readonly peer: BusTimePeer;
	readonly time: VirtualRuntime;
	readonly storage = new MemoryStorage(1);
	readonly events: HubEvent[] = [];
	readonly #options: WorldOptions;
	#log: Log | undefined;

	constructor(options: WorldOptions = {}) {
		this.#options = options;
		const startTime = options.startTime ?? MONDAY;
		const handler = { handle: (request: Parameters<BusTimePeer["handle"]>[0]) => this.peer.handle(request) };
		let clock: VirtualRuntime["runtime"]["clock"] | undefined;
		const http = {
			request: (request: Parameters<ReturnType<typeof createWireHttp>["request"]>[0]) =>
				createWireHttp({ "bustime.test": handler }, clock ?? this.time.runtime.clock).request(request),
		};
		this.time = createVirtualRuntime({ startTime, http });
		clock = this.time.runtime.clock;
		this.peer = new BusTimePeer({
			clock,
			timezone: CHICAGO,
			key: KEY,
			limit: options.limit ?? 10_000,
			routes: ROUTES,
			buses: BUSES,
			...options.peer,
		});
	}

	get log(): Log {
		if (this.#log === undefined) throw new Error("no hub was started");
		return this.#log;
	}

	async config(): Promise<HubConfig> {
		const { config, findings } = await checkBusTime(busTimeConfig(this.#options));
		if (config === undefined) throw new Error(JSON.stringify(findings, undefined, "\t"));
		return config;
	}

	async start(): Promise<Hub> {
		this.#log = createMemoryLog({ storage: this.storage });
		const hub = createHub(await this.config(), {
			runtime: this.time.runtime,
			log: this.#log,
			version: "9.9.9",
			onEvent: (event) => this.events.push(event),
		});
		await hub.start();
		return hub;
	}

	/** Puts a state into the store while no hub runs. */
	async prepare(name: string, state: object): Promise<void> {
		const log = createMemoryLog({ storage: this.storage });
		await log.commit({ state: [{ name, bytes: JSON.stringify(state) }] });
		await log.close();
	}

	/** Stops it as a signal does: what is under way ends. */
	async stop(hub: Hub): Promise<void> {
		const drained = hub.drain(5_000).then(() => hub.close());
		await this.time.advance(20_000);
		await drained;
		await this.log.close();
	}

	/** Stops it as a kill does: nothing is written any more. */
	async kill(hub: Hub): Promise<void> {
		await this.log.close();
		const closed = Promise.allSettled([hub.close()]);
		await this.time.advance(60_000);
		await closed;
	}

	async frames(): Promise<SeenFrame[]> {
		const frames: SeenFrame[] = [];
		let { start: offset } = await this.log.bounds("frames", 0);
		for (;;) {
			const from = { topic: "frames", partition: 0, offset } as const;
			const page = await this.log.read(from, { entriesMax: 1000, bytesMax: 1 << 24 });
			for (const { receivedTime, meta = {}, bytes } of page.packs.flatMap((pack) => unpackFrames(pack))) {
				frames.push({ receivedTime, meta, text: new TextDecoder().decode(bytes) });
			}
			if (page.next.offset === offset) return frames;
			offset = page.next.offset;
		}
	}
}
