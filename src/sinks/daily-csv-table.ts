import { formatIsoTime } from "../formats/iso-time.js";
import { offsetMsAt } from "../formats/local-time.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { type EpochMs, MINUTE_MS } from "../model/units.js";
import type { Day } from "./day-parts.js";

/** A column of the file: its name in the first line, and the field of the record that stands in it. */
export interface Column {
	readonly name: string;
	readonly field: string;
}

/** Fields of a record that are no fields of its kind. */
const OF_RECORD: Readonly<Record<string, (record: TransitRecord, day: Day) => unknown>> = {
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
const TIMES = ["eventTime", "receivedTime", "arrivalTime", "departureTime"] as const;
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
] as const;

export const FIELDS: readonly string[] = [...Object.keys(OF_RECORD), ...TIMES, ...OF_BODY];

export const DEFAULT_FIELDS: readonly string[] = [
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
	readonly header: string;
	readonly #columns: readonly Column[];
	readonly #separator: string;
	readonly #special: RegExp;
	/** Undefined: UTC. */
	readonly #timezone: string | undefined;

	constructor(columns: readonly Column[], separator: string, timezone: string | undefined) {
		this.#columns = columns;
		this.#separator = separator;
		this.#timezone = timezone;
		this.#special =
			separator === ";" ? /[";\r\n]|^\s|\s$/ : separator === "\t" ? /["\t\r\n]|^\s|\s$/ : /[",\r\n]|^\s|\s$/;
		this.header = `${columns.map(({ name }) => this.#cell(name)).join(separator)}\n`;
	}

	/** The same record always gives the same bytes. */
	row(record: TransitRecord, day: Day): string {
		return `${this.#columns.map(({ field }) => this.#cell(this.#value(field, record, day))).join(this.#separator)}\n`;
	}

	#value(field: string, record: TransitRecord, day: Day): unknown {
		const own = OF_RECORD[field];
		if (own !== undefined) return own(record, day);
		if (field === "eventTime") return this.#time(record.eventTime);
		if (field === "receivedTime") return this.#time(record.origin.receivedTime);
		const value = (record.body as unknown as Readonly<Record<string, unknown>>)[field];
		return field === "arrivalTime" || field === "departureTime" ? this.#time(value) : value;
	}

	/** With its offset, so that the repeated hour of autumn stays two. */
	#time(time: unknown): string | undefined {
		if (typeof time !== "number" || Math.abs(time) > 8.64e15) return undefined;
		if (this.#timezone === undefined) return formatIsoTime(time).replace(".000Z", "Z");
		const offsetMs = offsetMsAt(time as EpochMs, this.#timezone);
		const minutes = Math.abs(offsetMs) / MINUTE_MS;
		const two = (value: number) => `${Math.floor(value)}`.padStart(2, "0");
		const offset = `${offsetMs < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
		return formatIsoTime(time + offsetMs).replace(/(\.000)?Z$/, offset);
	}

	#cell(value: unknown): string {
		if (value === undefined || value === null) return "";
		if (typeof value === "number" || typeof value === "boolean") return `${value}`;
		const text = String(value);
		return this.#special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	}
}
