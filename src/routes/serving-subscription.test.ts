import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeliveryWorld } from "../../test/delivery-world.js";
import { RecentRecords } from "../log/recent-records.js";
import { Failure } from "../model/failure.js";
import { recordId, type TransitRecord } from "../model/record.js";
import type { Endpoint } from "../runtime/endpoint.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import type { Publication, ServingOutcome, ServingSink } from "../sinks/sink.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { recordsFrom } from "../testing/sink-contract.js";

/** Serves the newest record per key, as a rider feed does, and remembers what it was told. */
class Board implements ServingSink {
	readonly kind = "serving";
	readonly horizonMs = 600_000;
	readonly publishEveryMs = 10_000;
	readonly publishAtMostEveryMs = 1000;
	readonly endpoints: readonly Endpoint[] = [
		{
			method: "GET",
			path: "/board",
			scope: "public",
			summary: "What is on the board",
			handle: async () => ({ status: 200, body: `${this.revealed.length} publications` }),
		},
	];
	restored: string | undefined;
	readonly rebuilt: string[] = [];
	readonly revealed: { readonly at: number; readonly ids: readonly string[]; readonly header: number }[] = [];
	isClosed = false;
	/** Keeps records undecided that carry this flag. */
	undecidedFlag: "future" | undefined;
	onPublish: () => void = () => undefined;
	readonly #state = new Map<string, TransitRecord>();
	readonly #now: () => number;
	#waiting: TransitRecord[] = [];
	#header = 0;

	constructor(now: () => number) {
		this.#now = now;
	}

	restore(state: string | undefined): void {
		this.restored = state;
		this.#header = Number(state ?? 0);
	}

	apply(records: readonly TransitRecord[], rebuilding: boolean): void {
		for (const record of records) {
			if (rebuilding) {
				this.rebuilt.push(recordId(record));
				this.#state.set(record.key, record);
			} else this.#waiting.push(record);
		}
	}

	publish(now: number, settle: (record: TransitRecord, outcome: ServingOutcome) => void): Publication {
		this.onPublish();
		const kept: TransitRecord[] = [];
		const shown = new Map<string, TransitRecord>();
		for (const record of this.#waiting) {
			if (this.undecidedFlag && record.flags.includes(this.undecidedFlag)) {
				kept.push(record);
				continue;
			}
			if (record.flags.includes("future")) settle(record, "withheld");
			else {
				const before = shown.get(record.key);
				if (before) settle(before, "superseded");
				shown.set(record.key, record);
			}
		}
		for (const [key, record] of shown) {
			settle(record, "delivered");
			this.#state.set(key, record);
		}
		this.#waiting = kept;
		const header = Math.max(this.#header + 1, now);
		this.#header = header;
		const ids = [...this.#state.values()].map(recordId);
		return { state: `${header}`, reveal: () => this.revealed.push({ at: this.#now(), ids, header }) };
	}

	status(): Readonly<Record<string, string | number | boolean>> {
		return { vehicles: this.#state.size };
	}

	async close(): Promise<void> {
		this.isClosed = true;
	}
}

function given(partitions = 3) {
	const world = new DeliveryWorld(partitions);
	const board = new Board(() => world.now);
	return { world, board };
}

const LAST = -1;

describe("serving subscription", () => {
	it("publishes once at the start, then on change at most so often, and at least so often without", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		expect(board.revealed).toHaveLength(1);
		await world.append(recordsFrom(0, 5));
		await world.time.advance(999);
		expect(board.revealed).toHaveLength(1);
		await world.time.advance(1);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(5);
		await world.time.advance(30_000);
		expect(board.revealed.map(({ at }) => at - NOON)).toEqual([0, 1000, 11_000, 21_000, 31_000]);
		for (let i = 0; i < 50; i++) {
			await world.append([sampleRecord({ vehicle: "9", eventTime: NOON + i })]);
			await world.time.advance(100);
		}
		const busy = board.revealed.slice(5).map(({ at }) => at);
		expect(busy.length).toBeGreaterThan(3);
		for (let i = 1; i < busy.length; i++)
			expect((busy[i] ?? 0) - (busy[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
		await subscription.close();
		expect(board.isClosed).toBe(true);
		expect(world.time.pendingTimers()).toBe(0);
	});

	it("lets who asks before the start wait for the first publication", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		const [endpoint] = subscription.endpoints;
		const plain = { params: {}, query: {}, headers: {}, body: new Uint8Array(), remoteAddress: "192.0.2.1" };
		const { signal } = new AbortController();
		const answer = endpoint?.handle({ method: "GET", path: "/board", ...plain, signal });
		await world.time.advance(5000);
		await subscription.start();
		expect(await answer).toEqual({ status: 200, body: "1 publications" });
		await subscription.close();
	});

	it("publishes the first change at once when the last publication is long past", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		await world.time.advance(5000);
		await world.append(recordsFrom(0, 1));
		await world.time.settle();
		expect(board.revealed.at(LAST)).toMatchObject({ at: NOON + 5000, ids: [expect.any(String)] });
		await subscription.close();
	});

	it("commits cursors, postings and state of each publication together", async () => {
		const { world, board } = given();
		const routes = [{ feed: "metro-avl", kinds: ["vehicle_location" as const] }];
		const subscription = world.subscribe(board, { name: "riders", routes });
		await subscription.start();
		await world.append([
			...recordsFrom(0, 4),
			sampleRecord({ vehicle: "0", eventTime: NOON + 1 }),
			sampleRecord({ vehicle: "x", flags: ["future"] }),
			sampleRecord({ body: { kind: "stop_visit", stopId: "S" } }),
			sampleRecord({ feed: "other" }),
		]);
		await world.time.advance(2000);
		expect(await world.account("riders")).toEqual({
			in: 7,
			delivered: 4,
			superseded: 1,
			withheld: 1,
			filtered: 1,
			pending: 0,
		});
		expect(subscription.status()).toMatchObject({
			state: "running",
			lagEntries: 0,
			delivered: 4,
			cursorless: 0,
			facts: { vehicles: 4 },
		});
		const state = await world.log.state("sink/riders/state");
		expect(new TextDecoder().decode(state)).toBe(`${board.revealed.at(LAST)?.header}`);
		await subscription.close();
	});

	it("rebuilds after a restart from what still matters, and applies as new what was not settled", async () => {
		const { world, board } = given(1);
		const first = world.subscribe(board, { name: "riders" });
		await first.start();
		await world.append([sampleRecord({ vehicle: "ancient", receivedTime: NOON })]);
		await world.time.advance(3_600_000);
		await world.append([sampleRecord({ vehicle: "recent", receivedTime: world.now })]);
		await world.time.advance(2000);
		world.beforeCommit = (commit) => {
			if (commit.consumed?.length) throw new Error("the process is dying");
		};
		await world.append([sampleRecord({ vehicle: "unsettled", receivedTime: world.now })]);
		await world.time.advance(2000);
		const header = board.revealed.at(LAST)?.header ?? 0;
		await world.crash([first]);

		const next = new Board(() => world.now);
		const second = world.subscribe(next, { name: "riders" });
		await second.start();
		expect(next.restored).toBeDefined();
		expect(next.rebuilt.map((id) => id.split("/")[1])).toEqual(["metro:recent"]);
		expect(next.revealed[0]?.ids).toHaveLength(1);
		await world.time.advance(1000);
		expect(next.revealed.at(LAST)?.ids).toHaveLength(2);
		expect(next.revealed[0]?.header).toBeGreaterThanOrEqual(header - 2000);
		expect(await world.account("riders")).toEqual({ in: 3, delivered: 3, pending: 0 });
		await second.close();
	});

	it("reveals although the store cannot commit, and posts what it owes with the next commit", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		let isFull = true;
		world.beforeCommit = (commit) => {
			if (isFull && !commit.append) throw new Failure("store.full", "the disk is full");
		};
		await world.append(recordsFrom(0, 5));
		await world.time.advance(60_000);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(5);
		expect(board.revealed.length).toBeGreaterThan(5);
		expect(subscription.status()).toMatchObject({ state: "held", lagEntries: 5 });
		expect(await world.account("riders")).toEqual({ in: 5, pending: 5 });
		isFull = false;
		await world.time.advance(20_000);
		expect(await world.account("riders")).toEqual({ in: 5, delivered: 5, pending: 0 });
		expect(subscription.status()).toMatchObject({ state: "running", lagEntries: 0 });
		expect(world.eventTypes()).toEqual(["store_refused", "sink_held", "sink_resumed"]);
		await subscription.close();
	});

	it("reveals within a second although a commit hangs, and does not commit beside it", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		let release: () => void = () => undefined;
		let commits = 0;
		world.beforeCommit = (commit) => {
			if (commit.append) return;
			commits++;
			return new Promise((resolve) => {
				release = resolve;
			});
		};
		await world.append(recordsFrom(0, 5));
		await world.time.advance(2000);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(5);
		await world.time.advance(30_000);
		expect(commits).toBe(1);
		expect(board.revealed.length).toBeGreaterThan(3);
		world.beforeCommit = () => undefined;
		release();
		await world.time.advance(20_000);
		expect(await world.account("riders")).toEqual({ in: 5, delivered: 5, pending: 0 });
		await subscription.close();
	});

	it("holds cursor and postings while a record is undecided", async () => {
		const { world, board } = given(1);
		board.undecidedFlag = "future";
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		await world.append([...recordsFrom(0, 2), sampleRecord({ vehicle: "x", flags: ["future"] })]);
		await world.time.advance(20_000);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(2);
		expect(await world.account("riders")).toEqual({ in: 3, pending: 3 });
		board.undecidedFlag = undefined;
		await world.time.advance(20_000);
		expect(await world.account("riders")).toEqual({ in: 3, delivered: 2, withheld: 1, pending: 0 });
		await subscription.close();
	});

	it("keeps publishing when one publication throws", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		board.onPublish = () => {
			throw new TypeError("a bug in the sink");
		};
		await world.append(recordsFrom(0, 1));
		await world.time.advance(5000);
		expect(subscription.status()).toMatchObject({ state: "held", delivery: "held" });
		board.onPublish = () => undefined;
		await world.time.advance(20_000);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(1);
		expect(subscription.status().state).toBe("running");
		expect(await world.imbalance("riders")).toBe(0);
		await subscription.close();
	});

	it("drains: what is there is published and committed", async () => {
		const { world, board } = given();
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start();
		await world.append(recordsFrom(0, 5));
		const drained = subscription.drain(5000);
		await world.time.settle();
		expect(await drained).toBe(true);
		expect(await world.account("riders")).toEqual({ in: 5, delivered: 5, pending: 0 });
		await subscription.close();
	});

	it("takes records from the cache without reading the log", async () => {
		const { world, board } = given(1);
		const cache = new RecentRecords(world.log, [0]);
		const subscription = world.subscribe(board, { name: "riders" });
		await subscription.start(cache);
		let reads = 0;
		const read = world.log.read.bind(world.log);
		world.log.read = (...from) => {
			reads++;
			return read(...from);
		};
		const records = recordsFrom(0, 5);
		cache.expect(0, records);
		await world.append(records);
		await world.time.advance(2000);
		expect(board.revealed.at(LAST)?.ids).toHaveLength(5);
		expect(reads).toBe(0);
		await subscription.close();
	});

	it("keeps its account through random floods, store failures and crashes", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer(),
				fc.constantFrom(1, 3, 8),
				fc.integer({ min: 0, max: 40 }),
				fc.array(fc.constantFrom("append", "wait", "crash"), { minLength: 3, maxLength: 12 }),
				async (seed, partitions, failPercent, steps) => {
					const { next } = createSeededChance(seed);
					const world = new DeliveryWorld(partitions);
					const start = async () => {
						world.beforeCommit = () => undefined;
						const subscription = world.subscribe(new Board(() => world.now), { name: "riders" });
						await subscription.start();
						const fail = (commit: { append?: unknown }) => {
							if (commit.append || next() * 200 >= failPercent) return;
							throw next() < 0.5 ? new Failure("store.full", "full") : new Error("lost");
						};
						world.beforeCommit = fail;
						world.afterCommit = (commit) => {
							if (!commit.append && next() * 200 < failPercent) throw new Error("the answer was lost");
						};
						return subscription;
					};
					let subscription = await start();
					let count = 0;
					for (const step of steps) {
						if (step === "append") {
							const records = Array.from({ length: 1 + Math.floor(next() * 30) }, () =>
								sampleRecord({ vehicle: `${Math.floor(next() * 9)}`, eventTime: NOON + count++ }),
							);
							await world.append(records);
						} else if (step === "wait") await world.time.advance(Math.floor(next() * 3000));
						else {
							await world.crash([subscription]);
							subscription = await start();
						}
						expect(await world.imbalance("riders")).toBe(0);
					}
					world.beforeCommit = () => undefined;
					world.afterCommit = () => undefined;
					await world.time.advance(30_000);
					const { in: opened = 0, pending } = await world.account("riders");
					expect({ opened, pending }).toEqual({ opened: count, pending: 0 });
					expect(await world.imbalance("riders")).toBe(0);
					await subscription.close();
				},
			),
			{ numRuns: 150, seed: 20_260_105 },
		);
	});
});
