import { messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";
import type { Persistence, UpstreamSnapshot } from "./options.js";

/** A save that takes longer is given up, so that a store that hangs does not stop all later saves. */
const SAVE_MAX_MS: DurationMs = 30_000;

/** Saves the newest state, one save at a time, never awaited by a job (rule 26). */
export class Saver {
	readonly #persistence: Persistence;
	readonly #clock: Clock;
	readonly #take: () => UpstreamSnapshot;
	readonly #onFailed: (note: string) => void;
	#isSaving = false;
	#isWanted = false;
	#saved: Promise<void> = Promise.resolve();
	failures = 0;

	constructor(
		persistence: Persistence,
		clock: Clock,
		take: () => UpstreamSnapshot,
		onFailed: (note: string) => void,
	) {
		this.#persistence = persistence;
		this.#clock = clock;
		this.#take = take;
		this.#onFailed = onFailed;
	}

	/** Saves soon; states in between are skipped. */
	request(): void {
		this.#isWanted = true;
		if (!this.#isSaving) this.#saved = this.#saveAll();
	}

	/** Resolves when the newest state is saved, or cannot be. */
	flush(): Promise<void> {
		this.request();
		return this.#saved;
	}

	async #saveAll(): Promise<void> {
		this.#isSaving = true;
		while (this.#isWanted) {
			this.#isWanted = false;
			try {
				await this.#saveOnce();
			} catch (thrown) {
				this.failures += 1;
				this.#onFailed(messageOf(thrown));
			}
		}
		this.#isSaving = false;
	}

	#saveOnce(): Promise<unknown> {
		let cancel: Cancel = () => {};
		const late = new Promise((_, reject) => {
			const error = new Error(`the store did not finish a save within ${SAVE_MAX_MS} ms`);
			cancel = this.#clock.after(SAVE_MAX_MS, () => reject(error), { ref: false });
		});
		const saved = Promise.resolve().then(() => this.#persistence.save(this.#take()));
		return Promise.race([saved, late]).finally(cancel);
	}
}
