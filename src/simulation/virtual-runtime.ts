import { Failure } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Files } from "../runtime/files.js";
import type { Http } from "../runtime/http.js";
import type { Cancel, Chance, Clock, Runtime } from "../runtime/runtime.js";
import { turn } from "../runtime/turn.js";

export interface VirtualRuntimeOptions {
	/** The same seed gives the same chance. Default 1. */
	readonly seed?: number;
	/** What the wall clock shows at first, in epoch milliseconds. Default 2026-01-05T12:00:00Z, a Monday. */
	readonly startTime?: EpochMs;
	/** What the monotonic clock shows at first. Default 1,000,000, so that nobody mistakes it for "since start". */
	readonly startMonotonic?: DurationMs;
	/** The network of the simulated world. Default: every request is refused, and the failure says so. */
	readonly http?: Http;
	/** The disk of the simulated world. Default: there is none, and the failure says so. */
	readonly files?: Files;
}

export interface VirtualRuntime {
	readonly runtime: Runtime;
	/**
	 * Moves both clocks on by `ms`, running what becomes due on the way in order of time, then of scheduling. Everything
	 * that a timer starts comes to rest before time moves again. Rejects with what a timer threw.
	 */
	advance(ms: DurationMs): Promise<void>;
	/** Lets everything that needs no time come to rest. */
	settle(): Promise<void>;
	/** Runs timers until none is left or `limitMs` have passed; answers how much time passed. */
	runUntilIdle(limitMs: DurationMs): Promise<DurationMs>;
	/** Sets the wall clock forward or, with a negative number, back. Monotonic time and timers do not notice. */
	jumpWallClock(ms: DurationMs): void;
	/** Timers that wait, those that do not keep the process alive included. */
	pendingTimers(): number;
	/** Timers that would keep a process alive. */
	pendingRefTimers(): number;
}

interface Timer {
	readonly due: number;
	readonly sequence: number;
	readonly run: () => void;
	readonly ref: boolean;
	cancelled: boolean;
}

const DEFAULT_START_TIME: EpochMs = 1_767_614_400_000;

/** Numbers and bytes that a seed decides (splitmix32). */
export function createSeededChance(seed: number): Chance {
	let state = seed | 0;
	const next32 = () => {
		state = (state + 0x9e3779b9) | 0;
		let mixed = state ^ (state >>> 16);
		mixed = Math.imul(mixed, 0x21f0aaad);
		mixed ^= mixed >>> 15;
		mixed = Math.imul(mixed, 0x735a2d97);
		return (mixed ^ (mixed >>> 15)) >>> 0;
	};
	return {
		next: () => next32() / 4_294_967_296,
		bytes: (length) => Uint8Array.from({ length }, () => next32() & 0xff),
	};
}

/** A binary heap in order of due time, then of scheduling. */
class TimerHeap {
	readonly #timers: Timer[] = [];

	get first(): Timer | undefined {
		return this.#timers[0];
	}

	push(timer: Timer): void {
		const timers = this.#timers;
		let at = timers.push(timer) - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			const above = timers[parent] as Timer;
			if (!isBefore(timer, above)) break;
			timers[at] = above;
			at = parent;
		}
		timers[at] = timer;
	}

	pop(): void {
		const timers = this.#timers;
		const last = timers.pop();
		if (last === undefined || timers.length === 0) return;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= timers.length) break;
			const right = timers[child + 1];
			if (right !== undefined && isBefore(right, timers[child] as Timer)) child += 1;
			const below = timers[child] as Timer;
			if (!isBefore(below, last)) break;
			timers[at] = below;
			at = child;
		}
		timers[at] = last;
	}
}

function isBefore(a: Timer, b: Timer): boolean {
	return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}

const REFUSING_HTTP: Http = {
	request: (request) =>
		Promise.reject(
			new Failure("net.refused", `no simulated server answers ${request.url}; pass http to the runtime`),
		),
};

function refuseFiles(operation: string): never {
	throw new Failure(
		"config.invalid",
		`the virtual runtime has no disk for ${operation}; pass files to createVirtualRuntime`,
	);
}

const NO_FILES: Files = {
	read: async (path) => refuseFiles(`reading ${path}`),
	readChunks: (path) => refuseFiles(`reading ${path}`),
	openRead: async (path) => refuseFiles(`reading ${path}`),
	writeAtomic: async (path) => refuseFiles(`writing ${path}`),
	replaceAll: async (set) => refuseFiles(`writing ${set[0]?.path}`),
	list: async (directory) => refuseFiles(`listing ${directory}`),
	stat: async (path) => refuseFiles(`looking at ${path}`),
	makeDirectory: async (path) => refuseFiles(`making ${path}`),
	remove: async (path) => refuseFiles(`removing ${path}`),
	rename: async (_from, to) => refuseFiles(`replacing ${to}`),
	openAppend: async (path) => refuseFiles(`appending to ${path}`),
	space: async (path) => refuseFiles(`measuring ${path}`),
};

class VirtualClock implements Clock {
	readonly heap = new TimerHeap();
	#wall: number;
	#monotonic: number;
	#sequence = 0;
	pending = 0;
	pendingRef = 0;

	constructor(wall: number, monotonic: number) {
		this.#wall = wall;
		this.#monotonic = monotonic;
	}

	now(): EpochMs {
		return Math.floor(this.#wall);
	}

	monotonic(): DurationMs {
		return this.#monotonic;
	}

	after(delay: DurationMs, run: () => void, options?: { readonly ref?: boolean }): Cancel {
		// Whole milliseconds, as timers of the machine have. A fraction below the precision of the clock would be due without
		// time having moved, and whoever then waits for the rest of it would do so for ever.
		const wait = delay > 0 ? Math.ceil(delay) : 0;
		const timer: Timer = {
			due: this.#monotonic + wait,
			sequence: this.#sequence++,
			run,
			ref: options?.ref !== false,
			cancelled: false,
		};
		this.heap.push(timer);
		this.#count(timer, 1);
		return () => {
			if (timer.cancelled) return;
			timer.cancelled = true;
			this.#count(timer, -1);
		};
	}

	/** The next timer that still waits, due at `limit` at the latest; taken off the heap. */
	take(limit: number): Timer | undefined {
		for (;;) {
			const first = this.heap.first;
			if (first === undefined) return undefined;
			if (!first.cancelled && first.due > limit) return undefined;
			this.heap.pop();
			if (first.cancelled) continue;
			first.cancelled = true;
			this.#count(first, -1);
			return first;
		}
	}

	moveTo(monotonic: number): void {
		this.#wall += monotonic - this.#monotonic;
		this.#monotonic = monotonic;
	}

	jump(ms: number): void {
		this.#wall += ms;
	}

	#count(timer: Timer, step: 1 | -1): void {
		this.pending += step;
		if (timer.ref) this.pendingRef += step;
	}
}

/** A runtime whose time moves only when it is told to, for tests and simulations. */
export function createVirtualRuntime(options: VirtualRuntimeOptions = {}): VirtualRuntime {
	const clock = new VirtualClock(
		options.startTime ?? DEFAULT_START_TIME,
		options.startMonotonic ?? 1_000_000,
	);
	const runTo = async (limit: number): Promise<void> => {
		await turn();
		for (;;) {
			const timer = clock.take(limit);
			if (timer === undefined) return;
			clock.moveTo(timer.due);
			timer.run();
			await turn();
		}
	};
	return {
		runtime: {
			clock,
			chance: createSeededChance(options.seed ?? 1),
			http: options.http ?? REFUSING_HTTP,
			files: options.files ?? NO_FILES,
		},
		async advance(ms) {
			if (!(ms >= 0)) throw new RangeError(`advance(${ms}): time moves forward, by 0 ms or more`);
			const limit = clock.monotonic() + ms;
			await runTo(limit);
			clock.moveTo(limit);
		},
		settle: turn,
		async runUntilIdle(limitMs) {
			const start = clock.monotonic();
			await runTo(start + limitMs);
			return clock.monotonic() - start;
		},
		jumpWallClock: (ms) => clock.jump(ms),
		pendingTimers: () => clock.pending,
		pendingRefTimers: () => clock.pendingRef,
	};
}
