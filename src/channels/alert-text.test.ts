import { describe, expect, it } from "vitest";
import { shortSpanText, spanText } from "../model/span-text.js";
import { alertText, type Told, type ToldAlert, testText } from "./alert-text.js";
import { plainText } from "./plain-text.js";
import { isQuiet } from "./quiet-hours.js";

/** Mon 5 Jan 2026, 07:30 in Chicago. */
const TIME = Date.UTC(2026, 0, 5, 13, 30);
const MINUTE = 60_000;

const ALERT: ToldAlert = {
	alert: "feed-down",
	severity: "page",
	subject: "feed:metro-avl",
	since: TIME - 12 * MINUTE,
	what: "Feed metro-avl gives nothing good. Upstream fails: avl.example answered 503. It is asked again in 40 s.",
	affected: "Agency metro: riders of rider-feed; 182 vehicles on 14 routes; sinks rider-feed, archive.",
	riders: "The last positions, ageing truly; from 07:48 on none.",
	evidence: "18 attempts since 07:18; the breaker is open.",
	done: "It is asked again within its budget.",
	todo: "Find out whether it is upstream, the network or the key, and tell upstream's contact.",
	owner: "Transit desk, +1 555 0100",
};
const OPTIONS = {
	source: "Wayside at https://avl.example",
	statusUrl: "https://avl.example/status",
	runbooksUrl: "https://docs.example/runbooks/",
	timezone: "America/Chicago",
};
const textOf = (told: Partial<Told>) =>
	plainText({ id: "1", ...alertText({ kind: "raised", alerts: [ALERT], now: TIME, ...told }, OPTIONS) });

describe("the text of an alert", () => {
	it("says what, since when, who, what riders see, evidence, what was done and what to do, in that order", () => {
		expect(textOf({})).toBe(`PAGE: Feed metro-avl gives nothing good.

What: Feed metro-avl gives nothing good. Upstream fails: avl.example answered 503. It is asked again in 40 s.
Since: 07:18 on Mon 5 Jan (America/Chicago), 12 minutes ago
Affected: Agency metro: riders of rider-feed; 182 vehicles on 14 routes; sinks rider-feed, archive.
Riders see: The last positions, ageing truly; from 07:48 on none.
Evidence: 18 attempts since 07:18; the breaker is open.
Done by itself: It is asked again within its budget.
To do: Find out whether it is upstream, the network or the key, and tell upstream's contact.
Owner: Transit desk, +1 555 0100
Runbook: https://docs.example/runbooks/feed-down.md

Sent by Wayside at https://avl.example. Status: https://avl.example/status`);
	});

	it("says of the end how long it lasted, and of a burst what is in it", () => {
		expect(textOf({ kind: "resolved" })).toBe(`OVER: Feed metro-avl gives nothing good.

What was: Feed metro-avl gives nothing good. Upstream fails: avl.example answered 503. It is asked again in 40 s.
Over: It began 07:18 on Mon 5 Jan (America/Chicago) and lasted 12 minutes.
To do: Nothing, unless its runbook says what to look at afterwards.
Runbook: https://docs.example/runbooks/feed-down.md

Sent by Wayside at https://avl.example. Status: https://avl.example/status`);
		const warning: ToldAlert = { ...ALERT, alert: "sink-lagging", severity: "warn", subject: "sink:x" };
		const burst = textOf({ alerts: [ALERT, warning], kind: "reminder", note: "Nobody has acknowledged it." });
		expect(burst.split("\n").slice(0, 5)).toEqual([
			"STILL OPEN: PAGE: 2 alerts: feed-down, sink-lagging",
			"",
			"Nobody has acknowledged it.",
			"",
			"* Feed metro-avl gives nothing good.",
		]);
		expect(textOf({ alerts: [warning], kind: "acknowledged" })).toMatch(/^ACKNOWLEDGED: Feed metro-avl/);
	});

	it("speaks of a long outage to each reader as that reader needs it", () => {
		const at = (reader: Told["reader"], minutes: number) =>
			textOf({
				kind: "outage",
				reader,
				alerts: [{ ...ALERT, since: TIME - minutes * MINUTE }],
			});
		expect(at("owner", 15)).toContain("Riders see: The last positions, ageing truly; from 07:48 on none.");
		expect(at("upstream", 60)).toBe(`OUTAGE, for upstream's contact: Feed metro-avl gives nothing good.

Message: Since 06:30 on Mon 5 Jan (America/Chicago), 60 minutes ago, we receive nothing usable from your interface for our feed metro-avl. We ask within the agreed budget and have changed nothing.
What we see: Feed metro-avl gives nothing good. Upstream fails: avl.example answered 503. It is asked again in 40 s. 18 attempts since 07:18; the breaker is open.
Please: Tell us whether this is known, what is affected and when you expect it to work again; and whether the messages of this time are kept, so that we can read them afterwards. Our contact: Transit desk, +1 555 0100.
Runbook: https://docs.example/runbooks/feed-down.md

Sent by Wayside at https://avl.example. Status: https://avl.example/status`);
		expect(at("management", 240)).toContain(
			"In short: Feed metro-avl has given nothing usable for 4 h (since 03:30 on Mon 5 Jan (America/Chicago)). Buses run;",
		);
	});

	it("marks a test as one", () => {
		const told = plainText({ id: "1", ...testText("desk", TIME, OPTIONS) });
		expect(told).toMatch(/^TEST: channel desk of Wayside works\n/);
		expect(told).toContain("Nothing is wrong, and nothing has to be done.");
	});

	it.each([
		[20_000, "less than a minute"],
		[MINUTE, "1 minute"],
		[119 * MINUTE, "119 minutes"],
		[120 * MINUTE, "2 h"],
		[200 * MINUTE, "3 h 20 min"],
		[72 * 60 * MINUTE, "3 days"],
	])("tells %i ms as %s", (ms, text) => {
		expect(spanText(ms)).toBe(text);
		expect(shortSpanText(ms)).toBe(ms < 2 * MINUTE ? `${ms / 1000} s` : text);
	});
});

describe("quiet hours", () => {
	const at = (hour: number, minute = 0) => Date.UTC(2026, 0, 5, hour + 6, minute);
	const night = { fromMinute: 21 * 60, toMinute: 6 * 60 + 30, timezone: "America/Chicago" };

	it("go over midnight, by the clocks of the agency, and end to the minute", () => {
		expect([20, 21, 23, 2, 6].map((hour) => isQuiet(night, at(hour)))).toEqual([
			false,
			true,
			true,
			true,
			true,
		]);
		expect(isQuiet(night, at(6, 29))).toBe(true);
		expect(isQuiet(night, at(6, 30))).toBe(false);
		const noon = { ...night, fromMinute: 12 * 60, toMinute: 13 * 60 };
		expect([11, 12, 13].map((hour) => isQuiet(noon, at(hour)))).toEqual([false, true, false]);
		expect(isQuiet(undefined, at(3))).toBe(false);
	});
});
