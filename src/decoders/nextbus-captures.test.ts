import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../test/real-data.js";
import type { VehicleLocation } from "../model/observation.js";
import { expectValid } from "../testing/decoder-contract.js";
import { definition } from "./nextbus.js";

const folder = realData();
const title = (text: string) =>
	folder === undefined ? `${text} (skipped: ../shared/real-data is absent)` : text;
const root = join(folder ?? "", "nextbus");

function decode(file: string, timezone = "America/Los_Angeles") {
	const decoder = definition.create(definition.options.parse({}), { timezone, baseDirectory: "." });
	return decoder.decode({
		bytes: readFileSync(join(root, file)),
		receivedTime: Date.parse("2026-07-04T18:47:10Z"),
	});
}

/** Items of every file of the folder, and the code of its failure. */
const EXPECTED: Readonly<Record<string, readonly [number, string | undefined]>> = {
	"error-predictionsForMultiStops.xml": [0, "upstream.error"],
	"seattle-streetcar-messages.xml": [0, "decode.format"],
	"seattle-streetcar-routeConfig-all.xml": [0, "decode.format"],
	"seattle-streetcar-vehicleLocations.xml": [8, undefined],
	// Two good vehicles beside an error.
	"umd-locations-2015.json": [2, "upstream.error"],
};

describe.skipIf(!folder)(title("nextbus on captured answers"), () => {
	it("knows every file of the folder", () => {
		expect(readdirSync(root).sort()).toEqual(Object.keys(EXPECTED).sort());
	});

	it.each(Object.entries(EXPECTED))("gives what it holds: %s", (file, [items, code]) => {
		const decoded = decode(file);
		expectValid(decoded);
		expect([decoded.items.length, decoded.failure?.code]).toEqual([items, code]);
		expect(decoded.items.filter((item) => item.kind === "rejection")).toEqual([]);
	});

	it("reads Seattle's streetcars field by field", () => {
		const { items, headerTime } = decode("seattle-streetcar-vehicleLocations.xml");
		const rows = items as readonly VehicleLocation[];
		expect(headerTime).toBe(1465511205772);
		expect(rows[0]).toEqual({
			kind: "vehicle_location",
			eventTime: 1465511181772,
			vehicleId: "303",
			gtfsRouteId: "SLU",
			latitude: 47.62073,
			longitude: -122.33842,
			headingDeg: 0,
			speedMps: expect.closeTo(7 / 3.6, 12),
			attributes: { dirTag: "SLU_0_var0", predictable: true },
		});
		expect(rows[2]).toEqual({
			kind: "vehicle_location",
			eventTime: 1465511200772,
			vehicleId: "407",
			gtfsRouteId: "SLU",
			latitude: 47.613259,
			longitude: -122.337513,
			headingDeg: 126,
			attributes: { dirTag: "SLU_0_var0", predictable: true },
		});
		expect(rows[7]).toMatchObject({
			eventTime: 1465511202772,
			vehicleId: "403",
			gtfsRouteId: "FHS",
			latitude: 47.617982,
			longitude: -122.320972,
			headingDeg: 250,
			attributes: { dirTag: "FHS_1_var0" },
		});
		expect(rows.map((row) => row.vehicleId)).toEqual([
			"303",
			"401",
			"407",
			"404",
			"302",
			"402",
			"405",
			"403",
		]);
		// Three of eight state no speed, which is not the same as standing still.
		expect(rows.filter((row) => row.speedMps === undefined)).toHaveLength(3);
	});

	it("reads Maryland's JSON, all of text, beside its error", () => {
		const { items, headerTime, failure } = decode("umd-locations-2015.json", "America/New_York");
		expect(headerTime).toBe(1428715950117);
		expect(items[0]).toEqual({
			kind: "vehicle_location",
			eventTime: 1428715946117,
			vehicleId: "66",
			gtfsRouteId: "702",
			latitude: 39.28906,
			longitude: -76.61603,
			headingDeg: 106,
			speedMps: expect.closeTo(3 / 3.6, 12),
			attributes: { dirTag: "charpenn", predictable: true },
		});
		expect(items[1]).toEqual({
			kind: "vehicle_location",
			eventTime: 1428715935117,
			vehicleId: "76",
			gtfsRouteId: "122",
			latitude: 38.9839399,
			longitude: -76.9323299,
			headingDeg: 319,
			speedMps: expect.closeTo(37 / 3.6, 12),
			attributes: { dirTag: "leoncomm", predictable: true },
		});
		expect(failure?.message).toContain('last time "t" parameter must be specified');
	});

	it("says what the other answers are", () => {
		expect(decode("seattle-streetcar-messages.xml").failure?.message).toContain("messages");
		expect(decode("seattle-streetcar-routeConfig-all.xml").failure?.message).toContain("routeConfig");
		expect(decode("error-predictionsForMultiStops.xml").failure?.message).toContain("stop s=1619");
	});
});
