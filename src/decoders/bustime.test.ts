import { describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./bustime.js";
import type { DecodedFrame, Rejection } from "./decoder.js";

const RECEIVED = Date.parse("2025-06-17T18:47:10Z");
const VEHICLE = {
	vid: "0845",
	tmstmp: "20250617 11:46:45",
	lat: "33.94542",
	lon: "-118.37536",
	hdg: "90",
	pid: 14,
	rt: "5",
	des: "LAX Transit Center",
	pdist: 24863,
	dly: false,
	spd: 15,
	tatripid: "37064",
	origtatripno: "37064",
	tripid: 533020,
	tablockid: "112",
	blk: 902,
	zone: "",
	mode: 1,
	psgld: "HALF_EMPTY",
	srvtmstmp: "20250617 11:47:00",
	oid: "123791",
	or: false,
	rid: "211",
	stst: 90061,
	stsd: "2025-06-17",
	tripdyn: 0,
};

const json = (vehicle: unknown, error?: unknown) =>
	JSON.stringify({ "bustime-response": { vehicle, error } });
const xml = (content: string) => `<?xml version="1.0"?><bustime-response>${content}</bustime-response>`;
const asXml = (vehicle: object) =>
	`<vehicle>${Object.entries(vehicle)
		.map(([name, value]) => `<${name}>${value}</${name}>`)
		.join("")}</vehicle>`;

function decode(
	text: string,
	options: unknown = {},
	timezone = "America/Los_Angeles",
	received = RECEIVED,
): DecodedFrame {
	const decoder = definition.create(definition.options.parse(options), { timezone, baseDirectory: "." });
	return decoder.decode({ bytes: new TextEncoder().encode(text), receivedTime: received });
}
const first = (vehicle: object, options: unknown = {}) =>
	decode(json([{ ...VEHICLE, ...vehicle }]), options).items[0] as VehicleLocation;

describeDecoder({
	definition,
	context: { timezone: "America/Los_Angeles" },
	samples: [
		{ name: "JSON", bytes: json([VEHICLE, { ...VEHICLE, vid: 12 }]), observations: 2, personal: ["123791"] },
		{ name: "XML", bytes: xml(asXml(VEHICLE)), observations: 1, personal: ["123791"] },
		{
			name: "a time that cannot be read",
			bytes: json([{ ...VEHICLE, tmstmp: "17.06.2025" }, VEHICLE]),
			observations: 1,
			personal: ["123791"],
		},
	],
});

describe("bustime vehicles", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: Date.parse("2025-06-17T18:46:45Z"),
		resolutionMs: 1000,
		vehicleId: "0845",
		tripId: "37064",
		gtfsRouteId: "5",
		serviceDate: "20250617",
		startTime: "25:01:01",
		blockId: "112",
		runId: "211",
		operatorId: "123791",
		latitude: 33.94542,
		longitude: -118.37536,
		headingDeg: 90,
		speedMps: 15 * 0.44704,
		occupancyStatus: "few_seats_available",
		attributes: {
			pid: 14,
			pdist: 24863,
			des: "LAX Transit Center",
			dly: false,
			or: false,
			mode: 1,
			tripdyn: 0,
			origtatripno: "37064",
			tripid: "533020",
			blk: "902",
		},
	};

	it("states the work of a vehicle once for each trip, where it is asked to", () => {
		const decoded = decode(json([VEHICLE, { ...VEHICLE, stst: undefined }]), { assignments: true });
		expect(decoded.items.map((item) => item.kind)).toEqual([
			"vehicle_location",
			"assignment",
			"vehicle_location",
		]);
		// 90061 s after the midnight that begins 17 June is 01:01:01 of the 18th.
		expect(decoded.items[1]).toEqual({
			kind: "assignment",
			action: "assigned",
			eventTime: Date.parse("2025-06-18T08:01:01Z"),
			resolutionMs: 1000,
			vehicleId: "0845",
			tripId: "37064",
			gtfsRouteId: "5",
			serviceDate: "20250617",
			startTime: "25:01:01",
			blockId: "112",
			runId: "211",
			operatorId: "123791",
		});
		const later = decode(json([{ ...VEHICLE, lat: "33.95", tmstmp: "20250617 11:47:45" }]), {
			assignments: true,
		});
		expect(later.items[1]).toEqual(decoded.items[1]);
		const none = decode(json([{ ...VEHICLE, tatripid: "N/A", tablockid: "" }]), { assignments: true });
		expect(none.items).toHaveLength(1);
	});

	it("reads JSON with numbers or text, and XML, alike", () => {
		const asText = Object.fromEntries(Object.entries(VEHICLE).map(([name, value]) => [name, String(value)]));
		const asNumbers = {
			...VEHICLE,
			lat: 33.94542,
			lon: -118.37536,
			hdg: 90,
			tatripid: 37064,
			rt: 5,
			oid: 123791,
		};
		for (const text of [
			json([VEHICLE]),
			json(VEHICLE),
			json([asText]),
			json([asNumbers]),
			xml(asXml(VEHICLE)),
			`\uFEFF${json([VEHICLE])}`,
		]) {
			expect(decode(text)).toEqual({ items: [expected], headerTime: Date.parse("2025-06-17T18:47:00Z") });
		}
	});

	it("keeps leading zeros of the vehicle, and takes a number where a site writes one", () => {
		expect(first({ vid: "0007" }).vehicleId).toBe("0007");
		expect(first({ vid: 7 }).vehicleId).toBe("7");
	});

	it("reads a time without seconds as a whole minute", () => {
		expect(first({ tmstmp: "20250617 11:46" })).toMatchObject({
			eventTime: Date.parse("2025-06-17T18:46:00Z"),
			resolutionMs: 60_000,
		});
	});

	it("reads the time of sites that were set to epoch milliseconds or seconds", () => {
		expect(first({ tmstmp: 1750186005123 })).toMatchObject({ eventTime: 1750186005123, resolutionMs: 1 });
		expect(first({ tmstmp: "1750186005" })).toMatchObject({ eventTime: 1750186005000, resolutionMs: 1000 });
	});

	it("takes the reading of a repeated hour that is nearest to the receipt, and flags it", () => {
		const text = json([{ vid: "1", tmstmp: "20251102 01:30:00" }]);
		const read = (received: string) => decode(text, {}, "America/Los_Angeles", Date.parse(received)).items[0];
		expect(read("2025-11-02T08:31:00Z")).toMatchObject({
			eventTime: Date.parse("2025-11-02T08:30:00Z"),
			flags: ["ambiguous_local_time"],
		});
		expect(read("2025-11-02T09:31:00Z")).toMatchObject({ eventTime: Date.parse("2025-11-02T09:30:00Z") });
		const skipped = decode(json([{ vid: "1", tmstmp: "20250309 02:30:00" }])).items[0];
		expect(skipped).toMatchObject({ flags: ["skipped_local_time"] });
	});

	it("rejects a vehicle whose time cannot be read, and only that one", () => {
		for (const tmstmp of ["20250230 10:00:00", "20250617 24:01", "noon", { a: 1 }, "20250617"]) {
			const { items } = decode(json([{ ...VEHICLE, tmstmp }, VEHICLE]));
			expect(items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location"]);
			const rejection = items[0] as Rejection;
			expect([rejection.code, rejection.sample?.includes("123791")]).toEqual(["record.value", false]);
		}
		expect(first({ tmstmp: "N/A" }).eventTime).toBeUndefined();
		expect(first({ tmstmp: "" }).kind).toBe("vehicle_location");
	});

	it("takes N/A, empty, U and -1 for unknown, and an unassigned vehicle for not in service", () => {
		const none = {
			rt: "U",
			pid: -1,
			pdist: 0,
			des: "",
			tatripid: "N/A",
			origtatripno: "",
			tablockid: "N/A",
			zone: "",
			psgld: "N/A",
			oid: "N/A",
			rid: "N/A",
			hdg: "-1",
			spd: "N/A",
		};
		const { vid, tmstmp, lat, lon, or } = VEHICLE;
		expect(decode(json([{ vid, tmstmp, lat, lon, or: true, ...none }])).items).toEqual([
			{
				kind: "vehicle_location",
				eventTime: expected.eventTime,
				resolutionMs: 1000,
				vehicleId: "0845",
				latitude: 33.94542,
				longitude: -118.37536,
				attributes: { or: true },
				flags: ["not_in_service"],
			},
		]);
		expect(or).toBe(false);
	});

	it("lets the configuration choose which fields are the trip and the block", () => {
		expect(first({}, { tripField: "tripid", blockField: "blk" })).toMatchObject({
			tripId: "533020",
			blockId: "902",
			attributes: { tatripid: "37064", tablockid: "112" },
		});
		expect(first({}, { speedUnit: "km/h" }).speedMps).toBeCloseTo(15 / 3.6);
	});

	it("keeps the inner blanks of a block", () => {
		expect(first({ tablockid: " 23 -352 " }).blockId).toBe("23 -352");
	});

	it("reads delay in XML as stated only where it is there", () => {
		const late = decode(xml("<vehicle><vid>1</vid><dly>true</dly></vehicle><vehicle><vid>2</vid></vehicle>"));
		expect(late.items.map((item) => (item as VehicleLocation).attributes)).toEqual([
			{ dly: true },
			undefined,
		]);
	});

	it("maps loads and dynamic trips", () => {
		expect(first({ psgld: "FULL" }).occupancyStatus).toBe("full");
		expect(first({ psgld: "EMPTY" }).occupancyStatus).toBe("empty");
		expect(first({ psgld: "SARDINES" }).flags).toEqual(["value_removed"]);
		expect(first({ tripdyn: 1 }).scheduleRelationship).toBe("canceled");
		expect(first({ tripdyn: "8" }).scheduleRelationship).toBe("added");
		expect(first({ tripdyn: 4 }).scheduleRelationship).toBeUndefined();
	});

	it.each([12, 16, 17])("keeps dynamic state %i from riders, under either name and in text too", (state) => {
		expect(first({ tripdyn: state }).flags).toEqual(["not_for_riders"]);
		expect(first({ dyn: String(state) }).flags).toEqual(["not_for_riders"]);
		expect(first({ tripdyn: 0, dyn: state }).flags).toEqual(["not_for_riders"]);
		const row = `<vehicle><vid>1</vid><dyn>${state}</dyn></vehicle>`;
		expect(decode(xml(row)).items[0]).toMatchObject({
			flags: ["not_for_riders"],
			attributes: { dyn: state },
		});
	});

	it("keeps no other dynamic state from them", () => {
		for (const state of [0, 1, 2, 3, 4, 6, 8, 9, 10, 11, 13, 14, 15, 18, 19]) {
			expect(first({ tripdyn: state }).flags).toBeUndefined();
		}
	});

	it("reads stopstatus the way BusTime means it, which is not that of GTFS-realtime", () => {
		const at = { stopid: "1234", gtfsseq: 7, sequence: 9, timepointid: -1 };
		expect(first({ ...at, stopstatus: 0 })).toMatchObject({
			currentStatus: "stopped_at",
			stopId: "1234",
			currentStopSequence: 7,
			attributes: { sequence: 9 },
		});
		expect(first({ ...at, stopstatus: "1" }).currentStatus).toBe("incoming_at");
		expect(first({ ...at, stopstatus: 2 }).currentStatus).toBeUndefined();
		expect(first({ stopid: "-1", stopstatus: "N/A", gtfsseq: -1 })).toMatchObject({
			stopId: undefined,
			currentStatus: undefined,
			currentStopSequence: undefined,
		});
	});

	it("keeps every id of trip and block, and the scheduled start, for whoever matches them", () => {
		const ids = {
			tatripid: "108",
			origtatripno: "254455166",
			tripid: "661020",
			tablockid: "2 -701",
			blk: 102,
		};
		expect(first({ ...ids, stst: 37_560, stsd: "2020-03-08" })).toMatchObject({
			tripId: "108",
			blockId: "2 -701",
			serviceDate: "20200308",
			startTime: "10:26:00",
			attributes: { origtatripno: "254455166", tripid: "661020", blk: "102" },
		});
		expect(first(ids, { tripField: "origtatripno" }).tripId).toBe("254455166");
	});

	it("says of a limit that it is that of the day, so that nobody asks again before midnight", () => {
		const failure = decode(
			json(undefined, [{ msg: "Transaction limit for current day has been exceeded." }]),
		).failure;
		expect(failure).toMatchObject({ code: "upstream.quota", details: { window: "day" } });
		expect(decode(json(undefined, [{ msg: "Invalid API access key supplied" }])).failure).toMatchObject({
			code: "upstream.key",
			details: {},
		});
	});

	it("removes what cannot be: speeds of aircraft, headings beyond the circle, positions of a dead receiver", () => {
		expect(first({ spd: 500 })).toMatchObject({ flags: ["value_removed"] });
		expect(first({ spd: 255 })?.flags).toBeUndefined();
		expect(first({ spd: 255 }).speedMps).toBeUndefined();
		expect(first({ hdg: "400" })).toMatchObject({ flags: ["value_removed"] });
		expect(first({ lat: "0.0", lon: "0.0" })).toMatchObject({ flags: ["position_removed"] });
		expect(first({ lat: "N/A", lon: "N/A" }).flags).toBeUndefined();
		expect(first({ lat: null, lon: "-118" })).toMatchObject({ flags: ["position_removed"] });
		expect(first({ stst: -1 }).startTime).toBeUndefined();
		expect(first({ vid: "x".repeat(300) })).toMatchObject({ flags: ["value_removed"] });
	});

	it("rejects an entry that is no vehicle, and reads the others", () => {
		const { items } = decode(json(["0845", VEHICLE, null]));
		expect(items.map((item) => item.kind)).toEqual(["rejection", "vehicle_location", "rejection"]);
	});

	it("gives the complete vehicles before a cut", () => {
		const cut = decode(xml(asXml(VEHICLE) + asXml(VEHICLE)).slice(0, -60));
		expect(cut.items).toHaveLength(1);
		expect(cut.failure?.code).toBe("decode.truncated");
		expect(decode(json([VEHICLE]).slice(0, -9)).failure?.code).toBe("decode.truncated");
	});

	it("loses one vehicle to broken XML, and not those behind it", () => {
		const broken = asXml(VEHICLE).replace("</lat>", "</lag>");
		const { items, failure } = decode(
			xml(asXml(VEHICLE) + broken + asXml({ ...VEHICLE, des: "5th & Main" })),
		);
		expect(items).toHaveLength(2);
		expect((items[1] as VehicleLocation).attributes?.["des"]).toBe("5th & Main");
		expect(failure?.code).toBe("decode.format");
	});

	it("is complete only where the configuration says that the call names every route", () => {
		expect(decode(json([VEHICLE])).complete).toBeUndefined();
		expect(decode(json([VEHICLE]), { snapshot: true }).complete).toBe(true);
		expect(decode(json([VEHICLE], [{ msg: "boom" }]), { snapshot: true }).complete).toBeUndefined();
	});
});

describe("bustime errors inside HTTP 200", () => {
	it("counts 'no data found' as the normal answer that it is", () => {
		for (const text of [
			json(undefined, [{ rt: "12", msg: "No data found for parameter" }]),
			json(undefined, { rt: "12", msg: "No data found for parameter" }),
			xml("<error><rt>12</rt><msg>No data found for parameter</msg></error>"),
		]) {
			expect(decode(text)).toEqual({ items: [], notices: ["No data found for parameter (rt 12)"] });
		}
	});

	it("keeps good vehicles beside errors", () => {
		const mixed = decode(
			json([VEHICLE], [{ vid: "9", msg: "No data found for parameter" }, { msg: "boom" }]),
		);
		expect(mixed.items).toHaveLength(1);
		expect(mixed.notices).toHaveLength(1);
		expect(mixed.failure?.code).toBe("upstream.error");
		const inXml = decode(xml(`${asXml(VEHICLE)}<error><msg>boom</msg></error>`));
		expect([inXml.items.length, inXml.failure?.message]).toEqual([1, "BusTime answers: boom"]);
	});

	it("tells a wrong key and a used-up quota from everything else, and puts the worst first", () => {
		const code = (...messages: string[]) =>
			decode(
				json(
					undefined,
					messages.map((msg) => ({ msg })),
				),
			).failure?.code;
		expect(code("Invalid API access key supplied")).toBe("upstream.key");
		expect(code("No API access key supplied")).toBe("upstream.key");
		expect(code("Transaction limit for current day has been exceeded.")).toBe("upstream.quota");
		expect(code("Internal server error", "Invalid API access key supplied")).toBe("upstream.key");
		expect(code("Unsupported function")).toBe("upstream.error");
	});

	it("never repeats the key that upstream complains about", () => {
		const failure = decode(
			json(undefined, [{ key: "s3cret", msg: "Invalid API access key supplied" }]),
		).failure;
		expect(failure?.message).not.toContain("s3cret");
	});

	it("refuses answers to other calls and what is not BusTime", () => {
		const codes = [
			JSON.stringify({ "bustime-response": { prd: [{ stpid: "1" }] } }),
			xml("<prd><stpid>1</stpid></prd>"),
			"<foo/>",
			"{}",
			"[]",
			"",
			"<html>",
			"OK",
		].map((text) => decode(text).failure?.code);
		expect(codes).toEqual(Array(8).fill("decode.format"));
		expect(decode('{"bustime-response":{}}').failure).toBeUndefined();
		expect(decode('{"bustime-response":{"vehicle":[]}}')).toEqual({ items: [] });
	});
});
