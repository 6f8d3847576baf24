import { describe, expect, it } from "vitest";
import { expectedByRoute } from "./expected-fleet.js";
import { FleetHistory } from "./fleet-history.js";
import { type IndexedTrip, ScheduleIndex } from "./schedule-index.js";

const MINUTE = 60_000;
/** Mon 5 Jan 2026, 00:00 in Chicago. */
const MONDAY = Date.UTC(2026, 0, 5, 6);
const at = (day: number, hour: number, minute = 0) => MONDAY + ((day * 24 + hour) * 60 + minute) * MINUTE;

/** 20 vehicles from 05:00 to 23:00 on weekdays, 8 from 07:00 on other days, or as `of` says. */
function lived(days: number, of: (day: number) => number, holidays: readonly string[] = []): FleetHistory {
	const history = new FleetHistory("America/Chicago", holidays);
	for (let day = 0; day < days; day++)
		for (let minute = 0; minute < 24 * 60; minute += 5) {
			const hour = minute / 60;
			const [from, most] = of(day) > 10 ? [5, of(day)] : [7, of(day)];
			history.add(hour >= from && hour < 23 ? most : 0, at(day, 0, minute));
		}
	return history;
}

const usual = (day: number) => (day % 7 < 5 ? 20 : 8);

describe("the fleet of earlier days", () => {
	it("is not known before two days of the same sort have been lived", () => {
		expect(lived(2, usual).expected(at(1, 12))).toBeUndefined();
		expect(lived(2, usual).expected(at(2, 12))).toBe(20);
		expect(lived(6, usual).expected(at(5, 12))).toBeUndefined();
		expect(lived(13, usual).expected(at(12, 12))).toBeUndefined();
		expect(lived(19, usual).expected(at(19, 12))).toBe(8);
	});

	it("is nothing at night, the least around the beginning of service, and all in the peak", () => {
		const history = lived(7, usual);
		expect([2, 4, 8, 17].map((hour) => history.expected(at(7, hour)))).toEqual([0, 0, 20, 20]);
		expect(history.expected(at(7, 5, 5))).toBe(0);
		expect(history.expected(at(7, 5, 20))).toBe(20);
		expect(history.expected(at(7, 22, 50))).toBe(0);
	});

	it("learns nothing from one outage or one holiday", () => {
		expect(lived(7, (day) => (day === 3 ? 0 : usual(day))).expected(at(7, 8))).toBe(20);
		expect(lived(7, (day) => (day === 3 ? 8 : usual(day))).expected(at(7, 8))).toBe(20);
	});

	it("takes a holiday that was named for a Sunday", () => {
		const history = lived(15, (day) => (day === 14 ? 8 : usual(day)), ["2026-01-19"]);
		expect(history.expected(at(14, 8))).toBe(8);
	});

	it("comes back as it was, and forgets after three weeks", () => {
		const history = lived(40, usual);
		const again = new FleetHistory("America/Chicago", []);
		again.restore(JSON.parse(JSON.stringify(history.json())));
		expect(again.json()).toEqual(history.json());
		expect(history.json().length).toBeLessThanOrEqual(22);
		expect(again.expected(at(42, 8))).toBe(20);
	});

	it("has gaps where nobody looked", () => {
		const history = new FleetHistory("America/Chicago", []);
		for (let day = 0; day < 4; day++)
			for (let minute = 12 * 60; minute < 13 * 60; minute += 5) history.add(20, at(day, 0, minute));
		expect(history.expected(at(4, 12, 30))).toBe(20);
		expect(history.expected(at(4, 12))).toBeUndefined();
		expect(history.expected(at(4, 6))).toBeUndefined();
	});
});

describe("the fleet by the schedule", () => {
	const trip = (tripId: string, over: Partial<IndexedTrip> = {}): IndexedTrip => ({
		tripId,
		gtfsRouteId: "10",
		directionId: 0,
		blockId: undefined,
		startS: 8 * 3600,
		endS: 9 * 3600,
		days: 1,
		frequencies: undefined,
		resolutions: [],
		...over,
	});
	const indexOf = (trips: readonly IndexedTrip[]) => {
		const book = {
			version: "1",
			trips: new Map(trips.map((one) => [one.tripId, one])),
			byBlock: new Map(),
			byRoute: new Map(),
			routes: new Set(["10"]),
			dormant: new Uint32Array(),
		};
		return new ScheduleIndex(
			[
				{ date: "20260105", start: MONDAY, book },
				{ date: "20260106", start: at(1, 0), book: undefined },
			],
			[],
		);
	};
	const routes = new Set(["10"]);
	const expectedVehicles = (...asked: Parameters<typeof expectedByRoute>) =>
		[...expectedByRoute(...asked).values()].reduce((sum, vehicles) => sum + vehicles, 0);

	it("counts trips that are under way, also past midnight, on known routes and on their day", () => {
		const index = indexOf([
			trip("a"),
			trip("b", { startS: 8.5 * 3600 }),
			trip("other route", { gtfsRouteId: "rail" }),
			trip("other day", { days: 2 }),
			trip("night", { startS: 24 * 3600, endS: 25.5 * 3600 }),
			trip("untimed", { startS: undefined }),
		]);
		const counts = [7, 8, 8.75, 9, 12, 24.5, 26].map((hour) =>
			expectedVehicles(index, at(0, 0, hour * 60), routes),
		);
		expect(counts).toEqual([0, 1, 2, 0, 0, 1, 0]);
		expect(expectedVehicles(index, at(0, 8), new Set())).toBe(0);
		expect(expectedByRoute(index, at(0, 8), new Set(["10", "rail"]))).toEqual(
			new Map([
				["10", 1],
				["rail", 1],
			]),
		);
	});

	it("counts as many vehicles of a headway service as runs are under way", () => {
		const frequencies = [{ tripId: "f", startS: 6 * 3600, endS: 10 * 3600, headwayS: 600, isExact: false }];
		const index = indexOf([trip("f", { startS: 6 * 3600, endS: 7 * 3600, frequencies })]);
		const counts = [5, 6.5, 8, 10.5, 12].map((hour) => expectedVehicles(index, at(0, 0, hour * 60), routes));
		expect(counts).toEqual([0, 3, 6, 3, 0]);
	});
});
