import { formatIsoTime } from "../formats/iso-time.js";
import type { EpochMs } from "../model/units.js";

/** What is told of a run, from OpenLineage 2-0-2. */
export type RunEventType = "START" | "RUNNING" | "COMPLETE" | "FAIL";

/** The way of one feed's records into one sink. */
export interface LineageJob {
	readonly feed: string;
	readonly sink: string;
}

/** What a run has done so far, by the ledger. */
export interface RunCounts {
	/** Records of the feed that were put into the log. */
	readonly appended: number;
	/** Those that the sink has taken. */
	readonly delivered: number;
}

export interface RunEventParts extends LineageJob {
	readonly type: RunEventType;
	readonly time: EpochMs;
	readonly runId: string;
	readonly namespace: string;
	readonly version: string;
	/** Undefined: nothing was done yet, or the store did not say. */
	readonly counts?: RunCounts | undefined;
	/** Of a run that fails. */
	readonly message?: string | undefined;
}

const SPEC = "https://openlineage.io/spec";

/** The envelope that `src/sinks/delivery-json.ts` gives every record, whatever its kind; a test holds one against the other. */
export const RECORD_FIELDS = [
	{ name: "id", type: "string", description: "The same for the same report, whenever it is told." },
	{ name: "revision", type: "integer", description: "One higher with each later version of the id." },
	{ name: "kind", type: "string" },
	{ name: "key", type: "string", description: "Agency with vehicle, trip or alert." },
	{ name: "agency", type: "string" },
	{ name: "feed", type: "string" },
	{ name: "upstream", type: "integer" },
	{ name: "eventTime", type: "timestamp" },
	{ name: "headerTime", type: "timestamp", description: "Absent where the message stated none." },
	{ name: "receivedTime", type: "timestamp" },
	{ name: "flags", type: "array<string>" },
] as const;

/** One event as JSON. Names of the configuration, counts and a sentence: no vehicle, no address and no key. */
export function runEvent(parts: RunEventParts): string {
	const { type, time, runId, namespace, version, feed, sink, counts, message } = parts;
	const producer = `urn:wayside:${version}`;
	const facet = (file: string, rest: object) => {
		const name = file.slice(file.indexOf("/") + 1);
		return { _producer: producer, _schemaURL: `${SPEC}/facets/${file}.json#/$defs/${name}`, ...rest };
	};
	const written = (rowCount: number | undefined) =>
		rowCount === undefined
			? {}
			: {
					outputFacets: {
						outputStatistics: facet("1-0-2/OutputStatisticsOutputDatasetFacet", { rowCount }),
					},
				};
	const failure = message === undefined ? {} : { message, programmingLanguage: "TypeScript" };
	return JSON.stringify({
		eventType: type,
		eventTime: formatIsoTime(time),
		producer,
		schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
		run: {
			runId,
			...(message !== undefined && {
				facets: { errorMessage: facet("1-0-1/ErrorMessageRunFacet", failure) },
			}),
		},
		job: {
			namespace,
			name: `${feed}.${sink}`,
			facets: {
				jobType: facet("2-0-3/JobTypeJobFacet", {
					processingType: "STREAMING",
					integration: "WAYSIDE",
					jobType: "ROUTE",
				}),
			},
		},
		inputs: [{ namespace, name: `feed/${feed}` }],
		outputs: [
			{
				namespace,
				name: "log/records",
				facets: { schema: facet("1-1-1/SchemaDatasetFacet", { fields: RECORD_FIELDS }) },
				...written(counts?.appended),
			},
			{ namespace, name: `sink/${sink}`, ...written(counts?.delivered) },
		],
	});
}

/** A UUID of version 7: the time, then chance. */
export function uuidAt(time: EpochMs, chance: Uint8Array): string {
	const bytes = Buffer.alloc(16);
	bytes.writeUIntBE(Math.max(0, Math.floor(time)), 0, 6);
	bytes.set(chance.subarray(0, 10), 6);
	bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
	bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
	const hex = bytes.toString("hex");
	return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => hex.slice(from, to)).join("-");
}
