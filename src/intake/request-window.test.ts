import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { bothLimits, RequestWindow } from "./request-window.js";

const MINUTE = 60_000;

function world(count: number) {
	const virtual = createVirtualRuntime();
	const { clock } = virtual.runtime;
	const store = { text: undefined as string | undefined, fails: false, delayMs: 0 };
	const events: string[] = [];
	const sent: number[] = [];
	/** A process: what it had not written down dies with it. */
	const start = async () => {
		let isDead = false;
		const window = new RequestWindow(
			{ count, perMs: MINUTE },
			{
				name: "feed:buses/0",
				clock,
				save: async (text) => {
					if (store.delayMs > 0) await new Promise<void>((resolve) => clock.after(store.delayMs, resolve));
					if (store.fails) throw new Error("the disk is full");
					if (!isDead) store.text = text;
				},
				onEvent: (_, message) => events.push(message),
			},
		);
		if (store.text !== undefined) expect(window.restore(store.text)).toBe(true);
		const begun = window.begin();
		await virtual.settle();
		return {
			window,
			begun,
			kill: () => {
				isDead = true;
			},
			/** As often as it may at this moment. */
			burst: async (most: number) => {
				for (let at = 0; at < most; at++) {
					const now = clock.monotonic();
					if (window.readyAt(now) > now) return;
					window.take(now);
					sent.push(now);
					await virtual.settle();
				}
			},
		};
	};
	const mostInAMinute = () =>
		Math.max(0, ...sent.map((from) => sent.filter((at) => at >= from && at < from + MINUTE).length));
	return { ...virtual, clock, store, events, sent, start, mostInAMinute };
}

describe("a budget of requests over restarts", () => {
	it("is never exceeded in any minute, however often the process dies, and is used up all the same", async () => {
		const life = fc.record({
			upMs: fc.integer({ min: 0, max: 90_000 }),
			most: fc.integer({ min: 0, max: 40 }),
			isClean: fc.boolean(),
			delayMs: fc.constantFrom(0, 0, 50, 5_000),
		});
		const lives = fc.array(life, { minLength: 1, maxLength: 20 });
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 30 }), lives, async (count, each) => {
				const here = world(count);
				for (const { upMs, most, isClean, delayMs } of each) {
					here.store.delayMs = delayMs;
					const process = await here.start();
					for (let passed = 0; passed <= upMs; passed += 1_000) {
						await process.burst(most);
						await here.advance(1_000);
					}
					if (isClean) {
						const flushed = process.window.flush();
						await here.advance(delayMs);
						await flushed;
					}
					process.kill();
				}
				expect(here.mostInAMinute()).toBeLessThanOrEqual(count);
			}),
		);
	});

	it("begins whole on a new store and after a stop in good order, and short of the lease after a crash", async () => {
		const here = world(20);
		const first = await here.start();
		await first.burst(5);
		await first.window.flush();
		const second = await here.start();
		await second.burst(100);
		expect(here.sent).toHaveLength(20);
		second.kill();
		await here.advance(MINUTE);
		const third = await here.start();
		await third.burst(100);
		// What the second one might have sent unseen counts from the restart on.
		expect(here.sent.length - 20).toBeGreaterThanOrEqual(18);
		expect(here.mostInAMinute()).toBeLessThanOrEqual(20);
	});

	it("sends a crash loop no more than its budget, where each process alone would begin with all of it", async () => {
		const here = world(10);
		for (let crash = 0; crash < 60; crash++) {
			const process = await here.start();
			await process.burst(6);
			await here.advance(5_000);
			process.kill();
		}
		expect(here.mostInAMinute()).toBeLessThanOrEqual(10);
		expect(here.sent.length).toBeGreaterThanOrEqual(20);
	});

	it("waits for a store that takes nothing, says so, and goes on by itself", async () => {
		const here = world(10);
		here.store.fails = true;
		const process = await here.start();
		await process.burst(5);
		expect(here.sent).toHaveLength(0);
		expect(here.events[0]).toBe(
			"What was asked of feed:buses/0 lately cannot be written down: the disk is full",
		);
		here.store.fails = false;
		await here.advance(2_500);
		await process.burst(5);
		await here.advance(1_000);
		await process.burst(5);
		expect(here.sent.length).toBeGreaterThan(4);
	});

	it("takes no text of somebody else, and no time of the future", async () => {
		const here = world(2);
		const { window } = await here.start();
		for (const text of [
			"",
			"null",
			"{}",
			'{"v":2,"sent":[],"ahead":0}',
			'{"v":1,"sent":["x"],"ahead":0}',
			"{",
		])
			expect(window.restore(text)).toBe(false);
		const later = here.clock.now() + 86_400_000;
		expect(window.restore(JSON.stringify({ v: 1, sent: [later, later], ahead: 0 }))).toBe(true);
		const now = here.clock.monotonic();
		expect(window.readyAt(now)).toBe(now + MINUTE);
	});
});

describe("two limits of one upstream", () => {
	it("hold both", () => {
		const taken: string[] = [];
		const limit = (name: string, at: number) => ({ readyAt: () => at, take: () => void taken.push(name) });
		const both = bothLimits(limit("quota", 5), limit("window", 9));
		expect(both?.readyAt(1)).toBe(9);
		both?.take(9);
		expect(taken).toEqual(["quota", "window"]);
		expect(bothLimits(undefined, undefined)).toBeUndefined();
	});
});
