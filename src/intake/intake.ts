import { type StoredFrame, unpackFrames } from "../log/frame-pack.js";
import type { FrameTraces } from "../log/frame-traces.js";
import { PostingSheet } from "../log/ledger.js";
import type { Commit, Log } from "../log/log.js";
import { partitionOf } from "../log/partitioner.js";
import { RecentRecords } from "../log/recent-records.js";
import { Failure, kindOf } from "../model/failure.js";
import { endWith, type Span } from "../model/trace.js";
import { type EpochMs, MINUTE_MS } from "../model/units.js";
import { type Runtime, sleep } from "../runtime/runtime.js";
import { giveWay } from "../runtime/turn.js";
import type { FrameDraft } from "../sources/source.js";
import { ADMIT_DEFAULTS, Admitter } from "./admit.js";
import { traceBatch } from "./batch-trace.js";
import { packByMinute } from "./draft-packs.js";
import { restoreGuards, sealGuards } from "./guards-memory.js";
import { type FrameReader, InterpretBatch, type InterpretedFrame } from "./interpret.js";
import { leftBehind } from "./left-behind.js";
import { MemoryOfKeys } from "./memory-of-keys.js";
import { readerOf, refusing } from "./reader-of.js";
import { Readmitter } from "./readmit.js";
import type { RedecodeCounts } from "./redecode.js";
import { RedecodeTurns } from "./redecode-turns.js";
import { WaitingChanges } from "./waiting-changes.js";

export interface IntakeOptions {
	readonly log: Log;
	readonly runtime: Runtime;
	/** How to read the frames of a feed, by the number of the upstream. */
	readonly readers: ReadonlyMap<string, readonly FrameReader[]>;
	/** Default 60 s. */
	readonly futureSkewMs?: number;
	readonly dedupeKeys?: number;
	readonly dedupeAgeMs?: number;
	/** A larger frame is stored and dead-lettered undecoded. Default 32 MiB. */
	readonly frameMaxBytes?: number;
	/** Received but not yet interpreted bytes at which `room` makes callers wait. Default 4 MiB. */
	readonly backlogMaxBytes?: number;
	/** Called for each frame once what it gave is durable. Must not throw. */
	readonly onInterpreted?: (frame: InterpretedFrame) => void;
	/** Where the traces of frames stand. Absent: nothing is traced. */
	readonly traces?: FrameTraces | undefined;
	/** Called when the store cannot commit, and when it can again (`undefined`). */
	readonly onStoreTrouble?: (failure: Failure | undefined) => void;
}

/** One commit carries at most about this much, so that latency and memory stay bounded. */
const BATCH_ITEMS_MAX = 4096;
const BATCH_BYTES_MAX = 2 * 1024 * 1024;
const BATCH_CPU_MS_MAX = 25;
/** So many microtasks until a store has begun with a commit, and works on it while the next batch is decoded in this thread. */
const HAND_OVER_MICROTASKS = 24;
const COMMIT_RETRY_FIRST_MS = 100;
const COMMIT_RETRY_MAX_MS = 5_000;

/**
 * Receive, interpret, admit. `receive` makes frames and the source's cursor durable and resolves; then, in the order of
 * their positions, frames are decoded and their items decided, and one commit carries all that they gave together with
 * the position that was read to. A crash between the two finds the frames in the log and interprets them at the start.
 */
export class Intake {
	readonly recent: RecentRecords;
	readonly #options: IntakeOptions;
	readonly #log: Log;
	readonly #runtime: Runtime;
	readonly #admitter: Admitter;
	readonly #memory: MemoryOfKeys;
	/** Refusals, which ride in the next commit that succeeds. */
	readonly #refused = new PostingSheet();
	/** The disk was full for what was received last. */
	#findsNoRoom = false;
	readonly #partitions: number;
	readonly #queue: StoredFrame[] = [];
	/** One of them goes before each batch. */
	readonly #turns: RedecodeTurns;
	#pump: Promise<void> | undefined;
	readonly #abort = new AbortController();
	/** Changes that wait for the moment between two commits. */
	readonly #changes = new WaitingChanges();
	/** By feed: calls of `receive` that are under way. */
	readonly #receiving = new Map<string, number>();
	readonly #frameMaxBytes: number;
	readonly #backlogMaxBytes: number;
	#backlogBytes = 0;
	#waiting: (() => void)[] = [];
	#failed: Failure | undefined;
	#closed = false;
	#newestReceived: EpochMs = 0;
	#sweptMinute = 0;

	private constructor(
		options: IntakeOptions,
		admitter: Admitter,
		memory: MemoryOfKeys,
		recent: RecentRecords,
	) {
		this.#options = options;
		this.#log = options.log;
		this.#runtime = options.runtime;
		this.#admitter = admitter;
		this.#memory = memory;
		this.recent = recent;
		this.#turns = this.#redecodeTurns(new Readmitter(admitter, options.futureSkewMs));
		this.#partitions = options.log.partitions("frames");
		this.#frameMaxBytes = options.frameMaxBytes ?? 32 * 1024 * 1024;
		this.#backlogMaxBytes = options.backlogMaxBytes ?? 4 * 1024 * 1024;
	}

	/** Restores what is remembered of keys, then interprets the frames that a crash left behind. */
	static async start(options: IntakeOptions): Promise<Intake> {
		const dedupeAgeMs = options.dedupeAgeMs ?? ADMIT_DEFAULTS.dedupeAgeMs;
		const admitter = new Admitter({
			partitions: options.log.partitions("records"),
			futureSkewMs: options.futureSkewMs ?? ADMIT_DEFAULTS.futureSkewMs,
			dedupeKeys: options.dedupeKeys ?? ADMIT_DEFAULTS.dedupeKeys,
			dedupeAgeMs,
		});
		const memory = new MemoryOfKeys(options.log, admitter);
		await memory.restore(options.runtime.clock.now(), dedupeAgeMs);
		await restoreGuards(options.log, options.readers);
		const intake = new Intake(options, admitter, memory, new RecentRecords(options.log, memory.ends));
		for (let partition = 0; partition < intake.#partitions; partition++) await intake.#recover(partition);
		return intake;
	}

	/** True while another frame may be received without exceeding the bound on what waits to be interpreted. */
	get hasRoom(): boolean {
		return this.#backlogBytes < this.#backlogMaxBytes;
	}

	/** Resolves when there is room: sources await it before they ask upstream for more. */
	async room(): Promise<void> {
		while (!this.hasRoom && !this.#closed && this.#failed === undefined) {
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	/**
	 * Resolves when the frames, and the cursor that covers them, are durable. Rejects with the store's `Failure` when they
	 * are not: nothing was kept, and the sender must be told so. `riders` hold or fail with them.
	 */
	async receive(
		feed: string,
		upstream: number,
		drafts: readonly FrameDraft[],
		cursor?: { readonly name: string; readonly value: string },
		riders: Pick<Commit, "append" | "state" | "ledger"> = {},
		span?: Span,
	): Promise<void> {
		if (this.#failed !== undefined) throw this.#failed;
		if (this.#closed) throw new Failure("closed", "The hub is stopping and takes no more frames");
		const partition = partitionOf(feed, this.#partitions);
		const packs = packByMinute(feed, upstream, drafts, partition);
		const sheet = new PostingSheet();
		for (const pack of packs) {
			sheet.add("receive", feed, partition, pack.minute, "in", pack.count);
			sheet.add("receive", feed, partition, pack.minute, "stored", pack.count);
			sheet.add("interpret", feed, partition, pack.minute, "in", pack.count);
		}
		const state = cursor === undefined ? [] : [{ name: cursor.name, bytes: cursor.value }];
		const bytes = packs.reduce((sum, pack) => sum + pack.body.length, 0);
		// Counted from here on, so that a crowd of senders at one time meets the bound too.
		this.#backlogBytes += bytes;
		this.#receiving.set(feed, (this.#receiving.get(feed) ?? 0) + 1);
		let positions: Awaited<ReturnType<Log["commit"]>>;
		try {
			positions = await this.#log.commit({
				append: [...packs, ...(riders.append ?? [])],
				state: [...state, ...(riders.state ?? [])],
				ledger: [...sheet.take(), ...(riders.ledger ?? [])],
			});
		} catch (thrown) {
			this.#backlogBytes -= bytes;
			if (thrown instanceof Failure && thrown.code === "store.full") {
				this.#findsNoRoom = true;
				this.#options.onStoreTrouble?.(thrown);
			}
			for (const pack of packs) {
				this.#refused.add("receive", feed, partition, pack.minute, "in", pack.count);
				this.#refused.add("receive", feed, partition, pack.minute, "refused", pack.count);
			}
			endWith(span, thrown);
			throw thrown;
		} finally {
			this.#receiving.set(feed, (this.#receiving.get(feed) ?? 1) - 1);
			if (!this.#changes.isEmpty) this.#startPump();
		}
		if (this.#findsNoRoom) {
			this.#findsNoRoom = false;
			this.#options.onStoreTrouble?.(undefined);
		}
		packs.forEach((pack, at) => {
			const firstOffset = positions[at]?.offset as number;
			for (const frame of unpackFrames({ ...pack, firstOffset })) {
				this.#queue.push(frame);
				if (span !== undefined) this.#options.traces?.remember(frame, span.context);
			}
		});
		span?.end({ attributes: { "messaging.batch.message_count": drafts.length, "wayside.bytes": bytes } });
		this.#startPump();
	}

	/**
	 * Runs a change of readers or sinks between two commits, once no frame of these feeds waits to be interpreted: nobody
	 * may send any more. Meanwhile frames of others are received as ever, and interpreted when the change is done.
	 */
	between(feeds: ReadonlySet<string>, run: () => Promise<void>): Promise<void> {
		if (this.#failed !== undefined) return Promise.reject(this.#failed);
		const done = this.#changes.add(feeds, run);
		this.#startPump();
		return done;
	}

	/**
	 * Decodes frames again that were interpreted before, and appends what differs from what they gave then, in one commit
	 * with what `more` adds to it. It takes a turn between batches of live frames. With `dry` nothing is written. Rejects
	 * with `store.changed` when a letter of `more` is settled already; nothing happened then.
	 */
	redecode(...frames: Parameters<RedecodeTurns["add"]>): Promise<RedecodeCounts> {
		const counts = this.#turns.add(...frames);
		this.#startPump();
		if (this.#failed !== undefined || this.#closed) this.#turns.refuse();
		return counts;
	}

	#redecodeTurns(readmitter: Readmitter): RedecodeTurns {
		return new RedecodeTurns({
			log: this.#log,
			readmitter,
			now: () => this.#options.runtime.clock.now(),
			trouble: () =>
				this.#failed ?? (this.#closed ? new Failure("closed", "The hub is stopping") : undefined),
			readerOf: (frame) => this.#readerOf(frame),
			commit: async (commit) => {
				const positions = await this.#commitUntilDurable(commit);
				commit.append?.forEach((pack, at) => {
					const offset = positions[at]?.offset as number;
					if (pack.topic === "records") this.#memory.committed(pack.partition, offset + pack.count);
				});
			},
			remember: (appended) => {
				const minute = Math.floor(this.#newestReceived / MINUTE_MS);
				for (const one of appended) readmitter.remember(one, minute);
			},
		});
	}

	/** Resolves when every received frame has been interpreted and what it gave is durable. */
	async idle(): Promise<void> {
		while (this.#pump !== undefined) await this.#pump;
		if (this.#failed !== undefined) throw this.#failed;
	}

	/** Takes no more frames, and finishes those that it has unless the store fails. */
	async close(): Promise<void> {
		this.#closed = true;
		this.#wake();
		try {
			await this.idle();
		} catch (thrown) {
			if (this.#failed === undefined) throw thrown;
		}
		this.recent.close();
	}

	/** Gives up on commits that are being retried: for a second Ctrl-C. */
	abort(): void {
		this.#closed = true;
		this.#abort.abort(new Failure("closed", "The hub was told to stop at once"));
		this.#wake();
	}

	#startPump(): void {
		if (this.#pump !== undefined || this.#failed !== undefined) return;
		this.#pump = this.#drain().then(() => {
			this.#pump = undefined;
			const isMore = this.#queue.length > 0 || this.#turns.isWaiting;
			if (isMore || this.#isChangeDue()) this.#startPump();
		});
	}

	/**
	 * One commit is under way while the next batch is decoded. There is one pump for all partitions, because a batch moves
	 * windows and marks that a snapshot in another commit would otherwise show before their records are durable.
	 */
	async #drain(): Promise<void> {
		let underWay: Promise<void> | undefined;
		while (this.#failed === undefined) {
			if (this.#isChangeDue()) {
				await underWay;
				if (this.#failed !== undefined) return;
				await this.#changes.make();
				continue;
			}
			const turn = this.#turns.next();
			if (turn !== undefined) {
				await underWay;
				underWay = undefined;
				await turn();
				if (this.#queue.length === 0 || this.#failed !== undefined) continue;
			}
			if (this.#queue.length === 0) break;
			const { batch, frames, interpreted, startedTime } = this.#interpret();
			await underWay;
			if (this.#failed !== undefined) return;
			underWay = this.#commitTraced(batch, frames, interpreted, startedTime).catch((thrown: unknown) =>
				this.#fail(thrown),
			);
			await giveWay(HAND_OVER_MICROTASKS);
		}
		await underWay;
	}

	#isChangeDue(): boolean {
		return this.#changes.isDue(
			(name) => (this.#receiving.get(name) ?? 0) > 0 || this.#queue.some(({ feed }) => feed === name),
		);
	}

	#interpret() {
		const batch = new InterpretBatch(this.#admitter);
		const started = this.#runtime.clock.monotonic();
		const now = this.#runtime.clock.now();
		const interpreted: InterpretedFrame[] = [];
		for (const frame of this.#queue) {
			interpreted.push(batch.add(frame, this.#readerOf(frame), now));
			if (batch.items >= BATCH_ITEMS_MAX || batch.bytes >= BATCH_BYTES_MAX) break;
			if (this.#runtime.clock.monotonic() - started >= BATCH_CPU_MS_MAX) break;
		}
		return { batch, frames: this.#queue.splice(0, interpreted.length), interpreted, startedTime: now };
	}

	#commitTraced(
		batch: InterpretBatch,
		frames: readonly StoredFrame[],
		interpreted: readonly InterpretedFrame[],
		startedTime: EpochMs,
	): Promise<void> {
		const commit = () => this.#commit(batch, frames, interpreted);
		const { traces } = this.#options;
		return traces === undefined ? commit() : traceBatch(traces, frames, interpreted, startedTime, commit);
	}

	async #commit(
		batch: InterpretBatch,
		frames: readonly StoredFrame[],
		interpreted: readonly InterpretedFrame[],
		state: NonNullable<Commit["state"]> = [],
	): Promise<void> {
		this.#forgetOld(frames);
		const { commit, appended } = batch.finish();
		const counts = new Map<number, number>();
		for (const { partition: to, records } of appended) counts.set(to, (counts.get(to) ?? 0) + records.length);
		const sealed = this.#memory.seal(counts);
		for (const { partition: to, records } of appended) this.recent.expect(to, records);
		const guarded = sealGuards(this.#options.readers, this.#newestReceived);
		const positions = await this.#commitUntilDurable({
			...commit,
			state: [...state, ...sealed, ...guarded],
			ledger: [...(commit.ledger ?? []), ...this.#refused.take()],
		});
		commit.append?.forEach((pack, at) => {
			const offset = positions[at]?.offset as number;
			if (pack.topic === "records") this.#memory.committed(pack.partition, offset + pack.count);
		});
		for (const frame of frames) this.#backlogBytes -= frame.bytes.byteLength;
		if (this.hasRoom) this.#wake();
		for (const one of interpreted) this.#options.onInterpreted?.(one);
	}

	/** The same commit again until it holds: windows and marks have moved already, and must not run ahead of the log. */
	async #commitUntilDurable(commit: Commit): Promise<Awaited<ReturnType<Log["commit"]>>> {
		let delayMs = COMMIT_RETRY_FIRST_MS;
		for (let troubled = false; ; troubled = true) {
			try {
				const positions = await this.#log.commit(commit);
				if (troubled) this.#options.onStoreTrouble?.(undefined);
				return positions;
			} catch (thrown) {
				const isRefused = thrown instanceof Failure && thrown.code === "store.changed";
				if (isRefused || !(thrown instanceof Failure) || kindOf(thrown) !== "transient") throw thrown;
				this.#options.onStoreTrouble?.(thrown);
				await sleep(this.#runtime.clock, delayMs, this.#abort.signal);
				delayMs = Math.min(COMMIT_RETRY_MAX_MS, delayMs * 2);
			}
		}
	}

	#readerOf(frame: StoredFrame): FrameReader {
		return readerOf(frame, this.#options.readers, this.#frameMaxBytes);
	}

	/** Age is counted from the newest received time, so that a replay of old frames remembers as much as they need. */
	#forgetOld(frames: readonly StoredFrame[]): void {
		for (const { receivedTime } of frames)
			this.#newestReceived = Math.max(this.#newestReceived, receivedTime);
		const minute = Math.floor(this.#newestReceived / MINUTE_MS);
		if (minute === this.#sweptMinute) return;
		this.#sweptMinute = minute;
		this.#admitter.forget(this.#newestReceived);
	}

	/** Interprets what a crash left behind, one frame a commit. */
	async #recover(partition: number): Promise<void> {
		const commit = (one: Commit) => this.#commitUntilDurable(one);
		for await (const { frame, killed, state } of leftBehind(this.#log, partition, commit)) {
			const known = this.#readerOf(frame);
			const reader = killed ? refusing(frame, killed, known) : known;
			const batch = new InterpretBatch(this.#admitter);
			const interpreted = batch.add(frame, reader, this.#runtime.clock.now());
			this.#backlogBytes += frame.bytes.byteLength;
			await this.#commit(batch, [frame], [interpreted], state);
		}
	}

	#fail(thrown: unknown): void {
		this.#failed =
			thrown instanceof Failure ? thrown : new Failure("bug", "Intake failed", { cause: thrown });
		this.#options.onStoreTrouble?.(this.#failed);
		this.#changes.refuse(this.#failed);
		this.#turns.refuse();
		this.#wake();
	}

	#wake(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const resolve of waiting) resolve();
	}
}
