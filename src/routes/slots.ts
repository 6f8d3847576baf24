import type { DurationMs } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";

/** So many at one time, first come first served. */
export class Slots {
	#limit: number;
	#taken = 0;
	readonly #queue: (() => void)[] = [];

	constructor(count: number) {
		this.#limit = count;
	}

	get limit(): number {
		return this.#limit;
	}

	/** Whether nobody else could get one now. */
	get isFull(): boolean {
		return this.#taken >= this.#limit;
	}

	/** Those that are taken stay taken: fewer holds from the next one on. */
	resize(count: number): void {
		this.#limit = count;
		this.#handOn();
	}

	/** Resolves with the function that gives the place back; it must be called exactly once. */
	async acquire(): Promise<() => void> {
		if (this.#taken < this.#limit) this.#taken++;
		else await new Promise<void>((resolve) => this.#queue.push(resolve));
		return () => {
			this.#taken--;
			this.#handOn();
		};
	}

	#handOn(): void {
		for (let next = this.#next(); next !== undefined; next = this.#next()) {
			this.#taken++;
			next();
		}
	}

	#next(): (() => void) | undefined {
		return this.#taken < this.#limit ? this.#queue.shift() : undefined;
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
