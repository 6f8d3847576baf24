import { describe, expect, it } from "vitest";
import {
	bytesOf,
	decode,
	ENTITY,
	HEADER,
	json,
	one,
	SAMPLE,
	SNAKE,
	TIME_S,
	TRIP,
	VEHICLE,
} from "../../test/gtfs-realtime-sample.js";
import { writeFeedMessage } from "../formats/gtfs-realtime-write.js";
import type { ServiceAlert, TripUpdate, VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./gtfs-realtime.js";

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
			message: 'entity "e0" is neither a vehicle, a trip update, an alert nor a part of a detour',
		});
	});

	it("makes two records of an entity that holds a trip update and a vehicle", () => {
		const tripUpdate = {
			trip: TRIP,
			stopTimeUpdates: [],
			vehicle: undefined,
			timestamp: undefined,
			delay: 5,
			properties: undefined,
		};
		const kinds = decode(bytesOf({ vehicle: VEHICLE, tripUpdate })).items.map((item) => item.kind);
		expect(kinds).toEqual(["trip_update", "vehicle_location"]);
	});

	it("rejects an alert without an id", () => {
		const decoded = decode(json({ alert: { header_text: { translation: [{ text: "Closed" }] } } }));
		expect(decoded.items[0]).toMatchObject({ kind: "rejection", code: "record.no_subject" });
	});
});
