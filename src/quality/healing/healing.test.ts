import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAutomatic } from "./automatic.js";
import { applyEdits, type Edit } from "./edits.js";
import { type GoodFrame, remember } from "./memory.js";
import { propose, type Repair } from "./propose.js";

const START = 1_800_000_000_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Row {
	readonly id: string;
	readonly ts: number;
	readonly lat: number;
	readonly lon: number;
	readonly spd: number;
	readonly trip: string;
}

/** Twelve buses that drive north or east, each at its own speed. */
function rowsAt(step: number): readonly Row[] {
	return Array.from({ length: 12 }, (_, bus) => {
		const speedMps = 4 + bus * 0.61;
		const metres = speedMps * 30 * step;
		return {
			id: `bus-${bus}`,
			ts: START / 1000 + step * 30 - bus,
			lat: Number((41.8 + bus * 0.01 + (bus % 2 === 0 ? metres / 111_195 : 0)).toFixed(6)),
			lon: Number((-87.7 + (bus % 2 === 0 ? 0 : metres / 82_900)).toFixed(6)),
			spd: Number(speedMps.toFixed(2)),
			trip: `trip-${bus}`,
		};
	});
}

const good = Array.from(
	{ length: 10 },
	(_, step): GoodFrame => ({
		bytes: encoder.encode(JSON.stringify({ list: rowsAt(step) })),
		receivedTime: START + step * 30_000,
		items: rowsAt(step).map(({ id, ts, lat, lon, spd, trip }) => ({
			kind: "vehicle_location",
			vehicleId: id,
			eventTime: ts * 1000,
			latitude: lat,
			longitude: lon,
			speedMps: spd,
			tripId: trip,
		})),
	}),
);

const memory = remember(good);

function proposed(
	change: (row: Row) => object,
	wrap: (rows: readonly object[]) => unknown = (list) => ({ list }),
): readonly Repair[] {
	if (memory === undefined) throw new Error("nothing is remembered");
	return propose(
		memory,
		[10, 11, 12, 13, 14].map((step) => ({
			name: `${step}`,
			receivedTime: START + step * 30_000,
			bytes: encoder.encode(JSON.stringify(wrap(rowsAt(step).map(change)))),
		})),
	);
}

const editsOf = ([first]: readonly Repair[]) =>
	(first?.edits ?? []).filter((edit) => edit.kind !== "records" || edit.from !== edit.to);

describe("what is proposed", () => {
	it("is nothing where nothing has changed, and nothing where nobody can tell", () => {
		expect(proposed((row) => row)).toEqual([]);
		expect(proposed(({ spd: _, ...row }) => row)).toEqual([]);
		expect(proposed((row) => ({ ...row, lat: 0, lon: 0 }))).toEqual([]);
		expect(
			proposed(
				(row) => row,
				() => ({}),
			),
		).toEqual([]);
	});

	it.each<[string, (row: Row) => object, readonly Edit[]]>([
		[
			"a field under another name",
			({ lat, ...row }) => ({ ...row, y: lat }),
			[{ kind: "move", from: "y", to: "lat" }],
		],
		[
			"fields inside of another",
			({ lat, lon, ...row }) => ({ ...row, at: { lat, lon } }),
			[
				{ kind: "move", from: "at.lat", to: "lat" },
				{ kind: "move", from: "at.lon", to: "lon" },
			],
		],
		[
			"latitude and longitude swapped",
			({ lat, lon, ...row }) => ({ ...row, lat: lon, lon: lat }),
			[{ kind: "swap", one: "lat", other: "lon" }],
		],
		[
			"miles an hour",
			(row) => ({ ...row, spd: row.spd / 0.44704 }),
			[{ kind: "scale", path: "spd", factor: 0.44704 }],
		],
		[
			"milliseconds",
			(row) => ({ ...row, ts: row.ts * 1000 }),
			[{ kind: "scale", path: "ts", factor: 0.001 }],
		],
		[
			"another zone",
			(row) => ({ ...row, ts: row.ts - 5 * 3600 }),
			[{ kind: "shift", path: "ts", by: 18_000 }],
		],
		[
			"ids of another release",
			(row) => ({ ...row, id: `r2:${row.id}` }),
			[{ kind: "strip", path: "id", prefix: "r2:" }],
		],
	])("puts right %s", (_, change, edits) => {
		expect(editsOf(proposed(change))).toEqual(edits);
	});

	it("finds two changes of one release", () => {
		const repairs = proposed(({ lat, ...row }) => ({ ...row, latitude: lat, ts: row.ts * 1000 }));
		expect(editsOf(repairs)).toEqual([
			{ kind: "move", from: "latitude", to: "lat" },
			{ kind: "scale", path: "ts", factor: 0.001 },
		]);
	});

	it("finds records in an envelope, and under keys", () => {
		expect(
			editsOf(
				proposed(
					(row) => row,
					(list) => ({ data: { list } }),
				),
			),
		).toEqual([{ kind: "records", from: "data.list[]", to: "list[]" }]);
		const keyed = proposed(
			(row) => row,
			(rows) => ({ list: Object.fromEntries(rows.map((row, at) => [`k${at}`, row])) }),
		);
		expect(editsOf(keyed)).toEqual([{ kind: "records", from: "list.*", to: "list[]" }]);
	});
});

describe("what is taken without a person", () => {
	const repair: Repair = { edits: [], confidence: 0.95, vehicles: 20, evidence: [], isLossy: false };
	const rule = { confidence: 0.9, vehiclesMin: 10 };

	it("is sure, agreed on, alone, and loses nothing", () => {
		expect(isAutomatic(repair, [repair], rule)).toBe(true);
		expect(isAutomatic({ ...repair, confidence: 0.89 }, [], rule)).toBe(false);
		expect(isAutomatic({ ...repair, vehicles: 9 }, [], rule)).toBe(false);
		expect(isAutomatic({ ...repair, isLossy: true }, [], rule)).toBe(false);
		expect(isAutomatic(repair, [repair, { ...repair, confidence: 0.8 }], rule)).toBe(false);
	});
});

describe("edits", () => {
	const path = fc.constantFrom("a", "b", "c.d", '"x.y"', "__proto__", "constructor");
	const edit: fc.Arbitrary<Edit> = fc.oneof(
		fc.record({ kind: fc.constant("move" as const), from: path, to: path }),
		fc.record({ kind: fc.constant("swap" as const), one: path, other: path }),
		fc.record({ kind: fc.constant("scale" as const), path, factor: fc.constantFrom(-1, 0.5, 1e6) }),
		fc.record({ kind: fc.constant("shift" as const), path, by: fc.integer() }),
		fc.record({ kind: fc.constant("bare" as const), path }),
		fc.record({ kind: fc.constant("strip" as const), path, prefix: fc.string({ maxLength: 3 }) }),
		fc.record({ kind: fc.constant("day" as const), path, unitMs: fc.constantFrom(1, 1000) }),
	);

	it("give JSON for any JSON, and never reach beyond the payload", () => {
		const check = (value: unknown, edits: readonly Edit[]) => {
			const bytes = encoder.encode(JSON.stringify([value]));
			const edited = applyEdits(bytes, [{ kind: "records", from: "[]", to: "[]" }, ...edits], "json", START);
			if (edited !== undefined) JSON.parse(decoder.decode(edited));
			expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
			expect(Object.getPrototypeOf({})).toBe(Object.prototype);
		};
		fc.assert(fc.property(fc.jsonValue(), fc.array(edit, { maxLength: 5 }), check));
	});

	it("leave what they cannot read to the decoder", () => {
		const broken = encoder.encode('{"list":[{');
		expect(applyEdits(broken, [{ kind: "scale", path: "a", factor: 2 }], "json", START)).toBeUndefined();
		const odd = encoder.encode('{"list":[{"a":"much"},7,null]}');
		const edits: Edit[] = [
			{ kind: "records", from: "list[]", to: "list[]" },
			{ kind: "scale", path: "a", factor: 2 },
		];
		expect(decoder.decode(applyEdits(odd, edits, "json", START))).toBe('{"list":[{"a":"much"},7,null]}');
	});

	it("keep the quotes of CSV", () => {
		const text = encoder.encode('id,name,v\n1,"a, ""b""",2\n');
		const edited = applyEdits(text, [{ kind: "scale", path: "v", factor: 10 }], "csv", START);
		expect(decoder.decode(edited)).toBe('id,name,v\n1,"a, ""b""",20');
	});
});
