import { ALERT_CAUSE, ALERT_EFFECT, ALERT_SEVERITY, BOARDING_TYPE, CONGESTION_LEVEL, OCCUPANCY_STATUS, STOP_RELATIONSHIP, STOP_STATUS, TRIP_RELATIONSHIP, WHEELCHAIR_ACCESSIBLE, } from "../formats/gtfs-realtime.js";
const UINT32_MAX = 0xffff_ffff;
const INT32_MAX = 0x7fff_ffff;
/** What MobilityData's validator takes for POSIX seconds: 2005 to 2033. */
const TIME_LEAST_S = 1_104_537_600;
const TIME_MOST_S = 1_991_620_134;
/** Undefined where neither a trip nor a route is named. */
export function tripOf(body) {
    if (body.tripId === undefined && body.gtfsRouteId === undefined)
        return undefined;
    return {
        tripId: body.tripId,
        startTime: clockOf(body.startTime),
        startDate: dateOf(body.serviceDate),
        // Unsaid means SCHEDULED in the standard; saying so keeps validators from asking.
        scheduleRelationship: numberOf(TRIP_RELATIONSHIP, body.scheduleRelationship) ?? 0,
        routeId: body.gtfsRouteId,
        directionId: body.directionId,
    };
}
export function descriptorOf(body) {
    const { vehicleId, vehicleLabel, licensePlate, wheelchairAccessible } = body;
    if (vehicleId === undefined && vehicleLabel === undefined && licensePlate === undefined)
        return undefined;
    return {
        id: vehicleId,
        label: vehicleLabel,
        licensePlate,
        wheelchairAccessible: numberOf(WHEELCHAIR_ACCESSIBLE, wheelchairAccessible),
    };
}
export function within(value, least, most) {
    return value !== undefined && value >= least && value <= most ? value : undefined;
}
export function whole(value) {
    return within(value === undefined ? undefined : Math.round(value), 0, UINT32_MAX);
}
/** Seconds as a signed 32-bit number. */
export function wholeSeconds(value) {
    return within(value === undefined ? undefined : Math.round(value), -INT32_MAX - 1, INT32_MAX);
}
/** A time that no validator refuses: `HH:MM:SS` before 30:00:00. */
export function clockOf(text) {
    return text !== undefined && /^[0-2]\d:[0-5]\d:[0-5]\d$/.test(text) ? text : undefined;
}
export function dateOf(text) {
    return text !== undefined && /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(text) ? text : undefined;
}
/** POSIX seconds, where a validator takes them for a time at all. */
export function secondsOf(time) {
    return within(time === undefined ? undefined : Math.floor(time / 1000), TIME_LEAST_S, TIME_MOST_S);
}
/** Numbers by the words of the model, for each table of names. */
const NUMBERS = new Map([
    STOP_STATUS,
    CONGESTION_LEVEL,
    OCCUPANCY_STATUS,
    TRIP_RELATIONSHIP,
    STOP_RELATIONSHIP,
    BOARDING_TYPE,
    WHEELCHAIR_ACCESSIBLE,
    ALERT_CAUSE,
    ALERT_EFFECT,
    ALERT_SEVERITY,
].map((names) => [
    names,
    new Map(names.flatMap((name, at) => (name === undefined ? [] : [[name.toLowerCase(), at]]))),
]));
export function numberOf(names, word) {
    return word === undefined ? undefined : NUMBERS.get(names)?.get(word);
}
