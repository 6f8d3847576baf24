import type { LetterPlace, ListedLetter } from "../log/letters.js";
import type { Log } from "../log/log.js";
import { JOBS, type LetterFilter, type ReplayJob } from "../log/replay-job.js";
import { Failure } from "../model/failure.js";
import { issuesOf } from "../operations/replay-report.js";
import type { Subscription } from "../routes/subscription.js";

/** Letters of one commit. */
const RUN_MAX = 100;
const ENDED_JOBS_KEPT = 20;

/** A run of letters that are treated together: one target, one commit. */
export interface Run {
	readonly letters: readonly ListedLetter[];
	/** The letter behind it, or where the page goes on. */
	readonly next: LetterPlace;
}

/**
 * Letters that stand behind each other and go the same way: to one lane of a sink, or from one frame. No more at once than
 * a second of the job's rate: a destination is never sent more than it was promised.
 */
export function* runsOf(letters: readonly ListedLetter[], ratePerS: number): Generator<Run> {
	const max = Math.min(RUN_MAX, Math.max(1, Math.floor(ratePerS)));
	let run: ListedLetter[] = [];
	const close = (): Run => {
		const { partition, offset } = run.at(-1) as ListedLetter;
		const closed = { letters: run, next: { partition, offset: offset + 1 } };
		run = [];
		return closed;
	};
	for (const one of letters) {
		const [first] = run;
		if (first && (run.length >= max || wayOf(first) !== wayOf(one))) yield close();
		run.push(one);
	}
	if (run.length > 0) yield close();
}

function wayOf({ partition, letter }: ListedLetter): string {
	const stage = letter.stage.startsWith("sink:") ? letter.stage : "decode";
	return `${partition}|${stage}|${letter.feed}|${letter.record?.partition}`;
}

export function busy({ name, state }: ReplayJob): Failure {
	return new Failure(
		"request.conflict",
		`${name} is ${state}, and one job runs at a time: wait for it, or cancel it (wayside dlq cancel ${name})`,
	);
}

/** The oldest ended jobs, which are forgotten. */
export function oldJobs(jobs: readonly ReplayJob[]): { readonly name: string; readonly bytes: null }[] {
	const ended = jobs.filter(({ state }) => state === "done" || state === "cancelled");
	return ended
		.slice(0, Math.max(0, ended.length - ENDED_JOBS_KEPT + 1))
		.map(({ name }) => ({ name: `${JOBS}${name}`, bytes: null }));
}

/** Answers whether a strict sink keeps keys for letters that came since, so that another pass is worth it. */
export async function unpark(
	{ log, subscriptions }: { readonly log: Log; readonly subscriptions: readonly Subscription[] },
	{ held, filter }: ReplayJob,
): Promise<boolean> {
	let isMore = false;
	for (const sink of subscriptions) {
		if (sink.unpark === undefined || (filter.sink !== undefined && filter.sink !== sink.name)) continue;
		for (let partition = 0; partition < log.partitions("records"); partition++) {
			const keys = () => openKeys(log, sink.name, partition);
			if (await sink.unpark(partition, keys, new Set(held))) isMore = true;
		}
	}
	return isMore;
}

/** Keys of which a letter of the sink is open. */
async function openKeys(log: Log, sink: string, partition: number): Promise<ReadonlySet<string>> {
	const keys = new Set<string>();
	for await (const { letter } of lettersOf(log, sink)) {
		const key = keyOf(letter);
		if (key !== undefined && letter.record?.partition === partition) keys.add(key);
	}
	return keys;
}

/** Open letters of a sink, in the order of the log. */
export async function* lettersOf(log: Log, sink: string): AsyncGenerator<ListedLetter> {
	const issues = await issueIdsOf(log, { sink });
	let from: LetterPlace | undefined = issues.length === 0 ? undefined : { partition: 0, offset: 0 };
	while (from !== undefined) {
		const page: Awaited<ReturnType<Log["letters"]>> = await log.letters({ issues, from, limit: 1000 });
		yield* page.letters;
		from = page.next;
	}
}

export function keyOf({ record }: ListedLetter["letter"]): string | undefined {
	return /^[^/]+\/(.*)\/-?\d+(?:\/removed)?$/.exec(record?.id ?? "")?.[1];
}

/** The issues that a filter means; none when the one that it names is gone by retention. */
export async function issueIdsOf(log: Log, filter: LetterFilter): Promise<readonly string[]> {
	try {
		return (await issuesOf(log, filter)).map(({ id }) => id);
	} catch (thrown) {
		if (thrown instanceof Failure && thrown.code === "request.invalid") return [];
		throw thrown;
	}
}
