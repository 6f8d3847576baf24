import type { DurationMs, EpochMs } from "../model/units.js";
import type { Outcome, Reason } from "./result.js";

export type BreakerState = "closed" | "open" | "half_open";

/** Why the breaker changed its state. */
export type TransitionReason =
	| "consecutive_failures"
	| "failure_ratio"
	| "trip"
	| "window_over"
	| "probe_failed"
	| "probe_lease_expired"
	| "probes_succeeded"
	| "forced_open"
	| "forced_closed"
	| "force_expired"
	| "reset"
	| "restored";

export type RetryDenied = "cap" | "budget" | "deadline" | "open" | "retry-after" | "abort" | "probe";

/** What happened (rule 27). Handed to `onEvent` after the state is consistent, in the order in which it happened. */
export type ResilienceEvent = { readonly upstream: string; readonly at: EpochMs } & (
	| {
			readonly type: "attempt_start";
			readonly key: string;
			readonly attempt: number;
			readonly probe: boolean;
			readonly hedge: boolean;
	  }
	| {
			readonly type: "attempt_end";
			readonly key: string;
			readonly attempt: number;
			readonly outcome: Outcome;
			readonly ms: DurationMs;
			readonly status: number | undefined;
			readonly bytes: number | undefined;
			readonly note: string | undefined;
	  }
	| {
			readonly type: "retry_scheduled";
			readonly key: string;
			/** The number of the attempt that will be sent. */
			readonly attempt: number;
			readonly delayMs: DurationMs;
			readonly source: "jitter" | "retry-after";
			readonly budgetLeft: number;
	  }
	| {
			readonly type: "retry_denied";
			readonly key: string;
			readonly attempt: number;
			readonly reason: RetryDenied;
	  }
	| {
			readonly type: "transition";
			readonly from: BreakerState;
			readonly to: BreakerState;
			readonly reason: TransitionReason;
			readonly epoch: number;
			/** How long it stays open; undefined unless `to` is `open`, infinite while forced without expiry. */
			readonly openForMs: DurationMs | undefined;
			/** What the person who forced it gave as the reason. */
			readonly note: string | undefined;
	  }
	| { readonly type: "probe"; readonly epoch: number; readonly out: number }
	| {
			readonly type: "late_result";
			readonly epoch: number;
			readonly current: number;
			readonly outcome: Outcome;
	  }
	| {
			readonly type: "bulkhead_reject";
			readonly key: string;
			readonly inFlight: number;
			readonly queued: number;
	  }
	| {
			readonly type: "gate";
			readonly holdMs: DurationMs;
			readonly reason: "retry-after" | "requests" | "bytes" | "day" | "shared";
	  }
	| {
			readonly type: "fallback";
			readonly key: string;
			readonly reason: Reason;
			readonly ageMs: DurationMs | undefined;
			readonly hit: boolean;
	  }
	| {
			readonly type: "zombie";
			readonly key: string;
			readonly state: "running" | "settled" | "abandoned";
			readonly zombies: number;
	  }
	| { readonly type: "hedge"; readonly key: string; readonly afterMs: DurationMs }
	| { readonly type: "cache_failed"; readonly key: string; readonly note: string }
	| { readonly type: "persist_failed"; readonly note: string }
	| { readonly type: "restore_failed"; readonly note: string }
	| { readonly type: "listener_error"; readonly note: string }
);

export type ResilienceListener = (event: ResilienceEvent) => void;
