import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type City, type CityVehicle, createCity } from "./city.js";
import { METRES_PER_DEGREE } from "./city-line.js";
import { noise } from "./city-noise.js";
import { ReportSchedule, UNDERWAY_MAX_MS } from "./city-reports.js";

const NOW = 1_767_614_400_000;
const city = createCity({ seed: 7 });

function metresBetween(
	a: { readonly latitude: number; readonly longitude: number },
	b: { readonly latitude: number; readonly longitude: number },
): number {
	const scale = Math.cos((a.latitude * Math.PI) / 180);
	return Math.hypot(b.latitude - a.latitude, (b.longitude - a.longitude) * scale) * METRES_PER_DEGREE;
}

/** By its place: a vehicle has a whole timetable, which nobody wants to read in a counterexample. */
const anyVehicle = fc.integer({ min: 0, max: city.vehicles.length - 1 });
const vehicleOf = (index: number) => city.vehicles[index] as CityVehicle;
const anyTime = fc.integer({ min: NOW, max: NOW + 30 * 86_400_000 });

describe("the city", () => {
	it("is the same for the same seed, and another for another", () => {
		const again = createCity({ seed: 7 });
		const plan = ({ vehicles }: City) =>
			JSON.stringify(vehicles.map(({ vehicleId, operatorId }) => [vehicleId, operatorId])) +
			vehicles.map(({ work }) => [0, 999].map((number) => work.timeOf(number))).join();
		expect(plan(again)).toBe(plan(city));
		expect(plan(createCity({ seed: 8 }))).not.toBe(plan(city));
		const [vehicle] = city.vehicles;
		expect(again.stateAt(vehicle!, NOW)).toEqual(city.stateAt(vehicle!, NOW));
	});

	it("has buses and trams of different names, and stops in order", () => {
		expect(new Set(city.vehicles.map(({ vehicleId }) => vehicleId)).size).toBe(city.vehicles.length);
		expect(new Set(city.lines.map(({ gtfsRouteId }) => gtfsRouteId)).size).toBe(city.lines.length);
		expect(new Set(city.vehicles.map(({ line }) => line.fleet))).toEqual(new Set(["bus", "tram"]));
		for (const line of city.lines) {
			const distances = line.stops.map(({ distanceM }) => distanceM);
			expect([...distances].sort((a, b) => a - b)).toEqual(distances);
			for (const { legs, runS } of line.patterns) {
				expect(legs.every((leg, i) => leg.startS === (legs[i - 1]?.endS ?? 0))).toBe(true);
				expect(legs.at(-1)?.endS).toBe(runS);
			}
		}
	});

	it("keeps every vehicle inside, at a speed that fits what it covers", () => {
		fc.assert(
			fc.property(anyVehicle, anyTime, (index, time) => {
				const vehicle = vehicleOf(index);
				const before = city.stateAt(vehicle, time);
				const after = city.stateAt(vehicle, time + 10_000);
				expect(Math.abs(before.latitude - 41.875)).toBeLessThan(0.15);
				expect(Math.abs(before.longitude + 87.745)).toBeLessThan(0.15);
				expect(before.speedMps).toBeGreaterThanOrEqual(0);
				expect(before.speedMps).toBeLessThan(30);
				expect(before.headingDeg).toBeGreaterThanOrEqual(0);
				expect(before.headingDeg).toBeLessThan(360);
				expect(Math.abs(before.deviationS)).toBeLessThan(180);
				expect(before.occupancy).toBeGreaterThanOrEqual(0);
				expect(before.occupancy).toBeLessThanOrEqual(100);
				// Ten seconds at the highest speed, and the errors of two fixes, outliers among them.
				expect(metresBetween(before, after)).toBeLessThan(30 * 10 + 2 * 110);
			}),
			{ numRuns: 500 },
		);
	});

	it("works: over a day every vehicle leaves the depot, serves stops in both directions, is late and on time, and rests", () => {
		for (const vehicle of city.vehicles) {
			const states = Array.from({ length: 1440 }, (_, i) => city.stateAt(vehicle, NOW + i * 60_000));
			expect(new Set(states.map(({ directionId }) => directionId)).size).toBe(2);
			expect(new Set(states.map(({ stopId }) => stopId)).size).toBeGreaterThan(10);
			expect(new Set(states.map(({ status }) => status)).size).toBe(3);
			expect(new Set(states.map(({ phase }) => phase))).toEqual(
				new Set(["off", "depot", "deadhead", "layover", "trip"]),
			);
			expect(new Set(states.map(({ deviationS }) => deviationS)).size).toBeGreaterThan(30);
			const off = states.filter(({ phase }) => phase === "off").length / states.length;
			expect(off).toBeLessThan(0.15);
		}
	});
});

describe("reports of vehicles", () => {
	const schedule = new ReportSchedule(7, 0.3);

	it("come in after they were measured, and within the limit", () => {
		fc.assert(
			fc.property(anyVehicle, anyTime, (index, time) => {
				const vehicle = vehicleOf(index);
				const count = schedule.countUntil(vehicle, time);
				const report = schedule.report(vehicle, count - 1);
				expect(report.sampleTime).toBeLessThanOrEqual(time);
				expect(schedule.report(vehicle, count).sampleTime).toBeGreaterThan(time);
				expect(report.sampleTime % 1000).toBe(0);
				expect(report.arrivalTime).toBeGreaterThan(report.sampleTime);
				expect(report.arrivalTime - report.sampleTime).toBeLessThanOrEqual(UNDERWAY_MAX_MS);
				const newest = schedule.newestAt(vehicle, time);
				expect(newest?.arrivalTime ?? 0).toBeLessThanOrEqual(time);
			}),
			{ numRuns: 500 },
		);
	});

	it("finds what is under way as somebody would who looks at every report", () => {
		const underway = schedule.underwayAt(city.vehicles, NOW);
		const expected = city.vehicles.flatMap((vehicle) => {
			const end = schedule.countUntil(vehicle, NOW);
			return Array.from({ length: 100 }, (_, i) => schedule.report(vehicle, end - 1 - i)).filter(
				({ arrivalTime }) => arrivalTime > NOW,
			);
		});
		expect(underway.length).toBe(expected.length);
		expect(underway.length).toBeGreaterThan(0);
	});
});

describe("noise", () => {
	it("is even, and depends on every key", () => {
		const values = Array.from({ length: 20_000 }, (_, i) => noise(1, NOW + i));
		const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
		expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
		expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
		expect(Math.max(...values)).toBeLessThan(1);
		expect(noise(1, 2, 3)).not.toBe(noise(1, 3, 2));
		expect(noise(1, NOW)).not.toBe(noise(1, NOW + 4_294_967_296));
		expect(noise(1, 2)).not.toBe(noise(2, 2));
	});
});
