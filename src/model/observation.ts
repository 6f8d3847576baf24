import type { EpochMs, ServiceDate } from "./units.js";

/** The kinds of record, named after the TIDES table in the singular where one exists, else the GTFS-realtime entity. */
export type Kind =
	| "vehicle_location"
	| "trip_update"
	| "service_alert"
	| "detour"
	| "assignment"
	| "stop_visit";

/** Why a record differs from what upstream sent, or what a reader must know about it. Stable words: they are stored. */
export type Flag =
	/** Older than the newest record of the same key that was already admitted. */
	| "late"
	/** Delivered again after it was refused, out of its order. Of one delivery, never of a stored record. */
	| "replayed"
	/** From a frame that was decoded again later: what riders see knows better by now. */
	| "redecoded"
	/** The event time lies beyond the allowed future skew: kept, never a high-water mark, withheld from riders. */
	| "future"
	/** Upstream stated no event time: the header time of the message stands in. */
	| "time_from_header"
	/** Upstream stated neither an event time nor a header time: the received time stands in. */
	| "time_from_receipt"
	/** Local time fell into the repeated hour of a daylight-saving change; the reading nearest to the reference was taken. */
	| "ambiguous_local_time"
	/** Local time fell into the skipped hour of a daylight-saving change. */
	| "skipped_local_time"
	/** Older than the dedupe window reaches, so that a duplicate cannot be excluded. */
	| "beyond_dedupe_window"
	/** Latitude or longitude was missing, impossible or 0,0, and was removed; the rest of the record is kept. */
	| "position_removed"
	/** A value was outside of what its field can hold, and was removed. */
	| "value_removed"
	/** A checksum in the payload does not match (TAIP, NMEA); the values are kept. */
	| "checksum_mismatch"
	/** The receiver itself said that the fix is not to be trusted. */
	| "fix_not_valid"
	/** Two times of one record disagree by more than a minute. */
	| "times_disagree"
	/** An identity that upstream does not state was supplied by the configuration. */
	| "identity_from_config"
	/** Several entities of one frame carry the same vehicle. */
	| "repeated_in_frame"
	/** Upstream marked the vehicle as not in passenger service or not assignable. */
	| "not_in_service"
	/** Upstream's own rules keep it from the public: withheld from riders, kept for everyone else. */
	| "not_for_riders"
	/** A guard found it implausible, and is told to withhold such records from riders; the flag of the guard says why. */
	| "withheld_by_guard"
	| GuardFlag;

/** What a guard found implausible about a record: docs/guards.md. */
export type GuardFlag =
	| "position_outside"
	| "position_swapped"
	| "position_jump"
	| "position_coarse"
	| "positions_frozen"
	| "speed_unit"
	| "time_unit"
	| "time_zone"
	| "stale_row"
	| "vehicle_stuck"
	| "id_shared"
	| "id_doubled"
	| "deviation_sign"
	| "bearing_motion"
	| "match_rate"
	/** A value did not fit to the contract of the feed, and was taken out: docs/contracts.md. */
	| "contract_value";

/**
 * Why a trip is not one of the agency's schedule. Only where the agency has a schedule; stable words: they are stored.
 * Riders are not told of a trip that does not resolve.
 */
export type UnresolvedReason =
	/** Upstream names no trip, no route and no block: the vehicle does no work that anybody knows of. */
	| "unassigned"
	/** Upstream names a route or a block, and no trip that could be looked up. */
	| "no_trip"
	/** The schedule has no trip of this id. */
	| "unknown_trip"
	/** The schedule has the trip, and it does not run on that service date. */
	| "not_on_date"
	/** Route, direction, block and start time fit several trips. */
	| "ambiguous"
	/** A trip that repeats by headway needs its start time, and this one is absent or not one of its own. */
	| "start_time"
	/** Upstream calls a trip added that stands in the schedule. */
	| "added_known"
	/** Upstream adds a trip to a route that the schedule does not have. */
	| "unknown_route"
	/** No schedule covers that service date. */
	| "no_schedule";

/** What upstream called the things whose ids were put into the agency's own spelling. */
export interface UpstreamIds {
	readonly vehicleId?: string | undefined;
	readonly tripId?: string | undefined;
	readonly gtfsRouteId?: string | undefined;
	readonly directionId?: 0 | 1 | undefined;
	readonly blockId?: string | undefined;
	readonly serviceDate?: ServiceDate | undefined;
	readonly startTime?: string | undefined;
}

export type ScheduleRelationship =
	| "scheduled"
	| "added"
	| "unscheduled"
	| "canceled"
	| "replacement"
	| "duplicated"
	| "deleted"
	| "new";

export type StopStatus = "incoming_at" | "stopped_at" | "in_transit_to";

export type CongestionLevel =
	| "unknown_congestion_level"
	| "running_smoothly"
	| "stop_and_go"
	| "congestion"
	| "severe_congestion";

export type OccupancyStatus =
	| "empty"
	| "many_seats_available"
	| "few_seats_available"
	| "standing_room_only"
	| "crushed_standing_room_only"
	| "full"
	| "not_accepting_passengers"
	| "no_data_available"
	| "not_boardable";

export type WheelchairAccessible =
	| "no_value"
	| "unknown"
	| "wheelchair_accessible"
	| "wheelchair_inaccessible";

/**
 * What every decoder fills as far as its format states it. Absent means unknown; never 0, -1 or an empty string.
 * Who and which trip: at least one of `vehicleId`, (`tripId` and its `serviceDate`) or `vehicleLabel` must be there for
 * a vehicle location, else intake dead-letters the record.
 */
export interface ObservationBase {
	/** When it happened, as upstream says. Absent: intake falls back to the header or received time, and flags it. */
	readonly eventTime?: EpochMs | undefined;
	/** How coarse `eventTime` is, in milliseconds. Default 1000. A feed that reports whole minutes says 60000. */
	readonly resolutionMs?: number | undefined;
	readonly vehicleId?: string | undefined;
	readonly vehicleLabel?: string | undefined;
	readonly licensePlate?: string | undefined;
	readonly wheelchairAccessible?: WheelchairAccessible | undefined;
	/**
	 * As the agency's schedule spells it where ids are mapped (see `upstreamIds`), else as upstream does. A trip of the
	 * schedule only while `unresolved` is absent, and then only where the agency has a schedule.
	 */
	readonly tripId?: string | undefined;
	/** The GTFS route (a bus line). */
	readonly gtfsRouteId?: string | undefined;
	readonly directionId?: 0 | 1 | undefined;
	/** `YYYYMMDD`. */
	readonly serviceDate?: ServiceDate | undefined;
	/** `HH:MM:SS`, may exceed 24:00:00. */
	readonly startTime?: string | undefined;
	readonly scheduleRelationship?: ScheduleRelationship | undefined;
	readonly blockId?: string | undefined;
	/** A personal field where the agency says so; see the privacy options of the feed. */
	readonly runId?: string | undefined;
	/** Driver or operator. Personal: dropped by intake unless the feed asks for a keyed hash of it. */
	readonly operatorId?: string | undefined;
	/** Why the trip is not one of the schedule. Set by intake, never by decoders. */
	readonly unresolved?: UnresolvedReason | undefined;
	/** What upstream said where intake put something else in its place. Set by intake, never by decoders. */
	readonly upstreamIds?: UpstreamIds | undefined;
	readonly flags?: readonly Flag[] | undefined;
	/** What a format says beyond the fields of the model, under the name that the format gives it. No personal fields. */
	readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Where a vehicle is. `latitude` and `longitude` are WGS84 degrees and come together or not at all. */
export interface VehicleLocation extends ObservationBase {
	readonly kind: "vehicle_location";
	readonly latitude?: number | undefined;
	readonly longitude?: number | undefined;
	/** Degrees clockwise from true north, 0 <= heading < 360. */
	readonly headingDeg?: number | undefined;
	readonly speedMps?: number | undefined;
	readonly odometerM?: number | undefined;
	/** Seconds, positive when LATE (GTFS-realtime, TIDES). */
	readonly scheduleDeviationS?: number | undefined;
	readonly currentStopSequence?: number | undefined;
	readonly stopId?: string | undefined;
	readonly currentStatus?: StopStatus | undefined;
	readonly congestionLevel?: CongestionLevel | undefined;
	readonly occupancyStatus?: OccupancyStatus | undefined;
	/** Percent of the capacity; may exceed 100. */
	readonly occupancyPercentage?: number | undefined;
	readonly gpsQuality?: "excellent" | "good" | "poor" | undefined;
	readonly doorsOpen?: boolean | undefined;
	/**
	 * Of a vehicle that stands between two trips of its block, or behind the last one: whether the schedule has another
	 * one for it soon. Set by intake, never by decoders.
	 */
	readonly blockContinues?: boolean | undefined;
	/** Of a train, first to last in the direction of travel. */
	readonly carriages?: readonly Carriage[] | undefined;
}

export interface Carriage {
	readonly id?: string | undefined;
	readonly label?: string | undefined;
	readonly occupancyStatus?: OccupancyStatus | undefined;
	/** Percent of the capacity; may exceed 100. */
	readonly occupancyPercentage?: number | undefined;
	/** From 1, which is the first in the direction of travel. */
	readonly sequence?: number | undefined;
}

export interface StopTimeEvent {
	readonly delayS?: number | undefined;
	readonly time?: EpochMs | undefined;
	readonly uncertaintyS?: number | undefined;
	readonly scheduledTime?: EpochMs | undefined;
}

export interface StopTimeUpdate {
	readonly stopSequence?: number | undefined;
	readonly stopId?: string | undefined;
	readonly arrival?: StopTimeEvent | undefined;
	readonly departure?: StopTimeEvent | undefined;
	readonly scheduleRelationship?: "scheduled" | "skipped" | "no_data" | "unscheduled" | undefined;
	readonly departureOccupancyStatus?: OccupancyStatus | undefined;
	readonly assignedStopId?: string | undefined;
	readonly stopHeadsign?: string | undefined;
	readonly pickupType?: BoardingType | undefined;
	readonly dropOffType?: BoardingType | undefined;
}

export type BoardingType = "regular" | "none" | "phone_agency" | "coordinate_with_driver";

/** What is different about a trip that runs: for a duplicated one its own id, date and time. */
export interface TripProperties {
	readonly tripId?: string | undefined;
	readonly serviceDate?: ServiceDate | undefined;
	readonly startTime?: string | undefined;
	readonly shapeId?: string | undefined;
	readonly headsign?: string | undefined;
	readonly shortName?: string | undefined;
}

/** What is forecast for one trip. Subject is the trip and its service date. */
export interface TripUpdate extends ObservationBase {
	readonly kind: "trip_update";
	readonly delayS?: number | undefined;
	readonly tripProperties?: TripProperties | undefined;
	readonly stopTimeUpdates: readonly StopTimeUpdate[];
}

export interface Translation {
	readonly text: string;
	/** BCP 47. */
	readonly language?: string | undefined;
}

export interface InformedEntity {
	readonly agencyId?: string | undefined;
	readonly gtfsRouteId?: string | undefined;
	readonly routeType?: number | undefined;
	readonly directionId?: 0 | 1 | undefined;
	readonly stopId?: string | undefined;
	readonly trip?:
		| {
				readonly tripId?: string | undefined;
				readonly gtfsRouteId?: string | undefined;
				readonly directionId?: 0 | 1 | undefined;
				readonly serviceDate?: ServiceDate | undefined;
				readonly startTime?: string | undefined;
				readonly scheduleRelationship?: ScheduleRelationship | undefined;
				/** As in `ObservationBase`. */
				readonly unresolved?: UnresolvedReason | undefined;
		  }
		| undefined;
}

/** A message to riders. Subject is `alertId`. `cause`, `effect` and `severity` are the GTFS-realtime names in lower case. */
export interface ServiceAlert extends ObservationBase {
	readonly kind: "service_alert";
	readonly alertId: string;
	readonly activePeriods: readonly {
		readonly start?: EpochMs | undefined;
		readonly end?: EpochMs | undefined;
	}[];
	readonly informedEntities: readonly InformedEntity[];
	readonly cause?: string | undefined;
	readonly effect?: string | undefined;
	readonly severity?: string | undefined;
	readonly url?: readonly Translation[] | undefined;
	readonly header?: readonly Translation[] | undefined;
	readonly description?: readonly Translation[] | undefined;
	/** To be read aloud, where that is another text. */
	readonly spokenHeader?: readonly Translation[] | undefined;
	readonly spokenDescription?: readonly Translation[] | undefined;
	readonly causeDetail?: readonly Translation[] | undefined;
	readonly effectDetail?: readonly Translation[] | undefined;
	readonly images?: readonly AlertImage[] | undefined;
	readonly imageAlternativeText?: readonly Translation[] | undefined;
}

export interface AlertImage {
	readonly url: string;
	readonly mediaType?: string | undefined;
	/** BCP 47. */
	readonly language?: string | undefined;
}

/**
 * What of the schedule is different on some days: trips that leave their way (`modifications`), or a shape or a stop that
 * they need there. Exactly one of the three. Subject is `detourId`.
 */
export interface Detour extends ObservationBase {
	readonly kind: "detour";
	/** `modifications:` and upstream's id of it, `shape:` and its `shape_id`, or `stop:` and its `stop_id`. */
	readonly detourId: string;
	readonly modifications?: TripModifications | undefined;
	readonly shape?: { readonly shapeId: string; readonly encodedPolyline?: string | undefined } | undefined;
	readonly stop?: DetourStop | undefined;
}

/** Which runs of which trips are changed, and how. */
export interface TripModifications {
	readonly selectedTrips: readonly {
		/** As the agency's schedule spells them where ids are mapped, else as upstream does. */
		readonly tripIds: readonly string[];
		/** Those among them that the schedule does not have. Set by intake, never by decoders. */
		readonly unresolvedTripIds?: readonly string[] | undefined;
		readonly shapeId?: string | undefined;
	}[];
	/** `HH:MM:SS`; of trips that repeat by headway. */
	readonly startTimes: readonly string[];
	readonly serviceDates: readonly ServiceDate[];
	readonly changes: readonly {
		/** The first and the last stop that is replaced. Without an end none is. */
		readonly from?: StopSelector | undefined;
		readonly to?: StopSelector | undefined;
		/** What is added to all later times. */
		readonly propagatedDelayS?: number | undefined;
		readonly replacementStops: readonly {
			readonly stopId?: string | undefined;
			/** Counted from the stop before the first one that is replaced. */
			readonly travelTimeS?: number | undefined;
		}[];
		/** Of the alert that tells riders. */
		readonly alertId?: string | undefined;
		readonly lastModifiedTime?: EpochMs | undefined;
	}[];
}

export interface StopSelector {
	readonly stopSequence?: number | undefined;
	readonly stopId?: string | undefined;
}

/** A stop of a detour, with the fields of stops.txt. */
export interface DetourStop {
	readonly stopId: string;
	readonly latitude?: number | undefined;
	readonly longitude?: number | undefined;
	readonly code?: readonly Translation[] | undefined;
	readonly name?: readonly Translation[] | undefined;
	readonly spokenName?: readonly Translation[] | undefined;
	readonly description?: readonly Translation[] | undefined;
	readonly url?: readonly Translation[] | undefined;
	readonly platformCode?: readonly Translation[] | undefined;
	readonly zoneId?: string | undefined;
	readonly parentStation?: string | undefined;
	readonly timezone?: string | undefined;
	readonly levelId?: string | undefined;
	readonly wheelchairBoarding?: "unknown" | "available" | "not_available" | undefined;
}

/** Which vehicle does which work from `eventTime` on. */
export interface Assignment extends ObservationBase {
	readonly kind: "assignment";
	readonly action: "logon" | "logoff" | "assigned" | "unassigned" | "canceled";
}

/** A vehicle at a stop of a trip, observed or derived. */
export interface StopVisit extends ObservationBase {
	readonly kind: "stop_visit";
	readonly stopId: string;
	readonly stopSequence?: number | undefined;
	readonly arrivalTime?: EpochMs | undefined;
	readonly departureTime?: EpochMs | undefined;
	readonly scheduleDeviationS?: number | undefined;
}

export type Observation = VehicleLocation | TripUpdate | ServiceAlert | Detour | Assignment | StopVisit;
