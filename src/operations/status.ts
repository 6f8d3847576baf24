import type { AlertSeverity } from "../model/alert-message.js";
import type { CandidateReport } from "../model/candidate-report.js";
import type { SloStatus } from "../model/slo.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { IdsStatus, ScheduleStatus } from "../schedule/schedule-status.js";
import type { BreakerStatus } from "./breakers.js";
import type { DeprecationStatus, QualityStatus } from "./quality-status.js";
import type { ReloadStatus } from "./reload-report.js";

export type { IdsStatus, ScheduleStatus };

/** What became of a frame, and when. */
export interface FrameTimes {
	readonly feed: string;
	/** From its receipt until what it gave was durable. */
	readonly seconds: number;
	/** Where it is traced. */
	readonly traceId: string | undefined;
}

/** Of the spans of this process, or of its events of OpenLineage. */
export interface TracesStatus {
	readonly exported: number;
	/** They could not be sent or were refused, or too many waited. */
	readonly dropped: number;
	readonly waiting: number;
	readonly sentence: string;
	/** The last one, while nothing has arrived since. */
	readonly failure: { readonly time: EpochMs; readonly code: string; readonly message: string } | undefined;
}

/** One instant of a hub, for people and machines: what `/status.json` answers, and what the metrics are read from. */
export interface HubStatus {
	readonly version: string;
	readonly startedTime: EpochMs;
	readonly time: EpochMs;
	/** True from the first data on, until the store is in trouble or the hub drains: what `/readyz` answers. */
	readonly ready: boolean;
	/** A sentence that says why it is not ready, or that it is. */
	readonly sentence: string;
	readonly feeds: readonly FeedStatus[];
	readonly sinks: readonly SinkStatus[];
	readonly quotas: readonly QuotaStatus[];
	/** Of agencies that have one. */
	readonly schedules?: readonly ScheduleStatus[] | undefined;
	/** Of agencies whose ids are mapped by rules, with a schedule or without. */
	readonly ids?: readonly IdsStatus[] | undefined;
	/** Vehicles at work, by agency. */
	readonly fleets?: readonly FleetStatus[] | undefined;
	readonly reloads?: ReloadStatus | undefined;
	readonly store: StoreStatus;
	readonly ledger: LedgerStatus;
	/** Open, pages first. Absent where nobody watches. */
	readonly alerts?: readonly OpenAlert[] | undefined;
	/** How people are reached. Absent where nobody watches. */
	readonly alerting?: AlertingStatus | undefined;
	/** Of the last 30 days, the newest first, at most 20. Absent where nobody puts them together. */
	readonly incidents?: readonly IncidentBrief[] | undefined;
	/** The last 24 hours of each feed and sink. Absent where nobody remembers. */
	readonly history?: readonly SubjectHistory[] | undefined;
	/** What the hub promises of itself, over 28 days. Absent where nobody counts. */
	readonly slos?: readonly SloStatus[] | undefined;
	/** Absent: nothing is traced. */
	readonly traces?: TracesStatus | undefined;
	/** Absent: no events of OpenLineage are made. */
	readonly openLineage?: TracesStatus | undefined;
}

/** Something that was wrong, from its beginning to its end; `wayside incident show ID` tells all of it. */
export interface IncidentBrief {
	readonly id: string;
	readonly state: "open" | "resolved";
	readonly severity: Severity;
	/** A sentence. */
	readonly title: string;
	/** `feed:NAME`, `sink:NAME` and the like. */
	readonly subjects: readonly string[];
	readonly since: EpochMs;
	readonly detectedTime: EpochMs;
	readonly mitigatedTime: EpochMs | undefined;
	readonly resolvedTime: EpochMs | undefined;
}

/** The last 24 hours of a feed or sink, in quarters of an hour. */
export interface SubjectHistory {
	/** `feed:NAME` or `sink:NAME`. */
	readonly subject: string;
	/** When the first quarter begins. The last one is under way. */
	readonly fromTime: EpochMs;
	/** One letter a quarter: `.` no hub looked, `i` waiting, `w` well, `t` failing or lagging, `d` down or held. The worst of each. */
	readonly states: string;
	/** Records that the feed gave, or the sink delivered. */
	readonly counts: readonly number[];
}

/** Requests that upstream counts per day, for everybody who uses its key. */
export interface QuotaStatus {
	/** As configured; of an upstream without a quota its own name, while upstream says that its limit is reached. */
	readonly name: string;
	/** Undefined: it is not configured. */
	readonly limit: number | undefined;
	/** Of the present day. After a crash it may be a little too high, never too low. */
	readonly used: number;
	/** Of the limit, what is kept for the last two hours of the day. */
	readonly reserve: number;
	/** When it starts anew. */
	readonly resetTime: EpochMs;
	/** Upstream itself said that its limit is reached: nothing is sent before. */
	readonly closedUntil: EpochMs | undefined;
	/** Who asks with it: `feed:NAME/0`, `schedule:AGENCY`, `sink:NAME`. */
	readonly upstreams?: readonly string[] | undefined;
}

/**
 * `running`: frames come as expected. `waiting`: started, nothing yet (or a push feed that nobody has called).
 * `failing`: the last attempts failed, retries go on. `down`: the breaker is open, or a person is needed.
 * `finished`: a replay that has been read to its end.
 */
export type FeedState = "running" | "waiting" | "failing" | "down" | "finished";

export interface FeedStatus {
	readonly name: string;
	readonly agency: string;
	readonly state: FeedState;
	/** Plain words: what is, since when, and what a person can do where one is needed. No secrets. */
	readonly sentence: string;
	readonly since: EpochMs;
	readonly lastFrameTime: EpochMs | undefined;
	/** Age of the newest event time. */
	readonly ageMs: DurationMs | undefined;
	/** Retention of upstream minus the age of the oldest unread message. Undefined: upstream keeps no history. */
	readonly purgeHeadroomMs: DurationMs | undefined;
	/** That retention. Absent: as above. */
	readonly purgeWindowMs?: DurationMs | undefined;
	readonly gaps: GapStatus;
	/** Since the hub started. */
	readonly frames: number;
	readonly records: number;
	/** Those of the records that say of a key that complete messages no longer list it. */
	readonly removals: number;
	readonly duplicates: number;
	readonly deadLetters: number;
	readonly late: number;
	readonly breaker: BreakerState;
	readonly upstreams: readonly UpstreamStatus[];
	/** Absent: it was never well for long enough to tell. */
	readonly fleet?: FeedFleetStatus | undefined;
}

/** Reports that upstream purged, or never told, before they could be read; since the store was made. */
export interface GapStatus {
	/** By upstream's own numbers. */
	readonly countedReports: number;
	/** Time lost, times what is normal. */
	readonly estimatedReports: number;
	readonly last:
		| {
				/** When it was found out. */
				readonly time: EpochMs;
				readonly fromTime: EpochMs;
				readonly toTime: EpochMs;
				readonly reports: number;
				readonly estimated: boolean;
				readonly cause: string;
				/** `Lost 40 minutes, about 1,200 reports, between 07:31 and 08:11 UTC`. */
				readonly sentence: string;
		  }
		| undefined;
}

export type BreakerState = BreakerStatus["state"];

export interface UpstreamStatus {
	readonly index: number;
	/** Type of the source, such as `http-poll`. */
	readonly source: string;
	readonly decoder: string;
	readonly active: boolean;
	readonly breaker: BreakerState;
	readonly lastFailure:
		| { readonly time: EpochMs; readonly code: string; readonly message: string }
		| undefined;
	readonly nextAttemptTime: EpochMs | undefined;
	/** Since when it has told nothing new, although it can be reached and many vehicles should be heard of. Absent: it speaks. */
	readonly silentSince?: EpochMs | undefined;
	/** Breaker, budgets and gate. Undefined: upstream calls us, and is never called. */
	readonly guard?: BreakerStatus | undefined;
	/** How far its clock is ahead of ours, by the dates of its answers. Absent: it does not state them. */
	readonly clockSkewMs?: DurationMs | undefined;
	/** What guards and contract have found. */
	readonly quality?: QualityStatus | undefined;
	/** What its owner has announced to end, the next first. */
	readonly deprecations?: readonly DeprecationStatus[] | undefined;
	/** What is on trial beside its decoder and contract; `wayside shadow report` has all of it. */
	readonly candidate?: Pick<CandidateReport, "state" | "share" | "sentence"> | undefined;
}

/** `running`: keeps up. `lagging`: behind, and catching up. `held`: the destination refuses us; the cursor waits. */
export type SinkState = "running" | "waiting" | "lagging" | "held";

export interface SinkStatus {
	readonly name: string;
	readonly type: string;
	/** Feeds that are routed to it. */
	readonly feeds?: readonly string[] | undefined;
	readonly state: SinkState;
	readonly sentence: string;
	readonly since: EpochMs;
	/** Records that it has yet to take. */
	readonly lagEntries: number;
	/** Received time of the oldest of them, against now. */
	readonly lagAgeMs: DurationMs | undefined;
	readonly delivered: number;
	readonly deadLetters: number;
	/** Records that went before their reorder window was over, since it was full. */
	readonly counters?: { readonly releasedEarly: number };
	/** Batches that may be in flight now: fewer than at best while the destination struggles. Absent: none are sent. */
	readonly inFlightMax?: number | undefined;
	/** Partitions of which it has not committed a cursor yet. */
	readonly cursorless: number;
	/** What the sink itself has to say, such as the number of vehicles that it publishes. */
	readonly facts: Readonly<Record<string, string | number | boolean>>;
	/** Breaker, budgets and gate of the destination. Undefined: it calls us. */
	readonly guard?: BreakerStatus | undefined;
}

export interface StoreStatus {
	/** `ok`, `full` (intake waits with 503), or `failed` (the store refuses everything). */
	readonly state: "ok" | "full" | "failed";
	readonly sentence: string;
	readonly topics: readonly { readonly topic: string; readonly entries: number; readonly bytes: number }[];
	readonly freeBytes: number | undefined;
	/** How full the room of open dead letters is, 0 to 1: by size or by age, whichever is more. Absent: not looked at yet. */
	readonly deadLettersFilled?: number | undefined;
	/** Open dead letters by cause, those with the most first. Absent: not looked at yet. */
	readonly deadLetters?: readonly DeadLetterCause[] | undefined;
	/** Topic `events`: whether what happens is still written down. Absent where nobody writes one. */
	readonly events?: JournalStatus;
}

/** Open dead letters that have one cause; `wayside dlq show ID` has what they say. */
export interface DeadLetterCause {
	readonly id: string;
	/** `feed:NAME` or `sink:NAME`. */
	readonly subject: string;
	/** A code of `model/failure`. */
	readonly code: string;
	readonly open: number;
	readonly firstTime: EpochMs;
	readonly lastTime: EpochMs;
}

export interface JournalStatus {
	/** `ended`: the store refused it for good; only the log lines of the process tell what happens from then on. */
	readonly state: "ok" | "ended";
	readonly sentence: string;
	/** Events of this process that were not written, those since it ended included. */
	readonly dropped: number;
}

export interface LedgerStatus {
	/** Undefined: not checked yet. */
	readonly balanced: boolean | undefined;
	readonly checkedTime: EpochMs | undefined;
	readonly sentence: string;
}

export type Severity = AlertSeverity;

/** Something that is wrong now, with one feed, sink or part of the hub. */
export interface Trouble {
	/** `feed:NAME`, `sink:NAME`, `quota:NAME`, `schedule:AGENCY`, `store` or `ledger`. */
	readonly subject: string;
	/** What it may become once it has lasted. */
	readonly worst: Severity;
	/** For how long it has held before it was first judged, where that is known. */
	readonly heldMs?: DurationMs | undefined;
	/** What is wrong, with the evidence. Sentences. */
	readonly what: string;
	/** Who is affected: vehicles, routes, sinks. */
	readonly affected: string;
	/** What riders see meanwhile. */
	readonly riders: string;
	/** What it was found by. */
	readonly evidence: string;
	/** What was done by itself, and goes on being done. */
	readonly done: string;
	/** What a person has to do. */
	readonly todo: string;
}

/** An alert that is open, as the status page and `/status.json` show it. */
export interface OpenAlert extends Omit<Trouble, "worst" | "heldMs"> {
	readonly alert: string;
	readonly severity: Severity;
	/** When it began to hold, which is before it was told. */
	readonly since: EpochMs;
	readonly toldTime: EpochMs;
	/** Where what to do is written down. */
	readonly runbook: string;
	readonly owner?: string | undefined;
	/** Somebody takes care of it. */
	readonly acked?: Acknowledgement | undefined;
	/** Channels that it was told over, or will be. */
	readonly toldTo?: readonly string[] | undefined;
}

export interface Acknowledgement {
	readonly by: string;
	readonly note: string;
	readonly time: EpochMs;
}

/** How many vehicles of an agency are at work, and how many should be. */
export interface FleetStatus {
	readonly agency: string;
	readonly vehicles: number;
	/** At the least. Undefined: nobody knows yet. */
	readonly expected: number | undefined;
	/** `schedule`: trips that are under way by it. `history`: the same hour of earlier days. */
	readonly basis: "schedule" | "history" | "unknown";
	/** By the schedule, the routes that lack the most of them; none where nothing lacks, or only a sum is known. */
	readonly short: readonly {
		readonly gtfsRouteId: string;
		readonly vehicles: number;
		readonly expected: number;
	}[];
}

/** Whom a feed told of when it was last well. */
export interface FeedFleetStatus {
	readonly time: EpochMs;
	/** At work, and heard of in the five minutes before. */
	readonly vehicles: number;
	/** Those with the most vehicles first; a few. */
	readonly routes: readonly string[];
	readonly routeCount: number;
	/** How old the reports of half of its vehicles at least were when they came; below zero: from the future. */
	readonly medianAgeMs: DurationMs | undefined;
	/**
	 * Since when nothing was heard of any vehicle, although many were at work just before and should be now. Absent: it
	 * speaks, or its silence is no wonder. A feed whose upstream calls us has no other sign of being out.
	 */
	readonly silentSince?: EpochMs | undefined;
	/** Vehicles at work that had not reported for 150 s, those that fell silent last first; a few by name. */
	readonly silent: {
		readonly vehicles: number;
		readonly named: readonly string[];
		readonly routes: readonly string[];
	};
}

/** How people are reached. */
export interface AlertingStatus {
	readonly channels: readonly ChannelStatus[];
	/** Warnings wait for the morning. */
	readonly isQuiet: boolean;
	readonly silences: readonly {
		readonly alert: string | undefined;
		readonly subject: string | undefined;
		readonly untilTime: EpochMs;
		readonly by: string;
		readonly reason: string;
	}[];
	readonly heartbeat?: HeartbeatStatus | undefined;
}

export interface ChannelStatus {
	readonly name: string;
	readonly type: string;
	/** `failing`: the last attempt did not reach it. `unused`: nothing was told since the start. */
	readonly state: "ok" | "failing" | "unused";
	readonly sentence: string;
	/** Messages that wait. */
	readonly queued: number;
	/** Since the start. */
	readonly sent: number;
	readonly failed: number;
	readonly lastSuccessTime: EpochMs | undefined;
	/** When it began to fail. Absent: it does not. */
	readonly failingSince?: EpochMs | undefined;
}

/** The sign of life that the hub gives to somebody who waits for it. */
export interface HeartbeatStatus {
	/** `ok`: the last call was answered. `failing`: it was not. `held`: none is made, because the hub is not well. */
	readonly state: "ok" | "failing" | "held" | "waiting";
	readonly sentence: string;
	readonly lastTime: EpochMs | undefined;
}
