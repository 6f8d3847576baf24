import type { DurationMs, EpochMs } from "../model/units.js";
import type { ScheduleStatus } from "../schedule/schedule-status.js";
import type { BreakerStatus } from "./breakers.js";
import type { ReloadStatus } from "./reload-report.js";

export type { ScheduleStatus };

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
	readonly reloads?: ReloadStatus | undefined;
	readonly store: StoreStatus;
	readonly ledger: LedgerStatus;
	/** Open, pages first. Absent where nobody watches. */
	readonly alerts?: readonly OpenAlert[] | undefined;
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
	/** Breaker, budgets and gate. Undefined: upstream calls us, and is never called. */
	readonly guard?: BreakerStatus | undefined;
}

/** `running`: keeps up. `lagging`: behind, and catching up. `held`: the destination refuses us; the cursor waits. */
export type SinkState = "running" | "waiting" | "lagging" | "held";

export interface SinkStatus {
	readonly name: string;
	readonly type: string;
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
	/** Topic `events`: whether what happens is still written down. Absent where nobody writes one. */
	readonly events?: JournalStatus;
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

/** `warn`: somebody should look by day. `page`: somebody should be woken. */
export type Severity = "warn" | "page";

/** Something that is wrong now, with one feed, sink or part of the hub. */
export interface Trouble {
	/** `feed:NAME`, `sink:NAME`, `quota:NAME`, `schedule:AGENCY`, `store` or `ledger`. */
	readonly subject: string;
	/** What it may become once it has lasted. */
	readonly worst: Severity;
	/** What is wrong, with the evidence. Sentences. */
	readonly what: string;
	/** Who is affected. */
	readonly affected: string;
	/** What was done by itself, and goes on being done. */
	readonly done: string;
	/** What a person has to do. */
	readonly todo: string;
}

/** An alert that is open, as the status page and `/status.json` show it. */
export interface OpenAlert extends Omit<Trouble, "worst"> {
	readonly alert: string;
	readonly severity: Severity;
	/** When it began to hold, which is before it was told. */
	readonly since: EpochMs;
	readonly toldTime: EpochMs;
	/** Where what to do is written down. */
	readonly runbook: string;
}
