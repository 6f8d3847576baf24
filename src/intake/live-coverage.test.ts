import { afterEach, describe, expect, it } from "vitest";
import { allRecords, jsonDecoder, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { gapOf, unpackEvents } from "../log/event.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { Failure } from "../model/failure.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { LiveFrames } from "../sources/live-frames.js";
import type { LiveSource } from "../sources/source.js";
import { Feed } from "./feed.js";
import { politeUpstream } from "./politeness.js";

const S = 1_000;
const MINUTE = 60 * S;
const NOW = Date.UTC(2026, 0, 5, 8);
const NO_BUDGET = { requests: undefined, bytes: undefined, quota: undefined };

/** Lines on which somebody tells of one vehicle each second; each can break, and each can fall silent. */
class Lines {
	readonly storage = new MemoryStorage(1);
	readonly time = createVirtualRuntime({ startTime: NOW });
	readonly broken = new Set<number>();
	readonly silent = new Set<number>();
	/** What upstream says of what it promised to keep. */
	hasKept = true;
	/** It tells something as soon as it is connected. */
	greets = false;
	readonly news: string[] = [];
	readonly #count: number;
	readonly #keepsMs: number | undefined;
	readonly #connected = new Map<number, LiveFrames>();
	#stop: (() => Promise<void>) | undefined;
	#kill: (() => Promise<void>) | undefined;
	#said = 0;

	constructor(count = 1, keepsMs?: number) {
		this.#count = count;
		this.#keepsMs = keepsMs;
		const speak = () => {
			this.#said++;
			for (const [index, frames] of this.#connected) if (!this.silent.has(index)) frames.push(this.#item());
			this.time.runtime.clock.after(S, speak, { ref: false });
		};
		this.time.runtime.clock.after(S, speak, { ref: false });
	}

	#item() {
		const { clock } = this.time.runtime;
		const vehicleId = `message-${this.#said}`;
		const items = [
			{ kind: "vehicle_location", vehicleId, eventTime: clock.now(), latitude: 1, longitude: 1 },
		];
		return { bytes: Buffer.from(JSON.stringify({ items })), receivedTime: clock.now(), connection: "line" };
	}

	async start(): Promise<Feed> {
		const { runtime } = this.time;
		const log = createMemoryLog({ storage: this.storage });
		const feed: Feed = new Feed({
			name: "avl",
			agency: "metro",
			log,
			runtime,
			upstreams: Array.from({ length: this.#count }, (_, index) => ({
				index,
				sourceType: "line",
				decoderName: "json@1",
				decoder: jsonDecoder,
				source: this.#source(index),
				upstream: politeUpstream(`feed:avl/${index}`, NO_BUDGET, {}, runtime),
				windowMs: undefined,
			})),
			onNews: (_level, code) => this.news.push(code),
		});
		const readers = new Map([["avl", Array.from({ length: this.#count }, () => reader("avl"))]]);
		const { intake } = await startIntake(log, runtime, readers, {
			onInterpreted: (frame) => feed.interpreted(frame),
		});
		feed.start(intake);
		this.#kill = async () => {
			await log.close();
			const stopped = feed.stop();
			await this.time.advance(S);
			await stopped;
			await intake.close();
		};
		this.#stop = async () => {
			const stopped = feed.stop();
			await this.time.advance(S);
			await stopped;
			await intake.close();
			await log.close();
		};
		return feed;
	}

	/** Nothing is stored any more, from one moment to the next. */
	async kill(): Promise<void> {
		await this.#kill?.();
		this.#stop = undefined;
	}

	async stop(): Promise<void> {
		await this.#stop?.();
		this.#stop = undefined;
	}

	#source(index: number): LiveSource {
		return {
			kind: "live",
			...(this.#keepsMs !== undefined && { keepsMs: this.#keepsMs, hasKept: () => this.hasKept }),
			connect: async ({ signal }) => {
				if (this.broken.has(index)) throw new Failure("net.refused", "Nobody is there");
				const frames = new LiveFrames({ signal, onEnd: () => this.#connected.delete(index) });
				this.#connected.set(index, frames);
				if (this.greets) frames.push(this.#item());
				return frames;
			},
		};
	}

	break(index: number): void {
		this.broken.add(index);
		this.#connected.get(index)?.fail(new Failure("net.reset", "The line broke"));
		this.#connected.delete(index);
	}

	isConnected(index: number): boolean {
		return this.#connected.has(index);
	}

	/** Ends it. What was said and is in no record, what the ledger has of it, and the gaps that were told. */
	async outcome(from = 0) {
		const said = this.#said - from;
		await this.stop();
		const log = createMemoryLog({ storage: this.storage });
		const { packs } = await log.read(
			{ topic: "events", partition: 0, offset: 0 },
			{ entriesMax: 1e6, bytesMax: 1e9 },
		);
		const gaps = packs.flatMap(unpackEvents).flatMap((event) => gapOf(event) ?? []);
		const keys = new Set((await allRecords(log)).map(({ key }) => key));
		const posted = await ledgerSum(log, "receive", "gap_estimated");
		await log.close();
		return { lost: said - keys.size, posted, gaps };
	}
}

let lines: Lines | undefined;
afterEach(() => lines?.stop());

describe("what a live connection missed", () => {
	it("is told after a break, as an estimate of what is normal, posted once", async () => {
		lines = new Lines();
		await lines.start();
		await lines.time.advance(10 * MINUTE);
		lines.break(0);
		await lines.time.advance(20 * MINUTE);
		lines.broken.clear();
		await lines.time.advance(10 * MINUTE);
		const { lost, posted, gaps } = await lines.outcome();
		expect(lost).toBeGreaterThan(1_150);
		expect(posted / lost).toBeGreaterThan(0.97);
		expect(posted / lost).toBeLessThan(1.03);
		expect(gaps).toMatchObject([{ reports: posted, estimated: true, cause: "net.refused" }]);
		expect(gaps[0]).not.toHaveProperty("sweeps");
	});

	it("is told after the hub was down, and not where the session of a broker kept it", async () => {
		for (const [keepsMs, isTold] of [
			[undefined, true],
			[20 * MINUTE, false],
		] as const) {
			lines = new Lines(1, keepsMs);
			await lines.start();
			await lines.time.advance(10 * MINUTE);
			await lines.stop();
			await lines.time.advance(10 * MINUTE);
			await lines.start();
			await lines.time.advance(5 * MINUTE);
			const { lost, posted, gaps } = await lines.outcome();
			expect(lost).toBeGreaterThan(590);
			if (!isTold) expect(gaps).toEqual([]);
			else {
				expect(gaps).toMatchObject([{ cause: "hub_down", estimated: true }]);
				expect(Math.abs(posted - lost)).toBeLessThan(25);
			}
		}
	});

	it("begins with the last frame that is stored, where the process was killed before it could note what it had heard", async () => {
		lines = new Lines();
		await lines.start();
		await lines.time.advance(10 * MINUTE + 8 * S);
		await lines.kill();
		const killed = lines.time.runtime.clock.now();
		await lines.time.advance(MINUTE);
		// What comes with the new connection, before anything was noted, says nothing of the time in between.
		lines.greets = true;
		await lines.start();
		await lines.time.advance(5 * MINUTE);
		const { lost, posted, gaps } = await lines.outcome();
		expect(gaps).toMatchObject([{ cause: "hub_down" }]);
		expect(Math.abs((gaps[0]?.fromTime ?? 0) - killed)).toBeLessThan(2 * S);
		expect(Math.abs(posted - lost)).toBeLessThan(4);
	});

	it("is told where the broker has forgotten the session that should have kept it", async () => {
		lines = new Lines(1, 20 * MINUTE);
		await lines.start();
		await lines.time.advance(10 * MINUTE);
		lines.hasKept = false;
		lines.break(0);
		await lines.time.advance(10 * MINUTE);
		lines.broken.clear();
		await lines.time.advance(10 * MINUTE);
		// From now on it keeps again what it promises.
		lines.hasKept = true;
		lines.break(0);
		await lines.time.advance(5 * MINUTE);
		lines.broken.clear();
		await lines.time.advance(5 * MINUTE);
		const { posted, gaps } = await lines.outcome();
		expect(gaps).toMatchObject([{ cause: "net.refused", estimated: true, reports: posted }]);
		const { fromTime = 0, toTime = 0 } = gaps[0] ?? {};
		expect(toTime - fromTime).toBeGreaterThan(10 * MINUTE - 5 * S);
		expect(fromTime).toBeLessThan(NOW + 11 * MINUTE);
		expect(posted / ((toTime - fromTime) / S)).toBeCloseTo(1, 1);
	});

	it("is nothing while the connection stands, however quiet it is, and where an hour of quiet ends in a break", async () => {
		lines = new Lines();
		await lines.start();
		await lines.time.advance(MINUTE);
		lines.silent.add(0);
		await lines.time.advance(8 * 60 * MINUTE);
		lines.break(0);
		await lines.time.advance(MINUTE);
		lines.broken.clear();
		await lines.time.advance(MINUTE);
		lines.silent.clear();
		await lines.time.advance(5 * MINUTE);
		const { posted } = await lines.outcome();
		expect(posted).toBeLessThan(5);
	});

	it("is told after a silence, once it speaks again", async () => {
		lines = new Lines();
		const feed = await lines.start();
		await lines.time.advance(10 * MINUTE);
		lines.silent.add(0);
		const since = lines.time.runtime.clock.now();
		await lines.time.advance(90 * S);
		feed.fellSilent(since);
		await lines.time.advance(10 * MINUTE);
		lines.silent.clear();
		await lines.time.advance(5 * MINUTE);
		const { lost, posted, gaps } = await lines.outcome();
		expect(gaps).toMatchObject([{ cause: "silence", estimated: true }]);
		expect(Math.abs(posted - lost)).toBeLessThan(25);
	});
});

describe("a live upstream that stands in", () => {
	it("takes over from a silent one that stays connected, and hands back when that one speaks steadily", async () => {
		lines = new Lines(2);
		const feed = await lines.start();
		await lines.time.advance(10 * MINUTE);
		expect(lines.isConnected(1)).toBe(false);
		lines.silent.add(0);
		const since = lines.time.runtime.clock.now();
		await lines.time.advance(90 * S);
		feed.fellSilent(since);
		await lines.time.advance(10 * S);
		feed.fellSilent(since);
		expect([lines.isConnected(0), lines.isConnected(1)]).toEqual([true, true]);
		await lines.time.advance(10 * MINUTE);
		lines.silent.clear();
		await lines.time.advance(20 * S);
		expect(lines.isConnected(1)).toBe(true);
		await lines.time.advance(MINUTE);
		expect([lines.isConnected(0), lines.isConnected(1)]).toEqual([true, false]);
		expect(lines.news).toEqual(["feed.silent", "feed.speaks"]);
		const { lost, posted } = await lines.outcome();
		expect(lost).toBeLessThan(110);
		expect(Math.abs(posted - lost)).toBeLessThan(10);
	});

	it("is not believed to be well again for one report between two silences", async () => {
		lines = new Lines(2);
		const feed = await lines.start();
		await lines.time.advance(10 * MINUTE);
		lines.silent.add(0);
		await lines.time.advance(90 * S);
		feed.fellSilent(lines.time.runtime.clock.now() - 90 * S);
		for (let round = 0; round < 5; round++) {
			lines.silent.clear();
			await lines.time.advance(2 * S);
			lines.silent.add(0);
			await lines.time.advance(2 * MINUTE);
			expect(lines.isConnected(1)).toBe(true);
		}
		expect(lines.news).toEqual(["feed.silent"]);
	});

	it("is given up after a break of the first one is over, and nothing that it told is a gap", async () => {
		lines = new Lines(2);
		await lines.start();
		await lines.time.advance(10 * MINUTE);
		lines.break(0);
		await lines.time.advance(20 * MINUTE);
		expect(lines.isConnected(1)).toBe(true);
		lines.broken.clear();
		await lines.time.advance(10 * MINUTE);
		expect([lines.isConnected(0), lines.isConnected(1)]).toEqual([true, false]);
		const { lost, posted } = await lines.outcome();
		expect(lost).toBeLessThan(300);
		expect(Math.abs(posted - lost)).toBeLessThan(15);
	});
});
