import { describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import type { Rejection } from "./decoder.js";
import { definition } from "./mapping.js";

const RECEIVED = Date.parse("2026-03-10T12:00:00Z");

function decode(options: unknown, payload: unknown, timezone = "America/Chicago") {
	const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
	return definition
		.create(definition.options.parse(options), { timezone, baseDirectory: "." })
		.decode({ bytes, receivedTime: RECEIVED });
}

/** One record `{...}` with a vehicle `v`, read with these fields. */
function one(
	fields: Record<string, unknown>,
	record: Record<string, unknown>,
	rest: Record<string, unknown> = {},
) {
	const { items } = decode({ ...rest, fields: { vehicleId: "v", ...fields } }, { v: "7", ...record });
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

const rejection = (fields: Record<string, unknown>, record: Record<string, unknown>) =>
	one(fields, record) as unknown as Rejection;

function problems(options: unknown): string {
	const result = definition.options.safeParse(options);
	return result.success ? "" : JSON.stringify(result.error.issues);
}

describe("mapping: where values are", () => {
	it("finds records at a path, in a list, in one object, and under names that nobody knows before", () => {
		const fields = { vehicleId: "v" };
		const ids = (options: Record<string, unknown>, payload: unknown) =>
			decode({ ...options, fields }, payload).items.map((item) => (item as VehicleLocation).vehicleId);
		expect(ids({ records: "a.b[]" }, { a: { b: [{ v: 1 }, { v: 2 }] } })).toEqual(["1", "2"]);
		expect(ids({ records: "a.b" }, { a: { b: [{ v: 1 }, { v: 2 }] } })).toEqual(["1", "2"]);
		expect(ids({ records: "a.b[]" }, { a: { b: { v: 1 } } })).toEqual(["1"]);
		expect(ids({}, [{ v: 1 }, { v: 2 }])).toEqual(["1", "2"]);
		expect(ids({}, '{"v":1}\n{"v":2}\n')).toEqual(["1", "2"]);
		expect(ids({ records: "buses.*[]" }, { buses: { "9": [{ v: 1 }], "-1": [{ v: 2 }] } })).toEqual([
			"1",
			"2",
		]);
		expect(ids({ records: "a[-1].b[0]" }, { a: [{}, { b: [{ v: 3 }] }] })).toEqual(["3"]);
		expect(ids({ records: '"a.b".c' }, { "a.b": { c: [{ v: 4 }] } })).toEqual(["4"]);
	});

	it("trap: a list of none has its place, another payload has not", () => {
		const options = { records: "a.b[]", fields: { vehicleId: "v" } };
		expect(decode(options, { a: { b: [] } })).toEqual({ items: [] });
		expect(decode(options, { x: 1, y: 2 }).failure?.message).toBe(
			'the path "a.b[]" of records leads nowhere; the document has x, y at its top',
		);
		expect(decode({ ...options, recordsMissing: "empty" }, { x: 1 })).toEqual({ items: [] });
	});

	it("reads XML with prefixes, attributes and repeated elements", () => {
		const xml =
			'<?xml version="1.0"?><r:Resp xmlns:r="urn:x"><r:Bus id="1"><Pos lat="1.5">x</Pos><Lon>2.5</Lon></r:Bus><r:Bus id="2"/></r:Resp>';
		const options = {
			format: "xml",
			records: "Resp.Bus",
			fields: { vehicleId: "@id", latitude: "Pos.@lat", longitude: "Lon" },
		};
		expect(decode(options, xml).items).toMatchObject([
			{ vehicleId: "1", latitude: 1.5, longitude: 2.5 },
			{ vehicleId: "2" },
		]);
		expect(decode(options, "<Resp></Resp>")).toEqual({ items: [] });
		expect(decode(options, "<Other><a/></Other>").failure?.message).toContain("the document has Other");
		const cut = decode(options, `${xml.slice(0, xml.indexOf("</r:Bus>"))}`);
		expect(cut.failure?.code).toBe("decode.truncated");
		expect(cut.items).toMatchObject([{ kind: "rejection", code: "decode.truncated" }]);
	});

	it("trap: the XML twin of a JSON API has the same mapping but for its records", () => {
		const xml = `<?xml version="1.0"?>
			<BusPositionsResp xmlns="http://www.wmata.com"><BusPositions>
				<BusPosition><Deviation>9</Deviation><Lat>38.8</Lat><Lon>-77.0</Lon><VehicleID>7205</VehicleID></BusPosition>
				<BusPosition><Deviation>-1</Deviation><Lat>38.9</Lat><Lon>-77.1</Lon><VehicleID>7342</VehicleID></BusPosition>
			</BusPositions></BusPositionsResp>`;
		const fields = {
			vehicleId: "VehicleID",
			latitude: "Lat",
			scheduleDeviationS: { path: "Deviation", unit: "min" },
		};
		const options = { format: "xml", records: "BusPositionsResp.BusPositions.BusPosition[]", fields };
		expect(decode(options, xml).items).toMatchObject([
			{ vehicleId: "7205", scheduleDeviationS: 540 },
			{ vehicleId: "7342", scheduleDeviationS: -60 },
		]);
	});

	it("reads what holds the record, and the name that it is kept under", () => {
		const fields = { vehicleId: "id", gtfsRouteId: "^.route", blockId: "^^.agency" };
		const grouped = {
			agency: "A",
			routes: [
				{ route: 5, buses: [{ id: 1 }, { id: 2 }] },
				{ route: 6, buses: { id: 3 } },
			],
		};
		expect(decode({ records: "routes[].buses[]", fields }, grouped).items).toMatchObject([
			{ vehicleId: "1", gtfsRouteId: "5", blockId: "A" },
			{ vehicleId: "2", gtfsRouteId: "5", blockId: "A" },
			{ vehicleId: "3", gtfsRouteId: "6", blockId: "A" },
		]);
		const keyed = { vehicles: { "101": { lat: 1 }, "102": { lat: 2 } } };
		expect(decode({ records: "vehicles.*", fields: { vehicleId: "@key" } }, keyed).items).toMatchObject([
			{ vehicleId: "101" },
			{ vehicleId: "102" },
		]);
		const feed = { data: [{ name: "717", gps: [{ time: "2021-07-14T02:13:53Z", speedMilesPerHour: 10 }] }] };
		const samsara = {
			records: "data[].gps[]",
			fields: {
				vehicleId: "^.name",
				eventTime: "time",
				speedMps: { path: "speedMilesPerHour", unit: "mph" },
			},
		};
		expect(decode(samsara, feed).items).toMatchObject([{ vehicleId: "717", speedMps: 4.4704 }]);
		const xml = '<R><Route no="5"><Bus id="1"/></Route><Route no="6"><Bus id="2"/></Route></R>';
		const inXml = {
			format: "xml",
			records: "R.Route.Bus",
			fields: { vehicleId: "@id", gtfsRouteId: "^.@no" },
		};
		expect(decode(inXml, xml).items).toMatchObject([{ gtfsRouteId: "5" }, { gtfsRouteId: "6" }]);
		expect(problems({ fields: { vehicleId: "^a" } })).toContain("a dot is expected after ^");
	});

	it("reads CSV by its header, without one, and past a broken row", () => {
		const fields = { vehicleId: "bus no", latitude: "lat", longitude: "lon" };
		const csv = { format: "csv", fields };
		expect(decode(csv, 'lat,bus no,lon\n1.5,"7",2.5\n"1\n2,8\n').items).toMatchObject([
			{ vehicleId: "7", latitude: 1.5, longitude: 2.5 },
			{ kind: "rejection", code: "decode.record" },
			{ vehicleId: "8", flags: ["position_removed"] },
		]);
		expect(
			decode({ ...csv, csv: { delimiter: "|", columns: ["bus no", "lat", "lon"] } }, "7|1|2").items,
		).toHaveLength(1);
		expect(decode(csv, "").failure?.code).toBe("decode.format");
	});

	it("takes the first alternative that is there, templates, and values of the whole document", () => {
		expect(one({ tripId: ["a", "b"] }, { a: null, b: "x" }).tripId).toBe("x");
		expect(one({ blockId: { template: "{a}-{b.c}" } }, { a: 1, b: { c: 2 } }).blockId).toBe("1-2");
		expect(one({ blockId: { template: "{a}-{b}" } }, { a: 1 }).blockId).toBeUndefined();
		const outer = decode(
			{ records: "r", fields: { vehicleId: "v", gtfsRouteId: "/route" } },
			{ route: 5, r: { v: 1 } },
		);
		expect(outer.items).toMatchObject([{ gtfsRouteId: "5" }]);
		const by = { blockId: { path: "id", when: { path: "type", is: "BLOCK" } } };
		expect(one(by, { id: "B", type: "BLOCK" }).blockId).toBe("B");
		expect(one(by, { id: "B", type: "TRIP" }).blockId).toBeUndefined();
	});
});

describe("mapping: what values mean", () => {
	it("trap: minutes, milliseconds and ISO durations of deviation, and its sign", () => {
		const deviation = (spec: object, value: unknown) =>
			one({ scheduleDeviationS: { path: "d", ...spec } }, { d: value }).scheduleDeviationS;
		expect(deviation({ unit: "min" }, 9)).toBe(540);
		expect(deviation({ unit: "min" }, "-1")).toBe(-60);
		expect(deviation({ late: "negative" }, -11)).toBe(11);
		expect(deviation({ unit: "ms" }, 1500)).toBe(1.5);
		expect(deviation({ unit: "iso-duration" }, "-PT1M30S")).toBe(-90);
		expect(deviation({ unit: "iso-duration" }, "soon")).toBeUndefined();
	});

	it("trap: speed and distance in every unit, with its sentinel", () => {
		const speed = (unit: string, value: unknown) =>
			one({ speedMps: { path: "s", unit, absent: [255] } }, { s: value }).speedMps;
		expect([speed("km/h", 36), speed("m/s", "5.5"), speed("mph", 255)]).toEqual([10, 5.5, undefined]);
		expect(speed("mph", 10)).toBeCloseTo(4.4704, 10);
		expect(speed("kn", 10)).toBeCloseTo(5.14444, 4);
		expect(one({ odometerM: { path: "o", unit: "mi", scale: 0.01 } }, { o: 1119 }).odometerM).toBeCloseTo(
			18_008.56,
			2,
		);
	});

	it("trap: sentinels are absent, for one field and for all", () => {
		const item = one(
			{ tripId: "t", blockId: { path: "b", absent: ["NS-00"] }, headingDeg: "h" },
			{ t: "N/A", b: "NS-00", h: -1 },
			{ absent: ["N/A", -1] },
		);
		expect([item.tripId, item.blockId, item.headingDeg, item.flags]).toEqual(Array(4).fill(undefined));
	});

	it("trap: numbers as strings, scaled degrees, 0/0 and text where a number belongs", () => {
		const degrees = { latitude: { path: "y", scale: 1e-7 }, longitude: { path: "x", scale: 1e-7 } };
		expect(one(degrees, { y: "449637600", x: -930888600 })).toMatchObject({
			latitude: 44.96376,
			longitude: -93.08886,
		});
		expect(one(degrees, { y: 0, x: "0" }).flags).toEqual(["position_removed"]);
		expect(one({ headingDeg: "h" }, { h: "north" }).flags).toEqual(["value_removed"]);
	});

	it("strips, prefixes and maps text", () => {
		const item = one(
			{
				tripId: { path: "t", strip: "MTA NYCT_", stripEnd: "-SDon", prefix: "T:" },
				gtfsRouteId: { path: "r", map: { U: null, "7": "seven" } },
				directionId: { path: "d", map: { INBOUND: 1, OUTBOUND: 0 } },
				occupancyStatus: { path: "o", map: { half: "few_seats_available" } },
				doorsOpen: { path: "p", map: { open: true } },
				scheduleRelationship: "s",
				currentStatus: "c",
			},
			{ t: "MTA NYCT_A_12-SDon", r: "U", d: "INBOUND", o: "half", p: "open", s: "CANCELED", c: "flying" },
		);
		expect(item).toMatchObject({
			tripId: "T:A_12",
			directionId: 1,
			occupancyStatus: "few_seats_available",
			doorsOpen: true,
			scheduleRelationship: "canceled",
			flags: ["value_removed"],
		});
		expect(item.gtfsRouteId).toBeUndefined();
	});

	it("drops, flags and counts by condition", () => {
		const options = {
			fields: { vehicleId: "v" },
			drop: [
				{ path: "more.secondary", is: [true, 1], reason: "second GPS" },
				{ path: "v", present: false },
			],
			flags: { not_in_service: [{ path: "out", isNot: [0, "0"] }] },
		};
		const decoded = decode(options, [
			{ v: 1, more: { secondary: 1 } },
			{ v: 2, out: "1" },
			{ v: 3, out: 0 },
			{ v: 4 },
			{},
		]);
		expect(decoded.items).toEqual([
			{ kind: "vehicle_location", vehicleId: "2", flags: ["not_in_service"] },
			{ kind: "vehicle_location", vehicleId: "3" },
			{ kind: "vehicle_location", vehicleId: "4" },
		]);
		expect(decoded.notices).toEqual(["left out by the mapping: second GPS", "left out by the mapping: v"]);
	});

	it("says who has gone only when all could be read", () => {
		const options = { snapshot: true, fields: { vehicleId: "v" } };
		expect(decode(options, [{ v: 1 }]).complete).toBe(true);
		expect(decode(options, [{ v: 1 }, {}]).complete).toBe(false);
	});
});

describe("mapping: what is wrong is said", () => {
	it("rejects a record without a subject, and says what it has instead", () => {
		const { items } = decode({ fields: { vehicleId: "vehicleID" } }, [
			{ VehicleID: "1", Lat: 2, driverName: "DOE" },
		]);
		expect(items).toMatchObject([
			{
				code: "record.no_subject",
				message: "neither a vehicle nor a trip is named; the record has VehicleID, Lat, driverName",
			},
		]);
		expect(JSON.stringify(items)).not.toContain("DOE");
		expect(rejection({ tripId: { path: "t", required: true } }, {}).message).toContain("tripId is required");
		expect(decode({ records: "a[]", fields: { vehicleId: "v" } }, { a: [3] }).items).toMatchObject([
			{ code: "decode.record", message: expect.stringContaining("check the path of records") },
		]);
	});

	it("explains every mistake in the options where it is", () => {
		const fields = { vehicleId: "v" };
		expect(problems({ fields: { ...fields, latitude: { path: "a..b" } } })).toContain(
			"is wrong at character 3",
		);
		expect(problems({ fields: { ...fields, latitude: "a[x]" } })).toContain("is wrong at character 2");
		expect(problems({ fields: { ...fields, speedMps: { path: "s", unit: "furlong" } } })).toContain("unit");
		expect(problems({ fields: { ...fields, eventTime: { path: "t", time: "yyyy-MM" } } })).toContain(
			"year, month and day",
		);
		expect(problems({ fields: { ...fields, eventTime: { path: "t", time: "QQ" } } })).toContain(
			"the letter Q",
		);
		expect(problems({ fields: { ...fields, eventTime: { path: "t", zone: "Mars" } } })).toContain(
			"no such time zone",
		);
		expect(problems({ fields: { ...fields, tripId: { path: "a", template: "{b}" } } })).toContain(
			"either path or template",
		);
		expect(problems({ fields: { ...fields, tripId: { template: "{b" } } })).toContain("without its");
		expect(problems({ fields: { ...fields, tripId: ["a", { pth: "b" }] } })).toContain("pth");
		expect(problems({ fields: { ...fields, trip: "a" } })).toContain("trip");
		expect(problems({ fields, drop: [{ path: "a" }] })).toContain("exactly one of is, isNot and present");
		expect(problems({ fields, attributes: { driver: "d" } })).toContain("map it to operatorId");
		expect(problems({ fields, attributes: { who: "crewName" } })).toContain("map it to operatorId");
		expect(problems({ fields })).toBe("");
	});
});

describeDecoder({
	definition,
	options: {
		records: "Buses[]",
		headerTime: { path: "at", time: "epoch-s" },
		absent: ["N/A"],
		drop: [{ path: "secondary", is: true }],
		fields: {
			vehicleId: "id",
			eventTime: { path: "time", time: "yyyy-MM-dd HH:mm:ss" },
			latitude: "lat",
			longitude: { path: "lon", scale: 1 },
			headingDeg: "hdg",
			speedMps: { path: "spd", unit: "mph" },
			scheduleDeviationS: { path: "dev", unit: "min" },
			tripId: "trip",
			serviceDate: "date",
			startTime: "start",
			directionId: { path: "dir", map: { N: 0, S: 1 } },
			operatorId: "driver",
			occupancyPercentage: "load",
			currentStopSequence: "seq",
			doorsOpen: "door",
		},
		attributes: { headsign: "sign" },
	},
	samples: [
		{
			name: "two records",
			bytes: JSON.stringify({
				at: 1773144000,
				Buses: [
					{
						...{ id: "7", time: "2026-03-10 07:00:00", lat: 41.9, lon: -87.6, hdg: "90", spd: 12, dev: 3 },
						...{
							trip: "100",
							date: "20260310",
							start: "06:50",
							dir: "N",
							driver: "DOE",
							load: 20,
							seq: 3,
							door: true,
						},
						sign: "Downtown",
					},
					{ id: "8", time: "2026-03-10 07:00:01", lat: "41.8", lon: "-87.5", trip: "N/A" },
				],
			}),
			observations: 2,
			personal: ["DOE"],
		},
	],
});

describeDecoder({
	definition,
	options: {
		format: "xml",
		records: "Resp.Bus",
		fields: { vehicleId: "@id", eventTime: "Time", latitude: "Lat", longitude: "Lon" },
	},
	runs: 60,
	samples: [
		{
			name: "XML",
			bytes:
				'<Resp><Bus id="1"><Time>2026-03-10T07:00:00Z</Time><Lat>41.9</Lat><Lon>-87.6</Lon></Bus></Resp>',
			observations: 1,
		},
	],
});

describeDecoder({
	definition,
	options: {
		format: "csv",
		fields: { vehicleId: "id", eventTime: "time", latitude: "lat", longitude: "lon" },
	},
	runs: 60,
	samples: [{ name: "CSV", bytes: "id,time,lat,lon\n7,2026-03-10T07:00:00Z,41.9,-87.6\n", observations: 1 }],
});
