import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate, parseRetryAfter } from "./retry-after.js";

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

describe("parseHttpDate", () => {
	it("reads the three forms of RFC 9110", () => {
		const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
		expect(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT", NOW)).toBe(expected);
		expect(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", NOW)).toBe(expected);
		expect(parseHttpDate("Sun Nov  6 08:49:37 1994", NOW)).toBe(expected);
		expect(parseHttpDate("Sun Nov 16 08:49:37 1994", NOW)).toBe(Date.UTC(1994, 10, 16, 8, 49, 37));
	});

	it("takes a two-digit year that seems more than 50 years ahead for one of the past", () => {
		expect(parseHttpDate("Monday, 05-Jan-76 00:00:00 GMT", NOW)).toBe(Date.UTC(2076, 0, 5));
		expect(parseHttpDate("Monday, 05-Jan-77 00:00:00 GMT", NOW)).toBe(Date.UTC(1977, 0, 5));
		expect(parseHttpDate("Monday, 05-Jan-26 00:00:00 GMT", NOW)).toBe(Date.UTC(2026, 0, 5));
	});

	it("knows leap years and leap seconds, and refuses dates that do not exist", () => {
		expect(parseHttpDate("Thu, 29 Feb 2024 00:00:00 GMT", NOW)).toBe(Date.UTC(2024, 1, 29));
		expect(parseHttpDate("Tue, 29 Feb 2000 00:00:00 GMT", NOW)).toBe(Date.UTC(2000, 1, 29));
		expect(parseHttpDate("Wed, 31 Dec 2025 23:59:60 GMT", NOW)).toBe(Date.UTC(2026, 0, 1));
		for (const text of [
			"Sat, 29 Feb 2025 00:00:00 GMT",
			"Thu, 29 Feb 1900 00:00:00 GMT",
			"Thu, 32 Jan 2026 00:00:00 GMT",
			"Thu, 00 Jan 2026 00:00:00 GMT",
			"Thu, 32 Dec 2026 00:00:00 GMT",
			"Thu, 31 Nov 2026 00:00:00 GMT",
			"Thu, 01 Jan 2026 00:00:00 GMT, or later",
			"Thursday, 01-Jan-26 00:00:00 GMT, or later",
			"about Thursday, 01-Jan-26 00:00:00 GMT",
			"Thu Jan  1 00:00:00 2026 or later",
			"about Thu Jan  1 00:00:00 2026",
			"Thu, 01 Foo 2026 00:00:00 GMT",
			"Thu, 01 Jan 2026 24:00:00 GMT",
			"Thu, 01 Jan 2026 00:60:00 GMT",
			"Thu, 01 Jan 2026 00:00:61 GMT",
			"Thu, 01 Jan 2026 00:00:00 CET",
			" Thu, 01 Jan 2026 00:00:00 GMT",
			"2026-01-01T00:00:00Z",
			"",
			"x".repeat(10_000),
		]) {
			expect([text, parseHttpDate(text, NOW)]).toEqual([text, undefined]);
		}
	});

	it("agrees with the platform on every date from 1583 to 9999", () => {
		const instant = fc.integer({ min: Date.UTC(1583, 0, 1) / 1_000, max: Date.UTC(9999, 11, 31) / 1_000 });
		fc.assert(
			fc.property(instant, (seconds) => {
				const text = new Date(seconds * 1_000).toUTCString();
				expect(parseHttpDate(text, NOW)).toBe(seconds * 1_000);
			}),
		);
	});
});

describe("parseRetryAfter", () => {
	it.each([
		["0", 0],
		["120", 120_000],
		[" 1.5 ", 1_500],
		["Mon, 05 Jan 2026 12:00:30 GMT", 30_000],
		["Mon, 05 Jan 2026 11:00:00 GMT", 0],
		["-1", undefined],
		["1e3", undefined],
		["5s", undefined],
		["", undefined],
		[".5", undefined],
		["1".repeat(65), undefined],
		[`${"0".repeat(63)}5`, 5_000],
	])("reads %j as %s ms", (text, expected) => {
		expect(parseRetryAfter(text, undefined, NOW)).toBe(expected);
	});

	it("reads a date relative to the Date of the answer, so that a wrong clock does no harm", () => {
		const until = "Mon, 05 Jan 2026 09:00:10 GMT";
		expect(parseRetryAfter(until, "Mon, 05 Jan 2026 09:00:00 GMT", NOW)).toBe(10_000);
		expect(parseRetryAfter(until, " Mon, 05 Jan 2026 09:00:00 GMT ", NOW)).toBe(10_000);
		expect(parseRetryAfter(until, "garbage", NOW)).toBe(0);
		expect(parseRetryAfter("3", "Mon, 05 Jan 2026 09:00:00 GMT", NOW)).toBe(3_000);
	});
});
