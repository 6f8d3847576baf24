import type { DurationMs } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
import type { Loss } from "../sources/source.js";
import type { FeedGaps } from "./feed-gaps.js";
import type { Intake } from "./intake.js";

export interface StreamLossesOptions {
	readonly feed: string;
	readonly clock: Clock;
	/** When it aborts, what waits is tried once more. */
	readonly signal: AbortSignal;
	readonly gaps: FeedGaps;
	readonly intake: () => Intake;
	readonly onFailure: (upstream: number, thrown: unknown) => void;
}

const AGAIN_MS: DurationMs = 1_000;

/**
 * Holds what sources lost until it is in the ledger: while the store takes nothing, losses of one upstream and cause become
 * one, so that a flood costs no more than a moment.
 */
export class StreamLosses {
	readonly #options: StreamLossesOptions;
	readonly #waiting = new Map<string, { readonly upstream: number; readonly loss: Loss }>();
	#running: Promise<void> | undefined;

	constructor(options: StreamLossesOptions) {
		this.#options = options;
	}

	add(upstream: number, loss: Loss): void {
		const key = `${upstream} ${loss.cause}`;
		const known = this.#waiting.get(key)?.loss;
		this.#waiting.set(key, { upstream, loss: known === undefined ? loss : both(known, loss) });
		this.#running ??= this.#run().finally(() => {
			this.#running = undefined;
		});
	}

	/** Resolves when nothing is under way; after the signal has aborted, when all was stored or tried a last time. */
	async settled(): Promise<void> {
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal, onFailure } = this.#options;
		for (let next = this.#take(); next !== undefined; next = this.#take()) {
			const isLast = signal.aborted;
			try {
				await this.#store(next.upstream, next.loss);
			} catch (thrown) {
				onFailure(next.upstream, thrown);
				if (isLast) continue;
				this.#putBack(next.upstream, next.loss);
				await this.#pause();
			}
		}
	}

	async #store(upstream: number, loss: Loss): Promise<void> {
		const { feed, clock, gaps, intake } = this.#options;
		await gaps.load();
		await gaps.lose(upstream, loss, clock.now(), (riders) =>
			intake().receive(feed, upstream, [], undefined, riders),
		);
	}

	/** An abort ends it: then comes the last attempt. */
	#pause(): Promise<void> {
		const { clock, signal } = this.#options;
		return new Promise((resolve) => {
			const done = () => {
				cancel();
				signal.removeEventListener("abort", done);
				resolve();
			};
			const cancel = clock.after(AGAIN_MS, done);
			signal.addEventListener("abort", done);
			if (signal.aborted) done();
		});
	}

	#putBack(upstream: number, loss: Loss): void {
		const key = `${upstream} ${loss.cause}`;
		const newer = this.#waiting.get(key)?.loss;
		this.#waiting.set(key, { upstream, loss: newer === undefined ? loss : both(loss, newer) });
	}

	#take() {
		for (const [key, waiting] of this.#waiting) {
			this.#waiting.delete(key);
			return waiting;
		}
		return undefined;
	}
}

function both(one: Loss, other: Loss): Loss {
	return {
		messages: one.messages + other.messages,
		fromTime: Math.min(one.fromTime, other.fromTime),
		toTime: Math.max(one.toTime, other.toTime),
		cause: one.cause,
	};
}
