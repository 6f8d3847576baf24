/**
 * Calls to something that fails now and then, and that we must not hurt: `createUpstream`, `syncJob`. Depends on the
 * model's failures and on the runtime's clock and chance, and on nothing else.
 */
export { classifyThrown, classifyThrownForHarness, createHttpJudge, retryAfterOf } from "./classify.js";
export { createUpstream, type ResilienceRuntime } from "./create-upstream.js";
export type {
	BreakerState,
	ResilienceEvent,
	ResilienceListener,
	RetryDenied,
	TransitionReason,
} from "./events.js";
export type {
	BreakerOptions,
	BudgetOptions,
	BulkheadOptions,
	Classify,
	FailureNote,
	FallbackOptions,
	FallbackStore,
	HedgeOptions,
	Judge,
	Persistence,
	RetryOptions,
	SharedLimit,
	TimeoutOptions,
	UpstreamOptions,
	UpstreamSnapshot,
} from "./options.js";
export {
	type AttemptResult,
	type Fresh,
	type Outcome,
	type Reason,
	Refusal,
	type Stale,
	type SyncResult,
	type Unavailable,
	type Verdict,
} from "./result.js";
export { parseHttpDate, parseRetryAfter } from "./retry-after.js";
export type {
	Attempt,
	AttemptOptions,
	DisposeOptions,
	ExecuteOptions,
	ForceOptions,
	SyncJobOptions,
	Upstream,
	UpstreamCounters,
	UpstreamStatus,
} from "./upstream.js";
