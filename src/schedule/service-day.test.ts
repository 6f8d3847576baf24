import { describe, expect, it } from "vitest";
import { ServiceCalendar } from "./service-calendar.js";
import {
	addDays,
	daysBetween,
	localDate,
	serviceDayStart,
	timeOfService,
	weekdayBit,
} from "./service-day.js";

const CHICAGO = "America/Chicago";
const iso = (time: number) => new Date(time).toISOString();

describe("a service day", () => {
	it("counts from midnight on every day on which clocks do not change", () => {
		expect(iso(serviceDayStart("20260105", CHICAGO))).toBe("2026-01-05T06:00:00.000Z");
		expect(iso(timeOfService("20260105", 8 * 3600, CHICAGO))).toBe("2026-01-05T14:00:00.000Z");
		expect(iso(timeOfService("20260105", 25.5 * 3600, CHICAGO))).toBe("2026-01-06T07:30:00.000Z");
	});

	it("counts from noon minus 12 hours when clocks go forward and back", () => {
		// 2026-03-08 has no 02:00 to 03:00: the day begins at 23:00 of the evening before.
		expect(iso(serviceDayStart("20260308", CHICAGO))).toBe("2026-03-08T05:00:00.000Z");
		expect(iso(timeOfService("20260308", 8 * 3600, CHICAGO))).toBe("2026-03-08T13:00:00.000Z");
		// 2026-11-01 has 01:00 to 02:00 twice: it begins at 01:00 by the first of the two.
		expect(iso(serviceDayStart("20261101", CHICAGO))).toBe("2026-11-01T06:00:00.000Z");
		expect(iso(timeOfService("20261101", 8 * 3600, CHICAGO))).toBe("2026-11-01T14:00:00.000Z");
		// A trip of the evening before runs through the change without a jump.
		expect(
			timeOfService("20260307", 27 * 3600, CHICAGO) - timeOfService("20260307", 25 * 3600, CHICAGO),
		).toBe(7_200_000);
	});

	it("knows the date of an instant, its neighbours and its weekday", () => {
		expect(localDate(Date.parse("2026-01-06T05:59:59Z"), CHICAGO)).toBe("20260105");
		expect(localDate(Date.parse("2026-01-06T06:00:00Z"), CHICAGO)).toBe("20260106");
		expect([addDays("20260228", 1), addDays("20240228", 1), addDays("20260101", -1)]).toEqual([
			"20260301",
			"20240229",
			"20251231",
		]);
		expect(daysBetween("20251231", "20260301")).toBe(60);
		expect([weekdayBit("20260105"), weekdayBit("20260111"), weekdayBit("19691231")]).toEqual([1, 64, 4]);
	});
});

describe("a service calendar", () => {
	const calendar = new ServiceCalendar(
		[
			{ serviceId: "WD", days: 0b0011111, startDate: "20260101", endDate: "20260630" },
			{ serviceId: "SU", days: 0b1000000, startDate: "20260201", endDate: "20260201" },
			{ serviceId: "never", days: 0, startDate: "20200101", endDate: "20300101" },
		],
		[
			{ serviceId: "WD", date: "20260119", isAdded: false },
			{ serviceId: "holiday", date: "20260119", isAdded: true },
			{ serviceId: "holiday", date: "20260704", isAdded: true },
			{ serviceId: "WD", date: "20270101", isAdded: false },
		],
	);

	it("runs on its days between its dates, both included, and obeys exceptions", () => {
		const on = (date: string) => [...calendar.activeOn(date)];
		expect(on("20260101")).toEqual(["WD"]);
		expect(on("20260630")).toEqual(["WD"]);
		expect(on("20260701")).toEqual([]);
		expect(on("20260103")).toEqual([]);
		expect(on("20260201")).toEqual(["SU"]);
		expect(on("20260119")).toEqual(["holiday"]);
	});
});
