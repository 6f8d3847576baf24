import { describe, expect, it } from "vitest";
import { allRecords } from "../test/intake-world.js";
import { SiriProducer } from "../test/siri-producer.js";
import { BUILTINS } from "./config/builtins.js";
import { loadConfig } from "./config/load.js";
import { createHub, type Hub, type HubEvent } from "./hub.js";
import { createMemoryLog } from "./log/memory-log.js";
import { Failure } from "./model/failure.js";
import type { Http } from "./runtime/http.js";
import { createVirtualRuntime } from "./simulation/virtual-runtime.js";
import { testRuntime } from "./testing/source-contract.js";

const MINUTE_MS = 60_000;

const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: siri-subscribe, url: http://producer.test/siri, address: https://hub.test/ingest/buses, lasts: 1h }
        decoder: siri-vm
sinks: { riders: { type: gtfs-realtime } }
routes: [{ from: buses, to: riders, mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;

/** A hub and a SIRI producer that reach each other, in virtual time. */
async function world() {
	const state = { isReachable: true, hub: undefined as Hub | undefined };
	const http: Http = {
		request: async ({ body = "", signal }) => {
			signal?.throwIfAborted();
			if (!state.isReachable) throw new Failure("net.refused", "producer.test is dead");
			const given = producer.handle(Buffer.from(body).toString());
			if (given.kind !== "answer") throw new Error("the producer always answers");
			const bytes = Buffer.from(given.body ?? "");
			return { status: given.status, headers: given.headers ?? {}, body: bytes, wireBytes: bytes.length };
		},
	};
	const time = createVirtualRuntime({ http });
	const { runtime } = time;
	const producer = new SiriProducer({
		clock: runtime.clock,
		post: async (address, body) => {
			const { pathname } = new URL(address);
			const endpoint = state.hub?.endpoints.find(
				({ path, method }) => method === "POST" && path === pathname,
			);
			if (endpoint === undefined) return 404;
			const { status } = await endpoint.handle({
				method: "POST",
				path: pathname,
				params: {},
				query: {},
				headers: { "content-type": "application/xml" },
				body: Buffer.from(body),
				remoteAddress: "192.0.2.9",
				signal: new AbortController().signal,
			});
			return status;
		},
	});
	const options = { plugins: BUILTINS, runtime: testRuntime, environment: {}, skipEnvironment: true };
	const { config, findings } = await loadConfig(CONFIG, "/nowhere", options);
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const log = createMemoryLog({ partitions: 1 });
	const events: HubEvent[] = [];
	const hub = createHub(config, { runtime, log, version: "test", onEvent: (event) => events.push(event) });
	state.hub = hub;
	const vehicles = async () => [...new Set((await allRecords(log)).map(({ key }) => key))].sort();
	/** Lets so many minutes go by, in each of which the producer says that it is there. */
	const minutes = async (count: number, addresses?: readonly string[]) => {
		for (let minute = 0; minute < count; minute++) {
			await time.advance(MINUTE_MS);
			const beaten = producer.beat(addresses);
			await time.advance(100);
			await beaten;
		}
	};
	/** What the producer says, with the time that the hub takes to store it. */
	const told = async (saying: Promise<void>) => {
		await time.advance(1000);
		await saying;
	};
	return { state, time, producer, hub, log, events, vehicles, minutes, told };
}

const US = ["https://hub.test/ingest/buses"];

describe("a hub that subscribes to SIRI", () => {
	it("gets what there is, in as many pieces as it comes, and then what changes, each answered once it is stored", async () => {
		const { time, producer, hub, vehicles, told } = await world();
		producer.vehicles = ["A", "B", "C"];
		await hub.start();
		await time.advance(10_000);
		expect(await vehicles()).toEqual(["metro:A", "metro:B", "metro:C"]);
		await told(producer.deliver(["D"]));
		expect(await vehicles()).toEqual(["metro:A", "metro:B", "metro:C", "metro:D"]);
		expect(producer.answers).toEqual([200, 200, 200]);
		expect(hub.status().feeds[0]).toMatchObject({ state: "running" });
		const closed = hub.close();
		await time.advance(10_000);
		await closed;
		expect([producer.open, producer.counts]).toEqual([0, { subscribed: 1, terminated: 1, unknown: 0 }]);
	});

	it("renews it before it ends, without a gap, also where the producer grants less than it was asked for", async () => {
		const { time, producer, hub, vehicles, minutes, told } = await world();
		producer.lastsMaxMs = 20 * MINUTE_MS;
		await hub.start();
		await time.advance(10_000);
		for (let hour = 0; hour < 3; hour++) {
			await minutes(60);
			expect(producer.open).toBe(1);
			await told(producer.deliver([`hour-${hour}`]));
		}
		expect(await vehicles()).toEqual(["metro:hour-0", "metro:hour-1", "metro:hour-2"]);
		expect(producer.counts).toEqual({ subscribed: 1 + 3 * 4, terminated: 0, unknown: 0 });
		const closed = hub.close();
		await time.advance(10_000);
		await closed;
	});

	it("subscribes anew when the producer was started again, and gets what there is", async () => {
		const { time, producer, hub, vehicles, minutes } = await world();
		producer.vehicles = ["A"];
		await hub.start();
		await time.advance(10_000);
		await minutes(3);
		producer.restart();
		producer.vehicles = ["A", "B"];
		expect(producer.open).toBe(0);
		await minutes(1, US);
		await time.advance(30_000);
		expect(producer.open).toBe(1);
		expect(await vehicles()).toEqual(["metro:A", "metro:B"]);
		expect(producer.counts).toMatchObject({ subscribed: 2, unknown: 1 });
		const closed = hub.close();
		await time.advance(10_000);
		await closed;
	});

	it("subscribes anew when nothing is heard any more, and says so; no sooner while heartbeats come", async () => {
		const { time, producer, hub, minutes } = await world();
		await hub.start();
		await time.advance(10_000);
		await minutes(10);
		expect(producer.counts.subscribed).toBe(1);
		producer.isWell = false;
		await minutes(5);
		expect(producer.counts.subscribed).toBe(2);
		await time.advance(5 * MINUTE_MS);
		expect(producer.counts.subscribed).toBe(3);
		expect(hub.status().feeds[0]?.upstreams[0]?.lastFailure).toMatchObject({
			code: "net.timeout",
			message: expect.stringContaining("said nothing"),
		});
		const closed = hub.close();
		await time.advance(10_000);
		await closed;
	});

	it("goes on asking in the pace of its breaker while the producer is dead for hours, is back with it, and closes in time", async () => {
		const { state, time, producer, hub, minutes, vehicles, told } = await world();
		await hub.start();
		await time.advance(10_000);
		await minutes(2);
		state.isReachable = false;
		await time.advance(180 * MINUTE_MS);
		expect(hub.status().feeds[0]?.state).toBe("down");
		state.isReachable = true;
		await minutes(10);
		await told(producer.deliver(["back"]));
		expect(await vehicles()).toEqual(["metro:back"]);
		state.isReachable = false;
		const closed = hub.close();
		await time.advance(10_000);
		await closed;
	});
});
