import type { FrameTraces } from "../log/frame-traces.js";
import type { Log } from "../log/log.js";
import type { RecentRecords } from "../log/recent-records.js";
import type { Kind } from "../model/observation.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Upstream, UpstreamOptions } from "../resilience/index.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Runtime } from "../runtime/runtime.js";
import type { BatchLimits, Sink } from "../sinks/sink.js";
import type { RedeliveryRequest } from "./redelivery-request.js";

export type RouteMode = "latest" | "every";
export type RouteOrder = "marked" | "strict";

/** One route to the sink. Everything that is routed to it forms one subscription; the first route that fits decides. */
export interface Route extends Partial<Delivering> {
	readonly feed: string;
	/** Undefined: every kind. */
	readonly kinds?: readonly Kind[] | undefined;
}

/** How records are delivered: of a subscription, and for each route that says otherwise. */
export interface Delivering {
	/**
	 * `every`: all of it, in order per key. `latest`: the newest record per kind and key of what waits; the rest is
	 * superseded. Serving sinks decide by themselves what is latest.
	 */
	readonly mode: RouteMode;
	/** `latest`: what happened longer ago is expired instead of delivered. Undefined: no limit. */
	readonly maxAgeMs?: DurationMs | undefined;
	/**
	 * `marked` (default): what follows a dead letter of the same key is delivered. `strict`: the key is parked; what
	 * follows becomes a dead letter too, until the key is released.
	 */
	readonly order?: RouteOrder | undefined;
	/**
	 * `every`: how long after its receipt a record waits for older ones of its key, which then go before it. 0 (default):
	 * records go as they came.
	 */
	readonly reorderMs?: DurationMs | undefined;
}

/** What intake has just appended, as objects: spares consumers at the end of the log the parsing. */
export type RecordCache = Pick<RecentRecords, "get">;

export interface SubscriptionOptions extends Delivering {
	/** The sink's name: the subscription is `sink:<name>`. */
	readonly name: string;
	/** The plug-in's type, for the status. Default: its kind. */
	readonly type?: string | undefined;
	readonly sink: Sink;
	/** At least one. */
	readonly routes: readonly Route[];
	readonly log: Log;
	readonly runtime: Runtime;
	/** Default: what the sink needs, else 500 records, 1 MiB, 1 s. */
	readonly batch?: BatchLimits | undefined;
	/** Records that wait for older ones, over all partitions: beyond them the oldest go early. Default 40,000. */
	readonly reorderRecordsMax?: number | undefined;
	/** Records that a serving sink reads back at a start, at the most, while not too much stands in it. Default 100,000. */
	readonly checkpointRecords?: number | undefined;
	/** Batches in flight over all partitions. Default 4, or 1 for an exclusive sink. */
	readonly inFlightMax?: number | undefined;
	/** Retry, breaker and budget of the destination. `timeout`, `bulkhead` and `fallback` are set by the subscription. */
	readonly upstream?: Omit<UpstreamOptions, "timeout" | "bulkhead" | "fallback" | "hedge" | "singleFlight">;
	/** Where the traces of frames stand. Absent: nothing is traced. */
	readonly traces?: FrameTraces | undefined;
	/** Where a subscription begins that this store has never seen: at new records (default), or at the oldest kept one. */
	readonly begin?: "now" | "oldest" | undefined;
	readonly onEvent?: ((event: RouteEvent) => void) | undefined;
}

/**
 * - `healthy`: the last thing that was tried worked.
 * - `retrying`: the destination failed in a way that may pass; the batch waits for its next attempt.
 * - `held`: the destination (or our own store) refuses us; the cursor waits, and it is probed again by itself.
 * - `failed`: the store can no longer be used; a restart is needed.
 */
export type DeliveryState = "healthy" | "retrying" | "held" | "failed";

export interface PartitionStatus {
	readonly partition: number;
	/** The next offset to settle. */
	readonly cursor: number;
	/** Entries at or after the cursor, those of other feeds included. */
	readonly lagEntries: number;
	/** Age of the oldest of them by its received time, as far as that is known; undefined without lag. */
	readonly lagAgeMs: DurationMs | undefined;
}

/** What `/status.json` says of a sink, and a little more. */
export interface SubscriptionStatus {
	readonly name: string;
	readonly type: string;
	/** `waiting`: nothing was delivered yet. `lagging`: behind, or retrying. `held`: a person may be needed. */
	readonly state: "running" | "waiting" | "lagging" | "held";
	readonly delivery: DeliveryState;
	/** Plain words: what is, since when it is so, and what a person can do where one is needed. */
	readonly sentence: string;
	readonly since: EpochMs;
	readonly nextAttemptTime: EpochMs | undefined;
	readonly lagEntries: number;
	readonly lagAgeMs: DurationMs | undefined;
	readonly delivered: number;
	readonly deadLetters: number;
	/** Partitions of which no cursor is committed yet. */
	readonly cursorless: number;
	readonly partitions: readonly PartitionStatus[];
	/** Of the last acknowledged batch or publication. */
	readonly lastDeliveryTime: EpochMs | undefined;
	readonly counters: Readonly<SubscriptionCounters>;
	/** Batches that may be in flight now: fewer than at best while the destination struggles. Absent: it is no such sink. */
	readonly inFlightMax?: number | undefined;
	/** What a serving sink says of itself. */
	readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** Since the subscription was made. Records by their outcome, as posted; and what it took. */
export interface SubscriptionCounters {
	delivered: number;
	filtered: number;
	superseded: number;
	withheld: number;
	deadLettered: number;
	expired: number;
	/** Records that went before their reorder window was over, since it was full. */
	releasedEarly: number;
	/** Batches acknowledged, or publications made. */
	batches: number;
	/** Calls of `write`, or publications tried. */
	attempts: number;
	/** Answers that were not `ok`. */
	failures: number;
	/** Commits that the store refused. */
	commitFailures: number;
	/** Listeners that threw. */
	listenerErrors: number;
}

/**
 * - `sink_retrying`, `sink_held`, `sink_resumed`: the destination's state changed. Held needs a person; it resumes by
 *   itself once mended.
 * - `store_refused`: our own store did not take a commit; it is tried again.
 * - `sink_failed`: the subscription has stopped, since the store cannot be used any more.
 * - `records_dead_lettered`: the destination refused these records, and the rest went on.
 * - `batch_split`: a batch was refused as a whole, and nobody said because of which record: it is sent in halves.
 * - `retention_overrun`: retention overtook the cursor; what lay between went unread and is posted as expired.
 * - `reorder_window_full`: more records wait for older ones than may be held; the oldest go early.
 * - `accounts_opened`: records that wait came while the sink or the route was away; they are delivered now.
 * - `close_failed`: the sink did not close cleanly.
 */
export type RouteEventType =
	| "sink_retrying"
	| "sink_held"
	| "sink_resumed"
	| "store_refused"
	| "sink_failed"
	| "records_dead_lettered"
	| "batch_split"
	| "retention_overrun"
	| "reorder_window_full"
	| "accounts_opened"
	| "close_failed";

export interface RouteEvent {
	readonly type: RouteEventType;
	readonly sink: string;
	readonly time: EpochMs;
	readonly level: "info" | "warn" | "error";
	readonly message: string;
	readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** A sink's place in the log. */
export interface Subscription {
	/** The sink's name. */
	readonly name: string;
	/** The destination's breaker and budget; undefined for a serving sink, which has no destination. */
	readonly upstream: Upstream | undefined;
	/** What the sink offers over HTTP. Whoever asks before `start` has made the first publication waits for it. */
	readonly endpoints: readonly Endpoint[];
	/**
	 * Commits the first cursors and what a change of routes means for the ledger. Call it before intake appends anything,
	 * so that no record comes before its account; `start` does it when nobody did.
	 */
	prepare(): Promise<void>;
	/** Resolves when deliveries run or, for a serving sink, the first publication is made. */
	start(recordCache?: RecordCache): Promise<void>;
	/**
	 * Delivers what is in the log at the time of the call, without waiting for fuller batches or for older records. False: it
	 * did not get there.
	 */
	drain(withinMs: DurationMs): Promise<boolean>;
	/** Stops at once; what is in hand is sent again, under the same id, by the next start. */
	close(): Promise<void>;
	status(): SubscriptionStatus;
	/** Whether nothing may be sent before what came earlier of its key (`order: strict`), on one of its routes at least. */
	readonly keepsOrder?: boolean;
	/** Of a sink that writes elsewhere: sends dead letters of a partition again. Resolves when all are settled. */
	redeliver?(partition: number, request: RedeliveryRequest): Promise<void>;
	/**
	 * Of such a sink: releases keys that wait behind dead letters (`order: strict`) when none of theirs is open. Answers
	 * whether keys are left that are not held.
	 */
	unpark?(
		partition: number,
		openKeys: () => Promise<ReadonlySet<string>>,
		held: ReadonlySet<string>,
	): Promise<boolean>;
}

export function zeroCounters(): SubscriptionCounters {
	return {
		delivered: 0,
		filtered: 0,
		superseded: 0,
		withheld: 0,
		deadLettered: 0,
		expired: 0,
		releasedEarly: 0,
		batches: 0,
		attempts: 0,
		failures: 0,
		commitFailures: 0,
		listenerErrors: 0,
	};
}
