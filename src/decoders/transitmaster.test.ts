import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import { cellOf, columnsOf, csvRows } from "../formats/csv.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./transitmaster.js";

const HEADER =
	"logged_message_short_id,calendar_id,message_timestamp,source_host,latitude,longitude,validity,heading,speed,odometer,adherence_seconds";
const ROW = "7900607168,120220920,2022-09-20T07:59:38.847Z,4126,449637600,-930888600,164,4,10,1119,-60";

function decode(text: string, options: unknown = {}) {
	return definition
		.create(definition.options.parse(options), { timezone: "America/Chicago", baseDirectory: "." })
		.decode({ bytes: Buffer.from(text), receivedTime: Date.parse("2022-09-20T08:00:00Z") });
}

function one(row: string, options: unknown = {}): VehicleLocation {
	const { items } = decode(`${HEADER}\n${row}\n`, options);
	expect(items).toHaveLength(1);
	return items[0] as VehicleLocation;
}

describe("transitmaster", () => {
	it("reads a row", () => {
		expect(one(ROW)).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2022-09-20T07:59:38.847Z"),
			resolutionMs: 1,
			vehicleId: "4126",
			serviceDate: "20220920",
			latitude: 44.96376,
			longitude: -93.08886,
			headingDeg: 4,
			speedMps: 4.4704,
			odometerM: 1119 * 16.09344,
			scheduleDeviationS: 60,
			gpsQuality: "good",
			attributes: { logged_message_short_id: "7900607168" },
		});
	});

	it("trap: negative adherence is late, unless the agency says otherwise", () => {
		expect(one(ROW).scheduleDeviationS).toBe(60);
		expect(one(ROW, { adherence: "negative-early" }).scheduleDeviationS).toBe(-60);
	});

	it("trap: positions are 1e-7 degrees, and none is 0,0", () => {
		const item = one("1,120220920,2022-09-20T07:59:38Z,4126,0,0,164,,,,");
		expect([item.latitude, item.flags]).toEqual([undefined, ["position_removed"]]);
		expect([item.headingDeg, item.speedMps, item.odometerM, item.scheduleDeviationS]).toEqual(
			Array(4).fill(undefined),
		);
	});

	it("reads the figure of merit out of the lower four bits", () => {
		const quality = (validity: string) => one(ROW.replace(",164,", `,${validity},`)).gpsQuality;
		expect(["178", "164", "8", "9", "46", "1", "0", "", "x"].map(quality)).toEqual([
			"excellent",
			"good",
			"good",
			"poor",
			"poor",
			...Array(4).fill(undefined),
		]);
	});

	it("trap: a time without zone is the agency's own, and the repeated hour is flagged", () => {
		expect(one(ROW.replace("38.847Z", "38")).eventTime).toBe(Date.parse("2022-09-20T12:59:38Z"));
		expect(one(ROW.replace("2022-09-20T07:59:38.847Z", "2022-11-06 01:30:00")).flags).toEqual([
			"ambiguous_local_time",
		]);
	});

	it("takes columns in any order, and rejects a row that names no vehicle or time", () => {
		const { items } = decode(
			'longitude,latitude,source_host,message_timestamp\n-930888600,449637600,7,2022-09-20T07:59:38Z\n1,2,,x\n1,2,3,soon\n"1,2\n',
		);
		expect(items.map((item) => (item.kind === "rejection" ? item.message : item.vehicleId))).toEqual([
			"7",
			"line 3: source_host is missing or cannot be read",
			"line 4: message_timestamp is missing or cannot be read",
			"line 5 opens a quote that does not close",
		]);
	});

	it("reads who does which work where a site says which rows tell it", () => {
		const head = `${HEADER},message_type_id,work_piece,badge`;
		const rows = [`${ROW},12,W1,4711`, `${ROW},40,W1,4711`, `${ROW},41,,`, `${ROW},,,`].join("\n");
		const assignments = { logon: [40], logoff: ["41"], block: "work_piece", operator: "badge" };
		const { items } = decode(`${head}\n${rows}\n`, { assignments });
		expect(items.map((item) => item.kind)).toEqual([
			"vehicle_location",
			"assignment",
			"assignment",
			"vehicle_location",
		]);
		expect(items[1]).toEqual({
			kind: "assignment",
			action: "logon",
			eventTime: Date.parse("2022-09-20T07:59:38.847Z"),
			resolutionMs: 1,
			vehicleId: "4126",
			serviceDate: "20220920",
			blockId: "W1",
			operatorId: "4711",
		});
		expect(items[2]).toMatchObject({ action: "logoff", blockId: undefined, operatorId: undefined });
		expect(decode(`${head}\n${rows}\n`).items.every((item) => item.kind === "vehicle_location")).toBe(true);
	});

	it("shows a row that cannot be read by its columns, without the driver", () => {
		const text =
			"DRIVER_ID,source_host,message_timestamp,latitude,longitude\nCANARY,5,never,449000000,-932000000,CANARY\n";
		const { items } = decode(text);
		expect(items).toMatchObject([{ kind: "rejection", code: "decode.record" }]);
		const { sample } = items[0] as { sample?: string };
		expect(sample).toContain('"source_host":"5"');
		expect(sample).not.toContain("CANARY");
	});

	it("fails a frame of something else", () => {
		expect(decode("").failure?.code).toBe("decode.format");
		expect(decode("a,b\n1,2").failure?.message).toContain("source_host");
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`transitmaster on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		const read = (name: string) => readFileSync(join(folder ?? "", "tides", "metrotransit-mn", name), "utf8");

		it("reads 1,000 rows of 391 vehicles as the agency's own conversion to TIDES has them", () => {
			const { items, failure } = decode(read("data-raw-vehicle_locations.csv"));
			expect(failure).toBeUndefined();
			const seen = items as readonly VehicleLocation[];
			expect(seen.map((item) => item.kind)).toEqual(Array(1000).fill("vehicle_location"));
			expect(new Set(seen.map((item) => item.vehicleId)).size).toBe(391);
			const [header, ...rows] = [...csvRows(read("TIDES-vehicle_locations.csv"))].map((row) => row.fields);
			const columns = columnsOf(header ?? []);
			for (const [at, row] of rows.entries()) {
				const item = seen[at];
				const cell = (name: string) => cellOf(row, columns, name);
				expect(item?.attributes?.["logged_message_short_id"]).toBe(cell("location_ping_id"));
				expect(item?.eventTime).toBe(Date.parse(cell("timestamp") ?? ""));
				expect(item?.vehicleId).toBe(cell("vehicle_id"));
				expect(item?.serviceDate).toBe(cell("date")?.replaceAll("-", ""));
				expect(item?.latitude).toBe(Number(cell("latitude")));
				expect(item?.longitude).toBe(Number(cell("longitude")));
				expect(item?.headingDeg).toBe(cell("heading") === undefined ? undefined : Number(cell("heading")));
				expect(item?.speedMps).toBeCloseTo(Number(cell("speed")), 4);
				// The agency cut the fraction of a metre off.
				expect(Math.trunc(item?.odometerM ?? -1)).toBe(Number(cell("odometer")));
				expect(item?.gpsQuality).toBe(cell("gps_quality")?.toLowerCase());
			}
		});

		it("has the times and deviations that the raw rows state", () => {
			const seen = decode(read("data-raw-vehicle_locations.csv")).items as readonly VehicleLocation[];
			const times = seen.map((item) => item.eventTime ?? 0);
			expect(new Date(Math.min(...times)).toISOString()).toBe("2022-09-20T07:59:37.527Z");
			expect(new Date(Math.max(...times)).toISOString()).toBe("2022-09-20T12:09:58.747Z");
			const deviations = seen.map((item) => item.scheduleDeviationS ?? 0);
			expect([Math.max(...deviations), Math.min(...deviations)]).toEqual([4155, -1155]);
			expect(deviations.filter((deviation) => deviation > 0)).toHaveLength(405);
			expect(deviations.filter((deviation) => deviation < 0)).toHaveLength(265);
		});
	},
);

describeDecoder({
	definition,
	samples: [
		{ name: "two rows", bytes: `${HEADER}\n${ROW}\n${ROW.replace("4126", "4127")}\n`, observations: 2 },
	],
});
