import type { TripDescriptor, VehicleDescriptor } from "./gtfs-realtime.js";
import { REPEATED_MAX } from "./gtfs-realtime.js";
import type { ProtobufReader } from "./protobuf-reader.js";

/** What the entities of GTFS-realtime share; the grammar of the case labels stands in `gtfs-realtime-read`. */

/** A message inside a message must end where its length says: else a value ran into its neighbour. */
export function checkEnd(reader: ProtobufReader, end: number): void {
	if (reader.position !== end) reader.fail("a value runs over the end of its message");
}

export function add<Item>(list: Item[], item: Item, reader: ProtobufReader): void {
	if (list.length < REPEATED_MAX) list.push(item);
	else reader.fail(`more than ${REPEATED_MAX} members of one entity`);
}

export function readTrip(reader: ProtobufReader, end: number): TripDescriptor {
	const trip: TripDescriptor = {
		tripId: undefined,
		startTime: undefined,
		startDate: undefined,
		scheduleRelationship: undefined,
		routeId: undefined,
		directionId: undefined,
	};
	while (reader.position < end) {
		const tag = reader.varint();
		if (tag === 10) trip.tripId = reader.string();
		else if (tag === 18) trip.startTime = reader.string();
		else if (tag === 26) trip.startDate = reader.string();
		else if (tag === 32) trip.scheduleRelationship = reader.int32();
		else if (tag === 42) trip.routeId = reader.string();
		else if (tag === 48) trip.directionId = reader.varint();
		else reader.skip(tag);
	}
	checkEnd(reader, end);
	return trip;
}

export function readVehicleDescriptor(reader: ProtobufReader, end: number): VehicleDescriptor {
	const vehicle: VehicleDescriptor = {
		id: undefined,
		label: undefined,
		licensePlate: undefined,
		wheelchairAccessible: undefined,
	};
	while (reader.position < end) {
		const tag = reader.varint();
		if (tag === 10) vehicle.id = reader.string();
		else if (tag === 18) vehicle.label = reader.string();
		else if (tag === 26) vehicle.licensePlate = reader.string();
		else if (tag === 32) vehicle.wheelchairAccessible = reader.int32();
		else reader.skip(tag);
	}
	checkEnd(reader, end);
	return vehicle;
}
