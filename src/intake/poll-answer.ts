import type { DurationMs, EpochMs } from "../model/units.js";
import { type PollResult, type PollSource, SWEEP_META } from "../sources/source.js";
import type { Answer } from "./coverage.js";

/** What stands in the frames of an answer, as far as it must be known before they are stored. */
export interface Read {
	readonly reports: number;
	readonly newestEventTime: EpochMs | undefined;
}

/** What a good answer says of how far upstream is read. */
export function answerOf(
	{ index, windowMs }: { readonly index: number; readonly windowMs: DurationMs | undefined },
	source: PollSource,
	result: PollResult,
	{ reports, newestEventTime }: Read,
	time: EpochMs,
): Answer {
	const { frames, more = false, gap } = result;
	const calls = Math.max(1, Number(frames[0]?.meta?.[SWEEP_META.calls] ?? 1));
	return {
		upstream: index,
		time,
		// A source that asks less often for a while, as for routes without service, misses nothing by it.
		everyMs: Math.max(source.everyMs / calls, source.pauseMs?.() ?? 0),
		windowMs,
		purged: gap,
		more,
		newestEventTime,
		reports: frames.length === 0 ? undefined : reports,
		calls,
	};
}
