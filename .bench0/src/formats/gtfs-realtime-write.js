import { text, whole, writeTranslations } from "./gtfs-realtime-write-basics.js";
import { writeDetour } from "./gtfs-realtime-write-detours.js";
import { ProtobufWriter } from "./protobuf-writer.js";
/**
 * Writes GTFS-realtime. Whatever is not `undefined` is written, zeros too: in proto2 "not set" and "0" differ, and
 * validators test which it is. The grammar stands in `gtfs-realtime-read`.
 */
export function writeFeedMessage(message) {
    const writer = new ProtobufWriter();
    writeHeader(writer, message.header);
    for (const entity of message.entities)
        writeEntity(writer, entity);
    return writer.finish();
}
/** The header with its own tag, ready to stand before entities that `writeEntity` wrote. */
export function writeHeader(writer, header) {
    const start = writer.begin(10);
    text(writer, 10, header.gtfsRealtimeVersion);
    whole(writer, 16, header.incrementality);
    whole(writer, 24, header.timestamp);
    text(writer, 34, header.feedVersion);
    writer.end(start);
}
/** The entity with its own tag. */
export function writeEntity(writer, entity) {
    const start = writer.begin(18);
    text(writer, 10, entity.id);
    if (entity.isDeleted !== undefined)
        writer.varint(16, entity.isDeleted ? 1 : 0);
    if (entity.tripUpdate !== undefined)
        writeTripUpdate(writer, entity.tripUpdate);
    if (entity.vehicle !== undefined)
        writeVehicle(writer, entity.vehicle);
    if (entity.alert !== undefined)
        writeAlert(writer, entity.alert);
    if (entity.detour !== undefined)
        writeDetour(writer, entity.detour);
    writer.end(start);
}
function single(writer, tag, value) {
    if (value !== undefined)
        writer.float(tag, value);
}
function writeVehicle(writer, vehicle) {
    const start = writer.begin(34);
    if (vehicle.trip !== undefined)
        writeTrip(writer, 10, vehicle.trip);
    if (vehicle.position !== undefined) {
        const inner = writer.begin(18);
        single(writer, 13, vehicle.position.latitude);
        single(writer, 21, vehicle.position.longitude);
        single(writer, 29, vehicle.position.bearing);
        if (vehicle.position.odometer !== undefined)
            writer.double(33, vehicle.position.odometer);
        single(writer, 45, vehicle.position.speed);
        writer.end(inner);
    }
    whole(writer, 24, vehicle.currentStopSequence);
    whole(writer, 32, vehicle.currentStatus);
    whole(writer, 40, vehicle.timestamp);
    whole(writer, 48, vehicle.congestionLevel);
    text(writer, 58, vehicle.stopId);
    if (vehicle.vehicle !== undefined)
        writeDescriptor(writer, 66, vehicle.vehicle);
    whole(writer, 72, vehicle.occupancyStatus);
    whole(writer, 80, vehicle.occupancyPercentage);
    for (const carriage of vehicle.carriages ?? [])
        writeCarriage(writer, carriage);
    writer.end(start);
}
function writeCarriage(writer, carriage) {
    const start = writer.begin(90);
    text(writer, 10, carriage.id);
    text(writer, 18, carriage.label);
    whole(writer, 24, carriage.occupancyStatus);
    whole(writer, 32, carriage.occupancyPercentage);
    whole(writer, 40, carriage.sequence);
    writer.end(start);
}
function writeTrip(writer, tag, trip) {
    const start = writer.begin(tag);
    text(writer, 10, trip.tripId);
    text(writer, 18, trip.startTime);
    text(writer, 26, trip.startDate);
    whole(writer, 32, trip.scheduleRelationship);
    text(writer, 42, trip.routeId);
    whole(writer, 48, trip.directionId);
    writer.end(start);
}
function writeDescriptor(writer, tag, vehicle) {
    const start = writer.begin(tag);
    text(writer, 10, vehicle.id);
    text(writer, 18, vehicle.label);
    text(writer, 26, vehicle.licensePlate);
    whole(writer, 32, vehicle.wheelchairAccessible);
    writer.end(start);
}
function writeTripUpdate(writer, update) {
    const start = writer.begin(26);
    if (update.trip !== undefined)
        writeTrip(writer, 10, update.trip);
    for (const stop of update.stopTimeUpdates)
        writeStopTimeUpdate(writer, stop);
    if (update.vehicle !== undefined)
        writeDescriptor(writer, 26, update.vehicle);
    whole(writer, 32, update.timestamp);
    whole(writer, 40, update.delay);
    if (update.properties !== undefined)
        writeTripProperties(writer, update.properties);
    writer.end(start);
}
function writeTripProperties(writer, properties) {
    const start = writer.begin(50);
    text(writer, 10, properties.tripId);
    text(writer, 18, properties.startDate);
    text(writer, 26, properties.startTime);
    text(writer, 34, properties.shapeId);
    text(writer, 42, properties.tripHeadsign);
    text(writer, 50, properties.tripShortName);
    writer.end(start);
}
function writeStopTimeUpdate(writer, update) {
    const start = writer.begin(18);
    whole(writer, 8, update.stopSequence);
    if (update.arrival !== undefined)
        writeStopTimeEvent(writer, 18, update.arrival);
    if (update.departure !== undefined)
        writeStopTimeEvent(writer, 26, update.departure);
    text(writer, 34, update.stopId);
    whole(writer, 40, update.scheduleRelationship);
    if (update.properties !== undefined) {
        const inner = writer.begin(50);
        text(writer, 10, update.properties.assignedStopId);
        text(writer, 18, update.properties.stopHeadsign);
        whole(writer, 24, update.properties.pickupType);
        whole(writer, 32, update.properties.dropOffType);
        writer.end(inner);
    }
    whole(writer, 56, update.departureOccupancyStatus);
    writer.end(start);
}
function writeStopTimeEvent(writer, tag, event) {
    const start = writer.begin(tag);
    whole(writer, 8, event.delay);
    whole(writer, 16, event.time);
    whole(writer, 24, event.uncertainty);
    whole(writer, 32, event.scheduledTime);
    writer.end(start);
}
function writeAlert(writer, alert) {
    const start = writer.begin(42);
    for (const period of alert.activePeriods) {
        const inner = writer.begin(10);
        whole(writer, 8, period.start);
        whole(writer, 16, period.end);
        writer.end(inner);
    }
    for (const selector of alert.informedEntities)
        writeSelector(writer, selector);
    whole(writer, 48, alert.cause);
    whole(writer, 56, alert.effect);
    writeTranslations(writer, 66, alert.url);
    writeTranslations(writer, 82, alert.headerText);
    writeTranslations(writer, 90, alert.descriptionText);
    writeTranslations(writer, 98, alert.ttsHeaderText);
    writeTranslations(writer, 106, alert.ttsDescriptionText);
    whole(writer, 112, alert.severityLevel);
    writeImages(writer, alert.images);
    writeTranslations(writer, 130, alert.imageAlternativeText);
    writeTranslations(writer, 138, alert.causeDetail);
    writeTranslations(writer, 146, alert.effectDetail);
    writer.end(start);
}
function writeImages(writer, images) {
    if (images.length === 0)
        return;
    const start = writer.begin(122);
    for (const { url, mediaType, language } of images) {
        const inner = writer.begin(10);
        text(writer, 10, url);
        text(writer, 18, mediaType);
        text(writer, 26, language);
        writer.end(inner);
    }
    writer.end(start);
}
function writeSelector(writer, selector) {
    const start = writer.begin(42);
    text(writer, 10, selector.agencyId);
    text(writer, 18, selector.routeId);
    whole(writer, 24, selector.routeType);
    if (selector.trip !== undefined)
        writeTrip(writer, 34, selector.trip);
    text(writer, 42, selector.stopId);
    whole(writer, 48, selector.directionId);
    writer.end(start);
}
