import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import type { DecodedFrame } from "./decoder.js";
import { definition } from "./mapping.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const RECEIVED = Date.parse("2026-03-10T12:00:00Z");

function decode(example: string, file: string, timezone = "UTC"): DecodedFrame {
	const yaml = readFileSync(new URL(`../../examples/mappings/${example}.yaml`, import.meta.url), "utf8");
	const raw = readFileSync(join(folder ?? "", file));
	const bytes = file.endsWith(".gz") ? gunzipSync(raw) : raw;
	return definition
		.create(definition.options.parse(parse(yaml)), { timezone, baseDirectory: "." })
		.decode({ bytes, receivedTime: RECEIVED });
}

function observations(example: string, file: string, timezone?: string): readonly VehicleLocation[] {
	const { items, failure } = decode(example, file, timezone);
	expect(failure).toBeUndefined();
	expect(items.filter((item) => item.kind === "rejection")).toEqual([]);
	return items as readonly VehicleLocation[];
}

const iso = (item: VehicleLocation | undefined) => new Date(item?.eventTime ?? 0).toISOString();

describe.skipIf(!folder)(`mapping on captured JSON${skipped}`, () => {
	it("reads WMATA: 4 buses, minutes late, Eastern time", () => {
		const seen = observations("wmata", "wmata-api/jBusPositions-S2-2019-04-27.json");
		expect(seen.map((item) => item.vehicleId)).toEqual(["7205", "7342", "7357", "7204"]);
		expect(seen.map(iso)).toEqual([
			"2019-04-27T22:05:38.000Z",
			"2019-04-27T22:05:51.000Z",
			"2019-04-27T22:05:54.000Z",
			"2019-04-27T22:05:42.000Z",
		]);
		expect(seen.map((item) => item.scheduleDeviationS)).toEqual([540, 180, -60, 60]);
		expect(seen[0]).toMatchObject({
			latitude: 38.894608,
			longitude: -77.026634,
			tripId: "897053070",
			gtfsRouteId: "S2",
			directionId: 1,
			blockId: "NS-11",
			attributes: { headsign: "FEDERAL TRIANGLE", tripStartTime: "2019-04-27T17:07:00" },
		});
		expect(seen[1]).toMatchObject({ tripId: "896961070", directionId: 0, blockId: "NS-04" });
		expect(seen[2]).toMatchObject({ latitude: 38.921047, longitude: -77.036545 });
		expect(seen.every((item) => item.speedMps === undefined && item.headingDeg === undefined)).toBe(true);
	});

	it("reads Stagecoach: 12 services, one of them at 0/0", () => {
		const seen = observations("stagecoach", "uk-vendor-json/stagecoach-uk.json");
		expect(seen).toHaveLength(12);
		expect(seen.map((item) => item.flags?.join())).toEqual([
			...Array(3).fill(undefined),
			"position_removed",
			...Array(8).fill(undefined),
		]);
		expect(iso(seen[0])).toBe("2019-11-17T04:31:00.545Z");
		expect(seen[0]).toMatchObject({
			vehicleId: "19617",
			latitude: 52.384655,
			longitude: 0.2262839,
			headingDeg: 0,
			tripId: "18940",
			gtfsRouteId: "12",
			directionId: 0,
			stopId: "0500EELYY127",
		});
		expect(seen[2]).toMatchObject({
			vehicleId: "19619",
			headingDeg: 288,
			latitude: 52.2493858,
			longitude: 0.04434,
		});
		expect(seen[7]).toMatchObject({
			vehicleId: "50275",
			gtfsRouteId: "TUBE",
			directionId: 1,
			longitude: -0.146625,
		});
	});

	it("reads Lothian: 21 vehicles, one of them without a time of its own", () => {
		const decoded = decode("lothian", "uk-vendor-json/lothian-edinburgh.json");
		const seen = observations("lothian", "uk-vendor-json/lothian-edinburgh.json");
		expect(seen).toHaveLength(21);
		expect(decoded.headerTime).toBe(Date.parse("2025-12-18T02:48:11Z"));
		expect(seen.filter((item) => item.eventTime === undefined).map((item) => item.vehicleId)).toEqual(["67"]);
		expect(iso(seen[0])).toBe("2025-12-18T02:47:49.000Z");
		expect(seen[0]).toMatchObject({
			vehicleId: "1120",
			tripId: "NovWedAL23907804",
			latitude: 55.97748565673828,
			longitude: -3.216128349304199,
			headingDeg: 171,
			gtfsRouteId: "N14",
			stopId: "36237267",
			attributes: { speedAsSent: 5, destination: "Surgeons' Hall" },
		});
		expect(seen[1]).toMatchObject({ vehicleId: "1116", headingDeg: 310, gtfsRouteId: "N3" });
		expect(seen[19]).toMatchObject({
			vehicleId: "1107",
			gtfsRouteId: "Tram",
			attributes: { transitMode: "tram" },
		});
		expect(seen[20]?.tripId).toBeUndefined();
	});

	it("reads DoubleMap: the one bus, and that there is no other", () => {
		const decoded = decode("doublemap", "doublemap/kings-transit-buses-2020-02-22.json");
		expect(decoded).toMatchObject({
			complete: true,
			items: [
				{
					vehicleId: "11",
					vehicleLabel: "59",
					eventTime: 1582415938000,
					latitude: 45.0709,
					longitude: -64.54762,
					headingDeg: 328,
					gtfsRouteId: "66",
					attributes: { lastStop: 1748, busType: "bus" },
				},
			],
		});
	});

	it("reads Passio: the websocket frame and the two log records", () => {
		const live = observations(
			"passio",
			"passio/clemson-websocket-location-2026-02-24.json",
			"America/New_York",
		);
		expect(live).toHaveLength(1);
		expect(iso(live[0])).toBe("2026-02-24T14:34:49.000Z");
		expect(live[0]).toMatchObject({
			vehicleId: "9244",
			vehicleLabel: "3547",
			latitude: 34.791402,
			longitude: -82.432434,
			headingDeg: 84,
			tripId: "1066721",
			gtfsRouteId: "102",
			blockId: "202179",
			stopId: "20025",
			attributes: { paxLoad: 2, speedAsSent: 25.27 },
		});
		const log = observations("passio", "passio/cnrl-log-2023-02-21.json", "America/Edmonton");
		expect(log.map(iso)).toEqual(["2023-02-21T10:56:44.000Z", "2023-02-21T11:20:22.000Z"]);
		expect(log[0]).toMatchObject({
			vehicleId: "11478",
			latitude: 56.659370422,
			longitude: -111.147125244,
			tripId: "491593",
			attributes: { onOff: "on", stop: "MRM Truck Shop" },
		});
		expect(log[1]).toMatchObject({ stopId: "1053832", attributes: { paxLoad: "4" } });
		expect(log[0]?.headingDeg).toBeUndefined();
	});

	it("drops the second GPS of a Passio bus, and flags one out of service", () => {
		const yaml = readFileSync(new URL("../../examples/mappings/passio.yaml", import.meta.url), "utf8");
		const bus = { busId: 1, datetimeUtc: "2026-02-24 14:34:49", latitude: 1, longitude: 2 };
		const frames = [
			{ ...bus, more: { secondary: 1 } },
			{ ...bus, outOfService: 1, invalid: 1 },
		];
		const decoded = definition
			.create(definition.options.parse(parse(yaml)), { timezone: "UTC", baseDirectory: "." })
			.decode({ bytes: Buffer.from(JSON.stringify(frames)), receivedTime: RECEIVED });
		expect(decoded.items).toMatchObject([{ flags: ["not_in_service", "fix_not_valid"] }]);
		expect(decoded.notices).toEqual(["left out by the mapping: second GPS on the same bus"]);
	});

	it("rejects or fails what is of another vendor, with the reason", () => {
		const failure = decode("wmata", "uk-vendor-json/lothian-edinburgh.json").failure;
		expect(failure?.message).toContain('"BusPositions[]" of records leads nowhere');
		const strangers = decode("doublemap", "wmata-api/jBusPositions-S2-2019-04-27.json");
		expect(strangers.items).toMatchObject([{ kind: "rejection" }]);
	});
});

describe("mapping examples on the traps of their vendors", () => {
	const mapped = (example: string, payload: string, receivedTime: number) => {
		const yaml = readFileSync(new URL(`../../examples/mappings/${example}.yaml`, import.meta.url), "utf8");
		return definition
			.create(definition.options.parse(parse(yaml)), { timezone: "UTC", baseDirectory: "." })
			.decode({ bytes: Buffer.from(payload), receivedTime }).items;
	};

	it("trap: WMATA's local time is ambiguous in the autumn hour, and deviation is minutes", () => {
		const payload = '{"BusPositions":[{"VehicleID":"1","DateTime":"2019-11-03T01:30:00","Deviation":-2}]}';
		for (const hour of ["05:31:00Z", "06:31:00Z"]) {
			expect(mapped("wmata", payload, Date.parse(`2019-11-03T${hour}`))).toMatchObject([
				{
					eventTime: Date.parse(`2019-11-03T${hour}`) - 60_000,
					flags: ["ambiguous_local_time"],
					scheduleDeviationS: -120,
				},
			]);
		}
	});

	it("trap: 255 miles an hour is no speed", () => {
		const header = "vehicle_id,timestamp,speed,route_id,trip_id,latitude,longitude,trip_headsign";
		const [item] = mapped(
			"capmetro-day-log",
			`${header}\n1,2015-03-08T01:40:54-06:00,255.0,481,,30.2,-97.7,\n`,
			RECEIVED,
		);
		expect(item).toMatchObject({ vehicleId: "1", latitude: 30.2 });
		expect((item as VehicleLocation).speedMps).toBeUndefined();
	});

	it("trap: the same hour on both sides of the change of clocks", () => {
		const header = "vehicle_id,timestamp,speed,route_id,trip_id,latitude,longitude,trip_headsign";
		const rows = ["2015-03-08T01:59:59-06:00", "2015-03-08T03:00:00-05:00"].map(
			(at) => `1,${at},1,1,1,30.2,-97.7,x`,
		);
		const items = mapped(
			"capmetro-day-log",
			[header, ...rows].join("\n"),
			RECEIVED,
		) as readonly VehicleLocation[];
		expect((items[1]?.eventTime ?? 0) - (items[0]?.eventTime ?? 0)).toBe(1000);
	});
});
