import { Failure, messageOf } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
import { type AuditAccount, AuditBook, type AuditFinding, accountName } from "./audit-book.js";
import { Evidence } from "./audit-evidence.js";
import { FrameTally } from "./audit-frames.js";
import { packsByMinute, readBounds, type StreamBounds } from "./audit-streams.js";
import type { DeadLetter } from "./dead-letter.js";
import { INTERPRET, OUTCOMES, sinkStep } from "./ledger.js";
import type { LedgerRow, Log, Step, StoredPack } from "./log.js";
import { partitionOf } from "./partitioner.js";
import { unpackReceipts } from "./receipt-pack.js";
import { RecentIds } from "./recent-ids.js";
import { unpackRecords } from "./record-pack.js";

export type { AuditAccount, AuditFinding } from "./audit-book.js";
export { accountName } from "./audit-book.js";
export { balanceLedger, type LedgerBalance } from "./balance.js";

export interface AuditSink {
	readonly name: string;
	/** The feeds that are routed to it. */
	readonly feeds: readonly string[];
}

export interface AuditOptions {
	readonly sinks: readonly AuditSink[];
	/** Accounts before this minute of receipt are left out. Default: all. */
	readonly fromMinute?: number;
}

export interface Audit {
	readonly balanced: boolean;
	readonly accounts: readonly AuditAccount[];
	/** Each names account and item. At most 500; the number of the rest is `findingsOmitted`. */
	readonly findings: readonly AuditFinding[];
	readonly findingsOmitted: number;
	/** Sums per step and feed as text, for people. */
	readonly lines: readonly string[];
}

/** Times that an audit begins anew because retention removed what it was reading. */
const ATTEMPTS = 3;

/** What the audit knows before it reads: taken in one turn, so that it is one state of the log. */
interface Scene {
	readonly log: Log;
	readonly bounds: readonly StreamBounds[];
	readonly ledger: readonly LedgerRow[];
	/** By step and partition. */
	readonly cursors: ReadonlyMap<string, number>;
	readonly evidence: Evidence;
	readonly sinks: readonly AuditSink[];
	readonly fromMinute: number;
}

/**
 * Recounts every term of the ledger from what the store holds, item by item, in bounded memory: packs are read once,
 * the oldest minute first, and a frame is forgotten as soon as it is complete. Where retention has removed evidence,
 * only sums are compared. Reads as much as the store holds: for large stores give `fromMinute`.
 */
export async function auditLedger(log: Log, options: AuditOptions): Promise<Audit> {
	for (let attempt = 1; ; attempt++) {
		const scene = await readScene(log, options);
		const audit = await auditScene(scene);
		const after = await readBounds(log);
		if (after.every(({ start }, at) => start === scene.bounds[at]?.start)) return audit;
		if (attempt === ATTEMPTS) {
			throw new Failure(
				"store.busy",
				"Retention removed what the audit was reading, three times; try again later",
			);
		}
	}
}

async function readScene(log: Log, { sinks, fromMinute = 0 }: AuditOptions): Promise<Scene> {
	const steps = [INTERPRET, ...sinks.map(({ name }) => sinkStep(name))];
	const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
	const places = steps.flatMap((step) => partitions.map((partition) => ({ step, partition })));
	const [evidence, bounds, ledger, ...cursors] = await Promise.all([
		Evidence.read(log),
		readBounds(log),
		log.ledger({ fromMinute }),
		...places.map(({ step, partition }) =>
			log.cursor(step, step === INTERPRET ? "frames" : "records", partition),
		),
	]);
	const known = new Map<string, number>();
	places.forEach(({ step, partition }, at) => {
		const cursor = cursors[at];
		if (cursor !== undefined) known.set(`${step}/${partition}`, cursor);
	});
	return { log, bounds, ledger, cursors: known, evidence, sinks, fromMinute };
}

async function auditScene(scene: Scene): Promise<Audit> {
	const { log, evidence } = scene;
	const book = new AuditBook(scene.ledger, scene.fromMinute);
	const tally = new FrameTally(book, {
		areBytesGone: (partition, feed, minute) => evidence.isGone("frames", partition, feed, minute),
		areLettersGone: (partition, feed, minute) => evidence.isGone("dead-letters", partition, feed, minute),
		areItemsGone: (partition, feed, minute) =>
			evidence.isGone("receipts", partition, feed, minute) || evidence.areRecordsGone(feed, minute),
		cursor: (partition) => scene.cursors.get(`${INTERPRET}/${partition}`) ?? 0,
	});
	const counter = new PackCounter(scene, book, tally);
	const unreadable = (at: { topic: string; partition: number; offset: number }, failure: Failure) =>
		book.find(
			{ step: "receive", feed: "?", partition: at.partition, minute: scene.fromMinute },
			`${at.topic}/${at.partition} from offset ${at.offset} on`,
			failure.message,
		);
	for await (const pack of packsByMinute(log, scene.bounds, scene.fromMinute, unreadable))
		counter.count(pack);
	tally.finish();
	const judge = new Judge(scene, book);
	for (const account of book.accounts.values()) judge.account(account);
	const accounts = [...book.accounts.values()];
	const { findings, findingsOmitted } = book;
	const balanced = findings.length === 0;
	return { balanced, accounts, findings, findingsOmitted, lines: summaryLines(accounts) };
}

/** Counts what the store holds into the book, and hands every item to the tally. */
class PackCounter {
	readonly #scene: Scene;
	readonly #book: AuditBook;
	readonly #tally: FrameTally;
	readonly #ids = new RecentIds();

	constructor(scene: Scene, book: AuditBook, tally: FrameTally) {
		this.#scene = scene;
		this.#book = book;
		this.#tally = tally;
	}

	count(pack: StoredPack): void {
		try {
			if (pack.topic === "frames") this.#frames(pack);
			else if (pack.topic === "receipts") this.#receipts(pack);
			else if (pack.topic === "dead-letters") this.#deadLetters(pack);
			else this.#records(pack);
		} catch (thrown) {
			const { feed, partition, minute } = pack;
			const step: Step = pack.topic === "frames" ? "receive" : "admit";
			this.#book.find(
				{ step, feed, partition, minute },
				packName(pack),
				`cannot be read: ${messageOf(thrown)}`,
			);
		}
	}

	#frames(pack: StoredPack): void {
		const { partition, feed, minute, count, firstOffset } = pack;
		this.#book.count("receive", feed, partition, minute, "stored", count);
		const cursor = this.#scene.cursors.get(`${INTERPRET}/${partition}`) ?? 0;
		const pending = firstOffset + count - Math.max(cursor, firstOffset);
		if (pending > 0) this.#book.account("interpret", feed, partition, minute).pending += pending;
		this.#checkFeedPartition(pack);
		for (let i = 0; i < count; i++) this.#tally.frame(partition, firstOffset + i, feed, minute);
	}

	#receipts(pack: StoredPack): void {
		const { partition, feed, minute } = pack;
		const receipts = unpackReceipts(pack);
		this.#checkCount(pack, receipts.length);
		for (const receipt of receipts) {
			const isLost = receipt.frameDeadLetter && receipt.items === 0;
			this.#book.count("interpret", feed, partition, minute, isLost ? "dead_lettered" : "decoded", 1);
			const items = (outcome: string, count: number) =>
				this.#book.count("admit", feed, partition, minute, outcome, count);
			items("in", receipt.items);
			items("duplicate", rangesCount(receipt.duplicates));
			items("dead_lettered", rangesCount(receipt.deadLetters));
			items("ignored", rangesCount(receipt.ignored));
			this.#tally.receipt(partition, feed, minute, receipt);
		}
	}

	#deadLetters(pack: StoredPack): void {
		const { partition, feed, minute, body } = pack;
		const letters = JSON.parse(
			typeof body === "string" ? body : new TextDecoder().decode(body),
		) as DeadLetter[];
		this.#checkCount(pack, letters.length);
		for (const letter of letters) {
			if (letter.stage === "interpret" || letter.stage === "admit") {
				this.#tally.letter(letter.frame.partition, feed, minute, letter);
			} else if (letter.record) {
				this.#book.count(letter.stage, feed, letter.record.partition, minute, "dead_lettered", 1);
			}
		}
		if (letters.length > 0) this.#checkFeedPartition({ ...pack, partition });
	}

	#records(pack: StoredPack): void {
		const { partition } = pack;
		const records = unpackRecords(pack);
		this.#checkCount(pack, records.length);
		for (const { offset, record } of records) {
			const { feed, receivedTime } = record.origin;
			const minute = Math.floor(receivedTime / MINUTE_MS);
			const account = { step: "admit", feed, partition: record.origin.partition, minute } as const;
			const id = recordId(record);
			const name = `record ${id} at ${partition}/${offset}`;
			this.#book.count("admit", feed, record.origin.partition, minute, "appended", 1);
			const wanted = partitionOf(record.key, this.#scene.log.partitions("records"));
			if (wanted !== partition) {
				this.#book.find(account, name, `lies in partition ${partition} and belongs to ${wanted} by its key`);
			}
			if (feed !== pack.feed || minute !== pack.minute) {
				const filed = accountName({ ...account, feed: pack.feed, minute: pack.minute });
				this.#book.find(account, name, `is filed under ${filed}`);
			}
			const isExcused = record.flags.includes("beyond_dedupe_window");
			if (this.#ids.seen(`${id}#${record.revision}`) && !isExcused) {
				this.#book.find(account, name, `is there twice with revision ${record.revision}`);
			}
			this.#tally.record(record.origin.partition, record.origin.offset, feed, minute, record.index, id);
			this.#sinks(feed, partition, minute, offset);
		}
	}

	#sinks(feed: string, partition: number, minute: number, offset: number): void {
		for (const { name, feeds } of this.#scene.sinks) {
			const step = sinkStep(name);
			const cursor = this.#scene.cursors.get(`${step}/${partition}`);
			const isRouted = feeds.includes(feed) || this.#book.has(step, feed, partition, minute);
			if (cursor === undefined || !isRouted) continue;
			const account = this.#book.account(step, feed, partition, minute);
			account.counted["in"] = (account.counted["in"] ?? 0) + 1;
			if (offset >= cursor) account.pending++;
		}
	}

	#checkCount(pack: StoredPack, count: number): void {
		if (count === pack.count) return;
		const { feed, partition, minute } = pack;
		const message = `says ${pack.count} entries and holds ${count}`;
		this.#book.find({ step: "admit", feed, partition, minute }, packName(pack), message);
	}

	#checkFeedPartition(pack: StoredPack): void {
		const { feed, partition, minute } = pack;
		const wanted = partitionOf(feed, this.#scene.log.partitions(pack.topic));
		if (wanted === partition) return;
		const message = `lies in partition ${partition} and belongs to ${wanted} by its feed`;
		this.#book.find({ step: "receive", feed, partition, minute }, packName(pack), message);
	}
}

/** Compares what was posted with what was counted, account by account. */
class Judge {
	readonly #scene: Scene;
	readonly #book: AuditBook;
	/** First and last minute in which an account of a sink, feed and partition was opened. */
	readonly #spans = new Map<string, { first: number; last: number }>();

	constructor(scene: Scene, book: AuditBook) {
		this.#scene = scene;
		this.#book = book;
		for (const { step, feed, partition, minute, posted } of book.accounts.values()) {
			if (posted["in"] === undefined) continue;
			const key = `${step}/${partition}/${feed}`;
			const span = this.#spans.get(key);
			if (!span) this.#spans.set(key, { first: minute, last: minute });
			else {
				span.first = Math.min(span.first, minute);
				span.last = Math.max(span.last, minute);
			}
		}
	}

	account(account: AuditAccount): void {
		this.#sum(account);
		const { step, feed, partition, minute } = account;
		const { evidence } = this.#scene;
		if (step === "receive") this.#compare(account, ["stored"]);
		else if (step === "interpret") {
			const isGone = evidence.isGone("receipts", partition, feed, minute);
			if (!isGone) this.#compare(account, ["decoded", "dead_lettered"]);
			this.#frames(account);
		} else if (step === "admit") {
			const isGone = evidence.isGone("receipts", partition, feed, minute);
			this.#compare(
				account,
				isGone ? ["appended"] : ["in", "appended", "duplicate", "dead_lettered", "ignored"],
			);
		} else this.#sink(account);
	}

	/** `in` = outcomes + pending. */
	#sum(account: AuditAccount): void {
		const open = openCount(account);
		if (open === account.pending) return;
		const { step, partition } = account;
		const cursor = this.#scene.cursors.get(`${step}/${partition}`);
		const topic = step === INTERPRET ? "frames" : "records";
		const item =
			cursor === undefined
				? "the postings"
				: `the cursor on ${topic}/${partition} at ${cursor}, or a posting`;
		const lost = open - account.pending;
		this.#book.find(
			account,
			item,
			lost > 0
				? `${lost} came in and have no outcome, and are not waiting either`
				: `${-lost} more have an outcome or are waiting than came in`,
		);
	}

	#compare(account: AuditAccount, outcomes: readonly string[]): void {
		for (const outcome of outcomes) {
			const posted = account.posted[outcome] ?? 0;
			const counted = account.counted[outcome] ?? 0;
			if (posted === counted) continue;
			this.#book.find(account, `the posting ${outcome}`, `says ${posted}, and the store holds ${counted}`);
		}
	}

	/** Every frame that was received is to be interpreted. */
	#frames(account: AuditAccount): void {
		const { feed, partition, minute, posted } = account;
		const received = this.#book.account("receive", feed, partition, minute).posted;
		const frames = (received["stored"] ?? 0) + (received["expired"] ?? 0);
		if (frames === (posted["in"] ?? 0)) return;
		this.#book.find(
			account,
			"the posting in",
			`says ${posted["in"] ?? 0} frames, and ${frames} were received`,
		);
	}

	/**
	 * The minutes in which a route began or ended hold records from before or after; between them every record of the
	 * feed must have been announced to the sink.
	 */
	#sink(account: AuditAccount): void {
		const { step, feed, partition, minute } = account;
		const { evidence } = this.#scene;
		const isRead = this.#scene.sinks.some(({ name }) => sinkStep(name) === step);
		if (isRead && !evidence.isGone("records", partition, feed, minute)) {
			const span = this.#spans.get(`${step}/${partition}/${feed}`);
			const isWithin = span !== undefined && minute > span.first && minute < span.last;
			const [posted, counted] = [account.posted["in"] ?? 0, account.counted["in"] ?? 0];
			if (posted > counted || isWithin) this.#compare(account, ["in"]);
		}
		if (!evidence.isGone("dead-letters", partition, feed, minute)) this.#compare(account, ["dead_lettered"]);
	}
}

function openCount({ posted }: AuditAccount): number {
	let open = 0;
	for (const [outcome, count] of Object.entries(posted)) open += outcome === "in" ? count : -count;
	return open;
}

function rangesCount(text: string): number {
	if (text === "") return 0;
	return text.split(",").reduce((sum, part) => {
		const [first, last] = part.split("-").map(Number) as [number, number?];
		return sum + (last ?? first) - first + 1;
	}, 0);
}

function packName({ topic, partition, firstOffset }: StoredPack): string {
	return `the pack ${topic}/${partition}/${firstOffset}`;
}

/** `admit metro-avl: 120 in = 100 appended + 15 duplicate + 5 dead_lettered`, one line per step and feed. */
function summaryLines(accounts: readonly AuditAccount[]): string[] {
	const sums = new Map<string, Map<string, number>>();
	for (const { step, feed, posted, pending } of accounts) {
		const key = `${step} ${feed}`;
		const sum = sums.get(key) ?? new Map<string, number>();
		sums.set(key, sum);
		for (const [outcome, count] of [...Object.entries(posted), ["pending", pending] as const]) {
			sum.set(outcome, (sum.get(outcome) ?? 0) + count);
		}
	}
	return [...sums]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([key, sum]) => {
			const step = key.slice(0, key.indexOf(" "));
			const words = step.startsWith("sink:")
				? OUTCOMES.sink
				: OUTCOMES[step as Exclude<keyof typeof OUTCOMES, "sink">];
			const order: readonly string[] = [...words, "pending"];
			const outcomes = [...sum]
				.filter(([outcome, count]) => outcome !== "in" && count !== 0)
				.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
			const text = outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(" + ");
			return `${key}: ${sum.get("in") ?? 0} in = ${text === "" ? "0" : text}`;
		});
}
