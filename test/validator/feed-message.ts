import protobuf from "protobufjs";
import {
	emptyVehicle,
	type FeedEntity,
	type FeedHeader,
	TRIP_RELATIONSHIP,
	type TripDescriptor,
} from "../../src/formats/gtfs-realtime.js";

/**
 * A reader of the published bytes that shares nothing with `src/formats`: protobufjs, and the part of gtfs-realtime.proto
 * (google/transit, GTFS-realtime 2.0) that the published feeds can hold. proto2, so that "not set" can be told from 0.
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
	optional TripUpdate trip_update = 3;
	optional VehiclePosition vehicle = 4;
	optional Alert alert = 5;
	optional Shape shape = 6;
	optional Stop stop = 7;
	optional TripModifications trip_modifications = 8;
}
message Shape { optional string shape_id = 1; optional string encoded_polyline = 2; }
message Stop {
	enum WheelchairBoarding { UNKNOWN = 0; AVAILABLE = 1; NOT_AVAILABLE = 2; }
	optional string stop_id = 1;
	optional TranslatedString stop_code = 2;
	optional TranslatedString stop_name = 3;
	optional TranslatedString tts_stop_name = 4;
	optional TranslatedString stop_desc = 5;
	optional float stop_lat = 6;
	optional float stop_lon = 7;
	optional string zone_id = 8;
	optional TranslatedString stop_url = 9;
	optional string parent_station = 11;
	optional string stop_timezone = 12;
	optional WheelchairBoarding wheelchair_boarding = 13 [default = UNKNOWN];
	optional string level_id = 14;
	optional TranslatedString platform_code = 15;
}
message TripModifications {
	message Modification {
		optional StopSelector start_stop_selector = 1;
		optional StopSelector end_stop_selector = 2;
		optional int32 propagated_modification_delay = 3 [default = 0];
		repeated ReplacementStop replacement_stops = 4;
		optional string service_alert_id = 5;
		optional uint64 last_modified_time = 6;
	}
	message SelectedTrips { repeated string trip_ids = 1; optional string shape_id = 2; }
	repeated SelectedTrips selected_trips = 1;
	repeated string start_times = 2;
	repeated string service_dates = 3;
	repeated Modification modifications = 4;
}
message StopSelector { optional uint32 stop_sequence = 1; optional string stop_id = 2; }
message ReplacementStop { optional int32 travel_time_to_stop = 1; optional string stop_id = 2; }
message TripUpdate {
	message StopTimeEvent {
		optional int32 delay = 1; optional int64 time = 2; optional int32 uncertainty = 3; optional int64 scheduled_time = 4;
	}
	message StopTimeUpdate {
		enum ScheduleRelationship { SCHEDULED = 0; SKIPPED = 1; NO_DATA = 2; UNSCHEDULED = 3; }
		message StopTimeProperties {
			enum DropOffPickupType { REGULAR = 0; NONE = 1; PHONE_AGENCY = 2; COORDINATE_WITH_DRIVER = 3; }
			optional string assigned_stop_id = 1;
			optional string stop_headsign = 2;
			optional DropOffPickupType pickup_type = 3;
			optional DropOffPickupType drop_off_type = 4;
		}
		optional uint32 stop_sequence = 1;
		optional StopTimeEvent arrival = 2;
		optional StopTimeEvent departure = 3;
		optional string stop_id = 4;
		optional ScheduleRelationship schedule_relationship = 5 [default = SCHEDULED];
		optional StopTimeProperties stop_time_properties = 6;
		optional VehiclePosition.OccupancyStatus departure_occupancy_status = 7;
	}
	message TripProperties {
		optional string trip_id = 1;
		optional string start_date = 2;
		optional string start_time = 3;
		optional string shape_id = 4;
		optional string trip_headsign = 5;
		optional string trip_short_name = 6;
	}
	required TripDescriptor trip = 1;
	repeated StopTimeUpdate stop_time_update = 2;
	optional VehicleDescriptor vehicle = 3;
	optional uint64 timestamp = 4;
	optional int32 delay = 5;
	optional TripProperties trip_properties = 6;
}
message Alert {
	enum Cause {
		UNKNOWN_CAUSE = 1; OTHER_CAUSE = 2; TECHNICAL_PROBLEM = 3; STRIKE = 4; DEMONSTRATION = 5; ACCIDENT = 6; HOLIDAY = 7;
		WEATHER = 8; MAINTENANCE = 9; CONSTRUCTION = 10; POLICE_ACTIVITY = 11; MEDICAL_EMERGENCY = 12; SPECIAL_EVENT = 13;
	}
	enum Effect {
		NO_SERVICE = 1; REDUCED_SERVICE = 2; SIGNIFICANT_DELAYS = 3; DETOUR = 4; ADDITIONAL_SERVICE = 5; MODIFIED_SERVICE = 6;
		OTHER_EFFECT = 7; UNKNOWN_EFFECT = 8; STOP_MOVED = 9; NO_EFFECT = 10; ACCESSIBILITY_ISSUE = 11;
	}
	enum SeverityLevel { UNKNOWN_SEVERITY = 1; INFO = 2; WARNING = 3; SEVERE = 4; }
	repeated TimeRange active_period = 1;
	repeated EntitySelector informed_entity = 5;
	optional Cause cause = 6 [default = UNKNOWN_CAUSE];
	optional Effect effect = 7 [default = UNKNOWN_EFFECT];
	optional TranslatedString url = 8;
	optional TranslatedString header_text = 10;
	optional TranslatedString description_text = 11;
	optional TranslatedString tts_header_text = 12;
	optional TranslatedString tts_description_text = 13;
	optional SeverityLevel severity_level = 14 [default = UNKNOWN_SEVERITY];
	optional TranslatedImage image = 15;
	optional TranslatedString image_alternative_text = 16;
	optional TranslatedString cause_detail = 17;
	optional TranslatedString effect_detail = 18;
}
message TimeRange { optional uint64 start = 1; optional uint64 end = 2; }
message EntitySelector {
	optional string agency_id = 1;
	optional string route_id = 2;
	optional int32 route_type = 3;
	optional TripDescriptor trip = 4;
	optional string stop_id = 5;
	optional uint32 direction_id = 6;
}
message TranslatedString {
	message Translation { required string text = 1; optional string language = 2; }
	repeated Translation translation = 1;
}
message TranslatedImage {
	message LocalizedImage { required string url = 1; required string media_type = 2; optional string language = 3; }
	repeated LocalizedImage localized_image = 1;
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
	message CarriageDetails {
		optional string id = 1;
		optional string label = 2;
		optional OccupancyStatus occupancy_status = 3;
		optional int32 occupancy_percentage = 4 [default = -1];
		optional uint32 carriage_sequence = 5;
	}
	repeated CarriageDetails multi_carriage_details = 11;
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
	optional ModifiedTripSelector modified_trip = 7;
	message ModifiedTripSelector {
		optional string modifications_id = 1;
		optional string affected_trip_id = 2;
		optional string start_time = 3;
		optional string start_date = 4;
	}
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

export interface StopTimeEvent {
	delay?: number;
	time?: number;
	uncertainty?: number;
	scheduled_time?: number;
}

export interface StopTimeUpdate {
	stop_sequence?: number;
	arrival?: StopTimeEvent;
	departure?: StopTimeEvent;
	stop_id?: string;
	schedule_relationship?: string;
	stop_time_properties?: Readonly<Record<string, string>>;
	departure_occupancy_status?: string;
}

export interface TripUpdate {
	trip: Trip;
	stop_time_update?: StopTimeUpdate[];
	vehicle?: NonNullable<Vehicle["vehicle"]>;
	timestamp?: number;
	delay?: number;
	trip_properties?: Readonly<Record<string, string>>;
}

export interface Selector {
	agency_id?: string;
	route_id?: string;
	route_type?: number;
	trip?: Trip;
	stop_id?: string;
	direction_id?: number;
}

interface Translated {
	translation: { text: string; language?: string }[];
}

export interface Alert {
	active_period?: { start?: number; end?: number }[];
	informed_entity?: Selector[];
	cause?: string;
	effect?: string;
	url?: Translated;
	header_text?: Translated;
	description_text?: Translated;
	severity_level?: string;
	[other: string]: unknown;
}

export interface Entity {
	id: string;
	is_deleted?: boolean;
	trip_update?: TripUpdate;
	vehicle?: Vehicle;
	alert?: Alert;
	shape?: object;
	stop?: object;
	trip_modifications?: object;
}

export interface Message {
	header: {
		gtfs_realtime_version?: string;
		incrementality?: string;
		timestamp?: number;
		feed_version?: string;
	};
	entity: Entity[];
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

/** What `readMessage` read, in the words of `src/formats`, as far as the product's own rules look at it. */
export function asFeedMessage({ header, entity }: Message): { header: FeedHeader; entities: FeedEntity[] } {
	const incrementality =
		header.incrementality === undefined ? undefined : header.incrementality === "DIFFERENTIAL" ? 1 : 0;
	return {
		header: {
			gtfsRealtimeVersion: header.gtfs_realtime_version,
			incrementality,
			timestamp: header.timestamp,
			feedVersion: header.feed_version,
		},
		entities: entity.map(({ id, is_deleted: isDeleted, vehicle }) => ({
			id,
			isDeleted,
			tripUpdate: undefined,
			alert: undefined,
			detour: undefined,
			vehicle: vehicle && asVehiclePosition(vehicle),
		})),
	};
}

function asVehiclePosition({ trip, position, timestamp, vehicle }: Vehicle): FeedEntity["vehicle"] {
	return {
		...emptyVehicle(),
		timestamp,
		position: position && { bearing: undefined, odometer: undefined, speed: undefined, ...position },
		vehicle: vehicle && {
			id: vehicle.id,
			label: vehicle.label,
			licensePlate: vehicle.license_plate,
			wheelchairAccessible: undefined,
		},
		trip: trip && asTripDescriptor(trip),
	};
}

export function asTripDescriptor(trip: Trip): TripDescriptor {
	const { schedule_relationship: relationship } = trip;
	return {
		tripId: trip.trip_id,
		startTime: trip.start_time,
		startDate: trip.start_date,
		scheduleRelationship:
			relationship === undefined
				? undefined
				: (TRIP_RELATIONSHIP as readonly unknown[]).indexOf(relationship),
		routeId: trip.route_id,
		directionId: trip.direction_id,
	};
}
