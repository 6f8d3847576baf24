import { type DurationMs, MINUTE_MS } from "../model/units.js";

interface Repeat {
	readonly since: DurationMs;
	count: number;
}

const REMEMBERED_MAX = 1000;

/**
 * Keeps a flood of equal messages from becoming a flood of log lines: the first is said at once, and then one a minute
 * at the most, with how many there were since the one before.
 */
export class Repeats {
	readonly #everyMs: DurationMs;
	readonly #known = new Map<string, Repeat>();

	constructor(everyMs: DurationMs = MINUTE_MS) {
		this.#everyMs = everyMs;
	}

	/** How many times the message came since it was said last, this time included; undefined: do not say it now. */
	count(message: string, monotonic: DurationMs): number | undefined {
		const known = this.#known.get(message);
		if (known !== undefined && monotonic - known.since < this.#everyMs) {
			known.count++;
			return undefined;
		}
		this.#known.delete(message);
		this.#known.set(message, { since: monotonic, count: 0 });
		for (const oldest of this.#known.keys()) {
			if (this.#known.size <= REMEMBERED_MAX) break;
			this.#known.delete(oldest);
		}
		return (known?.count ?? 0) + 1;
	}
}
