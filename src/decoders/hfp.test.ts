import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./hfp.js";
import { readHfpTopic } from "./hfp-topic.js";

const context = { timezone: "Europe/Helsinki", baseDirectory: "." };
const TOPIC = "/hfp/v2/journey/ongoing/vp/bus/0018/00423/1004 4/1/Ala/Itä (M)/07:53/1140450/3/60;24/19/82/16";
const FIELDS = {
	desi: "4",
	dir: "1",
	oper: 50,
	veh: 423,
	tst: "2026-09-29T04:53:15.251Z",
	tsi: 1790657595,
	spd: 2.93,
	hdg: 88,
	lat: 60.18,
	long: 24.92,
	acc: 0.5,
	dl: -11,
	odo: 19,
	drst: 1,
	oday: "2026-09-29",
	jrn: 288,
	line: 38,
	start: "07:53",
	loc: "GPS",
	stop: 1140450,
	route: "1004 4",
	occu: 40,
	"dr-type": 1,
	brandNew: { deep: [1] },
};

function decode(value: unknown, meta?: Record<string, string>, options: unknown = {}) {
	const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
	return definition
		.create(definition.options.parse(options), context)
		.decode({ bytes, receivedTime: 1790657600000, ...(meta === undefined ? {} : { meta }) });
}

function one(fields: Record<string, unknown>, topic?: string, options: unknown = {}): VehicleLocation {
	const decoded = decode(
		{ VP: { ...FIELDS, ...fields } },
		topic === undefined ? undefined : { topic },
		options,
	);
	expect(decoded.items).toHaveLength(1);
	return decoded.items[0] as VehicleLocation;
}

describe("hfp", () => {
	it("reads one payload with its topic", () => {
		expect(one({}, TOPIC)).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2026-09-29T04:53:15.251Z"),
			resolutionMs: 1,
			vehicleId: "18/423",
			gtfsRouteId: "1004 4",
			directionId: 0,
			serviceDate: "20260929",
			startTime: "07:53:00",
			blockId: undefined,
			latitude: 60.18,
			longitude: 24.92,
			headingDeg: 88,
			speedMps: 2.93,
			odometerM: 19,
			scheduleDeviationS: 11,
			stopId: "1140450",
			occupancyPercentage: 40,
			gpsQuality: "good",
			doorsOpen: true,
			attributes: {
				event: "VP",
				desi: "4",
				jrn: "288",
				line: "38",
				acc: 0.5,
				runByCompany: "50",
				mode: "bus",
				nextStop: "1140450",
				headsign: "Ala/Itä (M)",
			},
		});
	});

	it("trap: dl is negative when late, and the model positive", () => {
		expect(one({ dl: -310 }).scheduleDeviationS).toBe(310);
		expect(one({ dl: 109 }).scheduleDeviationS).toBe(-109);
		expect(one({ dl: null }).scheduleDeviationS).toBeUndefined();
	});

	it("trap: veh alone is not unique, and the topic's company owns the vehicle", () => {
		expect(one({}).vehicleId).toBe("50/423");
		expect(one({}, TOPIC).vehicleId).toBe("18/423");
		expect(one({}, TOPIC, { identity: "payload" }).vehicleId).toBe("50/423");
		expect(one({ oper: null }).vehicleId).toBeUndefined();
	});

	it("trap: null is unknown, and nothing is removed that was never there", () => {
		const item = one({
			lat: null,
			long: null,
			spd: null,
			hdg: null,
			acc: null,
			drst: null,
			stop: null,
			occu: null,
		});
		expect([item.latitude, item.speedMps, item.headingDeg, item.doorsOpen]).toEqual(Array(4).fill(undefined));
		expect(item.stopId).toBeUndefined();
		expect(item.flags).toBeUndefined();
	});

	it("trap: times that disagree are flagged, and tst is taken", () => {
		const item = one({ tst: "2019-05-23T14:15:16.000Z", tsi: 1416308975 });
		expect(item).toMatchObject({ eventTime: Date.parse("2019-05-23T14:15:16Z"), flags: ["times_disagree"] });
		expect(one({ tst: undefined })).toMatchObject({ eventTime: 1790657595000, resolutionMs: 1000 });
		expect(one({ tst: "2026-09-29T04:53:15Z" }).resolutionMs).toBe(1000);
		const timeless = one({ tst: "soon", tsi: undefined });
		expect([timeless.eventTime, timeless.flags]).toEqual([undefined, ["value_removed"]]);
	});

	it("trap: numbers as strings with fixed decimals", () => {
		expect(one({ spd: "5.50", lat: "60.10", long: "24.90", dir: 2 })).toMatchObject({
			speedMps: 5.5,
			latitude: 60.1,
			directionId: 1,
		});
	});

	it("trap: version 1 says XXX for what it does not know", () => {
		const topic = "/hfp/journey/bus/001800423/2551/2/Westendinasema/13:35/2314601/60;24/28/64/49";
		const v1 = decode(
			{ VP: { desi: "XXX", oper: "XXX", veh: "XXX", route: "XXX", tsi: 1790657595 } },
			{ topic },
		);
		expect(v1.items[0]).toMatchObject({ vehicleId: "18/423", gtfsRouteId: "2551", directionId: 1 });
		expect(decode({ VP: { veh: "XXX", oper: "XXX", tsi: 1 } }).items[0]).toMatchObject({
			vehicleId: undefined,
		});
	});

	it("trap: a trip that starts after midnight of its operating day", () => {
		const night = { oday: "2026-09-29", start: "01:10" };
		expect(one({ ...night, tst: "2026-09-29T22:20:00Z", tsi: null }).startTime).toBe("25:10:00");
		expect(one({ ...night, tst: "2026-09-28T22:20:00Z", tsi: null }).startTime).toBe("01:10:00");
		expect(one({ start: "23:50", tst: "2026-09-29T21:20:00Z", tsi: null }).startTime).toBe("23:50:00");
	});

	it("takes nobody aboard for nothing known where the agency says so", () => {
		expect(one({ occu: 0 }).occupancyPercentage).toBe(0);
		expect(one({ occu: 0 }, undefined, { occupancyZero: "unknown" }).occupancyPercentage).toBeUndefined();
	});

	it("reads wrappers, lists and lines, and a bad one spoils itself", () => {
		const wrapped = { topic: TOPIC, payload: JSON.stringify({ VP: FIELDS }) };
		expect(decode([wrapped, { VP: FIELDS }]).items).toMatchObject([
			{ vehicleId: "18/423" },
			{ vehicleId: "50/423" },
		]);
		const lines = [JSON.stringify(wrapped), "nonsense", '{"payload":"{\\"VP\\":"}', '{"a":1}', "[3]"].join(
			"\n",
		);
		expect(decode(lines).items.map((item) => (item.kind === "rejection" ? item.code : item.kind))).toEqual([
			"vehicle_location",
			"decode.format",
			"decode.truncated",
			"decode.record",
			"decode.record",
		]);
		expect(decode("<html>").failure?.code).toBe("decode.format");
	});

	it("reads topics from both ends", () => {
		expect(
			readHfpTopic("/hfp/v2/journey/ongoing/vp/tram/0040/00621/2015/2/Itäkeskus (M)/07:23/1291406/0////"),
		).toEqual({
			mode: "tram",
			company: "40",
			vehicle: "621",
			routeId: "2015",
			direction: "2",
			headsign: "Itäkeskus (M)",
			start: "07:23",
			nextStop: "1291406",
		});
		expect(readHfpTopic("hfp/v2/deadrun/ongoing/vp/bus/0018/00423")).toMatchObject({
			company: "18",
			vehicle: "423",
		});
		expect(
			readHfpTopic("/hfp/v2/journey/ongoing/vp/bus/0018/00423/1/1//07:23/EOL/0////")?.headsign,
		).toBeUndefined();
		expect(readHfpTopic("/other/thing")).toBeUndefined();
		expect(readHfpTopic(`/hfp/v2/${"x/".repeat(2000)}`)).toBeUndefined();
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`hfp on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		const file = (name: string) => {
			const bytes = readFileSync(join(folder ?? "", "hsl-hfp", name));
			return definition
				.create(definition.options.parse({}), context)
				.decode({ bytes, receivedTime: Date.parse("2026-09-29T04:53:31Z") });
		};

		it("reads the 22 messages of hfp-v2-tram-2026-09-29.ndjson: 12 trams, 1 VJOUT", () => {
			const { items, failure } = file("hfp-v2-tram-2026-09-29.ndjson");
			expect(failure).toBeUndefined();
			const seen = items as readonly VehicleLocation[];
			expect(seen.map((item) => item.kind)).toEqual(Array(22).fill("vehicle_location"));
			expect(seen.filter((item) => item.attributes?.["event"] === "VJOUT")).toHaveLength(1);
			expect(new Set(seen.map((item) => item.vehicleId)).size).toBe(12);
			expect(new Date(seen[0]?.eventTime ?? 0).toISOString()).toBe("2026-09-29T04:53:12.758Z");
			expect(new Date(seen[21]?.eventTime ?? 0).toISOString()).toBe("2026-09-29T04:53:30.255Z");
			expect(seen.filter((item) => item.latitude === undefined)).toHaveLength(11);
			expect(seen[0]).toMatchObject({
				vehicleId: "40/457",
				gtfsRouteId: "100HI5",
				directionId: 1,
				startTime: "07:33:00",
				latitude: 60.206677,
				longitude: 24.920177,
				speedMps: 0,
				headingDeg: 28,
				scheduleDeviationS: 310,
				odometerM: 5091,
				stopId: "1171401",
				blockId: "186",
			});
			expect(seen[4]).toMatchObject({
				vehicleId: "40/621",
				gtfsRouteId: "2015",
				directionId: 1,
				speedMps: undefined,
				scheduleDeviationS: 169,
				odometerM: 10565,
			});
			expect(seen[18]).toMatchObject({
				vehicleId: "40/618",
				latitude: 60.209506,
				longitude: 25.074053,
				scheduleDeviationS: 27,
				stopId: "1457402",
				startTime: "06:55:00",
			});
		});

		it("reads the single samples", () => {
			for (const name of ["gateway-hfp-sample.json", "hfp-sample-vp.json"]) {
				expect(file(name).items).toMatchObject([
					{
						vehicleId: "22/792",
						eventTime: Date.parse("2018-04-05T17:38:36Z"),
						directionId: 1,
						serviceDate: "20180405",
						startTime: "20:25:00",
						scheduleDeviationS: 25,
						odometerM: 2819,
						latitude: 60.194481,
						longitude: 25.03095,
					},
				]);
			}
			expect(file("hfp-sample-vp.json").items).toMatchObject([{ occupancyPercentage: 10 }]);
			expect(file("hfp-tlr-sample.json").items).toMatchObject([
				{
					vehicleId: "22/754",
					gtfsRouteId: "2112",
					speedMps: 11.51,
					headingDeg: 241,
					scheduleDeviationS: 28,
					attributes: { event: "TLR", sid: "2107", "tlp-decision": "NAK" },
				},
			]);
		});

		it("keeps the swapped position of passenger-count-sample.json for the guard to find, and flags its two times", () => {
			expect(file("passenger-count-sample.json").items).toMatchObject([
				{
					vehicleId: "12/10",
					latitude: 24.9435,
					longitude: 60.1967,
					eventTime: Date.parse("2019-05-23T14:15:16Z"),
					flags: ["times_disagree"],
					stopId: "1234567",
					odometerM: 45.12,
					occupancyPercentage: 20,
					attributes: { event: "APC", vehicleload: 15 },
				},
			]);
		});
	},
);

describeDecoder({
	definition,
	context,
	samples: [
		{
			name: "a payload with its topic",
			bytes: JSON.stringify({ VP: FIELDS }),
			meta: { topic: TOPIC },
			observations: 1,
		},
		{
			name: "wrappers on lines",
			bytes: `${JSON.stringify({ topic: TOPIC, payload: JSON.stringify({ ARR: FIELDS }) })}\n${JSON.stringify({ topic: TOPIC, payload: { DEP: FIELDS } })}`,
			observations: 2,
		},
	],
});
