import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SMALL_FEED, zipOf } from "../../test/gtfs-feed.js";
import type { ServiceAlert, TripUpdate, VehicleLocation } from "../model/observation.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { createMemorySchedules } from "../stores/memory-schedules.js";
import { buildIndex, versionFor } from "./build-index.js";
import { type IdRules, NO_RULES } from "./id-rules.js";
import { shareOf } from "./match-rate.js";
import { IdResolver } from "./resolver.js";
import { addDays } from "./service-day.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-resolver-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const CHICAGO = "America/Chicago";
let places = 0;

type Tables = Readonly<Record<string, string>>;

async function storeWith(...feeds: readonly Tables[]) {
	const store = createMemorySchedules(createNodeFiles());
	for (const [at, tables] of feeds.entries()) {
		const path = join(folder, `${places++}.zip`);
		writeFileSync(path, zipOf(tables));
		const loaded = await store.load({ agency: "metro", path, readTime: 1000 + at });
		if (loaded.outcome === "refused") throw new Error(loaded.refusal.sentence);
	}
	return store;
}

/** A resolver that stands on the given day. */
async function resolverOn(today: string, rules: Partial<IdRules> = {}, ...feeds: readonly Tables[]) {
	const store = await storeWith(...(feeds.length > 0 ? feeds : [SMALL_FEED]));
	const dates = [addDays(today, -1), today, addDays(today, 1)];
	const all = { ...NO_RULES, ...rules };
	const index = await buildIndex(store, await store.versions("metro"), dates, CHICAGO, all.match);
	const resolver = new IdResolver({ rules: all, hasSchedule: true });
	resolver.use(index);
	return resolver;
}

const at = (local: string) => Date.parse(`${local}-06:00`);
const MONDAY_8 = at("2026-01-05T08:10:00");

function vehicle(body: Partial<VehicleLocation>): VehicleLocation {
	return { kind: "vehicle_location", vehicleId: "7", latitude: 41.9, longitude: -87.6, ...body };
}

describe("resolving a trip", () => {
	it("leaves an observation as it is that says everything as the schedule does", async () => {
		const resolver = await resolverOn("20260105");
		const said = vehicle({
			tripId: "T1",
			gtfsRouteId: "10",
			directionId: 0,
			serviceDate: "20260105",
			blockId: "B1",
			startTime: "08:00:00",
			eventTime: MONDAY_8,
		});
		expect(resolver.resolve(said, MONDAY_8)).toBe(said);
		expect(resolver.version).toMatch(/^2026-A@/);
	});

	it("adds what the schedule knows, corrects what it knows better, and keeps upstream's word for that", async () => {
		const resolver = await resolverOn("20260105");
		expect(resolver.resolve(vehicle({ tripId: "T1", eventTime: MONDAY_8 }), MONDAY_8)).toEqual(
			vehicle({
				tripId: "T1",
				gtfsRouteId: "10",
				directionId: 0,
				serviceDate: "20260105",
				blockId: "B1",
				eventTime: MONDAY_8,
			}),
		);
		const wrong = vehicle({ tripId: "T2", gtfsRouteId: "99", directionId: 0, startTime: "8:41:00" });
		expect(resolver.resolve(wrong, MONDAY_8)).toMatchObject({
			gtfsRouteId: "10",
			directionId: 1,
			startTime: "08:40:00",
			upstreamIds: { gtfsRouteId: "99", directionId: 0, startTime: "8:41:00" },
		});
	});

	it("takes the day on which the trip runs nearest to the report", async () => {
		const resolver = await resolverOn("20260106");
		const dateAt = (local: string, tripId: string) =>
			resolver.resolve(vehicle({ tripId, eventTime: at(local) }), at(local)).serviceDate;
		// N1 runs from 23:50 to 25:10.
		expect(dateAt("2026-01-06T00:40:00", "N1")).toBe("20260105");
		expect(dateAt("2026-01-06T23:55:00", "N1")).toBe("20260106");
		expect(dateAt("2026-01-06T02:30:00", "N1")).toBe("20260105");
		expect(dateAt("2026-01-06T07:45:00", "T1")).toBe("20260106");
		expect(dateAt("2026-01-06T09:59:00", "T1")).toBe("20260106");
		// Far from its time on any day, it is no report of that trip.
		expect(dateAt("2026-01-06T17:00:00", "T1")).toBeUndefined();
	});

	it("obeys a stated service date, and says when the trip does not run on it", async () => {
		// 2026-01-19 is a holiday on which nothing runs; 2026-01-17 and 18 are a weekend.
		const resolver = await resolverOn("20260119");
		const reason = (body: Partial<VehicleLocation>) =>
			resolver.resolve(vehicle(body), at("2026-01-19T08:10:00")).unresolved;
		expect(reason({ tripId: "T1", serviceDate: "20260119" })).toBe("not_on_date");
		expect(reason({ tripId: "T1", serviceDate: "20260120" })).toBeUndefined();
		expect(reason({ tripId: "T1", serviceDate: "20260105" })).toBe("no_schedule");
		expect(reason({ tripId: "T1" })).toBe("not_on_date");
		expect(reason({ tripId: "X1" })).toBe("not_on_date");
	});

	it("takes the trip of the night before where upstream states the calendar date of a trip after midnight", async () => {
		const night = (SMALL_FEED["stop_times.txt"] ?? "").replace(
			"N1,23:50:00,23:50:00",
			"N1,24:50:00,24:50:00",
		);
		// A Saturday: the trip of Friday's service day begins at 00:50.
		const resolver = await resolverOn("20260110", {}, { ...SMALL_FEED, "stop_times.txt": night });
		const said = vehicle({ tripId: "N1", serviceDate: "20260110" });
		const early = at("2026-01-10T00:55:00");
		expect(resolver.resolve(said, early)).toMatchObject({
			serviceDate: "20260109",
			upstreamIds: { serviceDate: "20260110" },
		});
		expect(resolver.resolve({ ...said, tripId: "T1" }, early).unresolved).toBe("not_on_date");
	});

	it("names the reason for everything else", async () => {
		const resolver = await resolverOn("20260105");
		const reason = (body: Partial<VehicleLocation>) => resolver.resolve(vehicle(body), MONDAY_8).unresolved;
		expect(reason({})).toBe("unassigned");
		expect(reason({ gtfsRouteId: "10" })).toBe("no_trip");
		expect(reason({ blockId: "B1" })).toBe("no_trip");
		expect(reason({ tripId: "T9" })).toBe("unknown_trip");
		expect(reason({ tripId: "T1", scheduleRelationship: "added" })).toBe("added_known");
		expect(reason({ tripId: "T9", gtfsRouteId: "98", scheduleRelationship: "new" })).toBe("unknown_route");
		expect(reason({ tripId: "T9", gtfsRouteId: "10", scheduleRelationship: "added" })).toBeUndefined();
		const empty = new IdResolver({ rules: NO_RULES, hasSchedule: true });
		expect(empty.resolve(vehicle({ tripId: "T1" }), MONDAY_8).unresolved).toBe("no_schedule");
		expect(empty.resolve(vehicle({}), MONDAY_8).unresolved).toBe("unassigned");
	});

	it("changes nothing without a schedule and without rules", () => {
		const resolver = new IdResolver({ rules: NO_RULES, hasSchedule: false });
		const said = vehicle({ tripId: "T1" });
		expect(resolver.resolve(said, MONDAY_8)).toBe(said);
		expect(resolver.version).toBeUndefined();
	});

	it("holds trips that repeat to their start times", async () => {
		const july = at("2026-07-04T10:30:00") - 3_600_000;
		const exact = await resolverOn("20260704", {}, without(SMALL_FEED, "feed_info.txt"));
		const said = (resolver: IdResolver, startTime?: string) =>
			resolver.resolve(vehicle({ tripId: "X1", startTime, serviceDate: "20260704" }), july);
		expect(said(exact, "10:20:00").unresolved).toBeUndefined();
		expect(said(exact, "10:21:00").unresolved).toBe("start_time");
		expect(said(exact).unresolved).toBe("start_time");
		const byHeadway = (SMALL_FEED["frequencies.txt"] ?? "").replace(",600,1", ",600,0");
		const tables = { ...without(SMALL_FEED, "feed_info.txt"), "frequencies.txt": byHeadway };
		const loose = said(await resolverOn("20260704", {}, tables), "10:21:00");
		expect(loose).toMatchObject({ startTime: "10:21:00", scheduleRelationship: "unscheduled" });
		expect(loose.unresolved).toBeUndefined();
	});
});

describe("a vehicle that stands", () => {
	it.each<[string, string, Partial<VehicleLocation>, boolean | undefined]>([
		["between the two trips of its block", "08:33:00", { tripId: "T1" }, true],
		["at the end of its trip, a minute early", "08:29:00", { tripId: "T1" }, true],
		["long after its next trip should have begun", "08:56:00", { tripId: "T1" }, false],
		["in the middle of its trip", "08:20:00", { tripId: "T1" }, undefined],
		["at the end of the last trip of its block", "09:12:00", { tripId: "T2" }, false],
		["without a trip, between two of its block", "08:33:00", { blockId: "B1" }, true],
		["without a trip, before the first one of its block", "07:30:00", { blockId: "B1" }, true],
		["without a trip, hours before", "05:30:00", { blockId: "B1" }, false],
		["without a trip, behind the last one", "09:30:00", { blockId: "B1" }, false],
		["with a block that nobody knows", "09:30:00", { blockId: "B9" }, undefined],
		["without a block", "10:40:00", { gtfsRouteId: "20" }, undefined],
	])("%s", async (_, clock, body, expected) => {
		const resolver = await resolverOn("20260105");
		const time = at(`2026-01-05T${clock}`);
		const said = vehicle({ ...body, eventTime: time, currentStatus: "stopped_at" });
		const told = resolver.resolve(said, time) as VehicleLocation;
		expect(told.blockContinues).toBe(expected);
		// While it drives nobody asks.
		const driving = resolver.resolve({ ...said, currentStatus: "in_transit_to" }, time) as VehicleLocation;
		expect(driving.blockContinues).toBeUndefined();
	});

	it("after midnight, on the service day of its block", async () => {
		const resolver = await resolverOn("20260106");
		const time = at("2026-01-06T01:20:00");
		const said = vehicle({ tripId: "N1", eventTime: time, currentStatus: "stopped_at" });
		expect(resolver.resolve(said, time)).toMatchObject({ serviceDate: "20260105", blockContinues: false });
	});
});

describe("mapping ids", () => {
	const rule = { strip: undefined, add: undefined, template: undefined, crosswalk: undefined };

	it("of a detour marks the trips that the schedule does not have, whatever day they run", async () => {
		const resolver = await resolverOn("20260105", { trip: { ...rule, strip: "MTA_" } });
		const modifications = {
			selectedTrips: [{ tripIds: ["MTA_T1", "MTA_T9", "X1"], shapeId: "S" }, { tripIds: ["T2"] }],
			startTimes: [],
			serviceDates: ["20260301"],
			changes: [],
		};
		const detour = { kind: "detour", detourId: "modifications:m", modifications } as const;
		expect(resolver.resolve(detour, MONDAY_8)).toEqual({
			...detour,
			modifications: {
				...modifications,
				selectedTrips: [
					{ tripIds: ["T1", "T9", "X1"], unresolvedTripIds: ["T9"], shapeId: "S" },
					{ tripIds: ["T2"], shapeId: undefined },
				],
			},
		});
		const shape = { kind: "detour", detourId: "shape:S", shape: { shapeId: "S" } } as const;
		expect(resolver.resolve(shape, MONDAY_8)).toBe(shape);
		resolver.count(detour, MONDAY_8);
		expect(resolver.sums.total).toEqual({ resolved: 0, unresolved: 0 });
	});

	it("by prefix, template and crosswalk, with upstream's own id kept", async () => {
		const resolver = await resolverOn("20260105", {
			vehicle: { ...rule, add: "M-" },
			route: { ...rule, crosswalk: new Map([["TEN", "10"]]) },
			trip: { ...rule, strip: "MTA_", template: "{trip}" },
		});
		expect(resolver.resolve(vehicle({ tripId: "MTA_T1", gtfsRouteId: "TEN" }), MONDAY_8)).toMatchObject({
			vehicleId: "M-7",
			tripId: "T1",
			gtfsRouteId: "10",
			upstreamIds: { vehicleId: "7", tripId: "MTA_T1", gtfsRouteId: "TEN" },
		});
		const block = await resolverOn("20260105", { trip: { ...rule, template: "T{block}" } });
		expect(block.resolve(vehicle({ tripId: "zz", blockId: "1" }), MONDAY_8)).toMatchObject({
			tripId: "T1",
			blockId: "B1",
		});
		// Without a block the template cannot be filled, and the id stays as it is.
		expect(block.resolve(vehicle({ tripId: "zz" }), MONDAY_8)).toMatchObject({
			tripId: "zz",
			unresolved: "unknown_trip",
		});
	});

	it("works without a schedule too", () => {
		const rules = { ...NO_RULES, vehicle: { ...rule, strip: "bus-" } };
		const resolver = new IdResolver({ rules, hasSchedule: false });
		expect(resolver.resolve(vehicle({ vehicleId: "bus-7" }), 0)).toEqual(
			vehicle({ vehicleId: "7", upstreamIds: { vehicleId: "bus-7" } }),
		);
		expect(resolver.resolve(vehicle({ vehicleId: "bus-" }), 0).vehicleId).toBe("bus-");
	});

	it("by route, direction, block and start time, where one trip fits", async () => {
		const match = ["route", "direction", "block", "start"] as const;
		const resolver = await resolverOn("20260105", { match });
		const tripOf = (body: Partial<VehicleLocation>) => {
			const { tripId, unresolved } = resolver.resolve(vehicle(body), MONDAY_8);
			return unresolved ?? tripId;
		};
		expect(tripOf({ gtfsRouteId: "10", startTime: "08:00:00" })).toBe("T1");
		expect(tripOf({ blockId: "B1", startTime: "08:40:00" })).toBe("T2");
		expect(tripOf({ tripId: "vendor-1", gtfsRouteId: "10", directionId: 1, startTime: "8:40:00" })).toBe(
			"T2",
		);
		expect(tripOf({ gtfsRouteId: "10", directionId: 0, startTime: "08:40:00" })).toBe("no_trip");
		expect(tripOf({ tripId: "vendor-1", gtfsRouteId: "10", startTime: "08:41:00" })).toBe("unknown_trip");
		expect(tripOf({ gtfsRouteId: "10" })).toBe("no_trip");
		const twice = { ...SMALL_FEED, "trips.txt": `${SMALL_FEED["trips.txt"]}10,WD,T4,0,B7,\n` };
		const stopTimes = `${SMALL_FEED["stop_times.txt"]}T4,08:00:00,08:00:00,A,1\nT4,08:30:00,08:30:00,C,2\n`;
		const both = await resolverOn("20260105", { match }, { ...twice, "stop_times.txt": stopTimes });
		expect(both.resolve(vehicle({ gtfsRouteId: "10", startTime: "08:00:00" }), MONDAY_8).unresolved).toBe(
			"ambiguous",
		);
		expect(both.resolve(vehicle({ blockId: "B7", startTime: "08:00:00" }), MONDAY_8).tripId).toBe("T4");
	});

	it("reaches trip updates and the selectors of alerts", async () => {
		const resolver = await resolverOn("20260105", {
			trip: { ...rule, strip: "v:" },
			route: { ...rule, strip: "r:" },
		});
		const update: TripUpdate = { kind: "trip_update", tripId: "v:T1", stopTimeUpdates: [] };
		expect(resolver.resolve(update, MONDAY_8)).toMatchObject({
			tripId: "T1",
			gtfsRouteId: "10",
			serviceDate: "20260105",
		});
		const alert: ServiceAlert = {
			kind: "service_alert",
			alertId: "a",
			activePeriods: [],
			informedEntities: [
				{ gtfsRouteId: "r:10" },
				{ trip: { tripId: "v:T2" } },
				{ trip: { tripId: "v:Q" } },
				{ stopId: "A" },
			],
		};
		expect(resolver.resolve(alert, MONDAY_8)).toMatchObject({
			informedEntities: [
				{ gtfsRouteId: "10" },
				{ trip: { tripId: "T2", gtfsRouteId: "10", serviceDate: "20260105" } },
				{ trip: { tripId: "Q", unresolved: "unknown_trip" } },
				{ stopId: "A" },
			],
		});
		const plain = { ...alert, informedEntities: [{ stopId: "A" }] };
		expect(resolver.resolve(plain, MONDAY_8)).toBe(plain);
	});
});

describe("several versions", () => {
	const feedInfo = (from: string, to: string, version: string) =>
		`feed_publisher_name,feed_start_date,feed_end_date,feed_version\nM,${from},${to},${version}\n`;
	const spring = { ...SMALL_FEED, "feed_info.txt": feedInfo("20260101", "20260331", "spring") };
	const renamed = (SMALL_FEED["trips.txt"] ?? "").replace("T1", "S1");
	const stopTimes = (SMALL_FEED["stop_times.txt"] ?? "").replaceAll("T1,", "S1,");
	const summer = {
		...SMALL_FEED,
		"feed_info.txt": feedInfo("20260316", "20260630", "summer"),
		"trips.txt": renamed,
		"stop_times.txt": stopTimes,
	};

	it("the one read last wins on every day that it covers, and the other keeps the rest", async () => {
		const store = await storeWith(spring, summer);
		const versions = await store.versions("metro");
		const on = (date: string) => versionFor(versions, date)?.version.split("@")[0];
		expect(
			["20251231", "20260101", "20260315", "20260316", "20260331", "20260630", "20260701"].map(on),
		).toEqual([undefined, "spring", "spring", "summer", "summer", "summer", undefined]);
		// Withdrawn: the old pick is published again.
		const back = await (await storeWith(summer, spring)).versions("metro");
		expect(versionFor(back, "20260320")?.version).toMatch(/^spring/);
	});

	it("a trip of the evening before a pick is looked up in the old one, and today's in the new one", async () => {
		const resolver = await resolverOn("20260316", {}, spring, summer);
		expect(resolver.version).toMatch(/^summer/);
		const late = at("2026-03-13T23:59:00");
		expect(resolver.resolve(vehicle({ tripId: "T1", serviceDate: "20260316" }), late).unresolved).toBe(
			"unknown_trip",
		);
		expect(
			resolver.resolve(vehicle({ tripId: "S1", serviceDate: "20260316" }), late).unresolved,
		).toBeUndefined();
		const friday = await resolverOn("20260313", {}, spring, summer);
		expect(
			friday.resolve(vehicle({ tripId: "T1", serviceDate: "20260313" }), late).unresolved,
		).toBeUndefined();
	});
});

describe("the match rate", () => {
	it("counts records with an assignment, by route, and forgets the past in turns", async () => {
		const resolver = await resolverOn("20260105");
		const count = (body: Partial<VehicleLocation>, now = MONDAY_8) =>
			resolver.count(resolver.resolve(vehicle(body), MONDAY_8), now);
		for (let n = 0; n < 3; n++) count({ tripId: "T1" });
		count({ tripId: "Q", gtfsRouteId: "10" });
		count({ tripId: "Q", gtfsRouteId: "77" });
		count({});
		const { total, routes, reasons } = resolver.sums;
		expect(total).toEqual({ resolved: 3, unresolved: 2 });
		expect(shareOf(total)).toBe(0.6);
		expect(reasons).toEqual({ unknown_trip: 2, unassigned: 1 });
		expect(
			routes.map(({ gtfsRouteId, total: sums }) => [gtfsRouteId, sums.resolved, sums.unresolved]),
		).toEqual([
			["10", 3, 1],
			["", 0, 1],
		]);
		count({ tripId: "T1" }, MONDAY_8 + 15 * 60_000);
		expect(resolver.sums.recent).toEqual({ resolved: 4, unresolved: 2 });
		count({ tripId: "T1" }, MONDAY_8 + 30 * 60_000);
		expect(resolver.sums.recent).toEqual({ resolved: 2, unresolved: 0 });
		count({ tripId: "T1" }, MONDAY_8 + 300 * 60_000);
		expect(resolver.sums.recent).toEqual({ resolved: 1, unresolved: 0 });
		expect(resolver.sums.total.resolved).toBe(6);
		expect(shareOf({ resolved: 0, unresolved: 0 })).toBeUndefined();
	});
});

function without(tables: Tables, name: string): Tables {
	const { [name]: _, ...rest } = tables;
	return rest;
}
