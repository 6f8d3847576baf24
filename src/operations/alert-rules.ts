import { type DurationMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { FeedStatus, HubStatus, Severity, SinkStatus, Trouble } from "./status.js";

/** One kind of alert: when it holds here, and the same for people who have Prometheus. */
export interface AlertRule {
	/** Also the name of its runbook, docs/runbooks/NAME.md. */
	readonly name: string;
	readonly summary: string;
	/** How long it has to last before it is told, by severity. Absent: never of that severity. */
	readonly after: { readonly [Level in Severity]?: DurationMs };
	judge(status: HubStatus): readonly Trouble[];
	readonly prometheus: readonly { readonly severity: Severity; readonly expr: string }[];
}

const LAG_MAX_MS = 5 * MINUTE_MS;
/** A gap is told of for this long: it is over when it is found out. */
const GAP_NEWS_MS = 10 * MINUTE_MS;
/** Of an estimated gap. */
const GAP_NOTICED_MS = 5 * MINUTE_MS;
const OVERDUE_SHARE = 0.2;
const IN_SERVICE_MIN = 10;
/** Fewer assignments than this say nothing about a rate. */
const MATCHES_MIN = 100;
const QUOTA_SHARE = 0.8;

const feedDown: AlertRule = {
	name: "feed-down",
	summary: "A feed gives nothing good.",
	after: { warn: 3 * MINUTE_MS, page: 5 * MINUTE_MS },
	judge: ({ feeds, sinks }) =>
		feeds
			.filter(({ state }) => state === "failing" || state === "down")
			.map((feed) => ({
				subject: `feed:${feed.name}`,
				worst: "page",
				what: `Feed ${feed.name} gives nothing good. ${feed.sentence}`,
				affected: ridersOf(feed, sinks),
				done: "It is asked again within its budget, less often than usual; riders see old positions as old.",
				todo: "Find out whether it is upstream, the network or the key, and tell upstream's contact.",
			})),
	prometheus: (["warn", "page"] as const).map((severity) => ({
		severity,
		expr: 'sum by (feed, agency) (wayside_feed_state{state=~"failing|down"}) > 0',
	})),
};

const headroomLow: AlertRule = {
	name: "headroom-low",
	summary: "Upstream will purge what was not read.",
	after: { warn: 0, page: 0 },
	judge: ({ feeds }) =>
		feeds.flatMap(({ name, purgeHeadroomMs, purgeWindowMs }) => {
			if (purgeHeadroomMs === undefined || purgeWindowMs === undefined) return [];
			const share = purgeHeadroomMs / purgeWindowMs;
			if (share > 0.5) return [];
			const left = Math.max(0, Math.round(purgeHeadroomMs / SECOND_MS));
			return [
				{
					subject: `feed:${name}`,
					worst: share <= 0.2 ? ("page" as const) : ("warn" as const),
					what:
						left > 0
							? `Upstream of feed ${name} purges what was not read in ${left} s.`
							: `Upstream of feed ${name} purges reports that were not read.`,
					affected:
						"Archive and scheduling will have a gap; riders see the present state as soon as upstream answers.",
					done: "It is read again from the oldest message that is left, as soon as upstream answers.",
					todo: "Bring upstream or the network back, or raise the byte budget if that is what holds it up.",
				},
			];
		}),
	prometheus: [
		{
			severity: "warn",
			expr: "wayside_feed_purge_headroom_seconds / wayside_feed_purge_window_seconds <= 0.5",
		},
		{
			severity: "page",
			expr: "wayside_feed_purge_headroom_seconds / wayside_feed_purge_window_seconds <= 0.2",
		},
	],
};

const reportsLost: AlertRule = {
	name: "reports-lost",
	summary: "Upstream purged, or never told, reports before they could be read.",
	after: { warn: 0 },
	judge: ({ feeds, time }) =>
		feeds.flatMap(({ name, gaps: { last } }) =>
			last === undefined || time - last.time > GAP_NEWS_MS || !isNoticed(last)
				? []
				: [
						{
							subject: `feed:${name}`,
							worst: "warn" as const,
							what: `Feed ${name}: ${last.sentence}.`,
							affected: "Archive and scheduling lack these reports for good.",
							done: "The gap is counted in the ledger, with its times.",
							todo: "Tell the users of the archive; see what kept the hub from reading.",
						},
					],
		),
	prometheus: [
		{
			severity: "warn",
			expr: 'sum by (feed, agency) (increase(wayside_feed_gap_reports_total{estimated="false"}[10m])) > 0',
		},
	],
};

/** One missed look at a snapshot is nothing to be told of; what upstream had kept and purged is. */
function isNoticed({ estimated, fromTime, toTime }: NonNullable<FeedStatus["gaps"]["last"]>): boolean {
	return !estimated || toTime - fromTime >= GAP_NOTICED_MS;
}

const ridersStale: AlertRule = {
	name: "riders-stale",
	summary: "Riders see positions that are too old.",
	after: { page: 2 * MINUTE_MS },
	judge: ({ sinks }) =>
		sinks.flatMap(({ name, facts }) => {
			const [inService, overdue] = [Number(facts["inService"] ?? 0), Number(facts["overdue"] ?? 0)];
			if (inService < IN_SERVICE_MIN || overdue < OVERDUE_SHARE * inService) return [];
			return [
				{
					subject: `sink:${name}`,
					worst: "page" as const,
					what: `${overdue} of ${inService} vehicles in service have not reported for 150 s and three sweeps.`,
					affected: `Riders who use ${name}.`,
					done: "Their times are true; they fade, and leave the feed when they are too old.",
					todo: "See which feed they come from, and whether it is the radio network or upstream.",
				},
			];
		}),
	prometheus: [
		{
			severity: "page",
			expr: "wayside_rider_vehicles_overdue >= 0.2 * wayside_rider_vehicles_in_service and wayside_rider_vehicles_in_service >= 10",
		},
	],
};

const matchRateLow: AlertRule = {
	name: "match-rate-low",
	summary: "Trips of vehicles are not in the schedule.",
	after: { warn: 15 * MINUTE_MS, page: 15 * MINUTE_MS },
	judge: ({ schedules = [] }) =>
		schedules.flatMap(({ agency, match: { recent } }) => {
			const all = recent.resolved + recent.unresolved;
			const rate = recent.resolved / all;
			if (all < MATCHES_MIN || rate >= 0.9) return [];
			return [
				{
					subject: `schedule:${agency}`,
					worst: rate < 0.7 ? ("page" as const) : ("warn" as const),
					what: `Of the trips that vehicles of ${agency} named lately, ${Math.floor(rate * 100)} % are in the schedule.`,
					affected: "Riders see these vehicles without their trip, so that no arrival can be told.",
					done: "Trips that do not resolve are left out of the rider feed, never guessed.",
					todo: "Compare the schedule's version and the id rules with what upstream runs on: was there a pick?",
				},
			];
		}),
	prometheus: (
		[
			["warn", 0.9],
			["page", 0.7],
		] as const
	).map(([severity, share]) => ({
		severity,
		expr:
			'sum by (agency) (rate(wayside_trip_matches_total{resolved="true"}[30m]))' +
			` / sum by (agency) (rate(wayside_trip_matches_total[30m])) < ${share}`,
	})),
};

const scheduleMissing: AlertRule = {
	name: "schedule-missing",
	summary: "No schedule covers today, or the newest one was refused.",
	after: { warn: 10 * MINUTE_MS },
	judge: ({ schedules = [] }) =>
		schedules
			.filter(({ state, refusal }) => state !== "current" || refusal !== undefined)
			.map(({ agency, state, sentence }) => ({
				subject: `schedule:${agency}`,
				worst: "warn",
				what: sentence,
				affected: state === "current" ? "Nobody yet." : "Riders see vehicles without their trips.",
				done: "The last good schedule stays in use for the days that it covers.",
				todo: "Put a schedule in place that covers today and has no errors: wayside check names them.",
			})),
	prometheus: [{ severity: "warn", expr: "wayside_schedule_current == 0 or wayside_schedule_refused == 1" }],
};

const quotaFilling: AlertRule = {
	name: "quota-filling",
	summary: "The requests of a day are nearly used up.",
	after: { warn: 0, page: MINUTE_MS },
	judge: ({ quotas, time }) =>
		quotas.flatMap(({ name, limit, used, resetTime, closedUntil }) => {
			const isClosed = closedUntil !== undefined && closedUntil > time;
			if (!isClosed && (limit === undefined || used < QUOTA_SHARE * limit)) return [];
			const minutes = Math.ceil((resetTime - time) / MINUTE_MS);
			const anew = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
			const what = isClosed
				? `Upstream says that the quota ${name} is used up; it starts anew in ${anew}.`
				: `Quota ${name}: ${used} of ${limit} requests are used, and it starts anew in ${anew}.`;
			return [
				{
					subject: `quota:${name}`,
					worst: isClosed ? ("page" as const) : ("warn" as const),
					what,
					affected: isClosed ? "Its feeds stand still until then." : "Nobody yet.",
					done: isClosed
						? "Nothing is sent until then."
						: "A reserve is kept for the last two hours of the day.",
					todo: "Ask less often, or ask upstream for more; look for others who use the same key.",
				},
			];
		}),
	prometheus: [
		{ severity: "warn", expr: "wayside_quota_used_requests / wayside_quota_limit_requests >= 0.8" },
		{ severity: "page", expr: "wayside_quota_closed == 1" },
	],
};

const sinkHeld: AlertRule = {
	name: "sink-held",
	summary: "A destination refuses the hub.",
	after: { page: 2 * MINUTE_MS },
	judge: ({ sinks }) =>
		sinks
			.filter(({ state }) => state === "held")
			.map((sink) => ({
				subject: `sink:${sink.name}`,
				worst: "page",
				what: `Sink ${sink.name} is held. ${sink.sentence}`,
				affected: `Whoever reads from ${sink.name}: ${sink.lagEntries} records wait.`,
				done: "The cursor waits, nothing is lost or burnt; the destination is tried again with growing pauses.",
				todo: "Mend the key, the certificate, the address or the destination; delivery goes on by itself.",
			})),
	prometheus: [{ severity: "page", expr: 'wayside_sink_state{state="held"} == 1' }],
};

const sinkLagging: AlertRule = {
	name: "sink-lagging",
	summary: "A destination takes records too slowly.",
	after: { warn: 5 * MINUTE_MS },
	judge: ({ sinks }) =>
		sinks
			.filter(({ lagAgeMs, state }) => state !== "held" && (lagAgeMs ?? 0) > LAG_MAX_MS)
			.map((sink) => ({
				subject: `sink:${sink.name}`,
				worst: "warn",
				what: `Sink ${sink.name} is ${Math.round((sink.lagAgeMs ?? 0) / MINUTE_MS)} minutes behind. ${sink.sentence}`,
				affected: `Whoever reads from ${sink.name}; no other sink.`,
				done: "It is sent on in order, as fast as the destination takes it.",
				todo: "See why the destination is slow; if it never catches up, retention passes it.",
			})),
	prometheus: [{ severity: "warn", expr: `wayside_sink_lag_seconds > ${LAG_MAX_MS / SECOND_MS}` }],
};

const storeTrouble: AlertRule = {
	name: "store-trouble",
	summary: "The store takes nothing.",
	after: { page: 30 * SECOND_MS },
	judge: ({ store }) =>
		store.state === "ok"
			? []
			: [
					{
						subject: "store",
						worst: "page",
						what: store.sentence,
						affected: "Everything: no feed is taken in until it is well.",
						done: "Whoever pushes gets 503 and keeps it; riders see the last state, ageing truly.",
						todo: "Free disk space, or restart the hub when the store says that it has failed.",
					},
				],
	prometheus: [{ severity: "page", expr: 'wayside_store_state{state!="ok"} == 1' }],
};

const ledgerUnbalanced: AlertRule = {
	name: "ledger-unbalanced",
	summary: "The ledger does not add up.",
	after: { page: 2 * MINUTE_MS },
	judge: ({ ledger }) =>
		ledger.balanced === false
			? [
					{
						subject: "ledger",
						worst: "page",
						what: ledger.sentence,
						affected: "Nobody may notice, which is why it is urgent: something was lost or counted twice.",
						done: "Nothing is changed by itself.",
						todo: "Run wayside ledger --audit, which names account and item; keep a backup of the store.",
					},
				]
			: [],
	prometheus: [{ severity: "page", expr: "wayside_ledger_balanced == 0" }],
};

/** Every alert that the hub raises by itself. */
export const ALERT_RULES: readonly AlertRule[] = [
	feedDown,
	headroomLow,
	reportsLost,
	ridersStale,
	matchRateLow,
	scheduleMissing,
	quotaFilling,
	sinkHeld,
	sinkLagging,
	storeTrouble,
	ledgerUnbalanced,
];

function ridersOf(feed: FeedStatus, sinks: readonly SinkStatus[]): string {
	const served = sinks.filter(({ facts }) => facts["vehicles"] !== undefined).map(({ name }) => name);
	const whom = served.length === 0 ? "whoever reads this feed" : `riders of ${served.join(", ")}`;
	return `Agency ${feed.agency}: ${whom}.`;
}
