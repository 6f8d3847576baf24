import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALERT_RULES, type AlertRule } from "./alert-rules.js";
import { Alerts } from "./alerts.js";
import type { FeedStatus, HubStatus, SinkStatus } from "./status.js";

const TIME = 1_795_000_000_000;
const MINUTE = 60_000;

const feed = (over: Partial<FeedStatus> = {}): FeedStatus => ({
	name: "avl",
	agency: "metro",
	state: "running",
	sentence: "Frames come as expected.",
	since: TIME,
	lastFrameTime: TIME,
	ageMs: 1000,
	purgeHeadroomMs: undefined,
	gaps: { countedReports: 0, estimatedReports: 0, last: undefined },
	frames: 1,
	records: 1,
	removals: 0,
	duplicates: 0,
	deadLetters: 0,
	late: 0,
	breaker: "closed",
	upstreams: [],
	...over,
});

const sink = (over: Partial<SinkStatus> = {}): SinkStatus => ({
	name: "rider-feed",
	type: "gtfs-realtime",
	state: "running",
	sentence: "Published.",
	since: TIME,
	lagEntries: 0,
	lagAgeMs: undefined,
	delivered: 1,
	deadLetters: 0,
	cursorless: 0,
	facts: { vehicles: 20, inService: 20, overdue: 3 },
	...over,
});

const hub = (over: Partial<HubStatus> = {}): HubStatus => ({
	version: "1",
	startedTime: TIME,
	time: TIME,
	ready: true,
	sentence: "It runs.",
	feeds: [feed()],
	sinks: [sink()],
	quotas: [],
	store: { state: "ok", sentence: "It takes more.", topics: [], freeBytes: 1e9 },
	ledger: { balanced: true, checkedTime: TIME, sentence: "Every account adds up." },
	...over,
});

const schedule = (resolved: number, unresolved: number, over = {}) =>
	[
		{
			agency: "metro",
			state: "current",
			sentence: "Schedule A is used.",
			refusal: undefined,
			match: { recent: { resolved, unresolved } },
			...over,
		},
	] as unknown as NonNullable<HubStatus["schedules"]>;

const quota = (used: number, closedUntil?: number) => [
	{ name: "key", limit: 1000, used, reserve: 0, resetTime: TIME + 90 * MINUTE, closedUntil },
];

/** What each rule says of a hub in which that is wrong: the subject and the worst that it may become. */
const WRONG: readonly (readonly [string, Partial<HubStatus>, string, "warn" | "page"])[] = [
	["feed-down", { feeds: [feed({ state: "failing" })] }, "feed:avl", "page"],
	[
		"headroom-low",
		{ feeds: [feed({ purgeHeadroomMs: 450_000, purgeWindowMs: 900_000 })] },
		"feed:avl",
		"warn",
	],
	["headroom-low", { feeds: [feed({ purgeHeadroomMs: -1, purgeWindowMs: 900_000 })] }, "feed:avl", "page"],
	["riders-stale", { sinks: [sink({ facts: { inService: 10, overdue: 2 } })] }, "sink:rider-feed", "page"],
	["match-rate-low", { schedules: schedule(89, 11) }, "schedule:metro", "warn"],
	["match-rate-low", { schedules: schedule(69, 31) }, "schedule:metro", "page"],
	["schedule-missing", { schedules: schedule(100, 0, { state: "expired" }) }, "schedule:metro", "warn"],
	[
		"schedule-missing",
		{ schedules: schedule(100, 0, { refusal: { time: TIME } }) },
		"schedule:metro",
		"warn",
	],
	["quota-filling", { quotas: quota(800) }, "quota:key", "warn"],
	["quota-filling", { quotas: quota(10, TIME + MINUTE) }, "quota:key", "page"],
	["sink-held", { sinks: [sink({ state: "held" })] }, "sink:rider-feed", "page"],
	["sink-lagging", { sinks: [sink({ state: "lagging", lagAgeMs: 301_000 })] }, "sink:rider-feed", "warn"],
	["store-trouble", { store: { ...hub().store, state: "full" } }, "store", "page"],
	["ledger-unbalanced", { ledger: { ...hub().ledger, balanced: false } }, "ledger", "page"],
];

const gap = (time: number, estimated = false, lengthMs = 1): FeedStatus => {
	const told = { reports: 5, estimated, cause: "late", sentence: "Lost 5" };
	const last = { time, fromTime: time - lengthMs, toTime: time, ...told };
	return feed({ gaps: { countedReports: 5, estimatedReports: 0, last } });
};

describe("alert rules", () => {
	it("find nothing wrong with a hub that is well, quiet at night, or just short of a threshold", () => {
		const short: Partial<HubStatus>[] = [
			{},
			{ feeds: [feed({ state: "waiting" })], sinks: [sink({ facts: {} })] },
			{ feeds: [feed({ purgeHeadroomMs: 451_000, purgeWindowMs: 900_000 })] },
			{ sinks: [sink({ facts: { inService: 9, overdue: 9 } })] },
			{ sinks: [sink({ facts: { inService: 100, overdue: 19 } })] },
			{ schedules: schedule(90, 10) },
			{ schedules: schedule(0, 99) },
			{ quotas: quota(799) },
			{ sinks: [sink({ state: "lagging", lagAgeMs: 300_000 })] },
			{ feeds: [gap(TIME - 11 * MINUTE)] },
			{ feeds: [gap(TIME, true, 4 * MINUTE)] },
		];
		for (const over of short) {
			const found = ALERT_RULES.flatMap((rule) => rule.judge(hub(over)).map(() => rule.name));
			expect(found, JSON.stringify(over)).toEqual([]);
		}
	});

	it.each(WRONG)("%s", (name, over, subject, worst) => {
		const found = ALERT_RULES.flatMap((rule) =>
			rule.judge(hub(over)).map((trouble) => ({ name: rule.name, ...trouble })),
		);
		expect(found).toMatchObject([{ name, subject, worst }]);
		for (const text of [found[0]?.what, found[0]?.affected, found[0]?.done, found[0]?.todo])
			expect(text).toMatch(/^[A-Z0-9].*[.?]$/s);
	});

	it("tell of a gap for ten minutes after it was found", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "reports-lost");
		expect(rule?.judge(hub({ feeds: [gap(TIME - 9 * MINUTE)] }))).toMatchObject([
			{ what: "Feed avl: Lost 5." },
		]);
	});
});

describe("alerts", () => {
	const down = hub({ feeds: [feed({ state: "down" })] });

	it("warn after three minutes, page after five, once each, and are over a minute after it is well", () => {
		const alerts = new Alerts();
		const told: [number, string, string][] = [];
		for (let s = 0; s <= 900; s += 10) {
			const status = s <= 600 ? down : hub();
			for (const { kind, alert } of alerts.judge({ ...status, time: TIME + s * 1000 }, s * 1000)) {
				told.push([s, kind, alert.severity]);
				expect(alert.since).toBe(TIME);
			}
		}
		expect(told).toEqual([
			[180, "raised", "warn"],
			[300, "escalated", "page"],
			[670, "resolved", "page"],
		]);
		expect(alerts.open).toEqual([]);
	});

	it("tell nothing of what passes, and one alert of what flickers", () => {
		const passing = new Alerts();
		for (let s = 0; s <= 3600; s += 10) {
			const isDown = s % 180 < 170;
			expect(passing.judge(isDown ? down : hub(), s * 1000)).toEqual([]);
		}
		const flickering = new Alerts();
		const kinds: string[] = [];
		for (let s = 0; s <= 3600; s += 10) {
			const isDown = s < 400 || s % 60 < 30;
			kinds.push(...flickering.judge(isDown ? down : hub(), s * 1000).map(({ kind }) => kind));
		}
		expect(kinds).toEqual(["raised", "escalated"]);
	});

	it("that were open before a restart are not raised again, and end when what they tell of has gone", () => {
		const before = new Alerts();
		before.judge(down, 0);
		before.judge(down, 200_000);
		const after = new Alerts();
		after.restore(JSON.parse(JSON.stringify(before.snapshot())));
		expect(after.open).toEqual(before.open);
		expect(after.judge(down, 1_000_000)).toEqual([]);
		expect(after.judge(hub(), 1_010_000)).toEqual([]);
		expect(after.judge(hub(), 1_070_000)).toMatchObject([
			{ kind: "resolved", alert: { alert: "feed-down" } },
		]);
	});

	it("are raised and resolved in turns, whatever comes and goes", () => {
		const rule: AlertRule = {
			name: "any",
			summary: "",
			after: { warn: 30_000, page: 60_000 },
			judge: ({ feeds }) =>
				feeds.map(({ name, state }) => ({
					subject: name,
					worst: state === "down" ? "page" : "warn",
					what: "",
					affected: "",
					done: "",
					todo: "",
				})),
			prometheus: [],
		};
		const step = fc
			.subarray(["a", "b"])
			.chain((names) =>
				fc.record({ names: fc.constant(names), isBad: fc.boolean(), waitS: fc.integer({ min: 1, max: 90 }) }),
			);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const alerts = new Alerts([rule]);
				const open = new Map<string, string>();
				let at = 0;
				for (const { names, isBad, waitS } of steps) {
					at += waitS * 1000;
					const feeds = names.map((name) => feed({ name, state: isBad ? "down" : "failing" }));
					for (const { kind, alert } of alerts.judge(hub({ feeds, time: TIME + at }), at)) {
						if (kind === "raised") expect(open.has(alert.subject)).toBe(false);
						if (kind === "escalated")
							expect([open.get(alert.subject), alert.severity]).toEqual(["warn", "page"]);
						if (kind === "resolved") expect(open.delete(alert.subject)).toBe(true);
						else open.set(alert.subject, alert.severity);
					}
					expect(alerts.open.map(({ subject, severity }) => [subject, severity]).sort()).toEqual(
						[...open].sort(),
					);
				}
			}),
		);
	});
});
