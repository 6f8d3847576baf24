import { text, whole, writeTranslations } from "./gtfs-realtime-write-basics.js";
/** The grammar stands in `gtfs-realtime-read-detours`. */
export function writeDetour(writer, { shape, stop, modifications }) {
    if (shape !== undefined) {
        const start = writer.begin(50);
        text(writer, 10, shape.shapeId);
        text(writer, 18, shape.encodedPolyline);
        writer.end(start);
    }
    if (stop !== undefined)
        writeStop(writer, stop);
    if (modifications !== undefined)
        writeModifications(writer, modifications);
}
function writeStop(writer, stop) {
    const start = writer.begin(58);
    text(writer, 10, stop.stopId);
    writeTranslations(writer, 18, stop.stopCode);
    writeTranslations(writer, 26, stop.stopName);
    writeTranslations(writer, 34, stop.ttsStopName);
    writeTranslations(writer, 42, stop.stopDesc);
    if (stop.stopLat !== undefined)
        writer.float(53, stop.stopLat);
    if (stop.stopLon !== undefined)
        writer.float(61, stop.stopLon);
    text(writer, 66, stop.zoneId);
    writeTranslations(writer, 74, stop.stopUrl);
    text(writer, 90, stop.parentStation);
    text(writer, 98, stop.stopTimezone);
    whole(writer, 104, stop.wheelchairBoarding);
    text(writer, 114, stop.levelId);
    writeTranslations(writer, 122, stop.platformCode);
    writer.end(start);
}
function writeModifications(writer, message) {
    const start = writer.begin(66);
    for (const { tripIds, shapeId } of message.selectedTrips) {
        const inner = writer.begin(10);
        for (const tripId of tripIds)
            writer.string(10, tripId);
        text(writer, 18, shapeId);
        writer.end(inner);
    }
    for (const time of message.startTimes)
        writer.string(18, time);
    for (const date of message.serviceDates)
        writer.string(26, date);
    for (const modification of message.modifications)
        writeModification(writer, modification);
    writer.end(start);
}
function writeModification(writer, modification) {
    const start = writer.begin(34);
    writeSelector(writer, 10, modification.start);
    writeSelector(writer, 18, modification.end);
    whole(writer, 24, modification.propagatedDelay);
    for (const { travelTimeToStop, stopId } of modification.replacementStops) {
        const inner = writer.begin(34);
        whole(writer, 8, travelTimeToStop);
        text(writer, 18, stopId);
        writer.end(inner);
    }
    text(writer, 42, modification.serviceAlertId);
    whole(writer, 48, modification.lastModifiedTime);
    writer.end(start);
}
function writeSelector(writer, tag, selector) {
    if (selector === undefined)
        return;
    const start = writer.begin(tag);
    whole(writer, 8, selector.stopSequence);
    text(writer, 18, selector.stopId);
    writer.end(start);
}
