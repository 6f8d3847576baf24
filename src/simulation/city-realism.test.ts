import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { type CityVehicle, createCity, type VehicleState } from "./city.js";
import { METRES_PER_DEGREE } from "./city-line.js";
import { ReportSchedule } from "./city-reports.js";
import { GatewayQueue } from "./gateway-queue.js";

/** A Monday, 00:00 in Chicago. */
const MONDAY = Date.UTC(2026, 0, 5, 6);
const city = createCity({ seed: 7, service: "weekday", busLines: 6, tramLines: 2, headwayS: 480 });

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], share: number) =>
	sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What all vehicles do in these hours of Monday, every so many seconds. */
function statesOf(fromHour: number, toHour: number, everyS: number, vehicles = city.vehicles) {
	const states: { readonly vehicle: CityVehicle; readonly state: VehicleState }[] = [];
	for (const vehicle of vehicles) {
		for (let atS = fromHour * 3600; atS < toHour * 3600; atS += everyS)
			states.push({ vehicle, state: city.stateAt(vehicle, MONDAY + atS * SECOND_MS) });
	}
	return states;
}

const trips = city.vehicles.flatMap(({ line, work }) =>
	work.blocks.weekday.flatMap(({ pieces }) =>
		pieces.flatMap((piece) => (piece.kind === "trip" ? [{ line, ...piece }] : [])),
	),
);

describe("a simulated weekday", () => {
	it("has headways: even on paper, shorter at peak, uneven on the street", () => {
		const onPaper = (fromHour: number, toHour: number) =>
			city.lines.flatMap((line) => {
				const starts = trips
					.filter(({ line: one, trip }) => one === line && trip.pattern.directionId === 0)
					.map(({ startS }) => startS)
					.filter((startS) => startS >= fromHour * 3600 && startS < toHour * 3600);
				const ordered = sorted(starts);
				return ordered.slice(1).map((startS, at) => startS - (ordered[at] as number));
			});
		expect(quantile(onPaper(7, 9), 0.5)).toBeGreaterThan(360);
		expect(quantile(onPaper(7, 9), 0.5)).toBeLessThan(720);
		expect(mean(onPaper(11, 14))).toBeGreaterThan(1.15 * mean(onPaper(7, 9)));
		expect(mean(onPaper(21, 24))).toBeGreaterThan(1.5 * mean(onPaper(7, 9)));
		// Riders meet them by what each vehicle is late.
		const delays = statesOf(11, 13, 60)
			.filter(({ state }) => state.phase === "trip")
			.map(({ state }) => state.deviationS);
		expect(quantile(delays, 0.05)).toBeLessThan(0);
		expect(quantile(delays, 0.5)).toBeGreaterThan(10);
		expect(quantile(delays, 0.95)).toBeGreaterThan(75);
		expect(quantile(delays, 0.99)).toBeLessThan(180);
	});

	it("dwells: seconds at most stops, a minute at some", () => {
		const dwells = city.lines.flatMap(({ patterns }) =>
			patterns.flatMap(({ legs }) =>
				legs.filter(({ kind }) => kind === "dwell").map(({ startS, endS }) => endS - startS),
			),
		);
		expect(quantile(dwells, 0.05)).toBeGreaterThanOrEqual(6);
		expect(quantile(dwells, 0.5)).toBeGreaterThan(11);
		expect(quantile(dwells, 0.5)).toBeLessThan(18);
		expect(dwells.filter((dwellS) => dwellS >= 30).length / dwells.length).toBeCloseTo(0.15, 1);
		expect(Math.max(...dwells)).toBeLessThanOrEqual(80);
	});

	it("has traffic by hour: the same run takes longest in the afternoon, and speeds say so", () => {
		const scaleAt = (fromHour: number, toHour: number) =>
			mean(
				trips
					.filter(({ startS }) => startS >= fromHour * 3600 && startS < toHour * 3600)
					.map(({ startS, endS, trip }) => (endS - startS) / trip.pattern.runS),
			);
		const [early, morning, noon, afternoon, night] = [
			[5, 6],
			[8, 9],
			[10, 12],
			[16.5, 18],
			[22, 24],
		].map(([from = 0, to = 0]) => scaleAt(from, to)) as [number, number, number, number, number];
		expect(early).toBeLessThan(1.1);
		expect(morning).toBeGreaterThan(1.15);
		expect(noon).toBeLessThan(morning);
		expect(afternoon).toBeGreaterThan(1.25);
		expect(night).toBeCloseTo(1, 1);
		const speedAt = (from: number, to: number) =>
			mean(
				statesOf(from, to, 97)
					.filter(({ state }) => state.phase === "trip")
					.map(({ state }) => state.speedMps),
			);
		expect(speedAt(22, 24) / speedAt(16.5, 18)).toBeGreaterThan(1.15);
	});

	it("lays over with power down: a third of the vehicles says nothing at the ends of the line", () => {
		const silent = city.vehicles.filter((vehicle) => {
			const { work } = vehicle;
			const [from, to] = [work.countUntil(MONDAY + 7 * HOUR_MS), work.countUntil(MONDAY + 9 * HOUR_MS)];
			const times = Array.from({ length: to - from }, (_, at) => work.timeOf(from + at));
			return times.some((time, at) => {
				const next = times[at + 1] ?? time;
				const middle = city.stateAt(vehicle, (time + next) / 2);
				return next - time > 100 * SECOND_MS && middle.phase === "layover";
			});
		});
		const share = silent.length / city.vehicles.length;
		expect(share).toBeGreaterThan(0.2);
		expect(share).toBeLessThan(0.5);
		// Who is off is off: nothing is measured between pull-in and pull-out.
		for (const vehicle of city.vehicles) {
			const { work } = vehicle;
			for (let number = work.countUntil(MONDAY), left = 300; left > 0; number++, left--)
				expect(city.stateAt(vehicle, work.timeOf(number)).phase).not.toBe("off");
		}
	});

	it("deadheads at the begin and at the end of each block, without a trip, through the streets", () => {
		for (const { work } of city.vehicles) {
			for (const { pieces } of work.blocks.weekday) {
				const kinds = pieces.map(({ kind }) => kind);
				expect(kinds.slice(0, 2)).toEqual(["depot", "deadhead"]);
				expect(kinds.slice(-2)).toEqual(["deadhead", "depot"]);
			}
		}
		const deadheads = statesOf(4, 8, 30).filter(({ state }) => state.phase === "deadhead");
		expect(deadheads.length).toBeGreaterThan(100);
		expect(deadheads.every(({ state }) => state.trip === undefined)).toBe(true);
		const speeds = deadheads.map(({ state }) => state.speedMps);
		expect(mean(speeds)).toBeGreaterThan(7);
		expect(mean(speeds)).toBeLessThan(13);
	});

	it("knows places as receivers do: off by some metres, now and then by many", () => {
		// In the depot the true place is known.
		const errors = statesOf(3, 8, 7).flatMap(({ vehicle, state }) => {
			if (state.phase !== "depot") return [];
			const scale = Math.cos((state.latitude * Math.PI) / 180);
			const north = state.latitude - vehicle.depot.latitude;
			const east = (state.longitude - vehicle.depot.longitude) * scale;
			return [Math.hypot(north, east) * METRES_PER_DEGREE];
		});
		expect(errors.length).toBeGreaterThan(3000);
		expect(quantile(errors, 0.5)).toBeGreaterThan(1.5);
		expect(quantile(errors, 0.5)).toBeLessThan(5);
		expect(quantile(errors, 0.95)).toBeLessThan(8);
		const outliers = errors.filter((metres) => metres > 15).length / errors.length;
		expect(outliers).toBeGreaterThan(0.002);
		expect(outliers).toBeLessThan(0.006);
		expect(Math.max(...errors)).toBeGreaterThan(40);
		expect(Math.max(...errors)).toBeLessThan(120);
	});

	it("sees no sky in tunnels, and nearly always elsewhere", () => {
		const withTunnel = city.vehicles.filter(({ line }) => line.tunnel !== undefined);
		const without = city.vehicles.filter(({ line }) => line.tunnel === undefined);
		const blindShare = (vehicles: readonly CityVehicle[]) => {
			const states = statesOf(8, 20, 61, vehicles).filter(({ state }) => state.phase === "trip");
			return states.filter(({ state }) => !state.hasFix).length / states.length;
		};
		expect(withTunnel.length).toBeGreaterThan(3);
		expect(blindShare(withTunnel)).toBeGreaterThan(0.04);
		expect(blindShare(withTunnel)).toBeLessThan(0.2);
		expect(blindShare(without)).toBeLessThan(0.01);
		expect(blindShare(without)).toBeGreaterThan(0);
	});
});

describe("the radio network on a simulated weekday", () => {
	const schedule = new ReportSchedule(7, 0.08);
	const reports = city.vehicles.flatMap((vehicle) => {
		const [from, to] = [0, 24].map((hour) => schedule.countUntil(vehicle, MONDAY + hour * HOUR_MS));
		return Array.from({ length: (to ?? 0) - (from ?? 0) }, (_, at) =>
			schedule.report(vehicle, (from ?? 0) + at),
		);
	});
	const delaysS = reports.map(({ sampleTime, arrivalTime }) => (arrivalTime - sampleTime) / SECOND_MS);

	it("brings most reports within seconds, stores some for up to two hours, and loses none", () => {
		expect(quantile(delaysS, 0.5)).toBeLessThan(4);
		expect(quantile(delaysS, 0.9)).toBeLessThan(6);
		const late = delaysS.filter((delayS) => delayS > 60).length / delaysS.length;
		expect(late).toBeGreaterThan(0.01);
		expect(late).toBeLessThan(0.1);
		expect(quantile(delaysS, 1)).toBeGreaterThan(3600);
		expect(quantile(delaysS, 1)).toBeLessThan(2 * 3600 + 60);
	});

	it("brings what was stored in bursts, out of order", () => {
		const ofOne = city.vehicles
			.map((vehicle) => reports.filter((report) => report.vehicle === vehicle))
			.map((all) => all.filter(({ arrivalTime, sampleTime }) => arrivalTime - sampleTime > 300 * SECOND_MS));
		const burst = ofOne.find(({ length }) => length > 20) ?? [];
		const arrivals = burst.toSorted((a, b) => a.arrivalTime - b.arrivalTime);
		expect(arrivals.length).toBeGreaterThan(20);
		const together = arrivals.filter(
			({ arrivalTime }, at) => arrivalTime - (arrivals[at - 1]?.arrivalTime ?? 0) < 10 * SECOND_MS,
		);
		expect(together.length).toBeGreaterThan(arrivals.length * 0.8);
		const backwards = arrivals.filter(
			({ sampleTime }, at) => sampleTime < (arrivals[at - 1]?.sampleTime ?? Number.NEGATIVE_INFINITY),
		);
		expect(backwards.length).toBeGreaterThan(arrivals.length * 0.25);
	});

	it("is purged after fifteen minutes, by arrival and not by age", () => {
		const buses = city.vehicles.filter(({ line }) => line.fleet === "bus");
		const queue = new GatewayQueue(buses, schedule, 15 * MINUTE_MS, MONDAY + 8 * HOUR_MS);
		let oldest = queue.oldest;
		let hasOldSample = false;
		for (let minute = 1; minute <= 720; minute += 5) {
			const now = MONDAY + 8 * HOUR_MS + minute * MINUTE_MS;
			queue.advanceTo(now);
			const kept = queue.after(oldest - 1, Number.POSITIVE_INFINITY);
			const ages = kept.map(({ report }) => now - report.arrivalTime);
			expect(Math.max(...ages)).toBeLessThanOrEqual(15 * MINUTE_MS);
			expect(Math.max(...ages)).toBeGreaterThan(14 * MINUTE_MS);
			expect(queue.oldest).toBeGreaterThanOrEqual(oldest);
			hasOldSample ||= kept.some(({ report }) => now - report.sampleTime > 30 * MINUTE_MS);
			oldest = queue.oldest;
		}
		expect(hasOldSample).toBe(true);
	});
});
