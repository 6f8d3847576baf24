import { ALERT_CAUSE, ALERT_EFFECT, ALERT_SEVERITY, BOARDING_TYPE, CONGESTION_LEVEL, INCREMENTALITY, OCCUPANCY_STATUS, STOP_RELATIONSHIP, STOP_STATUS, TRIP_RELATIONSHIP, WHEELCHAIR_ACCESSIBLE, WHEELCHAIR_BOARDING, } from "./gtfs-realtime.js";
/**
 * GTFS-realtime as JSON in the form that most publishers use: names of the standard in snake_case, enums by name,
 * numbers as numbers. What is not set is left out.
 */
export function headerJson(header) {
    return JSON.stringify({
        gtfs_realtime_version: header.gtfsRealtimeVersion,
        incrementality: name(INCREMENTALITY, header.incrementality),
        timestamp: header.timestamp,
        feed_version: header.feedVersion,
    });
}
/** The members of an entity, without the braces around them, so that the caller can add its own. */
export function entityJson(entity) {
    const { id, tripUpdate, vehicle, alert, detour } = entity;
    return JSON.stringify({
        id,
        trip_update: tripUpdate && tripUpdateMembers(tripUpdate),
        vehicle: vehicle && vehicleMembers(vehicle),
        alert: alert && alertMembers(alert),
        shape: detour?.shape && {
            shape_id: detour.shape.shapeId,
            encoded_polyline: detour.shape.encodedPolyline,
        },
        stop: detour?.stop && stopMembers(detour.stop),
        trip_modifications: detour?.modifications && modificationsMembers(detour.modifications),
    }).slice(1, -1);
}
function vehicleMembers(vehicle) {
    return {
        trip: vehicle.trip && trip(vehicle.trip),
        position: vehicle.position && position(vehicle.position),
        current_stop_sequence: vehicle.currentStopSequence,
        current_status: name(STOP_STATUS, vehicle.currentStatus),
        timestamp: vehicle.timestamp,
        congestion_level: name(CONGESTION_LEVEL, vehicle.congestionLevel),
        stop_id: vehicle.stopId,
        vehicle: vehicle.vehicle && descriptor(vehicle.vehicle),
        occupancy_status: name(OCCUPANCY_STATUS, vehicle.occupancyStatus),
        occupancy_percentage: vehicle.occupancyPercentage,
        multi_carriage_details: vehicle.carriages?.map((carriage) => ({
            id: carriage.id,
            label: carriage.label,
            occupancy_status: name(OCCUPANCY_STATUS, carriage.occupancyStatus),
            occupancy_percentage: carriage.occupancyPercentage,
            carriage_sequence: carriage.sequence,
        })),
    };
}
function tripUpdateMembers(update) {
    const { properties } = update;
    return {
        trip: update.trip && trip(update.trip),
        stop_time_update: update.stopTimeUpdates.map((stop) => ({
            stop_sequence: stop.stopSequence,
            arrival: stop.arrival && stopTimeEvent(stop.arrival),
            departure: stop.departure && stopTimeEvent(stop.departure),
            stop_id: stop.stopId,
            schedule_relationship: name(STOP_RELATIONSHIP, stop.scheduleRelationship),
            stop_time_properties: stop.properties && stopProperties(stop.properties),
            departure_occupancy_status: name(OCCUPANCY_STATUS, stop.departureOccupancyStatus),
        })),
        vehicle: update.vehicle && descriptor(update.vehicle),
        timestamp: update.timestamp,
        delay: update.delay,
        trip_properties: properties && {
            trip_id: properties.tripId,
            start_date: properties.startDate,
            start_time: properties.startTime,
            shape_id: properties.shapeId,
            trip_headsign: properties.tripHeadsign,
            trip_short_name: properties.tripShortName,
        },
    };
}
function stopProperties(properties) {
    return {
        assigned_stop_id: properties.assignedStopId,
        stop_headsign: properties.stopHeadsign,
        pickup_type: name(BOARDING_TYPE, properties.pickupType),
        drop_off_type: name(BOARDING_TYPE, properties.dropOffType),
    };
}
function stopTimeEvent(event) {
    return {
        delay: event.delay,
        time: event.time,
        uncertainty: event.uncertainty,
        scheduled_time: event.scheduledTime,
    };
}
function alertMembers(alert) {
    return {
        active_period: alert.activePeriods.map(({ start, end }) => ({ start, end })),
        informed_entity: alert.informedEntities.map((selector) => ({
            agency_id: selector.agencyId,
            route_id: selector.routeId,
            route_type: selector.routeType,
            trip: selector.trip && trip(selector.trip),
            stop_id: selector.stopId,
            direction_id: selector.directionId,
        })),
        cause: name(ALERT_CAUSE, alert.cause),
        effect: name(ALERT_EFFECT, alert.effect),
        url: translated(alert.url),
        header_text: translated(alert.headerText),
        description_text: translated(alert.descriptionText),
        tts_header_text: translated(alert.ttsHeaderText),
        tts_description_text: translated(alert.ttsDescriptionText),
        severity_level: name(ALERT_SEVERITY, alert.severityLevel),
        image: alert.images.length === 0
            ? undefined
            : {
                localized_image: alert.images.map(({ url, mediaType, language }) => ({
                    url,
                    media_type: mediaType,
                    language,
                })),
            },
        image_alternative_text: translated(alert.imageAlternativeText),
        cause_detail: translated(alert.causeDetail),
        effect_detail: translated(alert.effectDetail),
    };
}
function stopMembers(stop) {
    return {
        stop_id: stop.stopId,
        stop_code: translated(stop.stopCode),
        stop_name: translated(stop.stopName),
        tts_stop_name: translated(stop.ttsStopName),
        stop_desc: translated(stop.stopDesc),
        stop_lat: stop.stopLat,
        stop_lon: stop.stopLon,
        zone_id: stop.zoneId,
        stop_url: translated(stop.stopUrl),
        parent_station: stop.parentStation,
        stop_timezone: stop.stopTimezone,
        wheelchair_boarding: name(WHEELCHAIR_BOARDING, stop.wheelchairBoarding),
        level_id: stop.levelId,
        platform_code: translated(stop.platformCode),
    };
}
function modificationsMembers(message) {
    const selector = (one) => one && { stop_sequence: one.stopSequence, stop_id: one.stopId };
    return {
        selected_trips: message.selectedTrips.map(({ tripIds, shapeId }) => ({
            trip_ids: tripIds,
            shape_id: shapeId,
        })),
        start_times: message.startTimes,
        service_dates: message.serviceDates,
        modifications: message.modifications.map((modification) => ({
            start_stop_selector: selector(modification.start),
            end_stop_selector: selector(modification.end),
            propagated_modification_delay: modification.propagatedDelay,
            replacement_stops: modification.replacementStops.map(({ travelTimeToStop, stopId }) => ({
                travel_time_to_stop: travelTimeToStop,
                stop_id: stopId,
            })),
            service_alert_id: modification.serviceAlertId,
            last_modified_time: modification.lastModifiedTime,
        })),
    };
}
function translated(translations) {
    return translations.length === 0 ? undefined : { translation: translations };
}
function trip(descriptorOfTrip) {
    return {
        trip_id: descriptorOfTrip.tripId,
        start_time: descriptorOfTrip.startTime,
        start_date: descriptorOfTrip.startDate,
        schedule_relationship: name(TRIP_RELATIONSHIP, descriptorOfTrip.scheduleRelationship),
        route_id: descriptorOfTrip.routeId,
        direction_id: descriptorOfTrip.directionId,
    };
}
function position(place) {
    return {
        latitude: place.latitude,
        longitude: place.longitude,
        bearing: place.bearing,
        odometer: place.odometer,
        speed: place.speed,
    };
}
function descriptor(vehicle) {
    return {
        id: vehicle.id,
        label: vehicle.label,
        license_plate: vehicle.licensePlate,
        wheelchair_accessible: name(WHEELCHAIR_ACCESSIBLE, vehicle.wheelchairAccessible),
    };
}
function name(names, value) {
    return value === undefined ? undefined : names[value];
}
