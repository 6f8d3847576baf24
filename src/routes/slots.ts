import type { DurationMs } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";

/** So many at one time, first come first served. */
export class Slots {
	#free: number;
	readonly #queue: (() => void)[] = [];

	constructor(count: number) {
		this.#free = count;
	}

	/** Resolves with the function that gives the place back; it must be called exactly once. */
	async acquire(): Promise<() => void> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#queue.push(resolve));
		return () => {
			const next = this.#queue.shift();
			if (next) next();
			else this.#free++;
		};
	}
}

/** Lets one loop rest until it is woken or a time is over. Waking it while it runs makes the next rest return at once. */
export class Bell {
	readonly #clock: Clock;
	#rung = false;
	#wake: (() => void) | undefined;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	ring(): void {
		this.#rung = true;
		this.#wake?.();
	}

	/** Infinity rests until it is rung. */
	async rest(forMs: DurationMs): Promise<void> {
		if (!this.#rung && forMs > 0) {
			await new Promise<void>((resolve) => {
				const cancel = Number.isFinite(forMs) ? this.#clock.after(forMs, resolve) : undefined;
				this.#wake = () => {
					cancel?.();
					resolve();
				};
			});
			this.#wake = undefined;
		}
		this.#rung = false;
	}
}

/** Resolves when the promise settles or the time is over, whichever is first. The promise must not reject. */
export async function within(clock: Clock, promise: Promise<unknown>, ms: DurationMs): Promise<void> {
	let cancel: Cancel | undefined;
	await Promise.race([
		promise,
		new Promise<void>((resolve) => {
			cancel = clock.after(ms, resolve);
		}),
	]);
	cancel?.();
}
