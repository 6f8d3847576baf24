import { describe, expect, it } from "vitest";
import { type LiveEvent, LiveWorld } from "../../test/live-world.js";
import { alert, record, removal, START, tripUpdate } from "../../test/rider-feed-world.js";
import type { TransitRecord } from "../model/record.js";

const names = (events: readonly LiveEvent[]) => events.map(({ event }) => event);
const keys = (events: readonly LiveEvent[]) =>
	events.filter(({ event }) => event === "record").map(({ data }) => data.key);
const at = (latitude: number, longitude: number, vehicleId = "7", more: Partial<TransitRecord> = {}) =>
	record(START, { vehicleId, latitude, longitude }, more);

describe("a live stream", () => {
	it("tells what stands, says when that is all, and then tells each change", async () => {
		const world = new LiveWorld();
		world.tell(record(START - 10_000), record(START - 4000, { vehicleId: "8" }), alert(START));
		const client = await world.client();
		const first = await client.read();
		expect(names(first)).toEqual(["snapshot", "record", "record", "record", "live"]);
		expect(first[0]?.data).toEqual({ reason: "connected", records: 3, time: "2026-01-05T12:00:00.000Z" });
		expect(first[1]?.data).toMatchObject({
			kind: "vehicle_location",
			key: "metro:7",
			vehicleId: "7",
			speedMps: 8,
			eventTime: "2026-01-05T11:59:50.000Z",
			freshness: { tier: "fresh", ageS: 10 },
		});
		expect(first.filter(({ id }) => id !== undefined)).toEqual([first[4]]);
		expect(await client.read()).toEqual([]);
		await world.virtual.advance(1000);
		world.tell(record(START - 1000), removal(START, "8"));
		const then = await client.read();
		expect(then.map(({ event, data }) => [event, data.key, data.reason])).toEqual([
			["record", "metro:7", undefined],
			["removed", "metro:8", "removed"],
		]);
		expect(then.map(({ id }) => id)).toEqual([undefined, client.lastId]);
		expect(client.lastId).not.toBe(first[4]?.id);
	});

	it("names tier and age, leaves out of an old report what the vehicle did then, and says when it is gone", async () => {
		const world = new LiveWorld();
		world.tell(record(START));
		const client = await world.client();
		await client.read();
		const seen: unknown[] = [];
		for (let second = 15; second <= 315; second += 15) {
			await world.virtual.advance(15_000);
			world.publish();
			for (const { event, data } of await client.read()) {
				if (event === "record")
					seen.push([second, data.freshness, data.speedMps, data.latitude, data.stopId]);
				if (event === "removed") seen.push([second, data.reason]);
			}
		}
		expect(seen).toEqual([
			[60, { tier: "aging", ageS: 60 }, 8, 42.3601, "110"],
			[120, { tier: "stale", ageS: 120 }, undefined, 42.3601, undefined],
			[300, "gone"],
		]);
		expect(world.sink.status(world.now)).toMatchObject({ vehicles: 0, clients: 1 });
	});

	it("keeps of a trip that is old what does not become wrong with age", async () => {
		const world = new LiveWorld();
		const skipped = { stopSequence: 1, stopId: "A", scheduleRelationship: "skipped" } as const;
		const later = { stopSequence: 2, stopId: "B", arrival: { time: START + 6e5 } };
		world.tell(tripUpdate(START, { delayS: 60, stopTimeUpdates: [skipped, later] }));
		await world.virtual.advance(130_000);
		world.publish();
		const [, told] = await (await world.client()).read();
		expect(told?.data).toMatchObject({ stopTimeUpdates: [skipped], freshness: { tier: "stale" } });
		expect(told?.data).not.toHaveProperty("delayS");
		expect(told?.data).not.toHaveProperty("vehicleId");
	});

	it("tells nobody who drives, what upstream called things, or of a trip that the schedule does not have", async () => {
		const world = new LiveWorld();
		const hidden = { operatorId: "0a1b", runId: "R1", upstreamIds: { tripId: "U1" } };
		world.tell(record(START, { ...hidden, unresolved: "unknown_trip" }));
		const [, told] = await (await world.client()).read();
		for (const name of [...Object.keys(hidden), "tripId", "gtfsRouteId", "startTime", "serviceDate"])
			expect(told?.data).not.toHaveProperty(name);
		expect(told?.data).toMatchObject({ vehicleId: "7", unresolved: "unknown_trip" });
	});

	it("settles each record once, by the same rules as the rider feed", () => {
		const world = new LiveWorld();
		world.tell(
			record(START - 20_000),
			record(START - 10_000),
			record(START - 15_000),
			record(START, { vehicleId: "9" }, { flags: ["not_for_riders"] }),
			record(START - 3_600_000, { vehicleId: "10" }),
			removal(START, "7"),
		);
		expect(
			world.settled.map(([{ key, eventTime }, outcome]) => `${key} ${eventTime - START} ${outcome}`).sort(),
		).toEqual([
			"metro:10 -3600000 expired",
			"metro:7 -10000 superseded",
			"metro:7 -15000 superseded",
			"metro:7 -20000 superseded",
			"metro:7 0 delivered",
			"metro:9 0 withheld",
		]);
		expect(world.sink.status(START)).toMatchObject({ withheld_upstream: 1 });
	});

	it("says now and then that it is there, under an id to go on from", async () => {
		const world = new LiveWorld({ heartbeat: "10s" });
		const client = await world.client({ vehicle: "none" });
		const [, live] = await client.read();
		const events: LiveEvent[] = [];
		for (let second = 1; second <= 25; second++) {
			await world.virtual.advance(1000);
			world.tell(record(world.now));
			events.push(...(await client.read()));
		}
		expect(names(events)).toEqual(["heartbeat", "heartbeat"]);
		expect(events[1]?.data).toEqual({ time: "2026-01-05T12:00:20.000Z" });
		expect(new Set([live?.id, ...events.map(({ id }) => id)]).size).toBe(3);
	});
});

describe("a filter of a live stream", () => {
	it.each([
		[{ vehicle: "7" }, ["metro:7"]],
		[{ vehicle: "7,8" }, ["metro:7", "metro:8"]],
		[{ route: "66" }, ["metro:7", "metro:8", "metro:20260105:T1", "metro:A1"]],
		[{ route: "1" }, ["metro:9"]],
		[{ kind: "service_alert" }, ["metro:A1"]],
		[{ kind: "vehicle_location", route: "66" }, ["metro:7", "metro:8"]],
		[{ agency: "suburb" }, []],
		[{ bbox: "-71.1,42.3,-71.0,42.4" }, ["metro:7", "metro:8"]],
		[{ bbox: "179,-17,-179,-16" }, ["metro:9"]],
	])("%o lets through what it names", async (query, expected) => {
		const world = new LiveWorld();
		const vehicle = (vehicleId: string, more: object) => record(START, { vehicleId, ...more });
		const fiji = { latitude: -16.5, longitude: 179.9, gtfsRouteId: "1" };
		world.tell(
			vehicle("7", {}),
			vehicle("8", {}),
			vehicle("9", fiji),
			tripUpdate(START, { vehicleId: "x" }),
			alert(START),
		);
		expect(keys(await (await world.client(query)).read())).toEqual(expected);
	});

	it("tells of a vehicle that leaves the box or the route that it is not told of any more", async () => {
		const world = new LiveWorld();
		world.tell(at(42.36, -71.06), at(42.36, -71.06, "8"));
		const client = await world.client({ bbox: "-71.1,42.3,-71.0,42.4", route: "66" });
		await client.read();
		const outcomes: unknown[] = [];
		for (const [longitude, gtfsRouteId] of [
			[-71.2, "66"],
			[-71.3, "66"],
			[-71.06, "66"],
			[-71.06, "1"],
		] as const) {
			await world.virtual.advance(1000);
			world.tell(record(world.now, { latitude: 42.36, longitude, gtfsRouteId }));
			outcomes.push((await client.read()).map(({ event, data }) => [event, data.reason]));
		}
		expect(outcomes).toEqual([[["removed", "filter"]], [], [["record", undefined]], [["removed", "filter"]]]);
		expect([...client.told.keys()]).toEqual(["vehicle_location/metro:8"]);
	});

	it.each([
		[{ color: "red" }, 'no parameter "color"'],
		[{ kind: "bus" }, 'no kind "bus"'],
		[{ route: "" }, "names nothing"],
		[{ route: "x".repeat(129) }, "128 characters"],
		[{ vehicle: Array.from({ length: 101 }, (_, n) => n).join(",") }, "100 values"],
		[{ bbox: "1,2,3" }, "four degrees"],
		[{ bbox: "0,50,1,49" }, "four degrees"],
		[{ bbox: "0,0,181,1" }, "four degrees"],
	])("%o is refused with what would be right", async (query, words) => {
		const answer = await new LiveWorld().ask({ query: query as Record<string, string> });
		expect(answer.status).toBe(400);
		expect(JSON.parse(String(answer.body)).detail).toContain(words);
		expect(answer.headers?.["access-control-allow-origin"]).toBe("*");
	});
});
