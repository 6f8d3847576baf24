import { messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";
import type { CacheOwner } from "./cache.js";
import type { FallbackStore } from "./options.js";

export interface StoredEntry {
	readonly value: unknown;
	readonly fetchedAt: EpochMs;
}

/** Keeps a store that hangs, rejects or answers nonsense away from the jobs (rule 22). */
export class GuardedStore {
	readonly #store: FallbackStore;
	readonly #clock: Clock;
	readonly #timeoutMs: DurationMs;
	readonly #owner: CacheOwner;
	/** Keys that are being written, and what to write after that. */
	readonly #writing = new Map<string, StoredEntry | null>();

	constructor(store: FallbackStore, clock: Clock, timeoutMs: DurationMs, owner: CacheOwner) {
		this.#store = store;
		this.#clock = clock;
		this.#timeoutMs = timeoutMs;
		this.#owner = owner;
	}

	/** Never rejects; undefined when there is nothing, or nothing that can be used. */
	async read(key: string): Promise<StoredEntry | undefined> {
		try {
			const entry: unknown = await this.#inTime(() => this.#store.read(key));
			if (entry === undefined || entry === null) return undefined;
			const { value, fetchedAt } = entry as { readonly value?: unknown; readonly fetchedAt?: unknown };
			if (typeof fetchedAt === "number" && Number.isFinite(fetchedAt)) return { value, fetchedAt };
			this.#owner.onCacheFailed(key, `the store gave fetchedAt ${String(fetchedAt)}`);
		} catch (thrown) {
			this.#owner.onCacheFailed(key, messageOf(thrown));
		}
		return undefined;
	}

	/** One write per key at a time; the newest entry wins. */
	write(key: string, entry: StoredEntry): void {
		if (this.#writing.has(key)) this.#writing.set(key, entry);
		else void this.#writeAll(key, entry);
	}

	async #writeAll(key: string, first: StoredEntry): Promise<void> {
		for (let entry: StoredEntry | null | undefined = first; entry; entry = this.#writing.get(key)) {
			const current = entry;
			this.#writing.set(key, null);
			try {
				await this.#inTime(() => this.#store.write(key, current));
			} catch (thrown) {
				this.#owner.onCacheFailed(key, messageOf(thrown));
			}
		}
		this.#writing.delete(key);
	}

	#inTime<T>(ask: () => Promise<T>): Promise<T> {
		let cancel: Cancel = () => {};
		const late = new Promise<never>((_, reject) => {
			const error = new Error(`the store did not answer within ${this.#timeoutMs} ms`);
			cancel = this.#clock.after(this.#timeoutMs, () => reject(error));
		});
		return Promise.race([Promise.resolve().then(ask), late]).finally(cancel);
	}
}
