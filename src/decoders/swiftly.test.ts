import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { describeDecoder } from "../testing/decoder-contract.js";
import { definition } from "./swiftly.js";

const VEHICLE = {
	id: "y1",
	routeId: "35",
	directionId: "1",
	tripId: "100",
	blockId: "B1",
	runId: "122-1",
	driver: "DOE - 1",
	schAdhSecs: -56,
	blockMthd: "AVL feed",
	nextStopId: "636",
	layover: true,
	layoverDepTime: 1559673360,
	headwaySecs: 12.5,
	loc: { lat: 42.28, lon: -71.12, time: 1559672827, speed: 11, heading: 38.6 },
};
const answer = (...vehicles: unknown[]) => ({ success: true, data: { agencyKey: "a", vehicles } });

function decode(value: unknown, options: unknown = {}) {
	const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
	return definition
		.create(definition.options.parse(options), { timezone: "UTC", baseDirectory: "." })
		.decode({ bytes, receivedTime: 1559672900000 });
}

describe("swiftly", () => {
	it("reads a vehicle", () => {
		expect(decode(answer(VEHICLE))).toEqual({
			items: [
				{
					kind: "vehicle_location",
					eventTime: 1559672827000,
					resolutionMs: 1000,
					vehicleId: "y1",
					tripId: "100",
					gtfsRouteId: "35",
					directionId: 1,
					blockId: "B1",
					runId: "122-1",
					operatorId: "DOE - 1",
					latitude: 42.28,
					longitude: -71.12,
					headingDeg: 38.6,
					speedMps: 11,
					scheduleDeviationS: -56,
					stopId: "636",
					attributes: { blockMthd: "AVL feed", headwaySecs: 12.5, layoverDepTime: 1559673360, layover: true },
				},
			],
		});
	});

	it("trap: success false comes with HTTP 200, and is a failure of upstream", () => {
		expect(decode({ success: false, errorMessage: "boom" }).failure).toMatchObject({
			code: "upstream.error",
		});
		expect(decode({ success: "false", error: "Rate limit exceeded" }).failure?.code).toBe("upstream.quota");
		expect(decode({ success: false, error: "Unauthorized" }).failure?.code).toBe("upstream.key");
		const both = decode({ ...answer(VEHICLE), success: false });
		expect([both.items.length, both.failure?.code, both.complete]).toEqual([1, "upstream.error", undefined]);
	});

	it("trap: an assignment that was terminated is no service", () => {
		const flags = (blockMthd: string) =>
			(decode(answer({ ...VEHICLE, blockMthd })).items[0] as VehicleLocation).flags;
		expect(flags("Assignment terminated")).toEqual(["not_in_service"]);
		expect(flags("Could not match")).toEqual(["not_in_service"]);
		expect(flags("AVL feed")).toBeUndefined();
	});

	it("keeps a vehicle without a place, and removes what cannot be", () => {
		expect(decode(answer({ id: "y2" })).items[0]).toMatchObject({ vehicleId: "y2" });
		expect(
			decode(answer({ ...VEHICLE, loc: { lat: 0, lon: 0, time: "x", speed: -1 } })).items[0],
		).toMatchObject({
			flags: ["value_removed", "position_removed"],
		});
		expect(decode(answer({ ...VEHICLE, id: {}, routeId: "x".repeat(1000) })).items[0]).toMatchObject({
			flags: ["value_removed"],
		});
	});

	it("says who has gone only when all could be read and all were asked for", () => {
		const snapshot = { snapshot: true };
		expect(decode(answer(), snapshot).complete).toBe(true);
		expect(decode(answer(VEHICLE, 3), snapshot).complete).toBe(false);
		expect(decode(answer(VEHICLE)).complete).toBeUndefined();
	});

	it("fails a frame of something else", () => {
		expect(decode("<html>").failure?.code).toBe("decode.format");
		expect(decode("[1]").failure?.message).toContain("data.vehicles");
		expect(decode('{"success":true,"data":{"vehicles":[').failure?.code).toBe("decode.truncated");
	});
});

const folder = realData();
describe.skipIf(!folder)(
	`swiftly on captured input${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		it("reads the 10 vehicles of mbta-bus-vehicles-2019-06-04.json", () => {
			const { items, failure } = decode(
				readFileSync(join(folder ?? "", "swiftly", "mbta-bus-vehicles-2019-06-04.json"), "utf8"),
			);
			expect(failure).toBeUndefined();
			const seen = items as readonly VehicleLocation[];
			expect(seen.map((item) => item.vehicleId)).toEqual([
				...["y1712", "y0863", "y1713", "y0620", "y1714"],
				...["y0862", "y1715", "y0860", "y1716", "y1718"],
			]);
			expect(
				seen.filter((item) => item.flags?.includes("not_in_service")).map((item) => item.vehicleId),
			).toEqual(["y0620", "y0860", "y1718"]);
			expect(seen[0]).toMatchObject({
				eventTime: 1559672825000,
				tripId: "39997537",
				gtfsRouteId: "35",
				directionId: 0,
				blockId: "B35-164",
				runId: "122-1029",
				scheduleDeviationS: 725,
				latitude: 42.2999,
				longitude: -71.11442,
				speedMps: 0,
			});
			expect(seen[0]?.headingDeg).toBeUndefined();
			expect(seen[2]).toMatchObject({
				eventTime: 1559672827000,
				tripId: "39997228",
				directionId: 1,
				scheduleDeviationS: -56,
				headingDeg: 38.6,
			});
			expect(seen[3]).toMatchObject({ vehicleId: "y0620", latitude: 42.3875, longitude: -71.07361 });
			expect([seen[3]?.tripId, seen[3]?.speedMps, seen[3]?.scheduleDeviationS]).toEqual(
				Array(3).fill(undefined),
			);
			expect(seen.filter((item) => item.operatorId !== undefined)).toHaveLength(6);
		});
	},
);

describeDecoder({
	definition,
	samples: [
		{ name: "one vehicle", bytes: JSON.stringify(answer(VEHICLE)), observations: 1, personal: ["DOE"] },
	],
});
