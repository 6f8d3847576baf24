import type { Row } from "./carrier.js";

export interface Scene {
	/** Frames since the mutation began, from 0. */
	readonly step: number;
	/** The rows of the last frame before it. */
	readonly before: readonly Row[];
	readonly receivedTime: number;
}

/** What a frame must hold so that anybody could see the mutation. Defined here, before any run. */
export type Evidence =
	/** Five vehicles that drove at 3 m/s or more since the frame before, stating the speed, or the heading. */
	| "speed"
	| "heading"
	/** Five vehicles that are 90 s or more early or late and were so in the frame before. */
	| "deviation"
	/** Five vehicles with a position; ten of them, of which half have moved since the frame before. */
	| "position"
	| "motion"
	/** Five vehicles with a report that is newer than the one before. */
	| "time"
	/** Ten vehicles that were listed in the frame before. */
	| "fleet"
	/** Five vehicles that state the field. */
	| "field:spd"
	| "field:trip"
	| "field:route"
	| "field:hdg"
	| "rows";

export interface Mutation {
	readonly kind: string;
	/** False: a reader must not care, and an alarm is a false one. */
	readonly isMeaningful: boolean;
	readonly evidence: Evidence;
	readonly rows?: (rows: readonly Row[], scene: Scene) => readonly Row[];
	/** Of the text that is sent. */
	readonly text?: (text: string, scene: Scene) => string;
	/** Undefined: any. */
	readonly carrier?: "json" | "csv";
}

const number = (value: unknown): number => Number(value);

function each(change: (row: Row, at: number, scene: Scene) => Row): NonNullable<Mutation["rows"]> {
	return (rows, scene) => rows.map((row, at) => change(row, at, scene));
}

function scaled(column: string, change: (value: number) => unknown) {
	return each((row) => (row[column] === undefined ? row : { ...row, [column]: change(number(row[column])) }));
}

function renamed(from: string, to: string) {
	return each(({ [from]: value, ...row }) => (value === undefined ? row : { ...row, [to]: value }));
}

function mutation(
	kind: string,
	evidence: Evidence,
	rows: NonNullable<Mutation["rows"]>,
	more: Partial<Mutation> = {},
): Mutation {
	return { kind, isMeaningful: true, evidence, rows, ...more };
}

const HOUR = 3600;

const VALUES: readonly Mutation[] = [
	mutation(
		"speed: km/h as m/s",
		"speed",
		scaled("spd", (v) => v * 3.6),
	),
	mutation(
		"speed: mph as m/s",
		"speed",
		scaled("spd", (v) => v / 0.44704),
	),
	mutation(
		"speed: knots as m/s",
		"speed",
		scaled("spd", (v) => (v * 3600) / 1852),
	),
	mutation(
		"speed: m/s as mph",
		"speed",
		scaled("spd", (v) => v * 0.44704),
	),
	mutation(
		"speed: m/s as km/h",
		"speed",
		scaled("spd", (v) => v / 3.6),
	),
	mutation(
		"speed: mph as km/h",
		"speed",
		scaled("spd", (v) => v / 1.609344),
	),
	mutation(
		"speed: always 0",
		"speed",
		scaled("spd", () => 0),
	),
	mutation(
		"speed: cm/s as m/s",
		"speed",
		scaled("spd", (v) => v * 100),
	),
	mutation(
		"position: swapped",
		"position",
		each((row) => ({ ...row, lat: row["lon"], lon: row["lat"] })),
	),
	mutation(
		"position: sign of latitude",
		"position",
		scaled("lat", (v) => -v),
	),
	mutation(
		"position: sign of longitude",
		"position",
		scaled("lon", (v) => -v),
	),
	mutation(
		"position: null island",
		"position",
		each((row) => ({ ...row, lat: 0, lon: 0 })),
	),
	mutation(
		"position: projected metres",
		"position",
		each((row) => ({ ...row, lat: number(row["lat"]) * 111_195, lon: number(row["lon"]) * 82_000 })),
	),
	mutation(
		"position: microdegrees",
		"position",
		each((row) => ({
			...row,
			lat: Math.round(number(row["lat"]) * 1e6),
			lon: Math.round(number(row["lon"]) * 1e6),
		})),
	),
	mutation(
		"position: two decimals",
		"position",
		each((row) => ({ ...row, ...rounded(row, 2) })),
	),
	mutation(
		"position: three decimals",
		"position",
		each((row) => ({ ...row, ...rounded(row, 3) })),
	),
	mutation(
		"position: another datum",
		"position",
		each((row) => ({ ...row, lat: number(row["lat"]) + 0.0006, lon: number(row["lon"]) + 0.0009 })),
	),
	mutation(
		"position: another city",
		"position",
		scaled("lat", (v) => v - 3),
	),
	mutation("position: frozen, times run on", "motion", (rows, { before }) => {
		const known = new Map(before.map((row) => [row["id"], row]));
		return rows.map((row) => {
			const old = known.get(row["id"]);
			return old === undefined ? row : { ...row, lat: old["lat"], lon: old["lon"] };
		});
	}),
	mutation(
		"time: zone one hour behind",
		"time",
		scaled("ts", (v) => v - HOUR),
	),
	mutation(
		"time: zone one hour ahead",
		"time",
		scaled("ts", (v) => v + HOUR),
	),
	mutation(
		"time: zone five hours behind",
		"time",
		scaled("ts", (v) => v - 5 * HOUR),
	),
	mutation(
		"time: zone five hours and a half ahead",
		"time",
		scaled("ts", (v) => v + 5.5 * HOUR),
	),
	mutation(
		"time: milliseconds",
		"time",
		scaled("ts", (v) => v * 1000),
	),
	mutation(
		"time: minutes",
		"time",
		scaled("ts", (v) => Math.floor(v / 60)),
	),
	mutation(
		"time: three years ahead",
		"time",
		scaled("ts", (v) => v + 3 * 365 * 24 * HOUR),
	),
	mutation(
		"time: date lost",
		"time",
		scaled("ts", (v) => v % 86_400),
	),
	mutation("ids: shuffled in each frame", "motion", (rows, { step }) => {
		const ids = rows.map((row) => row["id"]);
		return rows.map((row, at) => ({ ...row, id: ids[(at + 7 * (step + 1)) % ids.length] }));
	}),
	mutation(
		"ids: new ones in each frame",
		"fleet",
		each((row, _, { step }) => ({ ...row, id: `${row["id"]}-${step}` })),
	),
	mutation(
		"ids: all of them new, once",
		"fleet",
		each((row) => ({ ...row, id: `v2-${row["id"]}` })),
	),
	mutation("ids: two vehicles share one", "motion", (rows) => {
		const half = Math.floor(rows.length / 2);
		return rows.map((row, at) => (at < half ? row : { ...row, id: rows[at - half]?.["id"] ?? row["id"] }));
	}),
	mutation("ids: each vehicle twice", "motion", (rows) => [
		...rows,
		...rows.map((row) => ({ ...row, id: `twin-${row["id"]}` })),
	]),
	mutation("fleet: half of it", "fleet", (rows) => rows.filter((_, at) => at % 2 === 0)),
	mutation("fleet: a tenth of it", "fleet", (rows) => rows.filter((_, at) => at % 10 === 0)),
	mutation("fleet: nobody", "fleet", () => []),
	mutation(
		"heading: opposite",
		"heading",
		scaled("hdg", (v) => (v + 180) % 360),
	),
	mutation(
		"heading: counter-clockwise",
		"heading",
		scaled("hdg", (v) => (450 - v) % 360),
	),
	mutation(
		"heading: radians",
		"heading",
		scaled("hdg", (v) => (v * Math.PI) / 180),
	),
	mutation(
		"heading: always 0",
		"heading",
		scaled("hdg", () => 0),
	),
	mutation(
		"deviation: sign",
		"deviation",
		scaled("dev", (v) => -v),
	),
	mutation(
		"deviation: minutes",
		"deviation",
		scaled("dev", (v) => Math.round(v / 6) / 10),
	),
	mutation("rows: most are long over", "time", (rows, { before }) => {
		const known = new Map(before.map((row) => [row["id"], row]));
		return rows.map((row, at) =>
			at % 3 === 0 ? row : { ...(known.get(row["id"]) ?? row), ts: number(row["ts"]) - 6 * HOUR - at * 97 },
		);
	}),
];

const SHAPES: readonly Mutation[] = [
	mutation("shape: latitude renamed", "position", renamed("lat", "latitude")),
	mutation("shape: time renamed", "time", renamed("ts", "timestamp")),
	mutation("shape: id renamed", "rows", renamed("id", "vehicle_id")),
	mutation("shape: speed renamed", "field:spd", renamed("spd", "speed")),
	mutation("shape: heading renamed", "field:hdg", renamed("hdg", "bearing")),
	mutation("shape: trip renamed", "field:trip", renamed("trip", "trip_id")),
	mutation("shape: route renamed", "field:route", renamed("route", "line")),
	mutation(
		"shape: all fields renamed",
		"rows",
		each((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [`new_${name}`, value]))),
	),
	mutation(
		"shape: position nested",
		"position",
		each(({ lat, lon, ...row }) => ({ ...row, position: { lat, lon } })),
		{ carrier: "json" },
	),
	mutation(
		"shape: position as text",
		"position",
		each((row) => ({ ...row, lat: `${row["lat"]}N`, lon: `${row["lon"]}W` })),
	),
	mutation(
		"shape: speed null",
		"field:spd",
		scaled("spd", () => null),
	),
	mutation(
		"shape: trip absent",
		"field:trip",
		each(({ trip: _, ...row }) => row),
	),
	mutation("shape: time as text with a zone", "time", scaled("ts", isoText)),
	mutation(
		"shape: speed with its unit",
		"field:spd",
		scaled("spd", (v) => `${v.toFixed(1)} m/s`),
	),
	{
		kind: "shape: list to object",
		isMeaningful: true,
		evidence: "rows",
		carrier: "json",
		text: (text) => {
			const { vehicles } = JSON.parse(text) as { vehicles: Row[] };
			return JSON.stringify({
				vehicles: Object.fromEntries(vehicles.map((row) => [String(row["id"]), row])),
			});
		},
	},
	{
		kind: "shape: envelope around it",
		isMeaningful: true,
		evidence: "rows",
		carrier: "json",
		text: (text) => `{"data":${text}}`,
	},
	{
		kind: "shape: cut off",
		isMeaningful: true,
		evidence: "rows",
		text: (text) => text.slice(0, Math.floor(text.length * 0.6)),
		carrier: "json",
	},
	{
		kind: "harmless: another delimiter",
		isMeaningful: false,
		evidence: "rows",
		carrier: "csv",
		text: (text) => text.replaceAll(",", ";"),
	},
	{
		kind: "shape: header gone",
		isMeaningful: true,
		evidence: "rows",
		carrier: "csv",
		text: (text) => text.slice(text.indexOf("\n") + 1),
	},
	{
		kind: "shape: a page of HTML",
		isMeaningful: true,
		evidence: "rows",
		text: () => "<html><body>Scheduled maintenance</body></html>",
	},
	mutation(
		"harmless: numbers as text",
		"rows",
		each((row) => textual(row)),
		{ isMeaningful: false },
	),
	mutation(
		"harmless: another field",
		"rows",
		each((row) => ({ ...row, depot: "north" })),
		{ isMeaningful: false },
	),
	mutation(
		"harmless: columns in another order",
		"rows",
		each((row) => Object.fromEntries(Object.entries(row).reverse())),
		{ isMeaningful: false },
	),
	mutation("harmless: rows in another order", "rows", (rows) => [...rows].reverse(), { isMeaningful: false }),
	mutation(
		"harmless: five decimals",
		"position",
		each((row) => ({ ...row, ...rounded(row, 5) })),
		{
			isMeaningful: false,
		},
	),
];

export const MUTATIONS: readonly Mutation[] = Object.freeze([...VALUES, ...SHAPES]);

function rounded(row: Row, digits: number): Row {
	const cut = (value: unknown) => Number(number(value).toFixed(digits));
	return row["lat"] === undefined ? {} : { lat: cut(row["lat"]), lon: cut(row["lon"]) };
}

function textual(row: Row): Row {
	return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
}

function isoText(seconds: number): string {
	return new Date(seconds * 1000).toISOString();
}
