import type { EpochMs } from "../model/units.js";
import { Silence } from "./silence.js";

/** What is known of one upstream while it runs; the status page words it. */
export interface UpstreamProgress {
	readonly index: number;
	active: boolean;
	finished: boolean;
	/** Wall clock of the last answer that was good, also one without news. */
	lastGoodTime: EpochMs | undefined;
	/** Wall clock of the last good answer after which upstream held nothing more. */
	caughtUpTime: EpochMs | undefined;
	lastFailure: { readonly time: EpochMs; readonly code: string; readonly message: string } | undefined;
	/** Nothing good has come since the last failure: by their order, as the wall clock may have been set back in between. */
	failsNow: boolean;
	nextAttemptTime: EpochMs | undefined;
	/** It can be reached, and has nothing to say. */
	readonly silence: Silence;
}

export function notStarted(index: number): UpstreamProgress {
	return {
		index,
		active: false,
		finished: false,
		lastGoodTime: undefined,
		caughtUpTime: undefined,
		lastFailure: undefined,
		failsNow: false,
		nextAttemptTime: undefined,
		silence: new Silence(),
	};
}
