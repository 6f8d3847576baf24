import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { localDay, localDayAt } from "./local-day.js";

const HOUR = 3_600_000;
const ZONES = ["America/Chicago", "UTC", "Asia/Kolkata", "Asia/Beirut", "America/Santiago", "Pacific/Apia"];

describe("a local day", () => {
	it.each([
		["America/Chicago", "2026-03-08T12:00Z", 23],
		["America/Chicago", "2026-11-01T12:00Z", 25],
		["America/Chicago", "2026-06-01T12:00Z", 24],
		// Clocks skip midnight itself here.
		["Asia/Beirut", "2026-03-29T12:00Z", 23],
	])("in %s at %s has %i hours", (zone, time, hours) => {
		const day = localDayAt(Date.parse(time), zone);
		expect((day.endTime - day.startTime) / HOUR).toBe(hours);
	});

	it("holds its time, and days follow each other without a hole", () => {
		const year = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) });
		fc.assert(
			fc.property(year, fc.constantFrom(...ZONES), (time, zone) => {
				const day = localDayAt(time, zone);
				expect(time).toBeGreaterThanOrEqual(day.startTime);
				expect(time).toBeLessThan(day.endTime);
				expect(localDay(day.index + 1, zone).startTime).toBe(day.endTime);
			}),
		);
	});
});
