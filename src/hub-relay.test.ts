import { describe, expect, it } from "vitest";
import { type Entity, readMessage, writeMessage } from "../test/validator/feed-message.js";
import { BUILTINS } from "./config/builtins.js";
import { loadConfig } from "./config/load.js";
import { createHub, type Hub } from "./hub.js";
import { createMemoryLog, MemoryStorage } from "./log/memory-log.js";
import { Failure } from "./model/failure.js";
import { createVirtualRuntime } from "./simulation/virtual-runtime.js";
import { testRuntime } from "./testing/source-contract.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KINDS = ["vehicles", "trips", "alerts"] as const;
type Kind = (typeof KINDS)[number];

const feed = (kind: Kind) => `
  ${kind}:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/${kind}, every: 15s, history: none }
        decoder: gtfs-realtime`;

const CONFIG = `
agencies: { metro: { timezone: UTC } }
feeds:${KINDS.map(feed).join("")}
sinks:
  rider-feed: { type: gtfs-realtime }
routes:
  - { from: vehicles, to: rider-feed, mode: latest }
  - { from: trips, to: rider-feed, mode: latest }
  - { from: alerts, to: rider-feed, mode: latest }
store:
  directory: ./store
`;

/** An upstream that serves the three feeds, and a hub beside it on a store that outlives it. */
class World {
	readonly dead = new Set<Kind>();
	/** Of the alerts feed; they never change. */
	alerts = ["A1", "A2"];
	readonly time = createVirtualRuntime({
		http: {
			request: async ({ url }) => {
				const kind = new URL(url).pathname.slice(1) as Kind;
				if (this.dead.has(kind)) throw new Failure("net.refused", `${kind} is dead`);
				const body = this.#message(kind);
				const headers = { "content-type": "application/x-protobuf" };
				return { status: 200, headers, body, wireBytes: body.length };
			},
		},
	});
	readonly #storage = new MemoryStorage(2);
	readonly #bodies: Readonly<Record<Kind, (nowS: number) => object[]>> = {
		vehicles: (nowS) => [
			{
				id: "v",
				vehicle: {
					vehicle: { id: "7" },
					trip: { trip_id: "T1", route_id: "66" },
					position: { latitude: 41.9, longitude: -87.6 },
					timestamp: nowS,
				},
			},
		],
		trips: (nowS) => [
			{
				id: "t",
				trip_update: {
					trip: { trip_id: "T1", route_id: "66", start_date: "20260105" },
					stop_time_update: [{ stop_sequence: 1, stop_id: "S", arrival: { time: nowS + 300 } }],
				},
			},
			{
				id: "c",
				trip_update: {
					trip: { trip_id: "T2", route_id: "66", start_date: "20260105", schedule_relationship: 3 },
					timestamp: 1_767_610_000,
				},
			},
		],
		alerts: () =>
			this.alerts.map((id) => ({
				id,
				alert: {
					informed_entity: [{ route_id: "66" }],
					effect: 4,
					header_text: { translation: [{ text: id }] },
				},
			})),
	};

	#message(kind: Kind): Uint8Array {
		const timestamp = Math.floor(this.time.runtime.clock.now() / 1000);
		const header = { gtfs_realtime_version: "2.0", incrementality: 0, timestamp };
		return writeMessage({ header, entity: this.#bodies[kind](timestamp) });
	}

	async start() {
		const { config, findings } = await loadConfig(CONFIG, "/nowhere", {
			plugins: BUILTINS,
			runtime: testRuntime,
			environment: {},
			skipEnvironment: true,
		});
		if (config === undefined) throw new Error(JSON.stringify(findings));
		const log = createMemoryLog({ storage: this.#storage });
		const hub = createHub(config, { runtime: this.time.runtime, log, version: "9.9.9" });
		await hub.start();
		return {
			hub,
			stop: async () => {
				const closed = hub.close();
				await this.time.advance(10_000);
				await closed;
				await log.close();
			},
		};
	}
}

async function entities(hub: Hub, name: string): Promise<readonly Entity[]> {
	const endpoint = hub.endpoints.find(({ path }) => path === `/gtfs-rt/${name}.pb`);
	const answer = await endpoint?.handle({
		method: "GET",
		path: endpoint.path,
		params: {},
		query: {},
		headers: {},
		body: new Uint8Array(),
		remoteAddress: "127.0.0.1",
		signal: new AbortController().signal,
	});
	return readMessage(answer?.body as Uint8Array).entity;
}

async function shown(hub: Hub) {
	const names = ["vehicle-positions", "trip-updates", "alerts"];
	const lists = await Promise.all(names.map((name) => entities(hub, name)));
	return lists.map((list) => list.map(({ id }) => id).sort());
}

describe("a hub that relays three feeds of one upstream", () => {
	it("serves all of them while they come, an hour on too", async () => {
		const world = new World();
		const { hub, stop } = await world.start();
		const all = [["vp:7"], ["tu:20260105:T1", "tu:20260105:T2"], ["alert:A1", "alert:A2"]];
		await world.time.advance(MINUTE);
		expect(await shown(hub)).toEqual(all);
		await world.time.advance(2 * HOUR);
		expect(await shown(hub)).toEqual(all);
		world.alerts = ["A2"];
		await world.time.advance(MINUTE);
		expect((await shown(hub))[2]).toEqual(["alert:A2"]);
		await stop();
	});

	it("is warm after a restart in an outage, tells riders of it, and takes the notice back", async () => {
		const world = new World();
		const first = await world.start();
		await world.time.advance(30 * MINUTE);
		for (const kind of KINDS) world.dead.add(kind);
		await world.time.advance(MINUTE);
		await first.stop();
		const second = await world.start();
		expect(await shown(second.hub)).toEqual([
			["vp:7"],
			["tu:20260105:T1", "tu:20260105:T2"],
			["alert:A1", "alert:A2"],
		]);
		expect(second.hub.status().ready).toBe(true);
		await world.time.advance(10 * MINUTE);
		expect(await shown(second.hub)).toEqual([
			[],
			["tu:20260105:T2"],
			["alert:A1", "alert:A2", "outage:metro"],
		]);
		await second.stop();
		await world.time.advance(20 * MINUTE);
		const third = await world.start();
		expect(await shown(third.hub)).toEqual([
			[],
			["tu:20260105:T2"],
			["alert:A1", "alert:A2", "outage:metro"],
		]);
		await world.time.advance(HOUR);
		expect(await shown(third.hub)).toEqual([[], [], ["outage:metro"]]);
		world.dead.clear();
		await world.time.advance(5 * MINUTE);
		expect(await shown(third.hub)).toEqual([
			["vp:7"],
			["tu:20260105:T1", "tu:20260105:T2"],
			["alert:A1", "alert:A2"],
		]);
		await third.stop();
	});
});
