import { isCalendarDate } from "./local-time.js";
const TIME_LEAST_S = 1_104_537_600;
const TIME_MOST_S = 1_991_620_134;
const FUTURE_S = 60;
const SPEED_MAX_MPS = 26;
const HEADER_AGE_MAX_S = 65;
const HEADER_STEP_MAX_S = 35;
const START_TIME = /^[0-2]?[0-9]:[0-5][0-9]:[0-5][0-9]$/;
/** Tells `report` of each rule that a message breaks, as often as it does. `now`: when it was looked at. */
export function checkFeedMessage(message, now, previous, report) {
    const ofFeed = (code, text) => report({ code, message: text });
    checkHeader(message.header, now, ofFeed);
    if (previous !== undefined)
        checkSequence(message.header?.timestamp ?? 0, previous, ofFeed);
    const seen = new Set();
    for (const entity of message.entities) {
        if ("unreadable" in entity)
            continue;
        const ofEntity = (code, text) => report({ code, message: text, entityId: entity.id });
        if (entity.isDeleted === true && message.header?.incrementality !== 1)
            ofEntity("E039", "is_deleted in a full data set");
        if (entity.vehicle === undefined)
            continue;
        checkVehicle(entity.vehicle, message.header, now, seen, ofEntity);
        if (entity.vehicle.trip !== undefined)
            checkTrip(entity.vehicle.trip, ofEntity);
    }
}
/** A time that can be meant: POSIX seconds of this age, and neither milliseconds nor a local time. */
export function isPosix(seconds) {
    return seconds >= TIME_LEAST_S && seconds <= TIME_MOST_S;
}
function checkHeader(header, now, report) {
    const version = header?.gtfsRealtimeVersion;
    const timestamp = header?.timestamp;
    if (version !== "1.0" && version !== "2.0")
        report("E038", `version ${JSON.stringify(version)}`);
    if (version === "2.0" && header?.incrementality === undefined)
        report("E049", "incrementality is missing");
    if (timestamp === undefined) {
        if (version === "2.0")
            report("E048", "header.timestamp is missing");
        report("W001", "header.timestamp is missing");
        return;
    }
    if (!isPosix(timestamp))
        report("E001", `header.timestamp ${timestamp} is not POSIX seconds`);
    const ageS = now / 1000 - timestamp;
    if (ageS < -FUTURE_S)
        report("E050", `header.timestamp lies ${-ageS} s in the future`);
    if (ageS > HEADER_AGE_MAX_S)
        report("W008", `header.timestamp is ${ageS} s old`);
}
function checkSequence(is, { timestamp, isSameContent }, report) {
    const was = timestamp ?? 0;
    if (is < was)
        report("E018", `header.timestamp went from ${was} to ${is}`);
    if (is === was && !isSameContent)
        report("E017", `other content at the same time ${is}`);
    if (is - was > HEADER_STEP_MAX_S)
        report("W007", `${is - was} s between two header times`);
}
/** The time that an entity states of itself. */
export function checkTimestamp(timestamp, headerTime, now, report) {
    if (timestamp === undefined) {
        report("W001", "timestamp is missing");
        return;
    }
    if (!isPosix(timestamp))
        report("E001", `timestamp ${timestamp} is not POSIX seconds`);
    if (timestamp > (headerTime ?? Number.POSITIVE_INFINITY))
        report("E012", `timestamp ${timestamp} is after header.timestamp ${headerTime}`);
    if (timestamp > now / 1000 + FUTURE_S)
        report("E050", `timestamp ${timestamp} lies in the future`);
}
function checkVehicle({ timestamp, position, vehicle }, header, now, seen, report) {
    checkTimestamp(timestamp, header?.timestamp, now, report);
    const id = vehicle?.id;
    if (id === undefined || id === "")
        report("W002", "vehicle.id is missing");
    else if (seen.has(id))
        report("E052", `vehicle.id ${id} is there twice`);
    else
        seen.add(id);
    if (position === undefined)
        return;
    const { latitude = Number.NaN, longitude = Number.NaN, bearing, speed } = position;
    const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    if (!isPlace)
        report("E026", `${latitude}, ${longitude} is no position`);
    if (bearing !== undefined && !(bearing >= 0 && bearing <= 360))
        report("E027", `bearing ${bearing}`);
    if (speed !== undefined && !(speed >= 0 && speed <= SPEED_MAX_MPS))
        report("W004", `speed ${speed} m/s`);
}
/** A trip as a vehicle or a trip update names it. */
export function checkTrip(trip, report) {
    if (trip.tripId === undefined)
        report("W006", "a trip without trip_id");
    if (trip.scheduleRelationship === undefined)
        report("W009", "schedule_relationship is not set");
    checkTripForm(trip, report);
}
/** A trip as anybody names it. */
export function checkTripForm({ startTime, startDate }, report) {
    if (startTime !== undefined && !START_TIME.test(startTime))
        report("E020", `start_time ${startTime}`);
    if (startDate !== undefined && !isDate(startDate))
        report("E021", `start_date ${startDate}`);
}
function isDate(text) {
    if (!/^\d{8}$/.test(text))
        return false;
    return isCalendarDate(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6)));
}
