import { BUILTINS } from "../../src/config/builtins.js";
import type { Decoder } from "../../src/decoders/decoder.js";

/** One vehicle as an upstream of the corpus states it. Numbers and texts only; what is absent is not stated. */
export type Row = Record<string, unknown>;

export interface Frame {
	readonly receivedTime: number;
	readonly rows: readonly Row[];
}

/** Frames of one upstream, as rows: what a mutation changes before they are written. */
export interface Stream {
	readonly name: string;
	/** Thresholds of guards were set on some agencies, and are reported on the others. */
	readonly isReported: boolean;
	readonly timezone: string;
	readonly area: {
		readonly west: number;
		readonly south: number;
		readonly east: number;
		readonly north: number;
	};
	readonly carrier: "json" | "csv";
	readonly frames: readonly Frame[];
	/** Guards that are right to alarm on the clean stream, and why. */
	readonly oddities: Readonly<Record<string, string>>;
}

/** What rows are called: the same for all streams, so that a mutation knows what it changes. */
export const COLUMNS = [
	"id",
	"ts",
	"lat",
	"lon",
	"spd",
	"hdg",
	"dev",
	"trip",
	"route",
	"stop",
	"label",
] as const;

const MAPPING = {
	fields: {
		vehicleId: "id",
		vehicleLabel: { path: "label", required: false },
		eventTime: { path: "ts", time: "epoch-s" },
		latitude: { path: "lat", required: false },
		longitude: { path: "lon", required: false },
		speedMps: { path: "spd", required: false },
		headingDeg: { path: "hdg", required: false },
		scheduleDeviationS: { path: "dev", required: false },
		tripId: { path: "trip", required: false },
		gtfsRouteId: { path: "route", required: false },
		stopId: { path: "stop", required: false },
	},
	snapshot: true,
};

export function decoderOf({ carrier, timezone }: Stream): Decoder {
	const mapping = BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (mapping === undefined) throw new Error("there is no mapping decoder");
	const options =
		carrier === "json"
			? { format: "json", records: "vehicles[]", ...MAPPING }
			: { format: "csv", ...MAPPING };
	return mapping.create(mapping.options.parse(options), { timezone, baseDirectory: "." });
}

export function write(carrier: Stream["carrier"], rows: readonly Row[]): string {
	if (carrier === "json") return JSON.stringify({ vehicles: rows });
	const columns = rows.length === 0 ? [...COLUMNS] : [...new Set(rows.flatMap((row) => Object.keys(row)))];
	const lines = rows.map((row) => columns.map((name) => cell(row[name])).join(","));
	return [columns.join(","), ...lines].join("\n");
}

function cell(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "object" ? `"${JSON.stringify(value).replaceAll('"', '""')}"` : String(value);
}
