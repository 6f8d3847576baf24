import { Failure, messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Attempt, AttemptResult, Reason, SyncResult } from "../resilience/index.js";
import { sleep } from "../runtime/runtime.js";
import type { FrameDraft, LiveSource, PollResult, PollSource, StreamSource } from "../sources/source.js";
import { type AnswerVerdict, verdictOf } from "./answer-verdict.js";
import { FeedGaps, type GapTotals, type Riders } from "./feed-gaps.js";
import type { FeedOptions, FeedUpstream } from "./feed-upstream.js";
import { bestHeadroom, type PurgeHeadroom } from "./headroom.js";
import type { Intake } from "./intake.js";
import type { InterpretedFrame } from "./interpret.js";
import { LiveCoverage } from "./live-coverage.js";
import { answerOf, type Read } from "./poll-answer.js";
import { Readability } from "./readability.js";
import { Rest } from "./rest.js";
import { cursorName, storedCursor } from "./source-cursor.js";
import { Standby } from "./standby.js";
import { StreamLosses } from "./stream-losses.js";
import { type StartedStream, startStream, whileConnected } from "./stream-start.js";
import { notStarted, type UpstreamProgress } from "./upstream-progress.js";

/** Pushes that may wait for their commit at one time on a stream: enough to share syncs, few enough to stay bounded. */
const STREAM_OUTSTANDING_MAX = 16;
/** A standby upstream looks this often whether it is needed. */
const STANDBY_CHECK_MS = 1_000;
const STORE_WAIT_MS = 1_000;

/**
 * Drives the sources of one feed: decides when to poll, reopens streams, hands frames and cursors to intake, and lets a
 * lower upstream take over while every higher one is down. Only this harness waits and retries; sources only classify.
 */
export class Feed {
	readonly name: string;
	readonly agency: string;
	readonly progress: readonly UpstreamProgress[];
	readonly startedTime: EpochMs;
	/** Takes what live sources could not keep. */
	readonly losses: StreamLosses;
	readonly readability = new Readability();
	lastFrameTime: EpochMs | undefined;
	newestEventTime: EpochMs | undefined;
	readonly #options: FeedOptions;
	readonly #abort = new AbortController();
	/** By upstream: the wait for an upstream that is not to be asked. */
	readonly #rests: readonly Rest[];
	readonly #verdicts: readonly AnswerVerdict[];
	readonly #gaps: FeedGaps;
	/** By upstream: what a live connection has told. */
	readonly #live: readonly LiveCoverage[];
	readonly #standby: Standby;
	#running: Promise<void>[] = [];
	#started: Intake | undefined;

	constructor(options: FeedOptions) {
		this.#options = options;
		this.name = options.name;
		this.agency = options.agency;
		this.startedTime = options.runtime.clock.now();
		this.#rests = options.upstreams.map(() => new Rest(options.runtime.clock, this.#abort.signal));
		this.#verdicts = options.upstreams.map((upstream) => verdictOf(upstream, options.runtime.clock));
		this.#gaps = new FeedGaps({
			feed: options.name,
			log: options.log,
			startedTime: this.startedTime,
			windows: options.upstreams.map(({ windowMs }) => windowMs),
			onEvent: (event) => options.onEvent?.(event),
		});
		this.losses = new StreamLosses({
			feed: options.name,
			clock: options.runtime.clock,
			signal: this.#abort.signal,
			gaps: this.#gaps,
			intake: () => this.#intake,
			onFailure: (index, thrown) => this.#bad(this.progress[index] as UpstreamProgress, thrown, undefined),
		});
		this.progress = options.upstreams.map(({ index }) => notStarted(index));
		this.#standby = new Standby(options.upstreams, this.progress, options.runtime.clock, options.onNews);
		this.#live = options.upstreams.map(
			({ index, windowMs, source }) =>
				new LiveCoverage({
					upstream: index,
					windowMs: (source.kind === "live" ? source.keepsMs : undefined) ?? windowMs,
					clock: options.runtime.clock,
					gaps: this.#gaps,
					store: (riders) => this.#intake.receive(this.name, index, [], undefined, riders),
					trouble: () => this.#trouble(),
					onFailure: (thrown) => this.#bad(this.progress[index] as UpstreamProgress, thrown, undefined),
				}),
		);
	}

	get upstreams(): readonly FeedUpstream[] {
		return this.#options.upstreams;
	}

	/** What was lost for good, since the store was made. */
	get gaps(): GapTotals {
		return this.#gaps.totals;
	}

	start(intake: Intake): void {
		this.#started = intake;
		for (const { index, upstream } of this.#options.upstreams) {
			// A breaker that is open since before the restart: people are told why, before it is asked again.
			const status = upstream?.status();
			const progress = this.progress[index];
			if (progress === undefined || status?.lastFailure === undefined || status.state === "closed") continue;
			const { at, code, message } = status.lastFailure;
			progress.lastFailure = { time: at, code, message };
			progress.failsNow = true;
		}
		this.#running = this.#options.upstreams.map((upstream) => this.#run(upstream));
	}

	/** Resolves when every source has ended by itself (replays) or was stopped. */
	async finished(): Promise<void> {
		await Promise.all(this.#running);
	}

	/** A person changed the breaker of an upstream: who waited for it looks again, instead of waiting for its old end. */
	breakerOperated(name: string): void {
		this.#rests[this.upstreams.findIndex(({ upstream }) => upstream?.name === name)]?.end();
	}

	/** Asks upstream for nothing more. What was received is left to intake. */
	async stop(): Promise<void> {
		this.#abort.abort(new Failure("closed", "The feed was stopped"));
		await this.finished();
		await this.losses.settled();
		await Promise.all(this.#options.upstreams.map(({ upstream }) => upstream?.dispose()));
	}

	/** Frames of a push source. Refused while intake has no room, so that the sender keeps them. */
	async receivePush(index: number, frames: readonly FrameDraft[], traceparent?: string): Promise<void> {
		const intake = this.#abort.signal.aborted ? undefined : this.#started;
		if (intake === undefined)
			throw new Failure("store.busy", "The feed is starting", { retryAfterMs: 1_000 });
		if (!intake.hasRoom) {
			throw new Failure("store.busy", "More is waiting to be read than may wait", { retryAfterMs: 1_000 });
		}
		const progress = this.progress[index] as UpstreamProgress;
		progress.active = true;
		const span = this.upstreams[index]?.trace?.hear(traceparent);
		await intake.receive(this.name, index, frames, undefined, {}, span);
		progress.caughtUpTime = this.#options.runtime.clock.now();
	}

	/** Called for each frame once what it gave is durable. */
	interpreted(frame: InterpretedFrame): void {
		this.lastFrameTime = frame.frame.receivedTime;
		this.#gaps.interpreted(frame);
		this.readability.note(frame);
		if ((frame.newestEventTime ?? 0) > (this.newestEventTime ?? 0))
			this.newestEventTime = frame.newestEventTime;
		const { failure } = frame.decoded;
		const index = frame.frame.upstream;
		const progress = this.progress[index];
		if (progress === undefined) return;
		this.#spoke(progress, frame);
		// What is pushed is taken whatever it holds: only here is it known whether it is any good.
		const isPushed = this.upstreams[index]?.source.kind === "push";
		const isReadable = failure === undefined || frame.decoded.items.length > 0;
		if (isPushed && isReadable) this.#good(progress, false);
		if (failure === undefined) return;
		const time = isPushed && !isReadable ? this.#options.runtime.clock.now() : frame.frame.receivedTime;
		progress.lastFailure = { time, code: failure.code, message: failure.message };
		progress.failsNow = true;
	}

	/** No vehicle is heard of since then, although many were and should be: whoever is read has fallen silent. */
	fellSilent(since: EpochMs): void {
		for (const index of this.#standby.fellSilent(since)) this.#live[index]?.fellSilent();
	}

	/** Retention of upstream minus the age of the oldest unread message. Undefined: upstream keeps no history. */
	purgeHeadroom(now: EpochMs): PurgeHeadroom | undefined {
		const unread = this.#gaps.oldestUnreadTime;
		return bestHeadroom(
			this.#options.upstreams.map(({ index, windowMs, source }) => ({
				windowMs,
				unreadTime:
					(source.kind === "poll" ? unread : this.progress[index]?.caughtUpTime) ?? this.startedTime,
			})),
			now,
		);
	}

	async #run(upstream: FeedUpstream): Promise<void> {
		const progress = this.progress[upstream.index] as UpstreamProgress;
		const { source } = upstream;
		try {
			if (source.kind === "poll") await this.#poll(upstream, source, progress);
			else if (source.kind !== "push") await this.#stream(upstream, source, progress);
		} catch (thrown) {
			if (this.#abort.signal.aborted) return;
			// Nothing above waits for this promise while the hub runs, so what ends a source is shown on the status page.
			this.#bad(progress, thrown, undefined);
			progress.active = false;
		}
	}

	async #poll(upstream: FeedUpstream, source: PollSource, progress: UpstreamProgress): Promise<void> {
		const { log, runtime } = this.#options;
		const intake = this.#intake;
		const { signal } = this.#abort;
		const name = cursorName(this.name, upstream.index);
		await this.#gaps.load();
		let cursor = await storedCursor(log, name);
		while (!signal.aborted) {
			await intake.room();
			if (this.#standby.waits(upstream)) {
				await sleep(runtime.clock, STANDBY_CHECK_MS, signal);
				continue;
			}
			const started = runtime.clock.monotonic();
			const asked = cursor;
			const span = upstream.trace?.ask();
			const { result, refusedFrames, read } = await this.#ask(upstream, source, asked);
			let waitMs: DurationMs | undefined;
			let heldUntil: EpochMs | undefined;
			try {
				if (result.state === "fresh") {
					const { frames, cursor: next = asked, more = false } = result.value;
					const position = next === undefined ? undefined : { name, value: next };
					const answer = answerOf(upstream, source, result.value, read, runtime.clock.now());
					const receive = (riders?: Riders) =>
						intake.receive(this.name, upstream.index, frames, position, riders, span);
					if (result.value.isAside) await receive();
					else await this.#gaps.take(answer, frames, this.#trouble(), receive);
					cursor = next;
					this.#good(progress, !more);
					if (more) waitMs = 0;
				} else {
					// What cannot be read is kept as evidence; the cursor stays, as if nothing had come.
					if (refusedFrames.length > 0)
						await intake.receive(this.name, upstream.index, refusedFrames, undefined, {}, span);
					this.#bad(progress, result.cause ?? this.#refused(upstream, result.reason), result.nextAttemptAt);
					heldUntil = result.nextAttemptAt;
				}
			} catch (thrown) {
				if (!(thrown instanceof Failure)) throw thrown;
				this.#bad(progress, thrown, undefined);
				// The answer is thrown away, and asked for again: an outage of our own store costs upstream nothing more.
				waitMs = Math.max(thrown.retryAfterMs ?? STORE_WAIT_MS, source.pauseMs?.() ?? source.everyMs);
			}
			span?.end({ failure: progress.failsNow ? progress.lastFailure : undefined });
			const now = runtime.clock.now();
			const elapsedMs = runtime.clock.monotonic() - started;
			const wantedMs = waitMs ?? source.pauseMs?.() ?? Math.ceil(source.everyMs - elapsedMs);
			const pauseMs = Math.max(0, wantedMs);
			const heldMs = heldUntil === undefined ? 0 : heldUntil - now;
			progress.nextAttemptTime = now + Math.max(pauseMs, heldMs);
			await sleep(runtime.clock, pauseMs, signal);
			// The pace holds whatever a person does to the breaker; the wait for the breaker does not.
			if (heldMs > pauseMs && upstream.upstream?.status().blockedBy !== undefined) {
				await this.#rests[upstream.index]?.take(heldMs - pauseMs);
			}
		}
	}

	async #ask(upstream: FeedUpstream, source: PollSource, cursor: string | undefined): Promise<Asked> {
		const core = upstream.upstream;
		if (core === undefined)
			throw new Failure("bug", `Upstream ${upstream.index} of ${this.name} has no breaker`);
		const verdict = this.#verdicts[upstream.index] as AnswerVerdict;
		let refusedFrames: readonly FrameDraft[] = [];
		let read: Read = { reports: 0, newestEventTime: undefined };
		const result = await core.syncJob(
			"poll",
			async (attempt) => {
				const answer = await source.poll({ cursor, signal: attempt.signal, attempt: attempt.attempt });
				attempt.addBytes(answer.wireBytes);
				const judged = verdict.judge(answer);
				read = judged;
				if (judged.failure === undefined) return answer;
				refusedFrames = judged.evidence;
				if (judged.stillSince !== undefined) this.#gaps.standsStill(upstream.index, judged.stillSince);
				throw judged.failure;
			},
			{ signal: this.#abort.signal, classify: verdict.classify },
		);
		if (result.state === "fresh") verdict.accepted();
		return { result, refusedFrames, read };
	}

	async #stream(
		upstream: FeedUpstream,
		source: StreamSource | LiveSource,
		progress: UpstreamProgress,
	): Promise<void> {
		const { log, runtime } = this.#options;
		const { signal } = this.#abort;
		const name = cursorName(this.name, upstream.index);
		for (let tries = 1; !signal.aborted; tries++) {
			if (this.#standby.waits(upstream)) {
				await sleep(runtime.clock, STANDBY_CHECK_MS, signal);
				continue;
			}
			const cursor = await storedCursor(log, name);
			const opened = await this.#open(upstream, source, cursor, tries);
			if (opened.outcome === "success") {
				this.#good(progress, false);
				if (source.kind === "live") this.#live[upstream.index]?.opened(source.hasKept?.());
				const ended = await this.#pull(upstream, progress, name, opened.value);
				if (ended) {
					progress.finished = true;
					progress.active = false;
					return;
				}
				tries = 0;
				await sleep(runtime.clock, STORE_WAIT_MS, signal);
			} else {
				const cause = opened.outcome === "refused" ? this.#refused(upstream, opened.reason) : opened.cause;
				this.#bad(progress, cause, opened.nextAttemptAt);
				await this.#rests[upstream.index]?.take(opened.delayMs);
			}
		}
	}

	#open(
		upstream: FeedUpstream,
		source: StreamSource | LiveSource,
		cursor: string | undefined,
		attempt: number,
	): Promise<AttemptResult<StartedStream>> {
		const core = upstream.upstream;
		if (core === undefined)
			throw new Failure("bug", `Upstream ${upstream.index} of ${this.name} has no breaker`);
		const { clock } = this.#options.runtime;
		const open = (given: Attempt) =>
			startStream(
				(signal) =>
					source.kind === "live" ? source.connect({ cursor, signal }) : source.open({ cursor, signal }),
				this.#abort.signal,
				given.signal,
				clock,
			);
		// A probe of an open breaker is no retry: it must not run out of retry tokens, which only a closed one earns.
		const isProbe = core.status().state !== "closed";
		return core.attempt(open, { attempt: isProbe ? 1 : attempt, signal: this.#abort.signal });
	}

	/** Answers true when the stream has ended for good, false when it broke and is to be reopened. */
	async #pull(
		upstream: FeedUpstream,
		progress: UpstreamProgress,
		name: string,
		{ iterator, first, end, release }: StartedStream,
	): Promise<boolean> {
		const intake = this.#intake;
		const outstanding: Promise<void>[] = [];
		const isLive = upstream.source.kind === "live";
		const live = isLive ? this.#live[upstream.index] : undefined;
		let isRelieved = false;
		const vouch = () => {
			this.#good(progress, true);
			live?.stands();
			isRelieved = this.#standby.isRelieved(upstream);
			if (isRelieved) end(new Failure("closed", "An upstream before this one is well again"));
		};
		const vouched = isLive && whileConnected(this.#options.runtime.clock, vouch);
		try {
			for (let item = await first; item.done !== true; item = await iterator.next()) {
				const { cursor } = item.value;
				await intake.room();
				const position = cursor === undefined ? undefined : { name, value: cursor };
				const span = upstream.trace?.hear();
				const received = intake.receive(this.name, upstream.index, [item.value], position, {}, span);
				// It is awaited below; the mark keeps a rejection in between from counting as unhandled.
				received.then(item.value.settled, (thrown: unknown) => this.#bad(progress, thrown, undefined));
				outstanding.push(received);
				if (outstanding.length >= STREAM_OUTSTANDING_MAX) await outstanding.shift();
				this.#good(progress, false);
			}
			await Promise.all(outstanding);
			this.#good(progress, true);
			return true;
		} catch (thrown) {
			live?.stands();
			if (!isRelieved) this.#bad(progress, thrown, undefined);
			await iterator.return?.();
			await Promise.allSettled(outstanding);
			return false;
		} finally {
			if (vouched) vouched();
			release();
		}
	}

	get #intake(): Intake {
		if (this.#started === undefined) throw new Failure("bug", `Feed ${this.name} was not started`);
		return this.#started;
	}

	/** A call that was not sent says nothing of upstream: the failure that led to it stays the one that is shown. */
	#refused({ index }: FeedUpstream, reason: Reason): Failure | undefined {
		const progress = this.progress[index] as UpstreamProgress;
		if ((reason === "open" || reason === "gate") && progress.failsNow) return undefined;
		const verdict = this.#verdicts[index] as AnswerVerdict;
		return verdict.refused(reason, this.#options.runtime.clock.monotonic());
	}

	/** What it told that was new; what it repeats, as one that stands still does, is silence. */
	#spoke({ index }: UpstreamProgress, { counts }: InterpretedFrame): void {
		const reports = counts.records - counts.removals;
		if (reports <= 0) return;
		if (this.upstreams[index]?.source.kind === "live")
			this.#live[index]?.heard(reports + counts.deadLetters, this.#options.runtime.clock.now());
		this.#standby.spoke(index);
	}

	/** What kept the feed from being read lately: the cause of a gap. */
	#trouble(): string {
		let newest: UpstreamProgress["lastFailure"];
		for (const { lastFailure } of this.progress) {
			if (lastFailure && lastFailure.time > (newest?.time ?? Number.NEGATIVE_INFINITY)) newest = lastFailure;
		}
		const unread = this.#gaps.oldestUnreadTime;
		if (newest !== undefined && newest.time >= (unread ?? this.startedTime)) return newest.code;
		return this.progress.some(({ silence }) => silence.isSilent) ? "silence" : "late";
	}

	#good(progress: UpstreamProgress, caughtUp: boolean): void {
		const now = this.#options.runtime.clock.now();
		progress.lastGoodTime = now;
		progress.failsNow = false;
		if (caughtUp) progress.caughtUpTime = now;
	}

	/** `thrown` is undefined when nothing failed, and only our own pace keeps upstream from being asked. */
	#bad(progress: UpstreamProgress, thrown: unknown, nextAttemptTime: EpochMs | undefined): void {
		progress.nextAttemptTime = nextAttemptTime;
		if (thrown === undefined) return;
		const code = thrown instanceof Failure ? thrown.code : "net.unreachable";
		progress.lastFailure = { time: this.#options.runtime.clock.now(), code, message: messageOf(thrown) };
		progress.failsNow = true;
	}
}

interface Asked {
	readonly result: SyncResult<PollResult>;
	/** Frames of an answer that cannot be valid. */
	readonly refusedFrames: readonly FrameDraft[];
	readonly read: Read;
}
