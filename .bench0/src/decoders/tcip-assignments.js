import { instantOfIso, readIsoTime, serviceDateOf } from "../formats/iso-time.js";
import { fieldOf, listOf, objectOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { Flags, instantOf } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
/*
 * Who does which work, as JSON:
 * {"created":ISO, "pull-outs":{"pull-out":[{"vehicle":{"id":"7777"},"block":{"id":..},"run":{"id":"S56-001"},
 *   "operator":{"desig":"TA859007"},"garage":{"id":"CSLT"},"date":"2011-06-01","time":ISO,"pull-in":false}]}}, bare or
 * inside {"SchPullOutList":{..}}: from `time` on the vehicle works the block (pull-in false), or no longer (true).
 * {"impacted":[{"trip":..,"block":..,"status":"canceled","timestamp":ms,"serviceDate":"2022-01-21","routeId":..,
 *   "firstStopDepartureTime":"07:23:00"}]}: trips that do not run.
 */
const NOTHING = new Set();
/** The assignments of a message; undefined when it is another one. */
export function assignmentsOf(value, reading) {
    const list = objectOf(fieldOf(value, "SchPullOutList")) ?? value;
    const pullOuts = objectOf(fieldOf(list, "pull-outs"));
    if (pullOuts !== undefined)
        return listOf(pullOuts["pull-out"]).map((row) => pullOut(row, reading));
    const impacted = fieldOf(value, "impacted");
    return Array.isArray(impacted) ? impacted.map((row) => cancellation(row)) : undefined;
}
function pullOut(row, { timezone, receivedTime }) {
    const flags = new Flags();
    const text = (value) => vendorText(value, NOTHING, flags);
    const stated = text(fieldOf(row, "time"));
    const iso = stated === undefined ? undefined : readIsoTime(stated);
    const reading = iso === undefined ? undefined : instantOfIso(iso, timezone, receivedTime);
    const vehicleId = text(fieldOf(fieldOf(row, "vehicle"), "id"));
    if (iso === undefined || reading === undefined)
        return rejected("its time is missing or cannot be read", row);
    if (vehicleId === undefined)
        return rejected("it names no vehicle", row);
    if (reading.flag !== undefined)
        flags.add(reading.flag);
    const garage = text(fieldOf(fieldOf(row, "garage"), "id"));
    return {
        kind: "assignment",
        action: fieldOf(row, "pull-in") === true ? "unassigned" : "assigned",
        eventTime: reading.time,
        resolutionMs: iso.resolutionMs,
        vehicleId,
        serviceDate: serviceDateOf(text(fieldOf(row, "date"))),
        blockId: text(fieldOf(fieldOf(row, "block"), "id")),
        runId: text(fieldOf(fieldOf(row, "run"), "id")),
        operatorId: text(fieldOf(fieldOf(row, "operator"), "desig")) ?? text(fieldOf(fieldOf(row, "operator"), "id")),
        flags: flags.list(),
        attributes: garage === undefined ? undefined : { garage },
    };
}
function cancellation(row) {
    const flags = new Flags();
    const text = (name) => vendorText(fieldOf(row, name), NOTHING, flags);
    const tripId = text("trip");
    const status = text("status")?.toLowerCase();
    if (tripId === undefined)
        return rejected("it names no trip", row);
    if (status !== "canceled" && status !== "cancelled")
        return rejected(`its status ${JSON.stringify(status?.slice(0, 40) ?? null)} is not canceled`, row);
    return {
        kind: "assignment",
        action: "canceled",
        eventTime: instantOf(fieldOf(row, "timestamp"), 1, flags),
        tripId,
        gtfsRouteId: text("routeId"),
        serviceDate: serviceDateOf(text("serviceDate")),
        startTime: clockTime(text("firstStopDepartureTime"), flags),
        blockId: text("block"),
        flags: flags.list(),
    };
}
function clockTime(value, flags) {
    if (value === undefined || /^\d\d:[0-5]\d:[0-5]\d$/.test(value))
        return value;
    flags.add("value_removed");
    return undefined;
}
function rejected(why, row) {
    return {
        kind: "rejection",
        code: "decode.record",
        message: `an assignment cannot be used: ${why}`,
        sample: maskedSample(row),
    };
}
