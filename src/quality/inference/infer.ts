import { Failure } from "../../model/failure.js";
import { type Collection, collectionsOf, tableOf } from "./collections.js";
import { type CapturedPayload, type Documents, type PayloadFormat, readDocuments } from "./documents.js";
import { fieldsOf, type InferenceOptions } from "./fields.js";
import { type Finding, isNamed, SOUGHT, type Unknown } from "./finding.js";
import { placePairs } from "./places.js";
import { proposedContract } from "./propose-contract.js";
import { ABSENT_WORDS, type Profile, profileOf, type Table } from "./table.js";
import { type TimeColumn, timeColumns } from "./times.js";

/** What captured payloads of an unknown protocol mean. */
export interface Inference {
	readonly format: PayloadFormat;
	readonly payloads: number;
	readonly unread: number;
	/** Where the records are. */
	readonly records: string;
	readonly rows: number;
	readonly columns: number;
	readonly findings: readonly Finding[];
	readonly unknown: readonly Unknown[];
	/** Options of the decoder `mapping`. Undefined where no vehicle and no trip was found: no record could be made. */
	readonly mapping: Readonly<Record<string, unknown>> | undefined;
	/** A contract that all of these payloads fit. */
	readonly contract: Readonly<Record<string, unknown>>;
}

const COLLECTIONS_LOOKED_AT = 60;
const PROFILED_MAX = 12;
const CELLS_MAX = 4_000_000;

/**
 * Proposes where vehicle, position, time, heading, speed, trip and route are in payloads that nobody has described: by
 * what their values do, from record to record and from message to message. Nothing is thrown but
 * @throws Failure `decode.format` where there is nothing to look into (see `readDocuments`).
 */
export function infer(payloads: readonly CapturedPayload[], options: InferenceOptions = {}): Inference {
	const documents = readDocuments(payloads);
	const look = lookAt(documents, payloads, options);
	const { findings, unknown, head } = fieldsOf({ ...look, payloads, options });
	const records = narrowed(look.collection, documents.format, findings);
	const hasSubject = findings.some(({ field }) => field === "vehicleId" || field === "tripId");
	return {
		format: documents.format,
		payloads: payloads.length,
		unread: documents.unread,
		records: records.path,
		rows: look.table.rows,
		columns: look.profiles.length,
		findings: records.findings,
		unknown: SOUGHT.flatMap((field) => unknown.filter((one) => one.field === field)),
		contract: proposedContract(documents, records.path, records.findings),
		mapping: hasSubject
			? mappingOf(
					documents,
					records.path,
					records.findings,
					look.table,
					head === undefined ? undefined : headerTimeOf(look.collection.path, head),
				)
			: undefined,
	};
}

interface Look {
	readonly collection: Collection;
	readonly table: Table;
	readonly profiles: readonly Profile[];
}

/** The collection that the vehicles are in: the one with positions of its own, and of these the one with most records. */
function lookAt(
	documents: Documents,
	payloads: readonly CapturedPayload[],
	{ area, timezone, useNames = true }: InferenceOptions,
): Look {
	const collections = collectionsOf(documents);
	if (collections.length === 0)
		throw new Failure("decode.format", "the captures hold no records: no object is in them");
	let best: (Look & { readonly worth: number }) | undefined;
	let looked = 0;
	for (const collection of collections.slice(0, COLLECTIONS_LOOKED_AT)) {
		if (looked >= PROFILED_MAX) break;
		const table = tableOf(collection, documents.format, payloads);
		if (table.columns.length < 2) continue;
		looked++;
		const columnsMax = Math.max(20, Math.floor(CELLS_MAX / Math.max(1, table.rows)));
		const profiles = table.columns.slice(0, columnsMax).map((column, at) => profileOf(table, column, at));
		const times = timeColumns(profiles);
		const at = times[0]?.times.find((time) => !Number.isNaN(time)) ?? 0;
		const timed = new Set(times.map(({ profile }) => profile));
		const [pair] = placePairs(
			table,
			profiles.filter((profile) => !timed.has(profile) && profile.column.up === 0),
			{ area, timezone, at },
			(profile) => useNames && isNamed("latitude", profile),
		);
		// Outermost of equals: what lies around a position is the vehicle.
		const worth =
			(pair === undefined ? 0 : 1000 * pair.score) +
			Math.log2(table.rows + 1) * 40 +
			(times.length > 0 ? 30 : 0);
		if (best === undefined || worth > best.worth + 1e-9) best = { collection, table, profiles, worth };
	}
	if (best === undefined)
		throw new Failure("decode.format", "the captures hold no records with two values or more");
	return best;
}

/**
 * Of a lone record in a lone document, the innermost object that still holds all that was found: a second vehicle would
 * stand beside that one, and not beside the document.
 */
function narrowed(
	{ path, places }: Collection,
	format: PayloadFormat,
	findings: readonly Finding[],
): { readonly path: string; readonly findings: readonly Finding[] } {
	const own = findings.filter(
		(finding) => !finding.path.startsWith("^") && finding.reading["template"] === undefined,
	);
	if (places.length > 1 || own.length < 2 || own.length < findings.length || format === "csv")
		return { path, findings };
	const steps = own.map((finding) => finding.path.split("."));
	const [first = []] = steps;
	let common = 0;
	while (
		common < first.length - 1 &&
		steps.every((one) => one.length > common + 1 && one[common] === first[common])
	)
		common++;
	const lead = first.slice(0, common);
	if (common === 0 || lead.some((step) => step.includes('"'))) return { path, findings };
	const inner = lead.join(".").replaceAll("[0]", "[]");
	return {
		path: path === "." ? inner : `${path}.${inner}`,
		findings: findings.map((finding) => ({
			...finding,
			path: finding.path.split(".").slice(common).join("."),
		})),
	};
}

/** A mapping reads the message's own time from the document: the way there, from the way to the records. */
function headerTimeOf(
	records: string,
	{ profile, format }: TimeColumn,
): Readonly<Record<string, unknown>> | undefined {
	const { path, up } = profile.column;
	if (records.includes('"') || up === 0) return undefined;
	const steps = records.split(".");
	const lead = steps.slice(0, steps.length - up).map((step) => step.replaceAll("[]", "[0]"));
	return { path: [...lead, path.replace(/^\^+\./, "")].join("."), time: format };
}

function mappingOf(
	{ format, csv }: Documents,
	records: string,
	findings: readonly Finding[],
	table: Table,
	headerTime: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
	const fields: Record<string, unknown> = {};
	for (const { field, path, reading } of findings) {
		if (field === "speedMps" && reading["unit"] === undefined) continue;
		const names = Object.keys(reading);
		fields[field] =
			names.length === 0 ? path : reading["template"] === undefined ? { path, ...reading } : reading;
	}
	const speed = findings.find(({ field, reading }) => field === "speedMps" && reading["unit"] === undefined);
	const absent = absentWords(table, findings);
	const isRow = format === "csv";
	return {
		format,
		...(isRow || records === "." ? {} : { records }),
		...(headerTime === undefined ? {} : { headerTime }),
		...(absent.length === 0 ? {} : { absent }),
		fields,
		...(speed === undefined ? {} : { attributes: { speedAsSent: speed.path } }),
		...(csv === undefined || (csv.columns === undefined && ",;\t|".includes(csv.delimiter)) ? {} : { csv }),
	};
}

/** Words for "nothing" that the mapped columns really use. */
function absentWords({ columns }: Table, findings: readonly Finding[]): readonly string[] {
	const mapped = new Set(findings.map(({ path }) => path));
	const words = new Set<string>();
	for (const column of columns) {
		if (![...mapped].some((path) => column.path === path || column.path.endsWith(`.${path}`))) continue;
		for (const value of column.values)
			if (typeof value === "string" && ABSENT_WORDS.has(value) && words.size < 10) words.add(value);
	}
	return [...words];
}
