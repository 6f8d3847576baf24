import { formatIsoTime } from "../formats/iso-time.js";
import { offsetMsAt } from "../formats/local-time.js";
import { recordId } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
/** Fields of a record that are no fields of its kind. */
const OF_RECORD = {
    id: (record) => recordId(record),
    revision: ({ revision }) => revision,
    kind: ({ body }) => body.kind,
    key: ({ key }) => key,
    agency: ({ origin }) => origin.agency,
    feed: ({ origin }) => origin.feed,
    serviceDay: (_record, day) => day,
    isLate: ({ flags }) => flags.includes("late"),
    flags: ({ flags }) => flags.join(" "),
};
const TIMES = ["eventTime", "receivedTime", "arrivalTime", "departureTime"];
const OF_BODY = [
    "vehicleId",
    "vehicleLabel",
    "tripId",
    "gtfsRouteId",
    "directionId",
    "serviceDate",
    "startTime",
    "scheduleRelationship",
    "blockId",
    "runId",
    "latitude",
    "longitude",
    "headingDeg",
    "speedMps",
    "odometerM",
    "scheduleDeviationS",
    "currentStopSequence",
    "stopId",
    "stopSequence",
    "currentStatus",
    "occupancyStatus",
    "occupancyPercentage",
    "action",
];
export const FIELDS = [...Object.keys(OF_RECORD), ...TIMES, ...OF_BODY];
export const DEFAULT_FIELDS = [
    "serviceDay",
    "eventTime",
    "vehicleId",
    "tripId",
    "gtfsRouteId",
    "directionId",
    "blockId",
    "latitude",
    "longitude",
    "stopId",
    "currentStopSequence",
    "scheduleDeviationS",
    "id",
    "revision",
];
/** The files of all days: their first line, and a line for each record. */
export class DailyTable {
    header;
    #columns;
    #separator;
    #special;
    /** Undefined: UTC. */
    #timezone;
    constructor(columns, separator, timezone) {
        this.#columns = columns;
        this.#separator = separator;
        this.#timezone = timezone;
        this.#special =
            separator === ";" ? /[";\r\n]|^\s|\s$/ : separator === "\t" ? /["\t\r\n]|^\s|\s$/ : /[",\r\n]|^\s|\s$/;
        this.header = `${columns.map(({ name }) => this.#cell(name)).join(separator)}\n`;
    }
    /** The same record always gives the same bytes. */
    row(record, day) {
        return `${this.#columns.map(({ field }) => this.#cell(this.#value(field, record, day))).join(this.#separator)}\n`;
    }
    #value(field, record, day) {
        const own = OF_RECORD[field];
        if (own !== undefined)
            return own(record, day);
        if (field === "eventTime")
            return this.#time(record.eventTime);
        if (field === "receivedTime")
            return this.#time(record.origin.receivedTime);
        const value = record.body[field];
        return field === "arrivalTime" || field === "departureTime" ? this.#time(value) : value;
    }
    /** With its offset, so that the repeated hour of autumn stays two. */
    #time(time) {
        if (typeof time !== "number" || Math.abs(time) > 8.64e15)
            return undefined;
        if (this.#timezone === undefined)
            return formatIsoTime(time).replace(".000Z", "Z");
        const offsetMs = offsetMsAt(time, this.#timezone);
        const minutes = Math.abs(offsetMs) / MINUTE_MS;
        const two = (value) => `${Math.floor(value)}`.padStart(2, "0");
        const offset = `${offsetMs < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
        return formatIsoTime(time + offsetMs).replace(/(\.000)?Z$/, offset);
    }
    #cell(value) {
        if (value === undefined || value === null)
            return "";
        if (typeof value === "number" || typeof value === "boolean")
            return `${value}`;
        const text = String(value);
        return this.#special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }
}
