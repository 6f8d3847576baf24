import { ENTITIES_MAX, emptyEntity, emptyVehicle } from "./gtfs-realtime.js";
import { readAlert } from "./gtfs-realtime-read-alerts.js";
import { add, checkEnd, readTrip, readVehicleDescriptor } from "./gtfs-realtime-read-descriptors.js";
import { readDetour } from "./gtfs-realtime-read-detours.js";
import { readTripUpdate } from "./gtfs-realtime-read-trips.js";
import { ProtobufReader } from "./protobuf-reader.js";
/**
 * FeedMessage  = 1 header, 2 entity*
 * FeedHeader   = 1 version, 2 incrementality, 3 timestamp, 4 feed_version
 * FeedEntity   = 1 id, 2 is_deleted, 3 trip_update, 4 vehicle, 5 alert, 6 shape, 7 stop, 8 trip_modifications
 *
 * A case label is `field << 3 | wire type`. A known field in another wire type is passed over, as every protobuf reader
 * does; so are unknown fields and extensions (1000 to 1999, 9000 to 9999), of which the latter are counted.
 */
/** Reads a FeedMessage as far as it goes. Never throws; an entity that cannot be read spoils only itself. */
export function readFeedMessage(bytes, memo) {
    const reader = new ProtobufReader(bytes, memo);
    const message = { header: undefined, entities: [], extensions: 0, failure: undefined };
    const length = bytes.length;
    while (reader.position < length) {
        const start = reader.position;
        const tag = reader.varint();
        if (tag !== 10 && tag !== 18) {
            if (tag < 8)
                reader.fail("field number 0");
            else
                reader.skip(tag);
            if (reader.broken !== undefined)
                return ended(message, reader.broken, start, length);
            continue;
        }
        const end = reader.lengthDelimited();
        if (reader.broken !== undefined)
            return ended(message, reader.broken, start, length);
        reader.limit = end;
        if (tag === 10)
            message.header = readHeader(reader, end);
        else if (message.entities.length >= ENTITIES_MAX) {
            const text = `more than ${ENTITIES_MAX} entities in one message; the rest was not read`;
            return { ...message, failure: { code: "decode.limit", message: text } };
        }
        else
            readEntityInto(message, reader, end);
        reader.broken = undefined;
        reader.limit = length;
        reader.position = end;
        message.extensions = reader.extensions;
    }
    return message;
}
/**
 * What ended the reading. Bytes that began like a message and then stop are truncated; bytes that never began like one
 * are something else.
 */
function ended(message, broken, at, length) {
    const began = message.header?.gtfsRealtimeVersion !== undefined || message.header?.timestamp !== undefined;
    const cut = broken.startsWith("the bytes end") || broken.startsWith("a length of");
    const counted = `${message.entities.length} entities were read before byte ${at} of ${length}`;
    const code = began && cut ? "decode.truncated" : "decode.format";
    const what = code === "decode.truncated" ? "the message is cut off" : "this is not a FeedMessage";
    return { ...message, failure: { code, message: `${what}: ${broken}; ${counted}` } };
}
function readEntityInto(message, reader, end) {
    const start = reader.position;
    const entity = readEntity(reader, end);
    if (reader.broken === undefined)
        message.entities.push(entity);
    else {
        const raw = {
            entityId: entity.id,
            bytes: reader.bytes.toString("base64", start, Math.min(end, start + 300)),
        };
        message.entities.push({ unreadable: reader.broken, raw });
    }
}
function readHeader(reader, end) {
    const header = {
        gtfsRealtimeVersion: undefined,
        incrementality: undefined,
        timestamp: undefined,
        feedVersion: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            header.gtfsRealtimeVersion = reader.string();
        else if (tag === 16)
            header.incrementality = reader.int32();
        else if (tag === 24)
            header.timestamp = reader.varint();
        else if (tag === 34)
            header.feedVersion = reader.string();
        else
            reader.skip(tag);
    }
    return header;
}
function readEntity(reader, end) {
    const entity = emptyEntity(undefined);
    while (reader.position < end) {
        const tag = reader.varint();
        switch (tag) {
            case 10:
                entity.id = reader.string();
                break;
            case 16:
                entity.isDeleted = reader.varint() !== 0;
                break;
            case 26:
                entity.tripUpdate = readTripUpdate(reader, reader.lengthDelimited());
                break;
            case 34:
                entity.vehicle = readVehiclePosition(reader, reader.lengthDelimited());
                break;
            case 42:
                entity.alert = readAlert(reader, reader.lengthDelimited());
                break;
            case 50:
            case 58:
            case 66:
                entity.detour = readDetour(reader, tag);
                break;
            default:
                reader.skip(tag);
        }
    }
    checkEnd(reader, end);
    return entity;
}
function readVehiclePosition(reader, end) {
    const vehicle = emptyVehicle();
    while (reader.position < end) {
        const tag = reader.varint();
        switch (tag) {
            case 10:
                vehicle.trip = readTrip(reader, reader.lengthDelimited());
                break;
            case 18:
                vehicle.position = readPosition(reader, reader.lengthDelimited());
                break;
            case 24:
                vehicle.currentStopSequence = reader.varint();
                break;
            case 32:
                vehicle.currentStatus = reader.int32();
                break;
            case 40:
                vehicle.timestamp = reader.varint();
                break;
            case 48:
                vehicle.congestionLevel = reader.int32();
                break;
            case 58:
                vehicle.stopId = reader.string();
                break;
            case 66:
                vehicle.vehicle = readVehicleDescriptor(reader, reader.lengthDelimited());
                break;
            case 72:
                vehicle.occupancyStatus = reader.int32();
                break;
            case 80:
                vehicle.occupancyPercentage = reader.int32();
                break;
            case 90:
                vehicle.carriages ??= [];
                add(vehicle.carriages, readCarriage(reader, reader.lengthDelimited()), reader);
                break;
            default:
                reader.skip(tag);
        }
    }
    checkEnd(reader, end);
    return vehicle;
}
/** CarriageDetails = 1 id, 2 label, 3 occupancy_status, 4 occupancy_percentage, 5 carriage_sequence */
function readCarriage(reader, end) {
    const carriage = {
        id: undefined,
        label: undefined,
        occupancyStatus: undefined,
        occupancyPercentage: undefined,
        sequence: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            carriage.id = reader.string();
        else if (tag === 18)
            carriage.label = reader.string();
        else if (tag === 24)
            carriage.occupancyStatus = reader.int32();
        else if (tag === 32)
            carriage.occupancyPercentage = reader.int32();
        else if (tag === 40)
            carriage.sequence = reader.varint();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return carriage;
}
function readPosition(reader, end) {
    const position = {
        latitude: undefined,
        longitude: undefined,
        bearing: undefined,
        odometer: undefined,
        speed: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 13)
            position.latitude = reader.float();
        else if (tag === 21)
            position.longitude = reader.float();
        else if (tag === 29)
            position.bearing = reader.float();
        else if (tag === 33)
            position.odometer = reader.double();
        else if (tag === 45)
            position.speed = reader.float();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return position;
}
