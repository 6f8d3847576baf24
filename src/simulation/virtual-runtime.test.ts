import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sleep } from "../runtime/runtime.js";
import { createSeededChance, createVirtualRuntime } from "./virtual-runtime.js";

describe("virtual runtime", () => {
	it("runs due timers in order of time, then of scheduling, and no others", async () => {
		const world = createVirtualRuntime();
		const seen: string[] = [];
		const { clock } = world.runtime;
		clock.after(20, () => seen.push("b"));
		clock.after(10, () => seen.push("a"));
		clock.after(20, () => seen.push("c"));
		clock.after(21, () => seen.push("later"));
		await world.advance(20);
		expect(seen).toEqual(["a", "b", "c"]);
		expect(world.pendingTimers()).toBe(1);
	});

	it("lets everything that a timer started come to rest before the next timer runs", async () => {
		const world = createVirtualRuntime();
		const { clock } = world.runtime;
		const seen: string[] = [];
		clock.after(5, () => {
			seen.push("first");
			void (async () => {
				for (let step = 0; step < 50; step += 1) await null;
				seen.push("all of first");
			})();
		});
		clock.after(5, () => seen.push("second"));
		await world.advance(5);
		expect(seen).toEqual(["first", "all of first", "second"]);
	});

	it("runs timers that timers schedule inside of the same advance", async () => {
		const world = createVirtualRuntime();
		const { clock } = world.runtime;
		const times: number[] = [];
		const start = clock.monotonic();
		const again = () => {
			times.push(clock.monotonic() - start);
			if (times.length < 4) clock.after(10, again);
		};
		clock.after(10, again);
		await world.advance(100);
		expect(times).toEqual([10, 20, 30, 40]);
		expect(clock.monotonic() - start).toBe(100);
	});

	it("moves the wall clock with time, and by itself when it jumps", async () => {
		const world = createVirtualRuntime({ startTime: 5_000 });
		const { clock } = world.runtime;
		const monotonic = clock.monotonic();
		await world.advance(250);
		expect(clock.now()).toBe(5_250);
		world.jumpWallClock(-3_600_000);
		expect(clock.now()).toBe(5_250 - 3_600_000);
		expect(clock.monotonic()).toBe(monotonic + 250);
	});

	it("forgets cancelled timers, and counts those that keep a process alive", async () => {
		const world = createVirtualRuntime();
		const { clock } = world.runtime;
		const cancel = clock.after(10, () => expect.unreachable());
		clock.after(10, () => {}, { ref: false });
		cancel();
		cancel();
		expect([world.pendingTimers(), world.pendingRefTimers()]).toEqual([1, 0]);
		await world.advance(10);
		expect(world.pendingTimers()).toBe(0);
	});

	it("rejects with what a timer threw, and refuses to move back", async () => {
		const world = createVirtualRuntime();
		world.runtime.clock.after(1, () => {
			throw new Error("from a timer");
		});
		await expect(world.advance(1)).rejects.toThrow("from a timer");
		await expect(world.advance(-1)).rejects.toThrow(/advance\(-1\)/);
		await expect(world.advance(Number.NaN)).rejects.toThrow(RangeError);
	});

	it("runs until nothing waits, or for as long as it may", async () => {
		const world = createVirtualRuntime();
		world.runtime.clock.after(30, () => {});
		world.runtime.clock.after(500, () => {});
		expect(await world.runUntilIdle(100)).toBe(30);
		expect(await world.runUntilIdle(1_000)).toBe(470);
		expect(world.pendingTimers()).toBe(0);
	});

	it("drives the runtime's own sleep", async () => {
		const world = createVirtualRuntime();
		let woke = false;
		const asleep = sleep(world.runtime.clock, 1_000).then(() => {
			woke = true;
		});
		await world.advance(999);
		expect(woke).toBe(false);
		await world.advance(1);
		await asleep;
		expect(woke).toBe(true);
	});

	it("refuses the network and the disk until somebody supplies them", async () => {
		const { http, files } = createVirtualRuntime().runtime;
		await expect(http.request({ method: "GET", url: "http://a.example/" })).rejects.toThrow(/a\.example/);
		await expect(files.read("/x")).rejects.toThrow(/reading \/x/);
		expect(() => files.readChunks("/x")).toThrow(/no disk/);
	});

	it("runs any schedule in order of due time and never moves a clock back", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 40 }), async (delays) => {
				const world = createVirtualRuntime();
				const { clock } = world.runtime;
				const fired: number[] = [];
				delays.forEach((delay, index) => {
					clock.after(delay, () => fired.push(index));
				});
				await world.runUntilIdle(1_000);
				const expected = delays.map((_, index) => index);
				expected.sort((a, b) => (delays[a] ?? 0) - (delays[b] ?? 0) || a - b);
				expect(fired).toEqual(expected);
			}),
			{ numRuns: 40 },
		);
	});
});

describe("a wait that is shorter than the clock can tell", () => {
	it("still moves time, so that waiting for the rest of it comes to an end", async () => {
		const world = createVirtualRuntime({ startMonotonic: 8_390_622.97906274 });
		const { clock } = world.runtime;
		const due = clock.monotonic() + 1e-9;
		let waits = 0;
		const wait = () => {
			waits++;
			if (waits < 100 && clock.monotonic() <= due) clock.after(1e-10, wait);
		};
		wait();
		await world.advance(1_000);
		expect(waits).toBe(2);
	});
});

describe("seeded chance", () => {
	it("repeats for the same seed, differs for another, and stays inside [0, 1)", () => {
		const draw = (seed: number) => {
			const chance = createSeededChance(seed);
			return Array.from({ length: 500 }, () => chance.next());
		};
		expect(draw(7)).toEqual(draw(7));
		expect(draw(7)).not.toEqual(draw(8));
		expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
		const mean = draw(7).reduce((sum, value) => sum + value, 0) / 500;
		expect(mean).toBeGreaterThan(0.45);
		expect(mean).toBeLessThan(0.55);
	});

	it("gives as many repeatable bytes as asked for", () => {
		expect(createSeededChance(3).bytes(5)).toEqual(createSeededChance(3).bytes(5));
		expect(createSeededChance(3).bytes(0)).toHaveLength(0);
	});
});
