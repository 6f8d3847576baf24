import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALERT_NAMES } from "../model/alert-policy.js";
import type { SloStatus } from "../model/slo.js";
import { type AlertRule, rulesUnder } from "./alert-rule.js";
import { ALERT_RULES } from "./alert-rules.js";
import { Alerts } from "./alerts.js";
import type { QualityStatus } from "./quality-status.js";
import type { FeedStatus, HubStatus, SinkStatus, UpstreamStatus } from "./status.js";

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
	upstreams: [
		{
			index: 0,
			source: "http-poll",
			decoder: "bustime@2",
			active: true,
			breaker: "open",
			lastFailure: { time: TIME - 12_000, code: "net.refused", message: "avl.test refused" },
			nextAttemptTime: undefined,
		},
	],
	fleet: {
		time: TIME,
		vehicles: 18,
		routes: ["12", "17"],
		routeCount: 5,
		medianAgeMs: 4000,
		silent: { vehicles: 3, named: ["1004", "1007"], routes: ["12"] },
	},
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
			place: "gtfs.zip",
			today: "20261118",
			versions: [{ version: "A", validFrom: "20260901", validTo: "20261231" }],
			match: {
				recent: { resolved, unresolved },
				reasons: { unknown_trip: unresolved, unassigned: 3 },
				routes: [{ gtfsRouteId: "12", recent: { resolved, unresolved } }],
			},
			...over,
		},
	] as unknown as NonNullable<HubStatus["schedules"]>;

const quota = (used: number, closedUntil?: number) => [
	{
		name: "key",
		limit: 1000,
		used,
		reserve: 50,
		resetTime: TIME + 90 * MINUTE,
		closedUntil,
		upstreams: ["feed:avl/0"],
	},
];

const fleet = (vehicles: number, expected: number | undefined) => ({
	agency: "metro",
	vehicles,
	expected,
	basis: "schedule" as const,
	short: [{ gtfsRouteId: "12", vehicles: 0, expected: 4 }],
});

const skewed = (clockSkewMs: number): FeedStatus => {
	const upstream = { index: 0, source: "http-poll", decoder: "x", active: true, breaker: "closed" } as const;
	return feed({
		upstreams: [{ ...upstream, lastFailure: undefined, nextAttemptTime: undefined, clockSkewMs }],
	});
};

const reporting = (medianAgeMs: number, vehicles: number): FeedStatus => {
	const { fleet } = feed();
	return feed({ fleet: { ...(fleet as NonNullable<typeof fleet>), medianAgeMs, vehicles } });
};

const channelsFailing = (forMs: number): NonNullable<HubStatus["alerting"]> => ({
	channels: [
		{
			name: "desk",
			type: "slack",
			state: "failing",
			sentence: "It cannot be reached.",
			queued: 2,
			sent: 0,
			failed: 9,
			lastSuccessTime: undefined,
			failingSince: TIME - forMs,
		},
	],
	isQuiet: false,
	silences: [],
});
const upstream = (over: Partial<UpstreamStatus>): FeedStatus => {
	const one = {
		index: 0,
		source: "http-poll",
		decoder: "bustime@2",
		active: true,
		breaker: "closed" as const,
	};
	return feed({ upstreams: [{ ...one, lastFailure: undefined, nextAttemptTime: undefined, ...over }] });
};
const doubted = (over: Partial<QualityStatus>, active = true) =>
	upstream({ active, quality: { alarms: [], incidentShare: 0.2, ...over } });
const alarm = (action: string, vehicles: number) => {
	const sentence = `${vehicles} of 100 vehicles state a speed that does not fit. The records are flagged.`;
	return { guard: "speed_unit", since: TIME, vehicles, fleet: 100, action, sentence };
};
const contract = (recentShare: number | undefined) => ({
	contract: "avl@2",
	records: 100,
	refusedRecords: 20,
	refusedPayloads: 0,
	lackingRecords: 0,
	recentShare,
	breaches: [],
});
const ending = (days: number) =>
	upstream({
		deprecations: [{ time: TIME + days * 1440 * MINUTE, what: "API version 1", remindDays: [30, 7, 1] }],
	});

const tried = (state: "taken_over" | "rolled_back") =>
	upstream({
		candidate: { state, share: 0, sentence: "mapping@2 was rolled back from 10 % of the vehicles." },
	});

const burning = (name: SloStatus["name"]): SloStatus => ({
	name,
	target: 0.99,
	good: 900,
	total: 1000,
	share: 0.9,
	budgetLeft: -9,
	burn: { "5m": 20, "30m": 20, "1h": 20, "6h": 10, "3d": 10 },
	burning: { severity: "page", rate: 14.4, long: "1h", short: "5m" },
	sentence: "It is missed, its budget is overdrawn by 900 %, and it burns too fast.",
});

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
	["fleet-missing", { fleets: [fleet(9, 20)] }, "agency:metro", "page"],
	["fleet-missing", { fleets: [fleet(0, 4)] }, "agency:metro", "page"],
	["clock-skew", { feeds: [skewed(10_000)] }, "feed:avl", "warn"],
	["clock-skew", { feeds: [skewed(-60_000)] }, "feed:avl", "page"],
	["clock-skew", { feeds: [reporting(-12_000, 4)] }, "feed:avl", "warn"],
	["dead-letters-filling", { store: { ...hub().store, deadLettersFilled: 0.8 } }, "dead-letters", "warn"],
	["channel-failing", { alerting: channelsFailing(5 * MINUTE) }, "channel:desk", "warn"],
	["feed-implausible", { feeds: [doubted({ alarms: [alarm("withhold", 20)] })] }, "feed:avl", "page"],
	["feed-implausible", { feeds: [doubted({ contract: contract(0.2) })] }, "feed:avl", "page"],
	["deprecation-near", { feeds: [ending(29.5)] }, "feed:avl", "warn"],
	["deprecation-near", { feeds: [ending(0.5)] }, "feed:avl", "warn"],
	["deprecation-near", { feeds: [ending(-90)] }, "feed:avl", "warn"],
	["candidate-rolled-back", { feeds: [tried("rolled_back")] }, "feed:avl", "warn"],
	["slo-burn", { slos: [burning("freshness")] }, "slo:freshness", "page"],
	["slo-burn", { slos: [burning("recovery")] }, "slo:recovery", "warn"],
	["ledger-unbalanced", { ledger: { ...hub().ledger, balanced: false } }, "ledger", "page"],
];

const gap = (time: number, estimated = false, lengthMs = 1): FeedStatus => {
	const told = { reports: 5, estimated, cause: "late", sentence: "Lost 5" };
	const last = { time, fromTime: time - lengthMs, toTime: time, ...told };
	return feed({ gaps: { countedReports: 5, estimatedReports: 0, last } });
};

describe("alert rules", () => {
	it("leave a fleet that is missing to the alert of its feed while that is down", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "fleet-missing");
		expect(rule?.judge(hub({ fleets: [fleet(0, 20)], feeds: [feed({ state: "failing" })] }))).toEqual([]);
		expect(rule?.judge(hub({ fleets: [fleet(0, 20)] }))).toHaveLength(1);
	});

	it("say whose clock it is: where every feed sees the same, it is ours", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "clock-skew");
		const both = [skewed(75_000), { ...skewed(74_000), name: "other" }];
		expect(rule?.judge(hub({ feeds: both }))[0]?.todo).toContain("Set the clock of this machine");
		expect(rule?.judge(hub({ feeds: [skewed(75_000), feed({ name: "other" })] }))[0]?.todo).toContain(
			"tell upstream",
		);
	});

	it("are those that configurations can name, and become what a configuration wants", () => {
		expect(ALERT_RULES.map(({ name }) => name)).toEqual([...ALERT_NAMES]);
		const wanted = {
			"feed-down": { severity: "warn", owner: undefined },
			"sink-held": { severity: "off", owner: undefined },
			"schedule-missing": { severity: "page", owner: undefined },
		} as const;
		const rules = rulesUnder(ALERT_RULES, wanted);
		expect(rules).toHaveLength(ALERT_RULES.length - 1);
		const of = (name: string) => rules.find((rule) => rule.name === name);
		expect(of("feed-down")?.after).toEqual({ warn: 3 * MINUTE });
		expect(of("feed-down")?.judge(hub({ feeds: [feed({ state: "down" })] }))[0]?.worst).toBe("warn");
		expect(of("schedule-missing")?.after).toEqual({ page: 10 * MINUTE });
		expect(of("sink-held")).toBeUndefined();
	});

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
			{ alerting: channelsFailing(5 * MINUTE - 1) },
			{ fleets: [fleet(10, 20)] },
			{ fleets: [fleet(0, 3)] },
			{ fleets: [fleet(0, undefined)] },
			{ feeds: [skewed(-9999)] },
			{ feeds: [reporting(-9999, 40)] },
			{ feeds: [reporting(-90_000, 3)] },
			{ feeds: [reporting(120_000, 40)] },
			{ store: { ...hub().store, deadLettersFilled: 0.79 } },
			{ feeds: [gap(TIME - 11 * MINUTE)] },
			{ feeds: [gap(TIME, true, 4 * MINUTE)] },
			{ feeds: [doubted({ alarms: [alarm("withhold", 19), alarm("flag", 100)] })] },
			{ feeds: [doubted({ alarms: [alarm("withhold", 99)] }, false)] },
			{ feeds: [doubted({ alarms: [{ ...alarm("withhold", 9), fleet: 9 }] })] },
			{ feeds: [doubted({ contract: contract(0.19) }), doubted({ contract: contract(undefined) })] },
			{ feeds: [ending(31), ending(28.9), ending(8), ending(5), ending(1.5)] },
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
		const [{ what, affected, riders, evidence, done, todo } = found[0] as never] = found;
		for (const text of [what, affected, riders, evidence, done, todo]) {
			expect(text).toMatch(/^[A-Za-z0-9].*[.?]$/s);
			expect(text).not.toMatch(/undefined|NaN|null|\[object| {2}|\.\.|: ;|, ;|of \./);
		}
	});

	it("name vehicles, routes, sinks, what upstream said and the first thing to do", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "feed-down");
		const facts = { vehicles: 12, aging: 4, stale: 5, outages: 1 };
		const sinks = [
			sink({ facts, feeds: ["avl"] }),
			sink({ name: "archive", facts: {}, feeds: ["avl"] }),
			sink({ name: "ferries", facts: {}, feeds: ["other"] }),
		];
		expect(rule?.judge(hub({ feeds: [feed({ state: "down", sentence: "It is down." })], sinks }))).toEqual([
			{
				subject: "feed:avl",
				worst: "page",
				what: "Feed avl gives nothing good. It is down.",
				affected:
					"Agency metro: 18 vehicles on routes 12, 17 and 3 more; whoever reads from rider-feed, archive.",
				riders:
					"rider-feed shows 12 vehicles of all its feeds, 9 of them with old positions, which fade and then leave. An alert in it tells riders so.",
				evidence:
					"Upstream 0 (http-poll) failed 12 s ago with net.refused; its breaker is open. The last frame came just now. The newest report is 1 s old.",
				done: "It is asked again within its budget, less often than usual; riders see old positions as old.",
				todo: "See whether this machine reaches upstream at all: wayside doctor tries it; if it is not on our side, tell upstream's contact.",
			},
		]);
		const stale = ALERT_RULES.find(({ name }) => name === "riders-stale");
		const overdue = [sink({ facts: { vehicles: 0, inService: 10, overdue: 2 }, feeds: ["avl"] })];
		expect(stale?.judge(hub({ sinks: overdue }))).toMatchObject([
			{
				affected: "Riders who use rider-feed: of feed avl 18 vehicles on routes 12, 17 and 3 more.",
				riders: "rider-feed shows no vehicle; timetables stand in for predictions.",
				evidence: "Feed avl is running; silent: 3 vehicles, such as 1004, 1007, on routes 12.",
			},
		]);
	});

	it.each([
		["upstream.key", "key has expired"],
		["http.unauthorized", "key has expired"],
		["upstream.quota", "who else uses the key"],
		["net.tls", "certificate"],
		["net.dns", "reaches upstream"],
		["decode.format", "wayside dlq ls"],
		["upstream.frozen", "CAD still moves"],
		["http.transient", "by hand"],
	])("say what to do first after %s", (code, words) => {
		const rule = ALERT_RULES.find(({ name }) => name === "feed-down");
		const [one] = feed().upstreams;
		const upstreams = [{ ...(one as never as object), lastFailure: { time: TIME, code, message: "no" } }];
		const failing = feed({ state: "failing", upstreams: upstreams as never });
		expect(rule?.judge(hub({ feeds: [failing] }))[0]?.todo).toContain(words);
	});

	it("tell of a gap for ten minutes after it was found", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "reports-lost");
		expect(rule?.judge(hub({ feeds: [gap(TIME - 9 * MINUTE)] }))).toMatchObject([
			{ what: "Feed avl: Lost 5." },
		]);
	});

	it("tell at once of messages that the hub itself dropped, and not of a short break", () => {
		const rule = ALERT_RULES.find(({ name }) => name === "reports-lost");
		const lost = (cause: string) => {
			const { gaps } = gap(TIME);
			const last = { ...gaps.last, cause, estimated: true, fromTime: TIME - 2000, toTime: TIME };
			return rule?.judge(hub({ feeds: [feed({ gaps: { ...gaps, last: last as never } })] }));
		};
		expect(lost("net.reset")).toEqual([]);
		expect(lost("store.busy")).toMatchObject([{ evidence: expect.stringContaining("one for each message") }]);
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

	it("count from when a silent feed was heard of last, and not from when that was noticed", () => {
		const alerts = new Alerts();
		const told: [number, string, string][] = [];
		for (let s = 90; s <= 600; s += 10) {
			const { fleet } = feed();
			const silentSince = TIME;
			const silent = feed({ fleet: { ...(fleet as NonNullable<typeof fleet>), silentSince } });
			const news = alerts.judge(hub({ time: TIME + s * 1000, feeds: [silent] }), s * 1000);
			for (const { kind, alert } of news) {
				told.push([s, kind, alert.severity]);
				expect(alert).toMatchObject({
					alert: "feed-down",
					since: TIME,
					todo: expect.stringContaining("whether upstream still sends"),
				});
				expect(alert).not.toHaveProperty("heldMs");
				expect(alert.what).toMatch(
					/^Feed avl gives nothing good. Nothing is heard of any vehicle for .*; 18 vehicles at work were heard of before.$/,
				);
			}
		}
		expect(told).toEqual([
			[180, "raised", "warn"],
			[300, "escalated", "page"],
		]);
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

	it("become one alert where they come back again and again, and are as new after half an hour of peace", () => {
		const alerts = new Alerts();
		const raised: number[] = [];
		for (let s = 0; s <= 4 * 3600; s += 10) {
			// Down for four minutes and well for two, for two hours; then once more after an hour.
			const isDown = s < 7200 ? s % 360 < 240 : s >= 10_800 && s < 11_040;
			for (const { kind } of alerts.judge(isDown ? down : hub(), s * 1000))
				if (kind === "raised") raised.push(s);
		}
		expect(raised).toEqual([180, 540, 10_980]);
		expect(alerts.open).toEqual([]);
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

	it("are not over because what riders saw of a dead feed or of half a fleet was too old and has left", () => {
		const alerts = new Alerts();
		const served = (inService: number, overdue: number) => [sink({ facts: { inService, overdue } })];
		const down = [feed({ state: "down" })];
		const of = (status: HubStatus, at: number) =>
			alerts.judge(status, at).filter(({ alert }) => alert.alert === "riders-stale");
		of(hub({ feeds: down, sinks: served(20, 20) }), 0);
		expect(of(hub({ feeds: down, sinks: served(20, 20) }), 2 * MINUTE)).toMatchObject([{ kind: "raised" }]);
		expect(of(hub({ feeds: down, sinks: served(0, 0) }), 3 * MINUTE)).toEqual([]);
		expect(of(hub({ feeds: down, sinks: served(0, 0) }), 60 * MINUTE)).toEqual([]);
		const missing = { ...fleet(4, 20), expected: 20 };
		expect(of(hub({ fleets: [missing], sinks: served(4, 0) }), 61 * MINUTE)).toEqual([]);
		expect(of(hub({ fleets: [missing], sinks: served(4, 0) }), 120 * MINUTE)).toEqual([]);
		const well = hub({ sinks: served(20, 0) });
		expect(of(well, 121 * MINUTE)).toEqual([]);
		expect(of(well, 122 * MINUTE)).toMatchObject([{ kind: "resolved" }]);
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
					riders: "",
					evidence: "",
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
