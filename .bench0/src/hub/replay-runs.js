import { JOBS, jobEntry } from "../log/replay-job.js";
import { Failure } from "../model/failure.js";
import { fits, issuesOf } from "../operations/replay-report.js";
/** Letters of one commit. */
const RUN_MAX = 100;
const ENDED_JOBS_KEPT = 20;
const PAGE = 200;
/** The letters of a job from this place on, as far as one look at the store goes, and where the next look begins. */
export async function pageOf(log, job, from) {
    const issues = await issueIdsOf(log, job.filter);
    if (issues.length === 0)
        return { runs: [], next: undefined };
    const { letters, next } = await log.letters({ issues, from, ends: job.ends, limit: PAGE });
    const wanted = letters.filter((one) => fits(job.filter, one) && one.offset >= (job.starts?.[one.partition] ?? 0));
    const runs = [...runsOf(wanted, job.trial ? 1 : job.ratePerS, job.doubts)];
    // What was sent together goes together: where its rest stands on the next page, that page begins with it.
    const cut = next === undefined
        ? -1
        : runs.findIndex(({ doubt }) => doubt?.letters.some((one) => !isBefore(one, next)));
    const [split] = runs[cut]?.letters ?? [];
    if (cut > 0 && split !== undefined)
        return { runs: runs.slice(0, cut), next: placeOf(split) };
    return { runs, next };
}
/** What a job leaves in doubt when it is cancelled: of those before it what it has not come by, and what it may have sent. */
export async function doubtsAfter(log, job) {
    const { next, kind, doubts = [] } = job;
    if (kind !== "replay" || next === undefined)
        return [];
    const left = doubts.filter(({ letters }) => letters.some((one) => !isBefore(one, next)));
    const [run] = (await pageOf(log, job, next)).runs;
    const isSent = run?.letters[0]?.letter.stage.startsWith("sink:") === true;
    if (run === undefined || run.doubt !== undefined || !isSent)
        return left;
    return [...left, { nonce: job.nonce, letters: run.letters.map(placeOf) }];
}
/** A new job takes over what cancelled ones left in doubt; the entries say that it is theirs no more. */
export function takeDoubts(jobs) {
    const cancelled = jobs.filter(({ doubts }) => doubts !== undefined);
    const doubts = cancelled.flatMap((job) => job.doubts ?? []);
    const entries = cancelled.map(({ doubts: _, ...job }) => jobEntry(job));
    return { doubts, entries };
}
/** What is left in doubt once these letters are settled, or are sent otherwise. */
export function doubtsWithout(doubts = [], places) {
    const gone = new Set(places.map(nameOf));
    return doubts.flatMap(({ nonce, letters }) => {
        const left = letters.filter((place) => !gone.has(nameOf(place)));
        return left.length === 0 ? [] : [{ nonce, letters: left }];
    });
}
function isBefore(one, other) {
    return one.partition === other.partition ? one.offset < other.offset : one.partition < other.partition;
}
function placeOf({ partition, offset }) {
    return { partition, offset };
}
/**
 * Letters that stand behind each other and go the same way: to one lane of a sink, or from one frame. No more at once than
 * a second of the job's rate: a destination is never sent more than it was promised. Only what may have been sent before goes
 * as it went then, whole, so that the destination can tell that it is the same.
 */
export function* runsOf(letters, ratePerS, doubts = []) {
    const max = Math.min(RUN_MAX, Math.max(1, Math.floor(ratePerS)));
    const groupOf = groupsIn(letters, doubts);
    const begun = new Set();
    let run = [];
    const close = () => {
        const { partition, offset } = run.at(-1);
        const closed = { letters: run, next: { partition, offset: offset + 1 } };
        run = [];
        return closed;
    };
    for (const [at, one] of letters.entries()) {
        const group = groupOf(one);
        if (group !== undefined) {
            if (begun.has(group.doubt))
                continue;
            if (run.length > 0)
                yield close();
            begun.add(group.doubt);
            // What stands between its letters is sent behind it.
            const behind = letters.slice(at).find((other) => groupOf(other)?.doubt !== group.doubt);
            const end = { partition: one.partition, offset: (group.letters.at(-1) ?? one).offset + 1 };
            yield { ...group, next: behind === undefined ? end : placeOf(behind) };
            continue;
        }
        const [first] = run;
        if (first && (run.length >= max || wayOf(first) !== wayOf(one)))
            yield close();
        run.push(one);
    }
    if (run.length > 0)
        yield close();
}
/** By letter: those that may have been sent together with it. */
function groupsIn(letters, doubts) {
    const groups = doubts.map((doubt) => {
        const names = new Set(doubt.letters.map(nameOf));
        return { doubt, letters: letters.filter((one) => names.has(nameOf(one))) };
    });
    const known = new Map(groups.flatMap((group) => group.letters.map((one) => [nameOf(one), group])));
    return (one) => known.get(nameOf(one));
}
function nameOf({ partition, offset }) {
    return `${partition}:${offset}`;
}
function wayOf({ partition, letter }) {
    const stage = letter.stage.startsWith("sink:") ? letter.stage : "decode";
    return `${partition}|${stage}|${letter.feed}|${letter.record?.partition}`;
}
export function busy({ name, state }) {
    return new Failure("request.conflict", `${name} is ${state}, and one job runs at a time: wait for it, or cancel it (wayside dlq cancel ${name})`);
}
/** The oldest ended jobs, which are forgotten. */
export function oldJobs(jobs) {
    const ended = jobs.filter(({ state }) => state === "done" || state === "cancelled");
    return ended
        .slice(0, Math.max(0, ended.length - ENDED_JOBS_KEPT + 1))
        .map(({ name }) => ({ name: `${JOBS}${name}`, bytes: null }));
}
/** Answers whether a strict sink keeps keys for letters that came since, so that another pass is worth it. */
export async function unpark({ log, subscriptions }, { held, filter }) {
    let isMore = false;
    for (const sink of subscriptions) {
        if (sink.unpark === undefined || (filter.sink !== undefined && filter.sink !== sink.name))
            continue;
        for (let partition = 0; partition < log.partitions("records"); partition++) {
            const keys = () => openKeys(log, sink.name, partition);
            if (await sink.unpark(partition, keys, new Set(held)))
                isMore = true;
        }
    }
    return isMore;
}
/** Keys of which a letter of the sink is open. */
async function openKeys(log, sink, partition) {
    const keys = new Set();
    for await (const { letter } of lettersOf(log, sink)) {
        const key = keyOf(letter);
        if (key !== undefined && letter.record?.partition === partition)
            keys.add(key);
    }
    return keys;
}
/** Open letters of a sink, in the order of the log. */
export async function* lettersOf(log, sink) {
    const issues = await issueIdsOf(log, { sink });
    let from = issues.length === 0 ? undefined : { partition: 0, offset: 0 };
    while (from !== undefined) {
        const page = await log.letters({ issues, from, limit: 1000 });
        yield* page.letters;
        from = page.next;
    }
}
export function keyOf({ record }) {
    return /^[^/]+\/(.*)\/-?\d+(?:\/removed)?$/.exec(record?.id ?? "")?.[1];
}
/** The issues that a filter means; none when the one that it names is gone by retention. */
export async function issueIdsOf(log, filter) {
    try {
        return (await issuesOf(log, filter)).map(({ id }) => id);
    }
    catch (thrown) {
        if (thrown instanceof Failure && thrown.code === "request.invalid")
            return [];
        throw thrown;
    }
}
