import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Latency } from "./latency.js";

describe("Latency", () => {
	it("is at most a fifth above what a sorted list would say", () => {
		const durations = fc.array(fc.double({ min: 0.25, max: 1_000_000, noNaN: true }), {
			minLength: 1,
			maxLength: 200,
			size: "max",
		});
		fc.assert(
			fc.property(durations, fc.integer({ min: 1, max: 100 }), (values, percent) => {
				const latency = new Latency();
				for (const ms of values) latency.add(ms);
				const sorted = [...values].sort((a, b) => a - b);
				const exact = sorted[Math.ceil((values.length * percent) / 100) - 1] ?? 0;
				const told = latency.percentile(percent);
				expect(told).toBeGreaterThanOrEqual(exact);
				expect(told).toBeLessThanOrEqual(exact * 1.2);
			}),
			{ seed: 27 },
		);
	});

	it("takes what is shorter or longer than its scale as its ends", () => {
		const latency = new Latency();
		for (const ms of [0, 0.01]) latency.add(ms);
		expect(latency.percentile(100)).toBeLessThan(0.3);
		for (const ms of [1e9, 1e12, Number.POSITIVE_INFINITY]) latency.add(ms);
		expect(latency.percentile(100)).toBe(2 ** 20);
		expect(latency.count).toBe(5);
	});

	it("lets the past fade: after a thousand measurements all counts are halved", () => {
		const latency = new Latency();
		for (let call = 0; call < 1_023; call += 1) latency.add(100);
		expect(latency.count).toBe(1_023);
		latency.add(100);
		expect(latency.count).toBe(512);
		expect(latency.percentile(50)).toBeCloseTo(107.6, 1);
		for (let call = 0; call < 3_000; call += 1) latency.add(1);
		expect(latency.percentile(95)).toBeLessThan(2);
		expect(latency.count).toBeGreaterThan(500);
		expect(latency.count).toBeLessThan(1_024);
	});
});
