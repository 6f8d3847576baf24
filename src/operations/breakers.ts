import type { DurationMs, EpochMs } from "../model/units.js";

/**
 * What people see of the breaker, the budgets and the gate of one upstream: the same on the status page, in the metrics
 * and on the command line. What is undefined does not hold, or is not configured.
 */
export interface BreakerStatus {
	/** `feed:<name>/<upstream>` or `sink:<name>`. */
	readonly name: string;
	readonly state: "closed" | "open" | "half-open";
	/** A person decided, until then; undefined time: until somebody resets it. */
	readonly forced:
		| { readonly state: "open" | "closed"; readonly reason: string; readonly until: EpochMs | undefined }
		| undefined;
	/** Failures in a row. */
	readonly streak: number;
	/** Windows in a row that the breaker opened for. */
	readonly openCount: number;
	/** When the next call may be sent; undefined when only a person can make that happen. */
	readonly nextAttemptAt: EpochMs | undefined;
	/** Why a call would wait or be refused now, such as `open`, `gate` or `bulkhead`. */
	readonly blockedBy: string | undefined;
	/** How many retries the budget still pays for. */
	readonly retryTokens: number;
	/** How long upstream's Retry-After still holds everybody. */
	readonly gateHeldMs: DurationMs;
	readonly inFlight: number;
	readonly queued: number;
	/** Requests of the present day, against those that may be sent. */
	readonly day: { readonly used: number; readonly count: number } | undefined;
	readonly lastTransition: { readonly reason: string; readonly at: EpochMs } | undefined;
	/** Since the hub started. */
	readonly counters: BreakerCounters;
}

export interface BreakerCounters {
	readonly attempts: number;
	readonly successes: number;
	/** Attempts that speak against the upstream, whatever the reason. */
	readonly failures: number;
	readonly retries: number;
	/** Calls that were not sent: breaker, gate, places, budgets or deadline were against it. */
	readonly refusals: number;
	/** How often the breaker opened. */
	readonly opened: number;
}

/** What a person may do to an upstream. `Upstream` of `wayside/resilience` is one; a test may write one by hand. */
export interface OperableBreaker {
	status(): BreakerSource;
	forceOpen(options: { readonly reason: string; readonly forMs: DurationMs }): void;
	forceClose(options: { readonly reason: string; readonly forMs: DurationMs }): void;
	reset(reason?: string): void;
}

interface BreakerSource extends Omit<BreakerStatus, "state" | "counters"> {
	readonly state: "closed" | "open" | "half_open";
	readonly counters: Readonly<Record<keyof typeof COUNTED, number>>;
}

const COUNTED = Object.freeze({
	attempts: "attempts",
	successes: "successes",
	transients: "failures",
	failures: "failures",
	trips: "failures",
	retries: "retries",
	refusedOpen: "refusals",
	refusedGate: "refusals",
	refusedBulkhead: "refusals",
	refusedBudget: "refusals",
	refusedDeadline: "refusals",
	opened: "opened",
} as const satisfies Readonly<Record<string, keyof BreakerCounters>>);

export function breakerStatus(breaker: OperableBreaker): BreakerStatus {
	const source = breaker.status();
	const counters = { attempts: 0, successes: 0, failures: 0, retries: 0, refusals: 0, opened: 0 };
	for (const [name, sum] of Object.entries(COUNTED)) {
		counters[sum] += source.counters[name as keyof typeof COUNTED];
	}
	return {
		name: source.name,
		state: source.state === "half_open" ? "half-open" : source.state,
		forced: source.forced,
		streak: source.streak,
		openCount: source.openCount,
		nextAttemptAt: source.nextAttemptAt,
		blockedBy: source.blockedBy,
		retryTokens: source.retryTokens,
		gateHeldMs: source.gateHeldMs,
		inFlight: source.inFlight,
		queued: source.queued,
		day: source.day,
		lastTransition: source.lastTransition,
		counters,
	};
}
