import { numberOf } from "../../formats/json.js";

export type Scalar = string | number | boolean;

/** One place in a record, over all records. */
export interface Column {
	/** As a mapping writes it, such as `position.lat` or `^.timestamp`. */
	readonly path: string;
	/** The last name of the path. */
	readonly name: string;
	/** How far outside of the record it lies; 0 inside. */
	readonly up: number;
	/** The first of several in a list of the record: what a record has several of is not what it is about. */
	readonly isOneOfMany: boolean;
	readonly values: readonly (Scalar | undefined)[];
}

/** Records as rows: what the evidence is gathered from. */
export interface Table {
	readonly rows: number;
	/** Of each row: the payload that it is from. */
	readonly frames: Int32Array;
	/** Of each row, epoch milliseconds; NaN where it is not known. */
	readonly received: Float64Array;
	readonly columns: readonly Column[];
}

/** What a column is like, whatever it is called. */
export interface Profile {
	readonly column: Column;
	/** Its place among the columns. */
	readonly order: number;
	/** Share of the rows that have a value. */
	readonly share: number;
	readonly present: number;
	readonly distinct: number;
	/** NaN where there is no number. */
	readonly numbers: Float64Array;
	/** Of the values that are there: numbers, whole ones. */
	readonly numeric: number;
	readonly whole: number;
	/** Digits behind the point, of the middle value. */
	readonly decimals: number;
	readonly min: number;
	readonly max: number;
	/** Values as text; undefined where there is none. */
	readonly texts: readonly (string | undefined)[];
	/** Length of the text, of the middle value. */
	readonly length: number;
	/** Different values per value, within one frame: 1 where nobody shares. */
	readonly ownInFrame: number;
	/** One value in each frame of several rows. */
	readonly isConstantInFrame: boolean;
	readonly isBoolean: boolean;
}

/** Spellings of "nothing is known" that vendors use beside no value at all. */
export const ABSENT_WORDS: ReadonlySet<string> = new Set([
	"N/A",
	"n/a",
	"NA",
	"null",
	"NULL",
	"None",
	"none",
	"-",
	"--",
	"unknown",
]);

export function profileOf(table: Table, column: Column, order: number): Profile {
	const numbers = new Float64Array(table.rows).fill(Number.NaN);
	const texts: (string | undefined)[] = new Array<string | undefined>(table.rows).fill(undefined);
	const seen = new Set<string>();
	const decimals: number[] = [];
	const lengths: number[] = [];
	let present = 0;
	let numeric = 0;
	let whole = 0;
	let booleans = 0;
	let min = Number.POSITIVE_INFINITY;
	let max = Number.NEGATIVE_INFINITY;
	for (let row = 0; row < table.rows; row++) {
		const value = column.values[row];
		if (value === undefined) continue;
		const text = String(value);
		if (ABSENT_WORDS.has(text)) continue;
		present++;
		texts[row] = text;
		seen.add(text);
		lengths.push(text.length);
		if (/^(true|false)$/i.test(text)) booleans++;
		const number = typeof value === "boolean" ? undefined : numberOf(value);
		if (number === undefined) continue;
		numeric++;
		numbers[row] = number;
		if (Number.isInteger(number)) whole++;
		if (number < min) min = number;
		if (number > max) max = number;
		if (number !== 0) decimals.push(decimalsOf(text));
	}
	return {
		column,
		order,
		share: table.rows === 0 ? 0 : present / table.rows,
		present,
		distinct: seen.size,
		numbers,
		numeric: present === 0 ? 0 : numeric / present,
		whole: numeric === 0 ? 0 : whole / numeric,
		decimals: median(decimals) || 0,
		min,
		max,
		texts,
		length: median(lengths) || 0,
		...ownership(table, texts),
		isBoolean: present > 0 && booleans === present,
	};
}

function ownership(
	{ frames, rows }: Table,
	texts: readonly (string | undefined)[],
): { readonly ownInFrame: number; readonly isConstantInFrame: boolean } {
	let own = 0;
	let all = 0;
	let multi = 0;
	let constant = 0;
	for (let from = 0; from < rows; ) {
		let to = from;
		const seen = new Set<string>();
		let present = 0;
		while (to < rows && frames[to] === frames[from]) {
			const text = texts[to++];
			if (text === undefined) continue;
			seen.add(text);
			present++;
		}
		own += seen.size;
		all += present;
		if (present > 1) {
			multi++;
			if (seen.size === 1) constant++;
		}
		from = to;
	}
	return { ownInFrame: all === 0 ? 0 : own / all, isConstantInFrame: multi > 0 && constant === multi };
}

function decimalsOf(text: string): number {
	const point = text.indexOf(".");
	return point < 0 || /e/i.test(text) ? 0 : text.length - point - 1;
}

/** NaN of nothing. Does not change what it is given. */
export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
	if (values.length === 0) return Number.NaN;
	const sorted = Float64Array.from(values).sort();
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

/** Share of the values for which one of `from` always goes with the same of `to`; NaN where they never meet. */
export function determines(from: Profile, to: Profile): number {
	const counts = new Map<string, Map<string, number>>();
	let all = 0;
	for (const [row, key] of from.texts.entries()) {
		const value = to.texts[row];
		if (key === undefined || value === undefined) continue;
		all++;
		const inner = counts.get(key) ?? new Map<string, number>();
		inner.set(value, (inner.get(value) ?? 0) + 1);
		counts.set(key, inner);
	}
	let most = 0;
	for (const inner of counts.values()) most += Math.max(...inner.values());
	return all === 0 ? Number.NaN : most / all;
}

/** The path of the object that a value is in. */
export function parentOf({ column }: Profile): string {
	return column.path.slice(0, Math.max(0, column.path.lastIndexOf(".")));
}

/** Numbers from few digits to many, or with a zero among them, are counted or measured rather than given out. */
export function isMeasure({ numeric, min, length, texts }: Profile): boolean {
	if (numeric < 0.9) return false;
	if (min === 0 || length <= 2) return true;
	return new Set(texts.flatMap((text) => text?.length ?? [])).size >= 3 && length <= 3;
}
