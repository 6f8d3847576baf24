import { describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import type { DecodedFrame, Rejection } from "./decoder.js";
import { definition } from "./nextbus.js";

const LAST_TIME = 1465511205612;
const RECEIVED = LAST_TIME + 5000;
const VEHICLE = {
	id: "303",
	routeTag: "SLU",
	dirTag: "SLU_0_var0",
	lat: "47.62073",
	lon: "-122.33842",
	secsSinceReport: "24",
	predictable: "true",
	heading: "270",
	speedKmHr: "7.2",
	block: "B1",
	tripTag: "T1",
	driverId: "4711-Hopper",
	passengerCount: "12",
	leadingVehicleId: "302",
};

const element = (vehicle: object) =>
	`<vehicle ${Object.entries(vehicle)
		.map(([name, value]) => `${name}="${value}"`)
		.join(" ")}/>`;
const xml = (content: string, lastTime: string | number = LAST_TIME) =>
	`<?xml version="1.0" encoding="utf-8" ?>\n<body copyright="All data copyright.">${content}<lastTime time="${lastTime}"/></body>`;
const json = (parts: object) =>
	JSON.stringify({ lastTime: { time: String(LAST_TIME) }, copyright: "All data copyright.", ...parts });

function decode(text: string, options: unknown = {}): DecodedFrame {
	const decoder = definition.create(definition.options.parse(options), {
		timezone: "America/Los_Angeles",
		baseDirectory: ".",
	});
	return decoder.decode({ bytes: new TextEncoder().encode(text), receivedTime: RECEIVED });
}
const first = (vehicle: object) =>
	decode(xml(element({ ...VEHICLE, ...vehicle }))).items[0] as VehicleLocation;

describeDecoder({
	definition,
	samples: [
		{ name: "XML", bytes: xml(element(VEHICLE) + element(VEHICLE)), observations: 2, personal: ["Hopper"] },
		{ name: "JSON", bytes: json({ vehicle: [VEHICLE] }), observations: 1, personal: ["Hopper"] },
		{
			name: "an age that is no number",
			bytes: json({ vehicle: [{ ...VEHICLE, secsSinceReport: "soon" }, VEHICLE] }),
			observations: 1,
			personal: ["Hopper"],
		},
	],
});

describe("nextbus vehicles", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: LAST_TIME - 24_000,
		vehicleId: "303",
		tripId: "T1",
		gtfsRouteId: "SLU",
		blockId: "B1",
		operatorId: "4711-Hopper",
		latitude: 47.62073,
		longitude: -122.33842,
		headingDeg: 270,
		speedMps: 2,
		attributes: {
			dirTag: "SLU_0_var0",
			predictable: true,
			leadingVehicleId: "302",
			passengerCount: 12,
		},
	};

	it("reads XML, JSON, and JSON whose one vehicle is no list", () => {
		for (const text of [
			xml(element(VEHICLE)),
			json({ vehicle: [VEHICLE] }),
			json({ vehicle: VEHICLE }),
			json({ vehicle: { ...VEHICLE, secsSinceReport: 24, lat: 47.62073, speedKmHr: 7.2 } }),
		]) {
			expect(decode(text)).toEqual({ items: [expected], headerTime: LAST_TIME });
		}
	});

	it("takes an answer without vehicles for the good answer that it is", () => {
		expect(decode(xml(""))).toEqual({ items: [], headerTime: LAST_TIME });
		expect(decode(json({}))).toEqual({ items: [], headerTime: LAST_TIME });
		expect(decode('<body copyright="x"/>').failure).toBeUndefined();
	});

	it("counts back from the server's clock, also when the vehicle's clock is ahead of it", () => {
		expect(first({ secsSinceReport: "-3" }).eventTime).toBe(LAST_TIME + 3000);
		expect(first({ secsSinceReport: "0" }).eventTime).toBe(LAST_TIME);
		const unaged = { ...VEHICLE, secsSinceReport: "" };
		expect(first(unaged).eventTime).toBe(LAST_TIME);
	});

	it("counts back from the receipt, and says so, where the server states no time", () => {
		const text = `<body>${element(VEHICLE)}</body>`;
		expect(decode(text).items[0]).toMatchObject({
			eventTime: RECEIVED - 24_000,
			flags: ["time_from_receipt"],
		});
		expect(decode(text).headerTime).toBeUndefined();
		expect(decode(xml(element(VEHICLE), "now")).items[0]).toMatchObject({ flags: ["time_from_receipt"] });
	});

	it("rejects a vehicle whose age cannot be, and only that one", () => {
		for (const secsSinceReport of ["soon", "1e300", "99999999999"]) {
			const { items } = decode(xml(element({ ...VEHICLE, secsSinceReport }) + element(VEHICLE)));
			expect(items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
			expect((items[0] as Rejection).sample).not.toContain("Hopper");
		}
	});

	it("takes negative headings and speeds, and -1 passengers, for unknown", () => {
		for (const heading of ["-1", "-4"]) expect(first({ heading }).headingDeg).toBeUndefined();
		const unknown = first({ heading: "-4", speedKmHr: "-1", passengerCount: "-1" });
		expect(unknown.speedMps).toBeUndefined();
		expect(unknown.flags).toBeUndefined();
		expect(unknown.attributes).not.toHaveProperty("passengerCount");
		expect(first({ heading: "360" }).headingDeg).toBe(0);
		expect(first({ heading: "999" }).flags).toEqual(["value_removed"]);
		expect(first({ speedKmHr: "" }).speedMps).toBeUndefined();
	});

	it("marks a vehicle that cannot be predicted as not in service", () => {
		expect(first({ predictable: "false" })).toMatchObject({
			flags: ["not_in_service"],
			attributes: { predictable: false },
		});
	});

	it("removes a position that cannot be", () => {
		expect(first({ lat: "0", lon: "0" }).flags).toEqual(["position_removed"]);
		expect(first({ lat: "NaN" }).flags).toEqual(["position_removed"]);
	});

	it("loses one vehicle to broken XML, and neither those behind it nor their time", () => {
		const broken = element(VEHICLE).replace('"SLU"', "SLU");
		for (const text of [broken + element(VEHICLE), element(VEHICLE) + broken]) {
			expect(decode(xml(text))).toMatchObject({
				items: [{ vehicleId: "303", eventTime: LAST_TIME - 24_000 }],
				headerTime: LAST_TIME,
				failure: { code: "decode.format" },
			});
		}
		expect(decode(xml(element({ ...VEHICLE, routeTag: "A & B" }))).notices).toHaveLength(1);
	});

	it("is complete only where the configuration says that the poll asks for everything", () => {
		expect(decode(xml(element(VEHICLE))).complete).toBeUndefined();
		expect(decode(xml(element(VEHICLE)), { snapshot: true }).complete).toBe(true);
	});

	it("gives the complete vehicles before a cut, without the time that would have followed", () => {
		const cut = decode(xml(element(VEHICLE) + element(VEHICLE)).slice(0, -60));
		expect(cut.failure?.code).toBe("decode.truncated");
		expect(cut.items[0]).toMatchObject({ vehicleId: "303", flags: ["time_from_receipt"] });
	});
});

describe("nextbus errors inside HTTP 200", () => {
	it("keeps good vehicles beside an error", () => {
		const error = { content: 'last time "t" parameter must be specified', shouldRetry: "false" };
		const beside = decode(json({ vehicle: [VEHICLE], Error: error }));
		expect(beside.items).toHaveLength(1);
		expect(beside.failure?.code).toBe("upstream.error");
		expect(beside.failure?.details["shouldRetry"]).toBe(false);
		const inXml = decode(xml(`${element(VEHICLE)}<Error shouldRetry="true">\n  try\n  later </Error>`));
		expect(inXml.items).toHaveLength(1);
		expect(inXml.failure?.message).toBe("NextBus answers: try later");
		expect(decode(json({ Error: [error, error] })).failure?.code).toBe("upstream.error");
		expect(decode(json({ Error: "text" })).failure?.message).toContain("text");
	});

	it("tells a limit and a key from everything else", () => {
		const code = (text: string) => decode(xml(`<Error shouldRetry="true">${text}</Error>`)).failure?.code;
		expect(code("You have exceeded the maximum amount of data")).toBe("upstream.quota");
		expect(code("Invalid key")).toBe("upstream.key");
		expect(code("Agency parameter a=x is not valid.")).toBe("upstream.error");
	});

	it("refuses answers to other commands and what is not NextBus", () => {
		const refused = [
			'<body copyright="x"><route tag="1"/></body>',
			'<body><predictions routeTag="1"/></body>',
			'<body><agency tag="x"/></body>',
			'{"copyright":"x","route":[{"tag":"1"}]}',
			'{"foo":1}',
			"[]",
			"<foo/>",
			"Service Unavailable",
			"<html><body/></html>",
			"",
		];
		for (const text of refused) {
			expect([text, decode(text).failure?.code, decode(text).items.length]).toEqual([
				text,
				"decode.format",
				0,
			]);
		}
	});

	it("rejects an entry that is no vehicle", () => {
		expect(decode(json({ vehicle: ["303", VEHICLE] })).items.map((item) => item.kind)).toEqual([
			"rejection",
			"vehicle_location",
		]);
	});
});
