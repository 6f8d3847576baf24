import { expect } from "vitest";
import type { Flag, ServiceAlert, TripUpdate, VehicleLocation } from "../src/model/observation.js";
import type { RecordBody, TransitRecord } from "../src/model/record.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { definition } from "../src/sinks/gtfs-realtime.js";
import type { ServingSink, SinkContext } from "../src/sinks/sink.js";
import { type Message, readMessage, type Vehicle } from "./validator/feed-message.js";
import { bodyOf, get } from "./validator/publish.js";

export const START = Date.parse("2026-01-05T12:00:00Z");

/** A sink in a virtual world, and how it looks from outside. */
export function world(options: unknown = {}, startTime = START, context: Partial<SinkContext> = {}) {
	const virtual = createVirtualRuntime({ startTime });
	const { clock } = virtual.runtime;
	const sink = definition.create(definition.options.parse(options), {
		name: "rider-feed",
		runtime: virtual.runtime,
		baseDirectory: ".",
		secrets: {},
		...context,
	}) as ServingSink;
	const settled: [TransitRecord, string][] = [];
	let snapshot: string | undefined;
	return {
		/** The newest one, as the harness would have kept it. */
		snapshot: () => snapshot,
		virtual,
		clock,
		sink,
		settled,
		outcomes: () => settled.map(([, outcome]) => outcome),
		apply: (...records: TransitRecord[]) => sink.apply(records, false),
		publish: () => {
			const publication = sink.publish(clock.now(), (record, outcome) => settled.push([record, outcome]));
			publication.reveal();
			snapshot = publication.snapshot ?? snapshot;
			return publication.state;
		},
		feed: async (name = "vehicle-positions"): Promise<Message> =>
			readMessage(bodyOf(await get(sink, `/${name}.pb`))),
		json: async (name = "vehicle-positions") =>
			JSON.parse(Buffer.from(bodyOf(await get(sink, `/${name}.json`))).toString()),
	};
}

export const BODY: VehicleLocation = {
	kind: "vehicle_location",
	vehicleId: "7",
	vehicleLabel: "Bus 7",
	tripId: "T1",
	gtfsRouteId: "66",
	directionId: 0,
	serviceDate: "20260105",
	startTime: "11:40:00",
	latitude: 42.3601,
	longitude: -71.0589,
	headingDeg: 90,
	speedMps: 8,
	odometerM: 1000,
	currentStopSequence: 3,
	currentStatus: "incoming_at",
	stopId: "110",
	congestionLevel: "unknown_congestion_level",
	occupancyStatus: "empty",
	occupancyPercentage: 5,
};

let offset = 0;

export function record(
	eventTime: number,
	body: Partial<VehicleLocation> = {},
	more: Partial<TransitRecord> = {},
): TransitRecord {
	const whole = { ...BODY, ...body } as VehicleLocation;
	const key = `metro:${whole.vehicleId ?? (whole.tripId ? `${whole.serviceDate}:${whole.tripId}` : `label:${whole.vehicleLabel}`)}`;
	return {
		revision: 0,
		key,
		eventTime,
		resolutionMs: 1000,
		origin: {
			agency: "metro",
			feed: "avl",
			upstream: 0,
			partition: 0,
			offset: offset++,
			receivedTime: Math.max(eventTime, START),
			decoder: "test@1",
		},
		index: 0,
		flags: [],
		body: whole,
		...more,
	};
}

/** What intake appends when upstream no longer lists the vehicle. */
export function removal(eventTime: number, vehicleId = "7"): TransitRecord {
	const body = { kind: "vehicle_location", removed: true, vehicleId } as const;
	return { ...record(eventTime, { vehicleId }), body };
}

/** A record of any kind; its key is that of the body's subject. */
export function recordOf(
	eventTime: number,
	subject: string,
	body: RecordBody,
	more: Partial<TransitRecord> = {},
): TransitRecord {
	return { ...record(eventTime), key: `metro:${subject}`, body, ...more };
}

export function tripUpdate(eventTime: number, body: Partial<TripUpdate> = {}, flags: readonly Flag[] = []) {
	const whole: TripUpdate = {
		kind: "trip_update",
		tripId: "T1",
		serviceDate: "20260105",
		gtfsRouteId: "66",
		vehicleId: "7",
		scheduleRelationship: "scheduled",
		stopTimeUpdates: [
			{ stopSequence: 1, stopId: "A", departure: { time: START + 60_000 } },
			{ stopSequence: 2, stopId: "B", arrival: { time: START + 600_000 } },
		],
		...body,
	};
	return recordOf(eventTime, `${whole.serviceDate}:${whole.tripId}`, whole, { flags });
}

export function alert(eventTime: number, body: Partial<ServiceAlert> = {}) {
	const whole: ServiceAlert = {
		kind: "service_alert",
		alertId: "A1",
		activePeriods: [],
		informedEntities: [{ gtfsRouteId: "66" }],
		effect: "detour",
		header: [{ text: "Detour on 66", language: "en" }],
		...body,
	};
	return recordOf(eventTime, whole.alertId, whole, { flags: ["time_from_header"] });
}

export function received(record: TransitRecord, receivedTime: number): TransitRecord {
	return { ...record, origin: { ...record.origin, receivedTime } };
}

export async function only(feed: Promise<Message>): Promise<Vehicle> {
	const { entity } = await feed;
	expect(entity).toHaveLength(1);
	return entity[0]?.vehicle ?? {};
}
