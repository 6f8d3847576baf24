/** Which fields a subject was made of. Stored with the marks: numbers stay. */
export const VEHICLE = 0;
const TRIP = 1;
const JOURNEY = 2;
const LABEL = 3;
const ALERT = 4;
const FREQUENT = 5;
const DUPLICATE = 6;
const LABEL_PREFIX = "label:";
/**
 * Who or what an observation is about, as it stands behind the agency in its key: the vehicle, else the trip with its
 * service date, else the label. Alerts have an id of their own; forecasts and visits belong to the trip. Trips by headway
 * and duplicated ones run several times a day under one id: their forecasts are told apart by start time.
 */
export function subjectOf(observation) {
    switch (observation.kind) {
        case "service_alert":
            return observation.alertId || undefined;
        case "detour":
            return observation.detourId || undefined;
        case "trip_update":
            return runSubject(observation) ?? tripSubject(observation) ?? observation.vehicleId ?? undefined;
        case "stop_visit":
            return tripSubject(observation) ?? observation.vehicleId ?? undefined;
        case "vehicle_location":
        case "assignment":
            return (observation.vehicleId ||
                tripSubject(observation) ||
                (observation.vehicleLabel ? `${LABEL_PREFIX}${observation.vehicleLabel}` : undefined));
    }
}
/** Of an observation that has a subject. */
export function subjectForm(observation) {
    if (observation.kind === "service_alert" || observation.kind === "detour")
        return ALERT;
    const isTripFirst = observation.kind === "trip_update" || observation.kind === "stop_visit";
    if (!isTripFirst && observation.vehicleId)
        return VEHICLE;
    if (observation.kind === "trip_update" && runSubject(observation) !== undefined)
        return observation.scheduleRelationship === "duplicated" ? DUPLICATE : FREQUENT;
    if (observation.tripId)
        return TRIP;
    if (observation.gtfsRouteId && observation.startTime)
        return JOURNEY;
    return isTripFirst ? VEHICLE : LABEL;
}
/** The kinds that state what is; the others state what happened, and do not cease. */
export function canBeRemoved(kind) {
    return kind !== "assignment" && kind !== "stop_visit";
}
/** Says of a subject that it is no longer listed: the fields that make the subject, and no other. */
export function removalOf(kind, form, subject) {
    if (kind === "service_alert") {
        return { kind, removed: true, alertId: subject, activePeriods: [], informedEntities: [] };
    }
    if (kind === "detour")
        return { kind, removed: true, detourId: subject };
    const identity = identityOf(form, subject);
    if (kind === "trip_update")
        return { kind, removed: true, ...identity, stopTimeUpdates: [] };
    return { kind: "vehicle_location", removed: true, ...identity };
}
function identityOf(form, subject) {
    if (form === VEHICLE)
        return { vehicleId: subject };
    if (form === LABEL)
        return { vehicleLabel: subject.slice(LABEL_PREFIX.length) };
    // A service date holds no colon; what follows it may.
    const colon = subject.indexOf(":");
    const serviceDate = subject.slice(0, colon) || undefined;
    const rest = subject.slice(colon + 1);
    if (form === TRIP)
        return { tripId: rest, serviceDate };
    const last = rest.lastIndexOf("/");
    if (form !== JOURNEY) {
        const scheduleRelationship = form === DUPLICATE ? "duplicated" : "unscheduled";
        return {
            tripId: rest.slice(0, last),
            serviceDate,
            startTime: rest.slice(last + 1),
            scheduleRelationship,
        };
    }
    const before = rest.lastIndexOf("/", last - 1);
    const direction = rest.slice(before + 1, last);
    return {
        gtfsRouteId: rest.slice(0, before),
        directionId: direction === "" ? undefined : direction === "1" ? 1 : 0,
        serviceDate,
        startTime: rest.slice(last + 1),
    };
}
/** Of a trip whose id and date alone do not say which run it is. */
function runSubject({ scheduleRelationship, tripId, serviceDate, startTime, tripProperties, }) {
    const isDuplicate = scheduleRelationship === "duplicated";
    if (!tripId || (!isDuplicate && scheduleRelationship !== "unscheduled"))
        return undefined;
    const own = isDuplicate ? tripProperties : undefined;
    const start = own?.startTime ?? startTime;
    return start && `${own?.serviceDate ?? serviceDate ?? ""}:${tripId}/${start}`;
}
function tripSubject(observation) {
    const date = observation.serviceDate ?? "";
    if (observation.tripId)
        return `${date}:${observation.tripId}`;
    if (observation.gtfsRouteId && observation.startTime) {
        return `${date}:${observation.gtfsRouteId}/${observation.directionId ?? ""}/${observation.startTime}`;
    }
    return undefined;
}
