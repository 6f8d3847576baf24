import { type DurationMs, type EpochMs, MINUTE_MS, SECOND_MS } from "../model/units.js";
import { spanWords } from "./gap-words.js";

/** An upstream that is read only since then has not had the time to say anything. */
const LISTENED_MIN_MS: DurationMs = MINUTE_MS;
/** One that was silent has to tell news for so long before it is relied on again, */
const SPEAKS_FOR_MS: DurationMs = 30 * SECOND_MS;
/** without a pause of more than this. */
const PAUSE_MAX_MS: DurationMs = MINUTE_MS;

/**
 * Whether an upstream that can be reached has nothing to say: nothing at all, or the same again and again, while many of its
 * vehicles should be heard of. One report is not enough to be believed again: a line that flaps would take the feed with it.
 */
export class Silence {
	#since: EpochMs | undefined;
	#listensSince: EpochMs = Number.NEGATIVE_INFINITY;
	#speaksSince: EpochMs | undefined;
	#spokeTime: EpochMs = 0;

	get isSilent(): boolean {
		return this.#since !== undefined;
	}

	/** Wall clock; undefined while it speaks. */
	get since(): EpochMs | undefined {
		return this.#since;
	}

	/** It is read from now on, and was not before. */
	listens(now: EpochMs): void {
		this.#listensSince = now;
	}

	/** Answers whether that is news. */
	fell(since: EpochMs, now: EpochMs): boolean {
		if (this.isSilent || now - this.#listensSince < LISTENED_MIN_MS) return false;
		this.#since = since;
		this.#speaksSince = undefined;
		return true;
	}

	/** It told something new. Answers whether it counts as speaking again by that. */
	spoke(now: EpochMs): boolean {
		if (!this.isSilent) return false;
		if (this.#speaksSince === undefined || now - this.#spokeTime > PAUSE_MAX_MS) this.#speaksSince = now;
		this.#spokeTime = now;
		if (now - this.#speaksSince < SPEAKS_FOR_MS) return false;
		this.#since = undefined;
		return true;
	}
}

export function silentWords({ index, silence }: { index: number; silence: Silence }, now: EpochMs): string {
	const span = spanWords(now - (silence.since ?? now));
	return `Upstream ${index} has told nothing new of any vehicle for ${span}, although many should be heard of: the next one stands in`;
}
