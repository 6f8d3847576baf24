import type { DeadLetter } from "../log/dead-letter.js";
import type { LetterIssue, LetterPlace, LetterState, LetterView } from "../log/letters.js";
import { Failure } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";

/** An issue for people: what is wrong, since when, and what to do about it. */
export interface IssueReport extends Omit<LetterIssue, "newest"> {
	/** A sentence. */
	readonly remedy: string;
}

export interface IssueList {
	readonly issues: readonly IssueReport[];
	/** Open letters of all issues. */
	readonly open: number;
}

export interface LetterReport extends LetterPlace {
	readonly state: LetterState;
	/** Tries at a sink before it became a dead letter, where it was one's; and tries since that failed too. */
	readonly attempts: number;
	readonly time: EpochMs;
	readonly receivedTime: EpochMs;
	readonly message: string;
	readonly decoder: string;
	/** The frame in topic `frames`, and the item in it. */
	readonly frame: LetterPlace;
	readonly index?: number;
	readonly recordId?: string;
	/** Shortened; personal fields are masked. */
	readonly sample?: string;
}

export interface IssueDetail {
	readonly issue: IssueReport;
	/** The oldest open ones first. */
	readonly letters: readonly LetterReport[];
	/** There are more than these. */
	readonly more: boolean;
}

export const LETTERS_SHOWN = 10;
export const LETTERS_SHOWN_MAX = 500;
const PREFIX_LENGTH_MIN = 4;

/** Issues with open letters, or all of which a letter is kept. */
export async function listIssues(log: LetterView, all = false): Promise<IssueList> {
	const issues = await log.letterIssues();
	return {
		issues: issues.filter(({ open }) => all || open > 0).map(reportOf),
		open: issues.reduce((sum, { open }) => sum + open, 0),
	};
}

/** One issue with some of its letters. Rejects with `request.invalid` when the id names none, or several. */
export async function showIssue(
	log: LetterView,
	id: string,
	limit: number = LETTERS_SHOWN,
): Promise<IssueDetail> {
	const issue = await findIssue(log, id);
	const max = Math.min(Math.max(1, limit), LETTERS_SHOWN_MAX);
	const { letters, next } = await log.letters({ issues: [issue.id], limit: max, settled: issue.open === 0 });
	return {
		issue: reportOf(issue),
		letters: letters.slice(0, max).map(({ partition, offset, state, failedAgain, letter }) => ({
			partition,
			offset,
			state,
			...letterReport(letter, failedAgain),
		})),
		more: next !== undefined || letters.length > max,
	};
}

/** The issue with this id, or with the only id that begins so. */
export async function findIssue(log: LetterView, id: string): Promise<LetterIssue> {
	const issues = await log.letterIssues();
	const found =
		id.length < PREFIX_LENGTH_MIN ? [] : issues.filter((issue) => issue.id.startsWith(id.toLowerCase()));
	const [first] = found;
	if (first !== undefined && found.length === 1) return first;
	const known = issues.slice(0, 20).map((issue) => issue.id);
	const wrong = found.length > 1 ? `"${id}" begins several issues` : `There is no issue "${id}"`;
	const names = known.length === 0 ? "There are no dead letters." : `There are: ${known.join(", ")}.`;
	throw new Failure("request.invalid", `${wrong}. ${names}`);
}

function letterReport(
	letter: DeadLetter,
	failedAgain: number,
): Omit<LetterReport, keyof LetterPlace | "state"> {
	const { time, receivedTime, message, decoder, frame, index, record, sample, attempts = 0 } = letter;
	return {
		attempts: attempts + failedAgain,
		time,
		receivedTime,
		message,
		decoder,
		frame,
		...(index !== undefined && { index }),
		...(record !== undefined && { recordId: record.id }),
		...(sample !== undefined && { sample }),
	};
}

function reportOf({ newest: _, ...issue }: LetterIssue): IssueReport {
	return { ...issue, remedy: remedyOf(issue) };
}

const REMEDIES: Readonly<Record<string, string>> = {
	"decode.limit":
		"The frame is larger than is decoded: raise intake.frameMaxBytes, or have upstream send less at a time",
	"decode.killed": "Decoding this frame ended the process twice: report it with the frame, and drop it",
	"decode.crash":
		"The decoder has a fault: report it with the frame; a version that reads it takes it by itself",
	"feed.unknown": "The feed or upstream is not in the configuration: put it back, or drop these",
	"record.no_subject":
		"Tell the decoder which field names the vehicle (its option for the id, or the mapping), and reload: frames that are still kept are decoded again by themselves",
	"store.corrupt": "The store is damaged here: see docs/store.md, and drop these",
};

/** What a person can do. What goes away by itself says so. */
export function remedyOf({ subject, stage, code }: Pick<LetterIssue, "subject" | "stage" | "code">): string {
	const known = REMEDIES[code];
	if (known !== undefined) return `${known}.`;
	const name = subject.slice(subject.indexOf(":") + 1);
	if (stage.startsWith("sink:")) {
		return (
			`Sink ${name} refused these records: mend the destination, or the sink's options. They are delivered again ` +
			"once its options have changed, it takes again after it was held, or one that is tried every hour is taken; wayside dlq replay tries now."
		);
	}
	return (
		`What feed ${name} sends cannot be read as configured: mend its decoder or mapping, or ask upstream. ` +
		"Frames that are still kept are decoded again by themselves once the change is in place."
	);
}
