import { describe, expect, it } from "vitest";
import type { Flag } from "../model/observation.js";
import { MPS_PER_KMH, MPS_PER_MPH } from "../model/units.js";
import {
	deviationOf,
	Flags,
	headingOf,
	instantOf,
	isAbsent,
	odometerOf,
	positionOf,
	speedOf,
} from "./readings.js";

function reading<T>(read: (flags: Flags) => T): [T, readonly Flag[]] {
	const flags = new Flags();
	return [read(flags), flags.list() ?? []];
}

describe("readings", () => {
	it("keeps a possible position, also where it is text", () => {
		const expected = { latitude: 33.88382, longitude: -118.30836 };
		expect(reading((flags) => positionOf("33.88382", -118.30836, flags))).toEqual([expected, []]);
		expect(reading((flags) => positionOf(0, 10, flags))).toEqual([{ latitude: 0, longitude: 10 }, []]);
	});

	it("removes half a position, 0,0 and the impossible; no position at all is no fault", () => {
		for (const [lat, lon] of [
			[60, null],
			[0, 0],
			["0", "0.0"],
			[91, 0],
			[0, 181],
			["N/A", "N/A"],
			[true, 1],
		]) {
			expect(reading((flags) => positionOf(lat, lon, flags))).toEqual([{}, ["position_removed"]]);
		}
		expect(reading((flags) => positionOf(null, undefined, flags))).toEqual([{}, []]);
		expect(reading((flags) => positionOf("", " ", flags))).toEqual([{}, []]);
	});

	it("keeps headings on the circle", () => {
		expect([0, 359.9, 360, "88"].map((value) => headingOf(value, new Flags()))).toEqual([0, 359.9, 0, 88]);
		for (const value of [-1, 361, "N", Number.NaN]) {
			expect(reading((flags) => headingOf(value, flags))).toEqual([undefined, ["value_removed"]]);
		}
	});

	it("converts units, and removes what no vehicle does", () => {
		expect(speedOf(17, MPS_PER_MPH, new Flags())).toBeCloseTo(7.59968, 10);
		expect(speedOf("36", MPS_PER_KMH, new Flags())).toBeCloseTo(10, 10);
		expect(reading((flags) => speedOf(-1, 1, flags))).toEqual([undefined, ["value_removed"]]);
		expect(reading((flags) => speedOf(1000, 1, flags))).toEqual([undefined, ["value_removed"]]);
		expect(odometerOf(1119, 16.09344, new Flags())).toBeCloseTo(18_008.56, 2);
		expect(reading((flags) => odometerOf(-5, 1, flags))).toEqual([undefined, ["value_removed"]]);
	});

	it("turns a deviation so that late is positive, and has no minus nought", () => {
		expect([deviationOf(-11, -1, new Flags()), deviationOf(9, 60, new Flags())]).toEqual([11, 540]);
		expect(Object.is(deviationOf(0, -1, new Flags()), 0)).toBe(true);
	});

	it("reads instants", () => {
		expect(instantOf(1559672825, 1000, new Flags())).toBe(1559672825000);
		expect(instantOf("1573965060545", 1, new Flags())).toBe(1573965060545);
		expect(reading((flags) => instantOf(1e300, 1, flags))).toEqual([undefined, ["value_removed"]]);
	});

	it("names absence and flags", () => {
		expect([null, undefined, "", " "].every(isAbsent)).toBe(true);
		expect([0, false, "x", []].some(isAbsent)).toBe(false);
		expect(new Flags().list()).toBeUndefined();
		const flags = new Flags();
		for (const flag of ["late", "future", "late"] as const) flags.add(flag);
		expect(flags.list()).toEqual(["late", "future"]);
	});
});
