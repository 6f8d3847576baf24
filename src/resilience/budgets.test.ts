import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { Pace } from "./pace.js";
import { RatioWindow } from "./ratio-window.js";
import { resolveOptions } from "./resolve-options.js";
import { RetryTokens } from "./retry-tokens.js";

const NOON = 1_767_614_400_000;

describe("RetryTokens", () => {
	const createTokens = (budget = {}) => new RetryTokens(resolveOptions({ budget }), 0);

	it("starts full, is never overfull, and never gives what is not there", () => {
		const tokens = createTokens({ tokens: 2 });
		expect(tokens.left).toBe(2);
		tokens.earn();
		tokens.giveBack(5);
		tokens.accrue(1e9, true);
		expect(tokens.left).toBe(2);
		expect([tokens.take(1), tokens.take(1), tokens.take(1)]).toEqual([true, true, false]);
		expect(tokens.left).toBe(0);
		tokens.earn();
		expect(tokens.left).toBeCloseTo(0.1);
	});

	it("is paid by time only while closed, and only once for the same time", () => {
		const tokens = createTokens();
		tokens.take(10);
		tokens.accrue(10_000, true);
		expect(tokens.left).toBeCloseTo(1);
		tokens.accrue(10_000, true);
		expect(tokens.left).toBeCloseTo(1);
		tokens.accrue(60_000, false);
		tokens.accrue(61_000, true);
		expect(tokens.left).toBeCloseTo(1.1);
	});

	it("says how long it takes until there is one again", () => {
		const tokens = createTokens();
		expect(tokens.waitMs()).toBe(0);
		tokens.take(9.5);
		expect(tokens.waitMs()).toBeCloseTo(5_000);
		const unpaid = createTokens({ perSecond: 0, tokens: 1 });
		expect(unpaid.waitMs()).toBe(0);
		unpaid.take(1);
		expect(unpaid.waitMs()).toBe(Number.POSITIVE_INFINITY);
	});

	it("charges in proportion to the usual size, from one to all there can be", () => {
		const tokens = createTokens({ tokens: 5 });
		expect(tokens.costOf(1e9)).toBe(1);
		tokens.measure(1_000);
		expect([0, 1, 1_000, 1_001, 3_000, 1e9].map((bytes) => tokens.costOf(bytes))).toEqual([1, 1, 1, 2, 3, 5]);
		tokens.measure(2_000);
		expect(tokens.costOf(1_100)).toBe(1);
		expect(tokens.costOf(1_101)).toBe(2);
	});
});

describe("Pace", () => {
	const createPace = (budget: object) => new Pace(resolveOptions({ budget }));
	const { runtime, jumpWallClock } = createVirtualRuntime({ startTime: NOON });
	const { clock } = runtime;

	it("slides its window: a burst is never followed by another one too soon", () => {
		const pace = createPace({ requests: { count: 2, perMs: 1_000 } });
		expect(pace.readyAt(500, clock)).toEqual({ at: 500, reason: "requests" });
		pace.take(500, clock);
		expect(pace.readyAt(500, clock).at).toBe(500);
		pace.take(900, clock);
		expect(pace.readyAt(900, clock)).toEqual({ at: 1_500, reason: "requests" });
		pace.take(1_500, clock);
		expect(pace.readyAt(1_500, clock).at).toBe(1_900);
		expect(pace.readyAt(5_000, clock).at).toBe(5_000);
	});

	it("lets bytes be paid off over time, and names what holds longest", () => {
		const pace = createPace({ bytesPerSecond: 100, bytesAheadMs: 500, requests: { count: 1, perMs: 1_000 } });
		pace.addBytes(100, 0);
		pace.addBytes(100, 200);
		expect(pace.readyAt(200, clock)).toEqual({ at: 1_500, reason: "bytes" });
		pace.addBytes(100, 10_000);
		expect(pace.readyAt(10_000, clock)).toEqual({ at: 10_500, reason: "bytes" });
		pace.take(10_000, clock);
		expect(pace.readyAt(10_000, clock)).toEqual({ at: 11_000, reason: "requests" });
		const equal = createPace({ bytesPerSecond: 100, requests: { count: 1, perMs: 1_000 } });
		equal.take(0, clock);
		equal.addBytes(100, 0);
		expect(equal.readyAt(0, clock)).toEqual({ at: 1_000, reason: "requests" });
		const unlimited = createPace({ requests: { count: 1, perMs: 1 } });
		unlimited.addBytes(1e12, 0);
		expect(unlimited.readyAt(0, clock).at).toBe(0);
		unlimited.take(0, clock);
		expect(unlimited.dayUsed).toBe(0);
	});

	it("asks a shared limit too, names it only where it holds longest, and tells it of every request", () => {
		const taken: number[] = [];
		let freeAt = 0;
		const shared = { readyAt: () => freeAt, take: (now: number) => void taken.push(now) };
		const pace = createPace({ shared, requests: { count: 1, perMs: 1_000 } });
		pace.take(100, clock);
		expect(taken).toEqual([100]);
		expect(pace.readyAt(100, clock)).toEqual({ at: 1_100, reason: "requests" });
		freeAt = 1_100;
		expect(pace.readyAt(100, clock)).toEqual({ at: 1_100, reason: "requests" });
		freeAt = 1_101;
		expect(pace.readyAt(100, clock)).toEqual({ at: 1_101, reason: "shared" });
	});

	it("names the day only where it holds longer than the requests do", () => {
		const pace = createPace({ day: { count: 1 }, requests: { count: 1, perMs: 86_400_000 } });
		pace.take(0, clock);
		expect(pace.readyAt(0, clock)).toEqual({ at: 86_400_000, reason: "requests" });
		const equal = createPace({ day: { count: 1 }, requests: { count: 1, perMs: 43_200_000 } });
		equal.take(0, clock);
		expect(equal.readyAt(0, clock)).toEqual({ at: 43_200_000, reason: "requests" });
	});

	it("counts the day from the hour that it is told", () => {
		const pace = createPace({ day: { count: 2, startsAtMs: 6 * 3_600_000 } });
		expect([pace.dayIndex, pace.dayUsed]).toEqual([-1, 0]);
		pace.take(0, clock);
		expect(pace.readyAt(0, clock).at).toBe(0);
		pace.take(0, clock);
		expect(pace.readyAt(0, clock)).toEqual({ at: 18 * 3_600_000, reason: "day" });
		jumpWallClock(18 * 3_600_000 - 1);
		expect(pace.readyAt(7, clock)).toEqual({ at: 8, reason: "day" });
		jumpWallClock(1);
		expect(pace.readyAt(7, clock).at).toBe(7);
		expect(pace.dayUsed).toBe(0);
		pace.take(7, clock);
		// One day back: what was used stays used, and the day stays.
		const index = pace.dayIndex;
		jumpWallClock(-86_400_000);
		pace.take(7, clock);
		expect([pace.dayIndex, pace.dayUsed]).toEqual([index, 2]);
		// Two days back: the clock was wrong before.
		jumpWallClock(-86_400_000);
		pace.take(7, clock);
		expect([pace.dayIndex, pace.dayUsed]).toEqual([index - 2, 3]);
		jumpWallClock(2 * 86_400_000 - 18 * 3_600_000);
	});
});

describe("RatioWindow", () => {
	it("needs the minimum and the share", () => {
		const window = new RatioWindow(1_000);
		expect(window.isAtLeast(0.5, 1)).toBe(false);
		window.add(true, 5_000);
		window.add(false, 5_000);
		expect(window.isAtLeast(0.5, 2)).toBe(true);
		expect(window.isAtLeast(0.5, 3)).toBe(false);
		expect(window.isAtLeast(0.51, 2)).toBe(false);
		window.add(false, 5_000);
		expect(window.isAtLeast(0.5, 2)).toBe(false);
	});

	it("forgets bucket by bucket, all at once after a pause, and when it is told to", () => {
		const window = new RatioWindow(1_000);
		for (let bucket = 0; bucket < 10; bucket += 1) window.add(true, bucket * 100 + 50);
		expect(window.isAtLeast(1, 10)).toBe(true);
		window.add(false, 1_000);
		expect(window.isAtLeast(0.9, 10)).toBe(true);
		expect(window.isAtLeast(0.9, 11)).toBe(false);
		window.add(false, 1_150);
		expect(window.isAtLeast(0.8, 10)).toBe(true);
		window.add(true, 60_000);
		expect(window.isAtLeast(1, 1)).toBe(true);
		expect(window.isAtLeast(1, 2)).toBe(false);
		window.clear();
		expect(window.isAtLeast(0, 1)).toBe(false);
		window.add(true, 60_010);
		expect(window.isAtLeast(1, 1)).toBe(true);
	});

	it("agrees with counting by hand for any schedule", () => {
		const window = new RatioWindow(1_000);
		const seen: { bucket: number; failed: boolean }[] = [];
		let now = 12_345;
		for (let step = 0; step < 400; step += 1) {
			now += (step * 7_919) % 131;
			const failed = step % 3 === 0;
			window.add(failed, now);
			seen.push({ bucket: Math.floor(now / 100), failed });
			const inside = seen.filter(({ bucket }) => bucket > Math.floor(now / 100) - 10);
			const failures = inside.filter((outcome) => outcome.failed).length;
			expect(window.isAtLeast(0, inside.length)).toBe(true);
			expect(window.isAtLeast(0, inside.length + 1)).toBe(false);
			expect(window.isAtLeast(failures / inside.length, 1)).toBe(true);
			expect(window.isAtLeast((failures + 0.5) / inside.length, 1)).toBe(false);
		}
	});
});
