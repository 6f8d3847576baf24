import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minuteText } from "./audit-book.js";
import { OffsetRanges } from "./offset-ranges.js";
import { RecentIds } from "./recent-ids.js";

describe("offset ranges", () => {
	it("hold exactly what was added, in any order", () => {
		fc.assert(
			fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 80 }), (offsets) => {
				const ranges = new OffsetRanges();
				const set = new Set<number>();
				for (const offset of offsets) {
					ranges.add(offset);
					set.add(offset);
					for (let at = -1; at <= 61; at++) expect(ranges.has(at)).toBe(set.has(at));
				}
			}),
			{ numRuns: 100 },
		);
	});
});

describe("recent ids", () => {
	it("sees a repetition over a million ids, and no other", () => {
		const ids = new RecentIds();
		let repeated = 0;
		for (let n = 0; n < 1_000_000; n++)
			if (ids.seen(`vehicle_location/metro:${n}/1795348800000#0`)) repeated++;
		expect(repeated).toBe(0);
		for (const n of [0, 1, 500_000, 999_999]) {
			expect(ids.seen(`vehicle_location/metro:${n}/1795348800000#0`)).toBe(true);
		}
	});

	it("forgets in the end, so that memory is bounded", () => {
		const ids = new RecentIds();
		for (let n = 0; n < 2_200_000; n++) ids.seen(`${n}`);
		expect(ids.seen("0")).toBe(false);
		expect(ids.seen("2199999")).toBe(true);
	});
});

describe("minute text", () => {
	it("agrees with the platform's calendar over all years", () => {
		fc.assert(
			fc.property(fc.integer({ min: -900_000_000, max: 4_000_000_000 }), (minute) => {
				const iso = new Date(minute * 60_000).toISOString();
				if (iso.startsWith("+") || iso.startsWith("-")) return;
				expect(minuteText(minute)).toBe(`${iso.slice(0, 16)}Z`);
			}),
			{ numRuns: 500 },
		);
	});
});
