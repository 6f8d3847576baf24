import { afterEach, describe, expect, it } from "vitest";
import type { Commit, Log, Pack, Posting, StoredPack, Topic } from "../../src/log/log.js";
import { TOPICS } from "../../src/log/log.js";
import { retentionMark } from "../../src/log/retention.js";
import { Failure } from "../../src/model/failure.js";
import { runAgainstModel } from "./log-model.js";

/** A log under test that can be closed and opened again on the same store. */
export interface OpenedLog {
	readonly log: Log;
	/** Closes the log and opens what it left behind. */
	reopen(): Promise<OpenedLog>;
	/** Closes the log and removes the store. */
	dispose(): Promise<void>;
}

export type OpenLog = (options: { readonly partitions: number }) => Promise<OpenedLog>;

export interface ContractOptions {
	/** Runs of the comparison with the model. Default 30. */
	readonly runs?: number;
}

const ALL = { entriesMax: 1e9, bytesMax: 1e9 };
const NEVER = Number.MAX_SAFE_INTEGER;

/** Entries of the form `"name-0"`, `"name-1"` ... in one pack. */
export function textPack(name: string, count: number, over: Partial<Pack> = {}): Pack {
	const entries = Array.from({ length: count }, (_, i) => `${name}-${i}`);
	return {
		topic: "records",
		partition: 0,
		feed: "metro",
		minute: 1000,
		count,
		head: "{}",
		body: JSON.stringify(entries),
		...over,
	};
}

export function bytesPack(bytes: Uint8Array, over: Partial<Pack> = {}): Pack {
	const head = JSON.stringify({ frames: [{ bytes: bytes.byteLength }] });
	return { topic: "frames", partition: 0, feed: "metro", minute: 1000, count: 1, head, body: bytes, ...over };
}

function entriesOf(packs: readonly StoredPack[]): { offset: number; entry: string }[] {
	return packs.flatMap((pack) =>
		(JSON.parse(pack.body as string) as string[]).map((entry, i) => ({
			offset: pack.firstOffset + i,
			entry,
		})),
	);
}

async function everything(log: Log, topic: Topic, partition: number): Promise<readonly StoredPack[]> {
	return (await log.read({ topic, partition, offset: 0 }, ALL)).packs;
}

/** What every implementation of `Log` promises. */
export function describeLogContract(name: string, open: OpenLog, options: ContractOptions = {}): void {
	for (const partitions of [1, 3, 8]) {
		describe(`${name} with ${partitions} partition(s)`, () => {
			let opened: OpenedLog | undefined;
			const start = async (): Promise<Log> => {
				opened = await open({ partitions });
				return opened.log;
			};
			const restart = async (): Promise<Log> => {
				opened = await (opened as OpenedLog).reopen();
				return opened.log;
			};
			afterEach(async () => {
				await opened?.dispose();
				opened = undefined;
			});
			describeCommits(start, partitions);
			describeReads(start, partitions);
			describeCursorsAndState(start, restart, partitions);
			describeLedger(start, partitions);
			describeRetention(start, restart, partitions);
			it("agrees with a model over random commits, reads, retention and restarts", async () => {
				await runAgainstModel(open, partitions, options.runs ?? 30);
			});
		});
	}
}

function describeCommits(start: () => Promise<Log>, partitions: number): void {
	const last = partitions - 1;
	it("gives every topic the same number of partitions", async () => {
		const log = await start();
		for (const topic of TOPICS) expect(log.partitions(topic)).toBe(partitions);
	});

	it("answers with the first offset of each pack, ascending without reuse", async () => {
		const log = await start();
		const first = await log.commit({
			append: [textPack("a", 3, { partition: last }), textPack("b", 2, { partition: last })],
		});
		const second = await log.commit({ append: [textPack("c", 1, { partition: last })] });
		expect(first).toEqual([
			{ topic: "records", partition: last, offset: 0 },
			{ topic: "records", partition: last, offset: 3 },
		]);
		expect(second).toEqual([{ topic: "records", partition: last, offset: 5 }]);
		expect(await log.bounds("records", last)).toEqual({ start: 0, end: 6 });
		expect(await log.bounds("frames", last)).toEqual({ start: 0, end: 0 });
	});

	it("commits in the order of the calls when many are under way", async () => {
		const log = await start();
		const answers = await Promise.all(
			Array.from({ length: 200 }, (_, i) => log.commit({ append: [textPack(`n${i}`, 1 + (i % 3))] })),
		);
		const offsets = answers.map((positions) => positions[0]?.offset as number);
		expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
		const names = entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry.split("-")[0]);
		expect([...new Set(names)]).toEqual(Array.from({ length: 200 }, (_, i) => `n${i}`));
	});

	it("writes nothing of a commit that it refuses, and goes on", async () => {
		const log = await start();
		const posting: Posting = {
			step: "admit",
			feed: "metro",
			partition: 0,
			minute: 1,
			outcome: "in",
			count: 1,
		};
		const bad: Commit[] = [
			{ append: [textPack("x", 1), textPack("y", 1, { partition: partitions })] },
			{ append: [textPack("x", 1), textPack("y", 0)] },
			{ append: [textPack("x", 1)], state: [{ name: "", bytes: "x" }] },
			{ append: [textPack("x", 1)], ledger: [posting, { ...posting, count: 0.5 }] },
			{
				append: [textPack("x", 1)],
				consumed: [{ subscription: "s", next: { topic: "records", partition: 0, offset: -1 } }],
			},
		];
		const good = [
			log.commit({ append: [textPack("g0", 1)] }),
			...bad.map((commit) => log.commit(commit).catch((thrown: unknown) => thrown)),
			log.commit({ append: [textPack("g1", 1)] }),
		];
		const settled = await Promise.all(good);
		for (const failure of settled.slice(1, -1)) expect(failure).toMatchObject({ code: "bug" });
		expect(entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry)).toEqual([
			"g0-0",
			"g1-0",
		]);
		expect(await log.ledger()).toEqual([]);
	});

	it("fences an owner with an older epoch and leaves its neighbours alone", async () => {
		const log = await start();
		await log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("a", 1)] });
		const [old, same, other, newer, then] = await Promise.allSettled([
			log.commit({ fence: { owner: "metro", epoch: 1 }, append: [textPack("old", 1)] }),
			log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("same", 1)] }),
			log.commit({ fence: { owner: "other", epoch: 1 }, append: [textPack("other", 1)] }),
			log.commit({ fence: { owner: "metro", epoch: 3 }, append: [textPack("newer", 1)] }),
			log.commit({ fence: { owner: "metro", epoch: 2 }, append: [textPack("then", 1)] }),
		]);
		expect(old).toMatchObject({ status: "rejected", reason: { code: "store.fenced" } });
		expect(then).toMatchObject({ status: "rejected", reason: { code: "store.fenced" } });
		for (const settled of [same, other, newer]) expect(settled.status).toBe("fulfilled");
		const names = entriesOf(await everything(log, "records", 0)).map(({ entry }) => entry);
		expect(names).toEqual(["a-0", "same-0", "other-0", "newer-0"]);
	});

	it("tells listeners which partitions grew, and stops when cancelled", async () => {
		const log = await start();
		const ends = new Map<string, number>();
		const cancel = log.onAppend((grown) => {
			for (const { topic, partition, end } of grown) ends.set(`${topic}/${partition}`, end);
		});
		await log.commit({ append: [textPack("a", 3), textPack("b", 2, { partition: last, topic: "events" })] });
		await log.commit({ state: [{ name: "s", bytes: "x" }] });
		expect(Object.fromEntries(ends)).toEqual({ "records/0": 3, [`events/${last}`]: 2 });
		cancel();
		await log.commit({ append: [textPack("c", 1)] });
		expect(ends.get("records/0")).toBe(3);
	});

	it("hands all partitions to a consumer once, until it stops", async () => {
		const log = await start();
		const stop = new AbortController();
		const seen: unknown[] = [];
		for await (const assignment of log.subscribe("interpret", "shared", stop.signal)) {
			seen.push([assignment.topic, assignment.partitions]);
			stop.abort();
		}
		expect(seen).toEqual([["frames", Array.from({ length: partitions }, (_, p) => p)]]);
	});

	it("refuses everything once it is closed", async () => {
		const log = await start();
		await log.close();
		await log.close();
		await expect(log.commit({ append: [textPack("a", 1)] })).rejects.toMatchObject({ code: "closed" });
		await expect(log.bounds("records", 0)).rejects.toMatchObject({ code: "closed" });
	});
}

function describeReads(start: () => Promise<Log>, partitions: number): void {
	const last = partitions - 1;
	it("gives back exactly what was appended, text as text and bytes as bytes", async () => {
		const log = await start();
		const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256);
		const whole = new Uint8Array(80_000);
		whole.set(bytes, 5_000);
		const view = whole.subarray(5_000, 75_000);
		const text = textPack("ü\u0000\u2028\uD83D\uDE8C", 2, { partition: last, head: '{"frames":[]}' });
		await log.commit({ append: [text, bytesPack(view, { partition: last, feed: "tram" })] });
		expect(view.byteLength).toBe(70_000);
		expect(await everything(log, "records", last)).toEqual([{ ...text, firstOffset: 0 }]);
		const frames = await everything(log, "frames", last);
		expect(frames).toHaveLength(1);
		expect(Buffer.compare(frames[0]?.body as Uint8Array, bytes)).toBe(0);
		expect(frames[0]).toMatchObject({
			feed: "tram",
			partition: last,
			count: 1,
			minute: 1000,
			firstOffset: 0,
		});
		await log.commit({ append: [bytesPack(new Uint8Array(0))] });
		expect(
			(await log.read({ topic: "frames", partition: 0, offset: last === 0 ? 1 : 0 }, ALL)).packs,
		).toEqual([expect.objectContaining({ body: new Uint8Array(0) })]);
	});

	it("takes bodies of JSON as bytes too, and a view of a larger buffer for one", async () => {
		const log = await start();
		const text = new TextEncoder().encode('--["é-0","b-1"]--');
		const body = text.subarray(2, text.length - 2);
		await Promise.all([
			log.commit({ append: [textPack("x", 2, { body })] }),
			log.commit({ append: [textPack("x", 2, { body, topic: "receipts" })] }),
		]);
		for (const topic of ["records", "receipts"] as const) {
			for (let again = 0; again < 2; again++) {
				const [pack] = await everything(log, topic, 0);
				expect(new TextDecoder().decode(pack?.body as Uint8Array)).toBe('["é-0","b-1"]');
			}
		}
		expect(body.byteLength).toBe(14);
	});

	it("reads in pages by entries and bytes, at least one pack at a time", async () => {
		const log = await start();
		for (let i = 0; i < 10; i++) await log.commit({ append: [textPack(`p${i}`, 10)] });
		const byEntries = await log.read(
			{ topic: "records", partition: 0, offset: 0 },
			{ entriesMax: 35, bytesMax: 1e9 },
		);
		expect(byEntries.packs.map((pack) => pack.firstOffset)).toEqual([0, 10, 20]);
		expect(byEntries.next).toEqual({ topic: "records", partition: 0, offset: 30 });
		const byBytes = await log.read(
			{ topic: "records", partition: 0, offset: 30 },
			{ entriesMax: 1e9, bytesMax: 1 },
		);
		expect(byBytes.packs.map((pack) => pack.firstOffset)).toEqual([30]);
		const seen: number[] = [];
		let at = { topic: "records", partition: 0, offset: 0 } as const as Parameters<Log["read"]>[0];
		for (;;) {
			const page = await log.read(at, { entriesMax: 17, bytesMax: 1e9 });
			if (page.packs.length === 0) break;
			seen.push(...page.packs.map((pack) => pack.firstOffset));
			at = page.next;
		}
		expect(seen).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
		expect(at.offset).toBe(100);
	});

	it("starts in the middle of a pack with that pack, and answers at once at the end", async () => {
		const log = await start();
		await log.commit({ append: [textPack("a", 5), textPack("b", 5)] });
		const middle = await log.read(
			{ topic: "records", partition: 0, offset: 7 },
			{ entriesMax: 3, bytesMax: 1e9 },
		);
		expect(middle.packs.map((pack) => pack.firstOffset)).toEqual([5]);
		expect(middle.next.offset).toBe(10);
		const end = await log.read({ topic: "records", partition: 0, offset: 10 }, ALL);
		expect(end).toEqual({ packs: [], next: { topic: "records", partition: 0, offset: 10 } });
	});

	it("gives up a read with the reason of its signal", async () => {
		const log = await start();
		const stop = new AbortController();
		stop.abort(new Failure("closed", "stopped"));
		await expect(
			log.read({ topic: "records", partition: 0, offset: 0 }, ALL, stop.signal),
		).rejects.toMatchObject({ code: "closed" });
	});

	it("finds the first pack of a minute also where minutes are not in order", async () => {
		const log = await start();
		const minutes = [10, 12, 11, 12, 15, 13];
		for (const minute of minutes) {
			await log.commit({ append: [textPack("m", 2, { partition: last, minute })] });
		}
		const at = (minute: number) => log.offsetAt("records", last, minute * 60_000);
		expect(await Promise.all([0, 10, 11, 12, 13, 15, 16].map(at))).toEqual([0, 0, 2, 2, 8, 8, 12]);
		expect(await log.offsetAt("records", last, 13 * 60_000 + 30_000)).toBe(8);
	});

	it("counts what is pending per feed and minute, also from the middle of a pack", async () => {
		const log = await start();
		await log.commit({
			append: [
				textPack("a", 4, { minute: 1 }),
				textPack("b", 3, { minute: 1, feed: "tram" }),
				textPack("c", 2, { minute: 2 }),
				textPack("d", 5, { minute: 1 }),
			],
		});
		const pending = async (offset: number) =>
			Object.fromEntries(
				(await log.pending({ topic: "records", partition: 0, offset })).map((row) => [
					`${row.feed}/${row.minute}`,
					row.count,
				]),
			);
		expect(await pending(0)).toEqual({ "metro/1": 9, "tram/1": 3, "metro/2": 2 });
		expect(await pending(6)).toEqual({ "metro/1": 5, "tram/1": 1, "metro/2": 2 });
		expect(await pending(14)).toEqual({});
		const unread = { topic: "records", partition: 0, subscription: "sink:web" } as const;
		expect((await log.pending(unread)).reduce((sum, { count }) => sum + count, 0)).toBe(14);
		const next = { topic: "records", partition: 0, offset: 8 } as const;
		await log.commit({ consumed: [{ subscription: "sink:web", next }] });
		expect((await log.pending(unread)).reduce((sum, { count }) => sum + count, 0)).toBe(6);
	});
}

function describeCursorsAndState(
	start: () => Promise<Log>,
	restart: () => Promise<Log>,
	partitions: number,
): void {
	const last = partitions - 1;
	const move = (offset: number, seek?: boolean): Commit => ({
		consumed: [
			{
				subscription: "sink:web",
				next: { topic: "records", partition: last, offset },
				...(seek ? { seek } : {}),
			},
		],
	});
	it("moves cursors forward only, unless an operator seeks", async () => {
		const log = await start();
		await log.commit({ append: [textPack("a", 50, { partition: last })] });
		expect(await log.cursor("sink:web", "records", last)).toBeUndefined();
		await log.commit(move(40));
		await log.commit(move(40));
		await expect(log.commit({ ...move(30), append: [textPack("no", 1)] })).rejects.toMatchObject({
			code: "bug",
		});
		expect(await log.cursor("sink:web", "records", last)).toBe(40);
		await log.commit(move(10, true));
		expect(await log.cursor("sink:web", "records", last)).toBe(10);
		expect(await log.cursor("sink:web", "frames", last)).toBeUndefined();
		expect(await log.cursor("sink:other", "records", last)).toBeUndefined();
		const reopened = await restart();
		expect(await reopened.cursor("sink:web", "records", last)).toBe(10);
		await expect(reopened.commit(move(9))).rejects.toMatchObject({ code: "bug" });
	});

	it("keeps, replaces, lists and deletes state", async () => {
		const log = await start();
		const bytes = Uint8Array.of(0, 255, 7);
		await log.commit({
			state: [
				{ name: "source/b", bytes },
				{ name: "source/a", bytes: "ä text" },
				{ name: "sauce", bytes: "" },
				{ name: "source%", bytes: "x" },
			],
		});
		await log.commit({ state: [{ name: "source%", bytes: null }] });
		expect(await log.stateNames("source")).toEqual(["source/a", "source/b"]);
		expect(await log.stateNames("")).toEqual(["sauce", "source/a", "source/b"]);
		expect(await log.stateNames("source_")).toEqual([]);
		const reopened = await restart();
		expect(await reopened.state("source/b")).toEqual(bytes);
		expect(new TextDecoder().decode(await reopened.state("source/a"))).toBe("ä text");
		expect(await reopened.state("sauce")).toEqual(new Uint8Array(0));
		expect(await reopened.state("source%")).toBeUndefined();
		await reopened.commit({
			state: [
				{ name: "sauce", bytes: "1" },
				{ name: "sauce", bytes: "2" },
			],
		});
		expect(new TextDecoder().decode(await reopened.state("sauce"))).toBe("2");
	});

	it("has everything after a restart and goes on where it was", async () => {
		const log = await start();
		await log.commit({
			append: [textPack("a", 3, { partition: last }), bytesPack(Uint8Array.of(1, 2, 3))],
			fence: { owner: "metro", epoch: 7 },
			ledger: [{ step: "receive", feed: "metro", partition: 0, minute: 1000, outcome: "in", count: 1 }],
		});
		const before = await Promise.all([
			everything(log, "records", last),
			everything(log, "frames", 0),
			log.ledger(),
			log.usage(),
		]);
		const reopened = await restart();
		const after = await Promise.all([
			everything(reopened, "records", last),
			everything(reopened, "frames", 0),
			reopened.ledger(),
			reopened.usage(),
		]);
		expect(after).toEqual(before);
		expect(reopened.partitions("records")).toBe(partitions);
		await expect(reopened.commit({ fence: { owner: "metro", epoch: 6 } })).rejects.toMatchObject({
			code: "store.fenced",
		});
		const [position] = await reopened.commit({ append: [textPack("b", 1, { partition: last })] });
		expect(position?.offset).toBe(3);
	});

	it("gives consumers a higher epoch after a restart", async () => {
		const epochOf = async (log: Log): Promise<number> => {
			for await (const { epoch } of log.subscribe("sink:web", "shared", new AbortController().signal))
				return epoch;
			return -1;
		};
		const first = await epochOf(await start());
		expect(await epochOf(await restart())).toBeGreaterThan(first);
	});
}

function describeLedger(start: () => Promise<Log>, partitions: number): void {
	const last = partitions - 1;
	it("adds up postings per account and outcome, and filters", async () => {
		const log = await start();
		const posting = (over: Partial<Posting>): Posting => ({
			step: "admit",
			feed: "metro",
			partition: last,
			minute: 5,
			outcome: "appended",
			count: 1,
			...over,
		});
		await Promise.all([
			log.commit({ ledger: [posting({ count: 10 }), posting({ outcome: "in", count: 12 })] }),
			log.commit({
				ledger: [posting({ count: -3 }), posting({ minute: 6 }), posting({ step: "sink:web", minute: 7 })],
			}),
			log.commit({ ledger: [posting({ feed: "tram", minute: 8, count: 4 })] }),
			log.commit({ ledger: [posting({ feed: "tram", minute: 9, count: 4 })] }),
			log.commit({ ledger: [posting({ feed: "tram", minute: 9, count: -4 })] }),
		]);
		const rows = async (filter?: Parameters<Log["ledger"]>[0]) =>
			(await log.ledger(filter))
				.map((row) => `${row.step} ${row.feed} ${row.partition} ${row.minute} ${row.outcome} ${row.count}`)
				.sort();
		expect(await rows({ feed: "metro", toMinute: 5 })).toEqual([
			`admit metro ${last} 5 appended 7`,
			`admit metro ${last} 5 in 12`,
		]);
		expect(await rows({ step: "sink:web" })).toEqual([`sink:web metro ${last} 7 appended 1`]);
		expect(await rows({ fromMinute: 6, toMinute: 7 })).toHaveLength(2);
		expect(await rows({ feed: "tram" })).toEqual([`admit tram ${last} 8 appended 4`]);
		expect(await rows()).toHaveLength(5);
	});
}

function describeRetention(start: () => Promise<Log>, restart: () => Promise<Log>, partitions: number): void {
	const last = partitions - 1;
	const minuteMs = 60_000;
	it("removes whole packs by age from the old end, and never gives their offsets again", async () => {
		const log = await start();
		for (let minute = 100; minute < 110; minute++) {
			await log.commit({ append: [textPack("r", 4, { partition: last, minute })] });
		}
		const policy = { topic: "records", maxAgeMs: 5 * minuteMs, maxBytes: NEVER } as const;
		const went = await log.retain(policy, 110 * minuteMs);
		expect(went).toMatchObject({ packs: 5, entries: 20 });
		expect(went.bytes).toBeGreaterThan(0);
		expect(await log.bounds("records", last)).toEqual({ start: 20, end: 40 });
		const page = await log.read({ topic: "records", partition: last, offset: 3 }, ALL);
		expect(page.skippedTo).toBe(20);
		expect(page.packs[0]?.firstOffset).toBe(20);
		expect(page.next.offset).toBe(40);
		expect(await log.offsetAt("records", last, 0)).toBe(20);
		await log.retain(policy, 1000 * minuteMs);
		expect(await log.bounds("records", last)).toEqual({ start: 40, end: 40 });
		expect((await log.read({ topic: "records", partition: last, offset: 3 }, ALL)).next.offset).toBe(40);
		const reopened = await restart();
		expect(await reopened.bounds("records", last)).toEqual({ start: 40, end: 40 });
		const [position] = await reopened.commit({ append: [textPack("z", 1, { partition: last })] });
		expect(position?.offset).toBe(40);
	});

	it("removes by bytes, the oldest minute of any partition first, and keeps what a reader still needs", async () => {
		const log = await start();
		for (let minute = 100; minute < 112; minute++) {
			await log.commit({ append: [textPack("r", 1, { partition: minute % partitions, minute })] });
		}
		const usage = async () => (await log.usage()).find(({ topic }) => topic === "records");
		const before = await usage();
		expect(before?.entries).toBe(12);
		const maxBytes = (before?.bytes ?? 0) / 2;
		const forever = Number.MAX_SAFE_INTEGER;
		const kept = Array.from({ length: partitions }, () => 0);
		expect(
			await log.retain({ topic: "records", maxAgeMs: forever, maxBytes: 0, keepFrom: kept }, 1e12),
		).toEqual({ packs: 0, entries: 0, bytes: 0 });
		expect(
			await log.retain({ topic: "records", maxAgeMs: forever, maxBytes, keepFrom: [NEVER] }, 1e12),
		).toMatchObject({
			packs: 6,
			entries: 6,
		});
		expect((await usage())?.bytes).toBe(maxBytes);
		let oldest = Number.POSITIVE_INFINITY;
		for (let partition = 0; partition < partitions; partition++) {
			for (const pack of await everything(log, "records", partition)) oldest = Math.min(oldest, pack.minute);
		}
		expect(oldest).toBe(106);
	});

	it("posts what went as expired, for unread records in the account of the sink too", async () => {
		const log = await start();
		const head = JSON.stringify({ frames: [{ partition: last }] });
		await log.commit({
			append: [
				bytesPack(Uint8Array.of(1), { partition: last, minute: 7 }),
				textPack("r", 10, { minute: 7, head }),
				textPack("t", 2, { minute: 7, head, feed: "tram" }),
			],
			consumed: [
				{ subscription: "sink:web", next: { topic: "records", partition: 0, offset: 4 } },
				{ subscription: "sink:done", next: { topic: "records", partition: 0, offset: 12 } },
				{ subscription: "interpret", next: { topic: "frames", partition: last, offset: 1 } },
			],
			ledger: [
				{ step: "receive", feed: "metro", partition: last, minute: 7, outcome: "stored", count: 1 },
				{ step: "admit", feed: "metro", partition: last, minute: 7, outcome: "appended", count: 10 },
				{ step: "admit", feed: "tram", partition: last, minute: 7, outcome: "appended", count: 2 },
				{ step: "sink:web", feed: "metro", partition: 0, minute: 7, outcome: "in", count: 10 },
				{ step: "sink:done", feed: "metro", partition: 0, minute: 7, outcome: "in", count: 10 },
			],
		});
		await log.retain({ topic: "records", maxAgeMs: 0, maxBytes: NEVER }, 1e9);
		await log.retain({ topic: "frames", maxAgeMs: 0, maxBytes: NEVER }, 1e9);
		const rows = (await log.ledger())
			.map((row) => `${row.step} ${row.feed} ${row.partition} ${row.outcome} ${row.count}`)
			.sort();
		expect(rows).toEqual([
			`admit metro ${last} expired 10`,
			`admit tram ${last} expired 2`,
			`receive metro ${last} expired 1`,
			"sink:done metro 0 in 10",
			"sink:web metro 0 expired 6",
			"sink:web metro 0 in 10",
		]);
		expect(await log.pending({ topic: "records", partition: 0, offset: 4 })).toEqual([]);
		const mark = await log.state(retentionMark("records", 0, "metro"));
		expect(new TextDecoder().decode(mark)).toBe("7");
	});
}
