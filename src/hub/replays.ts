import type { LetterChange, LetterPlace, ListedLetter } from "../log/letters.js";
import type { Log } from "../log/log.js";
import { JOBS, jobEntry, type LetterFilter, NO_COUNTS, type ReplayJob } from "../log/replay-job.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
import { SECOND_MS } from "../model/units.js";
import {
	checkOrder,
	fits,
	invalid,
	issuesOf,
	type JobReport,
	previewOf,
	RATE_DEFAULT,
	type ReplayDesk,
	type ReplayOrder,
	type ReplayPreview,
	reportOf,
} from "../operations/replay-report.js";
import type { Redelivered } from "../routes/redelivery-request.js";
import type { Subscription } from "../routes/subscription.js";
import { type Runtime, sleep } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";

const PAGE = 200;
/** Letters of one commit. */
const RUN_MAX = 100;
const STORE_PAUSE_MS = SECOND_MS;
/** `order: strict`: times that letters which came during the replay are replayed too, until their keys are released. */
const PASSES_MAX = 50;
const ENDED_JOBS_KEPT = 20;

export interface ReplaysOptions {
	readonly log: Log;
	readonly runtime: Runtime;
	readonly subscriptions: readonly Subscription[];
	readonly onEvent: Materials["onEvent"];
}

/** A run of letters that are treated together: one target, one commit. */
interface Run {
	readonly letters: readonly ListedLetter[];
	/** The letter behind it, or where the page goes on. */
	readonly next: LetterPlace;
}

/**
 * Walks over dead letters as a job says: one job at a time, one run of letters at a time, in the order of the log. What a
 * run did and how far the job is by then is one commit; so it can die anywhere, and goes on where it was.
 */
export class Replays implements ReplayDesk {
	readonly #options: ReplaysOptions;
	#running: Promise<void> | undefined;
	#job: ReplayJob | undefined;
	/** Ends the walk: a person wants it paused or cancelled, or the hub stops. */
	#halt = new AbortController();
	#isStopped = false;

	constructor(options: ReplaysOptions) {
		this.#options = options;
	}

	/** Goes on with the job that was running when the hub stopped, or when its sink was exchanged. */
	async start(): Promise<void> {
		const job = (await this.#jobs()).find(({ state }) => state === "running");
		if (job && this.#job === undefined) this.#walk(job);
	}

	async stop(): Promise<void> {
		this.#isStopped = true;
		this.#halt.abort();
		await this.#running;
	}

	/** Resolves when no job runs. For tests and draining. */
	async idle(): Promise<void> {
		await this.#running;
	}

	async list(): Promise<readonly JobReport[]> {
		return (await this.#jobs()).map(reportOf);
	}

	preview(order: ReplayOrder): Promise<ReplayPreview> {
		return previewOf(this.#options.log, order);
	}

	async begin(order: ReplayOrder): Promise<JobReport> {
		const { log, runtime } = this.#options;
		checkOrder(order);
		const jobs = await this.#jobs();
		const other = jobs.find(({ state }) => state === "running" || state === "paused");
		if (other) throw busy(other);
		if (order.name !== undefined && jobs.some(({ name }) => name === order.name)) {
			throw new Failure(
				"request.conflict",
				`There was a job called ${order.name} already; choose another name`,
			);
		}
		const { total, sentence } = await previewOf(log, order);
		if (total === 0) throw invalid(`${sentence} Nothing was started.`);
		const nonce = [...runtime.chance.bytes(6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
		const ends = await this.#ends();
		const job: ReplayJob = {
			v: 1,
			name: order.name ?? `${order.kind}-${nonce.slice(0, 6)}`,
			kind: order.kind,
			nonce,
			filter: order.filter,
			reason: order.reason ?? "asked for",
			state: "running",
			createdTime: runtime.clock.now(),
			total,
			ratePerS: order.ratePerS ?? RATE_DEFAULT,
			ends,
			next: { partition: 0, offset: 0 },
			counts: NO_COUNTS,
			held: [],
		};
		// Two orders of one moment: the second one finds the first.
		if (this.#job !== undefined) throw busy(this.#job);
		this.#job = job;
		try {
			await log.commit({ state: [jobEntry(job), ...oldJobs(jobs)] });
		} catch (thrown) {
			this.#job = undefined;
			throw thrown;
		}
		this.#tell("info", job, `${job.name}: ${job.reason}. ${total} dead letters.`, "dead-letters.job");
		this.#walk(job);
		return reportOf(job);
	}

	async act(verb: "pause" | "resume" | "cancel", name: string): Promise<JobReport> {
		const jobs = await this.#jobs();
		const known = jobs.find((job) => job.name === name);
		if (!known) {
			const names = jobs.map((job) => job.name).join(", ");
			throw invalid(
				`There is no job "${name}". ${names === "" ? "There are none." : `There are: ${names}.`}`,
			);
		}
		if (known.state === "done" || known.state === "cancelled") {
			throw new Failure("request.conflict", `${name} is ${known.state} already`);
		}
		if (verb === "resume") {
			if (known.state === "running") return reportOf(known);
			const job = await this.#put({ ...known, state: "running" });
			this.#walk(job);
			return reportOf(job);
		}
		// First nothing of it runs any more, then its state is written: nobody writes over it.
		this.#halt.abort();
		await this.#running;
		const job = (await this.#read(name)) ?? known;
		if (job.state === "done") return reportOf(job);
		const state = verb === "pause" ? "paused" : "cancelled";
		const ended = verb === "cancel" ? { endedTime: this.#options.runtime.clock.now() } : {};
		return reportOf(await this.#put({ ...job, state, ...ended }));
	}

	#walk(job: ReplayJob): void {
		this.#halt = new AbortController();
		if (this.#isStopped) this.#halt.abort();
		this.#job = job;
		this.#running = this.#loop(job.name, this.#halt.signal).finally(() => {
			this.#running = undefined;
			this.#job = undefined;
		});
	}

	async #loop(name: string, signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			try {
				const job = await this.#read(name);
				if (job === undefined || job.state !== "running") return;
				if (job.next === undefined) await this.#finish(job, signal);
				else await this.#page(job, job.next, signal);
			} catch (thrown) {
				if (signal.aborted) return;
				const code = thrown instanceof Failure ? thrown.code : undefined;
				if (code === "closed" || (code !== "store.changed" && kindOf(thrown) !== "transient")) {
					this.#tell("error", { name }, `${name} stopped: ${messageOf(thrown)}`, "dead-letters.job");
					return;
				}
				// What the store says counts, so it is asked again.
				if (code !== "store.changed") await this.#rest(STORE_PAUSE_MS, signal);
			}
		}
	}

	/** One page of letters. Ends early when the walk is to end. */
	async #page(job: ReplayJob, from: LetterPlace, signal: AbortSignal): Promise<void> {
		const { log } = this.#options;
		const issues = await this.#issues(job.filter);
		const { letters, next } =
			issues.length === 0
				? { letters: [], next: undefined }
				: await log.letters({ issues, from, ends: job.ends, limit: PAGE });
		const wanted = letters.filter(
			(one) => fits(job.filter, one) && one.offset >= (job.starts?.[one.partition] ?? 0),
		);
		let now = job;
		for (const run of runsOf(wanted)) {
			if (signal.aborted) return;
			now = await this.#run(now, run, signal);
			await this.#rest((run.letters.length * SECOND_MS) / now.ratePerS, signal);
		}
		if (signal.aborted) return;
		const { next: _, ...rest } = now;
		await this.#put(next === undefined ? rest : { ...rest, next });
	}

	/** Answers the job as it stands in the store then. */
	async #run(job: ReplayJob, run: Run, signal: AbortSignal): Promise<ReplayJob> {
		const { letters, next } = run;
		const [first] = letters as [ListedLetter];
		const { record, stage } = first.letter;
		if (job.kind === "drop") return this.#drop(job, run);
		if (stage.startsWith("sink:") && record !== undefined) {
			const sink = this.#options.subscriptions.find(({ name }) => `sink:${name}` === stage);
			if (sink?.redeliver) return this.#redeliver(job, run, sink, signal);
		}
		return this.#put({
			...job,
			next,
			counts: { ...job.counts, skipped: job.counts.skipped + letters.length },
		});
	}

	async #redeliver(job: ReplayJob, { letters, next }: Run, sink: Subscription, signal: AbortSignal) {
		let last = job;
		const after = ({ held, ...done }: Redelivered, isLast: boolean): ReplayJob => ({
			...job,
			counts: {
				replayed: job.counts.replayed + done.replayed,
				failed: job.counts.failed + done.failed,
				dropped: job.counts.dropped + done.dropped,
				skipped: job.counts.skipped + done.skipped,
			},
			held,
			...(isLast && { next }),
		});
		const dead = letters.map(({ partition, offset, letter }) => ({
			letter: { partition, offset },
			offset: letter.record?.offset as number,
		}));
		await sink.redeliver?.(letters[0]?.letter.record?.partition as number, {
			dead: dead.sort((a, b) => a.offset - b.offset),
			nonce: job.nonce,
			held: new Set(job.held),
			signal,
			state: (done, isLast) => {
				last = after(done, isLast);
				return [jobEntry(last)];
			},
		});
		return last;
	}

	async #drop(job: ReplayJob, { letters, next }: Run): Promise<ReplayJob> {
		const changes = letters.map(
			({ partition, offset }): LetterChange => ({ partition, offset, to: "dropped" }),
		);
		const counts = { ...job.counts, dropped: job.counts.dropped + letters.length };
		const after = { ...job, next, counts };
		await this.#options.log.commit({ letters: changes, state: [jobEntry(after)] });
		return after;
	}

	async #finish(job: ReplayJob, signal: AbortSignal): Promise<void> {
		const isMore = await this.#unpark(job);
		if (signal.aborted) return;
		const { passes = 1 } = job;
		if (isMore && passes < PASSES_MAX && job.kind === "replay") {
			const next = { partition: 0, offset: 0 };
			await this.#put({ ...job, starts: job.ends, ends: await this.#ends(), next, passes: passes + 1 });
			return;
		}
		const done = await this.#put({ ...job, state: "done", endedTime: this.#options.runtime.clock.now() });
		const level = done.counts.failed > 0 ? "warn" : "info";
		this.#tell(level, done, `${done.name}: ${reportOf(done).sentence}`, "dead-letters.job");
	}

	/** Answers whether a strict sink keeps keys for letters that came since, so that another pass is worth it. */
	async #unpark({ held, filter }: ReplayJob): Promise<boolean> {
		const { log, subscriptions } = this.#options;
		let isMore = false;
		for (const sink of subscriptions) {
			if (sink.unpark === undefined || (filter.sink !== undefined && filter.sink !== sink.name)) continue;
			for (let partition = 0; partition < log.partitions("records"); partition++) {
				const openKeys = () => this.#openKeys(sink.name, partition);
				if (await sink.unpark(partition, openKeys, new Set(held))) isMore = true;
			}
		}
		return isMore;
	}

	async #openKeys(sink: string, partition: number): Promise<ReadonlySet<string>> {
		const { log } = this.#options;
		const keys = new Set<string>();
		const issues = await this.#issues({ sink });
		let from: LetterPlace | undefined = issues.length === 0 ? undefined : { partition: 0, offset: 0 };
		while (from !== undefined) {
			const page: Awaited<ReturnType<Log["letters"]>> = await log.letters({ issues, from, limit: 1000 });
			for (const { letter } of page.letters) {
				const [, key] = /^[^/]+\/(.*)\/-?\d+(?:\/removed)?$/.exec(letter.record?.id ?? "") ?? [];
				if (key !== undefined && letter.record?.partition === partition) keys.add(key);
			}
			from = page.next;
		}
		return keys;
	}

	/** Settled ones too: an issue that a page of the job came from may have been settled by it. */
	async #issues(filter: LetterFilter): Promise<readonly string[]> {
		try {
			return (await issuesOf(this.#options.log, filter)).map(({ id }) => id);
		} catch (thrown) {
			// The issue that the job is about is gone by retention: there is nothing left to do.
			if (thrown instanceof Failure && thrown.code === "request.invalid") return [];
			throw thrown;
		}
	}

	async #ends(): Promise<readonly number[]> {
		const { log } = this.#options;
		const partitions = Array.from({ length: log.partitions("dead-letters") }, (_, partition) => partition);
		return Promise.all(
			partitions.map(async (partition) => (await log.bounds("dead-letters", partition)).end),
		);
	}

	async #jobs(): Promise<readonly ReplayJob[]> {
		const names = await this.#options.log.stateNames(JOBS);
		const jobs = await Promise.all(names.map((name) => this.#read(name.slice(JOBS.length))));
		return jobs
			.filter((job): job is ReplayJob => job !== undefined)
			.sort((a, b) => a.createdTime - b.createdTime);
	}

	async #read(name: string): Promise<ReplayJob | undefined> {
		const bytes = await this.#options.log.state(`${JOBS}${name}`);
		return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as ReplayJob);
	}

	async #put(job: ReplayJob): Promise<ReplayJob> {
		await this.#options.log.commit({ state: [jobEntry(job)] });
		return job;
	}

	async #rest(ms: number, signal: AbortSignal): Promise<void> {
		try {
			await sleep(this.#options.runtime.clock, ms, signal, { ref: false });
		} catch (thrown) {
			if (!signal.aborted) throw thrown;
		}
	}

	#tell(
		level: "info" | "warn" | "error",
		{ name }: { readonly name: string },
		message: string,
		code: string,
	): void {
		this.#options.onEvent("hub", level, code, message, { job: name });
	}
}

/** Letters that stand behind each other and go the same way: to one lane of a sink, or from one frame. */
function* runsOf(letters: readonly ListedLetter[]): Generator<Run> {
	let run: ListedLetter[] = [];
	const close = (): Run => {
		const { partition, offset } = run.at(-1) as ListedLetter;
		const closed = { letters: run, next: { partition, offset: offset + 1 } };
		run = [];
		return closed;
	};
	for (const one of letters) {
		const [first] = run;
		if (first && (run.length >= RUN_MAX || wayOf(first) !== wayOf(one))) yield close();
		run.push(one);
	}
	if (run.length > 0) yield close();
}

function wayOf({ partition, letter }: ListedLetter): string {
	return `${partition}|${letter.stage}|${letter.feed}|${letter.record?.partition}`;
}

function busy({ name, state }: ReplayJob): Failure {
	return new Failure(
		"request.conflict",
		`${name} is ${state}, and one job runs at a time: wait for it, or cancel it (wayside dlq cancel ${name})`,
	);
}

/** The oldest ended jobs, which are forgotten. */
function oldJobs(jobs: readonly ReplayJob[]): { readonly name: string; readonly bytes: null }[] {
	const ended = jobs.filter(({ state }) => state === "done" || state === "cancelled");
	return ended
		.slice(0, Math.max(0, ended.length - ENDED_JOBS_KEPT + 1))
		.map(({ name }) => ({ name: `${JOBS}${name}`, bytes: null }));
}
