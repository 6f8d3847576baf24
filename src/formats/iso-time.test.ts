import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	formatIsoTime,
	parseIsoDurationS,
	parseIsoTime,
	readIsoTime,
	serviceDateOf,
	startTimeOf,
} from "./iso-time.js";

describe("ISO 8601", () => {
	it("reads seven decimals and every way to write a zone", () => {
		const expected = Date.parse("2026-07-04T18:47:08.959Z");
		for (const zone of ["+02:00", "+0200", "+02"]) {
			expect(parseIsoTime(`2026-07-04T20:47:08.9590298${zone}`)).toEqual({ time: expected });
		}
		expect(parseIsoTime("2026-07-04 18:47:08.959Z")).toEqual({ time: expected });
		expect(parseIsoTime("20260704T184708,959Z")).toEqual({ time: expected });
		expect(parseIsoTime("2011-09-23T15:50:53.419-00:00")?.time).toBe(Date.parse("2011-09-23T15:50:53.419Z"));
	});

	it("reads text without a zone in the zone that it is given, or not at all", () => {
		expect(parseIsoTime("2019-04-27T18:05:38")).toBeUndefined();
		expect(parseIsoTime("2019-04-27T18:05:38", "America/New_York")?.time).toBe(
			Date.parse("2019-04-27T22:05:38Z"),
		);
		expect(parseIsoTime("2019-11-03T01:05:38", "America/New_York", Date.parse("2019-11-03T06:06Z"))).toEqual({
			time: Date.parse("2019-11-03T06:05:38Z"),
			flag: "ambiguous_local_time",
		});
	});

	it("says how coarse the text is", () => {
		expect(readIsoTime("2019-04-27T18:05")?.resolutionMs).toBe(60_000);
		expect(readIsoTime("2019-04-27T18:05:38")?.resolutionMs).toBe(1000);
		expect(readIsoTime("2019-04-27T18:05:38.5")?.resolutionMs).toBe(1);
	});

	it("refuses what does not exist", () => {
		for (const text of [
			"2023-02-29T00:00:00Z",
			"2023-02-28T24:00:01Z",
			"2023-02-28T23:60:00Z",
			"2023-02-28",
			"2023-02-28T00:00:00+99:00",
			"",
			"x".repeat(1000),
			"2023-02-28T1:00:00Z",
		]) {
			expect(parseIsoTime(text, "UTC")).toBeUndefined();
		}
		expect(parseIsoTime("2023-02-28T24:00:00Z")?.time).toBe(Date.parse("2023-03-01T00:00:00Z"));
	});

	it("writes what the language writes, and reads it back", () => {
		fc.assert(
			fc.property(fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }), (time) => {
				expect(formatIsoTime(time)).toBe(new Date(time).toISOString());
				expect(parseIsoTime(formatIsoTime(time))).toEqual({ time });
			}),
		);
	});

	it("reads durations with the sign before the P, and after it", () => {
		const cases = { PT0S: 0, PT101S: 101, "-PT88S": -88, "-PT4583S": -4583, PT1M30S: 90, "PT-30S": -30 };
		for (const [text, seconds] of Object.entries(cases)) expect(parseIsoDurationS(text)).toBe(seconds);
		expect(parseIsoDurationS("P1DT2H3M4.5S")).toBe(86_400 + 7200 + 180 + 4.5);
		for (const text of ["", "P", "PT", "P1M", "P1Y", "90", "PT1M30", `PT${"9".repeat(60)}S`]) {
			expect(parseIsoDurationS(text)).toBeUndefined();
		}
	});

	it("reads service dates and start times", () => {
		expect(["2026-09-29", "20260929", "2026-09-29T00:00:00"].map(serviceDateOf)).toEqual(
			Array(3).fill("20260929"),
		);
		expect(["2026-02-30", "", "29.09.2026", "2026-09-291"].map(serviceDateOf)).toEqual(
			Array(4).fill(undefined),
		);
		expect(["7:53", "07:53", "25:10:59"].map(startTimeOf)).toEqual(["07:53:00", "07:53:00", "25:10:59"]);
		expect(["", "7", "7:60", "107:53"].map(startTimeOf)).toEqual(Array(4).fill(undefined));
	});
});
