import { VehicleEntity } from "./rider-entity.js";
/** Told of every record, or never: ids of people, and what upstream called what has been put right since. */
const UNTOLD = { operatorId: undefined, runId: undefined, upstreamIds: undefined };
/** Riders would look for it in the schedule, and it is not there. */
const NO_TRIP = {
    tripId: undefined,
    gtfsRouteId: undefined,
    directionId: undefined,
    serviceDate: undefined,
    startTime: undefined,
    scheduleRelationship: undefined,
    blockContinues: undefined,
};
/** What a vehicle did at the time: minutes later it would be read as what it does now. */
const NO_DOING = {
    headingDeg: undefined,
    speedMps: undefined,
    scheduleDeviationS: undefined,
    currentStopSequence: undefined,
    currentStatus: undefined,
    congestionLevel: undefined,
    occupancyStatus: undefined,
    occupancyPercentage: undefined,
    doorsOpen: undefined,
    carriages: undefined,
};
/** A record as riders may know it at its tier. */
export function toldBody({ item, detail }) {
    const { body } = item.record;
    const isWhole = detail === "whole";
    switch (body.kind) {
        case "vehicle_location":
            return toldVehicle(body, isWhole, item instanceof VehicleEntity && item.hasPosition);
        case "trip_update":
            return isWhole ? { ...body, ...UNTOLD } : toldTrip(body);
        default:
            return { ...body, ...UNTOLD };
    }
}
function toldVehicle(body, isWhole, hasPosition) {
    return {
        ...body,
        ...UNTOLD,
        ...(body.unresolved !== undefined && NO_TRIP),
        ...(!hasPosition && { latitude: undefined, longitude: undefined }),
        ...(!isWhole && NO_DOING),
        ...(!isWhole && hasPosition && { stopId: undefined }),
    };
}
/** A skipped stop stays skipped; when the bus comes is not known any more. */
function toldTrip(body) {
    const skipped = body.stopTimeUpdates.filter((stop) => stop.scheduleRelationship === "skipped");
    const stopTimeUpdates = skipped.map((stop) => ({
        ...stop,
        arrival: undefined,
        departure: undefined,
        departureOccupancyStatus: undefined,
    }));
    const noForecast = { delayS: undefined, vehicleId: undefined, vehicleLabel: undefined };
    return { ...body, ...UNTOLD, ...noForecast, licensePlate: undefined, stopTimeUpdates };
}
