import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { expectValid } from "../testing/decoder-contract.js";
import { definition } from "./bustime.js";

const folder = realData();
const title = (text: string) =>
	folder === undefined ? `${text} (skipped: ../shared/real-data is absent)` : text;
const root = join(folder ?? "", "bustime");

function decode(file: string, timezone = "America/Los_Angeles") {
	const decoder = definition.create(definition.options.parse({}), { timezone, baseDirectory: "." });
	return decoder.decode({
		bytes: readFileSync(join(root, file)),
		receivedTime: Date.parse("2026-07-04T18:47:10Z"),
	});
}

/** Items of every file of the folder, or the code of its failure. The two tables are no answers of the API. */
const EXPECTED: Readonly<Record<string, number | string>> = {
	// "No data found for parameter": a notice, and neither an item nor a failure.
	"errors/no-data-vid.json": 0,
	"errors/no-key.json": "upstream.key",
	"gtrans-gardena-getvehicles-2025-06-17.json": 31,
	"gtrans-gtfs_block.csv": "decode.format",
	"gtrans-trip_event_bustime.csv.gz": "decode.format",
	"mcts-getvehicles-v2-2018-04-05.xml": 1,
};

describe.skipIf(!folder)(title("bustime on captured answers"), () => {
	it("knows every file of the folder", () => {
		const files = readdirSync(root, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
		expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
	});

	it.each(Object.entries(EXPECTED))("gives what it holds: %s", (file, expected) => {
		const decoded = decode(file);
		expectValid(decoded);
		expect(decoded.failure?.code ?? decoded.items.length).toBe(expected);
		expect(decoded.items.filter((item) => item.kind === "rejection")).toEqual([]);
	});

	it("reads GTrans field by field", () => {
		const { items, headerTime } = decode("gtrans-gardena-getvehicles-2025-06-17.json");
		const rows = items as readonly VehicleLocation[];
		expect(rows[0]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2025-06-17T18:46:50Z"),
			resolutionMs: 1000,
			vehicleId: "0890",
			latitude: 33.88382,
			longitude: -118.30836,
			headingDeg: 267,
			speedMps: 17 * 0.44704,
			attributes: { dly: false, or: true, mode: 1, tripdyn: 0 },
			flags: ["not_in_service"],
		});
		expect(rows[10]).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2025-06-17T18:46:56Z"),
			resolutionMs: 1000,
			vehicleId: "2313",
			tripId: "37080",
			gtfsRouteId: "1X",
			serviceDate: "20250617",
			startTime: "11:22:00",
			blockId: "11X",
			runId: "102",
			operatorId: "123791",
			latitude: 33.88019030926231,
			longitude: -118.30421665339729,
			headingDeg: 182,
			speedMps: 15 * 0.44704,
			attributes: {
				pid: 4,
				pdist: 24863,
				des: "Harbor Fwy Station > Redondo Beach Station",
				dly: false,
				or: false,
				mode: 1,
				tripdyn: 0,
				origtatripno: "37080",
				tripid: "661020",
				blk: "102",
			},
		});
		expect(rows[30]).toMatchObject({
			eventTime: Date.parse("2025-06-17T18:46:51Z"),
			vehicleId: "2308",
			tripId: "37766",
			gtfsRouteId: "5",
			startTime: "11:00:00",
			blockId: "45",
			runId: "501",
			operatorId: "114244",
			latitude: 33.923170451434146,
			longitude: -118.37845895706728,
			headingDeg: 359,
			speedMps: 19 * 0.44704,
		});
		expect(rows.filter((row) => row.flags?.includes("not_in_service"))).toHaveLength(10);
		expect(rows.filter((row) => row.attributes?.["or"] === true)).toHaveLength(11);
		expect(rows.filter((row) => row.attributes?.["dly"] === true)).toHaveLength(3);
		expect(new Set(rows.map((row) => row.vehicleId)).size).toBe(31);
		const times = rows.map((row) => row.eventTime ?? Number.NaN);
		expect(Math.min(...times)).toBe(Date.parse("2025-06-17T18:46:32Z"));
		expect(Math.max(...times)).toBe(Date.parse("2025-06-17T18:47:02Z"));
		expect(headerTime).toBe(Date.parse("2025-06-17T18:47:02Z"));
	});

	it("reads Milwaukee's XML, whose time has no seconds", () => {
		const { items, headerTime } = decode("mcts-getvehicles-v2-2018-04-05.xml", "America/Chicago");
		expect(items).toEqual([
			{
				kind: "vehicle_location",
				eventTime: Date.parse("2018-04-06T01:56:00Z"),
				resolutionMs: 60_000,
				vehicleId: "5325",
				tripId: "3817",
				gtfsRouteId: "23",
				blockId: "23 -352",
				latitude: 43.02327414921352,
				longitude: -87.91263171604702,
				headingDeg: 27,
				speedMps: 17 * 0.44704,
				attributes: { pid: 9919, pdist: 25689, des: "Granville/Calumet" },
			},
		]);
		expect(headerTime).toBeUndefined();
	});

	it("reads the error envelopes", () => {
		expect(decode("errors/no-data-vid.json").notices).toEqual(["No data found for parameter (vid 1646234)"]);
		expect(decode("errors/no-key.json").failure?.message).toMatch(
			/^BusTime answers: No API access key supplied; check the key/,
		);
	});
});
