import { Failure } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import { type Abortable, type Subscription, subscribe } from "./abort-groups.js";
import type { Classify, Judge } from "./options.js";
import type { Alarm, Lane, Timed } from "./timetable.js";
import type { Attempt } from "./upstream.js";

/** What jobs and their attempts tell the engine. */
export interface JobOwner {
	onJobDue(job: Job, now: DurationMs): void;
	onRunDue(run: Run, now: DurationMs): void;
	onWaiterAborted(waiter: Waiter, reason: unknown): void;
	onBytes(run: Run, bytes: number): void;
}

/** How the result is told: as a labelled union, as value or error, or as the outcome of a single attempt. */
export type JobKind = "sync" | "execute" | "attempt";

/** `reading`: over, and waiting for what an outside cache remembers. */
export type JobPhase = "new" | "queued" | "running" | "sleeping" | "reading" | "done";

/** How a job is run: one record for all calls that state nothing of their own. */
export interface JobPlan {
	readonly kind: JobKind;
	readonly classify: Classify;
	readonly judge: Judge<unknown> | undefined;
	readonly jobMs: DurationMs;
	readonly attemptMs: DurationMs;
	readonly maxRetries: number;
	/** The number of the first attempt: above 1 when a harness retries by itself. */
	readonly firstAttempt: number;
	readonly wait: boolean;
	readonly isHedgeable: boolean;
	/** Callers of the same key share it. */
	readonly isShared: boolean;
}

/** Makes promises without a closure for each: one executor leaves the functions of the last one here. */
export class Promises {
	resolve: (result: unknown) => void = nobody;
	reject: (thrown: unknown) => void = nobody;
	readonly #executor = (resolve: (result: unknown) => void, reject: (thrown: unknown) => void): void => {
		this.resolve = resolve;
		this.reject = reject;
	};

	/** `resolve` and `reject` belong to it until they are forgotten. */
	make(): Promise<unknown> {
		return new Promise(this.#executor);
	}

	/** What was promised must not be kept alive from here. */
	forget(): void {
		this.resolve = nobody;
		this.reject = nobody;
	}
}

function nobody(): void {}

/** One caller of a job, and what it is promised. */
export class Waiter implements Abortable {
	readonly job: Job;
	readonly result: Promise<unknown>;
	readonly resolve: (result: unknown) => void;
	readonly reject: (thrown: unknown) => void;
	readonly #subscription: Subscription | null;

	constructor(job: Job, signal: AbortSignal | undefined, promises: Promises) {
		this.job = job;
		this.result = promises.make();
		this.resolve = promises.resolve;
		this.reject = promises.reject;
		promises.forget();
		this.#subscription = signal === undefined ? null : subscribe(signal, this);
		job.join(this);
	}

	onAbort(reason: unknown): void {
		this.job.owner.onWaiterAborted(this, reason);
	}

	leave(): void {
		this.#subscription?.end();
	}
}

/** A job in line or asleep: its places in the timetable and in the queue. */
export class Wait implements Timed {
	readonly job: Job;
	dueMs = 0;
	heapIndex = -1;
	lane: Lane | null = null;
	previous: Timed | null = null;
	next: Timed | null = null;
	/** Neighbours in the queue for a place. */
	before: Wait | null = null;
	after: Wait | null = null;

	constructor(job: Job) {
		this.job = job;
	}

	onDue(now: DurationMs): void {
		this.job.owner.onJobDue(this.job, now);
	}
}

/** One piece of work from its first caller to its result: the same record queues, sleeps and runs. */
export class Job {
	readonly owner: JobOwner;
	readonly plan: JobPlan;
	readonly key: string;
	readonly work: (attempt: Attempt) => unknown;
	readonly deadlineMs: DurationMs;
	phase: JobPhase = "new";
	/** Attempts sent, hedges left out. */
	attempts = 0;
	hedges = 0;
	/** The breaker's permit of the attempt that is out; a hedge shares it (rule 20). */
	permit = 0;
	/** What the last attempt threw. */
	cause: unknown;
	/** Retry tokens taken for an attempt that is not sent yet. */
	tokensHeld = 0;
	bytes = 0;
	/** Made when it has to wait for the first time: most jobs never do. */
	#wait: Wait | null = null;
	run: Run | null = null;
	hedge: Run | null = null;
	hedgeAlarm: Alarm | null = null;
	/** Nearly always one; the others share a flight. */
	waiter: Waiter | null = null;
	others: Waiter[] | null = null;
	/** Neighbours among all jobs that are not done. */
	older: Job | null = null;
	newer: Job | null = null;
	constructor(
		owner: JobOwner,
		plan: JobPlan,
		key: string,
		work: (attempt: Attempt) => unknown,
		now: DurationMs,
	) {
		this.owner = owner;
		this.plan = plan;
		this.key = key;
		this.work = work;
		this.deadlineMs = now + plan.jobMs;
	}

	get wait(): Wait {
		this.#wait ??= new Wait(this);
		return this.#wait;
	}

	join(waiter: Waiter): void {
		if (this.waiter === null) this.waiter = waiter;
		else {
			this.others ??= [];
			this.others.push(waiter);
		}
	}

	/** Hands every caller to `tell` and lets it go. */
	leaveAll(tell: (waiter: Waiter, isFirst: boolean) => void): void {
		const { waiter, others } = this;
		this.waiter = null;
		this.others = null;
		if (waiter === null) return;
		waiter.leave();
		tell(waiter, true);
		if (others === null) return;
		for (const other of others) {
			other.leave();
			tell(other, false);
		}
	}

	/** Takes a caller off; true when nobody is left. */
	part(waiter: Waiter): boolean {
		if (this.waiter === waiter) this.waiter = this.others?.shift() ?? null;
		else this.others = this.others?.filter((other) => other !== waiter) ?? null;
		return this.waiter === null;
	}
}

/**
 * - `running`: its result decides.
 * - `overdue`: timed out, still keeps its place; a late success may still refresh the cache.
 * - `dropped`: nobody waits for it any more, still keeps its place.
 * - `abandoned`: its place was given back although it never settled.
 * - `settled`: over.
 */
export type RunState = "running" | "overdue" | "dropped" | "abandoned" | "settled";

/** One attempt: what the job's function is given, and its place in the timetable. */
export class Run implements Attempt, Timed {
	readonly job: Job;
	readonly attempt: number;
	readonly probe: boolean;
	readonly startedMs: DurationMs;
	/** Number in order of start, over all jobs of the upstream. */
	readonly started: number;
	state: RunState = "running";
	bytes = 0;
	#controller: AbortController | null = null;
	#abortReason: unknown;
	dueMs = 0;
	heapIndex = -1;
	lane: Lane | null = null;
	previous: Timed | null = null;
	next: Timed | null = null;

	constructor(job: Job, isProbe: boolean, started: number, now: DurationMs) {
		this.job = job;
		this.attempt = job.plan.firstAttempt + job.attempts - 1;
		this.probe = isProbe;
		this.startedMs = now;
		this.started = started;
	}

	get deadline(): DurationMs {
		return Math.min(this.startedMs + this.job.plan.attemptMs, this.job.deadlineMs);
	}

	/** The job's deadline left it less than the attempt's own time-out. */
	get isCut(): boolean {
		return this.job.deadlineMs - this.startedMs < this.job.plan.attemptMs;
	}

	/** Made on first read (rule 17): most clients get it, and it costs more than the rest of a call. */
	get signal(): AbortSignal {
		if (this.#controller === null) {
			this.#controller = new AbortController();
			if (this.state !== "running" && this.state !== "settled") this.#controller.abort(this.#abortReason);
		}
		return this.#controller.signal;
	}

	/** Made when it is read, so that it can be taken out of the attempt like `signal`, and costs nobody else anything. */
	get addBytes(): (bytes: number) => void {
		return (bytes) => this.job.owner.onBytes(this, bytes);
	}

	onDue(now: DurationMs): void {
		this.job.owner.onRunDue(this, now);
	}

	/** To be called after the state is set: the listeners of the signal run now. */
	abort(reason: unknown): void {
		this.#abortReason = reason;
		this.#controller?.abort(reason);
	}
}

/** What a timed-out attempt failed with. */
export function attemptTimeout(upstream: string, run: Run): Failure {
	const ms = Math.round(run.deadline - run.startedMs);
	return new Failure("net.timeout", `attempt ${run.attempt} at ${upstream} was not over after ${ms} ms`);
}
