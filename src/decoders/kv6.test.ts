import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { TripUpdate, VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import type { DecodedFrame, Rejection } from "./decoder.js";
import { definition } from "./kv6.js";

const NAMESPACE = "http://bison.connekt.nl/tmi8/kv6/msg";
const FIELDS = {
	dataownercode: "KEOLIS",
	lineplanningnumber: "5302",
	operatingday: "2026-07-04",
	journeynumber: "45780",
	reinforcementnumber: "0",
	userstopcode: "50100410",
	passagesequencenumber: "0",
	timestamp: "2026-07-04T20:47:07.946+02:00",
	source: "VEHICLE",
	vehiclenumber: "1017",
	punctuality: "125",
	"rd-x": "155000",
	"rd-y": "463000",
};

const event = (name: string, fields: object = FIELDS) =>
	`<${name}>${Object.entries(fields)
		.map(([field, value]) => `<${field}>${value}</${field}>`)
		.join("")}</${name}>`;
const push = (content: string, dossier = "KV6posinfo") =>
	`<?xml version="1.0" encoding="utf-8"?><VV_TM_PUSH xmlns="${NAMESPACE}"><SubscriberID>X</SubscriberID><Version>BISON 8.1.2.0</Version><DossierName>${dossier}</DossierName><Timestamp>2026-07-04T20:47:08.9590298+02:00</Timestamp>${content}</VV_TM_PUSH>`;
const info = (...events: string[]) => push(`<KV6posinfo>${events.join("")}</KV6posinfo>`);

function decode(text: string | Uint8Array, options: unknown = {}): DecodedFrame {
	const decoder = definition.create(definition.options.parse(options), {
		timezone: "Europe/Amsterdam",
		baseDirectory: ".",
	});
	const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
	return decoder.decode({ bytes, receivedTime: Date.parse("2026-07-04T18:47:10Z") });
}
const first = (name: string, fields: object = {}) =>
	decode(info(event(name, { ...FIELDS, ...fields }))).items[0] as VehicleLocation;
const without = (...names: string[]) =>
	Object.fromEntries(Object.entries(FIELDS).filter(([name]) => !names.includes(name)));

const ALL = ["INIT", "DEPARTURE", "ARRIVAL", "ONSTOP", "ONROUTE", "OFFROUTE", "END"] as const;

describeDecoder({
	definition,
	context: { timezone: "Europe/Amsterdam" },
	samples: [
		{ name: "every event", bytes: info(...ALL.map((name) => event(name)), event("DELAY")), observations: 8 },
		{ name: "gzip", bytes: gzipSync(info(event("ONSTOP"))), observations: 1 },
	],
});

describe("kv6 events", () => {
	const expected = {
		kind: "vehicle_location",
		eventTime: Date.parse("2026-07-04T18:47:07.946Z"),
		vehicleId: "KEOLIS:1017",
		tripId: "KEOLIS:5302:45780",
		gtfsRouteId: "KEOLIS:5302",
		serviceDate: "20260704",
		scheduleDeviationS: 125,
		stopId: "50100410",
		currentStatus: "stopped_at",
		latitude: expect.closeTo(52.155172, 5),
		longitude: expect.closeTo(5.387204, 5),
		attributes: { event: "ONSTOP", source: "VEHICLE", userstopcode: "50100410", passagesequencenumber: 0 },
	};

	it("reads a push with any namespace prefix, with a byte-order mark, gzipped or in UTF-16", () => {
		const text = info(event("ONSTOP"));
		const prefixed = text.replaceAll(/<(\/?)(?!\?)/g, "<$1tmi8:").replace("xmlns=", "xmlns:tmi8=");
		for (const bytes of [
			text,
			prefixed,
			`\uFEFF${text}`,
			gzipSync(text),
			gzipSync(`\uFEFF${prefixed}`),
			Buffer.from(`\uFEFF${text}`, "utf16le"),
		]) {
			const { items, failure, headerTime } = decode(bytes);
			expect(failure).toBeUndefined();
			expect(headerTime).toBe(Date.parse("2026-07-04T18:47:08.959Z"));
			expect(items).toEqual([expected]);
		}
	});

	it("reads every event, in the order of the push, in one KV6posinfo or in many", () => {
		const names = [...ALL, "DELAY"];
		const inOne = decode(info(...names.map((name) => event(name))));
		const inMany = decode(push(names.map((name) => `<KV6posinfo>${event(name)}</KV6posinfo>`).join("")));
		expect(inOne.items.map((item) => (item as VehicleLocation).attributes?.["event"])).toEqual(names);
		expect(inMany.items).toEqual(inOne.items);
	});

	it("knows the stop that a vehicle is at, and does not take the one behind it for its next", () => {
		for (const name of ["ARRIVAL", "ONSTOP"] as const) {
			expect(first(name)).toMatchObject({ stopId: "50100410", currentStatus: "stopped_at" });
		}
		for (const name of ["INIT", "DEPARTURE", "ONROUTE", "OFFROUTE", "END"] as const) {
			expect([first(name).stopId, first(name).currentStatus]).toEqual([undefined, undefined]);
			expect(first(name).attributes?.["userstopcode"]).toBe("50100410");
		}
		expect(first("ONROUTE", { distancesincelastuserstop: "350" }).attributes).toMatchObject({
			distancesincelastuserstop: 350,
		});
		expect(first("END").flags).toEqual(["not_in_service"]);
	});

	it("makes a delay without a vehicle a forecast of the trip, positive when late", () => {
		const delay = (punctuality: string) =>
			decode(info(event("DELAY", { ...without("vehiclenumber", "rd-x", "rd-y"), punctuality })))
				.items[0] as TripUpdate;
		expect(delay("125")).toEqual({
			kind: "trip_update",
			eventTime: expected.eventTime,
			tripId: "KEOLIS:5302:45780",
			gtfsRouteId: "KEOLIS:5302",
			serviceDate: "20260704",
			delayS: 125,
			stopTimeUpdates: [],
			attributes: { event: "DELAY", source: "VEHICLE", userstopcode: "50100410", passagesequencenumber: 0 },
		});
		expect(delay("-30").delayS).toBe(-30);
		expect(delay("0").delayS).toBe(0);
	});

	it("leaves the trip as the subject where a departure names no vehicle", () => {
		const departure = decode(info(event("DEPARTURE", without("vehiclenumber")))).items[0] as VehicleLocation;
		expect(departure).toMatchObject({ tripId: "KEOLIS:5302:45780", serviceDate: "20260704" });
		expect(departure.vehicleId).toBeUndefined();
	});

	it("keeps reinforcements of one journey apart, unless the configuration says otherwise", () => {
		expect(first("ONSTOP", { reinforcementnumber: "2" })).toMatchObject({
			tripId: "KEOLIS:5302:45780:2",
			attributes: { reinforcementnumber: 2 },
		});
		const fields = { ...FIELDS, reinforcementnumber: "2" };
		const joined = decode(info(event("ONSTOP", fields)), { tripIdWithReinforcement: false }).items[0];
		expect((joined as VehicleLocation).tripId).toBe("KEOLIS:5302:45780");
	});

	it("takes -1, 0 and nothing for no fix, and removes metres outside of the Netherlands", () => {
		for (const none of ["-1", "0", ""]) {
			const fixless = first("ONSTOP", { "rd-x": none, "rd-y": none });
			expect([fixless.latitude, fixless.flags]).toEqual([undefined, undefined]);
		}
		for (const [x, y] of [
			["155000", "0"],
			["463000", "155000"],
			["x", "y"],
			["9e99", "9e99"],
		]) {
			expect(first("ONSTOP", { "rd-x": x, "rd-y": y }).flags).toEqual(["position_removed"]);
		}
	});

	it("reads block, coaches and accessibility where they are stated", () => {
		expect(
			first("INIT", { blockcode: "7", numberofcoaches: "3", wheelchairaccessible: "ACCESSIBLE" }),
		).toMatchObject({
			blockId: "7",
			wheelchairAccessible: "wheelchair_accessible",
			attributes: { numberofcoaches: 3 },
		});
		expect(first("INIT", { omloopnumber: "12" }).blockId).toBe("12");
	});

	it("rejects an event that it does not know and a time that it cannot read, and only these", () => {
		const { items } = decode(
			info(event("TELEPORT"), event("ONSTOP", { ...FIELDS, timestamp: "yesterday" }), event("ONSTOP")),
		);
		expect(items.map((item) => (item as Rejection).code ?? item.kind)).toEqual([
			"decode.record",
			"record.value",
			"vehicle_location",
		]);
		expect((items[0] as Rejection).sample).toContain("TELEPORT");
		expect(first("ONSTOP", { punctuality: "soon" }).flags).toEqual(["value_removed"]);
	});
});

describe("kv6 pushes without positions", () => {
	it("counts a heartbeat", () => {
		expect(decode(push(""))).toEqual({
			items: [],
			headerTime: Date.parse("2026-07-04T18:47:08.959Z"),
			notices: ["KV6 heartbeat"],
		});
	});

	it("refuses other dossiers, answers to pushes, and what is not KV6", () => {
		const texts = [
			push("<KV15messages/>", "KV15messages"),
			`<VV_TM_RES xmlns="${NAMESPACE}"><ResponseCode>OK</ResponseCode></VV_TM_RES>`,
			"<foo/>",
			"{}",
			"",
			gzipSync("not XML"),
			new Uint8Array([0x1f, 0x8b, 1, 2, 3]),
		];
		for (const text of texts) {
			expect(decode(text)).toMatchObject({ items: [], failure: { code: "decode.format" } });
			expect(decode(text).notices).toBeUndefined();
		}
	});

	it("gives the complete events before a cut, also of gzip", () => {
		const text = info(
			...Array.from({ length: 200 }, (_, n) => event("ONSTOP", { ...FIELDS, vehiclenumber: n })),
		);
		for (const bytes of [new TextEncoder().encode(text).subarray(0, 9000), gzipSync(text).subarray(0, 600)]) {
			const cut = decode(bytes);
			expect(cut.failure?.code).toBe("decode.truncated");
			expect(cut.items.length).toBeGreaterThan(5);
			expect(cut.items.length).toBeLessThan(200);
		}
	});

	it("loses one group of events to broken XML, and not those behind it", () => {
		const group = (content: string) => `<KV6posinfo>${content}</KV6posinfo>`;
		const broken = event("ONSTOP").replace("</source>", "</sourcf>");
		const { items, failure } = decode(push(group(event("ONSTOP")) + group(broken) + group(event("END"))));
		expect(items.map((item) => (item as VehicleLocation).attributes?.["event"])).toEqual(["ONSTOP", "END"]);
		expect(failure?.code).toBe("decode.format");
	});

	it("refuses a small frame that unpacks to a huge one", () => {
		const bomb = gzipSync(new Uint8Array(20 * 1024 * 1024));
		expect(bomb.length).toBeLessThan(100_000);
		expect(decode(bomb).failure?.code).toBe("decode.limit");
	});
});
