import type { LetterPlace, ListedLetter } from "../log/letters.js";
import type { Log } from "../log/log.js";
import { jobEntry, type LetterFilter, type ReplayJob } from "../log/replay-job.js";
import { fits } from "../operations/replay-report.js";
import type { Redelivered } from "../routes/redelivery-request.js";
import type { Subscription } from "../routes/subscription.js";
import { doubtsWithout, issueIdsOf, keyOf, lettersOf, type Run } from "./replay-runs.js";

/** Sends a run of letters to their sink again. Answers the job as it stands in the store then. */
export async function redeliverLetters(
	log: Log,
	sink: Subscription,
	job: ReplayJob,
	{ letters: all, next, doubt }: Run,
	isBehind: (one: ListedLetter) => boolean,
	signal: AbortSignal,
): Promise<ReplayJob> {
	const letters = all.filter((one) => !isBehind(one));
	const behind = all.length - letters.length;
	const [first] = letters;
	if (first === undefined) return skipLetters(log, job, next, behind);
	let last = job;
	const nonce = doubt?.nonce ?? job.nonce;
	const { doubts: _, ...known } = job;
	const doubts = doubtsWithout(job.doubts, all);
	const after = ({ held, ...done }: Redelivered, coming: readonly LetterPlace[]): ReplayJob => ({
		...known,
		counts: {
			replayed: job.counts.replayed + done.replayed,
			failed: job.counts.failed + done.failed,
			dropped: job.counts.dropped + done.dropped,
			skipped: job.counts.skipped + done.skipped + (coming.length === 0 ? behind : 0),
		},
		held,
		...(coming.length === 0
			? { next, ...(doubts.length > 0 && { doubts }) }
			: { doubts: [...doubts, { nonce, letters: coming }] }),
	});
	const dead = letters.map(({ partition, offset, letter }) => ({
		letter: { partition, offset },
		offset: letter.record?.offset as number,
	}));
	await sink.redeliver?.(first.letter.record?.partition as number, {
		dead: dead.sort((a, b) => a.offset - b.offset),
		nonce,
		held: new Set(job.held),
		signal,
		state: (done, coming) => {
			last = after(done, coming);
			return [jobEntry(last)];
		},
	});
	return last;
}

/** Leaves letters as they are. */
export async function skipLetters(
	log: Log,
	job: ReplayJob,
	next: LetterPlace,
	count: number,
): Promise<ReplayJob> {
	const after = { ...job, next, counts: { ...job.counts, skipped: job.counts.skipped + count } };
	await log.commit({ state: [jobEntry(after)] });
	return after;
}

/**
 * `order: strict`: answers whether an older record of the same key is a dead letter that the filter leaves out, so that this
 * one has to wait for it. Such letters only become fewer while a job walks: looked up once.
 */
export async function behindLeftOut(
	log: Log,
	sink: string,
	filter: LetterFilter,
): Promise<(one: ListedLetter) => boolean> {
	const { issue, feed, fromTime, toTime, key } = filter;
	if ([issue, feed, fromTime, toTime, key].every((value) => value === undefined)) return () => false;
	const chosen = new Set(await issueIdsOf(log, filter));
	const oldest = new Map<string, number>();
	const nameOf = ({ letter }: ListedLetter) => `${letter.record?.partition} ${keyOf(letter)}`;
	for await (const one of lettersOf(log, sink)) {
		if (chosen.has(one.issue) && fits(filter, one)) continue;
		const offset = one.letter.record?.offset ?? Number.POSITIVE_INFINITY;
		oldest.set(nameOf(one), Math.min(offset, oldest.get(nameOf(one)) ?? offset));
	}
	return (one) => (oldest.get(nameOf(one)) ?? Number.POSITIVE_INFINITY) < (one.letter.record?.offset ?? 0);
}
