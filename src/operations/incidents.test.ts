import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventEntry } from "../log/event.js";
import { IncidentBook, NOTE_CODE } from "./incidents.js";

const START = Date.UTC(2026, 10, 23, 7, 31);
const MINUTE = 60_000;

function raised(
	atMinutes: number,
	alert: string,
	subject: string,
	severity = "page",
	since = atMinutes - 3,
): EventEntry {
	const details = {
		alert,
		severity,
		since: START + since * MINUTE,
		what: `${alert} of ${subject}.`,
		affected: "42 vehicles.",
		riders: "Old positions.",
		evidence: "Seen.",
		done: "Tried again.",
		todo: "Call the vendor.",
		runbook: `docs/runbooks/${alert}.md`,
	};
	return {
		time: START + atMinutes * MINUTE,
		subject,
		level: "error",
		code: "alert.raised",
		message: "",
		details,
	};
}

function event(
	atMinutes: number,
	code: string,
	subject: string,
	details: Record<string, unknown>,
): EventEntry {
	return { time: START + atMinutes * MINUTE, subject, level: "info", code, message: "", details };
}

const resolved = (atMinutes: number, alert: string, subject: string) =>
	event(atMinutes, "alert.resolved", subject, { alert, severity: "page" });

function bookOf(...events: EventEntry[]) {
	const book = new IncidentBook();
	for (const one of events) book.add(one);
	return book.list();
}

describe("incidents", () => {
	it("are called by what stays true of them", () => {
		const titled = (what: string) => {
			const told = raised(3, "feed-down", "feed:buses", "page", 0);
			return bookOf({ ...told, details: { ...told.details, what } })[0]?.title;
		};
		expect(titled("Feed buses gives nothing good. Upstream fails: gone. It is asked again in 16 s.")).toBe(
			"Feed buses gives nothing good. Upstream fails: gone.",
		);
		expect(titled("The key is refused. A person is needed; it is tried again in 5 minutes.")).toBe(
			"The key is refused. A person is needed.",
		);
		expect(titled("It is asked again and again.")).toBe("It is asked again and again.");
	});

	it("have a beginning, a moment of detection, of care, of mitigation and of resolution", () => {
		const [one] = bookOf(
			raised(3, "feed-down", "feed:buses", "warn", 0),
			raised(5, "feed-down", "feed:buses", "page", 0),
			event(7, "alert.acknowledged", "feed:buses", { alert: "feed-down", by: "mia" }),
			raised(8, "reports-lost", "feed:buses", "warn", 4),
			event(20, "feed.gap", "feed:buses", { feed: "buses", reports: 900, estimated: true }),
			resolved(20, "feed-down", "feed:buses"),
			resolved(30, "reports-lost", "feed:buses"),
		);
		const at = (minutes: number) => START + minutes * MINUTE;
		expect(one).toMatchObject({
			id: "ihtd8j",
			state: "resolved",
			severity: "page",
			title: "feed-down of feed:buses.",
			subjects: ["feed:buses"],
			since: at(0),
			detectedTime: at(3),
			ackedTime: at(7),
			mitigatedTime: at(20),
			resolvedTime: at(30),
			lost: { counted: 0, estimated: 900 },
		});
		expect(one?.alerts.map(({ alert, severity }) => [alert, severity])).toEqual([
			["feed-down", "page"],
			["reports-lost", "warn"],
		]);
	});

	it("take in what begins at about the same time, and nothing else", () => {
		const all = bookOf(
			raised(3, "feed-down", "feed:buses", "page", 0),
			raised(9, "riders-stale", "sink:riders", "page", 6),
			raised(60, "clock-skew", "feed:trams", "warn", 57),
			raised(90, "sink-held", "sink:riders", "page", 88),
		);
		expect(all.map(({ subjects }) => subjects)).toEqual([["feed:trams"], ["feed:buses", "sink:riders"]]);
	});

	it("come back with what is raised again within half an hour, and not later", () => {
		const early = bookOf(
			raised(3, "feed-down", "feed:buses"),
			resolved(10, "feed-down", "feed:buses"),
			raised(35, "feed-down", "feed:buses"),
		);
		expect(early.map(({ state }) => state)).toEqual(["open"]);
		expect(early[0]?.alerts).toHaveLength(1);
		const late = bookOf(
			raised(3, "feed-down", "feed:buses"),
			resolved(10, "feed-down", "feed:buses"),
			raised(41, "feed-down", "feed:buses"),
		);
		expect(late.map(({ state }) => state)).toEqual(["open", "resolved"]);
	});

	it("take losses that are found out just after they are over, and notes at any time", () => {
		const [one] = bookOf(
			raised(3, "feed-down", "feed:buses"),
			resolved(10, "feed-down", "feed:buses"),
			event(11, "feed.gap", "feed:buses", { feed: "buses", reports: 7, estimated: false }),
			event(11, "feed.gap", "feed:trams", { feed: "trams", reports: 70, estimated: false }),
			event(50, "feed.gap", "feed:buses", { feed: "buses", reports: 700, estimated: false }),
			event(900, NOTE_CODE, "feed:buses", { incident: "ihtd8j", by: "mia", text: "vendor" }),
			event(901, NOTE_CODE, "feed:buses", { incident: "i0", by: "mia", text: "another" }),
		);
		expect(one?.lost).toEqual({ counted: 7, estimated: 0 });
		expect(one?.notes).toEqual([{ time: START + 900 * MINUTE, by: "mia", text: "vendor" }]);
	});

	it("have ids of their own when several begin in one minute", () => {
		const all = bookOf(
			raised(3, "feed-down", "feed:buses", "page", 0),
			resolved(4, "feed-down", "feed:buses"),
			raised(5, "sink-held", "sink:riders", "page", 0),
		);
		expect(all.map(({ id }) => id)).toEqual(["ihtd8j-2", "ihtd8j"]);
	});

	it("are bounded, keep those that are open, and have no event of which they make something impossible", () => {
		const names = fc.constantFrom("feed-down", "sink-held", "clock-skew");
		const subjects = fc.constantFrom("feed:a", "feed:b", "sink:c");
		const step = fc.record({
			byMinutes: fc.nat(60),
			code: fc.constantFrom(
				"alert.raised",
				"alert.raised",
				"alert.resolved",
				"alert.acknowledged",
				"feed.gap",
			),
			alert: names,
			subject: subjects,
			severity: fc.constantFrom("page", "warn"),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
				const book = new IncidentBook();
				const open = new Set<string>();
				let minutes = 0;
				for (const { byMinutes, code, alert, subject, severity } of steps) {
					minutes += byMinutes;
					if (code === "alert.raised") {
						open.add(`${alert} ${subject}`);
						book.add(raised(minutes, alert, subject, severity));
					} else {
						if (code === "alert.resolved") open.delete(`${alert} ${subject}`);
						const gap = { feed: subject.slice(5), reports: 1, estimated: false };
						book.add(event(minutes, code, subject, code === "feed.gap" ? gap : { alert, by: "x" }));
					}
				}
				const all = book.list();
				expect(all.length).toBeLessThanOrEqual(200);
				expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
				const held = all.flatMap(({ alerts }) =>
					alerts
						.filter(({ resolvedTime }) => resolvedTime === undefined)
						.map((one) => `${one.alert} ${one.subject}`),
				);
				expect(held.sort()).toEqual([...open].sort());
				for (const one of all) {
					expect(one.since).toBeLessThanOrEqual(one.detectedTime);
					expect(one.state === "open").toBe(one.resolvedTime === undefined);
					if (one.mitigatedTime !== undefined && one.resolvedTime !== undefined)
						expect(one.mitigatedTime).toBeLessThanOrEqual(one.resolvedTime);
				}
			}),
		);
	});
});
