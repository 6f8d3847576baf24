import { ALERT_CAUSE, ALERT_EFFECT, ALERT_SEVERITY, BOARDING_TYPE, CONGESTION_LEVEL, ENTITIES_MAX, INCREMENTALITY, OCCUPANCY_STATUS, REPEATED_MAX, STOP_RELATIONSHIP, STOP_STATUS, TRIP_RELATIONSHIP, WHEELCHAIR_ACCESSIBLE, } from "./gtfs-realtime.js";
import { detourOf } from "./gtfs-realtime-json-detours.js";
import { either, enumOf, number, objectsOf, text, translationsOf, } from "./gtfs-realtime-json-fields.js";
import { booleanOf, listOf, objectOf, textOf } from "./json.js";
/**
 * The JSON forms of GTFS-realtime, as published: names in snake_case or camelCase, enums as names or numbers, 64-bit
 * numbers as text, null for what is not set, and a lone item without its list.
 */
export function readFeedMessageJson(value) {
    const root = objectOf(value);
    const entities = root?.entity;
    const header = objectOf(root?.header);
    const message = {
        header: header === undefined ? undefined : headerOf(header),
        entities: [],
        extensions: 0,
        failure: undefined,
    };
    if (header === undefined && entities === undefined) {
        const text = "this JSON has neither a header nor an entity list, so it is not a FeedMessage";
        return { ...message, failure: { code: "decode.format", message: text } };
    }
    for (const entity of listOf(entities)) {
        if (message.entities.length >= ENTITIES_MAX) {
            const text = `more than ${ENTITIES_MAX} entities in one message; the rest was not read`;
            return { ...message, failure: { code: "decode.limit", message: text } };
        }
        message.entities.push(entityOf(entity));
    }
    return message;
}
function headerOf(fields) {
    return {
        gtfsRealtimeVersion: text(fields, "gtfs_realtime_version", "gtfsRealtimeVersion"),
        incrementality: enumOf(fields.incrementality, INCREMENTALITY),
        timestamp: number(fields.timestamp),
        feedVersion: text(fields, "feed_version", "feedVersion"),
    };
}
function entityOf(value) {
    const fields = objectOf(value);
    if (fields === undefined)
        return { unreadable: "the entity is not an object", raw: value };
    const tripUpdate = objectOf(either(fields, "trip_update", "tripUpdate"));
    const vehicle = objectOf(fields.vehicle);
    const alert = objectOf(fields.alert);
    const tooMany = [
        tripUpdate && either(tripUpdate, "stop_time_update", "stopTimeUpdate"),
        alert && either(alert, "informed_entity", "informedEntity"),
        alert && either(alert, "active_period", "activePeriod"),
    ].some((list) => Array.isArray(list) && list.length > REPEATED_MAX);
    if (tooMany)
        return { unreadable: `more than ${REPEATED_MAX} members of one entity`, raw: fields.id };
    return {
        id: textOf(fields.id),
        isDeleted: booleanOf(either(fields, "is_deleted", "isDeleted")),
        tripUpdate: tripUpdate && tripUpdateOf(tripUpdate),
        vehicle: vehicle && vehicleOf(vehicle),
        alert: alert && alertOf(alert),
        detour: detourOf(fields),
    };
}
function vehicleOf(fields) {
    const trip = objectOf(fields.trip);
    const position = objectOf(fields.position);
    const vehicle = objectOf(fields.vehicle);
    return {
        trip: trip && tripOf(trip),
        position: position && positionOf(position),
        currentStopSequence: number(either(fields, "current_stop_sequence", "currentStopSequence")),
        currentStatus: enumOf(either(fields, "current_status", "currentStatus"), STOP_STATUS),
        timestamp: number(fields.timestamp),
        congestionLevel: enumOf(either(fields, "congestion_level", "congestionLevel"), CONGESTION_LEVEL),
        stopId: text(fields, "stop_id", "stopId"),
        vehicle: vehicle && descriptorOf(vehicle),
        occupancyStatus: enumOf(either(fields, "occupancy_status", "occupancyStatus"), OCCUPANCY_STATUS),
        occupancyPercentage: number(either(fields, "occupancy_percentage", "occupancyPercentage")),
        carriages: carriagesOf(either(fields, "multi_carriage_details", "multiCarriageDetails")),
    };
}
function carriagesOf(value) {
    const carriages = objectsOf(value).slice(0, REPEATED_MAX);
    if (carriages.length === 0)
        return undefined;
    return carriages.map((fields) => ({
        id: textOf(fields.id),
        label: textOf(fields.label),
        occupancyStatus: enumOf(either(fields, "occupancy_status", "occupancyStatus"), OCCUPANCY_STATUS),
        occupancyPercentage: number(either(fields, "occupancy_percentage", "occupancyPercentage")),
        sequence: number(either(fields, "carriage_sequence", "carriageSequence")),
    }));
}
function positionOf(fields) {
    return {
        latitude: number(fields.latitude),
        longitude: number(fields.longitude),
        bearing: number(fields.bearing),
        odometer: number(fields.odometer),
        speed: number(fields.speed),
    };
}
function tripOf(fields) {
    // It takes the place of the other ids: the trip that is meant is the one that was modified.
    const modified = objectOf(either(fields, "modified_trip", "modifiedTrip")) ?? {};
    return {
        tripId: text(fields, "trip_id", "tripId") ?? text(modified, "affected_trip_id", "affectedTripId"),
        startTime: text(fields, "start_time", "startTime") ?? text(modified, "start_time", "startTime"),
        startDate: text(fields, "start_date", "startDate") ?? text(modified, "start_date", "startDate"),
        scheduleRelationship: enumOf(either(fields, "schedule_relationship", "scheduleRelationship"), TRIP_RELATIONSHIP),
        routeId: text(fields, "route_id", "routeId"),
        directionId: number(either(fields, "direction_id", "directionId")),
        ...modificationsOf(text(modified, "modifications_id", "modificationsId")),
    };
}
function modificationsOf(modificationsId) {
    return modificationsId === undefined ? undefined : { modificationsId };
}
function descriptorOf(fields) {
    return {
        id: textOf(fields.id),
        label: textOf(fields.label),
        licensePlate: text(fields, "license_plate", "licensePlate"),
        wheelchairAccessible: enumOf(either(fields, "wheelchair_accessible", "wheelchairAccessible"), WHEELCHAIR_ACCESSIBLE),
    };
}
function tripUpdateOf(fields) {
    const trip = objectOf(fields.trip);
    const vehicle = objectOf(fields.vehicle);
    return {
        trip: trip && tripOf(trip),
        stopTimeUpdates: objectsOf(either(fields, "stop_time_update", "stopTimeUpdate")).map(stopTimeUpdateOf),
        vehicle: vehicle && descriptorOf(vehicle),
        timestamp: number(fields.timestamp),
        delay: number(fields.delay),
        properties: tripPropertiesOf(objectOf(either(fields, "trip_properties", "tripProperties"))),
    };
}
function tripPropertiesOf(fields) {
    return (fields && {
        tripId: text(fields, "trip_id", "tripId"),
        startDate: text(fields, "start_date", "startDate"),
        startTime: text(fields, "start_time", "startTime"),
        shapeId: text(fields, "shape_id", "shapeId"),
        tripHeadsign: text(fields, "trip_headsign", "tripHeadsign"),
        tripShortName: text(fields, "trip_short_name", "tripShortName"),
    });
}
function stopTimeUpdateOf(fields) {
    const arrival = objectOf(fields.arrival);
    const departure = objectOf(fields.departure);
    const properties = objectOf(either(fields, "stop_time_properties", "stopTimeProperties"));
    return {
        stopSequence: number(either(fields, "stop_sequence", "stopSequence")),
        arrival: arrival && stopTimeEventOf(arrival),
        departure: departure && stopTimeEventOf(departure),
        stopId: text(fields, "stop_id", "stopId"),
        scheduleRelationship: enumOf(either(fields, "schedule_relationship", "scheduleRelationship"), STOP_RELATIONSHIP),
        properties: properties && {
            assignedStopId: text(properties, "assigned_stop_id", "assignedStopId"),
            stopHeadsign: text(properties, "stop_headsign", "stopHeadsign"),
            pickupType: enumOf(either(properties, "pickup_type", "pickupType"), BOARDING_TYPE),
            dropOffType: enumOf(either(properties, "drop_off_type", "dropOffType"), BOARDING_TYPE),
        },
        departureOccupancyStatus: enumOf(either(fields, "departure_occupancy_status", "departureOccupancyStatus"), OCCUPANCY_STATUS),
    };
}
function stopTimeEventOf(fields) {
    return {
        delay: number(fields.delay),
        time: number(fields.time),
        uncertainty: number(fields.uncertainty),
        scheduledTime: number(either(fields, "scheduled_time", "scheduledTime")),
    };
}
function alertOf(fields) {
    return {
        activePeriods: objectsOf(either(fields, "active_period", "activePeriod")).map((period) => ({
            start: number(period.start),
            end: number(period.end),
        })),
        informedEntities: objectsOf(either(fields, "informed_entity", "informedEntity")).map(selectorOf),
        cause: enumOf(fields.cause, ALERT_CAUSE),
        effect: enumOf(fields.effect, ALERT_EFFECT),
        url: translationsOf(fields.url),
        headerText: translationsOf(either(fields, "header_text", "headerText")),
        descriptionText: translationsOf(either(fields, "description_text", "descriptionText")),
        severityLevel: enumOf(either(fields, "severity_level", "severityLevel"), ALERT_SEVERITY),
        ttsHeaderText: translationsOf(either(fields, "tts_header_text", "ttsHeaderText")),
        ttsDescriptionText: translationsOf(either(fields, "tts_description_text", "ttsDescriptionText")),
        images: imagesOf(objectOf(fields.image)),
        imageAlternativeText: translationsOf(either(fields, "image_alternative_text", "imageAlternativeText")),
        causeDetail: translationsOf(either(fields, "cause_detail", "causeDetail")),
        effectDetail: translationsOf(either(fields, "effect_detail", "effectDetail")),
    };
}
function imagesOf(fields) {
    if (fields === undefined)
        return [];
    return objectsOf(either(fields, "localized_image", "localizedImage"))
        .slice(0, REPEATED_MAX)
        .map((image) => ({
        url: textOf(image.url),
        mediaType: text(image, "media_type", "mediaType"),
        language: textOf(image.language),
    }));
}
function selectorOf(fields) {
    const trip = objectOf(fields.trip);
    return {
        agencyId: text(fields, "agency_id", "agencyId"),
        routeId: text(fields, "route_id", "routeId"),
        routeType: number(either(fields, "route_type", "routeType")),
        trip: trip && tripOf(trip),
        stopId: text(fields, "stop_id", "stopId"),
        directionId: number(either(fields, "direction_id", "directionId")),
    };
}
