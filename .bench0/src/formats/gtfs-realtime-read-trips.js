import { add, checkEnd, readTrip, readVehicleDescriptor } from "./gtfs-realtime-read-descriptors.js";
/** TripUpdate = 1 trip, 2 stop_time_update*, 3 vehicle, 4 timestamp, 5 delay, 6 trip_properties */
export function readTripUpdate(reader, end) {
    const update = {
        trip: undefined,
        stopTimeUpdates: [],
        vehicle: undefined,
        timestamp: undefined,
        delay: undefined,
        properties: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            update.trip = readTrip(reader, reader.lengthDelimited());
        else if (tag === 18)
            add(update.stopTimeUpdates, readStopTimeUpdate(reader, reader.lengthDelimited()), reader);
        else if (tag === 26)
            update.vehicle = readVehicleDescriptor(reader, reader.lengthDelimited());
        else if (tag === 32)
            update.timestamp = reader.varint();
        else if (tag === 40)
            update.delay = reader.int32();
        else if (tag === 50)
            update.properties = readTripProperties(reader, reader.lengthDelimited());
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return update;
}
function readStopTimeUpdate(reader, end) {
    const update = {
        stopSequence: undefined,
        arrival: undefined,
        departure: undefined,
        stopId: undefined,
        scheduleRelationship: undefined,
        properties: undefined,
        departureOccupancyStatus: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        switch (tag) {
            case 8:
                update.stopSequence = reader.varint();
                break;
            case 18:
                update.arrival = readStopTimeEvent(reader, reader.lengthDelimited());
                break;
            case 26:
                update.departure = readStopTimeEvent(reader, reader.lengthDelimited());
                break;
            case 34:
                update.stopId = reader.string();
                break;
            case 40:
                update.scheduleRelationship = reader.int32();
                break;
            case 50:
                update.properties = readStopProperties(reader, reader.lengthDelimited());
                break;
            case 56:
                update.departureOccupancyStatus = reader.int32();
                break;
            default:
                reader.skip(tag);
        }
    }
    checkEnd(reader, end);
    return update;
}
function readStopTimeEvent(reader, end) {
    const event = {
        delay: undefined,
        time: undefined,
        uncertainty: undefined,
        scheduledTime: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 8)
            event.delay = reader.int32();
        else if (tag === 16)
            event.time = reader.int64();
        else if (tag === 24)
            event.uncertainty = reader.int32();
        else if (tag === 32)
            event.scheduledTime = reader.int64();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return event;
}
/** StopTimeProperties = 1 assigned_stop_id, 2 stop_headsign, 3 pickup_type, 4 drop_off_type */
function readStopProperties(reader, end) {
    const properties = {
        assignedStopId: undefined,
        stopHeadsign: undefined,
        pickupType: undefined,
        dropOffType: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            properties.assignedStopId = reader.string();
        else if (tag === 18)
            properties.stopHeadsign = reader.string();
        else if (tag === 24)
            properties.pickupType = reader.int32();
        else if (tag === 32)
            properties.dropOffType = reader.int32();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return properties;
}
/** TripProperties = 1 trip_id, 2 start_date, 3 start_time, 4 shape_id, 5 trip_headsign, 6 trip_short_name */
function readTripProperties(reader, end) {
    const properties = {
        tripId: undefined,
        startDate: undefined,
        startTime: undefined,
        shapeId: undefined,
        tripHeadsign: undefined,
        tripShortName: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            properties.tripId = reader.string();
        else if (tag === 18)
            properties.startDate = reader.string();
        else if (tag === 26)
            properties.startTime = reader.string();
        else if (tag === 34)
            properties.shapeId = reader.string();
        else if (tag === 42)
            properties.tripHeadsign = reader.string();
        else if (tag === 50)
            properties.tripShortName = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return properties;
}
