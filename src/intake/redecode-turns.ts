import type { StoredFrame } from "../log/frame-pack.js";
import type { Commit, Log } from "../log/log.js";
import type { Failure } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";
import type { FrameReader } from "./interpret.js";
import type { Readmitted, Readmitter } from "./readmit.js";
import { PastFrames, RedecodeBatch, type RedecodeCounts, type RedecodedFrame } from "./redecode.js";

/** What a turn needs of intake. */
interface Workshop {
	readonly log: Log;
	readonly readmitter: Readmitter;
	now(): EpochMs;
	/** Why nothing can be done any more. */
	trouble(): Failure | undefined;
	readerOf(frame: StoredFrame): FrameReader;
	/** Commits what was made, and answers when it is durable. */
	commit(commit: Commit): Promise<void>;
	/** What was appended is durable: it is remembered as live reports are. */
	remember(appended: readonly Readmitted[]): void;
}

/** What the caller adds to the commit that carries its frames. */
type More = (frames: readonly RedecodedFrame[], counts: RedecodeCounts) => Pick<Commit, "state" | "letters">;

export interface RedecodeOptions {
	/** Nothing is written. */
	readonly dry?: boolean;
}

/** Decoding again takes turns with live frames, because it needs windows and marks to stand still while it compares. */
export class RedecodeTurns {
	readonly #workshop: Workshop;
	readonly #past: PastFrames;
	readonly #turns: (() => Promise<void>)[] = [];

	constructor(workshop: Workshop) {
		this.#workshop = workshop;
		this.#past = new PastFrames(workshop.log, workshop.readmitter);
	}

	get isWaiting(): boolean {
		return this.#turns.length > 0;
	}

	next(): (() => Promise<void>) | undefined {
		return this.#turns.shift();
	}

	/** The frames wait for their turn; the answer rejects when there will be none. */
	add(frames: readonly StoredFrame[], more: More, options: RedecodeOptions = {}): Promise<RedecodeCounts> {
		return new Promise((resolve, reject) => {
			this.#turns.push(() => this.#redecode(frames, more, options).then(resolve, reject));
		});
	}

	/** Intake can do nothing any more: who waits is told so. */
	refuse(): void {
		for (const turn of this.#turns.splice(0)) void turn();
	}

	async #redecode(
		frames: readonly StoredFrame[],
		more: More,
		{ dry = false }: RedecodeOptions,
	): Promise<RedecodeCounts> {
		const workshop = this.#workshop;
		const trouble = workshop.trouble();
		if (trouble !== undefined) throw trouble;
		const batch = new RedecodeBatch(workshop.readmitter, workshop.now());
		for (const frame of frames) {
			batch.add(frame, workshop.readerOf(frame), await this.#past.before(frame));
		}
		if (dry) return batch.counts;
		const { append = [], ledger = [] } = batch.finish(await this.#past.openAmong(batch.letters));
		await workshop.commit({ append, ledger, ...more(batch.frames, batch.counts) });
		workshop.remember(batch.appended);
		if (batch.appended.length > 0 || batch.isReadOtherwise) this.#past.forget();
		return batch.counts;
	}
}
