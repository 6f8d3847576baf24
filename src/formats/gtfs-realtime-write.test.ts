import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../test/validator/feed-message.js";
import type { FeedEntity } from "./gtfs-realtime.js";
import { readFeedMessageJson } from "./gtfs-realtime-json-read.js";
import { entityJson, headerJson } from "./gtfs-realtime-json-write.js";
import { shortest } from "./gtfs-realtime-numbers.js";
import { readFeedMessage } from "./gtfs-realtime-read.js";
import { writeFeedMessage } from "./gtfs-realtime-write.js";

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const text = maybe(fc.string({ unit: "grapheme", maxLength: 20 }));
const uint32 = maybe(fc.nat(0xffff_ffff));
const int32 = maybe(fc.integer());
const seconds = maybe(fc.nat(2 ** 50));
const single = maybe(fc.float({ noNaN: true, noDefaultInfinity: true }));

const trip = fc.record({
	tripId: text,
	startTime: text,
	startDate: text,
	scheduleRelationship: maybe(fc.constantFrom(0, 1, 2, 3, 5, 6, 7, 8)),
	routeId: text,
	directionId: uint32,
});
const descriptor = fc.record({
	id: text,
	label: text,
	licensePlate: text,
	wheelchairAccessible: maybe(fc.nat(3)),
});
const emptyTrip = {
	tripId: undefined,
	startTime: undefined,
	startDate: undefined,
	scheduleRelationship: undefined,
	routeId: undefined,
	directionId: undefined,
};
const vehicle = fc.record({
	trip: maybe(trip),
	position: maybe(
		fc.record({
			latitude: single,
			longitude: single,
			bearing: single,
			odometer: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
			speed: single,
		}),
	),
	currentStopSequence: uint32,
	currentStatus: maybe(fc.nat(2)),
	timestamp: seconds,
	congestionLevel: maybe(fc.nat(4)),
	stopId: text,
	vehicle: maybe(descriptor),
	occupancyStatus: maybe(fc.nat(8)),
	occupancyPercentage: int32,
	carriages: maybe(
		fc.array(
			fc.record({
				id: text,
				label: text,
				occupancyStatus: maybe(fc.nat(8)),
				occupancyPercentage: int32,
				sequence: uint32,
			}),
			{ minLength: 1, maxLength: 3 },
		),
	),
});
const event = fc.record({
	delay: int32,
	time: maybe(fc.maxSafeInteger()),
	uncertainty: int32,
	scheduledTime: maybe(fc.maxSafeInteger()),
});
const tripUpdate = fc.record({
	trip: maybe(trip),
	stopTimeUpdates: fc.array(
		fc.record({
			stopSequence: uint32,
			arrival: maybe(event),
			departure: maybe(event),
			stopId: text,
			scheduleRelationship: maybe(fc.nat(3)),
			properties: maybe(
				fc.record({
					assignedStopId: text,
					stopHeadsign: text,
					pickupType: maybe(fc.nat(3)),
					dropOffType: maybe(fc.nat(3)),
				}),
			),
			departureOccupancyStatus: maybe(fc.nat(8)),
		}),
	),
	vehicle: maybe(descriptor),
	timestamp: seconds,
	delay: int32,
	properties: maybe(
		fc.record({
			tripId: text,
			startDate: text,
			startTime: text,
			shapeId: text,
			tripHeadsign: text,
			tripShortName: text,
		}),
	),
});
const translations = fc.array(fc.record({ text: fc.string(), language: text }), { maxLength: 3 });
const alert = fc.record({
	activePeriods: fc.array(fc.record({ start: seconds, end: seconds }), { maxLength: 3 }),
	informedEntities: fc.array(
		fc.record({
			agencyId: text,
			routeId: text,
			routeType: int32,
			trip: maybe(trip),
			stopId: text,
			directionId: uint32,
		}),
		{ maxLength: 3 },
	),
	cause: maybe(fc.integer({ min: 1, max: 13 })),
	effect: maybe(fc.integer({ min: 1, max: 11 })),
	url: translations,
	headerText: translations,
	descriptionText: translations,
	severityLevel: maybe(fc.integer({ min: 1, max: 4 })),
	ttsHeaderText: translations,
	ttsDescriptionText: translations,
	images: fc.array(fc.record({ url: fc.string(), mediaType: fc.string(), language: text }), { maxLength: 2 }),
	imageAlternativeText: translations,
	causeDetail: translations,
	effectDetail: translations,
});
const entity: fc.Arbitrary<FeedEntity> = fc.record({
	id: text,
	isDeleted: maybe(fc.boolean()),
	tripUpdate: maybe(tripUpdate),
	vehicle: maybe(vehicle),
	alert: maybe(alert),
	detour: fc.constant(undefined),
});
const header = fc.record({
	gtfsRealtimeVersion: text,
	incrementality: maybe(fc.nat(1)),
	timestamp: seconds,
	feedVersion: text,
});

describe("GTFS-realtime on the wire", () => {
	it("is read back as it was written, zeros and absent fields apart", () => {
		fc.assert(
			fc.property(header, fc.array(entity, { maxLength: 5 }), (head, entities) => {
				const message = readFeedMessage(writeFeedMessage({ header: head, entities }));
				expect(message.failure).toBeUndefined();
				expect(message.header).toEqual(head);
				expect(message.entities).toEqual(entities);
			}),
			{ numRuns: 200 },
		);
	});

	it("reads the same in JSON as another reader reads it in the bytes: trip updates, alerts, carriages", () => {
		const named = fc.record({
			id: fc.string(),
			isDeleted: fc.constant(undefined),
			tripUpdate: maybe(
				tripUpdate.map((one) => ({ ...one, trip: one.trip ?? { ...emptyTrip, tripId: "T" } })),
			),
			vehicle: maybe(
				vehicle.map((one) => ({
					...one,
					position: undefined,
					occupancyPercentage: one.occupancyPercentage && Math.abs(one.occupancyPercentage),
				})),
			),
			alert: maybe(alert),
			detour: fc.constant(undefined),
		});
		const head = { gtfsRealtimeVersion: "2.0", incrementality: 0, timestamp: 1, feedVersion: undefined };
		fc.assert(
			fc.property(named, (one) => {
				const [theirs] = readMessage(writeFeedMessage({ header: head, entities: [one] })).entity;
				const ours = JSON.parse(`{${entityJson(one)}}`, (_, value) =>
					Array.isArray(value) && value.length === 0 ? undefined : value,
				);
				expect(ours).toEqual(JSON.parse(JSON.stringify(theirs)));
			}),
			{ numRuns: 200 },
		);
	});

	it("is what another reader reads too", () => {
		fc.assert(
			fc.property(vehicle, (one) => {
				const wanted = {
					...one,
					occupancyPercentage: one.occupancyPercentage && Math.abs(one.occupancyPercentage),
				};
				const position = one.position && { ...one.position, latitude: 1, longitude: 2 };
				const bytes = writeFeedMessage({
					header: { gtfsRealtimeVersion: "2.0", incrementality: 0, timestamp: 0, feedVersion: undefined },
					entities: [
						{
							id: "e",
							isDeleted: false,
							tripUpdate: undefined,
							alert: undefined,
							detour: undefined,
							vehicle: { ...wanted, position },
						},
					],
				});
				const message = readMessage(bytes);
				expect(message.header).toEqual({
					gtfs_realtime_version: "2.0",
					incrementality: "FULL_DATASET",
					timestamp: 0,
				});
				const read = message.entity[0]?.vehicle;
				expect(message.entity[0]).toMatchObject({ id: "e", is_deleted: false });
				expect(read?.timestamp).toBe(one.timestamp);
				expect(read?.stop_id).toBe(one.stopId);
				expect(read?.trip?.trip_id).toBe(one.trip?.tripId);
				expect(read?.trip?.direction_id).toBe(one.trip?.directionId);
				expect(read?.vehicle?.id).toBe(one.vehicle?.id);
				expect(read?.position?.odometer).toBe(position?.odometer);
				expect(read?.position?.speed).toBe(position?.speed);
				expect(read?.current_stop_sequence).toBe(one.currentStopSequence);
				expect(read?.occupancy_percentage).toBe(wanted.occupancyPercentage);
			}),
			{ numRuns: 200 },
		);
	});

	it("says the same as JSON", () => {
		fc.assert(
			fc.property(header, vehicle, (head, one) => {
				const id = "e";
				const whole = {
					id,
					isDeleted: undefined,
					tripUpdate: undefined,
					vehicle: one,
					alert: undefined,
					detour: undefined,
				};
				const json = `{"header":${headerJson(head)},"entity":[{${entityJson(whole)},"freshness":{}}]}`;
				const read = readFeedMessageJson(JSON.parse(json)).entities[0] as FeedEntity;
				expect(read.vehicle?.timestamp).toBe(one.timestamp);
				expect(read.vehicle?.currentStatus).toBe(one.currentStatus);
				expect(read.vehicle?.occupancyStatus).toBe(one.occupancyStatus);
				expect(read.vehicle?.trip?.scheduleRelationship).toBe(one.trip?.scheduleRelationship);
				expect(read.vehicle?.vehicle?.wheelchairAccessible).toBe(one.vehicle?.wheelchairAccessible);
				expect(read.vehicle?.position?.latitude).toBe(
					Object.is(one.position?.latitude, -0) ? 0 : one.position?.latitude,
				);
			}),
		);
	});
});

describe("the shortest decimal of a measurement", () => {
	it.each([
		[Math.fround(42.3601), 6, 42.3601],
		[Math.fround(28.0573), 6, 28.0573],
		[Math.fround(-71.06123), 6, -71.06123],
		[56.474441528320312, 6, 56.47444],
		[-70.9466909, 6, -70.946691],
		[315.5, 2, 315.5],
		[-0, 6, 0],
		[1e-9, 6, 0],
	])("%d with %d decimals is %d", (value, digits, expected) => {
		expect(shortest(value, digits)).toBe(expected);
	});

	it("is the same 32-bit float where six decimals can say it, and never off by more than half of the last", () => {
		fc.assert(
			fc.property(fc.float({ min: -180, max: 180, noNaN: true }), (value) => {
				const short = shortest(value, 6);
				expect(Math.abs(short - value)).toBeLessThanOrEqual(8e-6);
				if (Math.abs(value) >= 16) expect(Math.fround(short)).toBe(value + 0);
			}),
		);
	});
});
