import { mapId } from "./id-rules.js";
import { MatchRate } from "./match-rate.js";
import { EMPTY_INDEX, isAssigned, } from "./schedule-index.js";
/** A report that comes this much before or after its time is looked up at the time of its receipt. */
const TRUSTED_MS = 24 * 3_600_000;
/**
 * Puts upstream's ids into the agency's spelling and looks up the trip, for every kind of observation. Synchronous: the
 * index is exchanged beside it. An observation of which nothing changes is answered as it is.
 */
export class IdResolver {
    #rules;
    #hasSchedule;
    #rate = new MatchRate();
    #index = EMPTY_INDEX;
    #version;
    constructor({ rules, hasSchedule }) {
        this.#rules = rules;
        this.#hasSchedule = hasSchedule;
    }
    /** The version of the present service day, which stands in the origin of records. */
    get version() {
        return this.#version;
    }
    /** By what trips are looked for besides their id. */
    get match() {
        return this.#rules.match;
    }
    /** By what ids are mapped. */
    get rules() {
        return this.#rules;
    }
    /** Where trips are looked up; undefined: the agency has no schedule. */
    get index() {
        return this.#hasSchedule ? this.#index : undefined;
    }
    get sums() {
        return this.#rate.sums;
    }
    /** From now on trips are looked up here. */
    use(index) {
        this.#index = index;
        this.#version = index.days[Math.floor(index.days.length / 2)]?.book?.version;
    }
    /** From now on ids are mapped by these. A change of `match` needs an index that was built for it. */
    map(rules) {
        this.#rules = rules;
    }
    /** `receivedTime` stands in where the observation states no time, or one that is far from it. */
    resolve(observation, receivedTime) {
        if (observation.kind === "service_alert")
            return this.#alert(observation, receivedTime);
        if (observation.kind === "detour")
            return this.#detour(observation);
        const vehicleId = this.#mapped("vehicle", observation.vehicleId, observation);
        const gtfsRouteId = this.#mapped("route", observation.gtfsRouteId, observation);
        const blockId = this.#mapped("block", observation.blockId, observation);
        const tripId = this.#mapped("trip", observation.tripId, observation);
        const isMapped = vehicleId !== observation.vehicleId ||
            gtfsRouteId !== observation.gtfsRouteId ||
            blockId !== observation.blockId ||
            tripId !== observation.tripId;
        const own = isMapped ? writable(observation) : undefined;
        if (own !== undefined) {
            own.vehicleId = vehicleId;
            own.gtfsRouteId = gtfsRouteId;
            own.blockId = blockId;
            own.tripId = tripId;
        }
        if (!this.#hasSchedule)
            return own === undefined ? observation : withUpstreamIds(own, observation);
        const ids = own ?? observation;
        const { eventTime = receivedTime } = observation;
        const time = Math.abs(eventTime - receivedTime) > TRUSTED_MS ? receivedTime : eventTime;
        const { trip, reason } = this.#lookUp(ids, time);
        const standing = observation.kind === "vehicle_location" && observation.currentStatus === "stopped_at"
            ? this.#index.blockContinues(trip ?? ids, time)
            : undefined;
        if (trip !== undefined && standing === undefined && isAsScheduled(ids, trip))
            return own === undefined ? observation : withUpstreamIds(own, observation);
        const told = own ?? writable(observation);
        if (standing !== undefined)
            told.blockContinues = standing;
        if (trip === undefined)
            told.unresolved = reason;
        else
            tellTrip(told, trip);
        return withUpstreamIds(told, observation);
    }
    /** Counts a record whose ids were resolved: what the match rate is made of. */
    count(observation, now) {
        const { kind } = observation;
        if (!this.#hasSchedule || kind === "service_alert" || kind === "detour")
            return;
        const { gtfsRouteId, unresolved } = observation;
        const route = gtfsRouteId !== undefined && this.#index.hasRoute(gtfsRouteId) ? gtfsRouteId : undefined;
        this.#rate.add(route, unresolved, now);
    }
    #lookUp(ids, time) {
        if (this.#index.days.length > 0)
            return this.#index.resolve(ids, time);
        return { reason: isAssigned(ids) ? "no_schedule" : "unassigned" };
    }
    #mapped(kind, id, from) {
        const rule = this.#rules[kind];
        return id === undefined || rule === undefined ? id : mapId(rule, id, kind, from);
    }
    /** What an alert names: routes are mapped; a trip of it that does not resolve is marked, and the rest stays. */
    #alert(alert, time) {
        let isChanged = false;
        const informedEntities = alert.informedEntities.map((entity) => {
            const named = this.#selector(entity, time);
            if (named !== entity)
                isChanged = true;
            return named;
        });
        return isChanged ? { ...alert, informedEntities } : alert;
    }
    /** Trips of a detour are mapped; one that the schedule does not have is marked. Its days may lie weeks ahead. */
    #detour(detour) {
        const { modifications } = detour;
        if (modifications === undefined || (this.#rules.trip === undefined && !this.#hasSchedule))
            return detour;
        const selectedTrips = modifications.selectedTrips.map(({ tripIds: stated, shapeId }) => {
            const tripIds = stated.map((id) => mapId(this.#rules.trip, id, "trip", { tripId: id }));
            const unresolved = this.#hasSchedule ? tripIds.filter((id) => !this.#index.hasTrip(id)) : [];
            return { tripIds, ...(unresolved.length > 0 && { unresolvedTripIds: unresolved }), shapeId };
        });
        return { ...detour, modifications: { ...modifications, selectedTrips } };
    }
    #selector(entity, time) {
        const gtfsRouteId = this.#mapped("route", entity.gtfsRouteId, entity);
        const mapped = gtfsRouteId === entity.gtfsRouteId ? entity : { ...entity, gtfsRouteId };
        const { trip: given } = entity;
        if (given === undefined)
            return mapped;
        const route = this.#mapped("route", given.gtfsRouteId, given);
        const ids = { ...given, gtfsRouteId: route, tripId: this.#mapped("trip", given.tripId, given) };
        if (!this.#hasSchedule)
            return { ...mapped, trip: ids };
        const { trip, reason } = this.#lookUp(ids, time);
        if (trip === undefined)
            return { ...mapped, trip: { ...ids, unresolved: reason } };
        tellTrip(ids, trip);
        return { ...mapped, trip: ids };
    }
}
/**
 * A copy to write into. Of vehicle locations, which are nearly all there is, every field is named: a spread makes an object
 * that is several times slower to read ever after, because V8 keeps its fields in a dictionary.
 */
function writable(from) {
    if (from.kind !== "vehicle_location")
        return { ...from };
    return {
        kind: from.kind,
        eventTime: from.eventTime,
        resolutionMs: from.resolutionMs,
        vehicleId: from.vehicleId,
        vehicleLabel: from.vehicleLabel,
        licensePlate: from.licensePlate,
        wheelchairAccessible: from.wheelchairAccessible,
        tripId: from.tripId,
        gtfsRouteId: from.gtfsRouteId,
        directionId: from.directionId,
        serviceDate: from.serviceDate,
        startTime: from.startTime,
        scheduleRelationship: from.scheduleRelationship,
        blockId: from.blockId,
        runId: from.runId,
        operatorId: from.operatorId,
        unresolved: from.unresolved,
        upstreamIds: from.upstreamIds,
        flags: from.flags,
        attributes: from.attributes,
        latitude: from.latitude,
        longitude: from.longitude,
        headingDeg: from.headingDeg,
        speedMps: from.speedMps,
        odometerM: from.odometerM,
        scheduleDeviationS: from.scheduleDeviationS,
        currentStopSequence: from.currentStopSequence,
        stopId: from.stopId,
        currentStatus: from.currentStatus,
        congestionLevel: from.congestionLevel,
        occupancyStatus: from.occupancyStatus,
        occupancyPercentage: from.occupancyPercentage,
        gpsQuality: from.gpsQuality,
        doorsOpen: from.doorsOpen,
        blockContinues: from.blockContinues,
        carriages: from.carriages,
    };
}
/** Says of the trip what the schedule says; what the schedule leaves open stays as upstream has it. */
function tellTrip(ids, trip) {
    ids.startTime = startTimeOf(ids, trip);
    ids.tripId = trip.tripId;
    ids.gtfsRouteId = trip.gtfsRouteId;
    ids.serviceDate = trip.serviceDate;
    ids.directionId = trip.directionId ?? ids.directionId;
    ids.blockId = trip.blockId ?? ids.blockId;
    if (trip.repeats === "frequency")
        ids.scheduleRelationship = "unscheduled";
}
/** Of a trip that runs once, validators compare a stated start time with the schedule: so does it. */
function startTimeOf({ startTime }, trip) {
    return startTime === undefined || trip.repeats !== "no" ? startTime : (trip.startTime ?? startTime);
}
function isAsScheduled(ids, trip) {
    return (ids.tripId === trip.tripId &&
        ids.gtfsRouteId === trip.gtfsRouteId &&
        ids.serviceDate === trip.serviceDate &&
        ids.directionId === (trip.directionId ?? ids.directionId) &&
        ids.blockId === (trip.blockId ?? ids.blockId) &&
        ids.startTime === startTimeOf(ids, trip) &&
        (trip.repeats !== "frequency" || ids.scheduleRelationship === "unscheduled"));
}
/** Keeps upstream's own word beside what took its place. What was only added to (a date, a block) needs no such word. */
function withUpstreamIds(own, upstream) {
    const { vehicleId, tripId, gtfsRouteId, directionId, blockId, serviceDate, startTime } = upstream;
    const kept = {};
    let isDifferent = false;
    if (vehicleId !== undefined && vehicleId !== own.vehicleId)
        [kept.vehicleId, isDifferent] = [vehicleId, true];
    if (tripId !== undefined && tripId !== own.tripId)
        [kept.tripId, isDifferent] = [tripId, true];
    if (gtfsRouteId !== undefined && gtfsRouteId !== own.gtfsRouteId)
        [kept.gtfsRouteId, isDifferent] = [gtfsRouteId, true];
    if (directionId !== undefined && directionId !== own.directionId)
        [kept.directionId, isDifferent] = [directionId, true];
    if (blockId !== undefined && blockId !== own.blockId)
        [kept.blockId, isDifferent] = [blockId, true];
    if (serviceDate !== undefined && serviceDate !== own.serviceDate)
        [kept.serviceDate, isDifferent] = [serviceDate, true];
    if (startTime !== undefined && startTime !== own.startTime)
        [kept.startTime, isDifferent] = [startTime, true];
    if (isDifferent)
        own.upstreamIds = kept;
    return own;
}
