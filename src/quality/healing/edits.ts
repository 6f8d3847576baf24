import { csvRows } from "../../formats/csv.js";
import { numberOf, parseJsonDocuments } from "../../formats/json.js";
import { decodeText } from "../../formats/text.js";
import { compileTime } from "../../formats/time-pattern.js";
import { DAY_MS, type EpochMs } from "../../model/units.js";
import type { PayloadFormat } from "../inference/documents.js";

/**
 * What is done to a payload so that it is again as its decoder knows it. Edits are plain data: they are stored, shown to
 * people, and applied before the decoder reads, so that any decoder of JSON or CSV can be helped. Paths begin at a record.
 */
export type Edit =
	/** The records are somewhere else. Paths of lists, `*` at the end for the values of an object. */
	| { readonly kind: "records"; readonly from: string; readonly to: string }
	/** Of CSV: the header is gone. */
	| { readonly kind: "header"; readonly columns: readonly string[] }
	| { readonly kind: "move"; readonly from: string; readonly to: string }
	| { readonly kind: "swap"; readonly one: string; readonly other: string }
	| { readonly kind: "scale"; readonly path: string; readonly factor: number }
	/** In the unit of the value. */
	| { readonly kind: "shift"; readonly path: string; readonly by: number }
	/** Degrees: `sign` times the value, plus `by`, modulo 360. */
	| { readonly kind: "turn"; readonly path: string; readonly sign: 1 | -1; readonly by: number }
	/** A time in another spelling. */
	| {
			readonly kind: "respell";
			readonly path: string;
			readonly from: string;
			readonly to: "epoch-s" | "epoch-ms" | "iso";
	  }
	/** A time of day in units of `unitMs` that has lost its date: that of the receipt stands in. */
	| { readonly kind: "day"; readonly path: string; readonly unitMs: number }
	| { readonly kind: "strip"; readonly path: string; readonly prefix: string }
	/** A number with words around it. */
	| { readonly kind: "bare"; readonly path: string };

type Tree = Record<string, unknown>;

const ROWS_MAX = 1_000_000;

/** The payload as it was before upstream changed it; undefined where it cannot be read. */
export function applyEdits(
	bytes: Uint8Array,
	edits: readonly Edit[],
	format: PayloadFormat,
	receivedTime: EpochMs,
): Uint8Array | undefined {
	if (edits.length === 0) return bytes;
	if (format === "json") return editedJson(bytes, edits, receivedTime);
	return format === "csv" ? editedCsv(bytes, edits, receivedTime) : undefined;
}

function editedJson(
	bytes: Uint8Array,
	edits: readonly Edit[],
	receivedTime: EpochMs,
): Uint8Array | undefined {
	const texts: string[] = [];
	for (const { value, failure } of parseJsonDocuments(bytes)) {
		if (failure !== undefined) return undefined;
		const moved = edits.find((edit) => edit.kind === "records");
		const records = recordsAt(value, moved?.from ?? recordsOf(edits));
		for (const record of records) if (isTree(record)) editRecord(record, edits, receivedTime);
		texts.push(JSON.stringify(moved === undefined ? value : placed(value, records, moved)));
	}
	return new TextEncoder().encode(texts.join("\n"));
}

/** Edits of single values say where records are by this one, which moves nothing. */
function recordsOf(edits: readonly Edit[]): string {
	const place = edits.find((edit) => edit.kind === "records");
	return place?.from ?? ".";
}

/** What the path leads to: `a.b[]`, `a.*`, `.` */
function recordsAt(root: unknown, path: string): readonly unknown[] {
	let found: readonly unknown[] = [root];
	for (const step of stepsOf(path)) {
		found = found.flatMap((node): readonly unknown[] => {
			if (step === "[]") return Array.isArray(node) ? node : [];
			if (step === "*") return isTree(node) ? Object.values(node) : [];
			return isTree(node) && Object.hasOwn(node, step) ? [node[step]] : [];
		});
	}
	return found;
}

/** The document with its records where they were before; what stood around them stays. */
function placed(
	value: unknown,
	records: readonly unknown[],
	{ from, to }: { readonly from: string; readonly to: string },
): unknown {
	if (from === to) return value;
	const steps = stepsOf(to).filter((step) => step !== "[]");
	if (steps.length === 0) return records;
	const holder = holderOf(value, from);
	const root: Tree = { ...(isTree(holder) ? holder : {}) };
	let at = root;
	for (const step of steps.slice(0, -1)) {
		const inner: Tree = {};
		at[step] = inner;
		at = inner;
	}
	at[steps.at(-1) as string] = records;
	return root;
}

/** What holds the list: of an envelope its content. */
function holderOf(value: unknown, from: string): unknown {
	const names = stepsOf(from).filter((step) => step !== "[]" && step !== "*");
	let node = value;
	for (const name of names.slice(0, -1)) node = isTree(node) ? node[name] : undefined;
	return node;
}

function editedCsv(bytes: Uint8Array, edits: readonly Edit[], receivedTime: EpochMs): Uint8Array | undefined {
	const header = edits.find((edit) => edit.kind === "header");
	const rows: Tree[] = [];
	let columns: readonly string[] | undefined = header?.columns;
	for (const { fields, failure } of csvRows(decodeText(bytes).text, { rowsMax: ROWS_MAX })) {
		if (failure !== undefined) return undefined;
		if (columns === undefined) columns = fields.map((name) => name.trim());
		else rows.push(Object.fromEntries(columns.map((name, at) => [name, fields[at] ?? ""])));
	}
	for (const row of rows) editRecord(row, edits, receivedTime);
	const names = [...new Set([...(columns ?? []), ...rows.flatMap((row) => Object.keys(row))])];
	const cell = (value: unknown) => {
		const text = value === undefined || value === null ? "" : String(value);
		return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	};
	const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
	return new TextEncoder().encode(lines.map((line) => line.map(cell).join(",")).join("\n"));
}

/** In the order of the edits. A value that an edit does not fit stays as it is: its decoder refuses it, and nobody guesses. */
export function editRecord(record: Tree, edits: readonly Edit[], receivedTime: EpochMs): void {
	for (const edit of edits) {
		if (edit.kind === "records" || edit.kind === "header") continue;
		if (edit.kind === "move") {
			const value = taken(record, stepsOf(edit.from));
			if (value !== undefined) put(record, stepsOf(edit.to), value);
		} else if (edit.kind === "swap") {
			const [one, other] = [stepsOf(edit.one), stepsOf(edit.other)];
			const [first, second] = [valueAt(record, one), valueAt(record, other)];
			if (first !== undefined && second !== undefined) {
				put(record, one, second);
				put(record, other, first);
			}
		} else {
			const path = stepsOf(edit.path);
			const value = valueAt(record, path);
			const changed =
				value === undefined || value === null || value === ""
					? undefined
					: editValue(value, edit, receivedTime);
			if (changed !== undefined) put(record, path, changed);
		}
	}
}

type ValueEdit = Exclude<Edit, { kind: "records" | "header" | "move" | "swap" }>;

/** Undefined where the value is none that the edit is for. */
export function editValue(
	value: unknown,
	edit: ValueEdit,
	receivedTime: EpochMs,
): string | number | undefined {
	if (edit.kind === "strip") {
		const text = String(value);
		return text.startsWith(edit.prefix) ? text.slice(edit.prefix.length) : undefined;
	}
	if (edit.kind === "respell") return respelled(value, edit.from, edit.to);
	if (edit.kind === "bare") {
		const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*[A-Za-z/°%]+\s*$/.exec(String(value));
		return match === null ? undefined : Number(match[1]);
	}
	const number = numberOf(value);
	if (number === undefined) return undefined;
	if (edit.kind === "scale") return rounded(number * edit.factor);
	if (edit.kind === "shift") return rounded(number + edit.by);
	if (edit.kind === "turn") return rounded((((edit.sign * number + edit.by) % 360) + 360) % 360);
	const day = Math.round((receivedTime - number * edit.unitMs) / DAY_MS) * DAY_MS;
	return rounded((day + number * edit.unitMs) / edit.unitMs);
}

/** Twelve digits are more than any sensor has; a product alone would add noise behind them. */
function rounded(value: number): number {
	return Number(value.toPrecision(12));
}

function respelled(
	value: unknown,
	from: string,
	to: "epoch-s" | "epoch-ms" | "iso",
): string | number | undefined {
	const reader = compileTime(from);
	if (typeof reader === "string" || typeof value === "object") return undefined;
	const time = reader(value as string | number, { timezone: "UTC", referenceTime: 0 })?.time;
	if (time === undefined) return undefined;
	return to === "epoch-ms" ? time : to === "epoch-s" ? time / 1000 : undefined;
}

function isTree(value: unknown): value is Tree {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `a.b[]` as names, `[]` and `*`; a name in quotes may hold anything. */
function stepsOf(path: string): readonly string[] {
	if (path === ".") return [];
	return [...path.matchAll(/"([^"]*)"|\[\]|[^.[\]"]+/g)].map(([whole, quoted]) => quoted ?? whole);
}

function valueAt(record: Tree, steps: readonly string[]): unknown {
	let node: unknown = record;
	for (const step of steps) {
		if (!isTree(node) || !Object.hasOwn(node, step)) return undefined;
		node = node[step];
	}
	return node;
}

function taken(record: Tree, steps: readonly string[]): unknown {
	const holder = valueAt(record, steps.slice(0, -1));
	const name = steps.at(-1);
	if (!isTree(holder) || name === undefined || !Object.hasOwn(holder, name)) return undefined;
	const value = holder[name];
	delete holder[name];
	return value;
}

function put(record: Tree, steps: readonly string[], value: unknown): void {
	let node = record;
	for (const step of steps.slice(0, -1)) {
		const inner = Object.hasOwn(node, step) ? node[step] : undefined;
		const next: Tree = isTree(inner) ? inner : {};
		node[step] = next;
		node = next;
	}
	const name = steps.at(-1);
	if (name !== undefined)
		Object.defineProperty(node, name, { value, writable: true, enumerable: true, configurable: true });
}
