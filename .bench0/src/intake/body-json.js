/** Fields of the envelope: they are kept beside the body, or nowhere. */
const ENVELOPE = new Set(["eventTime", "resolutionMs", "flags", "operatorId"]);
/**
 * Writes the body of a record as JSON, without the fields of the envelope and without what is unknown. The same body
 * gives the same bytes, also after it was parsed again: their hash is the content that deduplication compares. Numbers
 * that JSON cannot hold are left out. Answers `into`, which it clears first.
 */
export function writeBody(observation, operatorId, into, known) {
    into.clear();
    if (observation.kind === "vehicle_location") {
        if (known === undefined)
            writeIdentity(observation, into);
        else
            writeKnown(observation, into, known);
        writeMotion(observation, into);
    }
    else
        writeOther(observation, into);
    text(into, ',"operatorId":', operatorId);
    into.ascii("}");
    return into;
}
/**
 * What was written last for a vehicle of who it is and what it does: it seldom changes from one report to the next, so
 * that its bytes can be copied.
 */
export class KnownVehicle {
    body;
    bytes = new Uint8Array(0);
}
function writeKnown(body, into, known) {
    if (known.body !== undefined && isSameIdentity(body, known.body)) {
        into.bytes(known.bytes);
        return;
    }
    writeIdentity(body, into);
    known.body = body;
    known.bytes = into.copy();
}
function isSameIdentity(a, b) {
    return (a.vehicleId === b.vehicleId &&
        a.vehicleLabel === b.vehicleLabel &&
        a.licensePlate === b.licensePlate &&
        a.wheelchairAccessible === b.wheelchairAccessible &&
        a.tripId === b.tripId &&
        a.gtfsRouteId === b.gtfsRouteId &&
        a.directionId === b.directionId &&
        a.serviceDate === b.serviceDate &&
        a.startTime === b.startTime &&
        a.scheduleRelationship === b.scheduleRelationship &&
        a.blockId === b.blockId &&
        a.runId === b.runId &&
        a.unresolved === b.unresolved &&
        isSameIds(a.upstreamIds, b.upstreamIds));
}
function isSameIds(a, b) {
    if (a === b)
        return true;
    if (a === undefined || b === undefined)
        return false;
    return (a.vehicleId === b.vehicleId &&
        a.tripId === b.tripId &&
        a.gtfsRouteId === b.gtfsRouteId &&
        a.directionId === b.directionId &&
        a.blockId === b.blockId &&
        a.serviceDate === b.serviceDate &&
        a.startTime === b.startTime);
}
/** The first fields of a vehicle location: who it is and what it does. */
function writeIdentity(body, into) {
    into.ascii('{"kind":"vehicle_location"');
    text(into, ',"vehicleId":', body.vehicleId);
    text(into, ',"vehicleLabel":', body.vehicleLabel);
    text(into, ',"licensePlate":', body.licensePlate);
    text(into, ',"wheelchairAccessible":', body.wheelchairAccessible);
    text(into, ',"tripId":', body.tripId);
    text(into, ',"gtfsRouteId":', body.gtfsRouteId);
    numeric(into, ',"directionId":', body.directionId);
    text(into, ',"serviceDate":', body.serviceDate);
    text(into, ',"startTime":', body.startTime);
    text(into, ',"scheduleRelationship":', body.scheduleRelationship);
    text(into, ',"blockId":', body.blockId);
    text(into, ',"runId":', body.runId);
    text(into, ',"unresolved":', body.unresolved);
    if (body.upstreamIds !== undefined) {
        into.ascii(',"upstreamIds":');
        into.json(JSON.stringify(body.upstreamIds));
    }
}
/** The other fields: where it is and how it moves. The closing brace is the caller's. */
function writeMotion(body, into) {
    numeric(into, ',"latitude":', body.latitude);
    numeric(into, ',"longitude":', body.longitude);
    numeric(into, ',"headingDeg":', body.headingDeg);
    numeric(into, ',"speedMps":', body.speedMps);
    numeric(into, ',"odometerM":', body.odometerM);
    numeric(into, ',"scheduleDeviationS":', body.scheduleDeviationS);
    numeric(into, ',"currentStopSequence":', body.currentStopSequence);
    text(into, ',"stopId":', body.stopId);
    text(into, ',"currentStatus":', body.currentStatus);
    text(into, ',"congestionLevel":', body.congestionLevel);
    text(into, ',"occupancyStatus":', body.occupancyStatus);
    numeric(into, ',"occupancyPercentage":', body.occupancyPercentage);
    text(into, ',"gpsQuality":', body.gpsQuality);
    if (body.doorsOpen !== undefined)
        into.ascii(body.doorsOpen ? ',"doorsOpen":true' : ',"doorsOpen":false');
    if (body.blockContinues !== undefined)
        into.ascii(body.blockContinues ? ',"blockContinues":true' : ',"blockContinues":false');
    if (body.carriages !== undefined) {
        into.ascii(',"carriages":');
        into.json(JSON.stringify(body.carriages));
    }
    if (body.attributes !== undefined) {
        into.ascii(',"attributes":');
        attributes(into, body.attributes);
    }
}
/** As `JSON.stringify` would, without the text in between: many feeds have some in every report. */
function attributes(into, values) {
    let before = "{";
    for (const name in values) {
        const value = values[name];
        if (value === undefined)
            continue;
        into.ascii(before);
        before = ",";
        into.string(name);
        into.ascii(":");
        if (typeof value === "string")
            into.string(value);
        else if (typeof value === "number" && Number.isFinite(value))
            into.number(value);
        else
            into.json(JSON.stringify(value));
    }
    into.ascii(before === "{" ? "{}" : "}");
}
function text(into, name, value) {
    if (value === undefined)
        return;
    into.ascii(name);
    into.string(value);
}
/** A number field; nothing when JSON has no way to say the number. */
function numeric(into, name, value) {
    if (value === undefined || !Number.isFinite(value))
        return;
    into.ascii(name);
    into.number(value);
}
function writeOther(observation, into) {
    const { kind, ...rest } = observation;
    const fields = { kind };
    for (const [name, value] of Object.entries(rest)) {
        if (!ENVELOPE.has(name) && value !== undefined)
            fields[name] = value;
    }
    into.json(JSON.stringify(fields).slice(0, -1));
}
