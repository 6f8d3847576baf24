import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	civilFromDays,
	daysFromCivil,
	isCalendarDate,
	isTimezone,
	type LocalParts,
	localParts,
	offsetMsAt,
	parseLocal,
	partsFromUtc,
	utcFromParts,
} from "./local-time.js";

const CHICAGO = "America/Chicago";

function parts(text: string): LocalParts {
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T:]/).map(Number);
	return { year, month, day, hour, minute, second, millisecond: 0 };
}

function read(text: string, zone: string, reference?: string) {
	const reading = parseLocal(parts(text), zone, reference === undefined ? undefined : Date.parse(reference));
	return [new Date(reading.time).toISOString(), reading.flag];
}

describe("local time", () => {
	it("reads winter and summer", () => {
		expect(read("2025-01-15T12:00:00", CHICAGO)).toEqual(["2025-01-15T18:00:00.000Z", undefined]);
		expect(read("2025-07-15T12:00:00", CHICAGO)).toEqual(["2025-07-15T17:00:00.000Z", undefined]);
	});

	it("takes the reading nearest to the reference in the repeated hour, and flags it", () => {
		const late = read("2025-11-02T01:30:00", CHICAGO, "2025-11-02T07:31:00Z");
		expect(late).toEqual(["2025-11-02T07:30:00.000Z", "ambiguous_local_time"]);
		const early = read("2025-11-02T01:30:00", CHICAGO, "2025-11-02T06:31:00Z");
		expect(early).toEqual(["2025-11-02T06:30:00.000Z", "ambiguous_local_time"]);
		expect(read("2025-11-02T01:30:00", CHICAGO)[0]).toBe("2025-11-02T06:30:00.000Z");
	});

	it("knows the seconds around the repeated hour", () => {
		expect(read("2025-11-02T00:59:59", CHICAGO)).toEqual(["2025-11-02T05:59:59.000Z", undefined]);
		expect(read("2025-11-02T01:00:00", CHICAGO)[1]).toBe("ambiguous_local_time");
		expect(read("2025-11-02T01:59:59", CHICAGO)[1]).toBe("ambiguous_local_time");
		expect(read("2025-11-02T02:00:00", CHICAGO)).toEqual(["2025-11-02T08:00:00.000Z", undefined]);
	});

	it("moves a skipped reading forward by the gap, and flags it", () => {
		expect(read("2015-03-08T01:59:59", CHICAGO)).toEqual(["2015-03-08T07:59:59.000Z", undefined]);
		expect(read("2015-03-08T02:30:00", CHICAGO)).toEqual(["2015-03-08T08:30:00.000Z", "skipped_local_time"]);
		expect(localParts(Date.parse("2015-03-08T08:30:00Z"), CHICAGO)).toEqual(parts("2015-03-08T03:30:00"));
		expect(read("2015-03-08T03:00:00", CHICAGO)).toEqual(["2015-03-08T08:00:00.000Z", undefined]);
	});

	it("handles a half-hour change, a skipped day, and a zone without changes", () => {
		expect(read("2025-04-06T01:45:00", "Australia/Lord_Howe", "2025-04-05T14:46:00Z")).toEqual([
			"2025-04-05T14:45:00.000Z",
			"ambiguous_local_time",
		]);
		expect(read("2011-12-30T12:00:00", "Pacific/Apia")).toEqual([
			"2011-12-30T22:00:00.000Z",
			"skipped_local_time",
		]);
		expect(read("2025-06-01T05:30:00", "Asia/Kolkata")).toEqual(["2025-06-01T00:00:00.000Z", undefined]);
		expect(read("2025-06-01T05:30:00", "UTC")).toEqual(["2025-06-01T05:30:00.000Z", undefined]);
	});

	it("carries hours beyond 24 into the next day", () => {
		expect(read("2025-06-01T25:10:00", "UTC")[0]).toBe("2025-06-02T01:10:00.000Z");
	});

	it("knows which zones and which days exist", () => {
		expect(isTimezone(CHICAGO)).toBe(true);
		expect(isTimezone("Europe/Helsinki")).toBe(true);
		for (const name of ["", "Mars/Olympus", "x".repeat(100)]) expect(isTimezone(name)).toBe(false);
		expect(isTimezone(undefined as unknown as string)).toBe(false);
		expect(() => parseLocal(parts("2025-01-01T00:00:00"), "Mars/Olympus", undefined)).toThrow(
			/Mars\/Olympus/,
		);
		expect(isCalendarDate(2024, 2, 29)).toBe(true);
		for (const [y, m, d] of [
			[2023, 2, 29],
			[2023, 13, 1],
			[2023, 0, 1],
			[2023, 4, 31],
			[2023.5, 1, 1],
		] as const) {
			expect(isCalendarDate(y, m, d)).toBe(false);
		}
	});

	it("agrees on every day of four centuries with the calendar of the language", () => {
		for (let day = daysFromCivil(1899, 12, 31); day < daysFromCivil(2301, 1, 1); day++) {
			const { year, month, day: dayOfMonth } = civilFromDays(day);
			if (!isCalendarDate(year, month, dayOfMonth)) throw new Error(`${year}-${month}-${dayOfMonth}`);
			const next = civilFromDays(day + 1);
			if (next.month !== month && isCalendarDate(year, month, dayOfMonth + 1))
				throw new Error(`${year}-${month}`);
		}
	});

	it("agrees with the calendar of the language", () => {
		fc.assert(
			fc.property(fc.integer({ min: -60_000_000_000_000, max: 8_000_000_000_000 }), (time) => {
				const date = new Date(time);
				const read = partsFromUtc(time);
				expect(read).toEqual({
					year: date.getUTCFullYear(),
					month: date.getUTCMonth() + 1,
					day: date.getUTCDate(),
					hour: date.getUTCHours(),
					minute: date.getUTCMinutes(),
					second: date.getUTCSeconds(),
					millisecond: date.getUTCMilliseconds(),
				});
				expect(utcFromParts(read)).toBe(time);
				expect(daysFromCivil(1970, 1, 1)).toBe(0);
				expect(civilFromDays(0)).toEqual({ year: 1970, month: 1, day: 1 });
			}),
		);
	});

	it("comes back to the instant that it started from, through every zone and change", () => {
		const zone = fc.constantFrom(
			CHICAGO,
			"Europe/Helsinki",
			"Australia/Lord_Howe",
			"Africa/Casablanca",
			"America/St_Johns",
			"Asia/Kathmandu",
			"Pacific/Apia",
		);
		fc.assert(
			fc.property(zone, fc.integer({ min: 0, max: 2_200_000_000_000 }), (name, time) => {
				const reading = parseLocal(localParts(time, name), name, time);
				expect(reading.time).toBe(time);
				expect(reading.flag).not.toBe("skipped_local_time");
			}),
			{ numRuns: 500 },
		);
	});

	it("is total over the numbers", () => {
		for (const time of [8.64e15, -8.64e15, 1e300, Number.MIN_SAFE_INTEGER]) {
			expect(Number.isFinite(offsetMsAt(time, CHICAGO))).toBe(true);
		}
	});
});
