import { messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
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
	/** Give up the questions that are under way: `within` says how long they had. */
	readonly #reads = new Set<(within: string) => void>();
	readonly #writes = new Set<(within: string) => void>();
	#isClosed = false;
	#onWritten: () => void = () => {};

	constructor(store: FallbackStore, clock: Clock, timeoutMs: DurationMs, owner: CacheOwner) {
		this.#store = store;
		this.#clock = clock;
		this.#timeoutMs = timeoutMs;
		this.#owner = owner;
	}

	/** Never rejects; undefined when there is nothing, or nothing that can be used. */
	async read(key: string): Promise<StoredEntry | undefined> {
		try {
			const entry: unknown = await this.#inTime(this.#reads, () => this.#store.read(key));
			if (entry === undefined || entry === null) return undefined;
			const { value, fetchedAt } = entry as { readonly value?: unknown; readonly fetchedAt?: unknown };
			if (Number.isFinite(fetchedAt)) return { value, fetchedAt: fetchedAt as EpochMs };
			this.#owner.onCacheFailed(key, `the store gave fetchedAt ${String(fetchedAt)}`);
		} catch (thrown) {
			// Nobody waits for the answer any more, so that none is missing.
			if (!this.#isClosed) this.#owner.onCacheFailed(key, messageOf(thrown));
		}
		return undefined;
	}

	/** One write per key at a time; the newest entry wins. */
	write(key: string, entry: StoredEntry): void {
		if (this.#isClosed) return;
		if (this.#writing.has(key)) this.#writing.set(key, entry);
		else void this.#writeAll(key, entry);
	}

	/**
	 * Nothing is read or begun from now on. Resolves when everything that was remembered is written, or cannot be, or is not
	 * after `waitMs`; then nothing is left that could wake.
	 */
	async close(waitMs: DurationMs): Promise<void> {
		this.#isClosed = true;
		for (const giveUp of this.#reads) giveUp("before it was closed");
		if (this.#writing.size === 0) return;
		const cancel = this.#clock.after(waitMs, () => {
			for (const key of this.#writing.keys()) this.#writing.set(key, null);
			for (const giveUp of this.#writes) giveUp(`within ${waitMs} ms of closing`);
		});
		await new Promise<void>((resolve) => {
			this.#onWritten = resolve;
		});
		cancel();
	}

	async #writeAll(key: string, first: StoredEntry): Promise<void> {
		for (let entry: StoredEntry | null | undefined = first; entry; entry = this.#writing.get(key)) {
			const current = entry;
			this.#writing.set(key, null);
			try {
				await this.#inTime(this.#writes, () => this.#store.write(key, current));
			} catch (thrown) {
				this.#owner.onCacheFailed(key, messageOf(thrown));
			}
		}
		this.#writing.delete(key);
		if (this.#writing.size === 0) this.#onWritten();
	}

	#inTime<T>(questions: Set<(within: string) => void>, ask: () => Promise<T>): Promise<T> {
		let giveUp: (within: string) => void = () => {};
		const late = new Promise<never>((_, reject) => {
			giveUp = (within) => reject(new Error(`the store did not answer ${within}`));
		});
		const cancel = this.#clock.after(this.#timeoutMs, () => giveUp(`within ${this.#timeoutMs} ms`));
		questions.add(giveUp);
		return Promise.race([Promise.resolve().then(ask), late]).finally(() => {
			cancel();
			questions.delete(giveUp);
		});
	}
}
