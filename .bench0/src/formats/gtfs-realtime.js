/**
 * The words of GTFS-realtime 2.0 (google/transit, gtfs-realtime.proto) as this package holds them between its codecs
 * and the model. Enums stay numbers here: a number that nobody knows yet must not be lost before somebody can flag it.
 * Times are what the message says, unscaled. Every member may be `undefined`, which is "not in the message".
 */
/** A vehicle position in which nothing is set. */
export function emptyVehicle() {
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
/** An alert in which nothing is set. */
export function emptyAlert() {
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
/** An entity in which nothing but its id is set. */
export function emptyEntity(id) {
    return {
        id,
        isDeleted: undefined,
        tripUpdate: undefined,
        vehicle: undefined,
        alert: undefined,
        detour: undefined,
    };
}
/** More entities than any real feed has: beyond it somebody wants our memory. */
export const ENTITIES_MAX = 200_000;
/** More repeated members in one entity than any real trip or alert has. */
export const REPEATED_MAX = 20_000;
/** Enum names by number, as the standard writes them; a hole is a number that was never given out. */
export const INCREMENTALITY = ["FULL_DATASET", "DIFFERENTIAL"];
export const STOP_STATUS = ["INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"];
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
];
export const STOP_RELATIONSHIP = ["SCHEDULED", "SKIPPED", "NO_DATA", "UNSCHEDULED"];
export const CONGESTION_LEVEL = [
    "UNKNOWN_CONGESTION_LEVEL",
    "RUNNING_SMOOTHLY",
    "STOP_AND_GO",
    "CONGESTION",
    "SEVERE_CONGESTION",
];
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
];
export const WHEELCHAIR_BOARDING = ["UNKNOWN", "AVAILABLE", "NOT_AVAILABLE"];
export const BOARDING_TYPE = ["REGULAR", "NONE", "PHONE_AGENCY", "COORDINATE_WITH_DRIVER"];
export const WHEELCHAIR_ACCESSIBLE = [
    "NO_VALUE",
    "UNKNOWN",
    "WHEELCHAIR_ACCESSIBLE",
    "WHEELCHAIR_INACCESSIBLE",
];
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
];
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
];
export const ALERT_SEVERITY = [undefined, "UNKNOWN_SEVERITY", "INFO", "WARNING", "SEVERE"];
