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
const vehicles = (seen: readonly VehicleLocation[]) => new Set(seen.map((item) => item.vehicleId)).size;

describe.skipIf(!folder)(`mapping on captured CSV${skipped}`, () => {
	it.each([
		["2015-03-08", 12_354, 140, "2015-03-08T07:40:54.000Z", "2015-03-09T04:59:43.000Z"],
		["2015-03-19", 18_131, 288, "2015-03-19T05:03:14.000Z", "2015-03-20T04:49:55.000Z"],
	])(
		"reads the Capital Metro day of %s: %d rows of %d vehicles, through the change of clocks",
		(day, rows, buses, first, last) => {
			const seen = observations("capmetro-day-log", `avl-day-logs/capmetro-austin/${day}.csv.gz`);
			expect([seen.length, vehicles(seen)]).toEqual([rows, buses]);
			const times = seen.map((item) => item.eventTime ?? 0);
			const ends = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
			expect(ends.map((time) => new Date(time).toISOString())).toEqual([first, last]);
			expect(Math.max(...seen.map((item) => item.speedMps ?? 0))).toBeLessThanOrEqual(70 * 0.44704 + 1e-6);
		},
	);

	it("reads Capital Metro's first row: miles an hour", () => {
		const [first] = observations("capmetro-day-log", "avl-day-logs/capmetro-austin/2015-03-08.csv.gz");
		expect(first).toMatchObject({
			vehicleId: "8852",
			tripId: "1391456",
			gtfsRouteId: "481",
			latitude: 30.296957,
			longitude: -97.74189,
			attributes: { headsign: "SOUTHBOUND" },
		});
		expect(first?.speedMps).toBeCloseTo(30.3999996185 * 0.44704, 6);
	});

	it.each([
		["mta-nyct-6603-2014-04-15", 2425, "6603", "2014-04-15T04:00:13.000Z", "2014-04-16T03:59:47.000Z"],
		[
			"mta-nyct-b63-2010/1325-2010-12-15T01-48-45",
			287,
			"1325",
			"2010-12-15T09:49:15.000Z",
			"2010-12-15T12:16:04.000Z",
		],
		[
			"mta-nyct-b63-2010/1404-2010-12-10T03-42-49",
			330,
			"1404",
			"2010-12-10T11:43:06.000Z",
			"2010-12-10T14:31:22.000Z",
		],
		[
			"mta-nyct-b63-2010/7560-2010-11-22T08-42-26",
			490,
			"7560",
			"2010-11-22T16:43:01.000Z",
			"2010-11-22T21:06:40.000Z",
		],
		[
			"mta-nyct-b63-2010/7560-2010-11-27T00-31-53",
			253,
			"7560",
			"2010-11-27T12:45:07.000Z",
			"2010-11-27T15:00:57.000Z",
		],
		[
			"mta-nyct-b63-2010/7564-2010-12-01T01-00-42",
			214,
			"7564",
			"2010-12-01T13:00:15.000Z",
			"2010-12-01T14:51:45.000Z",
		],
		[
			"mta-nyct-b63-2010/7564-2010-12-02T11-49-09",
			299,
			"7564",
			"2010-12-02T19:49:35.000Z",
			"2010-12-02T22:32:09.000Z",
		],
		[
			"mta-nyct-si-m34-2011/2711_20111208_054046_102329",
			507,
			"2711",
			"2011-12-08T10:40:46.000Z",
			"2011-12-08T15:23:29.000Z",
		],
		[
			"mta-nyct-si-m34-2011/4138_20111207_150000_220000",
			198,
			"4138",
			"2011-12-07T20:00:34.000Z",
			"2011-12-08T02:42:43.000Z",
		],
		[
			"mta-nyct-si-m34-2011/6154_20111214_123000_143500",
			235,
			"6154",
			"2011-12-14T17:30:30.000Z",
			"2011-12-14T19:34:49.000Z",
		],
		[
			"mta-nyct-si-m34-2011/6154_20111214_123000_143500_no-dsc",
			235,
			"6154",
			"2011-12-14T17:30:00.000Z",
			"2011-12-14T19:34:00.000Z",
		],
	])("reads the MTA trace %s: %d rows of bus %s", (name, rows, bus, first, last) => {
		const seen = observations("mta-avl-trace", `avl-traces/${name}.csv`);
		expect([seen.length, ...new Set(seen.map((item) => item.vehicleId))]).toEqual([rows, bus]);
		expect([iso(seen[0]), iso(seen.at(-1))]).toEqual([first, last]);
		// Bus 6603 stood 191 reports long without a fix, which it sent as 0,0.
		const removed = seen.filter((item) => item.latitude === undefined);
		expect(removed).toHaveLength(bus === "6603" ? 191 : 0);
		expect(removed.every((item) => item.flags?.join() === "position_removed")).toBe(true);
	});

	it("reads MTA's operator, run, sign code and speed, and no others' labels", () => {
		const [first] = observations("mta-avl-trace", "avl-traces/mta-nyct-6603-2014-04-15.csv");
		expect(first).toMatchObject({
			operatorId: "521005",
			runId: "14-132",
			headingDeg: 78.5,
			latitude: 40.672495,
			longitude: -73.873716,
			attributes: { dsc: "4140" },
		});
		expect(first?.speedMps).toBeCloseTo(19.5 * 0.44704, 8);
		const [base] = observations(
			"mta-avl-trace",
			"avl-traces/mta-nyct-si-m34-2011/2711_20111208_054046_102329.csv",
		);
		expect([base?.operatorId, base?.runId, base?.attributes]).toEqual([undefined, undefined, { dsc: "6" }]);
	});

	it.each([
		["wmata-3T/3T_3757", 38, "3757", "A-326", "2016-04-28T18:50:32.000Z", "2016-04-28T19:12:12.000Z"],
		["wmata-5A/5A_8062", 145, "8062", "SE-08", "2016-05-05T14:45:09.000Z", "2016-05-05T15:59:48.000Z"],
		[
			"wmata-5A/AvlReports_4-22-16_8087",
			184,
			"8087",
			"SE-18",
			"2016-04-21T22:30:05.000Z",
			"2016-04-21T23:59:49.000Z",
		],
	])("reads the trace %s: %d rows of bus %s on block %s", (name, rows, bus, block, first, last) => {
		const seen = observations("transitime-avl", `avl-traces/${name}.csv`, "America/New_York");
		expect(seen).toHaveLength(rows);
		expect(seen.every((item) => item.vehicleId === bus && item.blockId === block)).toBe(true);
		expect(seen.every((item) => item.tripId === undefined && item.gtfsRouteId === undefined)).toBe(true);
		const times = seen.map((item) => item.eventTime ?? 0).sort((a, b) => a - b);
		expect([times[0], times.at(-1)]).toEqual([Date.parse(first), Date.parse(last)]);
	});

	it.each([
		[
			"capmetro-day-log",
			"avl-day-logs/capmetro-austin/2015-03-08.csv.gz",
			"vehicle_id",
			"latitude",
			"longitude",
		],
		[
			"capmetro-day-log",
			"avl-day-logs/capmetro-austin/2015-03-19.csv.gz",
			"vehicle_id",
			"latitude",
			"longitude",
		],
		["mta-avl-trace", "avl-traces/mta-nyct-si-m34-2011/6154_20111214_123000_143500.csv", "vid", "lat", "lon"],
		["transitime-avl", "avl-traces/wmata-5A/5A_8062.csv", "vehicleId", "latitude", "longitude"],
	])("has in every row what a plain split of the lines has: %s, %s", (example, file, vid, lat, lon) => {
		const raw = readFileSync(join(folder ?? "", file));
		const lines = (file.endsWith(".gz") ? gunzipSync(raw) : raw)
			.toString("utf8")
			.split(/\r?\n/)
			.filter(Boolean);
		const cells = lines.map((line) => line.replaceAll('"', "").split(","));
		const column = (name: string) => (cells[0] ?? []).indexOf(name);
		const expected = cells
			.slice(1)
			.map((row) => [
				row[column(vid)]?.replace("MTA NYCT_", ""),
				Number(row[column(lat)]),
				Number(row[column(lon)]),
			]);
		const seen = observations(example, file).map((item) => [item.vehicleId, item.latitude, item.longitude]);
		expect(seen).toEqual(expected);
	});
});
