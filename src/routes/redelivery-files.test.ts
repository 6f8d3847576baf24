import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeliveryWorld, refusedRecords } from "../../test/delivery-world.js";
import { Replays } from "../hub/replays.js";
import { balanceLedger } from "../log/audit.js";
import { Failure } from "../model/failure.js";
import { MemoryFiles } from "../simulation/drills/memory-files.js";
import { definition } from "../sinks/ndjson-file.js";
import type { DeliverySink } from "../sinks/sink.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import type { Subscription } from "./subscription.js";

/** A file of lines behind a destination that refuses vehicle 1 at first, in virtual time. */
class FileWorld extends DeliveryWorld {
	readonly path = "/archive.ndjson";
	isRefusing = true;
	/** Commits of the sink until one fails, and how. */
	failing: { left: number; readonly isAfter: boolean } | undefined;
	/** How long the next append takes. */
	hangMs = 0;
	readonly files = new MemoryFiles({ beforeAppend: () => this.#hang() });
	readonly #subscription: Subscription;
	readonly replays: Replays;
	#count = 0;

	constructor(partitions: number) {
		super(partitions);
		this.#subscription = this.subscribe(this.#sink(), { batch: { count: 3, bytes: 1e6, everyMs: 100 } });
		this.beforeCommit = (commit) => this.#fail(false, commit.consumed ?? commit.letters);
		this.afterCommit = (commit) => this.#fail(true, commit.consumed ?? commit.letters);
		this.replays = new Replays({
			log: this.log,
			runtime: this.time.runtime,
			subscriptions: [this.#subscription],
			onEvent: () => undefined,
		});
	}

	async start(): Promise<void> {
		await this.#subscription.start();
		await this.live(9);
		await this.time.advance(30_000);
		this.isRefusing = false;
	}

	async live(count: number): Promise<void> {
		const records = Array.from({ length: count }, () => {
			const n = this.#count++;
			return sampleRecord({ vehicle: `${n % 3}`, eventTime: NOON + n, index: n });
		});
		await this.append(records);
	}

	get count(): number {
		return this.#count;
	}

	get ids(): string[] {
		const lines = this.files.textOf(this.path).split("\n").slice(0, -1);
		return lines.map((line) => (JSON.parse(line) as { id: string }).id);
	}

	async replay(name: string): Promise<void> {
		try {
			await this.replays.begin({ kind: "replay", filter: {}, all: true, ratePerS: 1000, name });
		} catch (thrown) {
			// One runs already, or there is nothing left.
			expect(thrown).toMatchObject({ code: expect.stringMatching(/^request\./) });
		}
	}

	/** Cancels whatever runs, while time goes on. */
	async cancel(): Promise<void> {
		for (const { name, state } of await this.replays.list()) {
			if (state !== "running") continue;
			let isDone = false;
			const done = this.replays.act("cancel", name).finally(() => {
				isDone = true;
			});
			for (let tries = 0; !isDone && tries < 1000; tries++) await this.time.advance(100);
			await done;
		}
	}

	async close(): Promise<void> {
		const closed = this.#subscription.close();
		await this.replays.stop();
		await this.time.advance(10_000);
		await closed;
	}

	#sink(): DeliverySink {
		const options = definition.options.parse({ path: this.path });
		const context = { name: "archive", baseDirectory: "/", secrets: {} };
		const runtime = { ...this.time.runtime, files: this.files };
		const sink = definition.create(options, { ...context, runtime }) as DeliverySink;
		const write = sink.write.bind(sink);
		sink.write = async (batch, signal) => {
			const bad = batch.records.flatMap(({ key }, at) => (this.isRefusing && key === "metro:1" ? [at] : []));
			return bad.length > 0 ? refusedRecords(...bad) : write(batch, signal);
		};
		return sink;
	}

	#fail(isAfter: boolean, commits: unknown): void {
		if (commits === undefined || this.failing?.isAfter !== isAfter || --this.failing.left > 0) return;
		this.failing = undefined;
		throw new Failure("store.overtaken", "the store does not say what came of it");
	}

	async #hang(): Promise<void> {
		const ms = this.hangMs;
		this.hangMs = 0;
		if (ms > 0) await new Promise<void>((resolve) => this.time.runtime.clock.after(ms, resolve));
	}
}

const op = fc.oneof(
	fc.record({ op: fc.constant("live" as const), count: fc.integer({ min: 1, max: 6 }) }),
	fc.record({ op: fc.constant("replay" as const), restMs: fc.constantFrom(0, 50, 300) }),
	fc.record({ op: fc.constant("cancel" as const), restMs: fc.constantFrom(0, 500) }),
	fc.record({
		op: fc.constant("fail" as const),
		left: fc.integer({ min: 1, max: 3 }),
		isAfter: fc.boolean(),
	}),
	fc.record({ op: fc.constant("hang" as const), ms: fc.constantFrom(1000, 40_000, 90_000) }),
	fc.record({ op: fc.constant("rest" as const), ms: fc.constantFrom(100, 2000, 60_000) }),
);

describe("a file that dead letters are replayed into", () => {
	it("holds every record once, whatever is cancelled, whichever commits fail and whichever writes hang", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 2 }),
				fc.array(op, { minLength: 3, maxLength: 12 }),
				async (partitions, ops) => {
					const world = new FileWorld(partitions);
					await world.start();
					for (const [at, one] of ops.entries()) {
						if (one.op === "live") await world.live(one.count);
						else if (one.op === "rest") await world.time.advance(one.ms);
						else if (one.op === "hang") world.hangMs = one.ms;
						else if (one.op === "fail") world.failing = { left: one.left, isAfter: one.isAfter };
						else if (one.op === "cancel") {
							await world.cancel();
							await world.time.advance(one.restMs);
						} else {
							await world.replay(`job-${at}`);
							await world.time.advance(one.restMs);
						}
					}
					world.failing = undefined;
					world.hangMs = 0;
					await world.time.advance(300_000);
					await world.replay("last");
					await world.time.advance(300_000);
					const { ids } = world;
					expect(ids.length).toBe(new Set(ids).size);
					expect(ids.length).toBe(world.count);
					expect(await world.imbalance()).toBe(0);
					expect((await balanceLedger(world.log)).balanced).toBe(true);
					await world.close();
				},
			),
			{ numRuns: 150, seed: 20_261_123 },
		);
	});
});
