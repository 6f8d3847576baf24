import type { DurationMs } from "../../model/units.js";
import type { Trouble } from "./plan.js";

/** The trouble of one place over time. */
export class Weather<Fault extends string> {
	readonly #troubles: readonly Trouble<Fault>[];

	constructor(troubles: readonly Trouble<Fault>[]) {
		this.#troubles = troubles;
	}

	/** What happens to something at that time; `draw` in [0, 1) decides whether trouble hits it. */
	faultAt(atMs: DurationMs, draw: number): Trouble<Fault> | undefined {
		return this.#troubles.find(({ fromMs, toMs, share }) => fromMs <= atMs && atMs < toMs && draw < share);
	}

	get troubles(): readonly Trouble<Fault>[] {
		return this.#troubles;
	}
}

export interface Span {
	readonly fromMs: DurationMs;
	readonly toMs: DurationMs;
}

/** The longest stretch of `span` that none of the others touches. */
export function longestFree(span: Span, taken: readonly Span[]): DurationMs {
	let longest = 0;
	let from = span.fromMs;
	for (const { fromMs, toMs } of [...taken].sort((a, b) => a.fromMs - b.fromMs)) {
		if (toMs <= from) continue;
		if (fromMs >= span.toMs) break;
		longest = Math.max(longest, fromMs - from);
		from = Math.max(from, toMs);
	}
	return Math.max(longest, span.toMs - from);
}
