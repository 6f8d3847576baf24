import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeMessage } from "./feed-message.js";
import type { StaticFeed } from "./static-feed.js";
import { NEVER_FORCED, validateVehiclePositions } from "./vehicle-positions.js";

const NOW_S = 1_760_000_000;

const HEADER = { gtfs_realtime_version: "2.0", incrementality: 0, timestamp: NOW_S - 1 };
const TRIP = {
	trip_id: "T1",
	route_id: "R1",
	direction_id: 0,
	start_date: "20251009",
	schedule_relationship: 0,
};
const VEHICLE = {
	trip: TRIP,
	position: { latitude: 42.36, longitude: -71.06, bearing: 90, speed: 10 },
	stop_id: "S1",
	timestamp: NOW_S - 20,
	vehicle: { id: "V1" },
};

const SCHEDULE: StaticFeed = {
	routes: new Set(["R1", "R2"]),
	trips: new Map([
		["T1", { routeId: "R1", directionId: 0, shapeId: "H1", firstArrival: "08:05:00" }],
		["F0", { routeId: "R1" }],
		["F1", { routeId: "R1" }],
	]),
	stops: new Map([
		["S1", { locationType: 0, at: [42.36, -71.06] }],
		["P1", { locationType: 1, at: [42.37, -71.06] }],
	]),
	shapes: new Map([
		[
			"H1",
			[
				[42.36, -71.1],
				[42.36, -71.0],
			],
		],
	]),
	frequencies: new Map([
		["F0", [{ startS: 6 * 3600, endS: 9 * 3600, headwayS: 600, exactTimes: 0 }]],
		["F1", [{ startS: 6 * 3600, endS: 9 * 3600, headwayS: 600, exactTimes: 1 }]],
	]),
};

function message(vehicle: unknown, header: object = {}, entity: object = {}) {
	return { header: { ...HEADER, ...header }, entity: [{ id: "vp:V1", vehicle, ...entity }] };
}

function codes(content: unknown, options: { schedule?: StaticFeed; previous?: unknown; now?: number } = {}) {
	const { schedule, previous, now = NOW_S * 1000 } = options;
	const before = previous === undefined ? undefined : writeMessage(previous);
	const found = validateVehiclePositions(before, writeMessage(content), {
		now,
		...(schedule && { schedule }),
	});
	return found.map((finding) => finding.code).sort();
}

const good = message(VEHICLE);
const vehicle = (change: object) => message({ ...VEHICLE, ...change });
const trip = (change: object) => vehicle({ trip: { ...TRIP, ...change } });
const position = (change: object) => vehicle({ position: { ...VEHICLE.position, ...change } });

/** A fixture for every ported rule: the message that breaks it, and what else that breaks. */
const RULES: [string, unknown, { schedule?: StaticFeed; previous?: unknown; now?: number }?, string[]?][] = [
	["E001", vehicle({ timestamp: 1_000_000 })],
	["E001", message(VEHICLE, { timestamp: 1_000_000 }), { now: 1_000_000_000 }, ["E001", "E012", "E050"]],
	["E012", vehicle({ timestamp: NOW_S })],
	["E017", position({ latitude: 42.37 }), { previous: good }],
	["E018", good, { previous: message(VEHICLE, { timestamp: NOW_S }) }],
	["E020", trip({ start_time: "30:00:00" })],
	["E021", trip({ start_date: "2025-10-09" })],
	["E021", trip({ start_date: "20251301" })],
	["E026", position({ latitude: 90.5 })],
	["E026", position({ longitude: Number.NaN })],
	["E027", position({ bearing: -1 })],
	["E027", position({ bearing: 361 })],
	["E038", message(VEHICLE, { gtfs_realtime_version: "3" })],
	["E039", message(VEHICLE, {}, { is_deleted: true })],
	["E048", message(VEHICLE, { timestamp: undefined }), {}, ["E048", "W001"]],
	["E049", message(VEHICLE, { incrementality: undefined })],
	["E050", message(VEHICLE, { timestamp: NOW_S + 61 })],
	["E050", message({ ...VEHICLE, timestamp: NOW_S + 70 }, { timestamp: NOW_S + 50 }), {}, ["E012", "E050"]],
	["E052", { ...good, entity: [...good.entity, { id: "other", vehicle: VEHICLE }] }],
	["W001", vehicle({ timestamp: undefined })],
	["W002", vehicle({ vehicle: { label: "7" } })],
	["W004", position({ speed: 27 })],
	["W004", position({ speed: -1 })],
	["W006", trip({ trip_id: undefined })],
	["W007", good, { previous: message(VEHICLE, { timestamp: NOW_S - 40 }) }],
	["W008", message({ ...VEHICLE, timestamp: NOW_S - 90 }, { timestamp: NOW_S - 66 })],
	["W009", trip({ schedule_relationship: undefined })],
	["E003", trip({ trip_id: "T2", start_time: undefined }), { schedule: SCHEDULE }],
	["E004", trip({ trip_id: "T3", route_id: "R9", schedule_relationship: 8 }), { schedule: SCHEDULE }],
	["E006", trip({ trip_id: "F0", schedule_relationship: 2 }), { schedule: SCHEDULE }],
	["E011", vehicle({ stop_id: "S9" }), { schedule: SCHEDULE }],
	["E013", trip({ trip_id: "F0", start_time: "06:10:00" }), { schedule: SCHEDULE }],
	["E015", vehicle({ stop_id: "P1" }), { schedule: SCHEDULE }],
	["E016", trip({ schedule_relationship: 1 }), { schedule: SCHEDULE }],
	["E019", trip({ trip_id: "F1", start_time: "06:11:00" }), { schedule: SCHEDULE }],
	["E023", trip({ start_time: "08:06:00" }), { schedule: SCHEDULE }],
	["E024", trip({ direction_id: 1 }), { schedule: SCHEDULE }],
	["E028", position({ latitude: 43 }), { schedule: SCHEDULE }, ["E028", "E029"]],
	["E029", position({ latitude: 42.3625 }), { schedule: SCHEDULE }],
	["E035", trip({ route_id: "R2" }), { schedule: SCHEDULE }],
	[
		"W005",
		vehicle({
			vehicle: { label: "7" },
			trip: { ...TRIP, trip_id: "F0", start_time: "06:10:00", schedule_relationship: 2 },
		}),
		{ schedule: SCHEDULE },
		["W002", "W005"],
	],
];

describe("the ported rules of the GTFS-realtime validator", () => {
	it("find nothing in a good message", () => {
		expect(
			codes(good, { schedule: SCHEDULE, previous: message(VEHICLE, { timestamp: NOW_S - 16 }) }),
		).toEqual([]);
		expect(codes({ header: HEADER, entity: [] })).toEqual([]);
	});

	it.each(RULES)("%s fires on its fixture %#", (code, content, options, all) => {
		expect(codes(content, options)).toEqual(all ?? [code]);
	});

	it("each have a fixture", () => {
		const source = readFileSync(new URL("./vehicle-positions.ts", import.meta.url), "utf8");
		const ported = new Set([...source.matchAll(/report\("([EW]\d{3})"/g)].map(([, code]) => code ?? ""));
		expect(ported.size).toBeGreaterThan(30);
		expect(new Set(RULES.map(([code]) => code))).toEqual(ported);
		expect(NEVER_FORCED.filter((code) => !ported.has(code))).toEqual([]);
	});
});
