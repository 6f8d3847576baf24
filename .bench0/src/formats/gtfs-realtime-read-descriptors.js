import { REPEATED_MAX } from "./gtfs-realtime.js";
/** What the entities of GTFS-realtime share; the grammar of the case labels stands in `gtfs-realtime-read`. */
/** A message inside a message must end where its length says: else a value ran into its neighbour. */
export function checkEnd(reader, end) {
    if (reader.position !== end)
        reader.fail("a value runs over the end of its message");
}
export function add(list, item, reader) {
    if (list.length < REPEATED_MAX)
        list.push(item);
    else
        reader.fail(`more than ${REPEATED_MAX} members of one entity`);
}
export function readTrip(reader, end) {
    const trip = {
        tripId: undefined,
        startTime: undefined,
        startDate: undefined,
        scheduleRelationship: undefined,
        routeId: undefined,
        directionId: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            trip.tripId = reader.string();
        else if (tag === 18)
            trip.startTime = reader.string();
        else if (tag === 26)
            trip.startDate = reader.string();
        else if (tag === 32)
            trip.scheduleRelationship = reader.int32();
        else if (tag === 42)
            trip.routeId = reader.string();
        else if (tag === 48)
            trip.directionId = reader.varint();
        else if (tag === 58)
            readModifiedTrip(reader, reader.lengthDelimited(), trip);
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return trip;
}
/**
 * ModifiedTripSelector = 1 modifications id, 2 affected trip id, 3 start time, 4 start date. It takes the place of the
 * other ids: the trip that is meant is the one that was modified.
 */
function readModifiedTrip(reader, end, trip) {
    const modified = {};
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            trip.modificationsId = reader.string();
        else if (tag === 18)
            modified.tripId = reader.string();
        else if (tag === 26)
            modified.startTime = reader.string();
        else if (tag === 34)
            modified.startDate = reader.string();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    trip.tripId ??= modified.tripId;
    trip.startTime ??= modified.startTime;
    trip.startDate ??= modified.startDate;
}
export function readVehicleDescriptor(reader, end) {
    const vehicle = {
        id: undefined,
        label: undefined,
        licensePlate: undefined,
        wheelchairAccessible: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            vehicle.id = reader.string();
        else if (tag === 18)
            vehicle.label = reader.string();
        else if (tag === 26)
            vehicle.licensePlate = reader.string();
        else if (tag === 32)
            vehicle.wheelchairAccessible = reader.int32();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return vehicle;
}
