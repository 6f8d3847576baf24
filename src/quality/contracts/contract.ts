import type { LinearPattern } from "../../formats/linear-pattern.js";

/**
 * A contract: what the payloads of a feed look like, as JSON Schema 2020-12 with a vocabulary of ours (docs/contracts.md).
 * Its schema is of the payload as a whole: JSON as it is; CSV as a list of rows, each an object by the names of its header;
 * XML as objects by the names of elements, with the root element's name at the top, repeated elements as a list,
 * attributes as `@name` and the text of an element that has either as `#text`.
 *
 * Keywords of ours: `x-contract` (once, at the top: `ContractHeader`), `x-record` (true where one record begins),
 * `x-mode` (`Mode`; for all below it that says nothing else) and `x-semantic` (`Semantic`, or its name alone). Other names
 * that begin with `x-` are notes, which nobody reads.
 */
export interface Contract {
	readonly header: ContractHeader;
	readonly root: ContractNode;
	/** As it was read: what `contract diff` shows and whoever proposes another version begins with. */
	readonly document: Readonly<Record<string, unknown>>;
}

export const PAYLOAD_KINDS = ["json", "xml", "csv"] as const;
export type ContractPayload = (typeof PAYLOAD_KINDS)[number];

export const COMPATIBILITIES = ["backward", "forward", "full"] as const;
export type Compatibility = (typeof COMPATIBILITIES)[number];

export interface ContractHeader {
	/** Name of the feed in the configuration. */
	readonly feed: string;
	/** Counts up from 1; `metro-avl.v3.yaml` has version 3. */
	readonly version: number;
	/** What payloads are written in. Default: json. */
	readonly payload: ContractPayload;
	/** What a later version must be able to do for this one. Default: forward. */
	readonly compatibility: Compatibility;
	/** Of CSV: character between two cells (default: comma), and names of columns where payloads have no header. */
	readonly csv?: { readonly delimiter: string; readonly columns?: readonly string[] | undefined };
}

/**
 * What happens when a payload is not as the contract says.
 * - `evolve`: it passes, and is told once.
 * - `freeze`: the record is refused, or the payload where it is not of one record; a name that the contract does not have
 *   counts too.
 * - `discard-value`: the value is taken out, and the record is flagged `contract_value`; names that the contract does not
 *   have are taken out unseen.
 * - `dead-letter`: the record (or the payload) is refused.
 */
export const MODES = ["evolve", "freeze", "discard-value", "dead-letter"] as const;
export type Mode = (typeof MODES)[number];

/** Meanings that a value can have, and the field of an observation that holds it (`mapping` has the same names and units). */
export const SEMANTICS = {
	"vehicle-id": "vehicleId",
	"vehicle-label": "vehicleLabel",
	trip: "tripId",
	route: "gtfsRouteId",
	block: "blockId",
	run: "runId",
	operator: "operatorId",
	stop: "stopId",
	direction: "directionId",
	latitude: "latitude",
	longitude: "longitude",
	heading: "headingDeg",
	speed: "speedMps",
	odometer: "odometerM",
	time: "eventTime",
	"local-time": "eventTime",
	"service-date": "serviceDate",
	deviation: "scheduleDeviationS",
	status: "currentStatus",
	occupancy: "occupancyStatus",
} as const;
export type SemanticName = keyof typeof SEMANTICS;

/** Units by meaning; the first is the default. A time may also be a pattern such as `yyyy-MM-dd HH:mm:ss`. */
export const SEMANTIC_UNITS = {
	speed: ["m/s", "km/h", "mph", "kn"],
	odometer: ["m", "km", "mi", "ft"],
	deviation: ["s", "min", "h", "ms", "iso-duration"],
	time: ["iso", "epoch-s", "epoch-ms", "epoch-us", "seconds-ago", "minutes-ago"],
} as const;

export interface Semantic {
	readonly is: SemanticName;
	/** Of speed, odometer and deviation. */
	readonly unit?: string | undefined;
	/** Of time and local time: a unit of `time`, or a pattern. */
	readonly format?: string | undefined;
	/** Of local time: IANA name. */
	readonly zone?: string | undefined;
	/** Of a deviation: the sign of a late vehicle. */
	readonly late?: "positive" | "negative" | undefined;
}

export const JSON_TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** A schema inside a contract, compiled. What is absent says nothing. */
export interface ContractNode {
	/** Where it stands in the contract: a JSON pointer. */
	readonly at: string;
	/** The schema `false`: nothing may be here. */
	readonly isNever: boolean;
	readonly ref: ContractNode | undefined;
	readonly types: ReadonlySet<JsonType> | undefined;
	/** Values that are allowed, as canonical JSON. */
	readonly allowed: ReadonlySet<string> | undefined;
	readonly minimum: number | undefined;
	readonly maximum: number | undefined;
	readonly exclusiveMinimum: number | undefined;
	readonly exclusiveMaximum: number | undefined;
	readonly multipleOf: number | undefined;
	readonly minLength: number | undefined;
	readonly maxLength: number | undefined;
	readonly pattern: LinearPattern | undefined;
	readonly minItems: number | undefined;
	readonly maxItems: number | undefined;
	readonly uniqueItems: boolean;
	readonly prefixItems: readonly ContractNode[];
	readonly items: ContractNode | undefined;
	readonly contains: ContractNode | undefined;
	readonly minContains: number | undefined;
	readonly maxContains: number | undefined;
	readonly minProperties: number | undefined;
	readonly maxProperties: number | undefined;
	readonly properties: ReadonlyMap<string, ContractNode>;
	readonly patternProperties: readonly (readonly [LinearPattern, ContractNode])[];
	readonly additional: ContractNode | undefined;
	readonly propertyNames: ContractNode | undefined;
	readonly required: readonly string[];
	readonly dependentRequired: ReadonlyMap<string, readonly string[]>;
	readonly dependentSchemas: ReadonlyMap<string, ContractNode>;
	readonly allOf: readonly ContractNode[];
	readonly anyOf: readonly ContractNode[];
	readonly oneOf: readonly ContractNode[];
	readonly not: ContractNode | undefined;
	readonly if: ContractNode | undefined;
	readonly then: ContractNode | undefined;
	readonly else: ContractNode | undefined;
	readonly mode: Mode | undefined;
	readonly semantic: Semantic | undefined;
	readonly isRecord: boolean;
}

/** Something in a contract that keeps it from being one. */
export interface ContractFault {
	/** JSON pointer in the contract; empty for the contract as a whole. */
	readonly path: string;
	readonly message: string;
	readonly mend: string;
}
