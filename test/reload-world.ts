import { BUILTINS } from "../src/config/builtins.js";
import { loadConfig } from "../src/config/load.js";
import type { Wanted } from "../src/hub/reloads.js";
import { createHub, type Hub, type HubEvent } from "../src/hub.js";
import { createMemoryLog, MemoryStorage } from "../src/log/memory-log.js";
import { Failure } from "../src/model/failure.js";
import type { ReloadOrder, ReloadReport } from "../src/operations/reload-report.js";
import type { HttpRequest, HttpResponse } from "../src/runtime/http.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";

/** Two feeds and three sinks; each test writes what differs. */
export const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams: [{ source: { type: http-poll, url: http://buses.test/v, every: 5s, history: none }, decoder: gtfs-realtime }]
  trams:
    agency: metro
    upstreams: [{ source: { type: http-poll, url: http://trams.test/v, every: 7s, history: none }, decoder: gtfs-realtime }]
sinks:
  left: { type: webhook, url: http://left.test/in }
  right: { type: webhook, url: http://right.test/in }
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: buses, to: [left, right, rider-feed], mode: every }
  - { from: trams, to: right, mode: every }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;

export interface Sent {
	readonly time: number;
	readonly host: string;
	/** Of a webhook: the ids of the vehicles. */
	readonly vehicles: readonly string[];
}

/** A hub in virtual time that reads its configuration from `text`, and everybody whom it calls. */
export class ReloadWorld {
	text = CONFIG;
	readonly sent: Sent[] = [];
	/** By host: what it does instead of answering well. */
	readonly faults = new Map<string, (request: HttpRequest) => HttpResponse | Promise<HttpResponse>>();
	readonly events: HubEvent[] = [];
	readonly storage = new MemoryStorage(2);
	/** The store waits for it, and throws what it throws. */
	beforeCommit: () => void | Promise<void> = () => undefined;
	readonly log = createMemoryLog({ storage: this.storage, beforeCommit: () => this.beforeCommit() });
	readonly time: VirtualRuntime = createVirtualRuntime({ http: { request: async (r) => this.#answer(r) } });
	#vehicles = 0;

	async start(): Promise<Hub> {
		const { config } = await this.load();
		if (config === undefined) throw new Error("the configuration does not pass");
		const hub = createHub(config, {
			runtime: this.time.runtime,
			log: this.log,
			version: "9.9.9",
			onEvent: (event) => this.events.push(event),
		});
		await hub.start();
		return hub;
	}

	async load(): Promise<Wanted> {
		const { config, findings } = await loadConfig(this.text, "/nowhere", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		return { config, problems: findings.map(({ message }) => message) };
	}

	/** Reloads while time goes on until it is answered. */
	async reload(hub: Hub, order: ReloadOrder = {}): Promise<ReloadReport> {
		let report: ReloadReport | undefined;
		let thrown: unknown;
		hub
			.reload(() => this.load(), order)
			.then(
				(one) => {
					report = one;
				},
				(error) => {
					thrown = error;
				},
			);
		for (let ms = 0; report === undefined && thrown === undefined; ms += 100) {
			if (ms > 600_000) throw new Error("the reload has no end");
			await this.time.advance(100);
		}
		if (report === undefined) throw thrown;
		return report;
	}

	async close(hub: Hub): Promise<void> {
		const closed = hub.close();
		await this.time.advance(10_000);
		await closed;
		await this.log.close();
	}

	/** When a host was asked or told something, in virtual milliseconds since the epoch. */
	timesOf(host: string): number[] {
		return this.sent.filter((one) => one.host === host).map(({ time }) => time);
	}

	vehiclesAt(host: string): string[] {
		return this.sent.filter((one) => one.host === host).flatMap(({ vehicles }) => vehicles);
	}

	async #answer(request: HttpRequest): Promise<HttpResponse> {
		const { url, body } = request;
		const { hostname } = new URL(url);
		const isSink = body !== undefined;
		const time = this.time.runtime.clock.now();
		const fault = this.faults.get(hostname);
		const vehicles = isSink && fault === undefined ? vehiclesIn(body) : [];
		this.sent.push({ time, host: hostname, vehicles });
		if (fault) return fault(request);
		return answered(200, isSink ? "" : this.#report(hostname));
	}

	/** A vehicle that nobody has seen yet, so that there is something to deliver after every poll. */
	#report(host: string): string {
		const id = `${host.split(".")[0]}-${this.#vehicles++}`;
		const timestamp = Math.floor(this.time.runtime.clock.now() / 1000);
		const position = { latitude: 41.9, longitude: -87.6 };
		const entity = [{ id, vehicle: { vehicle: { id }, position, timestamp } }];
		return JSON.stringify({ header: { gtfsRealtimeVersion: "2.0", timestamp }, entity });
	}
}

export function answered(status: number, text: string): HttpResponse {
	const body = new TextEncoder().encode(text);
	return { status, headers: { "content-type": "application/json" }, body, wireBytes: body.length };
}

export function refusing(host: string): () => never {
	return () => {
		throw new Failure("net.refused", `${host} is dead`);
	};
}

export function vehiclesIn(body: HttpRequest["body"]): string[] {
	const text = typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
	return [...text.matchAll(/"vehicleId":"([^"]+)"/g)].map(([, id = ""]) => id);
}
