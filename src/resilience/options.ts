import type { DurationMs, EpochMs } from "../model/units.js";
import type { ResilienceListener } from "./events.js";
import type { Outcome, Verdict } from "./result.js";

/**
 * Turns what an attempt threw into an outcome. Total by contract; should it throw or answer nonsense, the attempt counts
 * as transient. `now` is the wall clock, for dates in Retry-After.
 */
export type Classify = (thrown: unknown, now: EpochMs) => Verdict | Exclude<Outcome, "success">;

/** Looks at what an attempt resolved with. Only `success` is cached and answered as fresh. A throw is classified. */
export type Judge<T> = (value: T) => Verdict | Outcome;

export interface RetryOptions {
	/** Retries after the first attempt; 0 to 10. Default 3: more of them hardly help and multiply load. */
	readonly maxRetries?: number;
	/** Base of the jitter D (rule 13): retry n sleeps for [hi / 5, hi], hi = min(cap, 3 · base · 2^(n-1)). Default 500 ms. */
	readonly baseMs?: DurationMs;
	/** The longest delay that D draws; at least `baseMs`. Default 30 s, or `baseMs` if longer. */
	readonly capMs?: DurationMs;
	/** The longest Retry-After that a job waits out; longer ones go to the fallback. Default 60 s. */
	readonly retryAfterMaxMs?: DurationMs;
	/** The longest Retry-After that holds the gate: a hostile header must not silence us for years. Default 1 h. */
	readonly holdMaxMs?: DurationMs;
}

export interface BreakerOptions {
	/** Failures in a row that open it (rule 4). Default 5. */
	readonly threshold?: number;
	/** Opens as well when this share of the outcomes of the window failed. Default: off. */
	readonly ratio?: {
		/** 0 < share <= 1. */
		readonly share: number;
		/** Outcomes in the window below which the share is not looked at. Default 20. */
		readonly minimum?: number;
		/** Length of the window. Default 60 s. */
		readonly windowMs?: DurationMs;
	};
	/** The first open window. Each further one is twice as long. Default 10 s. */
	readonly openMs?: DurationMs;
	/** The longest open window; at least `openMs`. Default 5 min, or `openMs` if longer. */
	readonly openMaxMs?: DurationMs;
	/** Probes that may be out at one time while half-open. Default 1. */
	readonly probes?: number;
	/** Probe successes that close it. Default 1. */
	readonly successes?: number;
}

export interface TimeoutOptions {
	/** Of one attempt, its body included (rule 17). Default 10 s. */
	readonly attemptMs?: DurationMs;
	/** Of the whole job: queueing, attempts and sleeping (rule 16). Default 45 s. */
	readonly jobMs?: DurationMs;
	/** No attempt is started with less time left than this. Default 100 ms. */
	readonly attemptMinMs?: DurationMs;
}

export interface BulkheadOptions {
	/** Attempts that run at one time, timed-out ones that still run included. Default 4. */
	readonly limit?: number;
	/** Jobs that wait for a place, first in, first out. Default 16. */
	readonly queueMax?: number;
	/** After the breaker closed, the limit grows from `probes` to `limit` in doublings over this time. Default 5 s. */
	readonly rampMs?: DurationMs;
	/** When a timed-out attempt that never settles gives its place back. Default 5 min; Infinity keeps it for ever. */
	readonly zombieMaxMs?: DurationMs;
}

export interface BudgetOptions {
	/** Retry tokens at most and at first (rule 15). Default 10. */
	readonly tokens?: number;
	/** Tokens that a success earns. Default 0.1. */
	readonly perSuccess?: number;
	/** Tokens per second earned while the breaker is closed. Default 0.1. */
	readonly perSecond?: number;
	/** At most `count` requests in any window of `perMs`; probes and retries count. Default: unlimited. Count <= 10,000. */
	readonly requests?: { readonly count: number; readonly perMs: DurationMs };
	/** Bytes per second in the long run: after an answer of n bytes, the next request waits n / this. Default: unlimited. */
	readonly bytesPerSecond?: number;
	/** Time's worth of bytes that may be spent ahead. Default 0. */
	readonly bytesAheadMs?: DurationMs;
	/** Requests per day; the day begins at `startsAtMs` after midnight UTC (default 0). Default: unlimited. */
	readonly day?: { readonly count: number; readonly startsAtMs?: DurationMs };
	/** A limit that several upstreams share, such as the calls that a vendor counts per key. Default: none. */
	readonly shared?: SharedLimit;
}

/**
 * A limit that belongs to several upstreams at one time. Each of them asks it in the same step in which it sends, so that
 * it is never exceeded; whoever finds it taken asks again at the time that it names.
 */
export interface SharedLimit {
	/** When the next request may be sent, on the monotonic clock; `now` means at once. */
	readyAt(now: DurationMs): DurationMs;
	/** One request is sent now, probes and retries included. */
	take(now: DurationMs): void;
}

/** A cache outside of the process. It may fail, hang or answer nonsense: the original reason is never hidden by it. */
export interface FallbackStore {
	read(key: string): Promise<{ readonly value: unknown; readonly fetchedAt: EpochMs } | undefined>;
	write(key: string, entry: { readonly value: unknown; readonly fetchedAt: EpochMs }): Promise<void>;
}

export interface FallbackOptions {
	/** Older answers are not served. Default 1 h. */
	readonly staleMaxMs?: DurationMs;
	/** Job keys remembered; the one that was written longest ago is forgotten first. Default 1,000. */
	readonly entriesMax?: number;
	/**
	 * How callers are kept from changing each other's data. `copy` (default): the cache keeps a copy and hands out copies.
	 * `freeze`: the answer is deeply frozen and shared. `share`: the answer is shared as it is, for data nobody changes.
	 */
	readonly isolate?: "copy" | "freeze" | "share";
	/** Asked when the process does not remember the key; told of every success. Default: none. */
	readonly store?: FallbackStore;
	/** How long to wait for the store. Default 1 s. */
	readonly readTimeoutMs?: DurationMs;
}

export interface HedgeOptions {
	/** Latency percentile after which the second attempt is sent, in per cent. Default 95. */
	readonly percentile?: number;
	/** Successes that must have been measured first. Default 20. */
	readonly minimum?: number;
}

/** Where a snapshot goes on every transition of the breaker. Never awaited; at most one save is under way. */
export interface Persistence {
	save(snapshot: UpstreamSnapshot): Promise<void> | void;
}

/**
 * Durations are milliseconds on a monotonic clock. Every value that is out of range or of another kind is a RangeError of
 * `createUpstream` that names option and value. Reasons for the defaults, and the rules: docs/resilience.md.
 */
export interface UpstreamOptions {
	/** Rules 12 to 14. */
	readonly retry?: RetryOptions;
	/** Rules 1 to 8. */
	readonly breaker?: BreakerOptions;
	/** Rules 16 and 17. */
	readonly timeout?: TimeoutOptions;
	/** Rules 9, 17 and 19. */
	readonly bulkhead?: BulkheadOptions;
	/** Rule 15, and what an upstream may be burdened with at all. */
	readonly budget?: BudgetOptions;
	/** Rule 22. `false`: nothing is remembered, and a job that fails is unavailable. */
	readonly fallback?: FallbackOptions | false;
	/** A second attempt of an idempotent job when the first is slow (rule 20). Default off: bandwidth is scarce. */
	readonly hedge?: HedgeOptions | false;
	/** Jobs of one key that run at one time share their attempts (rule 21). Default true. */
	readonly singleFlight?: boolean;
	/** What a throw says about the upstream (rule 11). Default `classifyThrown`. */
	readonly classify?: Classify;
	/** Told of every transition (rule 26). Default: none. */
	readonly persist?: Persistence;
	/** What an earlier process saved; anything unreadable is a `restore_failed` event and a closed breaker. */
	readonly snapshot?: unknown;
	/** Told what happens (rule 27); costs nothing when absent. What it throws is counted and alters nothing. Default: none. */
	readonly onEvent?: ResilienceListener;
}

/** Durable state of an upstream (rule 25): plain JSON. `day` lets a day's quota survive a restart. */
export interface UpstreamSnapshot {
	readonly v: 1;
	readonly state: "closed" | "open";
	readonly forced: "open" | "closed" | null;
	readonly forcedReason: string | null;
	/** How long the forced state lasts from the time of saving; null without expiry. */
	readonly forcedRemainingMs: number | null;
	readonly remainingMs: number;
	readonly openUntilWall: EpochMs;
	readonly savedAtWall: EpochMs;
	readonly openCount: number;
	readonly streak: number;
	readonly gateRemainingMs: number;
	readonly day: { readonly index: number; readonly used: number } | null;
	/** Why it is open, where a failure made it so: the next process tells people. */
	readonly cause?: FailureNote;
}

/** A failure as people are told of it; both texts are at most 500 characters. */
export interface FailureNote {
	readonly at: EpochMs;
	readonly code: string;
	readonly message: string;
}
