import { messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import { copyValue, freezeValue } from "./copy-value.js";
import type { Settings } from "./resolve-options.js";

export interface CacheEntry {
	readonly value: unknown;
	/** Wall clock: a label, never a measure. */
	readonly fetchedAt: EpochMs;
	/** Monotonic: ages are measured with it. */
	readonly fetchedMs: DurationMs;
	/** Number of the attempt that gave it, in order of start. */
	readonly started: number;
}

export interface CacheOwner {
	/** A value cannot be kept apart from its caller, or an outside store failed: it is not remembered there. */
	onCacheFailed(key: string, note: string): void;
}

/** The last good value per job key (rule 22). */
export class Cache {
	readonly #settings: Settings;
	readonly #owner: CacheOwner;
	#entries: Map<string, CacheEntry> | null = null;
	#known: WeakSet<object> | null = null;

	constructor(settings: Settings, owner: CacheOwner) {
		this.#settings = settings;
		this.#owner = owner;
	}

	/**
	 * Start order decides: an answer never replaces one whose attempt started later. Between two that come from elsewhere
	 * (`started` 0), age does. Answers what is kept.
	 */
	write(
		key: string,
		value: unknown,
		fetchedAt: EpochMs,
		fetchedMs: DurationMs,
		started: number,
	): CacheEntry | undefined {
		this.#entries ??= new Map();
		const before = this.#entries.get(key);
		if (before !== undefined && isNewer(before, started, fetchedMs)) return undefined;
		let kept: unknown;
		try {
			kept = this.isolated(value);
		} catch (thrown) {
			// The caller still gets its value; only the fallback has none, and says so.
			this.#owner.onCacheFailed(key, messageOf(thrown));
			return undefined;
		}
		// Written last is forgotten last.
		this.#entries.delete(key);
		const entry: CacheEntry = { value: kept, fetchedAt, fetchedMs, started };
		this.#entries.set(key, entry);
		if (this.#entries.size > this.#settings.entriesMax) {
			const [oldest = key] = this.#entries.keys();
			this.#entries.delete(oldest);
		}
		return entry;
	}

	read(key: string): CacheEntry | undefined {
		return this.#entries?.get(key);
	}

	/** The value in a form that its receiver may keep. */
	isolated<T>(value: T): T {
		const { isolate } = this.#settings;
		if (isolate === "copy") return copyValue(value);
		return isolate === "freeze" ? this.#frozen(value) : value;
	}

	/** What was frozen once need not be looked through again. */
	#frozen<T>(value: T): T {
		this.#known ??= new WeakSet();
		if (typeof value !== "object" || value === null || this.#known.has(value)) return value;
		freezeValue(value);
		this.#known.add(value);
		return value;
	}
}

function isNewer(entry: CacheEntry, started: number, fetchedMs: DurationMs): boolean {
	return entry.started === started ? entry.fetchedMs > fetchedMs : entry.started > started;
}
