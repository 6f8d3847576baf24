import type { DurationMs, EpochMs } from "../model/units.js";
import type { BreakerState } from "./events.js";
import type { Classify, FailureNote, Judge, UpstreamSnapshot } from "./options.js";
import type { AttemptResult, Outcome, Reason, SyncResult } from "./result.js";

/** What the job's function is given. Valid during that attempt only. */
export interface Attempt {
	/** Aborts when the attempt times out, the last caller gives up, or the upstream is disposed. Made on first read. */
	readonly signal: AbortSignal;
	/** 1 for the first. */
	readonly attempt: number;
	/** When this attempt times out, on the runtime's monotonic clock. */
	readonly deadline: DurationMs;
	/** Whether the breaker is half-open and this call decides what comes next. */
	readonly probe: boolean;
	/** Tells the core of bytes that came over the wire, for the byte budget. May be called several times. */
	readonly addBytes: (bytes: number) => void;
}

export interface SyncJobOptions<T> {
	/** The caller's own: `syncJob` rejects with its reason in the same turn in which it aborts. */
	readonly signal?: AbortSignal | undefined;
	/** Default: the upstream's `timeout.jobMs`. */
	readonly jobMs?: DurationMs | undefined;
	/** Default: the upstream's `timeout.attemptMs`. */
	readonly attemptMs?: DurationMs | undefined;
	/** Default: the upstream's `retry.maxRetries`. */
	readonly maxRetries?: number | undefined;
	/** Says whether the answer is good. Default: every answer is. */
	readonly judge?: Judge<T> | undefined;
	/** Default: the upstream's `classify`. */
	readonly classify?: Classify | undefined;
	/** `false` sends its own attempts even when a job of the same key is running. Default: the upstream's option. */
	readonly singleFlight?: boolean | undefined;
	/** Whether asking twice does no harm: only then may it be hedged. Default true for syncJob, false otherwise. */
	readonly idempotent?: boolean | undefined;
}

export interface ExecuteOptions<T> extends Omit<SyncJobOptions<T>, "singleFlight"> {
	/** Shown in events. Default "". */
	readonly key?: string | undefined;
}

export interface AttemptOptions<T>
	extends Omit<SyncJobOptions<T>, "singleFlight" | "maxRetries" | "idempotent"> {
	/** Shown in events. Default "". */
	readonly key?: string | undefined;
	/** Which attempt at the same work this is; from 2 on it takes a retry token. Default 1. */
	readonly attempt?: number | undefined;
	/** `false` refuses at once instead of waiting for a place, the gate or the budget. Default true. */
	readonly wait?: boolean | undefined;
}

export interface ForceOptions {
	/** Why, for the status page and the event. Required: the next person will ask. */
	readonly reason: string;
	/** How long. Default: until `reset`. */
	readonly forMs?: DurationMs | undefined;
}

export interface DisposeOptions {
	/** How long stores may take for what is to be kept. Default 5 s; 0 does not wait for a store that takes its time. */
	readonly waitMs?: DurationMs | undefined;
}

export interface UpstreamStatus {
	readonly name: string;
	readonly state: BreakerState;
	readonly forced:
		| {
				readonly state: "open" | "closed";
				readonly reason: string;
				readonly until: EpochMs | undefined;
		  }
		| undefined;
	readonly epoch: number;
	/** Failures in a row. */
	readonly streak: number;
	/** Windows in a row that the breaker opened for; 0 after a stable recovery. */
	readonly openCount: number;
	/** Why the breaker last changed its state, and when. */
	readonly lastTransition: { readonly reason: string; readonly at: EpochMs } | undefined;
	/** The last attempt that spoke against the upstream; of an earlier process while its open breaker goes on. */
	readonly lastFailure: FailureNote | undefined;
	/** When the next call may be sent; undefined when only a person can make that happen. */
	readonly nextAttemptAt: EpochMs | undefined;
	/** Why a call would have to wait or be refused right now. */
	readonly blockedBy: Reason | undefined;
	readonly probesOut: number;
	readonly retryTokens: number;
	readonly gateHeldMs: DurationMs;
	readonly inFlight: number;
	readonly queued: number;
	readonly sleeping: number;
	readonly zombies: number;
	/** What the bulkhead admits at present: less than configured while it ramps up. */
	readonly limit: number;
	readonly day: { readonly used: number; readonly count: number } | undefined;
	readonly latencyMs: { readonly p50: number; readonly p95: number } | undefined;
	readonly counters: UpstreamCounters;
	readonly disposed: boolean;
}

/** Since the upstream was made. */
export interface UpstreamCounters {
	readonly attempts: number;
	readonly successes: number;
	readonly transients: number;
	readonly failures: number;
	readonly neutrals: number;
	readonly trips: number;
	readonly retries: number;
	readonly refusedOpen: number;
	readonly refusedGate: number;
	readonly refusedBulkhead: number;
	readonly refusedBudget: number;
	readonly refusedDeadline: number;
	readonly opened: number;
	readonly lateResults: number;
	readonly staleServed: number;
	readonly hedges: number;
	readonly bytes: number;
	readonly listenerErrors: number;
	readonly persistFailures: number;
	readonly cacheFailures: number;
	readonly classifierErrors: number;
}

/** One thing that we call, and must not hurt: breaker, bulkhead, budgets and gate; and per job key a fallback. */
export interface Upstream {
	readonly name: string;
	/**
	 * Runs a job with everything: shared attempts per key, retries, breaker, budgets and the labelled fallback. Rejects
	 * only with the reason of `options.signal`; everything else is in the result.
	 */
	syncJob<T>(
		key: string,
		run: (attempt: Attempt) => Promise<T> | T,
		options?: SyncJobOptions<T>,
	): Promise<SyncResult<T>>;
	/** The same without key and fallback: resolves with the value, throws what the last attempt threw, or a `Refusal`. */
	execute<T>(run: (attempt: Attempt) => Promise<T> | T, options?: ExecuteOptions<T>): Promise<T>;
	/**
	 * One attempt under bulkhead, gate, breaker, budgets and time-out, and the delay until the next one. For a harness
	 * whose retries must survive a restart: it waits itself, and calls again. Rejects only with the signal's reason.
	 */
	attempt<T>(
		run: (attempt: Attempt) => Promise<T> | T,
		options?: AttemptOptions<T>,
	): Promise<AttemptResult<T>>;
	/** The breaker alone, decided and reserved synchronously: 0, or a permit that must be settled exactly once (rule 2). */
	admit(): number;
	/** Settles a permit of `admit`. A permit of an earlier epoch changes nothing (rule 3). */
	settle(permit: number, outcome: Outcome, retryAfterMs?: DurationMs): void;
	/** Bytes that came outside of an attempt (a stream), for the byte budget. */
	addBytes(bytes: number): void;
	/** Remembers a value as the last good one of a key: what a restart read from elsewhere. */
	remember(key: string, value: unknown, fetchedAt: EpochMs): void;
	/** The last good value of a key, whatever its age; undefined when none is remembered in the process. */
	lastGood<T>(
		key: string,
	): { readonly value: T; readonly fetchedAt: EpochMs; readonly ageMs: DurationMs } | undefined;
	status(): UpstreamStatus;
	snapshot(): UpstreamSnapshot;
	/** Takes over what an earlier process saved. `false` and `restore_failed` when it is unreadable: then closed. */
	restore(snapshot: unknown): boolean;
	/** Refuses everything, probes included. */
	forceOpen(options: ForceOptions): void;
	/** Admits everything, whatever fails. */
	forceClose(options: ForceOptions): void;
	/** Ends a forced state and forgets all evidence: closed, as new. */
	reset(reason?: string): void;
	/**
	 * Settles everything that waits or runs as `disposed`, clears every timer and flushes one save. Waits for the stores of
	 * `persist` and `fallback`, but not longer than `waitMs`: what is not saved then is counted and told as an event.
	 * Idempotent: later calls wait for the first one.
	 */
	dispose(options?: DisposeOptions): Promise<void>;
}
