import type { DurationMs } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";

/** Work that comes again and again beside the data: judging feeds, retention, checking the ledger. */
export class Housekeeping {
	readonly #clock: Clock;
	readonly #onThrown: (thrown: unknown) => void;
	readonly #timers = new Set<Cancel>();
	#ended = false;

	/** What a task throws goes to `onThrown`, and the task comes again all the same. */
	constructor(clock: Clock, onThrown: (thrown: unknown) => void) {
		this.#clock = clock;
		this.#onThrown = onThrown;
	}

	/** The pause is counted from the end of the task, so that a slow one never overlaps itself. */
	every(firstMs: DurationMs, pauseMs: DurationMs, task: () => Promise<void>): void {
		const again = (waitMs: DurationMs) => {
			const cancel = this.#clock.after(
				waitMs,
				() => {
					this.#timers.delete(cancel);
					task()
						.catch(this.#onThrown)
						.finally(() => {
							if (!this.#ended) again(pauseMs);
						});
				},
				{ ref: false },
			);
			this.#timers.add(cancel);
		};
		again(firstMs);
	}

	/** Once, beside everything else. */
	now(task: () => Promise<void>): void {
		if (!this.#ended) task().catch(this.#onThrown);
	}

	/** No task comes again; one that is running ends by itself. Tasks that wait for their first turn still get it. */
	ease(): void {
		this.#ended = true;
	}

	stop(): void {
		this.#ended = true;
		for (const cancel of this.#timers) cancel();
		this.#timers.clear();
	}
}
