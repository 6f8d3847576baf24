import { z } from "zod";
import { cellOf, columnsOf, csvRows } from "../formats/csv.js";
import { instantOfIso, readIsoTime, serviceDateOf } from "../formats/iso-time.js";
import { integerOf, numberOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { deviationOf, Flags, headingOf, odometerOf, positionOf, speedOf } from "../formats/readings.js";
import { decodeText } from "../formats/text.js";
import { Failure } from "../model/failure.js";
import { METRES_PER_MILE, MPS_PER_MPH } from "../model/units.js";
/*
 * Rows of TransitMaster's daily log (TMDailyLog..logged_message_short, message type 12) as CSV with a header:
 *   logged_message_short_id,calendar_id,message_timestamp,source_host,latitude,longitude,validity,heading,speed,odometer,
 *   adherence_seconds
 * latitude and longitude in 1e-7 degrees, speed mph, odometer 1/100 mile, validity & 15 the figure of merit, calendar_id
 * 1YYYYMMDD. adherence_seconds is NEGATIVE when late (inferred: of 1000 rows 405 are negative, down to -4155, and 265
 * positive, up to 1155; buses run late more often, and further, than early).
 */
const column = z.string().min(1).max(100);
const types = z
    .array(z.union([z.string(), z.int()]).transform(String))
    .max(50)
    .default([]);
const options = z.strictObject({
    adherence: z
        .enum(["negative-late", "negative-early"])
        .default("negative-late")
        .describe("What a negative adherence_seconds means. The default is inferred from real rows; compare a bus that is known " +
        "to be late before relying on it."),
    assignments: z
        .strictObject({
        column: column.default("message_type_id").describe("Which column says what a row is."),
        logon: types.describe("Values of it for rows with which a driver logs a vehicle on."),
        logoff: types.describe("Values of it for rows with which a driver logs off."),
        assigned: types.describe("Values of it for rows that give a vehicle its work."),
        unassigned: types.describe("Values of it for rows that take it away."),
        canceled: types.describe("Values of it for rows that cancel work."),
        block: column.optional().describe("Column of the block."),
        run: column.optional().describe("Column of the run."),
        trip: column.optional().describe("Column of the trip."),
        route: column.optional().describe("Column of the route."),
        operator: column.optional().describe("Column of the operator: a person, dropped or hashed by intake."),
    })
        .optional()
        .describe("Rows that say who does which work, as records of kind assignment. Which values and columns a site has is in no " +
        "public text: ask whoever runs it. Default: every row is a position."),
});
const NEEDED = ["source_host", "message_timestamp", "latitude", "longitude"];
const DEGREES_PER_UNIT = 1e-7;
export const definition = Object.freeze({
    type: "transitmaster",
    version: 1,
    summary: "TransitMaster daily-log rows (CSV)",
    options,
    create: (chosen, context) => ({
        decode: (input) => decode(input, chosen, context.timezone),
    }),
});
function decode(input, chosen, timezone) {
    const items = [];
    let columns;
    for (const row of csvRows(decodeText(input.bytes).text)) {
        if (columns === undefined) {
            columns = columnsOf(row.fields);
            const missing = NEEDED.filter((name) => !columns?.has(name));
            if (missing.length > 0)
                return { items: [], failure: headerFailure(missing) };
        }
        else if (row.failure !== undefined) {
            items.push({
                kind: "rejection",
                code: row.failure.code === "decode.limit" ? "decode.limit" : "decode.record",
                message: row.failure.message,
            });
        }
        else {
            const known = columns;
            const cells = (name) => cellOf(row.fields, known, name);
            items.push(itemOf(cells, row.line, () => namedCells(row.fields, known), input, chosen, timezone));
        }
    }
    return columns === undefined ? { items, failure: headerFailure(NEEDED) } : { items };
}
/** By their columns, so that masking sees which of them name a person; cells beyond the header have no name to judge. */
function namedCells(fields, columns) {
    return Object.fromEntries([...columns].slice(0, 40).map(([name, at]) => [name, fields[at]?.slice(0, 100)]));
}
function headerFailure(missing) {
    const message = `the first line is no TransitMaster header: ${missing.join(", ")} missing`;
    return new Failure("decode.format", message);
}
function itemOf(cells, line, named, input, chosen, timezone) {
    const vehicleId = cells("source_host");
    const timestamp = cells("message_timestamp");
    const iso = timestamp === undefined ? undefined : readIsoTime(timestamp);
    const reading = iso === undefined ? undefined : instantOfIso(iso, timezone, input.receivedTime);
    if (vehicleId === undefined || vehicleId.length > 256 || iso === undefined || reading === undefined) {
        const what = vehicleId === undefined || vehicleId.length > 256 ? "source_host" : "message_timestamp";
        const message = `line ${line}: ${what} is missing or cannot be read`;
        return { kind: "rejection", code: "decode.record", message, sample: maskedSample(named()) };
    }
    const flags = new Flags();
    if (reading.flag !== undefined)
        flags.add(reading.flag);
    const messageId = cells("logged_message_short_id");
    const when = { eventTime: reading.time, resolutionMs: iso.resolutionMs, vehicleId };
    const action = chosen.assignments && actionOf(cells, chosen.assignments);
    if (chosen.assignments && action)
        return { ...when, ...assignment(cells, chosen.assignments, action), flags: flags.list() };
    return {
        kind: "vehicle_location",
        ...when,
        serviceDate: serviceDateOfCalendar(cells("calendar_id")),
        ...positionOf(degrees(cells("latitude")), degrees(cells("longitude")), flags),
        headingDeg: headingOf(cells("heading"), flags),
        speedMps: speedOf(cells("speed"), MPS_PER_MPH, flags),
        odometerM: odometerOf(cells("odometer"), METRES_PER_MILE / 100, flags),
        scheduleDeviationS: deviationOf(cells("adherence_seconds"), chosen.adherence === "negative-late" ? -1 : 1, flags),
        gpsQuality: qualityOf(cells("validity")),
        flags: flags.list(),
        attributes: messageId === undefined ? undefined : { logged_message_short_id: messageId.slice(0, 64) },
    };
}
const ACTIONS = ["logon", "logoff", "assigned", "unassigned", "canceled"];
function actionOf(cells, work) {
    const type = cells(work.column);
    return type === undefined ? undefined : ACTIONS.find((action) => work[action].includes(type));
}
function assignment(cells, work, action) {
    const text = (name) => (name === undefined ? undefined : cells(name)?.slice(0, 256));
    return {
        kind: "assignment",
        action,
        serviceDate: serviceDateOfCalendar(cells("calendar_id")),
        blockId: text(work.block),
        runId: text(work.run),
        tripId: text(work.trip),
        gtfsRouteId: text(work.route),
        operatorId: text(work.operator),
    };
}
/** Text that is no number stays as it is, so that it is removed and flagged where the position is judged. */
function degrees(text) {
    const units = numberOf(text);
    // Seven decimals are what the unit holds: the product alone would add noise behind them.
    return units === undefined ? text : Number((units * DEGREES_PER_UNIT).toFixed(7));
}
/** The figure of merit in the lower four bits, as the agency's own conversion to TIDES reads it; 0 and 1 say nothing. */
function qualityOf(text) {
    const validity = integerOf(text);
    if (validity === undefined || validity < 0 || validity > 0xffff)
        return undefined;
    const merit = validity & 15;
    if (merit < 2)
        return undefined;
    return merit === 2 ? "excellent" : merit <= 8 ? "good" : "poor";
}
function serviceDateOfCalendar(text) {
    return text !== undefined && /^1\d{8}$/.test(text) ? serviceDateOf(text.slice(1)) : undefined;
}
