import { checkPartitions } from "../log/commit-check.js";
import type { LedgerAging, LedgerFolds } from "../log/ledger-spans.js";
import type { LetterIssue, LetterPage, LetterQuery, SettledLetters } from "../log/letters.js";
import type {
	Assignment,
	Commit,
	LedgerFilter,
	LedgerRow,
	LedgerSum,
	LedgerSumQuery,
	Limits,
	Log,
	OpenAccount,
	Page,
	Position,
	Retention,
	StoredPack,
	Topic,
	Unread,
} from "../log/log.js";
import { assignAll } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import type { Cancel, Chance } from "../runtime/runtime.js";
import { giveWay } from "../runtime/turn.js";
import { RANDOM_BYTES_PER_PACK } from "./frame-cipher.js";
import { openInThread } from "./in-thread-host.js";
import type { DiskSpace } from "./space-guard.js";
import type { CommitOutcome, WireCommit } from "./sqlite-commits.js";
import { loadDriver, type SqliteDriver } from "./sqlite-driver.js";
import type { StoreSettings } from "./sqlite-open.js";
import type { StoreHost } from "./store-host.js";
import { openInWorker } from "./worker-host.js";

export interface SqliteLogOptions {
	/** Made when it is missing. Holds `wayside.db`, its write-ahead log, `wayside.lock` and `reserve`. */
	readonly directory: string;
	/** Keys and nonces of the stored frames come from its `bytes`. */
	readonly chance: Chance;
	/** 1 to 64. Default: what the store has, 8 for a new one. Another number than the store has is refused. */
	readonly partitions?: number;
	/** `sync` (default): a commit resolves when it is on the disk. `os`: a power cut may take the last seconds. */
	readonly durability?: "sync" | "os";
	/** `worker` (default): SQLite runs in a thread of its own. `in-thread`: it runs in this one, in the microtask queue. */
	readonly host?: "worker" | "in-thread";
	/** Frames are sealed with a key per feed and day. Default true; holds for the life of the store. */
	readonly encryptFrames?: boolean;
	/** Appends are refused with `store.full` while the disk has less than this free. Default 256 MiB. */
	readonly freeBytesMin?: number;
	/** Share of the disk, 0 to 1, above which they are refused too. Default 1: never. */
	readonly usedMax?: number;
	/** Share of the disk below which they go on. Default 1. */
	readonly usedResume?: number;
	/** A file of this size is given up when the disk is full all the same. Default 16 MiB. */
	readonly reserveBytes?: number;
	/** A limit for the database file. Default 0: none. */
	readonly bytesMax?: number;
	/** In-thread only: bytes of the disk, instead of asking it. */
	readonly diskSpace?: () => DiskSpace;
	/** In-thread only: another SQLite, for tests of what it does when it fails. */
	readonly driver?: SqliteDriver;
}

const MEBIBYTE = 1024 * 1024;
/** In the worker the checkpointer works all the time, and a commit steps in only when it falls far behind. */
const CHECKPOINT_PAGES = { worker: 4096, "in-thread": 1024 } as const;
const GROUP_COMMITS_MAX = 2000;
const GROUP_BYTES_MAX = 16 * MEBIBYTE;
/** What may wait in memory for its turn. Beyond it a commit is refused with `store.busy`. */
const QUEUE_BYTES_MAX = 256 * MEBIBYTE;
/**
 * Who waits for a commit often follows it with the next one: it shall share the next transaction and its sync, instead of
 * waiting for one that has just begun without it. Intake needs eight microtasks for it.
 */
const ANSWER_MICROTASKS = 12;
const RETAIN_PACKS_PER_STEP = 100;
const BUSY_RETRY_AFTER_MS = 1000;
const NOTHING = new Uint8Array(0);

type GrownListener = Parameters<Log["onAppend"]>[0];

interface Queued {
	readonly wire: WireCommit;
	readonly bytes: number;
	readonly resolve: (positions: readonly Position[]) => void;
	readonly reject: (failure: unknown) => void;
}

/**
 * Opens the durable log in a folder. Rejects with `store.locked` (another process has it), `store.version` (a newer
 * Wayside wrote it), `store.corrupt`, or `config.invalid` (the folder or the number of partitions).
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
	const hostName = options.host ?? "worker";
	const settings: StoreSettings = {
		directory: options.directory,
		partitions: options.partitions === undefined ? undefined : checkPartitions(options.partitions),
		durability: options.durability ?? "sync",
		encryptFrames: options.encryptFrames ?? true,
		freeBytesMin: options.freeBytesMin ?? 256 * MEBIBYTE,
		usedMax: options.usedMax ?? 1,
		usedResume: options.usedResume ?? 1,
		reserveBytes: options.reserveBytes ?? 16 * MEBIBYTE,
		bytesMax: options.bytesMax ?? 0,
		checkpointPages: CHECKPOINT_PAGES[hostName],
		diskSpace: options.diskSpace,
	};
	const host =
		hostName === "worker"
			? await openInWorker(settings)
			: openInThread(options.driver ?? (await loadDriver()), settings);
	return new SqliteLog(host, options.chance, settings.encryptFrames);
}

class SqliteLog implements Log {
	readonly #host: StoreHost;
	readonly #chance: Chance;
	readonly #encryptFrames: boolean;
	readonly #listeners = new Set<GrownListener>();
	#queue: Queued[] = [];
	#queuedBytes = 0;
	#sending: Promise<void> | undefined;
	#closing: Promise<void> | undefined;

	constructor(host: StoreHost, chance: Chance, encryptFrames: boolean) {
		this.#host = host;
		this.#chance = chance;
		this.#encryptFrames = encryptFrames;
	}

	partitions(_topic: Topic): number {
		return this.#host.partitions;
	}

	commit(commit: Commit): Promise<readonly Position[]> {
		if (this.#closing !== undefined) return Promise.reject(closed());
		const bytes = sizeOf(commit);
		if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > QUEUE_BYTES_MAX) {
			return Promise.reject(
				new Failure(
					"store.busy",
					`${this.#queue.length} commits of ${this.#queuedBytes} bytes wait for the disk; call again later`,
					{ retryAfterMs: BUSY_RETRY_AFTER_MS },
				),
			);
		}
		return new Promise((resolve, reject) => {
			this.#queue.push({ wire: { commit, random: this.#randomFor(commit) }, bytes, resolve, reject });
			this.#queuedBytes += bytes;
			this.#sending ??= this.#send();
		});
	}

	/** One group is under way at a time; what arrives meanwhile shares the next transaction and its sync. */
	async #send(): Promise<void> {
		// Commits of the same turn belong to the same group.
		await Promise.resolve();
		while (this.#queue.length > 0) {
			const group = this.#takeGroup();
			try {
				const outcomes = await this.#host.commit(group.map(({ wire }) => wire));
				this.#settle(group, outcomes);
				await giveWay(ANSWER_MICROTASKS);
			} catch (thrown) {
				for (const { reject } of group) reject(thrown);
			}
		}
		this.#sending = undefined;
	}

	#takeGroup(): Queued[] {
		let count = 0;
		let bytes = 0;
		for (const queued of this.#queue) {
			if (count > 0 && (count >= GROUP_COMMITS_MAX || bytes + queued.bytes > GROUP_BYTES_MAX)) break;
			bytes += queued.bytes;
			count++;
		}
		this.#queuedBytes -= bytes;
		const group = this.#queue.slice(0, count);
		this.#queue = this.#queue.slice(count);
		return group;
	}

	#settle(group: readonly Queued[], outcomes: readonly CommitOutcome[]): void {
		const grown = new Map<string, { topic: Topic; partition: number; end: number }>();
		const answers = group.map(({ wire }, i) => {
			const outcome = outcomes[i] as CommitOutcome;
			if ("failure" in outcome) return outcome.failure;
			return (wire.commit.append ?? []).map(({ topic, partition, count }, at): Position => {
				const offset = outcome.offsets[at] as number;
				grown.set(`${topic}/${partition}`, { topic, partition, end: offset + count });
				return { topic, partition, offset };
			});
		});
		// In a turn of its own, before the callers': a listener that throws is a bug that must not stop the store.
		for (const listener of grown.size > 0 ? this.#listeners : []) {
			queueMicrotask(() => listener([...grown.values()]));
		}
		group.forEach(({ resolve, reject }, i) => {
			const answer = answers[i] as (typeof answers)[number];
			if (answer instanceof Failure) reject(answer);
			else resolve(answer);
		});
	}

	#randomFor(commit: Commit): Uint8Array {
		const frames = commit.append?.filter((pack) => pack.topic === "frames").length ?? 0;
		return frames > 0 && this.#encryptFrames ? this.#chance.bytes(frames * RANDOM_BYTES_PER_PACK) : NOTHING;
	}

	async read(from: Position, limits: Limits, signal?: AbortSignal): Promise<Page> {
		signal?.throwIfAborted();
		const { next, ...page } = await this.#call("read", from.topic, from.partition, from.offset, limits);
		signal?.throwIfAborted();
		return { ...page, next: { ...from, offset: next } };
	}

	packsOfMinute(topic: Topic, feed: string, minute: number): Promise<readonly StoredPack[]> {
		return this.#call("packsOfMinute", topic, feed, minute);
	}

	bounds(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }> {
		return this.#call("bounds", topic, partition);
	}

	offsetAt(topic: Topic, partition: number, time: number): Promise<number> {
		return this.#call("offsetAt", topic, partition, time);
	}

	cursor(subscription: string, topic: Topic, partition: number): Promise<number | undefined> {
		return this.#call("cursor", subscription, topic, partition);
	}

	state(name: string): Promise<Uint8Array | undefined> {
		return this.#call("state", name);
	}

	stateNames(prefix: string): Promise<readonly string[]> {
		return this.#call("stateNames", prefix);
	}

	ledger(filter: LedgerFilter = {}): Promise<readonly LedgerRow[]> {
		return this.#call("ledger", filter);
	}

	ledgerSums(query: LedgerSumQuery = {}): Promise<readonly LedgerSum[]> {
		return this.#call("ledgerSums", query);
	}

	openAccounts(
		filter: LedgerFilter = {},
	): Promise<{ readonly accounts: number; readonly open: readonly OpenAccount[] }> {
		return this.#call("openAccounts", filter);
	}

	ledgerFolds(): Promise<LedgerFolds> {
		return this.#call("ledgerFolds");
	}

	async foldLedger(aging: LedgerAging, now: number): Promise<{ folded: number; removed: number }> {
		const less = { folded: 0, removed: 0 };
		for (let more = true; more; ) {
			const step = await this.#call("foldLedger", aging, now);
			less.folded += step.folded;
			less.removed += step.removed;
			more = step.more;
		}
		return less;
	}

	pending(from: Position | Unread): Promise<readonly { feed: string; minute: number; count: number }[]> {
		return this.#call("pending", from);
	}

	letterIssues(): Promise<readonly LetterIssue[]> {
		return this.#call("letterIssues");
	}

	letters(query: LetterQuery): Promise<LetterPage> {
		return this.#call("letters", query);
	}

	settledLetters(): Promise<readonly SettledLetters[]> {
		return this.#call("settledLetters");
	}

	openLetters(fromMinute = 0): ReturnType<Log["openLetters"]> {
		return this.#call("openLetters", fromMinute);
	}

	onAppend(listener: GrownListener): Cancel {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	subscribe(name: string, _sharing: "shared" | "broadcast", signal: AbortSignal): AsyncIterable<Assignment> {
		return assignAll(name, this.#host.partitions, this.#host.opens, signal);
	}

	async retain(policy: Retention, now: number): Promise<{ packs: number; entries: number; bytes: number }> {
		const went = { packs: 0, entries: 0, bytes: 0 };
		for (let more = true; more; ) {
			const step = await this.#call("retain", policy, now, RETAIN_PACKS_PER_STEP);
			went.packs += step.packs;
			went.entries += step.entries;
			went.bytes += step.bytes;
			more = step.more;
		}
		return went;
	}

	usage(): Promise<readonly { readonly topic: Topic; readonly entries: number; readonly bytes: number }[]> {
		return this.#call("usage");
	}

	/** Commits that were called before are still settled. */
	close(): Promise<void> {
		this.#closing ??= (async () => {
			await this.#sending;
			this.#listeners.clear();
			await this.#host.close();
		})();
		return this.#closing;
	}

	#call: StoreHost["call"] = (method, ...parameters) =>
		this.#closing !== undefined ? Promise.reject(closed()) : this.#host.call(method, ...parameters);
}

function closed(): Failure {
	return new Failure("closed", "The log is closed");
}

function sizeOf(commit: Commit): number {
	let bytes = 1024;
	for (const { body, head } of commit.append ?? []) bytes += body.length + head.length;
	for (const { bytes: value } of commit.state ?? []) bytes += value?.length ?? 0;
	return bytes;
}
