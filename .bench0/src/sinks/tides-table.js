import { recordId } from "../model/record.js";
import { isoText } from "./delivery-json.js";
const CURRENT_STATUS = {
    incoming_at: "Incoming at",
    stopped_at: "Stopped at",
    in_transit_to: "In transit to",
};
const GPS_QUALITY = { excellent: "Excellent", good: "Good", poor: "Poor" };
/**
 * The columns of the table `vehicle_locations` of TIDES 1.0 in the order of its schema, and what stands in each. Empty is
 * what Wayside does not know: the order of stops visited, device, pattern, headway, the type of the trip, and the status
 * of a stop, which is not that of the trip.
 */
const COLUMNS = [
    ["location_ping_id", ({ record }) => pingId(record)],
    ["service_date", ({ day }) => day],
    ["event_timestamp", ({ record }) => timestamp(record.eventTime)],
    ["trip_id_performed", ({ body }) => body.tripId],
    ["trip_id_scheduled", ({ body }) => (isScheduled(body) ? body.tripId : undefined)],
    ["trip_stop_sequence", () => undefined],
    ["scheduled_stop_sequence", ({ body }) => whole(body.currentStopSequence, 0)],
    ["vehicle_id", ({ body }) => vehicleIdOf(body)],
    ["device_id", () => undefined],
    ["pattern_id", () => undefined],
    ["stop_id", ({ body }) => body.stopId],
    ["current_status", ({ body }) => body.currentStatus && CURRENT_STATUS[body.currentStatus]],
    ["latitude", ({ body }) => within(body.latitude, -90, 90)],
    ["longitude", ({ body }) => within(body.longitude, -180, 180)],
    ["gps_quality", ({ body }) => body.gpsQuality && GPS_QUALITY[body.gpsQuality]],
    ["heading", ({ body }) => within(body.headingDeg, 0, 360)],
    ["speed", ({ body }) => within(body.speedMps, 0, Number.MAX_VALUE)],
    ["odometer", ({ body }) => within(body.odometerM, 0, Number.MAX_VALUE)],
    ["schedule_deviation", ({ body }) => whole(body.scheduleDeviationS, Number.MIN_SAFE_INTEGER)],
    ["headway_deviation", () => undefined],
    ["trip_type", () => undefined],
    ["schedule_relationship", () => undefined],
];
/** The first line of the table, with its line end. */
export const TIDES_HEADER = `${COLUMNS.map(([name]) => name).join(",")}\n`;
/** One line of the table. The same record always gives the same bytes. */
export function tidesRow(record, body, day) {
    const ping = { record, body, day };
    let line = "";
    for (const [, cell] of COLUMNS)
        line += `${line === "" ? "" : ","}${cellText(cell(ping))}`;
    return `${line}\n`;
}
/** Why a vehicle location cannot stand in the table: it needs a vehicle and a time. Undefined: it can. */
export function tidesRefusal(record, body) {
    if (!vehicleIdOf(body))
        return "TIDES needs vehicle_id, and the report names only a trip";
    if (timestamp(record.eventTime) === undefined)
        return `TIDES needs event_timestamp, and ${record.eventTime} is no date of the calendar`;
    return undefined;
}
/** Corrections of a report are rows of their own, since each id stands in the table once: the highest revision counts. */
function pingId(record) {
    const id = recordId(record);
    return record.revision === 0 ? id : `${id}/revision/${record.revision}`;
}
function vehicleIdOf(body) {
    return body.vehicleId || body.vehicleLabel;
}
/** A trip that upstream added, or that the schedule does not have, is performed without having been scheduled. */
function isScheduled({ scheduleRelationship, unresolved }) {
    const isPlanned = scheduleRelationship === undefined ||
        scheduleRelationship === "scheduled" ||
        scheduleRelationship === "canceled";
    return isPlanned && unresolved === undefined;
}
/** ISO 8601 in UTC; fractions only where there are any, since not every reader of the format takes them. */
function timestamp(time) {
    const text = isoText(time);
    return text === "null" ? undefined : text.slice(1, -1).replace(".000Z", "Z");
}
function whole(value, least) {
    return value === undefined ? undefined : within(Math.round(value), least, Number.MAX_SAFE_INTEGER);
}
function within(value, least, most) {
    return value !== undefined && value >= least && value <= most ? value : undefined;
}
function cellText(cell) {
    if (cell === undefined)
        return "";
    if (typeof cell === "number")
        return `${cell}`;
    return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
