import { type AccountName, type AuditBook, minuteText } from "./audit-book.js";
import type { DeadLetter } from "./dead-letter.js";
import { OffsetRanges } from "./offset-ranges.js";
import type { Receipt } from "./receipt-pack.js";

/** A frame whose items are not all accounted for yet. */
interface OpenFrame {
	readonly partition: number;
	readonly offset: number;
	feed: string;
	minute: number;
	isStored: boolean;
	receipt: Receipt | undefined;
	/** By item: what became of it, or 0. Only when the receipt has been read. */
	fates: Uint8Array | undefined;
	/** Items in `fates` that are still 0. */
	left: number;
	/** Records that came before their receipt. */
	readonly records: number[];
	/** Indexes of the dead letters that were read; -1 stands for the frame as a whole. */
	readonly letters: Set<number>;
}

export interface FrameRules {
	/** The frame's bytes are gone by retention, so nobody can ask for them. */
	areBytesGone(partition: number, feed: string, minute: number): boolean;
	areLettersGone(partition: number, feed: string, minute: number): boolean;
	/** Records or receipts are gone: the items of this frame can no longer be told one by one. */
	areItemsGone(partition: number, feed: string, minute: number): boolean;
	/** Where `interpret` reads next. */
	cursor(partition: number): number;
}

const FATES = ["", "a record", "a duplicate", "a dead letter", "ignored"] as const;
const RECORD = 1;
const DUPLICATE = 2;
const DEAD_LETTER = 3;
const IGNORED = 4;
/** No decoder gives so many items: a receipt that says so is damaged. */
const ITEMS_MAX = 4_000_000;
const WHOLE_FRAME = -1;
const ITEMS_NAMED_MAX = 5;

/**
 * Follows each frame until its bytes, its receipt, its records and its dead letters agree item by item. A frame that is
 * complete is closed and costs nothing more; whatever comes for it later is one too many. What is open at the end
 * lacks something.
 */
export class FrameTally {
	readonly #book: AuditBook;
	readonly #rules: FrameRules;
	readonly #open: Map<number, OpenFrame>[] = [];
	readonly #closed: OffsetRanges[] = [];
	/** The last answer of `areItemsGone`: records of one frame ask the same again and again. */
	#gone = { partition: -1, feed: "", minute: -1, areItemsGone: false };

	constructor(book: AuditBook, rules: FrameRules) {
		this.#book = book;
		this.#rules = rules;
	}

	frame(partition: number, offset: number, feed: string, minute: number): void {
		if (offset >= this.#rules.cursor(partition)) return;
		const open = this.#openFrame(partition, offset, feed, minute);
		if (!open) return;
		open.isStored = true;
		this.#closeIfComplete(open);
	}

	receipt(partition: number, feed: string, minute: number, receipt: Receipt): void {
		const account: AccountName = { step: "interpret", feed, partition, minute };
		const item = `the receipt of frame ${partition}/${receipt.frame}`;
		if (receipt.frame >= this.#rules.cursor(partition)) {
			this.#book.find(account, item, "stands for a frame that interpret has not read by its cursor");
		}
		const open = this.#openFrame(partition, receipt.frame, feed, minute);
		if (!open || open.receipt) {
			this.#book.find(account, item, "is there twice");
			return;
		}
		open.receipt = receipt;
		// An earlier record may have misnamed them.
		open.feed = feed;
		open.minute = minute;
		const { items, removals = 0 } = receipt;
		if (!isCount(items) || !isCount(removals)) {
			this.#book.find(account, item, `says ${items} items and ${removals} removals, which no frame has`);
			return;
		}
		open.fates = new Uint8Array(items + removals);
		open.left = items + removals;
		this.#fateRanges(open, receipt.duplicates, DUPLICATE);
		this.#fateRanges(open, receipt.deadLetters, DEAD_LETTER);
		this.#fateRanges(open, receipt.ignored, IGNORED);
		for (const index of open.records) this.#fate(open, index, RECORD);
		open.records.length = 0;
		this.#closeIfComplete(open);
	}

	record(partition: number, offset: number, feed: string, minute: number, index: number, id: string): void {
		if (this.#areItemsGone(partition, feed, minute)) return;
		const open = this.#openFrame(partition, offset, feed, minute);
		const account: AccountName = { step: "admit", feed, partition, minute };
		if (!open) {
			this.#book.find(
				account,
				`item ${index} of frame ${partition}/${offset}`,
				`is accounted for twice: record ${id} came on top of a complete frame`,
			);
			return;
		}
		if (open.fates) this.#fate(open, index, RECORD);
		else open.records.push(index);
		this.#closeIfComplete(open);
	}

	letter(partition: number, feed: string, minute: number, letter: DeadLetter): void {
		// Where some are gone, the frames of those that are left are complete without them.
		if (this.#rules.areLettersGone(partition, feed, minute)) return;
		const { offset } = letter.frame;
		const index = letter.index ?? WHOLE_FRAME;
		const open = this.#openFrame(partition, offset, feed, minute);
		if (!open || open.letters.has(index)) {
			this.#book.find(
				letterAccount(index, { feed, partition, minute }),
				letterName(index, partition, offset),
				open ? "is there twice" : "is one more than its frame's receipt says",
			);
			return;
		}
		open.letters.add(index);
		this.#closeIfComplete(open);
	}

	/** Everything has been read: whoever is still open lacks something. */
	finish(): void {
		for (const frames of this.#open) {
			for (const open of frames?.values() ?? []) this.#report(open);
		}
	}

	#areItemsGone(partition: number, feed: string, minute: number): boolean {
		const last = this.#gone;
		if (last.partition !== partition || last.feed !== feed || last.minute !== minute) {
			const areItemsGone = this.#rules.areItemsGone(partition, feed, minute);
			this.#gone = { partition, feed, minute, areItemsGone };
		}
		return this.#gone.areItemsGone;
	}

	#openFrame(partition: number, offset: number, feed: string, minute: number): OpenFrame | undefined {
		this.#closed[partition] ??= new OffsetRanges();
		if (this.#closed[partition]?.has(offset)) return undefined;
		this.#open[partition] ??= new Map();
		const frames = this.#open[partition] as Map<number, OpenFrame>;
		let open = frames.get(offset);
		if (!open) {
			open = {
				partition,
				offset,
				feed,
				minute,
				isStored: false,
				receipt: undefined,
				fates: undefined,
				left: 0,
				records: [],
				letters: new Set(),
			};
			frames.set(offset, open);
		}
		return open;
	}

	#fate(open: OpenFrame, index: number, fate: number): void {
		const before = open.fates?.[index];
		const name = itemName(open, index);
		if (before === undefined) {
			this.#book.find(
				admitAccount(open),
				name,
				`is ${FATES[fate]}, and the receipt knows ${open.fates?.length ?? 0} items`,
			);
		} else if (before !== 0) {
			this.#book.find(
				admitAccount(open),
				name,
				`is accounted for twice: as ${FATES[before]} and as ${FATES[fate]}`,
			);
		} else if (open.fates) {
			open.fates[index] = fate;
			open.left--;
		}
	}

	#fateRanges(open: OpenFrame, text: string, fate: number): void {
		if (text === "") return;
		for (const part of text.split(",")) {
			const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
			const from = Number(first);
			const to = Math.min(Number(last ?? first), ITEMS_MAX);
			if (Number.isNaN(from)) {
				this.#book.find(
					{ ...admitAccount(open), step: "interpret" },
					`the receipt of frame ${open.partition}/${open.offset}`,
					`has the range "${part}", which is none`,
				);
			}
			// One index too far is enough to say that the range is wrong.
			const end = Math.min(to, open.fates?.length ?? 0);
			for (let index = from; index <= end; index++) this.#fate(open, index, fate);
			if (from > end) this.#fate(open, from, fate);
		}
	}

	#closeIfComplete(open: OpenFrame): void {
		const { partition, offset, feed, minute, receipt } = open;
		if (!receipt || (open.left > 0 && !this.#areItemsGone(partition, feed, minute))) return;
		if (this.#lacks(open).next().done !== true) return;
		this.#open[partition]?.delete(offset);
		this.#closed[partition]?.add(offset);
	}

	/** What a frame still lacks, as findings that are true if nothing more comes. */
	*#lacks(open: OpenFrame): Generator<readonly [AccountName, string, string]> {
		const { partition, offset, feed, minute, receipt, fates } = open;
		const frame = `frame ${partition}/${offset}`;
		if (!open.isStored && !this.#rules.areBytesGone(partition, feed, minute)) {
			yield [{ step: "receive", feed, partition, minute }, frame, "is not stored, and others point to it"];
		}
		const itemsGone = this.#areItemsGone(partition, feed, minute);
		const lettersGone = this.#rules.areLettersGone(partition, feed, minute);
		if (!receipt) {
			if (itemsGone) return;
			const what = "is missing, and interpret has read the frame by its cursor";
			yield [{ step: "interpret", feed, partition, minute }, `the receipt of ${frame}`, what];
			return;
		}
		for (const [index, fate] of fates?.entries() ?? []) {
			if (fate === 0 && !itemsGone) {
				const what = "is neither a record nor a duplicate, a dead letter or ignored: it is lost";
				yield [admitAccount(open), itemName(open, index), what];
			}
			if (fate === DEAD_LETTER && !lettersGone && !open.letters.has(index)) {
				yield [admitAccount(open), letterName(index, partition, offset), "is missing"];
			}
		}
		for (const index of open.letters) {
			const isKnown = index === WHOLE_FRAME ? receipt.frameDeadLetter : fates?.[index] === DEAD_LETTER;
			const account = letterAccount(index, { feed, partition, minute });
			if (!isKnown)
				yield [account, letterName(index, partition, offset), "is one more than the receipt says"];
		}
		if (receipt.frameDeadLetter && !lettersGone && !open.letters.has(WHOLE_FRAME)) {
			const account: AccountName = { step: "interpret", feed, partition, minute };
			yield [account, letterName(WHOLE_FRAME, partition, offset), "is missing"];
		}
	}

	#report(open: OpenFrame): void {
		let named = 0;
		let omitted = 0;
		for (const [account, item, message] of this.#lacks(open)) {
			if (named++ < ITEMS_NAMED_MAX) this.#book.find(account, item, message);
			else omitted++;
		}
		if (omitted > 0) {
			const frame = `frame ${open.partition}/${open.offset}`;
			this.#book.find(
				admitAccount(open),
				`${omitted} more items of ${frame}`,
				`of ${minuteText(open.minute)} are wrong`,
			);
		}
	}
}

function isCount(count: number): boolean {
	return Number.isInteger(count) && count >= 0 && count <= ITEMS_MAX;
}

function admitAccount({ feed, partition, minute }: Omit<AccountName, "step">): AccountName {
	return { step: "admit", feed, partition, minute };
}

function letterAccount(index: number, account: Omit<AccountName, "step">): AccountName {
	return { ...admitAccount(account), step: index === WHOLE_FRAME ? "interpret" : "admit" };
}

function itemName({ partition, offset }: OpenFrame, index: number): string {
	return `item ${index} of frame ${partition}/${offset}`;
}

function letterName(index: number, partition: number, offset: number): string {
	const frame = `frame ${partition}/${offset}`;
	return index === WHOLE_FRAME
		? `the dead letter of ${frame}`
		: `the dead letter of item ${index} of ${frame}`;
}
