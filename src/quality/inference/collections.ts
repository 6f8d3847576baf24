import type { CapturedPayload } from "./documents.js";
import { type Documents, OWN_TEXT, type PayloadFormat } from "./documents.js";
import type { Column, Scalar, Table } from "./table.js";

/** Where records may be: everything that one path leads to, over all documents. */
export interface Collection {
	/** As a mapping writes it; `.` for the document itself. */
	readonly path: string;
	readonly places: readonly RecordPlace[];
}

interface RecordPlace {
	readonly node: Readonly<Record<string, unknown>>;
	/** The objects that it lies in, from the outermost. */
	readonly parents: readonly object[];
	readonly frame: number;
}

const NODES_MAX = 2_000_000;
const COLLECTIONS_MAX = 400;
const PLACES_MAX = 20_000;
const DEPTH_MAX = 12;
const COLUMNS_MAX = 400;
const LEAVES_MAX = 300;
const TEXT_MAX = 200;
const OUTSIDE_DEPTH_MAX = 2;

/** All collections of objects; those with the most objects first. */
export function collectionsOf({ format, documents }: Documents): readonly Collection[] {
	const found = new Map<string, RecordPlace[]>();
	let nodes = 0;
	const add = (path: string, place: RecordPlace) => {
		const places = found.get(path);
		if (places !== undefined) {
			if (places.length < PLACES_MAX) places.push(place);
		} else if (found.size < COLLECTIONS_MAX) found.set(path, [place]);
	};
	const visit = (
		node: unknown,
		path: string,
		parents: readonly object[],
		frame: number,
		depth: number,
	): void => {
		if (typeof node !== "object" || node === null || depth > DEPTH_MAX || ++nodes > NODES_MAX) return;
		if (Array.isArray(node)) {
			const inner = format === "xml" ? path : `${path}[]`;
			for (const element of node) visit(element, inner, parents, frame, depth + 1);
			return;
		}
		const object = node as Readonly<Record<string, unknown>>;
		add(path === "" ? "." : path, { node: object, parents, frame });
		const way = [...parents, object];
		const inner: Readonly<Record<string, unknown>>[] = [];
		for (const [name, value] of Object.entries(object)) {
			if (isObject(value)) inner.push(value);
			const step = stepOf(name);
			if (step !== undefined) visit(value, joined(path, step), way, frame, depth + 1);
		}
		if (!areAlike(inner)) return;
		for (const value of inner) add(joined(path, "*"), { node: value, parents: way, frame });
	};
	for (const { frame, root } of documents) visit(root, "", [], frame, 0);
	mergeLone(found);
	return [...found]
		.map(([path, places]) => ({ path, places }))
		.sort((a, b) => b.places.length - a.places.length || a.path.length - b.path.length);
}

/** Converters from XML write a list of one as the one: both are the list. */
function mergeLone(found: Map<string, RecordPlace[]>): void {
	for (const [path, places] of found) {
		const list = found.get(`${path}[]`);
		if (list === undefined) continue;
		list.push(...places);
		list.sort((a, b) => a.frame - b.frame);
		found.delete(path);
	}
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Objects under different names that state the same: the names are keys then. */
function areAlike(objects: readonly Readonly<Record<string, unknown>>[]): boolean {
	const [first] = objects;
	if (first === undefined) return false;
	const names = new Set(Object.keys(first));
	if (names.size < 3) return false;
	return objects.slice(1, 20).every((object) => {
		const others = Object.keys(object);
		const common = others.filter((name) => names.has(name)).length;
		return common >= 0.6 * Math.max(names.size, others.length);
	});
}

/** A name as a step of a path; undefined where no path can say it. */
export function stepOf(name: string): string | undefined {
	if (name.length === 0 || name.length > 200 || name.includes('"')) return undefined;
	if (name.startsWith("@") && !/[.[\]"@*]/.test(name.slice(1))) return name;
	return /[.[\]@*]|^[/^]|^\s|\s$/.test(name) ? `"${name}"` : name;
}

function joined(path: string, step: string): string {
	return path === "" ? step : `${path}.${step}`;
}

/** The records of a collection as rows, with what stands in them and around them. */
export function tableOf(
	collection: Collection,
	format: PayloadFormat,
	payloads: readonly CapturedPayload[],
): Table {
	const { places } = collection;
	const rows = places.length;
	const columns = new Map<
		string,
		{ name: string; up: number; isOneOfMany: boolean; values: (Scalar | undefined)[] }
	>();
	const around = new Map<object, readonly Leaf[]>();
	const frames = new Int32Array(rows);
	const received = new Float64Array(rows).fill(Number.NaN);
	const put = (row: number, up: number, { path, name, value, isOneOfMany }: Leaf) => {
		const full = up === 0 ? path : `${"^".repeat(up)}.${path}`;
		let column = columns.get(full);
		if (column === undefined) {
			if (columns.size >= COLUMNS_MAX) return;
			column = { name, up, isOneOfMany: false, values: new Array<Scalar | undefined>(rows).fill(undefined) };
			columns.set(full, column);
		}
		if (isOneOfMany) column.isOneOfMany = true;
		column.values[row] ??= value;
	};
	for (const [row, { node, parents, frame }] of places.entries()) {
		frames[row] = frame;
		received[row] = payloads[frame]?.receivedTime ?? Number.NaN;
		for (const leaf of leavesOf(node, format, DEPTH_MAX, undefined)) put(row, 0, leaf);
		for (const [at, parent] of parents.entries()) {
			const inner = parents[at + 1] ?? node;
			// A header is read once, and not for each of its records.
			let leaves = around.get(parent);
			if (leaves === undefined) {
				leaves = leavesOf(parent as Readonly<Record<string, unknown>>, format, OUTSIDE_DEPTH_MAX, inner);
				around.set(parent, leaves);
			}
			for (const leaf of leaves) put(row, parents.length - at, leaf);
		}
	}
	return {
		rows,
		frames,
		received,
		columns: [...columns].map(([path, column]): Column => ({ path, ...column })),
	};
}

interface Leaf {
	readonly path: string;
	readonly name: string;
	readonly value: Scalar;
	readonly isOneOfMany: boolean;
}

/** Single values in a node. What leads to `inner`, and lists beside it, are not part of it when looking around. */
function leavesOf(
	node: Readonly<Record<string, unknown>>,
	format: PayloadFormat,
	depthMax: number,
	inner: object | undefined,
): readonly Leaf[] {
	const leaves: Leaf[] = [];
	const walk = (value: unknown, path: string, name: string, depth: number, isOneOfMany: boolean): void => {
		if (leaves.length >= LEAVES_MAX || value === null || value === undefined || value === inner) return;
		if (typeof value !== "object") {
			const scalar = scalarOf(value);
			if (scalar !== undefined) leaves.push({ path, name, value: scalar, isOneOfMany });
			return;
		}
		if (depth >= depthMax) return;
		if (Array.isArray(value)) {
			if (inner !== undefined || value.length === 0) return;
			walk(
				value[0],
				format === "xml" ? path : `${path}[0]`,
				name,
				depth + 1,
				isOneOfMany || value.length > 1,
			);
			return;
		}
		for (const [key, child] of Object.entries(value)) {
			if (key === OWN_TEXT) {
				if (path !== "") walk(child, path, name, depth + 1, isOneOfMany);
				continue;
			}
			const step = stepOf(key);
			if (step !== undefined) walk(child, joined(path, step), key, depth + 1, isOneOfMany);
		}
	};
	walk(node, "", "", 0, false);
	return leaves;
}

function scalarOf(value: unknown): Scalar | undefined {
	if (typeof value === "boolean") return value;
	if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
	if (typeof value !== "string") return undefined;
	const text = value.trim();
	return text.length === 0 || text.length > TEXT_MAX ? undefined : text;
}
