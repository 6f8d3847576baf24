import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { expectValid } from "../testing/decoder-contract.js";
import { definition } from "./kv6.js";

const folder = realData();
const title = (text: string) =>
	folder === undefined ? `${text} (skipped: ../shared/real-data is absent)` : text;
const root = join(folder ?? "", "kv6");

function decode(file: string, timezone = "Europe/Amsterdam") {
	const decoder = definition.create(definition.options.parse({}), { timezone, baseDirectory: "." });
	return decoder.decode({
		bytes: readFileSync(join(root, file)),
		receivedTime: Date.parse("2026-07-04T18:47:10Z"),
	});
}

describe.skipIf(!folder)(title("kv6 on captured pushes"), () => {
	it("gives one record for each of the two files of the folder", () => {
		const files = readdirSync(root).sort();
		expect(files).toEqual(["arriva-departure-no-position-2026-07-04.xml", "keolis-onstop-2026-07-04.xml"]);
		for (const file of files) {
			const decoded = decode(file);
			expectValid(decoded);
			expect([decoded.items.length, decoded.failure]).toEqual([1, undefined]);
		}
	});

	it("reads Keolis's bus at a stop field by field", () => {
		const { items, headerTime } = decode("keolis-onstop-2026-07-04.xml");
		const [row] = items as readonly VehicleLocation[];
		expect(headerTime).toBe(Date.parse("2026-07-04T18:47:08.959Z"));
		expect(row).toEqual({
			kind: "vehicle_location",
			eventTime: Date.parse("2026-07-04T18:47:07.946Z"),
			vehicleId: "KEOLIS:1017",
			tripId: "KEOLIS:5302:45780",
			gtfsRouteId: "KEOLIS:5302",
			serviceDate: "20260704",
			scheduleDeviationS: 0,
			stopId: "50100410",
			currentStatus: "stopped_at",
			// rd-x 138559, rd-y 455934, the east of Utrecht.
			latitude: expect.closeTo(52.09142, 4),
			longitude: expect.closeTo(5.1473, 4),
			attributes: { event: "ONSTOP", source: "VEHICLE", userstopcode: "50100410", passagesequencenumber: 0 },
		});
	});

	it("reads Arriva's departure, which names neither a vehicle nor a place", () => {
		const { items, headerTime } = decode("arriva-departure-no-position-2026-07-04.xml");
		expect(headerTime).toBeUndefined();
		expect(items).toEqual([
			{
				kind: "vehicle_location",
				eventTime: Date.parse("2026-07-04T19:52:00Z"),
				tripId: "ARR:22704:6858",
				gtfsRouteId: "ARR:22704",
				serviceDate: "20260704",
				scheduleDeviationS: 0,
				attributes: { event: "DEPARTURE", source: "VEHICLE", userstopcode: "63145620" },
			},
		]);
	});
});
