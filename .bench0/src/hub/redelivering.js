import { jobEntry } from "../log/replay-job.js";
import { fits } from "../operations/replay-report.js";
import { doubtsWithout, issueIdsOf, keyOf, lettersOf } from "./replay-runs.js";
/** Sends a run of letters to their sink again. Answers the job as it stands in the store then. */
export async function redeliverLetters(log, sink, job, { letters: all, next, doubt }, isBehind, signal) {
    const letters = all.filter((one) => !isBehind(one));
    const behind = all.length - letters.length;
    const [first] = letters;
    if (first === undefined)
        return skipLetters(log, job, next, behind);
    let last = job;
    const nonce = doubt?.nonce ?? job.nonce;
    const { doubts: _, ...known } = job;
    const doubts = doubtsWithout(job.doubts, all);
    const after = ({ held, ...done }, coming) => ({
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
        offset: letter.record?.offset,
    }));
    await sink.redeliver?.(first.letter.record?.partition, {
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
export async function skipLetters(log, job, next, count) {
    const after = { ...job, next, counts: { ...job.counts, skipped: job.counts.skipped + count } };
    await log.commit({ state: [jobEntry(after)] });
    return after;
}
/**
 * `order: strict`: answers whether an older record of the same key is a dead letter that the filter leaves out, so that this
 * one has to wait for it. Such letters only become fewer while a job walks: looked up once.
 */
export async function behindLeftOut(log, sink, filter) {
    const { issue, feed, fromTime, toTime, key } = filter;
    if ([issue, feed, fromTime, toTime, key].every((value) => value === undefined))
        return () => false;
    const chosen = new Set(await issueIdsOf(log, filter));
    const oldest = new Map();
    const nameOf = ({ letter }) => `${letter.record?.partition} ${keyOf(letter)}`;
    for await (const one of lettersOf(log, sink)) {
        if (chosen.has(one.issue) && fits(filter, one))
            continue;
        const offset = one.letter.record?.offset ?? Number.POSITIVE_INFINITY;
        oldest.set(nameOf(one), Math.min(offset, oldest.get(nameOf(one)) ?? offset));
    }
    return (one) => (oldest.get(nameOf(one)) ?? Number.POSITIVE_INFINITY) < (one.letter.record?.offset ?? 0);
}
