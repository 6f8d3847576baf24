import { ALERT_CAUSE, ALERT_EFFECT, ALERT_SEVERITY, BOARDING_TYPE, CONGESTION_LEVEL, OCCUPANCY_STATUS, STOP_RELATIONSHIP, STOP_STATUS, TRIP_RELATIONSHIP, WHEELCHAIR_ACCESSIBLE, } from "./gtfs-realtime.js";
import { shortest } from "./gtfs-realtime-numbers.js";
/**
 * What an entity says, in the words of the model. Sentinels become absent; a value that its field cannot hold is
 * removed and flagged. Field order is that of the model, so that all observations of a kind share one shape.
 */
/** Above it a timestamp must be milliseconds: as seconds it would lie in the year 5138. */
const SECONDS_MAX = 1e11;
const TIME_MAX_MS = 8.64e15;
/** Faster than any train in service: 255 mph, the "unknown" of several gateways, is 114 m/s. */
const SPEED_MAX_MPS = 100;
const UINT32_MAX = 0xffff_ffff;
const lower = (names) => names.map((name) => name?.toLowerCase());
const STATUSES = lower(STOP_STATUS);
const CONGESTIONS = lower(CONGESTION_LEVEL);
const OCCUPANCIES = lower(OCCUPANCY_STATUS);
const WHEELCHAIRS = lower(WHEELCHAIR_ACCESSIBLE);
const RELATIONSHIPS = lower(TRIP_RELATIONSHIP);
const STOP_RELATIONSHIPS = lower(STOP_RELATIONSHIP);
const BOARDINGS = lower(BOARDING_TYPE);
const CAUSES = lower(ALERT_CAUSE);
const EFFECTS = lower(ALERT_EFFECT);
const SEVERITIES = lower(ALERT_SEVERITY);
/** A timestamp in milliseconds. Some feeds state milliseconds already; 0 and impossible values are absent. */
export function secondsToTime(value) {
    if (value === undefined || !(value > 0))
        return undefined;
    const time = value > SECONDS_MAX ? Math.round(value) : Math.round(value * 1000);
    return time <= TIME_MAX_MS ? time : undefined;
}
function flagsOf(notes) {
    if (!notes.position && !notes.value)
        return undefined;
    if (!notes.value)
        return ["position_removed"];
    return notes.position ? ["position_removed", "value_removed"] : ["value_removed"];
}
export function observedVehicle(entity, reading) {
    const notes = { position: false, value: false };
    const { trip, position, vehicle } = entity;
    const vehicleLabel = text(vehicle?.label);
    let latitude = degrees(position?.latitude);
    let longitude = degrees(position?.longitude);
    if (position !== undefined && !isPlace(latitude, longitude)) {
        notes.position = true;
        latitude = undefined;
        longitude = undefined;
    }
    const tripId = text(trip?.tripId);
    const eventTime = timeOf(entity.timestamp, notes);
    const observation = {
        kind: "vehicle_location",
        eventTime,
        resolutionMs: resolutionOf(eventTime),
        vehicleId: text(vehicle?.id) ?? (vehicleLabel === undefined ? reading.standInId : undefined),
        vehicleLabel,
        licensePlate: text(vehicle?.licensePlate),
        wheelchairAccessible: word(WHEELCHAIRS, vehicle?.wheelchairAccessible, notes),
        tripId: tripId !== undefined && reading.noTrip.includes(tripId) ? undefined : tripId,
        gtfsRouteId: text(trip?.routeId),
        directionId: directionOf(trip?.directionId, notes),
        serviceDate: dateOf(trip?.startDate, notes),
        startTime: clockOf(trip?.startTime, notes),
        scheduleRelationship: word(RELATIONSHIPS, trip?.scheduleRelationship, notes),
        latitude,
        longitude,
        headingDeg: headingOf(position?.bearing, notes),
        speedMps: within(position?.speed, 0, SPEED_MAX_MPS, 3, notes),
        odometerM: within(position?.odometer, 0, 1e11, 1, notes),
        currentStopSequence: within(entity.currentStopSequence, 0, UINT32_MAX, 0, notes),
        stopId: text(entity.stopId),
        currentStatus: word(STATUSES, entity.currentStatus, notes),
        congestionLevel: word(CONGESTIONS, entity.congestionLevel, notes),
        occupancyStatus: word(OCCUPANCIES, entity.occupancyStatus, notes),
        occupancyPercentage: entity.occupancyPercentage === -1 ? undefined : within(entity.occupancyPercentage, 0, 10_000, 2, notes),
        carriages: entity.carriages?.map((carriage) => carriageOf(carriage, notes)),
        flags: flagsOf(notes),
    };
    return observation;
}
function carriageOf(carriage, notes) {
    const { occupancyPercentage } = carriage;
    return {
        id: text(carriage.id),
        label: text(carriage.label),
        occupancyStatus: word(OCCUPANCIES, carriage.occupancyStatus, notes),
        occupancyPercentage: occupancyPercentage === -1 ? undefined : within(occupancyPercentage, 0, 10_000, 2, notes),
        sequence: within(carriage.sequence, 0, UINT32_MAX, 0, notes),
    };
}
export function observedTripUpdate(entity) {
    const notes = { position: false, value: false };
    const { trip, vehicle } = entity;
    const eventTime = timeOf(entity.timestamp, notes);
    const delayS = integer(entity.delay, notes);
    const stopTimeUpdates = entity.stopTimeUpdates.map((update) => stopTimeUpdateOf(update, notes));
    return {
        kind: "trip_update",
        eventTime,
        resolutionMs: resolutionOf(eventTime),
        vehicleId: text(vehicle?.id),
        vehicleLabel: text(vehicle?.label),
        licensePlate: text(vehicle?.licensePlate),
        wheelchairAccessible: word(WHEELCHAIRS, vehicle?.wheelchairAccessible, notes),
        tripId: text(trip?.tripId),
        gtfsRouteId: text(trip?.routeId),
        directionId: directionOf(trip?.directionId, notes),
        serviceDate: dateOf(trip?.startDate, notes),
        startTime: clockOf(trip?.startTime, notes),
        scheduleRelationship: word(RELATIONSHIPS, trip?.scheduleRelationship, notes),
        delayS,
        tripProperties: entity.properties && tripPropertiesOf(entity.properties, notes),
        stopTimeUpdates,
        flags: flagsOf(notes),
        ...(trip?.modificationsId && { attributes: { modificationsId: trip.modificationsId } }),
    };
}
/** Undefined when the alert has no id: then nothing tells it from another. */
export function observedAlert(entity, id) {
    const alertId = text(id);
    if (alertId === undefined)
        return undefined;
    const notes = { position: false, value: false };
    return {
        kind: "service_alert",
        alertId,
        activePeriods: entity.activePeriods.map((period) => ({
            start: timeOf(period.start, notes),
            end: timeOf(period.end, notes),
        })),
        informedEntities: entity.informedEntities.map((selector) => informedOf(selector, notes)),
        cause: word(CAUSES, entity.cause, notes),
        effect: word(EFFECTS, entity.effect, notes),
        severity: word(SEVERITIES, entity.severityLevel, notes),
        url: translationsOf(entity.url),
        header: translationsOf(entity.headerText),
        description: translationsOf(entity.descriptionText),
        spokenHeader: translationsOf(entity.ttsHeaderText),
        spokenDescription: translationsOf(entity.ttsDescriptionText),
        causeDetail: translationsOf(entity.causeDetail),
        effectDetail: translationsOf(entity.effectDetail),
        images: imagesOf(entity.images),
        imageAlternativeText: translationsOf(entity.imageAlternativeText),
        flags: flagsOf(notes),
    };
}
function stopTimeUpdateOf(update, notes) {
    const { properties } = update;
    return {
        stopSequence: within(update.stopSequence, 0, UINT32_MAX, 0, notes),
        stopId: text(update.stopId),
        arrival: update.arrival && stopTimeEventOf(update.arrival, notes),
        departure: update.departure && stopTimeEventOf(update.departure, notes),
        scheduleRelationship: word(STOP_RELATIONSHIPS, update.scheduleRelationship, notes),
        departureOccupancyStatus: word(OCCUPANCIES, update.departureOccupancyStatus, notes),
        assignedStopId: text(properties?.assignedStopId),
        stopHeadsign: text(properties?.stopHeadsign),
        pickupType: word(BOARDINGS, properties?.pickupType, notes),
        dropOffType: word(BOARDINGS, properties?.dropOffType, notes),
    };
}
function tripPropertiesOf(properties, notes) {
    return {
        tripId: text(properties.tripId),
        serviceDate: dateOf(properties.startDate, notes),
        startTime: clockOf(properties.startTime, notes),
        shapeId: text(properties.shapeId),
        headsign: text(properties.tripHeadsign),
        shortName: text(properties.tripShortName),
    };
}
function imagesOf(images) {
    const kept = images.flatMap(({ url, mediaType, language }) => {
        const address = text(url);
        return address === undefined
            ? []
            : { url: address, mediaType: text(mediaType), language: text(language) };
    });
    return kept.length === 0 ? undefined : kept;
}
function stopTimeEventOf(event, notes) {
    return {
        delayS: integer(event.delay, notes),
        time: timeOf(event.time, notes),
        uncertaintyS: integer(event.uncertainty, notes),
        scheduledTime: timeOf(event.scheduledTime, notes),
    };
}
function informedOf(selector, notes) {
    const { trip } = selector;
    return {
        agencyId: text(selector.agencyId),
        gtfsRouteId: text(selector.routeId),
        routeType: integer(selector.routeType, notes),
        directionId: directionOf(selector.directionId, notes),
        stopId: text(selector.stopId),
        trip: trip && {
            tripId: text(trip.tripId),
            gtfsRouteId: text(trip.routeId),
            directionId: directionOf(trip.directionId, notes),
            serviceDate: dateOf(trip.startDate, notes),
            startTime: clockOf(trip.startTime, notes),
            scheduleRelationship: word(RELATIONSHIPS, trip.scheduleRelationship, notes),
        },
    };
}
function translationsOf(translations) {
    const kept = [];
    for (const { text: words, language } of translations) {
        if (words !== undefined && words !== "")
            kept.push({ text: words, language: text(language) });
    }
    return kept.length === 0 ? undefined : kept;
}
/** Without blanks around it; empty is absent. */
function text(value) {
    if (value === undefined || value.length === 0)
        return undefined;
    if (isVisible(value.charCodeAt(0)) && isVisible(value.charCodeAt(value.length - 1)))
        return value;
    const trimmed = value.trim();
    return trimmed.length === 0 ? undefined : trimmed;
}
/** An ASCII character that is no blank: the usual case, which needs no trimming. */
function isVisible(code) {
    return code > 32 && code < 127;
}
function timeOf(value, notes) {
    const time = secondsToTime(value);
    if (time === undefined && value !== undefined && value !== 0)
        notes.value = true;
    return time;
}
/** Only a feed that states milliseconds is finer than the second that everybody assumes. */
function resolutionOf(time) {
    return time === undefined || time % 1000 === 0 ? undefined : 1;
}
function degrees(value) {
    return value === undefined ? undefined : shortest(value, 6);
}
/** Null Island has no buses: 0,0 is what a receiver says before its first fix. */
function isPlace(latitude, longitude) {
    if (latitude === undefined || longitude === undefined)
        return false;
    const possible = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    return possible && (latitude !== 0 || longitude !== 0);
}
function headingOf(value, notes) {
    const heading = within(value, 0, 360, 2, notes);
    return heading === 360 ? 0 : heading;
}
/** The number, rounded, when it lies within its range; else nothing, noted. */
function within(value, least, most, digits, notes) {
    if (value === undefined)
        return undefined;
    if (value >= least && value <= most) {
        if (Number.isInteger(value))
            return value + 0;
        if (digits > 0)
            return shortest(value, digits);
    }
    notes.value = true;
    return undefined;
}
function integer(value, notes) {
    return within(value, -0x8000_0000, 0x7fff_ffff, 0, notes);
}
function directionOf(value, notes) {
    if (value === undefined || value === 0 || value === 1)
        return value;
    notes.value = true;
    return undefined;
}
function word(words, value, notes) {
    if (value === undefined)
        return undefined;
    const found = words[value];
    if (found === undefined)
        notes.value = true;
    return found;
}
const DATE = /^(\d{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])$/;
const CLOCK = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/;
/** The same few dates stand in every entity of a frame, so the last good one is the likeliest. */
let lastDate = "";
/** `YYYYMMDD`, also where it is written with dashes. */
function dateOf(value, notes) {
    const date = text(value);
    if (date === undefined || date === lastDate)
        return date;
    const parts = DATE.exec(date);
    if (parts === null) {
        notes.value = true;
        return undefined;
    }
    lastDate = `${parts[1]}${parts[2]}${parts[3]}`;
    return lastDate;
}
/** `HH:MM:SS` with two digits each; hours may pass 24. */
function clockOf(value, notes) {
    const time = text(value);
    if (time === undefined)
        return undefined;
    const parts = CLOCK.exec(time);
    if (parts === null) {
        notes.value = true;
        return undefined;
    }
    return parts[1]?.length === 2 ? time : `0${time}`;
}
