import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { describeDecoder } from "../../test/contract/decoder-contract.js";
import { emptyVehicle, type FeedEntity, type VehiclePosition } from "../formats/gtfs-realtime.js";
import { writeFeedMessage } from "../formats/gtfs-realtime-write.js";
import type { ServiceAlert, TripUpdate, VehicleLocation } from "../model/observation.js";
import { definition } from "./gtfs-realtime.js";

const context = { timezone: "America/New_York", baseDirectory: "." };
const TIME_S = 1_760_000_000;

const HEADER = {
	gtfsRealtimeVersion: "2.0",
	incrementality: 0,
	timestamp: TIME_S + 5,
	feedVersion: undefined,
};
const ENTITY: FeedEntity = {
	id: "e1",
	isDeleted: undefined,
	tripUpdate: undefined,
	vehicle: undefined,
	alert: undefined,
	otherKind: false,
};
const TRIP = {
	tripId: "T-9",
	startTime: "8:05:00",
	startDate: "20251009",
	scheduleRelationship: 0,
	routeId: "66",
	directionId: 1,
};
const VEHICLE: VehiclePosition = {
	...emptyVehicle(),
	trip: TRIP,
	position: { latitude: 42.3601, longitude: -71.05895, bearing: 315.5, odometer: 123456.7, speed: 8.5 },
	currentStopSequence: 12,
	currentStatus: 0,
	timestamp: TIME_S,
	congestionLevel: 1,
	stopId: "110",
	vehicle: { id: "0806", label: "806", licensePlate: "MA 806", wheelchairAccessible: 2 },
	occupancyStatus: 1,
	occupancyPercentage: 40,
};

function bytesOf(...entities: Partial<FeedEntity>[]): Uint8Array {
	return writeFeedMessage({ header: HEADER, entities: entities.map((entity) => ({ ...ENTITY, ...entity })) });
}

function decode(bytes: Uint8Array | string, options: unknown = {}) {
	const decoder = definition.create(definition.options.parse(options), context);
	return decoder.decode({
		bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
		receivedTime: (TIME_S + 9) * 1000,
	});
}

function one(vehicle: Partial<VehiclePosition>, options: unknown = {}): VehicleLocation {
	const decoded = decode(bytesOf({ vehicle: { ...VEHICLE, ...vehicle } }), options);
	expect(decoded.items).toHaveLength(1);
	return decoded.items[0] as VehicleLocation;
}

function json(entity: unknown, header: unknown = { timestamp: TIME_S }): string {
	return JSON.stringify({ header, entity: Array.isArray(entity) ? entity : [entity] });
}

const SAMPLE = bytesOf(
	{ id: "1", vehicle: VEHICLE },
	{
		id: "2",
		tripUpdate: {
			trip: TRIP,
			vehicle: VEHICLE.vehicle,
			timestamp: TIME_S,
			delay: -90,
			stopTimeUpdates: [
				{
					stopSequence: 3,
					stopId: "111",
					arrival: { delay: -45, time: TIME_S + 60, uncertainty: 30, scheduledTime: undefined },
					departure: undefined,
					scheduleRelationship: 0,
					assignedStopId: "111-B",
					departureOccupancyStatus: 7,
				},
			],
		},
	},
	{
		id: "3",
		alert: {
			activePeriods: [{ start: TIME_S, end: undefined }],
			informedEntities: [
				{ agencyId: "1", routeId: "66", routeType: 3, trip: TRIP, stopId: "110", directionId: 0 },
			],
			cause: 10,
			effect: 4,
			url: [{ text: "https://example.org/a", language: "en" }],
			headerText: [
				{ text: "Detour", language: "en" },
				{ text: "Déviation", language: "fr" },
			],
			descriptionText: [{ text: "Route 66 turns left.", language: undefined }],
			severityLevel: 3,
		},
	},
);

const SNAKE = json({
	id: "e1",
	trip_update: null,
	is_deleted: false,
	vehicle: {
		trip: { trip_id: "T-9", route_id: "66", direction_id: "1", start_date: "20251009" },
		position: { latitude: "42.3601", longitude: -71.05895, bearing: 315.5 },
		current_stop_sequence: 12,
		current_status: "INCOMING_AT",
		timestamp: String(TIME_S),
		vehicle: { id: 806 },
		occupancy_percentage: -1,
	},
});

describeDecoder({
	definition,
	samples: [
		{ name: "protobuf", bytes: SAMPLE, observations: 3 },
		{ name: "snake_case JSON", bytes: SNAKE, observations: 1 },
		{ name: "an empty feed", bytes: bytesOf(), observations: 0 },
	],
});

describe("gtfs-realtime", () => {
	it("reads every field of a vehicle, in SI units and milliseconds", () => {
		expect(one({})).toEqual({
			kind: "vehicle_location",
			eventTime: TIME_S * 1000,
			vehicleId: "0806",
			vehicleLabel: "806",
			licensePlate: "MA 806",
			wheelchairAccessible: "wheelchair_accessible",
			tripId: "T-9",
			gtfsRouteId: "66",
			directionId: 1,
			serviceDate: "20251009",
			startTime: "08:05:00",
			scheduleRelationship: "scheduled",
			latitude: 42.3601,
			longitude: -71.05895,
			headingDeg: 315.5,
			speedMps: 8.5,
			odometerM: 123456.7,
			currentStopSequence: 12,
			stopId: "110",
			currentStatus: "incoming_at",
			congestionLevel: "running_smoothly",
			occupancyStatus: "many_seats_available",
			occupancyPercentage: 40,
		});
	});

	it("reads trip updates and alerts", () => {
		const [, update, alert] = decode(SAMPLE).items as [VehicleLocation, TripUpdate, ServiceAlert];
		expect(update).toMatchObject({
			kind: "trip_update",
			eventTime: TIME_S * 1000,
			vehicleId: "0806",
			tripId: "T-9",
			serviceDate: "20251009",
			delayS: -90,
			stopTimeUpdates: [
				{
					stopSequence: 3,
					stopId: "111",
					arrival: { delayS: -45, time: (TIME_S + 60) * 1000, uncertaintyS: 30 },
					scheduleRelationship: "scheduled",
					departureOccupancyStatus: "no_data_available",
					assignedStopId: "111-B",
				},
			],
		});
		expect(alert).toMatchObject({
			kind: "service_alert",
			alertId: "3",
			activePeriods: [{ start: TIME_S * 1000 }],
			informedEntities: [{ agencyId: "1", gtfsRouteId: "66", routeType: 3, stopId: "110", directionId: 0 }],
			cause: "construction",
			effect: "detour",
			severity: "warning",
			url: [{ text: "https://example.org/a", language: "en" }],
			header: [
				{ text: "Detour", language: "en" },
				{ text: "Déviation", language: "fr" },
			],
			description: [{ text: "Route 66 turns left." }],
		});
	});

	it("says that a full data set is complete, and that a differential one is not", () => {
		expect(decode(SAMPLE).complete).toBe(true);
		const bytes = writeFeedMessage({ header: { ...HEADER, incrementality: 1 }, entities: [] });
		expect(decode(bytes).complete).toBe(false);
		expect(decode(SAMPLE.slice(0, -3)).complete).toBe(false);
	});
});

describe("gtfs-realtime traps", () => {
	it("reads times in milliseconds, in the header and in vehicles", () => {
		const header = { ...HEADER, timestamp: TIME_S * 1000 + 7 };
		const vehicle = { ...VEHICLE, timestamp: TIME_S * 1000 + 250 };
		const decoded = decode(writeFeedMessage({ header, entities: [{ ...ENTITY, vehicle }] }));
		expect(decoded.headerTime).toBe(TIME_S * 1000 + 7);
		expect(decoded.items[0]).toMatchObject({ eventTime: TIME_S * 1000 + 250, resolutionMs: 1 });
	});

	it("leaves an absent time absent, and takes 0 for absent", () => {
		expect(one({ timestamp: undefined }).eventTime).toBeUndefined();
		expect(one({ timestamp: 0 })).toMatchObject({ eventTime: undefined, flags: undefined });
	});

	it("removes a time that no calendar reaches, and says so", () => {
		expect(one({ timestamp: 2 ** 53 })).toMatchObject({ eventTime: undefined, flags: ["value_removed"] });
	});

	it.each([
		["empty ids", { ...TRIP, tripId: "", routeId: "" }],
		["blank ids", { ...TRIP, tripId: " ", routeId: "  " }],
		["trip 0 of no route", { ...TRIP, tripId: "0", routeId: "" }],
	])("takes %s for absent", (_, trip) => {
		expect(one({ trip })).toMatchObject({ tripId: undefined, gtfsRouteId: undefined, flags: undefined });
	});

	it("takes trip 0 for a trip where the options say so", () => {
		expect(one({ trip: { ...TRIP, tripId: "0" } }, { noTrip: [] }).tripId).toBe("0");
		expect(one({ trip: { ...TRIP, tripId: "none" } }, { noTrip: ["none"] }).tripId).toBeUndefined();
	});

	it("takes an occupancy of -1 percent for absent", () => {
		expect(one({ occupancyPercentage: -1 })).toMatchObject({
			occupancyPercentage: undefined,
			flags: undefined,
		});
	});

	it.each([
		["a bearing of -1", { bearing: -1 }, "headingDeg"],
		["a bearing of 400", { bearing: 400 }, "headingDeg"],
		["a bearing that is no number", { bearing: Number.NaN }, "headingDeg"],
		["a negative speed", { speed: -1 }, "speedMps"],
		["255 mph, the unknown of gateways", { speed: 113.9952 }, "speedMps"],
		["an endless speed", { speed: Number.POSITIVE_INFINITY }, "speedMps"],
		["a negative odometer", { odometer: -5 }, "odometerM"],
	])("removes %s with a flag and keeps the rest", (_, part, field) => {
		const position = { latitude: 1, longitude: 2, bearing: 3, odometer: 4, speed: 5, ...part };
		const observation = one({ position });
		expect(observation).toMatchObject({ latitude: 1, longitude: 2, flags: ["value_removed"] });
		expect(observation[field as "headingDeg"]).toBeUndefined();
	});

	it("reads a bearing of 360 as 0", () => {
		expect(one({ position: { ...VEHICLE.position!, bearing: 360 } }).headingDeg).toBe(0);
	});

	it.each([
		["0,0", 0, 0],
		["an impossible latitude", 91, 10],
		["an impossible longitude", 10, -181],
		["no number", Number.NaN, 10],
		["half a position", undefined, 10],
	])("removes a position of %s with a flag and keeps the record", (_, latitude, longitude) => {
		const position = { latitude, longitude, bearing: undefined, odometer: undefined, speed: 3 };
		const observation = one({ position });
		expect(observation).toMatchObject({ vehicleId: "0806", speedMps: 3, flags: ["position_removed"] });
		expect(observation.latitude).toBeUndefined();
		expect(observation.longitude).toBeUndefined();
	});

	it("keeps the equator and the meridian of Greenwich", () => {
		const position = { ...VEHICLE.position!, latitude: 0, longitude: 9.45 };
		expect(one({ position })).toMatchObject({ latitude: 0, longitude: 9.45 });
		expect(one({ position: { ...position, latitude: 51.5, longitude: 0 } })).toMatchObject({ longitude: 0 });
	});

	it("gives coordinates in the shortest spelling of their 32-bit float", () => {
		const position = {
			...VEHICLE.position!,
			latitude: Math.fround(28.0573),
			longitude: Math.fround(-122.328211),
		};
		const { latitude, longitude } = one({ position });
		expect(latitude).toBe(28.0573);
		expect(Math.fround(longitude ?? 0)).toBe(Math.fround(-122.328211));
		expect(String(longitude).length).toBeLessThanOrEqual(11);
	});

	it("makes a record of a vehicle that has neither position nor descriptor: its trip is the subject", () => {
		const observation = one({ position: undefined, vehicle: undefined });
		expect(observation).toMatchObject({ kind: "vehicle_location", tripId: "T-9", serviceDate: "20251009" });
		expect(observation.flags).toBeUndefined();
	});

	it("takes the entity id for the vehicle only when told to, and only where nothing else names it", () => {
		const anonymous = { trip: undefined, vehicle: undefined };
		expect(one(anonymous).vehicleId).toBeUndefined();
		expect(one(anonymous, { entityIdAsVehicle: true }).vehicleId).toBe("e1");
		expect(one({}, { entityIdAsVehicle: true }).vehicleId).toBe("0806");
		expect(one({ vehicle: undefined }, { entityIdAsVehicle: true }).vehicleId).toBeUndefined();
	});

	it("removes an enum number that nobody knows, and keeps the record", () => {
		expect(one({ occupancyStatus: 42, currentStatus: -3 })).toMatchObject({
			vehicleId: "0806",
			occupancyStatus: undefined,
			currentStatus: undefined,
			flags: ["value_removed"],
		});
	});

	it("removes a service date and a start time that are none", () => {
		expect(one({ trip: { ...TRIP, startDate: "20251345", startTime: "8h05" } })).toMatchObject({
			serviceDate: undefined,
			startTime: undefined,
			flags: ["value_removed"],
		});
		expect(one({ trip: { ...TRIP, startDate: "2025-10-09", startTime: "25:10:00" } })).toMatchObject({
			serviceDate: "20251009",
			startTime: "25:10:00",
		});
	});

	it("counts an entity that is deleted as a notice, and never shows what it says", () => {
		const decoded = decode(bytesOf({ isDeleted: true, vehicle: VEHICLE }, { id: "e2", vehicle: VEHICLE }));
		expect(decoded.items).toHaveLength(1);
		expect(decoded.notices).toEqual(["an entity is marked is_deleted"]);
	});

	it("rejects an entity of no kind, and reads its neighbours", () => {
		const decoded = decode(bytesOf({ id: "e0" }, { id: "e1", vehicle: VEHICLE }));
		expect(decoded.items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
		expect(decoded.items[0]).toMatchObject({
			code: "decode.record",
			message: 'entity "e0" is neither a vehicle, a trip update nor an alert',
		});
	});

	it("makes two records of an entity that holds a trip update and a vehicle", () => {
		const tripUpdate = {
			trip: TRIP,
			stopTimeUpdates: [],
			vehicle: undefined,
			timestamp: undefined,
			delay: 5,
		};
		const kinds = decode(bytesOf({ vehicle: VEHICLE, tripUpdate })).items.map((item) => item.kind);
		expect(kinds).toEqual(["trip_update", "vehicle_location"]);
	});

	it("rejects an alert without an id", () => {
		const decoded = decode(json({ alert: { header_text: { translation: [{ text: "Closed" }] } } }));
		expect(decoded.items[0]).toMatchObject({ kind: "rejection", code: "record.no_subject" });
	});
});

describe("gtfs-realtime as JSON", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: TIME_S * 1000,
		vehicleId: "806",
		tripId: "T-9",
		gtfsRouteId: "66",
		directionId: 1,
		serviceDate: "20251009",
		latitude: 42.3601,
		longitude: -71.05895,
		headingDeg: 315.5,
		currentStopSequence: 12,
		currentStatus: "incoming_at",
	};

	it("reads snake_case, names of enums, numbers as text and null for unset", () => {
		const decoded = decode(SNAKE);
		expect(decoded.headerTime).toBe(TIME_S * 1000);
		expect(decoded.items).toEqual([expected]);
	});

	it("reads camelCase and numbers of enums", () => {
		const camel = SNAKE.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()).replace(
			'"INCOMING_AT"',
			"0",
		);
		expect(camel).toContain("currentStopSequence");
		expect(decode(camel).items).toEqual([expected]);
	});

	it.each([
		["a byte-order mark", Buffer.from(`\uFEFF${SNAKE}`)],
		["UTF-16", Buffer.from(`\uFEFF${SNAKE}`, "utf16le")],
		["blanks and line breaks before it", Buffer.from(`\n  \r\n${SNAKE}`)],
	])("reads it behind %s", (_, bytes) => {
		expect(decode(bytes).items).toEqual([expected]);
	});

	it("removes values of the wrong kind, and keeps the record", () => {
		const vehicle = {
			vehicle: { id: "7" },
			position: { latitude: "north", longitude: 3 },
			current_status: "PARKED",
		};
		expect(decode(json({ id: "1", vehicle })).items[0]).toMatchObject({
			vehicleId: "7",
			flags: ["position_removed", "value_removed"],
		});
	});

	it("rejects an entity that is no object, and reads its neighbours", () => {
		const decoded = decode(json(["x", { id: "1", vehicle: { vehicle: { id: "7" } } }]));
		expect(decoded.items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
	});

	it("masks people in the sample of what it rejects", () => {
		const decoded = decode(json([["x"], { id: "1", driver: "A. Person" }]));
		expect(JSON.stringify(decoded.items)).not.toContain("A. Person");
	});

	it("reads translations as the standard and as MBTA write them", () => {
		const text = { text: "Closed", language: "en" };
		for (const header_text of [{ translation: [text] }, [{ translation: text }]]) {
			const item = decode(json({ id: "1", alert: { header_text, effect: "NO_SERVICE" } })).items[0];
			expect(item).toMatchObject({ alertId: "1", header: [text], effect: "no_service" });
		}
	});
});

describe("frames that are no FeedMessage", () => {
	it.each([
		["empty bytes", Buffer.alloc(0), "the frame is empty"],
		["an HTML page", Buffer.from("<!DOCTYPE html><html><body>502</body></html>"), "HTML"],
		["an HTML page after a line break", Buffer.from("\n<html><body>502</body></html>"), "HTML"],
		["text", Buffer.from("Service Unavailable"), "not a FeedMessage"],
		["gzip", gzipSync(SAMPLE), "compressed"],
		["a zip archive", Buffer.from("PK\u0003\u0004rest"), "zip archive"],
		["an error in JSON", Buffer.from('{"error":"quota"}'), "neither a header nor an entity"],
		["zeros", Buffer.alloc(100), "not a FeedMessage"],
		["noise", Buffer.from("f3a9918c77e2b1", "hex"), "not a FeedMessage"],
	])("%s fail as a format", (_, bytes, words) => {
		const decoded = decode(bytes);
		expect(decoded.items).toEqual([]);
		expect(decoded.failure?.code).toBe("decode.format");
		expect(decoded.failure?.message).toContain(words);
		expect(decoded.complete ?? false).toBe(false);
	});

	it("gives the entities before a cut, and says that it was cut", () => {
		const bytes = bytesOf(...Array.from({ length: 10 }, (_, i) => ({ id: String(i), vehicle: VEHICLE })));
		const decoded = decode(bytes.slice(0, Math.floor(bytes.length * 0.75)));
		expect(decoded.items).toHaveLength(7);
		expect(decoded.failure?.code).toBe("decode.truncated");
		expect(decoded.failure?.message).toContain("7 entities were read before byte");
	});

	it("says that JSON was cut", () => {
		expect(decode(SNAKE.slice(0, -20)).failure?.code).toBe("decode.truncated");
	});

	it("keeps entities of a message that has no header, and says that it has none", () => {
		const bytes = SAMPLE.slice(2 + (SAMPLE[1] as number));
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(3);
		expect(decoded.failure?.message).toContain("no header");
	});

	it("spoils only the entity whose inner length runs over its end", () => {
		const good = bytesOf({ id: "e1", vehicle: VEHICLE }, { id: "e2", vehicle: VEHICLE });
		const bytes = Buffer.from(good);
		const at = bytes.indexOf(Buffer.from([0x22])); // The vehicle inside the first entity.
		bytes[at + 1] = 0x7f;
		const decoded = decode(bytes);
		expect(decoded.items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
		expect(decoded.items[0]).toMatchObject({ code: "decode.record" });
		expect(decoded.failure).toBeUndefined();
	});

	it("stops at more entities than any feed has", () => {
		const header = bytesOf();
		const bytes = Buffer.concat([header, Buffer.alloc(2 * 200_010, Buffer.from([0x12, 0x00]))]);
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(200_000);
		expect(decoded.failure?.code).toBe("decode.limit");
	});

	it("costs no more than its size when every entity claims the rest of the message", () => {
		// Each entity holds a vehicle whose length reaches to the end of the frame: without a limit each would be read to there.
		const entity = Buffer.from([0x12, 0x06, 0x22, 0xff, 0xff, 0xff, 0x7f, 0x00]);
		const bytes = Buffer.concat([bytesOf(), Buffer.alloc(entity.length * 100_000, entity)]);
		const decoded = decode(bytes);
		expect(decoded.items).toHaveLength(100_000);
		expect(new Set(decoded.items.map((item) => item.kind))).toEqual(new Set(["rejection"]));
	});
});
