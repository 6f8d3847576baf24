import { expect, it } from "vitest";
import type { HubEvent } from "../hub.js";
import { faultLog, jsonEventLog, plainEventLog } from "./event-log.js";

const EVENT: HubEvent = {
	time: Date.UTC(2026, 2, 3, 17),
	subject: "feed:buses",
	level: "warn",
	code: "feed.state",
	message: "failing: \u001b[31m%s %d is no format\nnor a line",
	details: { state: "failing", frame: 7 },
};

it("writes an object a line for programs, with the time of the event and its level in words", () => {
	const lines: string[] = [];
	const log = jsonEventLog({ out: (line) => lines.push(line) });
	log(EVENT);
	const { details: _, ...bare } = EVENT;
	log({ ...bare, level: "error" });
	expect(lines).toHaveLength(2);
	for (const line of lines) expect(line).toMatch(/^[^\p{Cc}]+$/u);
	expect(JSON.parse(lines[0] ?? "")).toEqual({ ...EVENT, time: "2026-03-03T17:00:00.000Z" });
	expect(JSON.parse(lines[1] ?? "")).toEqual({ ...bare, level: "error", time: "2026-03-03T17:00:00.000Z" });
});

it("writes a sentence for people", () => {
	const lines: string[] = [];
	plainEventLog({ err: (line) => lines.push(line), paint: (tone, text) => `<${tone}>${text}` })(EVENT);
	expect(lines[0]).toMatch(/^2026-03-03T17:00:00\.000Z <warn>warn feed:buses: failing/);
});

it("says a fault that comes again and again once a minute, with how often it was", () => {
	const lines: string[] = [];
	let now = 0;
	const fault = faultLog({ err: (line) => lines.push(line) }, { monotonic: () => now });
	for (now = 0; now < 60_000; now += 1000) fault("GET /status", new Error("broken"));
	fault("GET /metrics", new Error("broken"));
	expect(lines).toEqual(["http: GET /status: broken", "http: GET /metrics: broken"]);
	fault("GET /status", new Error("broken"));
	expect(lines[2]).toBe("http: GET /status: broken (60 times since it was said last)");
});
