import type { EpochMs } from "../model/units.js";
import type { LetterPlace } from "./letters.js";

/** Which dead letters are meant. What is absent does not restrict. */
export interface LetterFilter {
	readonly issue?: string;
	/** Of issues about exactly this: `feed:NAME` (what could not be read) or `sink:NAME`. */
	readonly subject?: string;
	readonly feed?: string;
	readonly sink?: string;
	/** By the time at which they became dead letters: at or after, and before. */
	readonly fromTime?: EpochMs;
	readonly toTime?: EpochMs;
	/** Of sinks only: part of the record's id, such as a vehicle. */
	readonly key?: string;
}

export type JobState = "running" | "paused" | "done" | "cancelled";

/** What became of the letters that a job has come by. */
export interface JobCounts {
	readonly replayed: number;
	/** Failed again: they stay open. */
	readonly failed: number;
	/** Given up: by a person, or since nobody can use them any more. */
	readonly dropped: number;
	/** Left as they are: settled or gone meanwhile, not routed any more, or waiting behind one that failed. */
	readonly skipped: number;
}

/**
 * A walk over dead letters, or over frames, as it stands in the state of the store (`job/NAME`). Every commit with an
 * effect of the job carries it, so that the two never disagree. Nobody else writes it while it runs.
 */
export interface ReplayJob {
	readonly v: 1;
	readonly name: string;
	readonly kind: "replay" | "drop" | "redecode";
	/** Of `redecode`: the frames of a feed from `next` to before `end`. */
	readonly range?: FrameRange;
	/** What frames gave that were decoded again, by `redecode` or by a replay. */
	readonly items?: Readonly<Record<string, number>>;
	/** Nobody knows yet whether the cause has gone: the first letter shows it, and ends the job if it has not. */
	readonly trial?: boolean;
	/** Drawn once: part of the ids under which records are sent. */
	readonly nonce: string;
	readonly filter: LetterFilter;
	/** Why, in a sentence. */
	readonly reason: string;
	readonly state: JobState;
	readonly createdTime: EpochMs;
	readonly endedTime?: EpochMs;
	/** Open letters that fitted when it began. */
	readonly total: number;
	readonly ratePerS: number;
	/** Where each partition begins for it. Default: at its oldest letter. */
	readonly starts?: readonly number[];
	/** Where each partition ended then: what came later is none of its business, so that it cannot chase itself. */
	readonly ends: readonly number[];
	/** The next letter; absent: it has come by all of them. */
	readonly next?: LetterPlace;
	readonly counts: JobCounts;
	/** `order: strict`: how often it went over letters, those included that came meanwhile. Default 1. */
	readonly passes?: number;
	/** `order: strict`: keys of which a letter failed again; what follows it waits. */
	readonly held: readonly string[];
	/** Of jobs that were cancelled in the middle of a batch, this one included. */
	readonly doubts?: readonly Doubt[];
}

/** Letters that were under way when their job was cancelled: nobody knows whether the destination has taken them. */
export interface Doubt {
	/** Of the ids under which they were sent: sent again under these, they are told as the same. */
	readonly nonce: string;
	readonly letters: readonly LetterPlace[];
}

export interface FrameRange {
	readonly feed: string;
	readonly partition: number;
	readonly next: number;
	readonly end: number;
	/** Frames of the feed that were received before are left out. */
	readonly fromTime: EpochMs;
	readonly toTime?: EpochMs;
}

export const JOBS = "job/";
export const NO_COUNTS: JobCounts = { replayed: 0, failed: 0, dropped: 0, skipped: 0 };

export function jobEntry(job: ReplayJob): { readonly name: string; readonly bytes: string } {
	return { name: `${JOBS}${job.name}`, bytes: JSON.stringify(job) };
}
