import { describe, expect, it } from "vitest";
import { z } from "zod";
import { only, received, record, removal, START, world } from "../../test/rider-feed-world.js";
import { bodyOf, get } from "../../test/validator/publish.js";
import type { Flag, Observation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import { definition } from "./gtfs-realtime.js";

describe("the rider feed", () => {
	it("describes its options, and refuses tiers that do not follow each other", () => {
		const schema = JSON.stringify(z.toJSONSchema(definition.options, { io: "input" }));
		expect(schema).toContain('"/gtfs-rt"');
		const parse = (options: unknown) => definition.options.safeParse(options);
		expect(parse({ stale: { aging: "3m", stale: "2m" } }).success).toBe(false);
		expect(parse({ publishEvery: "2m" }).success).toBe(false);
		expect(parse({ path: "gtfs-rt/" }).success).toBe(false);
		expect(parse({ surprise: 1 }).success).toBe(false);
	});

	it("is a valid empty feed before any data", async () => {
		const { feed, json, sink } = world({ path: "/rt" });
		expect(sink.endpoints.map(({ path, scope }) => [path, scope])).toEqual([
			["/rt/vehicle-positions.pb", "public"],
			["/rt/vehicle-positions.json", "public"],
			["/rt/trip-updates.pb", "public"],
			["/rt/trip-updates.json", "public"],
			["/rt/alerts.pb", "public"],
			["/rt/alerts.json", "public"],
			["/rt/trip-modifications.pb", "public"],
			["/rt/trip-modifications.json", "public"],
		]);
		const message = await feed();
		expect(message.entity).toEqual([]);
		expect(message.header).toMatchObject({ gtfs_realtime_version: "2.0", incrementality: "FULL_DATASET" });
		expect(await json()).toEqual({
			header: {
				gtfs_realtime_version: "2.0",
				incrementality: "FULL_DATASET",
				timestamp: message.header.timestamp,
			},
			entity: [],
		});
	});

	it("leaves a vehicle out from its removal on, and lists it again with the very report that it left with", async () => {
		const { apply, publish, feed, outcomes } = world();
		const ids = async () => (await feed()).entity.map(({ id }) => id);
		apply(record(START - 10_000), record(START - 10_000, { vehicleId: "8" }));
		publish();
		apply(removal(START - 1000));
		publish();
		expect(await ids()).toEqual(["vp:8"]);
		apply(record(START - 20_000));
		publish();
		expect(await ids()).toEqual(["vp:8"]);
		apply(record(START - 10_000, {}, { revision: 1 }));
		publish();
		expect((await ids()).sort()).toEqual(["vp:7", "vp:8"]);
		expect(outcomes()).toEqual(["delivered", "delivered", "delivered", "superseded", "delivered"]);
	});

	it("settles a removal once: overtaken by a report, of a vehicle that nobody knows, twice, of another kind", async () => {
		const { apply, publish, feed, outcomes, settled } = world();
		apply(record(START - 10_000), removal(START - 5000), record(START - 7000));
		publish();
		expect((await feed()).entity).toHaveLength(1);
		expect(outcomes()).toEqual(["superseded", "superseded", "delivered"]);
		settled.length = 0;
		apply(removal(START, "nobody"), removal(START - 3000), removal(START - 2000));
		const alert = {
			kind: "service_alert",
			removed: true,
			alertId: "A",
			activePeriods: [],
			informedEntities: [],
		};
		apply({ ...removal(START, "A"), body: alert as TransitRecord["body"] });
		publish();
		expect((await feed()).entity).toEqual([]);
		expect(settled.map(([{ key, eventTime }, outcome]) => [key, eventTime - START, outcome])).toEqual(
			expect.arrayContaining([
				["metro:nobody", 0, "delivered"],
				["metro:7", -3000, "superseded"],
				["metro:7", -2000, "delivered"],
				["metro:A", 0, "delivered"],
			]),
		);
		expect(settled).toHaveLength(4);
	});

	it("knows after a restart who was removed, and gives the id and the place of a removed vehicle to others", async () => {
		const { sink, apply, publish, feed } = world({ vehiclesMax: 1 });
		sink.apply([record(START - 10_000), removal(START - 5000)], true);
		apply(record(START - 20_000));
		publish();
		expect((await feed()).entity).toEqual([]);
		const other = record(START - 1000);
		apply({ ...other, key: "suburb:7", origin: { ...other.origin, agency: "suburb" } });
		publish();
		expect((await feed()).entity.map(({ id }) => id)).toEqual(["vp:7"]);
	});

	it("publishes a fresh vehicle whole, zeros written, under a stable id", async () => {
		const { apply, publish, feed, json, outcomes } = world();
		apply(record(START - 10_000));
		publish();
		const expected = {
			trip: {
				trip_id: "T1",
				start_time: "11:40:00",
				start_date: "20260105",
				schedule_relationship: "SCHEDULED",
				route_id: "66",
				direction_id: 0,
			},
			position: {
				latitude: Math.fround(42.3601),
				longitude: Math.fround(-71.0589),
				bearing: 90,
				odometer: 1000,
				speed: 8,
			},
			current_stop_sequence: 3,
			current_status: "INCOMING_AT",
			timestamp: START / 1000 - 10,
			congestion_level: "UNKNOWN_CONGESTION_LEVEL",
			stop_id: "110",
			vehicle: { id: "7", label: "Bus 7" },
			occupancy_status: "EMPTY",
			occupancy_percentage: 5,
		};
		expect(await feed()).toEqual({
			header: { gtfs_realtime_version: "2.0", incrementality: "FULL_DATASET", timestamp: START / 1000 },
			entity: [{ id: "vp:7", vehicle: expected }],
		});
		expect((await json()).entity).toEqual([
			{
				id: "vp:7",
				vehicle: { ...expected, position: { ...expected.position, latitude: 42.3601, longitude: -71.0589 } },
				freshness: { tier: "fresh", age_s: 10 },
			},
		]);
		expect(outcomes()).toEqual(["delivered"]);
	});

	it("never shows an operator, a block or a run", async () => {
		const { apply, publish, sink } = world();
		apply(record(START, { operatorId: "op-secret", blockId: "blk-secret", runId: "run-secret" }));
		publish();
		for (const ending of [".pb", ".json"] as const) {
			expect(Buffer.from(bodyOf(await get(sink, ending))).toString("latin1")).not.toContain("secret");
		}
	});
});

describe("tiers of age", () => {
	it.each([
		[0, "fresh", true],
		[59, "fresh", true],
		[60, "aging", true],
		[119, "aging", true],
		[120, "stale", false],
		[299, "stale", false],
	])("%d s: %s, with what it did: %s", async (ageS, tier, isWhole) => {
		const { apply, publish, feed, json } = world();
		apply(record(START - ageS * 1000));
		publish();
		const vehicle = await only(feed());
		expect(vehicle.timestamp).toBe(START / 1000 - ageS);
		expect(vehicle.position?.latitude).toBeCloseTo(42.3601, 4);
		for (const value of [
			vehicle.position?.speed,
			vehicle.position?.bearing,
			vehicle.current_status,
			vehicle.occupancy_status,
			vehicle.occupancy_percentage,
			vehicle.stop_id,
		]) {
			expect(value !== undefined).toBe(isWhole);
		}
		expect((await json()).entity[0].freshness).toEqual({ tier, age_s: ageS });
	});

	it("300 s: gone, and the record that never was shown is expired", async () => {
		const { apply, publish, feed, outcomes } = world();
		apply(record(START - 300_000));
		publish();
		expect((await feed()).entity).toEqual([]);
		expect(outcomes()).toEqual(["expired"]);
	});

	it("walks through the tiers while a feed is silent, and forgets who is gone", async () => {
		const { apply, publish, json, virtual, sink, clock } = world();
		apply(record(START));
		const tiers: string[] = [];
		for (let minute = 0; minute <= 5; minute++) {
			publish();
			tiers.push((await json()).entity[0]?.freshness.tier ?? "gone");
			await virtual.advance(60_000);
		}
		expect(tiers).toEqual(["fresh", "aging", "stale", "stale", "stale", "gone"]);
		expect(sink.status(clock.now())).toMatchObject({ vehicles: 0 });
	});

	it("does not make old positions young when the wall clock is set back", async () => {
		const { apply, publish, json, virtual } = world();
		apply(record(START));
		publish();
		await virtual.advance(130_000);
		virtual.jumpWallClock(-3_600_000);
		publish();
		expect((await json()).entity[0].freshness.tier).toBe("stale");
	});
});

describe("which record stands", () => {
	it("is the latest by event time: what comes late replaces nothing", async () => {
		const { apply, publish, feed, settled } = world();
		const [first, late, newest] = [record(START - 5000), record(START - 9000), record(START - 1000)];
		apply(first);
		publish();
		apply(late, newest);
		publish();
		expect((await only(feed())).timestamp).toBe(START / 1000 - 1);
		expect(settled).toEqual([
			[first, "delivered"],
			[late, "superseded"],
			[newest, "delivered"],
		]);
	});

	it("settles what a newer one replaced before anybody saw it as superseded", () => {
		const { apply, publish, outcomes } = world();
		apply(record(START - 9000), record(START - 5000));
		publish();
		publish();
		expect(outcomes()).toEqual(["superseded", "delivered"]);
	});

	it("is the later revision at the same time", async () => {
		const { apply, publish, feed } = world();
		apply(record(START - 1000, { stopId: "1" }), record(START - 1000, { stopId: "2" }, { revision: 1 }));
		apply(record(START - 1000, { stopId: "1" }));
		publish();
		expect((await only(feed())).stop_id).toBe("2");
	});

	it("keeps two vehicles on one trip", async () => {
		const { apply, publish, feed } = world();
		apply(record(START, { vehicleId: "7" }), record(START, { vehicleId: "8" }));
		publish();
		expect((await feed()).entity.map(({ id }) => id)).toEqual(["vp:7", "vp:8"]);
	});

	it("is one per vehicle id, even if two agencies use the same", async () => {
		const { apply, publish, feed, outcomes } = world();
		const other = record(START);
		apply(record(START), { ...other, key: "tram:7", origin: { ...other.origin, agency: "tram" } });
		publish();
		expect((await feed()).entity).toHaveLength(1);
		expect(outcomes()).toEqual(["withheld", "delivered"]);
	});

	it("leaves out vehicles beyond the limit", () => {
		const { apply, publish, outcomes, sink, clock } = world({ vehiclesMax: 2 });
		apply(...["1", "2", "3"].map((vehicleId) => record(START, { vehicleId })));
		publish();
		expect(outcomes().sort()).toEqual(["delivered", "delivered", "withheld"]);
		expect(sink.status(clock.now())).toMatchObject({ vehicles: 2, withheld_limit: 1 });
	});
});

describe("what is withheld from riders", () => {
	const flagged = (flag: Flag) => record(START - 1000, {}, { flags: [flag] });

	it.each([
		["what intake flagged as future", flagged("future")],
		["what upstream keeps from the public", flagged("not_for_riders")],
		["what lies further ahead than the skew", received(record(START + 61_000), START)],
		["a position whose age nobody stated", flagged("time_from_receipt")],
		[
			"a vehicle with neither position nor trip",
			record(START, { latitude: undefined, longitude: undefined, tripId: undefined, gtfsRouteId: undefined }),
		],
		[
			"a fix that the receiver does not trust, without a trip",
			record(START, { tripId: undefined, gtfsRouteId: undefined }, { flags: ["fix_not_valid"] }),
		],
		[
			"an impossible position without a trip",
			record(START, { latitude: 91, tripId: undefined, gtfsRouteId: undefined }),
		],
		[
			"another kind of record",
			{ ...record(START), body: { kind: "trip_update", stopTimeUpdates: [] } as Observation },
		],
	])("%s", async (_, one) => {
		const { apply, publish, feed, outcomes } = world();
		apply(one);
		publish();
		publish();
		expect((await feed()).entity).toEqual([]);
		expect(outcomes()).toEqual(["withheld"]);
	});

	it("a position of unknown age is published where the options say so", async () => {
		const { apply, publish, feed } = world({ withoutTime: "publish" });
		apply(flagged("time_from_receipt"));
		publish();
		expect((await feed()).entity).toHaveLength(1);
	});

	it("a vehicle that upstream begins to keep from the public, with what was shown of it, until it may be shown again", async () => {
		const { apply, publish, feed, outcomes } = world();
		const kept = (time: number) => record(time, {}, { flags: ["not_for_riders"] });
		apply(record(START - 30_000));
		publish();
		expect((await feed()).entity).toHaveLength(1);
		apply(kept(START - 20_000));
		publish();
		expect((await feed()).entity).toEqual([]);
		// What is older than that comes too late to bring it back.
		apply(record(START - 25_000));
		publish();
		expect((await feed()).entity).toEqual([]);
		apply(record(START - 10_000), kept(START - 15_000));
		publish();
		expect((await feed()).entity).toHaveLength(1);
		expect(outcomes()).toEqual(["delivered", "withheld", "superseded", "withheld", "delivered"]);
	});

	it("a clock that runs a little ahead is held back to the reception", async () => {
		const { apply, publish, feed } = world();
		apply(received(record(START + 30_000), START - 2000));
		publish();
		expect((await only(feed())).timestamp).toBe(START / 1000 - 2);
	});

	it("a train without a position is published with its trip and stop, and keeps the stop when it is stale", async () => {
		const body = { vehicleId: undefined, vehicleLabel: undefined, latitude: undefined, longitude: undefined };
		const { apply, publish, feed, virtual } = world();
		apply(record(START, body));
		publish();
		const fresh = await feed();
		expect(fresh.entity[0]).toMatchObject({
			id: "vp:20260105:T1",
			vehicle: { trip: { trip_id: "T1" }, stop_id: "110", current_status: "INCOMING_AT" },
		});
		expect(fresh.entity[0]?.vehicle?.position).toBeUndefined();
		await virtual.advance(130_000);
		publish();
		const stale = await only(feed());
		expect(stale.stop_id).toBe("110");
		expect(stale.current_status ?? stale.current_stop_sequence).toBeUndefined();
	});

	it("values that no validator takes are left out", async () => {
		const { apply, publish, feed } = world();
		const odd = {
			headingDeg: 400,
			speedMps: -1,
			startTime: "31:00:00",
			serviceDate: "2026",
			occupancyPercentage: -1,
		};
		apply(record(START, { ...odd, currentStopSequence: Number.NaN }));
		publish();
		const vehicle = await only(feed());
		expect(vehicle.position).not.toHaveProperty("bearing");
		expect(vehicle.position).not.toHaveProperty("speed");
		expect(vehicle.trip).not.toHaveProperty("start_time");
		expect(vehicle.trip).not.toHaveProperty("start_date");
		expect(vehicle).not.toHaveProperty("current_stop_sequence");
		expect(vehicle).not.toHaveProperty("occupancy_percentage");
	});
});
