import type { EpochMs } from "../model/units.js";
import type { DeadLetter } from "./dead-letter.js";

/**
 * `open`: nothing became of it yet. `replayed`: its frame was decoded again, or its record delivered again, and it went
 * well, or had gone well by then. `dropped`: a person gave it up, or nobody can use it any more.
 */
export type LetterState = "open" | "replayed" | "dropped";

/** Where a dead letter lies in topic `dead-letters`. */
export interface LetterPlace {
	readonly partition: number;
	readonly offset: number;
}

/**
 * What became of letters, in the commit that makes it true. `failed`: it was tried once more, and stays open. A commit
 * that settles a letter which is not open (any more) is refused with `store.changed`.
 */
export interface LetterChange extends LetterPlace {
	readonly to: "replayed" | "dropped" | "failed";
}

/** Dead letters with one cause: what an operator would call one problem. Those that retention removed are counted too. */
export interface LetterIssue {
	/** Ten hexadecimal digits, derived from the cause: the same in every store. */
	readonly id: string;
	/** `feed:NAME` for what could not be read, `sink:NAME` for what a destination refused. */
	readonly subject: string;
	readonly stage: DeadLetter["stage"];
	/** A code of `model/failure`. */
	readonly code: string;
	/** The message without what differs from letter to letter: numbers and what stands in quotes. */
	readonly pattern: string;
	/** That of the newest letter. */
	readonly message: string;
	readonly open: number;
	readonly replayed: number;
	readonly dropped: number;
	/** Were open when retention removed them. */
	readonly expired: number;
	/** Tries of letters that stayed open. */
	readonly failedAgain: number;
	readonly firstTime: EpochMs;
	readonly lastTime: EpochMs;
	/** The newest letter that is kept. */
	readonly newest: LetterPlace;
}

export interface LetterQuery {
	/** Of these issues; default: of all. */
	readonly issues?: readonly string[];
	/** At or after this place, by partition and offset. Default: from the first one that is kept. */
	readonly from?: LetterPlace;
	/** Before these offsets, by partition. Default: to the end. */
	readonly ends?: readonly number[];
	/** Settled ones too. Default: open ones only. */
	readonly settled?: boolean;
	/** How many at most; a page may hold a few more, as it ends with a pack. */
	readonly limit: number;
}

export interface ListedLetter extends LetterPlace {
	readonly issue: string;
	readonly state: LetterState;
	/** How often it was tried again and stayed open. */
	readonly failedAgain: number;
	readonly letter: DeadLetter;
}

export interface LetterPage {
	/** By partition and offset. */
	readonly letters: readonly ListedLetter[];
	/** Where the next page begins; undefined: this is the last one. */
	readonly next: LetterPlace | undefined;
}

/** Letters of one pack that are settled, as ranges of offsets such as `0-3,7`. */
export interface SettledLetters {
	readonly partition: number;
	/** The first offset of the pack; the ranges count from it. */
	readonly firstOffset: number;
	readonly replayed: string;
	readonly dropped: string;
}

/** The index over topic `dead-letters`, kept in the commits that append to it, settle and remove. */
export interface LetterView {
	/** All issues of which a letter is kept, those with most open letters first. */
	letterIssues(): Promise<readonly LetterIssue[]>;
	letters(query: LetterQuery): Promise<LetterPage>;
	/** For the audit: what is settled of the letters that are kept. */
	settledLetters(): Promise<readonly SettledLetters[]>;
	/**
	 * Open letters by feed, partition and span of the ledger: what is pending in step `dead-letters`. Those of frames that
	 * were received before the minute are left out. Default: none are.
	 */
	openLetters(fromMinute?: number): Promise<
		readonly {
			readonly feed: string;
			readonly partition: number;
			readonly minute: number;
			readonly count: number;
		}[]
	>;
}
