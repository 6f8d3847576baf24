import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILTINS } from "../src/config/builtins.js";
import { loadConfig } from "../src/config/load.js";
import { createMetrics } from "../src/gateway/metrics.js";
import { statusPage } from "../src/gateway/status-page.js";
import { createHub, type HubEvent } from "../src/hub.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { Failure } from "../src/model/failure.js";
import type { TransitRecord } from "../src/model/record.js";
import type { HttpRequest, HttpResponse } from "../src/runtime/http.js";
import { createNodeFiles } from "../src/runtime/node-files.js";
import { turn } from "../src/runtime/turn.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { createMemorySchedules } from "../src/stores/memory-schedules.js";
import { SMALL_FEED, zipOf } from "./gtfs-feed.js";
import { readMessage } from "./validator/feed-message.js";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "wayside-schedule-hub-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const START = Date.parse("2026-01-05T14:10:00Z");

const configText = (agency: string) => `
agencies: { metro: { timezone: America/Chicago${agency} } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: http://avl.test/vehicles, every: 10s, history: none }
        decoder: gtfs-realtime
sinks:
  riders: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: buses, to: riders, mode: latest }
store: { directory: ./store }
`;

interface Vehicle {
	readonly id: string;
	readonly trip?: object;
}

/** A hub in virtual time whose upstream says what it is told, and whose schedule may lie behind a URL. */
class World {
	vehicles: readonly Vehicle[] = [];
	gtfs: Uint8Array | undefined;
	readonly asked: HttpRequest[] = [];
	readonly events: HubEvent[] = [];
	readonly records: TransitRecord[] = [];
	readonly files = createNodeFiles();
	readonly time = createVirtualRuntime({
		startTime: START,
		files: this.files,
		http: { request: async (request) => this.#answer(request) },
	});
	readonly schedules = createMemorySchedules(this.files);
	readonly log = createMemoryLog({ partitions: 1 });

	async hub(agency: string) {
		const { runtime } = this.time;
		const loaded = await loadConfig(configText(agency), folder, {
			plugins: BUILTINS,
			runtime,
			environment: {},
		});
		if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.findings));
		const hub = createHub(loaded.config, {
			runtime,
			log: this.log,
			schedules: this.schedules,
			version: "test",
			onEvent: (event) => this.events.push(event),
		});
		await hub.start();
		hub.tap((records) => this.records.push(...records));
		return hub;
	}

	/** Lets virtual time pass, and real files be read between its steps, until something holds. */
	async until(holds: () => unknown): Promise<void> {
		for (let second = 0; second < 5000; second++) {
			if (await holds()) return;
			await this.time.advance(1000);
			for (let turns = 0; turns < 40; turns++) await turn();
		}
		throw new Error(`this never came to hold: ${holds}`);
	}

	said(code: string): string[] {
		return this.events.filter((event) => event.code === code).map(({ message }) => message);
	}

	#answer(request: HttpRequest): HttpResponse {
		const answer = (status: number, body: Uint8Array, headers = {}) => ({
			status,
			headers,
			body,
			wireBytes: body.length,
		});
		if (request.url.includes("gtfs")) {
			this.asked.push(request);
			if (this.gtfs === undefined) throw new Failure("net.refused", "the schedule's host is down");
			if (request.headers?.["if-none-match"] === '"1"') return answer(304, new Uint8Array());
			return answer(200, this.gtfs, { etag: '"1"' });
		}
		const timestamp = Math.floor(this.time.runtime.clock.now() / 1000);
		const position = { latitude: 41.9, longitude: -87.6 };
		const feed = {
			header: { gtfsRealtimeVersion: "2.0", timestamp },
			entity: this.vehicles.map(({ id, trip }) => ({
				id,
				vehicle: { vehicle: { id }, position, timestamp, ...(trip && { trip }) },
			})),
		};
		return answer(200, new TextEncoder().encode(JSON.stringify(feed)), {
			"content-type": "application/json",
		});
	}
}

async function published(hub: Awaited<ReturnType<World["hub"]>>) {
	const endpoint = hub.endpoints.find(({ path }) => path.endsWith(".pb"));
	const answer = await endpoint?.handle({
		method: "GET",
		path: endpoint.path,
		query: {},
		headers: {},
		body: new Uint8Array(),
	} as never);
	const { entity } = readMessage(answer?.body as Uint8Array);
	return Object.fromEntries(
		entity.map(({ vehicle }) => [vehicle?.vehicle?.id ?? "", vehicle?.trip?.trip_id ?? null]),
	);
}

const VEHICLES: readonly Vehicle[] = [
	{ id: "1", trip: { tripId: "avl:T1", routeId: "10" } },
	{ id: "2", trip: { tripId: "avl:Z", routeId: "10" } },
	{ id: "3" },
];

describe("a hub with a schedule", () => {
	it("tells riders of trips that resolve, withholds vehicles without work, and counts both", async () => {
		const world = new World();
		writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
		writeFileSync(join(folder, "ids.yaml"), 'trip: { strip: "avl:" }\n');
		world.vehicles = VEHICLES;
		const hub = await world.hub(", gtfs: ./gtfs.zip, ids: ./ids.yaml");
		await world.until(async () => (await published(hub))["1"] === "T1");
		expect(await published(hub)).toEqual({ "1": "T1", "2": null });
		const status = hub.status();
		const [schedule] = status.schedules ?? [];
		expect(schedule).toMatchObject({ agency: "metro", state: "current", place: "gtfs.zip" });
		const { total, reasons, routes } = schedule?.match ?? { total: undefined };
		expect(total?.resolved).toBe(total?.unresolved);
		expect(total?.resolved).toBeGreaterThan(0);
		expect(Object.keys(reasons ?? {}).sort()).toEqual(["unassigned", "unknown_trip"]);
		expect(routes?.map(({ gtfsRouteId }) => gtfsRouteId)).toEqual(["10"]);
		expect(status.sinks[0]?.facts["withheld_unassigned"]).toBeGreaterThan(0);
		const first = world.records.find(({ key }) => key === "metro:1");
		expect(first?.origin.schedule).toMatch(/^2026-A@/);
		expect(first?.body).toMatchObject({
			tripId: "T1",
			serviceDate: "20260105",
			upstreamIds: { tripId: "avl:T1" },
		});
		expect(world.records.some(({ body }) => body.unresolved === "unassigned")).toBe(true);
		const metrics = await createMetrics().render(status);
		expect(metrics).toContain('wayside_schedule_current{agency="metro"} 1');
		expect(metrics).toContain('wayside_schedule_trips_today{agency="metro"} 3');
		expect(metrics).toMatch(
			/wayside_trip_matches_total\{agency="metro",gtfs_route="10",resolved="true"\} [1-9]/,
		);
		expect(metrics).toMatch(/wayside_trip_unresolved_total\{agency="metro",reason="unknown_trip"\} [1-9]/);
		const page = statusPage(status, []);
		expect(page).toContain("50.0 %");
		expect(page).toContain("Schedule 2026-A@");
		await hub.close();
	});

	it("shows an agency that maps ids and has no schedule, and a crosswalk of it that is refused", async () => {
		const world = new World();
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\n");
		world.vehicles = VEHICLES;
		const hub = await world.hub(", ids: { trip: { crosswalk: ./walk.csv }, vehicle: { add: 'm-' } }");
		await world.until(async () => (await published(hub))["m-1"] === "T1");
		const shown =
			"Mapped: vehicle, trip (crosswalk of 1). No trip is looked up, because no schedule is configured";
		expect(hub.status()).toMatchObject({
			schedules: [],
			ids: [{ agency: "metro", sentence: `${shown} (agencies.metro.gtfs).`, refusal: undefined }],
		});
		expect(statusPage(hub.status(), [])).toContain(shown);
		expect(await createMetrics().render(hub.status())).toContain('wayside_ids_refused{agency="metro"} 0');
		writeFileSync(join(folder, "walk.csv"), "theirs\navl:T1\n");
		await world.until(() => hub.status().ids?.[0]?.refusal !== undefined);
		expect(statusPage(hub.status(), [])).toContain("The rules for ids as they are now are refused");
		expect(await createMetrics().render(hub.status())).toContain('wayside_ids_refused{agency="metro"} 1');
		expect((await published(hub))["m-1"]).toBe("T1");
		await hub.close();
	});

	it("says at which path a schedule is missing, and goes on with the one that was read", async () => {
		const world = new World();
		writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
		world.vehicles = [{ id: "1", trip: { tripId: "T1" } }];
		const hub = await world.hub(", gtfs: ./gtfs.zip");
		await world.until(async () => (await published(hub))["1"] === "T1");
		rmSync(join(folder, "gtfs.zip"));
		await world.until(() => world.said("schedule.unreachable").length > 0);
		const path = join(folder, "gtfs.zip");
		expect(hub.status().schedules?.[0]).toMatchObject({
			state: "current",
			sentence: expect.stringContaining(`There is no GTFS feed at ${path}: put a zip or a folder there`),
		});
		expect(statusPage(hub.status(), [])).toContain(path);
		expect(await published(hub)).toEqual({ "1": "T1" });
		await hub.close();
	});

	it("changes nothing without one", async () => {
		const world = new World();
		world.vehicles = VEHICLES;
		const hub = await world.hub("");
		await world.until(async () => Object.keys(await published(hub)).length === 3);
		expect(await published(hub)).toEqual({ "1": "avl:T1", "2": "avl:Z", "3": null });
		expect(hub.status().schedules).toEqual([]);
		expect(
			world.records.every(({ body, origin }) => !("unresolved" in body) && origin.schedule === undefined),
		).toBe(true);
		await hub.close();
	});

	it("downloads it with conditional requests, keeps it while its host is down, and remembers it over a restart", async () => {
		const world = new World();
		world.vehicles = [{ id: "1", trip: { tripId: "T1" } }];
		world.gtfs = zipOf(SMALL_FEED);
		const agency = ", gtfs: { from: http://static.test/gtfs.zip?key=secret, every: 60s }";
		const hub = await world.hub(agency);
		await world.until(async () => (await published(hub))["1"] === "T1");
		await world.until(() => world.asked.length > 1);
		expect(world.asked.slice(0, 2).map(({ headers }) => headers?.["if-none-match"])).toEqual([
			undefined,
			'"1"',
		]);
		expect(world.said("schedule.loaded")).toHaveLength(1);
		world.gtfs = undefined;
		await world.until(() => world.said("schedule.unreachable").length > 0);
		expect(hub.status().schedules?.[0]?.state).toBe("current");
		expect(hub.upstreams().has("schedule:metro")).toBe(true);
		expect(await published(hub)).toEqual({ "1": "T1" });
		await hub.close();
		const again = await world.hub(agency);
		expect(again.status().schedules?.[0]?.state).toBe("current");
		await again.close();
		expect(JSON.stringify([world.events, hub.status()])).not.toContain("secret");
	});

	it("takes up a crosswalk that changes, and keeps the old one while the new one is broken", async () => {
		const world = new World();
		writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\n");
		world.vehicles = VEHICLES;
		const hub = await world.hub(", gtfs: ./gtfs.zip, ids: { trip: { crosswalk: ./walk.csv } }");
		await world.until(async () => (await published(hub))["1"] === "T1");
		expect(await published(hub)).toEqual({ "1": "T1", "2": null });
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\navl:T1,T2\n");
		await world.until(() => world.said("ids.refused").length > 0);
		expect(world.said("ids.refused")[0]).toContain(
			'walk.csv:3: "avl:T1" becomes "T2" here and "T1" in line 2',
		);
		expect(hub.status().schedules?.[0]?.sentence).toContain("The rules for ids as they are now are refused");
		expect(await published(hub)).toEqual({ "1": "T1", "2": null });
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\navl:Z,T2\n");
		await world.until(async () => (await published(hub))["2"] === "T2");
		expect(world.said("ids.loaded")).toEqual([
			"The rules for ids were read again: the crosswalk of trip has 2 ids (1 new, 0 changed, 0 gone)",
		]);
		expect(hub.status().schedules?.[0]?.sentence).not.toContain("refused");
		await hub.close();
	});

	it("starts with the crosswalk that was read last while the one on disk is broken or gone", async () => {
		const world = new World();
		const agency = ", gtfs: ./gtfs.zip, ids: { trip: { crosswalk: ./walk.csv, strip: 'x:' } }";
		writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\n");
		world.vehicles = [...VEHICLES, { id: "4", trip: { tripId: "x:T2" } }];
		const first = await world.hub(agency);
		await world.until(async () => (await published(first))["1"] === "T1");
		await first.close();
		for (const content of ["theirs\navl:T1\n", undefined]) {
			if (content === undefined) rmSync(join(folder, "walk.csv"));
			else writeFileSync(join(folder, "walk.csv"), content);
			world.events.length = 0;
			const again = await world.hub(agency);
			expect(world.said("ids.refused")).toEqual([
				expect.stringMatching(/walk\.csv.*Those that were read last, before the restart, stay in use$/),
			]);
			expect(again.status().schedules?.[0]?.sentence).toContain(
				"The rules for ids as they are now are refused",
			);
			await world.until(async () => (await published(again))["4"] === "T2");
			expect(await published(again)).toEqual({ "1": "T1", "2": null, "4": "T2" });
			await again.close();
		}
		const last = await world.hub(agency);
		writeFileSync(join(folder, "walk.csv"), "theirs,ours\navl:T1,T1\navl:Z,T2\n");
		await world.until(async () => (await published(last))["2"] === "T2");
		expect(last.status().schedules?.[0]?.sentence).not.toContain("refused");
		await last.close();
	});

	it("needs somewhere to keep it", async () => {
		const world = new World();
		writeFileSync(join(folder, "gtfs.zip"), zipOf(SMALL_FEED));
		const { runtime } = world.time;
		const { config } = await loadConfig(configText(", gtfs: ./gtfs.zip"), folder, {
			plugins: BUILTINS,
			runtime,
			environment: {},
		});
		if (config === undefined) throw new Error("the configuration does not pass");
		expect(() => createHub(config, { runtime, log: world.log, version: "test" })).toThrow("no store for it");
	});
});
