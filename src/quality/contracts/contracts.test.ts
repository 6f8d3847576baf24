import { expect, it } from "vitest";
import { parseXml } from "../../formats/xml.js";
import { checkPayload } from "./check-payload.js";
import type { Contract } from "./contract.js";
import { isContract, readContract } from "./read-contract.js";

const HEADER = { "x-contract": { feed: "metro-avl", version: 1 } };

function contract(document: object, header: object = {}): Contract {
	const read = readContract({ "x-contract": { ...HEADER["x-contract"], ...header }, ...document });
	if (!isContract(read)) throw new Error(JSON.stringify(read));
	return read;
}

function faults(document: unknown) {
	const read = readContract(document);
	if (isContract(read)) throw new Error("it was taken for a contract");
	return read;
}

const VEHICLES = {
	type: "object",
	required: ["vehicles"],
	properties: {
		vehicles: {
			type: "array",
			items: {
				"x-record": true,
				"x-mode": "dead-letter",
				type: "object",
				required: ["vid", "lat"],
				properties: {
					vid: { type: "string", "x-semantic": "vehicle-id" },
					lat: { type: "number", "x-semantic": "latitude" },
					spd: { type: "number", "x-semantic": { is: "speed", unit: "km/h" }, "x-mode": "discard-value" },
					state: { enum: ["run", "idle"], "x-mode": "evolve" },
				},
			},
		},
	},
};

it("finds what is not as the contract says, with its path, its mode and its record, and no value", () => {
	const rows = [
		{ vid: "7", lat: 41.8, spd: 900, state: "towed" },
		{ vid: 8, lat: 141 },
		{ lat: 41.9, extra: "Jane Doe" },
		{ vid: "9", lat: 41.7, spd: 30, state: "run" },
	];
	const { records, findings, counts } = checkPayload(contract(VEHICLES), { vehicles: rows });
	expect(records).toBe(4);
	expect(
		findings.map(({ path, keyword, mode, record }) => [
			path,
			keyword,
			mode,
			rows.indexOf(record?.value as never),
		]),
	).toEqual([
		["vehicles[].spd", "x-semantic", "discard-value", 0],
		["vehicles[].vid", "type", "dead-letter", 1],
		["vehicles[].lat", "x-semantic", "dead-letter", 1],
		["vehicles[].vid", "required", "dead-letter", 2],
	]);
	expect([...counts.values()].map(({ breach, count }) => [breach.path, breach.mode, count])).toContainEqual([
		"vehicles[].extra",
		"evolve",
		1,
	]);
	expect(JSON.stringify([...counts])).not.toMatch(/Jane|towed/);
});

it("reads XML and CSV, in which all is text, an empty text is nothing, and one element is a list of one", () => {
	const xml = contract(
		{
			properties: {
				r: { properties: { v: { type: "array", items: VEHICLES.properties.vehicles.items } } },
			},
		},
		{ payload: "xml" },
	);
	const look = (text: string) => {
		const { root } = parseXml(new TextEncoder().encode(text));
		return checkPayload(xml, { name: "", attributes: {}, children: [root], text: "", complete: true });
	};
	expect(look("<r><v><vid>7</vid><lat>41.8</lat><spd/></v></r>")).toMatchObject({ records: 1, findings: [] });
	expect(look("<r><v><vid>7</vid><lat>x</lat></v><v><vid/><lat>1</lat></v></r>").findings).toMatchObject([
		{ path: "r.v[].lat", keyword: "type" },
		{ path: "r.v[].vid", keyword: "required" },
	]);
	const csv = contract({ type: "array", items: VEHICLES.properties.vehicles.items }, { payload: "csv" });
	expect(
		checkPayload(csv, [
			{ vid: "7", lat: "41.8", spd: "" },
			{ vid: "8", lat: "120" },
		]).findings,
	).toMatchObject([{ path: "[].lat", keyword: "x-semantic" }]);
});

it("freezes a shape: a new name is refused, and only there", () => {
	const frozen = contract({
		"x-mode": "freeze",
		properties: { a: { "x-record": true, properties: { b: {} } } },
	});
	const { findings } = checkPayload(frozen, { a: { b: 1, c: 2 }, d: 3 });
	expect(findings.map(({ path, mode, record }) => [path, mode, record !== undefined])).toEqual([
		["a.c", "freeze", true],
		["d", "freeze", false],
	]);
});

it("names each contradiction with its place", () => {
	const wrong = {
		...HEADER,
		type: "object",
		"x-mode": "freeze",
		additionalProperties: true,
		required: ["gone"],
		properties: {
			a: { type: "string", minimum: 3 },
			b: { enum: [] },
			c: { type: "number", enum: ["x"] },
			d: { minimum: 5, maximum: 2 },
			e: { type: "boolean", "x-semantic": "latitude" },
			f: { "x-semantic": "local-time" },
			g: { "x-semantic": { is: "speed", unit: "furlongs" } },
			h: { "x-mode": "maybe" },
			gone: false,
		},
	};
	expect(faults(wrong).map(({ path }) => path)).toEqual([
		"/properties/a/minimum",
		"/properties/b/enum",
		"/properties/c/enum",
		"/properties/d/minimum",
		"/properties/e/x-semantic",
		"/properties/f/x-semantic",
		"/properties/g/x-semantic",
		"/properties/h/x-mode",
		"/required",
		"/x-mode",
	]);
	for (const { message, mend } of faults(wrong)) expect(`${message}; ${mend}`).toMatch(/^.{20,300}$/s);
});

it("refuses hostile contracts: for ever, outside, around and around, and too much", () => {
	const say = (schema: object) =>
		faults({ ...HEADER, ...schema }).map(({ path, message }) => `${path} ${message}`);
	expect(say({ properties: { a: { pattern: "(?=a)b" } } })[0]).toMatch(
		/^\/properties\/a\/pattern .*looking ahead/,
	);
	expect(say({ properties: { a: { pattern: "(a)\\1" } } })[0]).toMatch(/back reference/);
	expect(say({ properties: { a: { $ref: "https://vendor.test/a.json" } } })[0]).toMatch(/nothing is fetched/);
	expect(say({ properties: { a: { $ref: "#" } } })[0]).toMatch(/which it is a part of/);
	expect(
		say({ $defs: { a: { items: { $ref: "#/$defs/b" } }, b: { items: { $ref: "#/$defs/a" } } } })[0],
	).toMatch(/part of/);
	expect(say({ $ref: "#/$defs/none" })[0]).toMatch(/is not there/);
	const laughs: Record<string, object> = { l0: { type: "string" } };
	for (let at = 1; at < 40; at++) {
		const $ref = `#/$defs/l${at - 1}`;
		laughs[`l${at}`] = { allOf: [{ $ref }, { $ref }] };
	}
	expect(say({ $defs: laughs, $ref: "#/$defs/l39" })[0]).toMatch(/written out, the contract has \d+/);
	let deep: object = { type: "string" };
	for (let at = 0; at < 200; at++) deep = { items: deep };
	expect(say(deep)[0]).toMatch(/nested deeper than 64/);
	const around: Record<string, unknown> = { ...HEADER };
	around["not"] = around;
	expect(faults(around)[0]?.message).toMatch(/nested deeper/);
	const properties = Object.fromEntries(Array.from({ length: 6000 }, (_, at) => [`p${at}`, {}]));
	expect(say({ properties })).toHaveLength(1);
	for (const value of [undefined, null, [], "x", 7, true]) expect(faults(value)).toHaveLength(1);
});

it("is quick where a pattern would take for ever by trying", () => {
	const slow = contract({
		properties: { a: { type: "string", pattern: "^(a+)+$", "x-mode": "dead-letter" } },
	});
	expect(checkPayload(slow, { a: `${"a".repeat(3000)}!` }).findings).toHaveLength(1);
	expect(checkPayload(slow, { a: "a".repeat(3000) }).findings).toHaveLength(0);
});
