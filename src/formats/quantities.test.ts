import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	bytesOption,
	durationOption,
	formatBytes,
	formatDuration,
	parseBytes,
	parseDuration,
	parseRate,
	rateOption,
} from "./quantities.js";

describe("quantities", () => {
	it("reads durations", () => {
		expect(["20s", "15m", "15min", "1h30m", "250ms", "1d", "1.5s"].map(parseDuration)).toEqual([
			20_000, 900_000, 900_000, 5_400_000, 250, 86_400_000, 1500,
		]);
		for (const wrong of ["", "20", "s", "-5s", "20 s", "20S", "1h 30m", "1e3s", `${"1s".repeat(30)}`])
			expect(parseDuration(wrong), wrong).toBeUndefined();
	});

	it("reads sizes", () => {
		expect(["64KiB", "1MiB", "2GB", "10 kB", "0B"].map(parseBytes)).toEqual([65_536, 1_048_576, 2e9, 1e4, 0]);
		for (const wrong of ["", "64", "64kb", "-1MiB", "1 M"]) expect(parseBytes(wrong), wrong).toBeUndefined();
	});

	it("reads rates", () => {
		expect(["12/min", "64KiB/s", "10000/day", "1/2s"].map(parseRate)).toEqual([
			{ count: 12, perMs: 60_000 },
			{ count: 65_536, perMs: 1000 },
			{ count: 10_000, perMs: 86_400_000 },
			{ count: 1, perMs: 2000 },
		]);
		for (const wrong of ["", "12", "12/", "/min", "0/min", "1/0s", "12/min/min", "x/min", "1/fortnight"])
			expect(parseRate(wrong), wrong).toBeUndefined();
	});

	it("writes what it reads", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => parseDuration(formatDuration(ms)) === ms),
		);
		expect([0, 90_000, 900_000, 1500].map(formatDuration)).toEqual(["0s", "90s", "15m", "1500ms"]);
		expect([0, 1023, 65_536, 1_500_000].map(formatBytes)).toEqual(["0 B", "1023 B", "64 KiB", "1.43 MiB"]);
	});

	it("never throws, whatever it is given", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				parseDuration(text);
				parseBytes(text);
				parseRate(text);
			}),
		);
	});

	it("names the value and the shape that was expected", () => {
		const message = durationOption({ minMs: 1000 }).safeParse("soon").error?.issues[0]?.message;
		expect(message).toBe('"soon" is not a duration such as 20s, 15m, 1h30m or 250ms');
		expect(durationOption({ minMs: 1000, maxMs: 60_000 }).safeParse("1ms").error?.issues[0]?.message).toBe(
			'"1ms" is outside of 1s to 1m',
		);
		expect(durationOption({ minMs: 60_000 }).safeParse("1s").error?.issues[0]?.message).toBe(
			'"1s" is too small; the least is 1m',
		);
		expect(bytesOption().parse("1KiB")).toBe(1024);
		expect(rateOption().safeParse("fast").success).toBe(false);
	});
});
