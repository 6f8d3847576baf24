import { REPEATED_MAX, WHEELCHAIR_BOARDING, } from "./gtfs-realtime.js";
import { either, enumOf, number, objectsOf, text, translationsOf, } from "./gtfs-realtime-json-fields.js";
import { listOf, objectOf, textOf } from "./json.js";
/** Undefined for an entity that is no shape, no stop and no trip modification. */
export function detourOf(entity) {
    const shape = objectOf(entity.shape);
    const stop = objectOf(entity.stop);
    const modifications = objectOf(either(entity, "trip_modifications", "tripModifications"));
    if (shape === undefined && stop === undefined && modifications === undefined)
        return undefined;
    return {
        shape: shape && {
            shapeId: text(shape, "shape_id", "shapeId"),
            encodedPolyline: text(shape, "encoded_polyline", "encodedPolyline"),
        },
        stop: stop && stopOf(stop),
        modifications: modifications && modificationsOf(modifications),
    };
}
function stopOf(fields) {
    return {
        stopId: text(fields, "stop_id", "stopId"),
        stopCode: translationsOf(either(fields, "stop_code", "stopCode")),
        stopName: translationsOf(either(fields, "stop_name", "stopName")),
        ttsStopName: translationsOf(either(fields, "tts_stop_name", "ttsStopName")),
        stopDesc: translationsOf(either(fields, "stop_desc", "stopDesc")),
        stopLat: number(either(fields, "stop_lat", "stopLat")),
        stopLon: number(either(fields, "stop_lon", "stopLon")),
        zoneId: text(fields, "zone_id", "zoneId"),
        stopUrl: translationsOf(either(fields, "stop_url", "stopUrl")),
        parentStation: text(fields, "parent_station", "parentStation"),
        stopTimezone: text(fields, "stop_timezone", "stopTimezone"),
        wheelchairBoarding: enumOf(either(fields, "wheelchair_boarding", "wheelchairBoarding"), WHEELCHAIR_BOARDING),
        levelId: text(fields, "level_id", "levelId"),
        platformCode: translationsOf(either(fields, "platform_code", "platformCode")),
    };
}
function modificationsOf(fields) {
    return {
        selectedTrips: objectsOf(either(fields, "selected_trips", "selectedTrips"))
            .slice(0, REPEATED_MAX)
            .map((selected) => ({
            tripIds: textsOf(either(selected, "trip_ids", "tripIds")),
            shapeId: text(selected, "shape_id", "shapeId"),
        })),
        startTimes: textsOf(either(fields, "start_times", "startTimes")),
        serviceDates: textsOf(either(fields, "service_dates", "serviceDates")),
        modifications: objectsOf(fields.modifications).slice(0, REPEATED_MAX).map(modificationOf),
    };
}
function modificationOf(fields) {
    return {
        start: selectorOf(objectOf(either(fields, "start_stop_selector", "startStopSelector"))),
        end: selectorOf(objectOf(either(fields, "end_stop_selector", "endStopSelector"))),
        propagatedDelay: number(either(fields, "propagated_modification_delay", "propagatedModificationDelay")),
        replacementStops: objectsOf(either(fields, "replacement_stops", "replacementStops"))
            .slice(0, REPEATED_MAX)
            .map((stop) => ({
            travelTimeToStop: number(either(stop, "travel_time_to_stop", "travelTimeToStop")),
            stopId: text(stop, "stop_id", "stopId"),
        })),
        serviceAlertId: text(fields, "service_alert_id", "serviceAlertId"),
        lastModifiedTime: number(either(fields, "last_modified_time", "lastModifiedTime")),
    };
}
function selectorOf(fields) {
    return (fields && {
        stopSequence: number(either(fields, "stop_sequence", "stopSequence")),
        stopId: text(fields, "stop_id", "stopId"),
    });
}
function textsOf(value) {
    return listOf(value)
        .slice(0, REPEATED_MAX)
        .flatMap((item) => textOf(item) ?? []);
}
