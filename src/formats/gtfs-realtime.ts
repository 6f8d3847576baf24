/**
 * The words of GTFS-realtime 2.0 (google/transit, gtfs-realtime.proto) as this package holds them between its codecs
 * and the model. Enums stay numbers here: a number that nobody knows yet must not be lost before somebody can flag it.
 * Times are what the message says, unscaled. Every member may be `undefined`, which is "not in the message".
 */

export interface FeedHeader {
	gtfsRealtimeVersion: string | undefined;
	/** 0 FULL_DATASET, 1 DIFFERENTIAL. */
	incrementality: number | undefined;
	timestamp: number | undefined;
	feedVersion: string | undefined;
}

export interface TripDescriptor {
	tripId: string | undefined;
	startTime: string | undefined;
	startDate: string | undefined;
	scheduleRelationship: number | undefined;
	routeId: string | undefined;
	directionId: number | undefined;
	/** The entity of the trip modifications by which the trip runs; the other fields name the trip that they change. */
	modificationsId?: string | undefined;
}

export interface VehicleDescriptor {
	id: string | undefined;
	label: string | undefined;
	licensePlate: string | undefined;
	wheelchairAccessible: number | undefined;
}

export interface Position {
	latitude: number | undefined;
	longitude: number | undefined;
	bearing: number | undefined;
	odometer: number | undefined;
	speed: number | undefined;
}

export interface VehiclePosition {
	trip: TripDescriptor | undefined;
	position: Position | undefined;
	currentStopSequence: number | undefined;
	currentStatus: number | undefined;
	timestamp: number | undefined;
	congestionLevel: number | undefined;
	stopId: string | undefined;
	vehicle: VehicleDescriptor | undefined;
	occupancyStatus: number | undefined;
	occupancyPercentage: number | undefined;
	carriages: CarriageMessage[] | undefined;
}

export interface CarriageMessage {
	id: string | undefined;
	label: string | undefined;
	occupancyStatus: number | undefined;
	/** -1 is "not known". */
	occupancyPercentage: number | undefined;
	sequence: number | undefined;
}

/** A vehicle position in which nothing is set. */
export function emptyVehicle(): VehiclePosition {
	return {
		trip: undefined,
		position: undefined,
		currentStopSequence: undefined,
		currentStatus: undefined,
		timestamp: undefined,
		congestionLevel: undefined,
		stopId: undefined,
		vehicle: undefined,
		occupancyStatus: undefined,
		occupancyPercentage: undefined,
		carriages: undefined,
	};
}

export interface StopTimeEventMessage {
	delay: number | undefined;
	time: number | undefined;
	uncertainty: number | undefined;
	scheduledTime: number | undefined;
}

export interface StopTimeUpdateMessage {
	stopSequence: number | undefined;
	arrival: StopTimeEventMessage | undefined;
	departure: StopTimeEventMessage | undefined;
	stopId: string | undefined;
	scheduleRelationship: number | undefined;
	properties: StopTimePropertiesMessage | undefined;
	departureOccupancyStatus: number | undefined;
}

export interface StopTimePropertiesMessage {
	assignedStopId: string | undefined;
	stopHeadsign: string | undefined;
	pickupType: number | undefined;
	dropOffType: number | undefined;
}

export interface TripPropertiesMessage {
	tripId: string | undefined;
	startDate: string | undefined;
	startTime: string | undefined;
	shapeId: string | undefined;
	tripHeadsign: string | undefined;
	tripShortName: string | undefined;
}

export interface TripUpdateMessage {
	trip: TripDescriptor | undefined;
	stopTimeUpdates: StopTimeUpdateMessage[];
	vehicle: VehicleDescriptor | undefined;
	timestamp: number | undefined;
	delay: number | undefined;
	properties: TripPropertiesMessage | undefined;
}

export interface TranslationMessage {
	text: string | undefined;
	language: string | undefined;
}

export interface EntitySelector {
	agencyId: string | undefined;
	routeId: string | undefined;
	routeType: number | undefined;
	trip: TripDescriptor | undefined;
	stopId: string | undefined;
	directionId: number | undefined;
}

export interface AlertMessage {
	activePeriods: { start: number | undefined; end: number | undefined }[];
	informedEntities: EntitySelector[];
	cause: number | undefined;
	effect: number | undefined;
	url: TranslationMessage[];
	headerText: TranslationMessage[];
	descriptionText: TranslationMessage[];
	severityLevel: number | undefined;
	ttsHeaderText: TranslationMessage[];
	ttsDescriptionText: TranslationMessage[];
	images: LocalizedImage[];
	imageAlternativeText: TranslationMessage[];
	causeDetail: TranslationMessage[];
	effectDetail: TranslationMessage[];
}

/** The kinds of entity that describe a detour: at most one of them is set. */
export interface DetourMessage {
	shape: ShapeMessage | undefined;
	stop: StopMessage | undefined;
	modifications: TripModificationsMessage | undefined;
}

export interface ShapeMessage {
	shapeId: string | undefined;
	encodedPolyline: string | undefined;
}

export interface StopMessage {
	stopId: string | undefined;
	stopCode: TranslationMessage[];
	stopName: TranslationMessage[];
	ttsStopName: TranslationMessage[];
	stopDesc: TranslationMessage[];
	stopLat: number | undefined;
	stopLon: number | undefined;
	zoneId: string | undefined;
	stopUrl: TranslationMessage[];
	parentStation: string | undefined;
	stopTimezone: string | undefined;
	wheelchairBoarding: number | undefined;
	levelId: string | undefined;
	platformCode: TranslationMessage[];
}

export interface TripModificationsMessage {
	selectedTrips: { tripIds: string[]; shapeId: string | undefined }[];
	startTimes: string[];
	serviceDates: string[];
	modifications: ModificationMessage[];
}

export interface ModificationMessage {
	start: StopSelectorMessage | undefined;
	end: StopSelectorMessage | undefined;
	propagatedDelay: number | undefined;
	replacementStops: { travelTimeToStop: number | undefined; stopId: string | undefined }[];
	serviceAlertId: string | undefined;
	lastModifiedTime: number | undefined;
}

export interface StopSelectorMessage {
	stopSequence: number | undefined;
	stopId: string | undefined;
}

export interface LocalizedImage {
	url: string | undefined;
	mediaType: string | undefined;
	language: string | undefined;
}

/** An alert in which nothing is set. */
export function emptyAlert(): AlertMessage {
	return {
		activePeriods: [],
		informedEntities: [],
		cause: undefined,
		effect: undefined,
		url: [],
		headerText: [],
		descriptionText: [],
		severityLevel: undefined,
		ttsHeaderText: [],
		ttsDescriptionText: [],
		images: [],
		imageAlternativeText: [],
		causeDetail: [],
		effectDetail: [],
	};
}

export interface FeedEntity {
	id: string | undefined;
	isDeleted: boolean | undefined;
	tripUpdate: TripUpdateMessage | undefined;
	vehicle: VehiclePosition | undefined;
	alert: AlertMessage | undefined;
	/** What it says of the way that trips go. */
	detour: DetourMessage | undefined;
}

/** An entity in which nothing but its id is set. */
export function emptyEntity(id: string | undefined): FeedEntity {
	return {
		id,
		isDeleted: undefined,
		tripUpdate: undefined,
		vehicle: undefined,
		alert: undefined,
		detour: undefined,
	};
}

/** An entity that cannot be read. The others of the message are not affected. */
export interface UnreadableEntity {
	readonly unreadable: string;
	/** Its bytes or its JSON, for a sample. */
	readonly raw: unknown;
}

/** A message as far as it could be read. */
export interface ReadMessage {
	header: FeedHeader | undefined;
	entities: (FeedEntity | UnreadableEntity)[];
	/** How many fields of extensions were passed over (1000 and above). Always 0 for JSON, which does not number them. */
	extensions: number;
	/** Why reading ended before the end of the bytes, or why these are not a message at all. */
	failure:
		| {
				readonly code: "decode.format" | "decode.truncated" | "decode.limit";
				readonly message: string;
		  }
		| undefined;
}

/** More entities than any real feed has: beyond it somebody wants our memory. */
export const ENTITIES_MAX = 200_000;
/** More repeated members in one entity than any real trip or alert has. */
export const REPEATED_MAX = 20_000;

/** Enum names by number, as the standard writes them; a hole is a number that was never given out. */
export const INCREMENTALITY = ["FULL_DATASET", "DIFFERENTIAL"] as const;
export const STOP_STATUS = ["INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"] as const;
export const TRIP_RELATIONSHIP = [
	"SCHEDULED",
	"ADDED",
	"UNSCHEDULED",
	"CANCELED",
	undefined,
	"REPLACEMENT",
	"DUPLICATED",
	"DELETED",
	"NEW",
] as const;
export const STOP_RELATIONSHIP = ["SCHEDULED", "SKIPPED", "NO_DATA", "UNSCHEDULED"] as const;
export const CONGESTION_LEVEL = [
	"UNKNOWN_CONGESTION_LEVEL",
	"RUNNING_SMOOTHLY",
	"STOP_AND_GO",
	"CONGESTION",
	"SEVERE_CONGESTION",
] as const;
export const OCCUPANCY_STATUS = [
	"EMPTY",
	"MANY_SEATS_AVAILABLE",
	"FEW_SEATS_AVAILABLE",
	"STANDING_ROOM_ONLY",
	"CRUSHED_STANDING_ROOM_ONLY",
	"FULL",
	"NOT_ACCEPTING_PASSENGERS",
	"NO_DATA_AVAILABLE",
	"NOT_BOARDABLE",
] as const;
export const WHEELCHAIR_BOARDING = ["UNKNOWN", "AVAILABLE", "NOT_AVAILABLE"] as const;
export const BOARDING_TYPE = ["REGULAR", "NONE", "PHONE_AGENCY", "COORDINATE_WITH_DRIVER"] as const;
export const WHEELCHAIR_ACCESSIBLE = [
	"NO_VALUE",
	"UNKNOWN",
	"WHEELCHAIR_ACCESSIBLE",
	"WHEELCHAIR_INACCESSIBLE",
] as const;
export const ALERT_CAUSE = [
	undefined,
	"UNKNOWN_CAUSE",
	"OTHER_CAUSE",
	"TECHNICAL_PROBLEM",
	"STRIKE",
	"DEMONSTRATION",
	"ACCIDENT",
	"HOLIDAY",
	"WEATHER",
	"MAINTENANCE",
	"CONSTRUCTION",
	"POLICE_ACTIVITY",
	"MEDICAL_EMERGENCY",
	"SPECIAL_EVENT",
] as const;
export const ALERT_EFFECT = [
	undefined,
	"NO_SERVICE",
	"REDUCED_SERVICE",
	"SIGNIFICANT_DELAYS",
	"DETOUR",
	"ADDITIONAL_SERVICE",
	"MODIFIED_SERVICE",
	"OTHER_EFFECT",
	"UNKNOWN_EFFECT",
	"STOP_MOVED",
	"NO_EFFECT",
	"ACCESSIBILITY_ISSUE",
] as const;
export const ALERT_SEVERITY = [undefined, "UNKNOWN_SEVERITY", "INFO", "WARNING", "SEVERE"] as const;
