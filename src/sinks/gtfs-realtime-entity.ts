import {
	CONGESTION_LEVEL,
	emptyVehicle,
	type FeedEntity,
	OCCUPANCY_STATUS,
	STOP_STATUS,
	TRIP_RELATIONSHIP,
	WHEELCHAIR_ACCESSIBLE,
} from "../formats/gtfs-realtime.js";
import { vehicleEntityJson } from "../formats/gtfs-realtime-json-write.js";
import { writeEntity } from "../formats/gtfs-realtime-write.js";
import type { ProtobufWriter } from "../formats/protobuf-writer.js";
import type { VehicleLocation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";

/** How much of an entity riders may still be told. */
export type Detail = "whole" | "reduced";

const UINT32_MAX = 0xffff_ffff;

/**
 * A record of a vehicle as an entity of the rider feed. Its bytes and its JSON are made once for each detail and kept:
 * a feed in which one vehicle in five is new writes one entity in five.
 */
export class VehicleEntity {
	/** `vp:<vehicle>`, else `vp:<service date>:<trip>`, else `vp:label:<label>`: stable for as long as the subject is. */
	readonly id: string;
	readonly record: TransitRecord;
	/** When it happened, for riders: nothing can happen after it was received, so a clock that runs ahead is held back to then. */
	readonly time: EpochMs;
	readonly hasPosition: boolean;
	/** The place of a train that has no position: it stays when what the train did there has become too old to tell. */
	readonly hasStop: boolean;
	/** Without a position only a vehicle on a known trip tells riders anything. */
	readonly hasTrip: boolean;
	/** Upstream names no trip, no route and no block. */
	readonly isUnassigned: boolean;
	readonly #body: VehicleLocation;
	#wholeBytes: Uint8Array | undefined;
	#reducedBytes: Uint8Array | undefined;
	#wholeJson: string | undefined;
	#reducedJson: string | undefined;

	constructor(record: TransitRecord, body: VehicleLocation) {
		this.record = record;
		this.#body = body;
		this.id = `vp:${record.key.slice(record.origin.agency.length + 1)}`;
		this.time = Math.min(record.eventTime, record.origin.receivedTime);
		this.hasPosition = placeOf(record, body) !== undefined;
		this.hasStop = body.stopId !== undefined;
		const { tripId, gtfsRouteId, blockId, startTime, unresolved } = body;
		this.hasTrip =
			unresolved === undefined &&
			(tripId !== undefined || (gtfsRouteId !== undefined && startTime !== undefined));
		this.isUnassigned = tripId === undefined && gtfsRouteId === undefined && blockId === undefined;
	}

	/** The entity with its tag, as it stands in a FeedMessage. */
	bytes(detail: Detail, writer: ProtobufWriter): Uint8Array {
		const known = detail === "whole" ? this.#wholeBytes : this.#reducedBytes;
		if (known !== undefined) return known;
		writer.reset();
		writeEntity(writer, this.#entity(detail));
		const bytes = writer.finish();
		if (detail === "whole") this.#wholeBytes = bytes;
		else this.#reducedBytes = bytes;
		return bytes;
	}

	/** The members of the entity as JSON, without the braces around them. */
	json(detail: Detail): string {
		const known = detail === "whole" ? this.#wholeJson : this.#reducedJson;
		if (known !== undefined) return known;
		const json = vehicleEntityJson(this.#entity(detail));
		if (detail === "whole") this.#wholeJson = json;
		else this.#reducedJson = json;
		return json;
	}

	/** Later in time; at the same time the later word on it. */
	isNewerThan(other: VehicleEntity): boolean {
		if (this.time !== other.time) return this.time > other.time;
		if (this.record.eventTime !== other.record.eventTime)
			return this.record.eventTime > other.record.eventTime;
		return this.record.revision >= other.record.revision;
	}

	#entity(detail: Detail): FeedEntity {
		const body = this.#body;
		const isWhole = detail === "whole";
		const place = placeOf(this.record, body);
		return {
			id: this.id,
			isDeleted: undefined,
			tripUpdate: undefined,
			alert: undefined,
			otherKind: false,
			vehicle: {
				...emptyVehicle(),
				trip: tripOf(body),
				position: place && {
					latitude: place.latitude,
					longitude: place.longitude,
					bearing: isWhole ? within(body.headingDeg, 0, 360) : undefined,
					odometer: within(body.odometerM, 0, Number.MAX_VALUE),
					speed: isWhole ? within(body.speedMps, 0, 1e6) : undefined,
				},
				timestamp: Math.floor(this.time / 1000),
				vehicle: descriptorOf(body),
				...(isWhole ? stateOf(body) : { stopId: place === undefined ? body.stopId : undefined }),
			},
		};
	}
}

/** A position that no validator refuses, unless the receiver itself does not trust its fix. */
function placeOf(record: TransitRecord, body: VehicleLocation) {
	const latitude = within(body.latitude, -90, 90);
	const longitude = within(body.longitude, -180, 180);
	if (latitude === undefined || longitude === undefined) return undefined;
	if ((latitude === 0 && longitude === 0) || record.flags.includes("fix_not_valid")) return undefined;
	return { latitude, longitude };
}

/** What a vehicle was doing at the time. Minutes later riders would read it as what it does now. */
function stateOf(body: VehicleLocation) {
	return {
		currentStopSequence: whole(body.currentStopSequence),
		currentStatus: numberOf(STOP_STATUS, body.currentStatus),
		congestionLevel: numberOf(CONGESTION_LEVEL, body.congestionLevel),
		stopId: body.stopId,
		occupancyStatus: numberOf(OCCUPANCY_STATUS, body.occupancyStatus),
		occupancyPercentage: whole(body.occupancyPercentage),
	};
}

function tripOf(body: VehicleLocation) {
	// Riders would look for it in the schedule, and it is not there.
	if (body.unresolved !== undefined) return undefined;
	if (body.tripId === undefined && body.gtfsRouteId === undefined) return undefined;
	return {
		tripId: body.tripId,
		startTime: matching(body.startTime, /^[0-2]\d:[0-5]\d:[0-5]\d$/),
		startDate: matching(body.serviceDate, /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/),
		// Unsaid means SCHEDULED in the standard; saying so keeps validators from asking.
		scheduleRelationship: numberOf(TRIP_RELATIONSHIP, body.scheduleRelationship) ?? 0,
		routeId: body.gtfsRouteId,
		directionId: body.directionId,
	};
}

function descriptorOf(body: VehicleLocation) {
	const { vehicleId, vehicleLabel, licensePlate, wheelchairAccessible } = body;
	if (vehicleId === undefined && vehicleLabel === undefined && licensePlate === undefined) return undefined;
	return {
		id: vehicleId,
		label: vehicleLabel,
		licensePlate,
		wheelchairAccessible: numberOf(WHEELCHAIR_ACCESSIBLE, wheelchairAccessible),
	};
}

function within(value: number | undefined, least: number, most: number): number | undefined {
	return value !== undefined && value >= least && value <= most ? value : undefined;
}

function whole(value: number | undefined): number | undefined {
	return within(value === undefined ? undefined : Math.round(value), 0, UINT32_MAX);
}

function matching(text: string | undefined, pattern: RegExp): string | undefined {
	return text !== undefined && pattern.test(text) ? text : undefined;
}

/** Numbers by the words of the model, for each table of names. */
const NUMBERS = new Map<readonly (string | undefined)[], ReadonlyMap<string, number>>(
	[STOP_STATUS, CONGESTION_LEVEL, OCCUPANCY_STATUS, TRIP_RELATIONSHIP, WHEELCHAIR_ACCESSIBLE].map((names) => [
		names,
		new Map(names.flatMap((name, at) => (name === undefined ? [] : [[name.toLowerCase(), at] as const]))),
	]),
);

function numberOf(names: readonly (string | undefined)[], word: string | undefined): number | undefined {
	return word === undefined ? undefined : NUMBERS.get(names)?.get(word);
}
