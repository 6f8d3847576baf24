import { describe, expect, it } from "vitest";
import { allRecords } from "../test/intake-world.js";
import { type Entity, readMessage, writeMessage } from "../test/validator/feed-message.js";
import { bodyOf } from "../test/validator/publish.js";
import { BUILTINS } from "./config/builtins.js";
import { loadConfig } from "./config/load.js";
import { readFeedMessageJson } from "./formats/gtfs-realtime-json-read.js";
import { readFeedMessage } from "./formats/gtfs-realtime-read.js";
import { createHub, type Hub } from "./hub.js";
import { createMemoryLog, MemoryStorage } from "./log/memory-log.js";
import type { EndpointRequest } from "./runtime/endpoint.js";
import { createVirtualRuntime, type VirtualRuntime } from "./simulation/virtual-runtime.js";
import { testRuntime } from "./testing/source-contract.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-01-05T12:00:00Z");

const CONFIG = `
agencies: { metro: { timezone: America/Chicago, ids: { trip: { strip: "avl:" } } } }
feeds:
  detours:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/rt, every: 15s, history: none }
        decoder: gtfs-realtime
sinks: { rider-feed: { type: gtfs-realtime } }
routes: [{ from: detours, to: rider-feed, mode: latest }]
store: { directory: ./store }
`;

const MODIFICATIONS = {
	selected_trips: [{ trip_ids: ["avl:T1", "avl:T2"], shape_id: "S-9" }, { trip_ids: ["T3"] }],
	start_times: ["08:00:00"],
	service_dates: ["20260105", "20260106"],
	modifications: [
		{
			start_stop_selector: { stop_sequence: 3 },
			end_stop_selector: { stop_id: "B" },
			propagated_modification_delay: 120,
			replacement_stops: [{ travel_time_to_stop: 60, stop_id: "temporary" }, { stop_id: "C" }],
			service_alert_id: "A1",
			last_modified_time: 1_767_610_000,
		},
	],
};
const SHAPE = { shape_id: "S-9", encoded_polyline: "_p~iF~ps|U_ulLnnqC_mqNvxq`@" };
const STOP = {
	stop_id: "temporary",
	stop_code: { translation: [{ text: "4711" }] },
	stop_name: {
		translation: [
			{ text: "Halt", language: "de" },
			{ text: "Stop", language: "en" },
		],
	},
	stop_lat: 41.5,
	stop_lon: -87.25,
	zone_id: "Z",
	parent_station: "P",
	stop_timezone: "America/Chicago",
	level_id: "L",
	platform_code: { translation: [{ text: "2" }] },
};
const ENTITIES = [
	{ id: "m7", trip_modifications: MODIFICATIONS },
	{ id: "s", shape: SHAPE },
	{ id: "t", stop: { ...STOP, wheelchair_boarding: 1 } },
	{ id: "v", vehicle: vehicle() },
	{
		id: "u",
		trip_update: {
			trip: vehicle().trip,
			stop_time_update: [{ stop_id: "temporary", arrival: { time: START / 1000 + 300 } }],
		},
	},
];

/** On the modified trip: it takes the place of every other id. */
function vehicle() {
	return {
		vehicle: { id: "7" },
		position: { latitude: 41.9, longitude: -87.6 },
		timestamp: Math.floor(START / 1000),
		trip: { modified_trip: { modifications_id: "m7", affected_trip_id: "avl:T1", start_date: "20260105" } },
	};
}

/** An upstream that says what it is told, and a hub on a store that outlives it. */
class World {
	entities: readonly object[] = ENTITIES;
	readonly storage = new MemoryStorage(2);
	readonly time: VirtualRuntime;

	constructor(startTime = START) {
		this.time = createVirtualRuntime({ startTime, http: { request: async () => this.#answer() } });
	}

	#answer() {
		const timestamp = Math.floor(this.time.runtime.clock.now() / 1000);
		const header = { gtfs_realtime_version: "2.0", incrementality: 0, timestamp };
		const body = writeMessage({ header, entity: this.entities });
		return { status: 200, headers: {}, body, wireBytes: body.length };
	}

	async start() {
		const files = { ...testRuntime.files, writeAtomic: async () => {}, remove: async () => {} };
		const { config, findings } = await loadConfig(CONFIG, "/nowhere", {
			plugins: BUILTINS,
			runtime: { ...testRuntime, files },
			environment: {},
		});
		if (config === undefined) throw new Error(JSON.stringify(findings));
		const log = createMemoryLog({ storage: this.storage });
		const hub = createHub(config, { runtime: this.time.runtime, log, version: "9.9.9" });
		await hub.start();
		const stop = async () => {
			const closed = hub.close();
			await this.time.advance(10_000);
			await closed;
			await log.close();
		};
		return { hub, log, stop };
	}
}

async function published(hub: Hub, file: string): Promise<Uint8Array> {
	const endpoint = hub.endpoints.find(({ path }) => path === `/gtfs-rt/${file}`);
	const request = {
		method: "GET",
		path: "",
		params: {},
		query: {},
		headers: {},
	} as unknown as EndpointRequest;
	return bodyOf((await endpoint?.handle(request)) as never);
}

async function entities(hub: Hub): Promise<readonly Entity[]> {
	return readMessage(await published(hub, "trip-modifications.pb")).entity;
}

const RELAYED = [
	{
		id: "detour:modifications:m7",
		trip_modifications: {
			...MODIFICATIONS,
			selected_trips: [{ trip_ids: ["T1", "T2"], shape_id: "S-9" }, { trip_ids: ["T3"] }],
			modifications: [{ ...MODIFICATIONS.modifications[0], service_alert_id: "alert:A1" }],
		},
	},
	{ id: "detour:shape:S-9", shape: SHAPE },
	{ id: "detour:stop:temporary", stop: { ...STOP, wheelchair_boarding: "AVAILABLE" } },
];

describe("detours of an upstream", () => {
	it("are kept as records, and relayed whole with the stops and shapes that they need", async () => {
		const world = new World();
		const { hub, log, stop } = await world.start();
		await world.time.advance(MINUTE);
		const records = await allRecords(log);
		expect(records.filter(({ body }) => body.kind === "detour").map(({ key }) => key)).toEqual([
			"metro:modifications:m7",
			"metro:shape:S-9",
			"metro:stop:temporary",
		]);
		expect(hub.status().feeds[0]?.deadLetters).toBe(0);
		const shown = await entities(hub);
		expect(shown).toEqual(RELAYED);
		// Said in both forms alike, and read back from both.
		const json = JSON.parse(new TextDecoder().decode(await published(hub, "trip-modifications.json")));
		expect(readFeedMessageJson(json)).toEqual(readFeedMessage(await published(hub, "trip-modifications.pb")));
		const seen = readMessage(await published(hub, "vehicle-positions.pb")).entity[0]?.vehicle;
		expect(seen?.trip).toMatchObject({ trip_id: "T1", start_date: "20260105" });
		// Of a trip as it is modified nobody must believe that the schedule has its stops.
		expect(readMessage(await published(hub, "trip-updates.pb")).entity).toEqual([]);
		expect(records.find(({ body }) => body.kind === "trip_update")?.body).toMatchObject({
			tripId: "T1",
			attributes: { modificationsId: "m7" },
		});
		await stop();
	});

	it("leave when upstream lists them no more, and outlive a restart while it does", async () => {
		const world = new World();
		const first = await world.start();
		await world.time.advance(MINUTE);
		await first.stop();
		await world.time.advance(6 * HOUR);
		const second = await world.start();
		// Nobody is believed who was not heard of for an hour; the same words once more are enough.
		await world.time.advance(20_000);
		expect((await entities(second.hub)).map(({ id }) => id)).toEqual(RELAYED.map(({ id }) => id));
		world.entities = ENTITIES.slice(1);
		await world.time.advance(5 * MINUTE);
		expect((await entities(second.hub)).map(({ id }) => id)).toEqual([
			"detour:shape:S-9",
			"detour:stop:temporary",
		]);
		await second.stop();
	});

	it("are over when the last of their days is over everywhere", async () => {
		const world = new World(Date.parse("2026-01-08T23:00:00Z"));
		const { hub, stop } = await world.start();
		await world.time.advance(50 * MINUTE);
		expect((await entities(hub)).map(({ id }) => id)).toContain("detour:modifications:m7");
		await world.time.advance(15 * MINUTE);
		expect((await entities(hub)).map(({ id }) => id)).toEqual(["detour:shape:S-9", "detour:stop:temporary"]);
		await stop();
	});

	it("cost what cannot be read or told from others, and nothing else", async () => {
		const world = new World();
		world.entities = [
			{ id: "", trip_modifications: MODIFICATIONS },
			{ id: "x", shape: { encoded_polyline: "abc" } },
			{ id: "y", stop: { stop_id: "far", stop_lat: 123, stop_lon: 5 } },
			{ id: "z", trip_modifications: { ...MODIFICATIONS, service_dates: ["soon"] } },
			...ENTITIES,
		];
		const { hub, log, stop } = await world.start();
		await world.time.advance(14_000);
		expect(hub.status().feeds[0]?.deadLetters).toBe(2);
		const flagged = (await allRecords(log)).filter(({ flags }) => flags.includes("value_removed"));
		expect(flagged.map(({ key }) => key)).toEqual(["metro:stop:far", "metro:modifications:z"]);
		// A stop without a place and a change without a day tell riders nothing.
		expect(await entities(hub)).toEqual(RELAYED);
		await stop();
	});
});
