import { describe, expect, it } from "vitest";
import { gapSentence, spanWords } from "./gap-words.js";
import { HeadroomWatch } from "./headroom.js";

const MINUTE = 60_000;
const W = 15 * MINUTE;

describe("the announcement of a gap", () => {
	const run = (minutes: readonly number[]) => {
		const watch = new HeadroomWatch();
		return minutes.map((left) => watch.judge({ headroomMs: left * MINUTE, windowMs: W })?.level);
	};

	it("warns at one half, is an error at one fifth, and is taken back with some distance", () => {
		expect(run([15, 8, 7.5, 5, 3, 0, -60, 15])).toEqual([
			undefined,
			undefined,
			"warn",
			undefined,
			"error",
			undefined,
			undefined,
			"info",
		]);
	});

	it("does not swing", () => {
		expect(run([7.4, 7.6, 7.4, 8.9, 7.4, 9.1, 7.4])).toEqual([
			"warn",
			undefined,
			undefined,
			undefined,
			undefined,
			"info",
			"warn",
		]);
		expect(run([3, 3.1, 2.9, 4.4, 2.9, 4.6, 3])).toEqual([
			"error",
			undefined,
			undefined,
			undefined,
			undefined,
			undefined,
			"error",
		]);
	});

	it("says how long there is still time", () => {
		const watch = new HeadroomWatch();
		expect(watch.judge(undefined)).toBeUndefined();
		expect(watch.judge({ headroomMs: 7 * MINUTE, windowMs: W })?.message).toBe(
			"Upstream keeps what was not read for 15 minutes: unless it is read within 7 minutes, reports are lost",
		);
		expect(watch.judge({ headroomMs: -1, windowMs: W })?.message).toBe(
			"Upstream keeps what was not read for 15 minutes: reports are being lost until it is read again",
		);
	});
});

describe("the words of a gap", () => {
	const at = (text: string) => Date.parse(text);

	it("say how long, how many and when, and name the day when it is another", () => {
		const gap = { fromTime: at("2026-11-22T07:31:20Z"), toTime: at("2026-11-22T08:11:00Z") };
		expect(gapSentence({ ...gap, reports: 1_204_333, estimated: true }, at("2026-11-22T08:26:00Z"))).toBe(
			"Lost 40 minutes, about 1,204,333 reports, between 07:31 and 08:11 UTC",
		);
		expect(gapSentence({ ...gap, reports: 1, estimated: false }, at("2026-11-23T00:01:00Z"))).toBe(
			"Lost 40 minutes, 1 report, between 2026-11-22 07:31 and 2026-11-22 08:11 UTC",
		);
		const short = { fromTime: at("2026-11-22T07:31:08Z"), toTime: at("2026-11-22T07:31:20Z") };
		expect(gapSentence({ ...short, reports: 116, estimated: false }, at("2026-11-22T07:40:00Z"))).toBe(
			"Lost 12 seconds, 116 reports, between 07:31:08 and 07:31:20 UTC",
		);
	});

	it.each([
		[0, "less than a second"],
		[20_000, "20 seconds"],
		[90_000, "1 minute 30 seconds"],
		[80 * MINUTE, "1 hour 20 minutes"],
		[24 * 60 * MINUTE, "1 day"],
		[49 * 60 * MINUTE, "2 days 1 hour"],
	])("name %d ms: %s", (ms, words) => {
		expect(spanWords(ms)).toBe(words);
	});
});
