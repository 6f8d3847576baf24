import type { EpochMs } from "../model/units.js";
import type { Cancel } from "../runtime/runtime.js";
import type { LedgerAging, LedgerFolds, SpanMinutes } from "./ledger-spans.js";
import type { LetterChange, LetterView } from "./letters.js";

/**
 * `frames`: bytes as received, keyed by feed. `receipts`: what each interpreted frame gave (the ledger's evidence; on
 * one machine it takes the place of a topic of observations). `records`: by their key. `dead-letters` and `events`: by feed.
 */
export type Topic = "frames" | "receipts" | "records" | "dead-letters" | "events";
export const TOPICS: readonly Topic[] = ["frames", "receipts", "records", "dead-letters", "events"];

/** A place in the log. Offsets ascend within a partition and are never reused; they need not be dense. */
export interface Position {
	readonly topic: Topic;
	readonly partition: number;
	readonly offset: number;
}

/**
 * Entries of one topic, partition, feed and minute of receipt, stored as one row. `count` entries take the offsets
 * `firstOffset` to `firstOffset + count - 1`.
 *
 * For every topic but `frames`, `body` is the text of a JSON array with `count` elements, and `head` a JSON object with
 * what they share. For `frames`, `body` is the concatenated bytes, and `head` has an array `frames` with one object per
 * frame (its length in bytes first of all); see `frame-pack.ts`, `record-pack.ts` and `receipt-pack.ts`.
 */
export interface Pack {
	readonly topic: Topic;
	readonly partition: number;
	readonly feed: string;
	/** Minutes since the epoch of the frames' received time: the ledger's unit of account. */
	readonly minute: number;
	readonly count: number;
	readonly head: string;
	readonly body: string | Uint8Array;
}

export interface StoredPack extends Pack {
	readonly firstOffset: number;
}

/** `receive`, `interpret`, `admit`, `guards`, `redecode`, `dead-letters`, or `sink:<name>`. */
export type Step =
	| "receive"
	| "interpret"
	| "admit"
	| "guards"
	| "redecode"
	| "dead-letters"
	| `sink:${string}`;

/**
 * One line of a ledger account: so many items of a step, feed, partition and minute of receipt met this outcome. The
 * store adds it to the account that the minute belongs to by then: its own, or that of its hour or day (`ledger-spans.ts`).
 */
export interface Posting {
	readonly step: Step;
	readonly feed: string;
	readonly partition: number;
	readonly minute: number;
	/** `in` opens the account; every other word is an outcome. See `ledger.ts` for the words of each step. */
	readonly outcome: string;
	/** May be negative: replay, revision and retention move an item from one outcome to another. */
	readonly count: number;
}

export interface Commit {
	readonly append?: readonly Pack[];
	/**
	 * Inputs read and deliveries done: the next offset that the subscription will read. A commit that would move a cursor
	 * back is refused as a `bug`; `seek` says that an operator means it.
	 */
	readonly consumed?: readonly {
		readonly subscription: string;
		readonly next: Position;
		readonly seek?: boolean;
		/**
		 * The first offset that the postings of this commit account for. When retention has removed it meanwhile, it has
		 * posted it too: the commit is refused with `store.overtaken`, and whoever made it reads cursor and bounds again.
		 */
		readonly since?: number;
	}[];
	/** Source cursors, batch intents, snapshots. `null` deletes. */
	readonly state?: readonly { readonly name: string; readonly bytes: Uint8Array | string | null }[];
	readonly ledger?: readonly Posting[];
	/** What became of dead letters that stand in the log already. The store posts their account, `dead-letters`, itself. */
	readonly letters?: readonly LetterChange[];
	/** Refused with `store.fenced` when another owner has a higher epoch for this name. */
	readonly fence?: { readonly owner: string; readonly epoch: number };
}

export interface Limits {
	readonly entriesMax: number;
	readonly bytesMax: number;
}

export interface Page {
	/** In order; the first pack may begin before the offset that was asked for: skip `from.offset - firstOffset` entries. */
	readonly packs: readonly StoredPack[];
	/** Read from here next. Equal to the asked position when there is nothing newer. */
	readonly next: Position;
	/** The position was below the oldest kept entry: what lay between is gone by retention. */
	readonly skippedTo?: number;
}

export interface Assignment {
	readonly topic: Topic;
	readonly partitions: readonly number[];
	readonly epoch: number;
}

/** What a subscription has not read yet: from its present cursor, or from the oldest kept entry when it has none. */
export interface Unread {
	readonly topic: Topic;
	readonly partition: number;
	readonly subscription: string;
}

/** `minute` is the first one of the account's span. */
export interface LedgerRow extends Posting {
	readonly spanMinutes: SpanMinutes;
}

/** Accounts that begin in the given minutes. */
export interface LedgerFilter {
	readonly step?: Step;
	readonly feed?: string;
	readonly fromMinute?: number;
	readonly toMinute?: number;
}

/** An account whose outcomes are not as many as came in: `open` is what came in beyond them. */
export interface OpenAccount extends Omit<LedgerRow, "outcome" | "count"> {
	readonly open: number;
}

/** Sums over all partitions, per step, feed and outcome. */
export interface LedgerSum {
	readonly step: Step;
	readonly feed: string;
	/** The first minute of the hour, day or other stretch that was asked for; 0 when one sum over all time was. */
	readonly minute: number;
	readonly outcome: string;
	readonly count: number;
}

export interface LedgerSumQuery extends LedgerFilter {
	/** Minutes that one sum stands for, from the epoch on. An account that is coarser counts where it begins. */
	readonly everyMinutes?: number;
}

/** How much may be kept. What is older than `maxAgeMs` or beyond `maxBytes` (oldest first) goes, whole packs at a time. */
export interface Retention {
	readonly topic: Topic;
	readonly maxAgeMs: number;
	readonly maxBytes: number;
	/** Entries at or after this offset, by partition, stay (the slowest `every` cursor). */
	readonly keepFrom?: readonly number[];
}

/**
 * The durable log. One process owns a store; a second one is refused with `store.locked`.
 * Contract: `src/testing/log-contract.ts`; every implementation passes it with 1, 3 and 8 partitions.
 */
export interface Log extends LetterView {
	/** Fixed when the store is created. Default 8. */
	partitions(topic: Topic): number;
	/**
	 * All or nothing, and durable when it resolves (`durability: sync`). Answers with the first offset of each pack of
	 * `append`. Commits take effect in the order of the calls; calls that arrive while one is being synced share the next
	 * sync. Rejects with `store.fenced`, `store.full` (nothing was written; may be called again) or `store.sync` (final:
	 * the store refuses everything from then on). Bodies stay the caller's: bytes are copied, never transferred away.
	 */
	commit(commit: Commit): Promise<readonly Position[]>;
	/** Answers at once, also when there is nothing newer. */
	read(from: Position, limits: Limits, signal?: AbortSignal): Promise<Page>;
	/** All kept packs of a feed and a minute of receipt, by partition and offset: to look back at one frame. */
	packsOfMinute(topic: Topic, feed: string, minute: number): Promise<readonly StoredPack[]>;
	/** The oldest kept offset and the next one to be given. */
	bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }>;
	/** The first offset of a pack whose minute of receipt is at or after the given time, or the end. */
	offsetAt(topic: Topic, partition: number, time: EpochMs): Promise<number>;
	/** Where a subscription reads next, or undefined when it has never committed. */
	cursor(subscription: string, topic: Topic, partition: number): Promise<number | undefined>;
	state(name: string): Promise<Uint8Array | undefined>;
	/** Names that begin with the prefix, sorted. */
	stateNames(prefix: string): Promise<readonly string[]>;
	/** Sums per account and outcome, as many as there are: for a long time ask for `ledgerSums`. */
	ledger(filter?: LedgerFilter): Promise<readonly LedgerRow[]>;
	/** Adds up in the store, so that the answer is small however much the ledger holds. In order of minute, step and feed. */
	ledgerSums(query?: LedgerSumQuery): Promise<readonly LedgerSum[]>;
	/** The accounts where `in` and the outcomes differ, and how many accounts there are. */
	openAccounts(
		filter?: LedgerFilter,
	): Promise<{ readonly accounts: number; readonly open: readonly OpenAccount[] }>;
	/** How far the ledger is folded. */
	ledgerFolds(): Promise<LedgerFolds>;
	/**
	 * Folds old accounts into hours and days, and removes those that are older than `keepMs` once nothing of their time, or
	 * of any time before it, is kept in any topic: so nothing that is pending ever loses its account. From the first step on every posting to a folded minute lands in its span, so no sum changes. In small
	 * transactions, all or nothing; may be called again at any time. Answers how many rows there are less.
	 */
	foldLedger(
		aging: LedgerAging,
		now: EpochMs,
	): Promise<{ readonly folded: number; readonly removed: number }>;
	/**
	 * Counts entries per feed and span of the ledger at or after an offset, or after the cursor of a subscription: the `pending` term
	 * is counted, never a remainder. Calls of one turn see one state of the log, as `ledger` does in the same turn.
	 */
	pending(
		from: Position | Unread,
	): Promise<readonly { readonly feed: string; readonly minute: number; readonly count: number }[]>;
	/**
	 * Called after each commit with the partitions that grew, in the order of registration, before or in the same turn as
	 * the commit's promise resolves. Must not throw.
	 */
	onAppend(
		listener: (
			grown: readonly { readonly topic: Topic; readonly partition: number; readonly end: number }[],
		) => void,
	): Cancel;
	/** Partitions for a consumer to own. On one machine: all of them, once. */
	subscribe(name: string, sharing: "shared" | "broadcast", signal: AbortSignal): AsyncIterable<Assignment>;
	/** Applies retention and posts what it removed as `expired`. Answers what went. */
	retain(
		policy: Retention,
		now: EpochMs,
	): Promise<{ readonly packs: number; readonly entries: number; readonly bytes: number }>;
	/** Bytes and entries per topic, for status and metrics. */
	usage(): Promise<readonly { readonly topic: Topic; readonly entries: number; readonly bytes: number }[]>;
	close(): Promise<void>;
}
