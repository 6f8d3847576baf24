import type { DurationMs, EpochMs } from "../model/units.js";

/**
 * What one attempt says about the upstream (rules 4, 5 and 11).
 * - `success`: the upstream works.
 * - `transient`: it failed in a way that a retry may cure; counts against the breaker.
 * - `failure`: it failed in a way that a retry will not cure (an answer that cannot be valid); counts as well.
 * - `neutral`: says nothing about the upstream (caller's abort, our own mistake, 4xx); counts nowhere.
 * - `trip`: only a person can mend it (credentials, address); the breaker opens at once.
 */
export type Outcome = "success" | "transient" | "failure" | "neutral" | "trip";

/** An outcome with what the core needs to act on it. */
export interface Verdict {
	readonly outcome: Outcome;
	/** How long the upstream asked us to wait, in milliseconds from now. Rule 14 says what becomes of it. */
	readonly retryAfterMs?: number | undefined;
	/** The HTTP status, where there was one: for events. */
	readonly status?: number | undefined;
	/** Why, in a few words: for events and status. */
	readonly note?: string | undefined;
}

/**
 * Why there is no fresh answer.
 * - `open`: the breaker refuses calls, or opened while the job was waiting for its retry.
 * - `gate`: the upstream asked everybody to wait (Retry-After) for longer than the job can.
 * - `bulkhead`: as many calls run and wait as may.
 * - `budget`: the retry tokens, or the request, byte or day budget are used up for longer than the job can wait.
 * - `deadline`: the job's own time is over.
 * - `failed`: an attempt failed, and it was the last one, or of a kind that is not retried.
 * - `disposed`: `dispose()` was called.
 */
export type Reason = "open" | "gate" | "bulkhead" | "budget" | "deadline" | "failed" | "disposed";

/** Validated, from this call (or the one that this call shared). */
export interface Fresh<T> {
	readonly state: "fresh";
	readonly value: T;
	/** Wall clock at the time the answer was complete. */
	readonly fetchedAt: EpochMs;
	/** Attempts that were sent for it. */
	readonly attempts: number;
}

/** The last validated answer, never older than `fallback.staleMaxMs`, and labelled as what it is. */
export interface Stale<T> {
	readonly state: "stale";
	readonly value: T;
	readonly ageMs: DurationMs;
	readonly fetchedAt: EpochMs;
	readonly reason: Reason;
	/** What the last attempt threw; undefined when none was sent. */
	readonly cause: unknown;
	/** When this upstream may be asked again; undefined when only a person can make that happen. */
	readonly nextAttemptAt: EpochMs | undefined;
	readonly attempts: number;
}

/** Nothing fresh, and nothing young enough to stand in. */
export interface Unavailable {
	readonly state: "unavailable";
	readonly reason: Reason;
	readonly cause: unknown;
	readonly nextAttemptAt: EpochMs | undefined;
	readonly attempts: number;
}

export type SyncResult<T> = Fresh<T> | Stale<T> | Unavailable;

/** What became of a single attempt, for harnesses that keep their own durable loop (deliveries). */
export type AttemptResult<T> =
	| { readonly outcome: "success"; readonly value: T }
	| {
			readonly outcome: "transient" | "failure" | "neutral" | "trip";
			/** What the attempt threw, or undefined when a judge condemned a value. */
			readonly cause: unknown;
			/** The value that a judge condemned. */
			readonly value?: T;
			/** How long to wait before the next attempt: jitter D, Retry-After, gate and breaker taken together. */
			readonly delayMs: DurationMs;
			/** The same on the wall clock; undefined when only a person can make it happen. */
			readonly nextAttemptAt: EpochMs | undefined;
	  }
	| {
			/** Nothing was sent. */
			readonly outcome: "refused";
			readonly reason: Reason;
			readonly delayMs: DurationMs;
			readonly nextAttemptAt: EpochMs | undefined;
	  };

/**
 * What `execute` throws when nothing was sent. It is an `Error` for `instanceof`, made without a stack trace (rule 29):
 * it says what the core decided, not where.
 */
export class Refusal {
	readonly name: string = "Refusal";
	readonly message: string;
	readonly code: Reason;
	readonly upstream: string;
	readonly nextAttemptAt: EpochMs | undefined;

	constructor(upstream: string, code: Reason, nextAttemptAt: EpochMs | undefined) {
		this.message = `${upstream} was not asked: ${code}`;
		this.code = code;
		this.upstream = upstream;
		this.nextAttemptAt = nextAttemptAt;
	}

	/** What loggers print: there are no frames. */
	get stack(): string {
		return `${this.name}: ${this.message}`;
	}
}
Object.setPrototypeOf(Refusal.prototype, Error.prototype);
