import { checkCommit, cursorBack, fenced, overtaken, packBytes } from "../log/commit-check.js";
import type { Commit, Pack, Posting, Topic } from "../log/log.js";
import { TOPICS } from "../log/log.js";
import type { Reader } from "../log/retention.js";
import { Failure } from "../model/failure.js";
import { KEY_BYTES, RANDOM_BYTES_PER_PACK, sealFrames } from "./frame-cipher.js";
import { dayOf, FrameKeys } from "./frame-keys.js";
import { SpaceGuard } from "./space-guard.js";
import { isFull, isNoTransaction, type SqliteStatement, storeFailure } from "./sqlite-driver.js";
import type { SqliteLedger } from "./sqlite-ledger.js";
import { PARTITION_STRIDE, SqliteLetters } from "./sqlite-letters.js";
import type { OpenDatabase, StoreSettings } from "./sqlite-open.js";
import { PACK_TABLES } from "./sqlite-schema.js";

export interface WireCommit {
	readonly commit: Commit;
	/** `RANDOM_BYTES_PER_PACK` for each pack of frames in `append`. */
	readonly random: Uint8Array;
}

/** The first offset of each pack of `append`, or why nothing of the commit was written. */
export type CommitOutcome = { readonly offsets: readonly number[] } | { readonly failure: Failure };

interface StreamEnd {
	end: number;
	bytesToHere: number;
}

interface Cursor extends Reader {
	readonly topic: Topic;
}

/** What the commits of one transaction write besides packs: a row that several of them touch is written once. */
class Sheet {
	readonly ledger = new Map<string, { -readonly [K in keyof Posting]: Posting[K] }>();
	readonly cursors = new Map<string, Cursor>();
	readonly state = new Map<string, Uint8Array | string | null>();
	readonly epochs = new Map<string, number>();

	add(commit: Pick<Commit, "ledger" | "state">): void {
		for (const posting of commit.ledger ?? []) {
			const key = `${posting.step}|${posting.outcome}|${posting.partition}|${posting.minute}|${posting.feed}`;
			const sum = this.ledger.get(key);
			if (sum) sum.count += posting.count;
			else this.ledger.set(key, { ...posting });
		}
		for (const { name, bytes } of commit.state ?? []) this.state.set(name, bytes);
	}
}

/** Writes groups of commits, one transaction each, and knows where every stream ends. */
export class CommitWriter {
	readonly keys: FrameKeys;
	readonly #open: OpenDatabase;
	readonly #directory: string;
	readonly #ledger: SqliteLedger;
	readonly letters: SqliteLetters;
	readonly #space: SpaceGuard;
	readonly #ends = new Map<Topic, StreamEnd[]>();
	readonly #cursors = new Map<string, Cursor>();
	readonly #epochs = new Map<string, number>();
	readonly #insert = new Map<Topic, SqliteStatement>();
	readonly #statements: ReturnType<typeof prepareStatements>;
	#undo: (() => void)[] = [];
	/** By `topic/partition`, where what retention left in this process begins. */
	readonly #removedTo = new Map<string, number>();

	constructor(open: OpenDatabase, ledger: SqliteLedger, settings: StoreSettings) {
		this.#open = open;
		this.#ledger = ledger;
		this.#directory = settings.directory;
		this.#space = new SpaceGuard(settings);
		this.keys = new FrameKeys(open.db);
		this.letters = new SqliteLetters(open.db);
		this.#statements = prepareStatements(open);
		for (const topic of TOPICS) {
			this.#insert.set(
				topic,
				open.db.prepare(
					`INSERT INTO ${PACK_TABLES[topic]} (id, feed, minute, count, bytes, bytes_to_here, head, body)
					VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
				),
			);
			this.#ends.set(topic, readEnds(open, topic));
		}
		for (const row of open.db.prepare("SELECT * FROM cursors").all() as Cursor[]) {
			this.#cursors.set(cursorKey(row.subscription, row.topic, row.partition), { ...row });
		}
		for (const row of open.db.prepare("SELECT * FROM owners").all() as { owner: string; epoch: number }[]) {
			this.#epochs.set(row.owner, row.epoch);
		}
	}

	ends(topic: Topic, partition: number): StreamEnd {
		return this.#ends.get(topic)?.[partition] as StreamEnd;
	}

	readers(topic: Topic): readonly Reader[] {
		return [...this.#cursors.values()].filter((cursor) => cursor.topic === topic);
	}

	write(group: readonly WireCommit[]): readonly CommitOutcome[] {
		const appends = group.some(({ commit }) => commit.append && commit.append.length > 0);
		const low = appends ? this.#space.check(() => this.#fileSpace()) : undefined;
		try {
			return this.#transaction((sheet) => group.map((wire) => this.#admit(wire, sheet, low)));
		} catch (thrown) {
			if (!isFull(thrown)) throw thrown;
			// What does not append must still work: it takes the reserve, and appends are told to wait.
			this.#space.release();
			const full = storeFailure(thrown, this.#directory);
			return this.#transaction((sheet) => group.map((wire) => this.#admit(wire, sheet, full)));
		}
	}

	/** The store's own changes (retention, folds of the ledger): `work` and the postings that it makes true, in one transaction. */
	writeInternal(commit: Pick<Commit, "ledger" | "state">, work: () => void): void {
		const run = () =>
			this.#transaction((sheet) => {
				work();
				sheet.add(commit);
			});
		try {
			run();
		} catch (thrown) {
			if (!isFull(thrown) || !this.#space.release()) throw thrown;
			run();
		}
	}

	/** Before packs go: offsets are never given twice, also when the newest pack is gone. Within a transaction. */
	rememberEnds(topic: Topic): void {
		this.#ends.get(topic)?.forEach(({ end, bytesToHere }, partition) => {
			this.#statements.stream.run(topic, partition, end, bytesToHere);
		});
	}

	#transaction<T>(work: (sheet: Sheet) => T): T {
		this.#undo = [];
		const sheet = new Sheet();
		this.#statements.begin.run();
		try {
			const result = work(sheet);
			this.#flush(sheet);
			this.#statements.commit.run();
			return result;
		} catch (thrown) {
			for (const undo of this.#undo.reverse()) undo();
			this.keys.forget();
			try {
				this.#statements.rollback.run();
			} catch (second) {
				if (!isNoTransaction(second)) throw second;
			}
			throw thrown;
		}
	}

	/** Everything that can be wrong with a commit is found before any of it is written. */
	#admit({ commit, random }: WireCommit, sheet: Sheet, low: Failure | undefined): CommitOutcome {
		let moved: readonly Cursor[];
		let settle: (() => readonly Posting[]) | undefined;
		try {
			checkCommit(commit, this.#open.partitions);
			if (low && commit.append && commit.append.length > 0) throw low;
			this.#checkFence(commit);
			moved = this.#checkCursors(commit);
			settle = commit.letters && this.letters.change(commit.letters);
		} catch (thrown) {
			if (thrown instanceof Failure) return { failure: thrown };
			throw thrown;
		}
		const { fence } = commit;
		if (fence) {
			this.#remember(this.#epochs, fence.owner, fence.epoch);
			sheet.epochs.set(fence.owner, fence.epoch);
		}
		for (const cursor of moved) {
			const key = cursorKey(cursor.subscription, cursor.topic, cursor.partition);
			this.#remember(this.#cursors, key, cursor);
			sheet.cursors.set(key, cursor);
		}
		sheet.add(commit);
		if (settle) sheet.add({ ledger: settle() });
		let used = 0;
		const offsets = (commit.append ?? []).map((pack) => {
			const from = used;
			if (pack.topic === "frames" && this.#open.isEncrypted) used += RANDOM_BYTES_PER_PACK;
			const firstOffset = this.#append(pack, random.subarray(from, used));
			if (pack.topic === "dead-letters") {
				const id = pack.partition * PARTITION_STRIDE + firstOffset;
				sheet.add({ ledger: this.letters.append(id, pack) });
			}
			return firstOffset;
		});
		return { offsets };
	}

	#checkFence({ fence }: Commit): void {
		const present = fence && this.#epochs.get(fence.owner);
		if (fence && present !== undefined && present > fence.epoch) {
			throw fenced(fence.owner, fence.epoch, present);
		}
	}

	/** Retention took these: what accounts for them later is told so. A new process knows of none, and has read none. */
	removed(topic: Topic, packs: readonly { partition: number; firstOffset: number; count: number }[]): void {
		for (const { partition, firstOffset, count } of packs) {
			this.#removedTo.set(`${topic}/${partition}`, firstOffset + count);
		}
	}

	#checkCursors(commit: Commit): readonly Cursor[] {
		if (!commit.consumed) return [];
		const moved = new Map<string, Cursor>();
		for (const { subscription, next, seek, since } of commit.consumed) {
			const key = cursorKey(subscription, next.topic, next.partition);
			const present = (moved.get(key) ?? this.#cursors.get(key))?.next ?? 0;
			if (next.offset < present && !seek) throw cursorBack(subscription, next, present);
			const start = this.#removedTo.get(`${next.topic}/${next.partition}`) ?? 0;
			if (since !== undefined && since < start) throw overtaken(subscription, next, since, start);
			moved.set(key, { subscription, topic: next.topic, partition: next.partition, next: next.offset });
		}
		return [...moved.values()];
	}

	#append(pack: Pack, random: Uint8Array): number {
		const { topic, partition, feed, minute, count, head } = pack;
		const stream = this.ends(topic, partition);
		const { end: firstOffset, bytesToHere } = stream;
		const bytes = packBytes(pack);
		let { body } = pack;
		if (topic === "frames" && this.#open.isEncrypted && typeof body !== "string") {
			const nonce = random.subarray(KEY_BYTES);
			const key = this.keys.findOrCreate(feed, dayOf(minute), random.subarray(0, KEY_BYTES));
			body = sealFrames(key, nonce, { partition, firstOffset, feed, minute }, body);
		}
		this.#insert
			.get(topic)
			?.run(
				partition * PARTITION_STRIDE + firstOffset,
				feed,
				minute,
				count,
				bytes,
				bytesToHere + bytes,
				head,
				body,
			);
		this.#undo.push(() => {
			stream.end = firstOffset;
			stream.bytesToHere = bytesToHere;
		});
		stream.end += count;
		stream.bytesToHere += bytes;
		return firstOffset;
	}

	#remember<T>(map: Map<string, T>, key: string, value: T): void {
		const before = map.get(key);
		this.#undo.push(() => {
			if (before === undefined) map.delete(key);
			else map.set(key, before);
		});
		map.set(key, value);
	}

	#flush(sheet: Sheet): void {
		const { cursor, setState, deleteState, owner } = this.#statements;
		for (const { subscription, topic, partition, next } of sheet.cursors.values()) {
			cursor.run(subscription, topic, partition, next);
		}
		for (const [name, bytes] of sheet.state) {
			if (bytes === null) deleteState.run(name);
			else setState.run(name, typeof bytes === "string" && bytes.includes("\0") ? Buffer.from(bytes) : bytes);
		}
		for (const posting of sheet.ledger.values()) this.#ledger.post(posting);
		for (const [name, epoch] of sheet.epochs) owner.run(name, epoch);
	}

	#fileSpace(): { readonly usedBytes: number; readonly freeBytes: number } {
		const { pageCount, freePages } = this.#statements;
		const { pageBytes } = this.#open;
		const [pages, free] = [pageCount, freePages].map(
			(statement) => Object.values(statement.get() as object)[0] as number,
		) as [number, number];
		return { usedBytes: pages * pageBytes, freeBytes: free * pageBytes };
	}
}

function prepareStatements({ db }: OpenDatabase) {
	return {
		begin: db.prepare("BEGIN IMMEDIATE"),
		commit: db.prepare("COMMIT"),
		rollback: db.prepare("ROLLBACK"),
		cursor: db.prepare(
			`INSERT INTO cursors (subscription, topic, partition, next) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET next = excluded.next`,
		),
		setState: db.prepare(
			"INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
		),
		deleteState: db.prepare("DELETE FROM state WHERE name = ?"),
		owner: db.prepare(
			"INSERT INTO owners (owner, epoch) VALUES (?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch",
		),
		stream: db.prepare(
			`INSERT INTO streams (topic, partition, end, bytes_to_here) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET end = excluded.end, bytes_to_here = excluded.bytes_to_here`,
		),
		pageCount: db.prepare("PRAGMA page_count"),
		freePages: db.prepare("PRAGMA freelist_count"),
	};
}

/** Where each stream goes on: after its last pack, and never before what retention noted. */
function readEnds({ db, partitions }: OpenDatabase, topic: Topic): StreamEnd[] {
	const floor = db.prepare("SELECT end, bytes_to_here FROM streams WHERE topic = ? AND partition = ?");
	const last = db.prepare(
		`SELECT id, count, bytes_to_here FROM ${PACK_TABLES[topic]} WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1`,
	);
	return Array.from({ length: partitions }, (_, partition) => {
		const base = partition * PARTITION_STRIDE;
		const pack = last.get(base, base + PARTITION_STRIDE) as
			| { id: number; count: number; bytes_to_here: number }
			| undefined;
		const noted = floor.get(topic, partition) as { end: number; bytes_to_here: number } | undefined;
		const end = pack ? pack.id - base + pack.count : 0;
		return {
			end: Math.max(end, noted?.end ?? 0),
			bytesToHere: Math.max(pack?.bytes_to_here ?? 0, noted?.bytes_to_here ?? 0),
		};
	});
}

function cursorKey(subscription: string, topic: Topic, partition: number): string {
	return `${topic}/${partition}/${subscription}`;
}
