import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { durationOption, formatDuration, parseDuration } from "./duration.js";

describe("a duration", () => {
	it.each([
		["60s", 60_000],
		["5m", 300_000],
		["5min", 300_000],
		["250ms", 250],
		["1h30m", 5_400_000],
		["1h 30m", 5_400_000],
		["2d", 172_800_000],
		["0.5s", 500],
		[" 15 s ", 15_000],
		[1500, 1500],
		[0, 0],
	])("reads %j as %d milliseconds", (text, milliseconds) => {
		expect(parseDuration(text)).toBe(milliseconds);
	});

	it.each(["", "60", "s", "-5s", "5 parsecs", "1h-3m", "NaN", "1e3s", "99999999d", -1, Number.NaN, Infinity])(
		"refuses %j",
		(text) => {
			expect(parseDuration(text)).toBeUndefined();
		},
	);

	it("reads back what it writes", () => {
		fc.assert(
			fc.property(fc.nat(4_000_000_000), (milliseconds) => {
				expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
			}),
		);
		expect(formatDuration(90_000)).toBe("90s");
		expect(formatDuration(300_000)).toBe("5m");
		expect(formatDuration(0)).toBe("0ms");
	});

	it("never throws, whatever the text", () => {
		fc.assert(fc.property(fc.string(), (text) => void parseDuration(text)));
	});

	it("is an option with a default that the published schema shows, and says how to write it", () => {
		const options = z.strictObject({ every: durationOption.prefault("15s") });
		expect(options.parse({})).toEqual({ every: 15_000 });
		expect(options.parse({ every: "2m" })).toEqual({ every: 120_000 });
		expect(JSON.stringify(z.toJSONSchema(options, { io: "input" }))).toContain('"default":"15s"');
		expect(options.safeParse({ every: "soon" }).error?.issues[0]?.message).toBe(
			'"soon" is not a duration: write it like 250ms, 60s, 5m, 1h30m or 2d',
		);
		expect(z.encode(options, { every: 300_000 })).toEqual({ every: "5m" });
	});
});
