import type { VehicleLocation } from "../../src/model/observation.js";
import { isAutomatic } from "../../src/quality/healing/automatic.js";
import { applyEdits, type Edit } from "../../src/quality/healing/edits.js";
import { type Memory, remember } from "../../src/quality/healing/memory.js";
import { propose, type Repair } from "../../src/quality/healing/propose.js";
import type { CapturedPayload } from "../../src/quality/inference/documents.js";
import { COLUMNS, decoderOf, type Stream, write } from "./carrier.js";
import type { Mutation } from "./mutations.js";
import { CALM_FRAMES, MUTATED_FRAMES } from "./run.js";

export interface RepairOutcome {
	readonly stream: string;
	readonly kind: string;
	readonly proposals: readonly Repair[];
	/** Whether anything could restore the records exactly: the opposite of what was done does. */
	readonly isRepairable: boolean;
	/** Whether the first proposal makes of every changed frame exactly the records of the unchanged one. */
	readonly isFirstRight: boolean;
	/** Accepted without a person. */
	readonly isAutomatic: boolean;
	/** Accepted, and the records are neither the original ones nor those that the opposite of what was done gives. */
	readonly isAutomaticWrong: boolean;
}

const memories = new WeakMap<Stream, Memory | undefined>();
const encoder = new TextEncoder();
type Records = readonly VehicleLocation[];

function memoryOf(stream: Stream): Memory | undefined {
	if (memories.has(stream)) return memories.get(stream);
	const decoder = decoderOf(stream);
	const memory = remember(
		stream.frames.slice(0, CALM_FRAMES).map(({ receivedTime, rows }) => {
			const bytes = encoder.encode(write(stream.carrier, rows));
			const { items } = decoder.decode({ bytes, receivedTime });
			return {
				bytes,
				receivedTime,
				items: items.map((item) => (item.kind === "vehicle_location" ? item : undefined)),
			};
		}),
	);
	memories.set(stream, memory);
	return memory;
}

const cleans = new WeakMap<Stream, readonly Records[]>();

function cleanRecords(stream: Stream): readonly Records[] {
	const known = cleans.get(stream);
	if (known !== undefined) return known;
	const made = stream.frames
		.slice(CALM_FRAMES, CALM_FRAMES + MUTATED_FRAMES)
		.map(({ receivedTime, rows }) =>
			recordsOf(stream, encoder.encode(write(stream.carrier, rows)), receivedTime),
		);
	cleans.set(stream, made);
	return made;
}

/** What is proposed of a mutated stream; of the clean one without a mutation. */
export function repairOf(stream: Stream, mutation: Mutation | undefined): RepairOutcome {
	const frames = stream.frames.slice(CALM_FRAMES, CALM_FRAMES + MUTATED_FRAMES);
	const before = stream.frames[CALM_FRAMES - 1]?.rows ?? [];
	const sent = frames.map(({ receivedTime, rows }, step): CapturedPayload => {
		const scene = { step, before, receivedTime };
		const changed = mutation?.rows === undefined ? rows : mutation.rows(rows, scene);
		const text = write(stream.carrier, changed);
		return {
			name: `${step}`,
			receivedTime,
			bytes: encoder.encode(mutation?.text === undefined ? text : mutation.text(text, scene)),
		};
	});
	const memory = memoryOf(stream);
	const proposals = memory === undefined ? [] : propose(memory, sent);
	const [first] = proposals;
	const clean = cleanRecords(stream);
	const made = (edits: readonly Edit[]) =>
		sent.map(({ bytes, receivedTime = 0 }) => {
			const edited = applyEdits(bytes, edits, stream.carrier, receivedTime);
			return edited === undefined ? [] : recordsOf(stream, edited, receivedTime);
		});
	const areSame = (one: readonly Records[], other: readonly Records[]) =>
		one.every((records, at) => isSame(records, other[at] ?? []));
	const opposite = oppositeOf(mutation?.kind ?? "", stream);
	const isRepairable = opposite !== undefined && areSame(made(opposite), clean);
	const repaired = first === undefined ? undefined : made(first.edits);
	const isFirstRight = repaired !== undefined && areSame(repaired, clean);
	const isAccepted =
		first !== undefined && isAutomatic(first, proposals, { confidence: 0.9, vehiclesMin: 10 });
	return {
		stream: stream.name,
		kind: mutation?.kind ?? "clean",
		proposals,
		isRepairable,
		isFirstRight,
		isAutomatic: isAccepted,
		isAutomaticWrong:
			isAccepted &&
			!isFirstRight &&
			!(repaired !== undefined && opposite !== undefined && areSame(repaired, made(opposite))),
	};
}

/** The order in a message means nothing. */
function recordsOf(stream: Stream, bytes: Uint8Array, receivedTime: number): Records {
	const { items } = decoderOf(stream).decode({ bytes, receivedTime });
	const records = items.flatMap((item) => (item.kind === "vehicle_location" ? [item] : []));
	const keyOf = ({ vehicleId, eventTime, latitude, tripId }: VehicleLocation) =>
		JSON.stringify([vehicleId, eventTime, latitude?.toFixed(6), tripId]);
	return records
		.map((record) => [keyOf(record), record] as const)
		.sort((a, b) => (a[0] < b[0] ? -1 : 1))
		.map(([, record]) => record);
}

/** What undoes a mutation, where anything can. */
function oppositeOf(kind: string, { carrier }: Stream): readonly Edit[] | undefined {
	const edits = OPPOSITES[kind];
	if (edits === undefined) return undefined;
	const isPlaced = carrier === "csv" || edits.some((edit) => edit.kind === "records");
	return isPlaced ? edits : [{ kind: "records", from: "vehicles[]", to: "vehicles[]" }, ...edits];
}

const scale = (path: string, factor: number): readonly Edit[] => [{ kind: "scale", path, factor }];
const shift = (by: number): readonly Edit[] => [{ kind: "shift", path: "ts", by }];
const move = (from: string, to: string): Edit => ({ kind: "move", from, to });
const HEADER = ["id", "ts", "lat", "lon", "spd", "trip", "route"];

/** The opposite of what is done, for every kind that takes nothing away. */
const OPPOSITES: Readonly<Record<string, readonly Edit[]>> = {
	"speed: km/h as m/s": scale("spd", 1 / 3.6),
	"speed: mph as m/s": scale("spd", 0.44704),
	"speed: knots as m/s": scale("spd", 1852 / 3600),
	"speed: m/s as mph": scale("spd", 1 / 0.44704),
	"speed: m/s as km/h": scale("spd", 3.6),
	"speed: mph as km/h": scale("spd", 1.609344),
	"speed: cm/s as m/s": scale("spd", 0.01),
	"position: swapped": [{ kind: "swap", one: "lat", other: "lon" }],
	"position: sign of latitude": scale("lat", -1),
	"position: sign of longitude": scale("lon", -1),
	"position: microdegrees": [...scale("lat", 1e-6), ...scale("lon", 1e-6)],
	"time: zone one hour behind": shift(3600),
	"time: zone one hour ahead": shift(-3600),
	"time: zone five hours behind": shift(18_000),
	"time: zone five hours and a half ahead": shift(-19_800),
	"time: milliseconds": scale("ts", 1e-3),
	"time: minutes": scale("ts", 60),
	"time: three years ahead": shift(-3 * 365 * 86_400),
	"time: date lost": [{ kind: "day", path: "ts", unitMs: 1000 }],
	"ids: all of them new, once": [{ kind: "strip", path: "id", prefix: "v2-" }],
	"heading: opposite": [{ kind: "turn", path: "hdg", sign: 1, by: 180 }],
	"heading: counter-clockwise": [{ kind: "turn", path: "hdg", sign: -1, by: 90 }],
	"heading: radians": scale("hdg", 180 / Math.PI),
	"deviation: sign": scale("dev", -1),
	"deviation: minutes": scale("dev", 60),
	"shape: latitude renamed": [move("latitude", "lat")],
	"shape: time renamed": [move("timestamp", "ts")],
	"shape: id renamed": [move("vehicle_id", "id")],
	"shape: speed renamed": [move("speed", "spd")],
	"shape: heading renamed": [move("bearing", "hdg")],
	"shape: trip renamed": [move("trip_id", "trip")],
	"shape: route renamed": [move("line", "route")],
	"shape: all fields renamed": COLUMNS.map((name) => move(`new_${name}`, name)),
	"shape: position nested": [move("position.lat", "lat"), move("position.lon", "lon")],
	"shape: position as text": [
		{ kind: "bare", path: "lat" },
		{ kind: "bare", path: "lon" },
	],
	"shape: time as text with a zone": [{ kind: "respell", path: "ts", from: "iso", to: "epoch-s" }],
	"shape: speed with its unit": [{ kind: "bare", path: "spd" }],
	"shape: list to object": [{ kind: "records", from: "vehicles.*", to: "vehicles[]" }],
	"shape: envelope around it": [{ kind: "records", from: "data.vehicles[]", to: "vehicles[]" }],
	"shape: header gone": [{ kind: "header", columns: HEADER }],
};

/** Numbers may differ in their tenth digit: a factor and its inverse are no exact pair. */
function isSame(one: readonly VehicleLocation[], other: readonly VehicleLocation[]): boolean {
	if (one.length !== other.length) return false;
	return one.every((record, at) => {
		const [a, b] = [
			record as unknown as Record<string, unknown>,
			(other[at] ?? {}) as Record<string, unknown>,
		];
		const names = new Set([...Object.keys(a), ...Object.keys(b)]);
		return [...names].every((name) => {
			const [x, y] = [a[name], b[name]];
			if (typeof x === "number" && typeof y === "number")
				return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x));
			return JSON.stringify(x) === JSON.stringify(y);
		});
	});
}
