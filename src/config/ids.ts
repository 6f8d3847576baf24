import { dirname, isAbsolute, resolve as resolvePath } from "node:path";
import { z } from "zod";
import { cellOf, columnsOf, csvRows } from "../formats/csv.js";
import { decodeText } from "../formats/text.js";
import { messageOf } from "../model/failure.js";
import type { Files } from "../runtime/files.js";
import {
	ID_KINDS,
	type IdKind,
	type IdRule,
	type IdRules,
	MATCH_FIELDS,
	NO_RULES,
} from "../schedule/id-rules.js";
import type { IdsConfig } from "./config.js";
import type { DocumentPath, Finding } from "./findings.js";
import { findingsOf } from "./issues.js";
import { YamlSource } from "./yaml-source.js";

const FIELDS = ["vehicle", "route", "block", "trip", "direction", "start", "date"];
const ROWS_MAX = 1_000_000;
const BYTES_MAX = 64 * 1024 * 1024;

const template = z.string().superRefine((text, context) => {
	const names = [...text.matchAll(/\{([^}]*)\}/g)].map(([, name = ""]) => name);
	const unknown = names.find((name) => !FIELDS.includes(name));
	if (names.length === 0)
		context.addIssue("a template names at least one id in braces, such as {route}-{trip}");
	if (unknown !== undefined)
		context.addIssue(
			`there is no {${unknown}}; a template may name ${FIELDS.map((name) => `{${name}}`).join(", ")}`,
		);
});

const crosswalk = z
	.union([
		z.string().min(1),
		z.strictObject({
			file: z.string().min(1).describe("Path of the CSV file, beside the file that names it."),
			from: z.string().min(1).optional().describe("Column with upstream's ids. Default: the first."),
			to: z.string().min(1).optional().describe("Column with the schedule's ids. Default: the second."),
		}),
	])
	.describe("A CSV file with a header: upstream's id in the first column, the schedule's in the second.");

const ruleFields = {
	strip: z.string().min(1).optional().describe("Prefix that is taken off where it is there."),
	add: z.string().min(1).optional().describe("Prefix that is put before."),
	template: template.optional().describe("Text with ids in braces, such as {route}-{trip}."),
	crosswalk: crosswalk.optional(),
};
const rule = z.strictObject(ruleFields).describe("How upstream's ids become those of the schedule.");

const idsDocument = z.strictObject({
	vehicle: rule.optional(),
	route: rule.optional(),
	block: rule.optional(),
	trip: z
		.strictObject({
			...ruleFields,
			match: z
				.array(z.enum(MATCH_FIELDS))
				.min(2)
				.refine(
					(fields) => fields.includes("start") && (fields.includes("route") || fields.includes("block")),
					{
						message:
							"a trip is found by its start time and its route or block: name start, and route or block",
					},
				)
				.optional()
				.describe("By what a trip is looked for when its id is absent or not in the schedule."),
		})
		.optional()
		.describe("How upstream's trips become those of the schedule."),
});

/** What an agency says of its ids: rules, or the file that holds them. */
export const idsOption = z
	.union([z.string().min(1), idsDocument])
	.describe("How upstream's ids become those of the schedule: rules, or the path of a YAML file with them.");

export type IdsOption = z.output<typeof idsOption>;
type IdsDocument = z.output<typeof idsDocument>;

/** Rules that are still to be read, and where they go. */
export interface IdsUse {
	readonly path: DocumentPath;
	readonly option: IdsOption;
	/** Where the configuration lies. */
	readonly baseDirectory: string;
	readonly give: (read: IdsConfig) => void;
}

type Say = (message: string, mend: string) => void;

/** Reads rules and crosswalks. What is wrong in a file of its own is told with the line of that file. */
export async function readIds(
	uses: readonly IdsUse[],
	source: YamlSource,
	files: Files,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const { path, option, baseDirectory, give } of uses) {
		const say: Say = (message, mend) =>
			findings.push(source.finding("error", "environment", path, message, mend));
		const file = typeof option === "string" ? absolute(option, baseDirectory) : undefined;
		const document =
			typeof option === "string" ? await documentIn(file as string, files, environment, say) : option;
		if (document === undefined) continue;
		const read = file === undefined ? [] : [file];
		const folder = file === undefined ? baseDirectory : dirname(file);
		give({ rules: await rulesOf(document, folder, files, say, read), files: read });
	}
	return findings;
}

async function documentIn(
	file: string,
	files: Files,
	environment: Readonly<Record<string, string | undefined>>,
	say: Say,
): Promise<IdsDocument | undefined> {
	let text: string;
	try {
		text = decodeText(await files.read(file)).text;
	} catch (thrown) {
		say(`the rules for ids cannot be read: ${messageOf(thrown)}`, "check the path, or write the rules here");
		return undefined;
	}
	const source = new YamlSource(text, { environment });
	const parsed = source.findings.length > 0 ? undefined : idsDocument.safeParse(source.value);
	const found =
		parsed === undefined || parsed.success
			? source.findings
			: findingsOf(source, idsDocument, [], source.value, parsed.error.issues);
	for (const { line, column, path, message, mend } of found)
		say(`${file}:${line}:${column}: ${path}: ${message}`, mend);
	return parsed?.data;
}

async function rulesOf(
	document: IdsDocument,
	folder: string,
	files: Files,
	say: Say,
	read: string[],
): Promise<IdRules> {
	const rules: { -readonly [Kind in IdKind]: IdRule | undefined } = { ...NO_RULES };
	for (const kind of ID_KINDS) {
		const given = document[kind];
		if (given === undefined) continue;
		const table = given.crosswalk === undefined ? undefined : crosswalkOf(given.crosswalk, folder);
		if (table !== undefined) read.push(table.file);
		rules[kind] = {
			strip: given.strip,
			add: given.add,
			template: given.template,
			crosswalk: table && new Map((await readCrosswalk(table, files, say)).map(({ from, to }) => [from, to])),
		};
	}
	return { ...rules, match: document.trip?.match ?? [] };
}

interface Crosswalk {
	readonly file: string;
	readonly from: string | undefined;
	readonly to: string | undefined;
}

function crosswalkOf(option: NonNullable<z.output<typeof crosswalk>>, folder: string): Crosswalk {
	if (typeof option === "string") return { file: absolute(option, folder), from: undefined, to: undefined };
	return { file: absolute(option.file, folder), from: option.from, to: option.to };
}

async function readCrosswalk({ file, from, to }: Crosswalk, files: Files, say: Say) {
	const entries: { readonly from: string; readonly to: string; readonly line: number }[] = [];
	let bytes: Uint8Array;
	try {
		bytes = await files.read(file);
	} catch (thrown) {
		say(`the crosswalk cannot be read: ${messageOf(thrown)}`, "check the path");
		return entries;
	}
	if (bytes.byteLength > BYTES_MAX) {
		say(
			`the crosswalk ${file} has ${bytes.byteLength} bytes`,
			`it may have ${BYTES_MAX}; is it the right file?`,
		);
		return entries;
	}
	const known = new Map<string, string>();
	let header: readonly string[] | undefined;
	let columns: readonly [string, string] | undefined;
	for (const { fields, line, failure } of csvRows(decodeText(bytes).text, { rowsMax: ROWS_MAX })) {
		if (failure) {
			say(`${file}:${line}: ${failure.message}`, "mend the line");
			continue;
		}
		if (header === undefined) {
			header = fields;
			const names = [...columnsOf(fields).keys()];
			columns = [from ?? names[0] ?? "", to ?? names[1] ?? ""];
			const missing = columns.find((name) => !names.includes(name));
			if (missing === undefined) continue;
			const what = missing === "" ? "two columns" : `a column "${missing}"`;
			say(
				`${file}:${line}: the header lacks ${what}; it has ${names.join(", ")}`,
				"correct from and to, or the file",
			);
			return entries;
		}
		const byName = columnsOf(header);
		const [left, right] = columns as readonly [string, string];
		const entry = { from: cellOf(fields, byName, left), to: cellOf(fields, byName, right) };
		if (entry.from === undefined || entry.to === undefined) continue;
		const before = known.get(entry.from);
		if (before !== undefined && before !== entry.to) {
			say(
				`${file}:${line}: "${entry.from}" becomes "${entry.to}" here and "${before}" above`,
				"keep one of the two",
			);
			continue;
		}
		if (before === undefined) entries.push({ from: entry.from, to: entry.to, line });
		known.set(entry.from, entry.to);
	}
	if (entries.length === 0) say(`the crosswalk ${file} has no ids`, "fill it, or remove the crosswalk");
	return entries;
}

function absolute(path: string, folder: string): string {
	return isAbsolute(path) ? path : resolvePath(folder, path);
}
