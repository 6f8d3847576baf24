import { describe, expect, it } from "vitest";
import { feed, fleet, hub, MINUTE, sink, TIME, upstream } from "../../test/fixtures/hub-status.js";
import { ALERT_NAMES } from "../model/alert-policy.js";
import type { SloStatus } from "../model/slo.js";
import { rulesUnder } from "./alert-rule.js";
import { ALERT_RULES } from "./alert-rules.js";
import type { QualityStatus } from "./quality-status.js";
import type { FeedStatus, HubStatus } from "./status.js";

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
