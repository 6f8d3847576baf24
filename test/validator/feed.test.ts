import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NEVER_FORCED, validateFeed } from "./feed.js";
import { readMessage, writeMessage } from "./feed-message.js";
import { validatePair } from "./pairs.js";
import type { StaticFeed } from "./static-feed.js";

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
	agencies: new Set(["A1"]),
	stopTimes: new Map([
		[
			"T1",
			[
				{ sequence: 1, stopId: "S1", hasArrival: true, hasDeparture: true },
				{ sequence: 2, stopId: "S2", hasArrival: false, hasDeparture: false },
				{ sequence: 3, stopId: "S3", hasArrival: true, hasDeparture: true },
			],
		],
		[
			"L1",
			[
				{ sequence: 1, stopId: "S1", hasArrival: true, hasDeparture: true },
				{ sequence: 2, stopId: "S2", hasArrival: true, hasDeparture: true },
				{ sequence: 3, stopId: "S1", hasArrival: true, hasDeparture: true },
			],
		],
	]),
	routes: new Set(["R1", "R2"]),
	trips: new Map([
		["T1", { routeId: "R1", directionId: 0, shapeId: "H1", firstArrival: "08:05:00" }],
		["L1", { routeId: "R1" }],
		["B1", { routeId: "R1", blockId: "1" }],
		["B2", { routeId: "R1", blockId: "1" }],
		["F0", { routeId: "R1" }],
		["F1", { routeId: "R1" }],
	]),
	stops: new Map([
		["S1", { locationType: 0, at: [42.36, -71.06] }],
		["S2", { locationType: 0, at: [42.36, -71.05] }],
		["S3", { locationType: 0, at: [42.36, -71.04] }],
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

const STOPS = [
	{ stop_sequence: 1, stop_id: "S1", departure: { time: NOW_S + 60 }, schedule_relationship: 0 },
	{ stop_sequence: 2, stop_id: "S2", arrival: { time: NOW_S + 120 }, departure: { time: NOW_S + 130 } },
	{ stop_sequence: 3, stop_id: "S3", arrival: { time: NOW_S + 180 } },
];
const UPDATE = { trip: TRIP, stop_time_update: STOPS, vehicle: { id: "V1" }, timestamp: NOW_S - 20 };
const ALERT = {
	active_period: [{ start: NOW_S - 600, end: NOW_S + 600 }],
	informed_entity: [{ agency_id: "A1" }, { route_id: "R1" }, { trip: { trip_id: "T1" } }, { stop_id: "S1" }],
	header_text: { translation: [{ text: "Detour" }] },
};

function message(vehicle: unknown, header: object = {}, entity: object = {}) {
	return { header: { ...HEADER, ...header }, entity: [{ id: "vp:V1", vehicle, ...entity }] };
}

function codes(content: unknown, options: { schedule?: StaticFeed; previous?: unknown; now?: number } = {}) {
	const { schedule, previous, now = NOW_S * 1000 } = options;
	const before = previous === undefined ? undefined : writeMessage(previous);
	const found = validateFeed(before, writeMessage(content), {
		now,
		...(schedule && { schedule }),
	});
	return found.map((finding) => finding.code).sort();
}

const good = message(VEHICLE);
const vehicle = (change: object) => message({ ...VEHICLE, ...change });
const trip = (change: object) => vehicle({ trip: { ...TRIP, ...change } });
const of = (entity: object) => ({ header: HEADER, entity: [{ id: "1", ...entity }] });
const update = (change: object) => of({ trip_update: { ...UPDATE, ...change } });
const updated = (change: object) => update({ trip: { ...TRIP, ...change } });
/** Each stop changed by what stands at its place. */
const stops = (...changes: object[]) =>
	update({ stop_time_update: STOPS.map((stop, at) => ({ ...stop, ...changes[at] })) });
const alert = (change: object) => of({ alert: { ...ALERT, ...change } });
const informs = (...informed_entity: object[]) => alert({ informed_entity });
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

const noSequences = { stop_sequence: undefined };
const ON = { schedule: SCHEDULE };

const TRIP_RULES: typeof RULES = [
	["E001", stops({ departure: { time: 60 } })],
	["E001", update({ timestamp: 1_000_000 })],
	["E002", stops({ stop_sequence: 4 })],
	["E002", stops({ ...noSequences, stop_id: "S2" }, { ...noSequences, stop_id: "S1" }, noSequences), ON],
	["E003", updated({ trip_id: "T9" }), ON],
	["E004", updated({ trip_id: "T9", route_id: "R9", schedule_relationship: 8 }), ON],
	["E006", update({ trip: { trip_id: "F0", schedule_relationship: 2 } }), ON],
	[
		"E009",
		update({ trip: { ...TRIP, trip_id: "L1" }, stop_time_update: [{ ...STOPS[0], ...noSequences }] }),
		ON,
	],
	["E011", stops({ stop_id: "S9", ...noSequences }), ON],
	["E012", update({ timestamp: NOW_S })],
	["E013", updated({ trip_id: "F0", start_time: "06:10:00" }), ON],
	["E015", stops({ stop_id: "P1" }), ON, ["E015", "E045"]],
	["E016", updated({ schedule_relationship: 1 }), ON],
	["E019", updated({ trip_id: "F1", start_time: "06:11:00" }), ON],
	["E020", updated({ start_time: "30:00:00" })],
	["E021", updated({ start_date: "2025-10-09" })],
	["E022", stops({}, { arrival: { time: NOW_S + 60 } })],
	["E022", stops({}, {}, { arrival: { time: NOW_S + 130 } })],
	["E023", updated({ start_time: "08:06:00" }), ON],
	["E024", updated({ direction_id: 1 }), ON],
	["E025", stops({}, {}, { arrival: { time: NOW_S + 190 }, departure: { time: NOW_S + 180 } })],
	["E035", updated({ route_id: "R2" }), ON],
	["E036", stops({}, {}, { stop_sequence: 2 })],
	["E037", stops({}, {}, { stop_id: "S2" })],
	["E040", stops({}, { stop_id: undefined, ...noSequences })],
	["E041", update({ stop_time_update: [] })],
	["E042", stops({}, { schedule_relationship: 2 })],
	[
		"E042",
		update({
			trip: { ...TRIP, schedule_relationship: 8 },
			stop_time_update: [{ ...STOPS[0], schedule_relationship: 2 }],
		}),
	],
	["E043", stops({}, { arrival: undefined, departure: undefined })],
	["E044", stops({}, { arrival: { uncertainty: 5 } })],
	["E045", stops({}, { stop_id: "S3" }, { stop_id: "S2" }), ON, ["E045", "E045"]],
	["E046", stops({}, { arrival: { delay: 5 }, departure: undefined }), ON],
	[
		"E050",
		{ ...update({ timestamp: NOW_S + 70 }), header: { ...HEADER, timestamp: NOW_S + 50 } },
		{},
		["E012", "E050"],
	],
	["E051", stops({}, {}, { stop_sequence: 9 }), ON],
	["W001", update({ timestamp: undefined })],
	["W002", update({ vehicle: undefined })],
	[
		"W005",
		update({
			vehicle: undefined,
			trip: { ...TRIP, trip_id: "F0", start_time: "06:10:00", schedule_relationship: 2 },
		}),
		ON,
		["W002", "W005"],
	],
	["W006", updated({ trip_id: undefined })],
	["W009", updated({ schedule_relationship: undefined })],
	["W009", stops({ schedule_relationship: undefined })],
];

const ALERT_RULES: typeof RULES = [
	["E001", alert({ active_period: [{ start: 60 }] })],
	["E003", informs({ trip: { trip_id: "T9" } }), ON],
	["E004", informs({ route_id: "R9" }), ON],
	["E011", informs({ stop_id: "S9" }), ON],
	["E020", informs({ trip: { trip_id: "T1", start_time: "30:00:00" } })],
	["E021", informs({ trip: { trip_id: "T1", start_date: "today" } })],
	["E030", informs({ route_id: "R2", trip: { trip_id: "T1" } }), ON],
	["E031", informs({ route_id: "R2", trip: { trip_id: "T1", route_id: "R1" } })],
	["E032", informs()],
	["E033", informs({})],
	["E034", informs({ agency_id: "A9" }), ON],
	["E035", informs({ trip: { trip_id: "T1", route_id: "R2" } }), ON],
];

const PAIR_RULES: [string | undefined, string, string][] = [
	[undefined, "T1", "T1"],
	["E047", "T1", "L1"],
	[undefined, "B1", "B2"],
];

describe("the ported rules of the GTFS-realtime validator", () => {
	it("find nothing in a good message", () => {
		expect(
			codes(good, { schedule: SCHEDULE, previous: message(VEHICLE, { timestamp: NOW_S - 16 }) }),
		).toEqual([]);
		expect(codes({ header: HEADER, entity: [] })).toEqual([]);
	});

	it("find nothing in good trip updates and alerts, nor in what is younger than the validator", () => {
		for (const good of [
			update({}),
			alert({}),
			update({ stop_time_update: [], trip: { ...TRIP, schedule_relationship: 3 } }),
			update({ stop_time_update: [], trip: { ...TRIP, schedule_relationship: 7 } }),
			stops({}, { schedule_relationship: 1, arrival: undefined, departure: undefined }),
			stops({}, { schedule_relationship: 2, arrival: undefined, departure: undefined }),
			update({
				trip: { ...TRIP, trip_id: "N1", schedule_relationship: 8 },
				stop_time_update: [{ stop_id: "S1", departure: { scheduled_time: NOW_S }, schedule_relationship: 2 }],
			}),
		]) {
			expect(codes(good, ON)).toEqual([]);
		}
	});

	it.each(RULES)("of vehicles: %s fires on its fixture %#", (code, content, options, all) => {
		expect(codes(content, options)).toEqual(all ?? [code]);
	});

	it.each(TRIP_RULES)("of trip updates: %s fires on its fixture %#", (code, content, options, all) => {
		expect(codes(content, options)).toEqual(all ?? [code]);
	});

	it.each(ALERT_RULES)("of alerts: %s fires on its fixture %#", (code, content, options, all) => {
		expect(codes(content, options)).toEqual(all ?? [code]);
	});

	it.each(PAIR_RULES)("of pairs: %s with %s and %s", (code, one, other) => {
		const positions = readMessage(writeMessage(trip({ trip_id: one })));
		const trips = readMessage(writeMessage(updated({ trip_id: other })));
		const found = validatePair(positions, trips, ON).map((finding) => finding.code);
		const lonely = one === other ? [] : ["W003"];
		expect(found).toEqual(code === undefined ? lonely : [code, ...lonely]);
	});

	it("each have a fixture", () => {
		const own = ["feed", "trip-descriptors", "trip-updates", "alerts", "pairs"].map((file) => `./${file}.ts`);
		const ported = [...own, "../../src/formats/gtfs-realtime-rules.ts"].flatMap((file) => {
			const source = readFileSync(new URL(file, import.meta.url), "utf8");
			return [...source.matchAll(/(?:report\(|ofEntity\(|code: )"([EW]\d{3})"/g)].map(
				([, code]) => code ?? "",
			);
		});
		const fixtures = [RULES, TRIP_RULES, ALERT_RULES, [["E047"], ["W003"]]].flat().map(([code]) => code);
		expect(new Set(fixtures)).toEqual(new Set(ported));
		// All 57 but E010, which no validator runs.
		expect(new Set(ported).size).toBe(56);
		expect(NEVER_FORCED.filter((code) => !ported.includes(code))).toEqual([]);
	});
});
