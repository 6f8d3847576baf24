import { messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import { nodeChance, nodeClock } from "../runtime/node-clock.js";
import type { Runtime } from "../runtime/runtime.js";
import { type CallOptions, checkSignal, defaultPlan, planOf } from "./call-plan.js";
import { Engine } from "./engine.js";
import { Job, type JobKind, type JobPlan, Promises, Waiter } from "./job.js";
import type { UpstreamOptions, UpstreamSnapshot } from "./options.js";
import {
	checkNumber,
	checkSection,
	resolveOptions,
	type Settings,
	show,
	YEAR_MS,
} from "./resolve-options.js";
import type { AttemptResult, Outcome, SyncResult } from "./result.js";
import { Saver } from "./saver.js";
import { applySnapshot, takeSnapshot } from "./snapshot.js";
import { describeStatus } from "./status.js";
import type {
	Attempt,
	AttemptOptions,
	DisposeOptions,
	ExecuteOptions,
	ForceOptions,
	SyncJobOptions,
	Upstream,
	UpstreamStatus,
} from "./upstream.js";

/** Of the runtime, only what waits and what draws. */
export type ResilienceRuntime = Pick<Runtime, "clock" | "chance">;

const OUTCOMES: readonly string[] = ["success", "transient", "failure", "neutral", "trip"];

/**
 * Makes the one object through which an upstream is called. Options are copied; nothing is shared with other upstreams.
 * Without a runtime it uses the machine's clock and chance. Throws a RangeError that names the option and the value.
 */
export function createUpstream(
	name: string,
	options: UpstreamOptions = {},
	runtime: ResilienceRuntime = { clock: nodeClock, chance: nodeChance },
): Upstream {
	if (typeof name !== "string" || name === "") {
		throw new RangeError(`name is ${show(name)}; it must be a text that people recognise`);
	}
	return new UpstreamCore(name, options, runtime);
}

class UpstreamCore implements Upstream {
	readonly name: string;
	readonly #settings: Settings;
	readonly #engine: Engine;
	#promises: Promises | null = null;
	readonly #saver: Saver | null = null;
	#disposed: Promise<void> | null = null;
	/** How calls without options of their own are run; made by the first one. */
	#syncPlan: JobPlan | null = null;
	#executePlan: JobPlan | null = null;
	#attemptPlan: JobPlan | null = null;

	constructor(name: string, options: UpstreamOptions, runtime: ResilienceRuntime) {
		const { clock, chance } = runtime;
		const settings = resolveOptions(options);
		const engine = new Engine(name, settings, clock, chance);
		this.name = name;
		this.#settings = settings;
		this.#engine = engine;
		if (options.snapshot !== undefined && options.snapshot !== null) this.restore(options.snapshot);
		if (settings.persist === undefined) return;
		const saver = new Saver(
			settings.persist,
			clock,
			() => this.snapshot(),
			(note) => {
				engine.parts.emitter?.push({ type: "persist_failed", note });
				engine.flush();
			},
		);
		this.#saver = saver;
		engine.onChanged = () => saver.request();
	}

	syncJob<T>(
		key: string,
		run: (attempt: Attempt) => Promise<T> | T,
		options?: SyncJobOptions<T>,
	): Promise<SyncResult<T>> {
		return this.#call<SyncResult<T>>("sync", key, run, options);
	}

	execute<T>(run: (attempt: Attempt) => Promise<T> | T, options?: ExecuteOptions<T>): Promise<T> {
		return this.#call<T>("execute", options?.key ?? "", run, options);
	}

	attempt<T>(
		run: (attempt: Attempt) => Promise<T> | T,
		options?: AttemptOptions<T>,
	): Promise<AttemptResult<T>> {
		return this.#call<AttemptResult<T>>("attempt", options?.key ?? "", run, options);
	}

	#call<R>(
		kind: JobKind,
		key: string,
		run: (attempt: Attempt) => unknown,
		options: CallOptions | undefined,
	): Promise<R> {
		const signal = options?.signal;
		// Before anything else (rule 18), and with the reason itself, which need not be an Error.
		if (signal?.aborted) return Promise.reject(signal.reason);
		try {
			checkKey(key);
			if (typeof run !== "function") throw new RangeError(`run is ${show(run)}; it must be a function`);
			const base = this.#defaultPlan(kind);
			const plan = options === undefined ? base : planOf(base, options);
			if (signal !== undefined) checkSignal(signal);
			this.#promises ??= new Promises();
			const promises = this.#promises;
			const flight = plan.isShared ? this.#engine.endings.flightOf(key) : undefined;
			if (flight !== undefined) return new Waiter(flight, signal, promises).result as Promise<R>;
			const now = this.#engine.parts.clock.monotonic();
			const job = new Job(this.#engine, plan, key, run, now);
			const waiter = new Waiter(job, signal, promises);
			this.#engine.start(job, now);
			return waiter.result as Promise<R>;
		} catch (thrown) {
			return Promise.reject(thrown);
		}
	}

	#defaultPlan(kind: JobKind): JobPlan {
		if (kind === "sync") {
			this.#syncPlan ??= defaultPlan(kind, this.#settings);
			return this.#syncPlan;
		}
		if (kind === "execute") {
			this.#executePlan ??= defaultPlan(kind, this.#settings);
			return this.#executePlan;
		}
		this.#attemptPlan ??= defaultPlan(kind, this.#settings);
		return this.#attemptPlan;
	}

	admit(): number {
		const { breaker, clock } = this.#engine.parts;
		if (this.#engine.endings.isDisposed) return 0;
		const permit = breaker.admit(clock.monotonic());
		this.#engine.flush();
		return permit;
	}

	settle(permit: number, outcome: Outcome, retryAfterMs: DurationMs = 0): void {
		if (!OUTCOMES.includes(outcome)) {
			throw new RangeError(`outcome is ${show(outcome)}; it must be one of ${OUTCOMES.join(", ")}`);
		}
		checkNumber("retryAfterMs", retryAfterMs, 0, { min: 0, max: Number.POSITIVE_INFINITY });
		const { breaker, clock } = this.#engine.parts;
		const now = clock.monotonic();
		breaker.settle(permit, outcome, now, retryAfterMs);
		this.#engine.line.pump(now);
		this.#engine.flush();
	}

	addBytes(bytes: number): void {
		if (Number.isFinite(bytes) && bytes > 0) this.#engine.parts.addBytes(bytes);
	}

	remember(key: string, value: unknown, fetchedAt: EpochMs): void {
		checkKey(key);
		const { cache, clock } = this.#engine.parts;
		const ageMs = Math.max(0, clock.now() - checkNumber("fetchedAt", fetchedAt, Number.NaN, ANY_TIME));
		if (this.#settings.fallback) cache.write(key, value, fetchedAt, clock.monotonic() - ageMs, 0);
	}

	lastGood<T>(
		key: string,
	): { readonly value: T; readonly fetchedAt: EpochMs; readonly ageMs: DurationMs } | undefined {
		const { cache, clock } = this.#engine.parts;
		const entry = cache.read(key);
		if (entry === undefined) return undefined;
		const ageMs = Math.max(0, clock.monotonic() - entry.fetchedMs);
		return { value: cache.isolated(entry.value) as T, fetchedAt: entry.fetchedAt, ageMs };
	}

	status(): UpstreamStatus {
		return describeStatus(this.#engine, this.#saver?.failures ?? 0);
	}

	snapshot(): UpstreamSnapshot {
		const { breaker, pace, gateUntil, lastFailure, clock } = this.#engine.parts;
		return takeSnapshot(breaker, pace, gateUntil, lastFailure, clock.monotonic(), clock.now());
	}

	restore(snapshot: unknown): boolean {
		const { breaker, pace, clock, emitter } = this.#engine.parts;
		const now = clock.monotonic();
		try {
			const wall = clock.now();
			const { holdMs, cause } = applySnapshot(snapshot, breaker, pace, this.#settings, now, wall);
			this.#engine.parts.gateUntil = now + holdMs;
			this.#engine.parts.lastFailure = cause;
			return true;
		} catch (thrown) {
			breaker.reset(now);
			emitter?.push({ type: "restore_failed", note: `the snapshot cannot be used: ${messageOf(thrown)}` });
			return false;
		} finally {
			this.#engine.flush();
		}
	}

	forceOpen(options: ForceOptions): void {
		this.#force("open", options);
	}

	forceClose(options: ForceOptions): void {
		this.#force("closed", options);
	}

	#force(state: "open" | "closed", options: ForceOptions): void {
		checkSection("options", options);
		const { reason, forMs }: Partial<ForceOptions> = options ?? {};
		if (typeof reason !== "string" || reason.trim() === "") {
			throw new RangeError(`reason is ${show(reason)}; say why, for the next person who asks`);
		}
		const lengthMs = checkNumber("forMs", forMs, Number.POSITIVE_INFINITY, ENDLESS_MS);
		const { breaker, clock } = this.#engine.parts;
		const now = clock.monotonic();
		breaker.force(state, reason, now, now + lengthMs);
		this.#engine.line.pump(now);
		this.#engine.flush();
	}

	reset(reason = ""): void {
		const { breaker, clock } = this.#engine.parts;
		const now = clock.monotonic();
		breaker.reset(now, reason);
		this.#engine.parts.gateUntil = Number.NEGATIVE_INFINITY;
		this.#engine.line.pump(now);
		this.#engine.flush();
	}

	async dispose(options: DisposeOptions = {}): Promise<void> {
		const waitMs = checkNumber("waitMs", options.waitMs, DISPOSE_WAIT_MS, { min: 0, max: YEAR_MS });
		this.#disposed ??= this.#dispose(waitMs);
		await this.#disposed;
	}

	async #dispose(waitMs: DurationMs): Promise<void> {
		this.#engine.dispose();
		await Promise.all([this.#saver?.close(waitMs), this.#engine.parts.store?.close(waitMs)]);
	}
}

/** Half of what a service manager gives a process to end (10 s for containers). */
const DISPOSE_WAIT_MS: DurationMs = 5_000;
const ENDLESS_MS = { min: 0, max: Number.POSITIVE_INFINITY, open: true };
const ANY_TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };

function checkKey(key: string): void {
	if (typeof key !== "string") throw new RangeError(`key is ${show(key)}; it must be a text`);
}
