import { expect } from "vitest";
import { definition } from "../src/decoders/gtfs-realtime.js";
import {
	emptyAlert,
	emptyVehicle,
	type FeedEntity,
	type VehiclePosition,
} from "../src/formats/gtfs-realtime.js";
import { writeFeedMessage } from "../src/formats/gtfs-realtime-write.js";
import type { VehicleLocation } from "../src/model/observation.js";

/** Small messages written for the tests of the GTFS-realtime decoder, and short ways to decode them. */

export const context = { timezone: "America/New_York", baseDirectory: "." };
export const TIME_S = 1_760_000_000;

export const HEADER = {
	gtfsRealtimeVersion: "2.0",
	incrementality: 0,
	timestamp: TIME_S + 5,
	feedVersion: undefined,
};
export const ENTITY: FeedEntity = {
	id: "e1",
	isDeleted: undefined,
	tripUpdate: undefined,
	vehicle: undefined,
	alert: undefined,
	detour: undefined,
};
export const TRIP = {
	tripId: "T-9",
	startTime: "8:05:00",
	startDate: "20251009",
	scheduleRelationship: 0,
	routeId: "66",
	directionId: 1,
};
export const VEHICLE: VehiclePosition = {
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
	carriages: undefined,
};

export function bytesOf(...entities: Partial<FeedEntity>[]): Uint8Array {
	return writeFeedMessage({ header: HEADER, entities: entities.map((entity) => ({ ...ENTITY, ...entity })) });
}

export function decode(bytes: Uint8Array | string, options: unknown = {}) {
	const decoder = definition.create(definition.options.parse(options), context);
	return decoder.decode({
		bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
		receivedTime: (TIME_S + 9) * 1000,
	});
}

export function one(vehicle: Partial<VehiclePosition>, options: unknown = {}): VehicleLocation {
	const decoded = decode(bytesOf({ vehicle: { ...VEHICLE, ...vehicle } }), options);
	expect(decoded.items).toHaveLength(1);
	return decoded.items[0] as VehicleLocation;
}

export function json(entity: unknown, header: unknown = { timestamp: TIME_S }): string {
	return JSON.stringify({ header, entity: Array.isArray(entity) ? entity : [entity] });
}

export const SAMPLE = bytesOf(
	{ id: "1", vehicle: VEHICLE },
	{
		id: "2",
		tripUpdate: {
			trip: TRIP,
			vehicle: VEHICLE.vehicle,
			timestamp: TIME_S,
			delay: -90,
			properties: undefined,
			stopTimeUpdates: [
				{
					stopSequence: 3,
					stopId: "111",
					arrival: { delay: -45, time: TIME_S + 60, uncertainty: 30, scheduledTime: undefined },
					departure: undefined,
					scheduleRelationship: 0,
					properties: {
						assignedStopId: "111-B",
						stopHeadsign: undefined,
						pickupType: undefined,
						dropOffType: undefined,
					},
					departureOccupancyStatus: 7,
				},
			],
		},
	},
	{
		id: "3",
		alert: {
			...emptyAlert(),
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

export const SNAKE = json({
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
