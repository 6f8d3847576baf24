import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate, retryAfterMs } from "./http-date.js";

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

describe("HTTP dates", () => {
	it("writes what every platform writes, and reads it back", () => {
		fc.assert(
			fc.property(fc.integer({ min: -8_000_000_000_000, max: 250_000_000_000_000 }), (time) => {
				const text = formatHttpDate(time);
				expect(text).toBe(new Date(time).toUTCString());
				expect(parseHttpDate(text, NOW)).toBe(Math.floor(time / 1000) * 1000);
			}),
		);
	});

	it.each([
		["Sun, 06 Nov 1994 08:49:37 GMT"],
		["Sunday, 06-Nov-94 08:49:37 GMT"],
		["Sun Nov  6 08:49:37 1994"],
	])("reads %s", (text) => {
		expect(parseHttpDate(text, NOW)).toBe(784_111_777_000);
	});

	it("takes a two-digit year as the nearest within fifty years", () => {
		expect(parseHttpDate("Monday, 05-Jan-76 00:00:00 GMT", NOW)).toBe(Date.UTC(2076, 0, 5));
		expect(parseHttpDate("Monday, 05-Jan-77 00:00:00 GMT", NOW)).toBe(Date.UTC(1977, 0, 5));
	});

	it.each([
		"",
		"tomorrow",
		"Sun, 31 Feb 2026 08:49:37 GMT",
		"Sun, 06 Nob 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"x".repeat(1000),
	])("does not take %j for a date", (text) => {
		expect(parseHttpDate(text, NOW)).toBeUndefined();
	});
});

describe("retryAfterMs", () => {
	it.each([
		[{ "retry-after": "120" }, 120_000],
		[{ "retry-after": " 1.5 " }, 1500],
		[{ "retry-after": "0" }, 0],
		// Upstream's clock is a day behind ours: its own Date tells how long it means.
		[{ "retry-after": "Sun, 04 Jan 2026 12:00:30 GMT", date: "Sun, 04 Jan 2026 12:00:00 GMT" }, 30_000],
		[{ "retry-after": "Mon, 05 Jan 2026 12:00:10 GMT" }, 10_000],
		[{ "retry-after": "Mon, 05 Jan 2026 11:00:00 GMT" }, 0],
		[{ "retry-after": "soon" }, undefined],
		[{ "retry-after": "-5" }, undefined],
		[{}, undefined],
	])("%j is %s", (headers, expected) => {
		expect(retryAfterMs(headers as Record<string, string>, NOW)).toBe(expected);
	});
});
