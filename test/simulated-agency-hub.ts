import { BUILTINS } from "../src/config/builtins.js";
import { loadConfig } from "../src/config/load.js";
import { createHub, type Hub } from "../src/hub.js";
import type { Log } from "../src/log/log.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import type { TransitRecord } from "../src/model/record.js";
import { type City, createCity } from "../src/simulation/city.js";
import { createGateway, type Gateway, type GatewayOptions } from "../src/simulation/gateway.js";
import { createWireHttp } from "../src/simulation/gateway-http.js";
import { servedHubConfig } from "../src/simulation/serve-config.js";
import { createVirtualRuntime, type VirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { testRuntime } from "../src/testing/source-contract.js";

export const SMALL_CITY: City = createCity({
	seed: 7,
	vehicles: 24,
	busLines: 3,
	tramLines: 1,
	reportEveryS: 15,
});

export interface AgencyHub {
	readonly hub: Hub;
	readonly gateway: Gateway;
	readonly virtual: VirtualRuntime;
	readonly log: Log;
	/** All that was committed so far. */
	readonly records: readonly TransitRecord[];
}

/** A hub in virtual time that reads the queue of a small simulated agency, by the configuration that is printed for it. */
export async function startAgencyHub(
	startTime: number,
	options: Partial<GatewayOptions>,
	edit: (config: string) => string = (config) => config,
): Promise<AgencyHub> {
	const network: { http?: ReturnType<typeof createWireHttp> } = {};
	const virtual = createVirtualRuntime({
		startTime,
		http: { request: (request) => network.http?.request(request) ?? Promise.reject(new Error("no network")) },
	});
	const { clock } = virtual.runtime;
	const gateway = createGateway({ city: SMALL_CITY, clock, seed: 7, faults: "none", ...options });
	network.http = createWireHttp({ "gateway.test": gateway }, clock);
	const loaded = await loadConfig(edit(servedHubConfig("http://gateway.test", "queue")), "/nowhere", {
		plugins: BUILTINS,
		runtime: testRuntime,
		environment: {},
		skipEnvironment: true,
	});
	if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.findings));
	const log = createMemoryLog({ partitions: 1 });
	const hub = createHub(loaded.config, { runtime: virtual.runtime, log, version: "test" });
	const records: TransitRecord[] = [];
	hub.tap((committed) => {
		records.push(...committed);
	});
	await hub.start();
	return { hub, gateway, virtual, log, records };
}
