import { parseLocal } from "../formats/local-time.js";
import { SECOND_MS } from "../model/units.js";
/**
 * The work that a row of `getvehicles` states beside the position: this vehicle does this trip of this block from the
 * trip's scheduled start on. Every poll states it again with the same time, so intake keeps it once, and a change as a
 * revision. Undefined where the row does not say when the trip starts (`stst`, `stsd`) or what it is.
 */
export function assignmentOf(row, timezone) {
    const { vehicleId, tripId, gtfsRouteId, serviceDate, startTime, blockId, runId, operatorId } = row;
    if (vehicleId === undefined || serviceDate === undefined || startTime === undefined)
        return undefined;
    if (tripId === undefined && blockId === undefined)
        return undefined;
    return {
        kind: "assignment",
        action: row.scheduleRelationship === "canceled" ? "canceled" : "assigned",
        eventTime: startOf(serviceDate, startTime, timezone),
        resolutionMs: SECOND_MS,
        vehicleId,
        tripId,
        gtfsRouteId,
        serviceDate,
        startTime,
        blockId,
        runId,
        operatorId,
        ...(row.flags?.includes("not_for_riders") && { flags: ["not_for_riders"] }),
    };
}
/** `HH:MM:SS` after the midnight that begins the date, by the vendor's count: past 24:00 it is the next day. */
function startOf(serviceDate, startTime, timezone) {
    const [hours = 0, minutes = 0, seconds = 0] = startTime.split(":").map(Number);
    const midnight = {
        year: Number(serviceDate.slice(0, 4)),
        month: Number(serviceDate.slice(4, 6)),
        day: Number(serviceDate.slice(6, 8)),
        hour: 0,
        minute: 0,
        second: 0,
        millisecond: 0,
    };
    return parseLocal(midnight, timezone, undefined).time + ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS;
}
