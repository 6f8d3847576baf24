import { describe, expect, it } from "vitest";
import { judgeAlerts, type ToldAlert } from "./alerts.js";
import type { AlertPlan } from "./scenarios.js";
import { THRESHOLDS } from "./thresholds.js";

const MINUTE = 60_000;
const PLAN: AlertPlan = {
	expected: [
		{ anyOf: ["feed-down"], severity: "warn", byMs: 3 * MINUTE },
		{ anyOf: ["feed-down"], severity: "page", byMs: 5 * MINUTE },
	],
	allowed: ["riders-stale"],
};

const down = (over: Partial<ToldAlert> = {}): ToldAlert => ({
	alert: "feed-down",
	subject: "feed:avl",
	warnMs: [3 * MINUTE],
	pageMs: [5 * MINUTE],
	overMs: 11 * MINUTE,
	...over,
});

const judge = (told: readonly ToldAlert[], plan = PLAN) =>
	judgeAlerts(told, plan, 10 * MINUTE, THRESHOLDS.alerts);

describe("the alerts of a drill", () => {
	it("exceed when the right ones are told in time, once, and over when it is over", () => {
		expect(judge([down(), down({ alert: "riders-stale", overMs: undefined })]).grade).toBe("exceeds");
		expect(judge([down({ pageMs: [6 * MINUTE] })]).grade).toBe("meets");
		expect(judge([down({ subject: "feed:other", warnMs: [9 * MINUTE] }), down()]).grade).toBe("exceeds");
		expect(judge([], { expected: [], allowed: [] }).grade).toBe("exceeds");
	});

	it.each<[string, readonly ToldAlert[]]>([
		["nobody was told feed-down (warn)", []],
		["nobody was told feed-down (page)", [down({ pageMs: [] })]],
		["told more than once", [down({ warnMs: [3 * MINUTE, 4 * MINUTE] })]],
		["told more than once", [down(), down({ overMs: 14 * MINUTE })]],
		["called over while the trouble lasted", [down({ overMs: 6 * MINUTE })]],
		["was not over at the end", [down({ overMs: undefined })]],
		[
			"ledger-unbalanced of ledger was told for nothing",
			[down(), down({ alert: "ledger-unbalanced", subject: "ledger" })],
		],
		["late", [down({ pageMs: [8 * MINUTE] })]],
	])("are below where %s", (reason, told) => {
		expect(judge(told)).toMatchObject({ grade: "below", reason: expect.stringContaining(reason) });
	});
});
