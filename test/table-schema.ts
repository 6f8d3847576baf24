import { parse } from "csv-parse/sync";

/** The parts of a Frictionless table schema that TIDES uses. */
export interface TableSchema {
	readonly primaryKey: string;
	readonly missingValues: readonly string[];
	readonly fields: readonly {
		readonly name: string;
		readonly type: string;
		readonly constraints?: {
			readonly required?: boolean;
			readonly unique?: boolean;
			readonly minimum?: number;
			readonly maximum?: number;
			readonly enum?: readonly string[];
		};
	}[];
}

const TYPES: Readonly<Record<string, RegExp>> = {
	string: /^/,
	date: /^\d{4}-\d{2}-\d{2}$/,
	datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/,
	integer: /^[+-]?\d+$/,
	number: /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/,
};

/**
 * What is wrong with a table, by the rules of the Frictionless Table Schema. The CSV itself is read by a parser that the
 * hub does not use.
 */
export function tableFaults(csv: string, schema: TableSchema): string[] {
	const [header = [], ...rows] = parse(csv) as string[][];
	const names = schema.fields.map(({ name }) => name);
	const faults: string[] = [];
	if (header.join() !== names.join()) faults.push(`the header is ${header.join()}`);
	const seen = new Map<string, Set<string>>();
	for (const [at, row] of rows.entries()) {
		for (const [column, field] of schema.fields.entries()) {
			const cell = row[column] ?? "";
			const fault = cellFault(cell, field, schema.missingValues);
			if (fault) faults.push(`row ${at + 1}, ${field.name}: ${JSON.stringify(cell)} ${fault}`);
			if (field.constraints?.unique !== true && field.name !== schema.primaryKey) continue;
			const known = seen.get(field.name) ?? new Set();
			seen.set(field.name, known);
			if (known.has(cell)) faults.push(`row ${at + 1}, ${field.name}: ${JSON.stringify(cell)} stands twice`);
			known.add(cell);
		}
	}
	return faults;
}

function cellFault(
	cell: string,
	{ type, constraints = {} }: TableSchema["fields"][number],
	missing: readonly string[],
): string | undefined {
	if (missing.includes(cell)) return constraints.required ? "is missing" : undefined;
	const pattern = TYPES[type];
	if (!pattern?.test(cell)) return `is no ${type}`;
	if ((type === "date" || type === "datetime") && Number.isNaN(Date.parse(cell)))
		return `is not in the calendar`;
	if (constraints.enum && !constraints.enum.includes(cell)) return "is not in the list";
	if (constraints.minimum !== undefined && !(Number(cell) >= constraints.minimum)) return "is too small";
	if (constraints.maximum !== undefined && !(Number(cell) <= constraints.maximum)) return "is too large";
	return undefined;
}
