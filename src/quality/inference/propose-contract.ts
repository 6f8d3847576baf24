import { type Documents, OWN_TEXT, type PayloadFormat } from "./documents.js";
import type { Finding } from "./finding.js";

/** What captured payloads look like, as a contract says it: everything passes (mode `evolve`), and what is new is told. */
export function proposedContract(
	{ format, documents, csv }: Documents,
	records: string,
	findings: readonly Finding[],
): Readonly<Record<string, unknown>> {
	const way = stepsOf(records);
	const learner = new Learner(format);
	const root = new Shape();
	for (const document of documents) learner.learn(root, document.root, way);
	for (const shape of learner.records) for (const finding of findings) mean(shape, finding);
	return {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		"x-contract": {
			feed: "proposed",
			version: 1,
			payload: format,
			...(csv === undefined ? {} : { csv }),
			note: "Proposed by wayside infer from captured payloads. Everything passes; set x-mode where it must not.",
		},
		...written(root, format),
	};
}

/** Names of one object, and of all: more are keys, or nobody's contract. */
const NAMES_MAX = 120;
const SHAPES_MAX = 600;
const DEPTH_MAX = 16;
const RECORDS_MAX = 8;

/** What stood in one place. */
class Shape {
	readonly types = new Set<string>();
	readonly names = new Map<string, { readonly shape: Shape; count: number }>();
	objects = 0;
	items: Shape | undefined;
	/** Of an object whose names are keys. */
	entries: Shape | undefined;
	isRecord = false;
	semantic: unknown;
}

class Learner {
	/** Where records begin. */
	readonly records = new Set<Shape>();
	readonly #isText: boolean;
	#shapes = 0;

	constructor(format: PayloadFormat) {
		this.#isText = format !== "json";
	}

	/** `way`: the steps from here to the records; undefined beside it. */
	learn(shape: Shape, value: unknown, way: readonly string[] | undefined, depth = 0): void {
		if (depth > DEPTH_MAX) return;
		if (Array.isArray(value)) {
			shape.types.add("array");
			shape.items ??= new Shape();
			const inner = way?.[0] === "[]" ? way.slice(1) : this.#isText ? way : undefined;
			for (const item of value) this.learn(shape.items, item, inner, depth + 1);
			return;
		}
		if (typeof value !== "object" || value === null) {
			shape.types.add(value === null ? "null" : typeof value);
			return;
		}
		shape.types.add("object");
		shape.objects++;
		if (way?.length === 0 && this.records.size < RECORDS_MAX) {
			shape.isRecord = true;
			this.records.add(shape);
		}
		if (way?.[0] === "*") {
			shape.entries ??= new Shape();
			for (const entry of Object.values(value)) this.learn(shape.entries, entry, way.slice(1), depth + 1);
			return;
		}
		for (const [name, inner] of Object.entries(value))
			this.#name(shape, name === OWN_TEXT ? "#text" : name, inner, way, depth);
	}

	#name(shape: Shape, name: string, value: unknown, way: readonly string[] | undefined, depth: number): void {
		let known = shape.names.get(name);
		if (known === undefined) {
			if (shape.names.size >= NAMES_MAX || ++this.#shapes > SHAPES_MAX) return;
			known = { shape: new Shape(), count: 0 };
			shape.names.set(name, known);
		}
		// An empty text of XML and CSV is how nothing is said.
		if (!(this.#isText && value === "")) known.count++;
		this.learn(known.shape, value, way?.[0] === name ? way.slice(1) : undefined, depth + 1);
	}
}

/** `a.b[].c` as a, b, [], c. */
function stepsOf(path: string): readonly string[] {
	if (path === ".") return [];
	const steps = path.match(/"[^"]*"|\[\]|[^.[\]"]+/g) ?? [];
	return steps.map((step) => step.replaceAll('"', ""));
}

const MEANINGS: Readonly<Partial<Record<Finding["field"], string>>> = {
	vehicleId: "vehicle-id",
	latitude: "latitude",
	longitude: "longitude",
	headingDeg: "heading",
	tripId: "trip",
	gtfsRouteId: "route",
};

/** Says of a value what it means, where a contract can. */
function mean(record: Shape, { field, path, reading }: Finding): void {
	if (/[[\]"^/]/.test(path) || reading["template"] !== undefined || reading["scale"] !== undefined) return;
	let shape: Shape | undefined = record;
	for (const name of path.split(".")) shape = shape?.names.get(name)?.shape;
	if (shape === undefined || shape.types.has("object") || shape.types.has("array")) return;
	const { zone, unit } = reading;
	const format = reading["time"] ?? "iso";
	if (field === "eventTime")
		shape.semantic = zone === undefined ? { is: "time", format } : { is: "local-time", zone, format };
	else if (field === "speedMps") shape.semantic = unit === undefined ? undefined : { is: "speed", unit };
	else shape.semantic = MEANINGS[field];
}

function written(shape: Shape, format: PayloadFormat): Readonly<Record<string, unknown>> {
	const types = [...shape.types].sort();
	const isPlain = !types.includes("object") && !types.includes("array");
	// Where all is text, what a text must look like is said by its meaning only.
	const said =
		format === "json" || !isPlain
			? types.filter((type) => isPlain || type !== "null" || format === "json")
			: [];
	const required = [...shape.names].flatMap(([name, { count }]) => (count === shape.objects ? [name] : []));
	return {
		...(shape.isRecord ? { "x-record": true } : {}),
		...(said.length === 0 ? {} : { type: said.length === 1 ? said[0] : said }),
		...(shape.semantic === undefined ? {} : { "x-semantic": shape.semantic }),
		...(shape.items === undefined ? {} : { items: written(shape.items, format) }),
		...(shape.entries === undefined ? {} : { additionalProperties: written(shape.entries, format) }),
		...(required.length === 0 ? {} : { required }),
		...(shape.names.size === 0
			? {}
			: {
					properties: Object.fromEntries(
						[...shape.names].map(([name, inner]) => [name, written(inner.shape, format)]),
					),
				}),
	};
}
