import fc from "fast-check";
import { expect, it } from "vitest";
import { allDeadLetters, allRecords, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { BUILTINS } from "../config/builtins.js";
import type { Decoder } from "../decoders/decoder.js";
import { auditLedger } from "../log/audit.js";
import { createMemoryLog } from "../log/memory-log.js";
import type { VehicleLocation } from "../model/observation.js";
import { ContractGate } from "../quality/contracts/contract-gate.js";
import { isContract, readContract } from "../quality/contracts/read-contract.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { readFrame } from "./reading.js";

const START = 1_795_000_000_000;
const CONTEXT = { timezone: "America/Chicago", baseDirectory: "/nowhere" };
const FIELDS = { vehicleId: "id", latitude: "lat", longitude: "lon", speedMps: "spd" };

function decoderOf(type: string, options: unknown): Decoder {
	const definition = BUILTINS.decoders.find((one) => one.type === type);
	if (definition === undefined) throw new Error(type);
	return definition.create(definition.options.parse(options), CONTEXT);
}

function gate(schema: object, payload = "json"): ContractGate {
	const read = readContract({ "x-contract": { feed: "buses", version: 3, payload }, ...schema });
	if (!isContract(read)) throw new Error(JSON.stringify(read));
	return new ContractGate(read);
}

const ROW = {
	"x-record": true,
	"x-mode": "dead-letter",
	type: "object",
	required: ["id", "lat", "lon"],
	properties: {
		id: { type: "string", "x-semantic": "vehicle-id" },
		lat: { type: "number", "x-semantic": "latitude" },
		lon: { type: "number", "x-semantic": "longitude" },
		spd: { type: "number", "x-semantic": "speed", "x-mode": "discard-value" },
		state: { enum: ["run", "idle"], "x-mode": "evolve" },
	},
};
const LIST = {
	type: "object",
	required: ["vehicles"],
	properties: { vehicles: { type: "array", items: ROW } },
};
const JSON_MAPPING = { records: "vehicles[]", fields: FIELDS, snapshot: true };

interface Row {
	readonly id: unknown;
	readonly lat?: unknown;
	readonly lon?: unknown;
	readonly spd?: unknown;
	readonly state?: string;
}
const good = (id: string): Row => ({ id, lat: 41.8, lon: -87.6, spd: 7, state: "run" });
const bytesOf = (payload: unknown) =>
	new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));

function read(decoder: Decoder, contract: ContractGate, payload: unknown, at = 0) {
	return readFrame({ decoder, contract }, { bytes: bytesOf(payload), receivedTime: START + at, offset: at });
}

it("takes out values and rows that do not fit, flags what lacks one, and keeps account in the ledger", async () => {
	const log = createMemoryLog({ partitions: 2 });
	const { runtime } = createVirtualRuntime({ startTime: START });
	const contract = gate(LIST);
	const one = reader("buses", { decoder: decoderOf("mapping", JSON_MAPPING), contract });
	const { intake, interpreted } = await startIntake(log, runtime, new Map([["buses", [one]]]));
	const frames = [
		{
			vehicles: [
				good("1"),
				{ ...good("2"), spd: 900 },
				{ ...good("3"), lat: "x", driver: "Jane Doe" },
				{ ...good("4"), state: "towed" },
			],
		},
		{ vehicles: [] },
		{ fleet: [] },
		{ vehicles: [good("1"), good("2"), good("3"), good("4")] },
	];
	for (const [at, frame] of frames.entries()) {
		await intake.receive("buses", 0, [
			{ bytes: bytesOf(frame), receivedTime: START + at * 30_000, connection: "test" },
		]);
		await intake.idle();
	}
	await intake.close();
	expect((await auditLedger(log, { sinks: [] })).findings).toEqual([]);
	const records = await allRecords(log);
	const first = records.filter(({ origin }) => origin.receivedTime === START);
	expect(
		first
			.map(({ body, flags }) => [(body as VehicleLocation).vehicleId, flags.includes("contract_value")])
			.sort(),
	).toEqual([
		["1", false],
		["2", true],
		["4", false],
	]);
	expect(records.every(({ origin }) => origin.contract === "buses@3")).toBe(true);
	expect(await ledgerSum(log, "guards", "contract_value")).toBe(1);
	const letters = await allDeadLetters(log);
	expect(letters.map(({ code, message }) => [code, message])).toEqual([
		["contract.refused", "Contract buses@3: vehicles[].lat is string where number is expected"],
		["decode.format", expect.stringContaining("leads nowhere")],
	]);
	expect(JSON.stringify(letters)).not.toContain("Jane");
	expect(
		interpreted.flatMap(({ contractNews }) =>
			contractNews.map(({ level, details }) => [level, details["path"]]),
		),
	).toEqual([
		["warn", "vehicles[].spd"],
		["warn", "vehicles[].lat"],
		["info", "vehicles[].driver"],
		["info", "vehicles[].state"],
		["info", "fleet"],
		["info", "vehicles"],
	]);
	expect(contract.status()).toMatchObject({
		records: 8,
		refusedRecords: 1,
		lackingRecords: 1,
		recentShare: 0.25,
	});
});

it("does not take who was refused for gone", () => {
	const contract = gate(LIST);
	const decoder = decoderOf("mapping", JSON_MAPPING);
	expect(read(decoder, contract, { vehicles: [good("1"), good("2")] }).decoded.complete).toBe(true);
	expect(read(decoder, contract, { vehicles: [good("1"), { ...good("2"), lat: 99 }] }).decoded.complete).toBe(
		false,
	);
	expect(
		read(decoder, contract, { vehicles: [good("1"), { ...good("2"), spd: 999 }] }).decoded.complete,
	).toBe(true);
});

it("refuses a payload for what is of no record, and a frozen one for a new name", () => {
	const decoder = decoderOf("mapping", JSON_MAPPING);
	const strict = gate({ ...LIST, "x-mode": "dead-letter" });
	expect(read(decoder, strict, { vehicles: 7 }).decoded).toMatchObject({
		items: [],
		failure: { code: "contract.refused", message: expect.stringContaining("vehicles is number where array") },
	});
	const frozen = gate({ ...LIST, "x-mode": "freeze" });
	expect(read(decoder, frozen, { vehicles: [good("1")] }).decoded.items).toHaveLength(1);
	expect(read(decoder, frozen, { vehicles: [good("1")], page: 1 }).decoded.failure?.code).toBe(
		"contract.refused",
	);
	const lines = `${JSON.stringify({ vehicles: [good("1")] })}\n${JSON.stringify({ vehicles: 7 })}\n`;
	expect(read(decoder, strict, lines).decoded).toMatchObject({
		items: [{ vehicleId: "1" }, { kind: "rejection", code: "contract.refused" }],
	});
});

it("tells once of what goes on, and after an hour how often it was", () => {
	const contract = gate(LIST);
	const decoder = decoderOf("mapping", JSON_MAPPING);
	const bad = { vehicles: [{ ...good("1"), spd: 999 }] };
	const news = [];
	for (let minute = 0; minute <= 60; minute++)
		news.push(...read(decoder, contract, bad, minute * 60_000).contractNews);
	expect(news.map(({ details }) => details["count"])).toEqual([1, 60]);
});

it.each([
	[
		"mapping",
		{ format: "xml", records: "r.v[]", fields: FIELDS },
		"<r><v><id>1</id><lat>41.8</lat><lon>-87.6</lon><spd>900</spd></v><v><id>2</id><lat>41.8</lat><lon>-87.6</lon></v></r>",
		{ properties: { r: { properties: { v: { type: "array", items: ROW } } } } },
		"xml",
	],
	[
		"mapping",
		{ format: "csv", fields: FIELDS },
		"id,lat,lon,spd\n1,41.8,-87.6,900\n2,41.8,-87.6,\n",
		{ type: "array", items: ROW },
		"csv",
	],
	[
		"swiftly",
		{},
		{
			success: true,
			data: {
				vehicles: [
					{ id: "1", loc: { lat: 41.8, lon: -87.6, speed: 900 } },
					{ id: "2", loc: { lat: 41.8, lon: -87.6 } },
				],
			},
		},
		swiftlySchema(),
		"json",
	],
	[
		"nextbus",
		{},
		'<body><vehicle id="1" lat="41.8" lon="-87.6" speedKmHr="900"/><vehicle id="2" lat="41.8" lon="-87.6"/></body>',
		nextbusSchema(),
		"xml",
	],
] as const)("works on what decoder %s parses: %o", (type, options, payload, schema, kind) => {
	const { decoded } = read(decoderOf(type, options), gate(schema, kind), payload);
	expect(decoded.items).toMatchObject([
		{ vehicleId: "1", flags: expect.arrayContaining(["contract_value"]) },
		{ vehicleId: "2" },
	]);
	const [first, second] = decoded.items as VehicleLocation[];
	expect(first?.speedMps).toBeUndefined();
	expect(second?.flags ?? []).not.toContain("contract_value");
});

function swiftlySchema() {
	const speed = { type: "number", "x-semantic": "speed", "x-mode": "discard-value" };
	const loc = { properties: { speed, lat: {}, lon: {} } };
	const row = { "x-record": true, properties: { id: { "x-semantic": "vehicle-id" }, loc } };
	return { properties: { data: { properties: { vehicles: { items: row } } } } };
}

function nextbusSchema() {
	const speed = { type: "number", "x-semantic": { is: "speed", unit: "km/h" }, "x-mode": "discard-value" };
	const row = {
		"x-record": true,
		properties: { "@id": { "x-semantic": "vehicle-id" }, "@speedKmHr": speed },
	};
	return { properties: { body: { properties: { vehicle: { type: "array", items: row } } } } };
}

/** Rows that fit, and rows that do not in one way or several; modes as they come. */
const odd = fc.constantFrom<Partial<Row>>(
	{ lat: 99 },
	{ lat: "x" },
	{ id: 7 },
	{ lon: undefined },
	{ spd: 900 },
	{ spd: "fast" },
	{ state: "towed" },
);
const fleet = fc.array(fc.option(fc.array(odd, { minLength: 1, maxLength: 3 }), { nil: undefined }), {
	maxLength: 20,
});
const mode = fc.constantFrom("evolve", "freeze", "discard-value", "dead-letter");

it("never makes a good record of another row disappear, or change", () => {
	fc.assert(
		fc.property(fleet, mode, mode, mode, (faults, ofRow, ofSpeed, ofTop) => {
			const properties = { ...ROW.properties, spd: { ...ROW.properties.spd, "x-mode": ofSpeed } };
			const items = { ...ROW, "x-mode": ofRow, properties };
			const schema = { ...LIST, "x-mode": ofTop, properties: { vehicles: { type: "array", items } } };
			const rows = faults.map((fault, at) => Object.assign({}, good(`bus-${at}`), ...(fault ?? [])));
			const decoder = decoderOf("mapping", JSON_MAPPING);
			const alone = decoder.decode({ bytes: bytesOf({ vehicles: rows }), receivedTime: START })
				.items as VehicleLocation[];
			const { decoded } = read(decoder, gate(schema), { vehicles: rows });
			for (const [at, fault] of faults.entries()) {
				if (fault !== undefined) continue;
				const id = `bus-${at}`;
				expect(decoded.items).toContainEqual(alone.find((item) => item.vehicleId === id));
			}
			const refused = decoded.items.filter(({ kind }) => kind === "rejection").length;
			const before = alone.filter(({ kind }) => (kind as string) === "rejection").length;
			// Without its vehicle, a record is nobody's.
			if (ofRow === "evolve" && (ofSpeed === "evolve" || ofSpeed === "discard-value"))
				expect(refused).toBe(before);
		}),
		{ numRuns: 200 },
	);
});
