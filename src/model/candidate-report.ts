import type { DurationMs, EpochMs } from "./units.js";

/** `shadow`: it reads along. `partial`: its records of some vehicles count. `taken_over`: those of all. `rolled_back`: of none again. */
export type CandidateState = "shadow" | "partial" | "taken_over" | "rolled_back";

/** Of the reading as it is now, and of the candidate's. */
export interface Beside<T> {
	readonly current: T;
	readonly candidate: T;
}

/** One field of the records that both readings give. */
export interface FieldReport extends Beside<number> {
	readonly path: string;
	/** Records of which the two state different values, or only one states any. `current` and `candidate`: who state one. */
	readonly differ: number;
	readonly samples: readonly (Beside<string> & { readonly record: string })[];
}

/** How a candidate reads the live frames of an upstream, beside how they are read now. */
export interface CandidateReport {
	readonly feed: string;
	readonly upstream: number;
	readonly decoders: Beside<string>;
	readonly contracts: Beside<string | undefined>;
	readonly state: CandidateState;
	/** Of the vehicles, 0 to 1, whose records are the candidate's. */
	readonly share: number;
	/** The next step of the cutover. */
	readonly next: { readonly time: EpochMs; readonly share: number } | undefined;
	readonly rolledBack:
		| { readonly time: EpochMs; readonly share: number; readonly reason: string }
		| undefined;
	/** Of the first frame that both have read. Undefined: none yet. */
	readonly sinceTime: EpochMs | undefined;
	readonly frames: number;
	/** Frames of which a reading made nothing. */
	readonly failedFrames: Beside<number>;
	/** Records of the same thing, the same time of asking and the same place in order are one. */
	readonly both: number;
	/** Of these: equal in every field. */
	readonly equal: number;
	readonly only: Beside<number>;
	/** Samples of what only one gives. */
	readonly onlySamples: Beside<readonly string[]>;
	readonly rejected: Beside<number>;
	/** Records that a guard flags, changes or refuses. */
	readonly guarded: Beside<number>;
	/** Mean time to decode a frame. */
	readonly decodeMs: Beside<DurationMs>;
	/** Fields that differ, those of most records first. */
	readonly fields: readonly FieldReport[];
	/** Why the candidate must not take over, or go on: of the last five to ten minutes. */
	readonly problems: readonly string[];
	readonly sentence: string;
}
