import { describe, expect, it } from "vitest";
import type { SubjectHistory } from "../operations/status.js";
import { BAR_MS, BARS } from "../operations/status-history.js";
import { pastLine, pastSentence } from "./status-past.js";

const MIDNIGHT = Date.UTC(2026, 5, 1);

function history(states: string, counts: Readonly<Record<number, number>>): SubjectHistory {
	const all = Array.from({ length: BARS }, (_, at) => counts[at] ?? 0);
	return { subject: "feed:buses", fromTime: MIDNIGHT, states: states.padEnd(BARS, "w"), counts: all };
}

describe("the last 24 hours on the status page", () => {
	it("are a sentence", () => {
		expect(pastSentence(history("", { 3: 1200, 4: 30 }), "records")).toBe(
			"Last 24 hours: 1,230 records, at most 1,200 in a quarter of an hour.",
		);
		expect(pastSentence(history("........wwddt", { 20: 5 }), "records")).toBe(
			"Last 24 hours: 5 records, at most 5 in a quarter of an hour. Some of the time down in 2 quarters, failing in 1 quarter, the last at 03:00 UTC. Of 2 h nothing is known.",
		);
		expect(pastSentence(history("d", {}), "delivered")).toContain("held in 1 quarter, the last at 00:00 UTC");
	});

	it("are a picture that says the same to who cannot see it, and tells trouble by height too", () => {
		const line = pastLine(history("..ttd", { 0: 10, 95: 5 }), "records");
		const [, label] = /aria-label="([^"]+)"/.exec(line) ?? [];
		expect(line).toContain(`<small>${label}</small>`);
		expect(line).toContain('<path class="bars" d="M0 26v-26h3v26zM380 26v-13h3v13z"/>');
		expect(
			[...line.matchAll(/<rect class="(\w+)" x="(\d+)" y="26" width="(\d+)" height="(\d+)"/g)].map((one) =>
				one.slice(1),
			),
		).toEqual([
			["warn", "8", "8", "5"],
			["bad", "16", "4", "8"],
			["good", "20", "364", "2"],
		]);
		expect(BAR_MS * BARS).toBe(86_400_000);
		expect(pastLine(undefined, "records")).toBe("");
	});
});
