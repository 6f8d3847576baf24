import { BUILTINS } from "../src/config/builtins.js";
import type { HubConfig } from "../src/config/config.js";
import { loadConfig } from "../src/config/load.js";
import { createHub, type Hub, type HubEvent } from "../src/hub.js";
import type { Log } from "../src/log/log.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";

/** A feed of JSON rows that a mapping reads; `more` stands beside its decoder. */
const configText = (more: string) => `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/vehicles, every: 10s, history: none }
        decoder:
          type: mapping
          records: vehicles[]
          snapshot: true
          fields: { vehicleId: id, latitude: lat, longitude: lon, speedMps: spd, eventTime: { path: at, time: epoch-s } }${more}
sinks:
  partner: { type: webhook, url: http://partner.test/in }
routes:
  - { from: buses, to: partner, mode: every }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;

export const ROW_CONTRACT = {
	"x-contract": { feed: "buses", version: 1 },
	type: "object",
	required: ["vehicles"],
	properties: {
		vehicles: {
			type: "array",
			items: {
				"x-record": true,
				"x-mode": "dead-letter",
				type: "object",
				required: ["id", "lat", "lon"],
				properties: {
					id: { type: "string", "x-semantic": "vehicle-id" },
					lat: { type: "number", "x-semantic": "latitude" },
					lon: { type: "number", "x-semantic": "longitude" },
					spd: { type: "number", "x-semantic": "speed", "x-mode": "discard-value" },
					at: { type: "integer", "x-semantic": { is: "time", format: "epoch-s" } },
				},
			},
		},
	},
};

type Json = Record<string, unknown>;

/** A hub in virtual time whose upstream lists ten vehicles, each row as the test wants it. */
export class ContractWorld {
	row: (row: Json, index: number) => Json = (row) => row;
	readonly time: VirtualRuntime = createVirtualRuntime({
		http: {
			request: async ({ url }) => {
				const body = url.includes("avl.test") ? this.#payload() : new Uint8Array();
				const headers = { "content-type": "application/json" };
				return { status: 200, headers, body, wireBytes: body.length };
			},
		},
	});
	readonly events: HubEvent[] = [];
	readonly log: Log = createMemoryLog({ storage: new MemoryStorage(2) });
	readonly #isMoving: boolean;
	#step = 0;

	/** `moving`: the buses drive as fast as they say. Default: they creep, and say 5 to 7 m/s. */
	constructor({ moving = false }: { readonly moving?: boolean } = {}) {
		this.#isMoving = moving;
	}

	#payload(): Uint8Array {
		const step = this.#step++;
		const at = Math.floor(this.time.runtime.clock.now() / 1000);
		const vehicles = Array.from({ length: 10 }, (_, index) =>
			this.row(
				{
					id: `bus-${index}`,
					...(this.#isMoving
						? this.#drive(step, index)
						: { lat: 41.8 + index / 100 + step / 10_000, lon: -87.6, spd: 5 + (step % 3) }),
					at,
				},
				index,
			),
		);
		return new TextEncoder().encode(JSON.stringify({ vehicles }));
	}

	/** North by east along a street of its own, each bus at its own pace, in steps of ten seconds. */
	#drive(step: number, index: number): Json {
		const metresPerSecond = 4 + (index % 5) + (step % 3) / 2;
		const metres = step * 10 * (4 + (index % 5)) + Math.floor(step / 3) * 15 + (step % 3 === 2 ? 5 : 0);
		return {
			lat: 41.80037 + index / 100 + (0.8 * metres) / 111_195,
			lon: -87.60041 + index / 130 + (0.6 * metres) / 82_900,
			spd: Number(metresPerSecond.toFixed(2)),
		};
	}

	async config(more = ""): Promise<HubConfig> {
		const { config, findings } = await loadConfig(configText(more), "/nowhere", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		if (config === undefined) throw new Error(JSON.stringify(findings));
		return config;
	}

	async start(more = "", change: (config: HubConfig) => void = () => {}): Promise<Hub> {
		const config = await this.config(more);
		change(config);
		const { runtime } = this.time;
		const onEvent = (event: HubEvent) => this.events.push(event);
		const hub = createHub(config, { runtime, log: this.log, version: "9.9.9", onEvent });
		await hub.start();
		return hub;
	}

	/** The hub ends, and its store stays. */
	async stop(hub: Hub): Promise<void> {
		const closed = hub.close();
		await this.time.advance(20_000);
		await closed;
	}

	async close(hub: Hub): Promise<void> {
		await this.stop(hub);
		await this.log.close();
	}

	told(code: string): readonly HubEvent[] {
		return this.events.filter((event) => event.code === code);
	}
}

/** Gives the only upstream a contract, as if it had been read from a file. */
export function withContract(config: HubConfig, document: object): void {
	const [upstream] = config.feeds[0]?.upstreams ?? [];
	if (upstream === undefined) throw new Error("the configuration has no upstream");
	Object.assign(upstream, { contract: { path: "/nowhere/buses.v1.yaml", document } });
}
