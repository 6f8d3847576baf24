import protobuf from "protobufjs";

/**
 * A reader of the published bytes that shares nothing with `src/formats`: protobufjs, and the part of gtfs-realtime.proto
 * (google/transit, GTFS-realtime 2.0) that a feed of vehicle positions can hold. proto2, so that "not set" can be told
 * from 0.
 */
const PROTO = `
syntax = "proto2";
package transit_realtime;
message FeedMessage { required FeedHeader header = 1; repeated FeedEntity entity = 2; }
message FeedHeader {
	enum Incrementality { FULL_DATASET = 0; DIFFERENTIAL = 1; }
	required string gtfs_realtime_version = 1;
	optional Incrementality incrementality = 2 [default = FULL_DATASET];
	optional uint64 timestamp = 3;
	optional string feed_version = 4;
}
message FeedEntity {
	required string id = 1;
	optional bool is_deleted = 2 [default = false];
	optional VehiclePosition vehicle = 4;
}
message VehiclePosition {
	enum VehicleStopStatus { INCOMING_AT = 0; STOPPED_AT = 1; IN_TRANSIT_TO = 2; }
	enum CongestionLevel {
		UNKNOWN_CONGESTION_LEVEL = 0; RUNNING_SMOOTHLY = 1; STOP_AND_GO = 2; CONGESTION = 3; SEVERE_CONGESTION = 4;
	}
	enum OccupancyStatus {
		EMPTY = 0; MANY_SEATS_AVAILABLE = 1; FEW_SEATS_AVAILABLE = 2; STANDING_ROOM_ONLY = 3;
		CRUSHED_STANDING_ROOM_ONLY = 4; FULL = 5; NOT_ACCEPTING_PASSENGERS = 6; NO_DATA_AVAILABLE = 7; NOT_BOARDABLE = 8;
	}
	optional TripDescriptor trip = 1;
	optional Position position = 2;
	optional uint32 current_stop_sequence = 3;
	optional VehicleStopStatus current_status = 4 [default = IN_TRANSIT_TO];
	optional uint64 timestamp = 5;
	optional CongestionLevel congestion_level = 6;
	optional string stop_id = 7;
	optional VehicleDescriptor vehicle = 8;
	optional OccupancyStatus occupancy_status = 9;
	optional uint32 occupancy_percentage = 10;
}
message Position {
	required float latitude = 1;
	required float longitude = 2;
	optional float bearing = 3;
	optional double odometer = 4;
	optional float speed = 5;
}
message TripDescriptor {
	enum ScheduleRelationship {
		SCHEDULED = 0; ADDED = 1; UNSCHEDULED = 2; CANCELED = 3; REPLACEMENT = 5; DUPLICATED = 6; DELETED = 7; NEW = 8;
	}
	optional string trip_id = 1;
	optional string start_time = 2;
	optional string start_date = 3;
	optional ScheduleRelationship schedule_relationship = 4;
	optional string route_id = 5;
	optional uint32 direction_id = 6;
}
message VehicleDescriptor {
	enum WheelchairAccessible { NO_VALUE = 0; UNKNOWN = 1; WHEELCHAIR_ACCESSIBLE = 2; WHEELCHAIR_INACCESSIBLE = 3; }
	optional string id = 1;
	optional string label = 2;
	optional string license_plate = 3;
	optional WheelchairAccessible wheelchair_accessible = 4;
}
`;

const FeedMessage = protobuf.parse(PROTO, { keepCase: true }).root.lookupType("transit_realtime.FeedMessage");

/** Names as in the standard. Absent means not set. */
export interface Trip {
	trip_id?: string;
	start_time?: string;
	start_date?: string;
	schedule_relationship?: string;
	route_id?: string;
	direction_id?: number;
}

export interface Vehicle {
	trip?: Trip;
	position?: { latitude: number; longitude: number; bearing?: number; odometer?: number; speed?: number };
	current_stop_sequence?: number;
	current_status?: string;
	timestamp?: number;
	congestion_level?: string;
	stop_id?: string;
	vehicle?: { id?: string; label?: string; license_plate?: string; wheelchair_accessible?: string };
	occupancy_status?: string;
	occupancy_percentage?: number;
}

export interface Message {
	header: {
		gtfs_realtime_version?: string;
		incrementality?: string;
		timestamp?: number;
		feed_version?: string;
	};
	entity: { id: string; is_deleted?: boolean; vehicle?: Vehicle }[];
}

/** Throws when the bytes are no FeedMessage. */
export function readMessage(bytes: Uint8Array): Message {
	const decoded = FeedMessage.toObject(FeedMessage.decode(bytes), {
		longs: Number,
		enums: String,
	}) as Partial<Message>;
	return { header: {}, entity: [], ...decoded };
}

/** The bytes of a message, for fixtures. Nothing is checked, so that a fixture can be as wrong as it likes. */
export function writeMessage(message: unknown): Uint8Array {
	return FeedMessage.encode(FeedMessage.fromObject(message as Record<string, unknown>)).finish();
}
