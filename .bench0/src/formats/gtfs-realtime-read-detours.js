import { readTranslations } from "./gtfs-realtime-read-alerts.js";
import { add, checkEnd } from "./gtfs-realtime-read-descriptors.js";
/**
 * Shape = 1 id, 2 encoded polyline. Stop = 1 id, 2 code, 3 name, 4 tts name, 5 description, 6 latitude, 7 longitude,
 * 8 zone, 9 URL, 11 parent, 12 time zone, 13 wheelchair boarding, 14 level, 15 platform code.
 * TripModifications = 1 selected trips*, 2 start time*, 3 service date*, 4 modification*.
 */
/** @param tag that of the member of FeedEntity: 50, 58 or 66. */
export function readDetour(reader, tag) {
    const end = reader.lengthDelimited();
    return {
        shape: tag === 50 ? readShape(reader, end) : undefined,
        stop: tag === 58 ? readStop(reader, end) : undefined,
        modifications: tag === 66 ? readModifications(reader, end) : undefined,
    };
}
function readShape(reader, end) {
    const shape = { shapeId: undefined, encodedPolyline: undefined };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            shape.shapeId = reader.string();
        else if (tag === 18)
            shape.encodedPolyline = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return shape;
}
/** A stop in which nothing is set. */
export function emptyStop() {
    return {
        stopId: undefined,
        stopCode: [],
        stopName: [],
        ttsStopName: [],
        stopDesc: [],
        stopLat: undefined,
        stopLon: undefined,
        zoneId: undefined,
        stopUrl: [],
        parentStation: undefined,
        stopTimezone: undefined,
        wheelchairBoarding: undefined,
        levelId: undefined,
        platformCode: [],
    };
}
function readStop(reader, end) {
    const stop = emptyStop();
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            stop.stopId = reader.string();
        else if (tag === 18)
            readTranslations(reader, reader.lengthDelimited(), stop.stopCode);
        else if (tag === 26)
            readTranslations(reader, reader.lengthDelimited(), stop.stopName);
        else if (tag === 34)
            readTranslations(reader, reader.lengthDelimited(), stop.ttsStopName);
        else if (tag === 42)
            readTranslations(reader, reader.lengthDelimited(), stop.stopDesc);
        else if (tag === 53)
            stop.stopLat = reader.float();
        else if (tag === 61)
            stop.stopLon = reader.float();
        else if (tag === 66)
            stop.zoneId = reader.string();
        else if (tag === 74)
            readTranslations(reader, reader.lengthDelimited(), stop.stopUrl);
        else if (tag === 90)
            stop.parentStation = reader.string();
        else if (tag === 98)
            stop.stopTimezone = reader.string();
        else if (tag === 104)
            stop.wheelchairBoarding = reader.int32();
        else if (tag === 114)
            stop.levelId = reader.string();
        else if (tag === 122)
            readTranslations(reader, reader.lengthDelimited(), stop.platformCode);
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return stop;
}
function readModifications(reader, end) {
    const message = {
        selectedTrips: [],
        startTimes: [],
        serviceDates: [],
        modifications: [],
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            add(message.selectedTrips, readSelected(reader, reader.lengthDelimited()), reader);
        else if (tag === 18)
            add(message.startTimes, reader.string(), reader);
        else if (tag === 26)
            add(message.serviceDates, reader.string(), reader);
        else if (tag === 34)
            add(message.modifications, readModification(reader, reader.lengthDelimited()), reader);
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return message;
}
function readSelected(reader, end) {
    const tripIds = [];
    let shapeId;
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            add(tripIds, reader.string(), reader);
        else if (tag === 18)
            shapeId = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return { tripIds, shapeId };
}
/** 1 start, 2 end, 3 propagated delay, 4 replacement stop*, 5 service alert id, 6 last modified time. */
function readModification(reader, end) {
    const modification = {
        start: undefined,
        end: undefined,
        propagatedDelay: undefined,
        replacementStops: [],
        serviceAlertId: undefined,
        lastModifiedTime: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            modification.start = readSelector(reader, reader.lengthDelimited());
        else if (tag === 18)
            modification.end = readSelector(reader, reader.lengthDelimited());
        else if (tag === 24)
            modification.propagatedDelay = reader.int32();
        else if (tag === 34)
            add(modification.replacementStops, readReplacement(reader, reader.lengthDelimited()), reader);
        else if (tag === 42)
            modification.serviceAlertId = reader.string();
        else if (tag === 48)
            modification.lastModifiedTime = reader.varint();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return modification;
}
function readSelector(reader, end) {
    const selector = { stopSequence: undefined, stopId: undefined };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 8)
            selector.stopSequence = reader.varint();
        else if (tag === 18)
            selector.stopId = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return selector;
}
function readReplacement(reader, end) {
    const stop = {
        travelTimeToStop: undefined,
        stopId: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 8)
            stop.travelTimeToStop = reader.int32();
        else if (tag === 18)
            stop.stopId = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return stop;
}
