import { BUILTINS } from "../src/config/builtins.js";
import type { HubConfig } from "../src/config/config.js";
import { loadConfig } from "../src/config/load.js";
import { createHub, type Hub, type HubEvent } from "../src/hub.js";
import type { Log } from "../src/log/log.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { Failure } from "../src/model/failure.js";
import type { Http, HttpRequest, HttpResponse } from "../src/runtime/http.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";

/** What a hub stands in with while its first upstream is not asked. */
const BACKUP = `
      - source: { type: http-poll, url: http://backup.test/vehicles, every: 5s, history: none }
        decoder: gtfs-realtime`;

const configText = (more: string) => `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/vehicles, every: 5s, history: none }
        decoder: gtfs-realtime
        budget: { quota: 20000/d }${more}
sinks:
  partner:
    type: webhook
    url: http://partner.test/in
routes:
  - { from: buses, to: partner, mode: every }
store:
  directory: ./store
http:
  admin: { host: 127.0.0.1, port: 0 }
`;

/** The names under which the hub of this configuration knows whom it calls. */
export const SOURCE = "feed:buses/0";
export const SINK = "sink:partner";

/** Everything outside of the hub: counts each request, and answers well unless told that a host is dead. */
export class Outside {
	readonly requests = { "avl.test": 0, "backup.test": 0, "partner.test": 0 };
	readonly dead = new Set<string>();
	#vehicles = 0;

	readonly http: Http = { request: async (request) => this.#answer(request) };

	#answer({ url }: HttpRequest): HttpResponse {
		const { hostname } = new URL(url);
		if (!(hostname in this.requests)) throw new Error(`nobody lives at ${url}`);
		this.requests[hostname as keyof typeof this.requests]++;
		if (this.dead.has(hostname)) throw new Failure("net.refused", `${hostname} is dead`);
		const body = hostname === "partner.test" ? new Uint8Array() : this.#vehicle();
		const headers = { "content-type": "application/json" };
		return { status: 200, headers, body, wireBytes: body.length };
	}

	/** A vehicle that nobody has seen yet, so that there is something to deliver after every poll. */
	#vehicle(): Uint8Array {
		const id = `bus-${this.#vehicles++}`;
		const timestamp = 1_767_614_400;
		const position = { latitude: 41.9, longitude: -87.6 };
		const feed = {
			header: { gtfsRealtimeVersion: "2.0", timestamp },
			entity: [{ id, vehicle: { vehicle: { id }, position, timestamp } }],
		};
		return new TextEncoder().encode(JSON.stringify(feed));
	}

	/** What was sent while `run` ran. */
	async during(
		run: () => Promise<unknown>,
	): Promise<{ readonly source: number; readonly backup: number; readonly sink: number }> {
		const before = { ...this.requests };
		await run();
		return {
			source: this.requests["avl.test"] - before["avl.test"],
			backup: this.requests["backup.test"] - before["backup.test"],
			sink: this.requests["partner.test"] - before["partner.test"],
		};
	}
}

export async function hubConfig(hasBackup = false): Promise<HubConfig> {
	const { config, findings } = await loadConfig(configText(hasBackup ? BACKUP : ""), "/nowhere", {
		plugins: BUILTINS,
		runtime: testRuntime,
		environment: {},
		skipEnvironment: true,
	});
	if (config === undefined) throw new Error(JSON.stringify(findings));
	return config;
}

/** One hub with real plug-ins in virtual time, on a store that outlives it. */
export class HubWorld {
	readonly outside = new Outside();
	readonly time: VirtualRuntime = createVirtualRuntime({ http: this.outside.http });
	readonly storage = new MemoryStorage(2);
	readonly events: HubEvent[] = [];
	readonly #hasBackup: boolean;
	readonly #edit: (config: HubConfig) => HubConfig;
	#log: Log | undefined;

	constructor(
		options: { readonly hasBackup?: boolean; readonly edit?: (config: HubConfig) => HubConfig } = {},
	) {
		this.#hasBackup = options.hasBackup ?? false;
		this.#edit = options.edit ?? ((config) => config);
	}

	/** The store of the hub that runs. */
	get log(): Log {
		if (this.#log === undefined) throw new Error("no hub was started");
		return this.#log;
	}

	async start(): Promise<Hub> {
		const log = createMemoryLog({ storage: this.storage });
		this.#log = log;
		const hub = createHub(this.#edit(await hubConfig(this.#hasBackup)), {
			runtime: this.time.runtime,
			log,
			version: "9.9.9",
			onEvent: (event) => this.events.push(event),
		});
		await hub.start();
		return hub;
	}

	/** The store is closed with it, after `before`, and can be opened again. Closing waits on the clock for what hangs. */
	async close(hub: Hub, before: (log: Log) => Promise<void> = async () => undefined): Promise<void> {
		const closed = hub.close();
		await this.time.advance(10_000);
		await closed;
		await before(this.log);
		await this.log.close();
	}
}
