import type { DurationMs, EpochMs } from "../model/units.js";
import type { Files } from "./files.js";
import type { Http } from "./http.js";

/** Cancels what was scheduled. Calling it late or twice does nothing. */
export type Cancel = () => void;

export interface Clock {
	/** Wall clock: for stamps, labels and dates that others see. It may jump. */
	now(): EpochMs;
	/** Never goes back: for every interval, deadline and wait. Starts anywhere. */
	monotonic(): DurationMs;
	/**
	 * Calls `run` once, `delay` milliseconds from now. `ref: false` (default true) does not keep the process alive.
	 * A delay above the platform's limit is waited for in pieces.
	 */
	after(delay: DurationMs, run: () => void, options?: { readonly ref?: boolean }): Cancel;
}

/** Chance that a test can replay. */
export interface Chance {
	/** Uniform in [0, 1). */
	next(): number;
	/** Unpredictable bytes in production (keys, nonces, tokens); repeatable ones in a simulation. */
	bytes(length: number): Uint8Array;
}

/** The outside world. Nothing else may read time, chance, disk or network. */
export interface Runtime {
	readonly clock: Clock;
	readonly chance: Chance;
	readonly http: Http;
	readonly files: Files;
}

/** Waits on the given clock; rejects with the signal's reason in the same turn in which it aborts. */
export function sleep(
	clock: Clock,
	delay: DurationMs,
	signal?: AbortSignal,
	options?: { readonly ref?: boolean },
): Promise<void> {
	return new Promise((resolve, reject) => {
		if (signal?.aborted) {
			reject(signal.reason as Error);
			return;
		}
		const cancel = clock.after(
			delay,
			() => {
				signal?.removeEventListener("abort", onAbort);
				resolve();
			},
			options,
		);
		const onAbort = () => {
			cancel();
			reject(signal?.reason as Error);
		};
		signal?.addEventListener("abort", onAbort, { once: true });
	});
}
