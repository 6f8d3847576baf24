import { createHook } from "node:async_hooks";
import { afterAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../../test/scratch-directory.js";
import { createScratchStore } from "../../stores/scratch-store.js";
import { failureOf, formatTraceLine, KNOWN_SEEDS, type SeedResult, summaryOf } from "./index.js";
import { planOf } from "./plan.js";
import { runWorld } from "./world.js";

/** What runs before time moves on: microtasks, and the turn of the virtual runtime itself. */
const IN_QUEUE = new Set(["PROMISE", "Microtask", "TickObject", "Immediate"]);
const scratch = scratchDirectory();
afterAll(() => scratch.remove());

describe("a whole hub in a hostile world", { timeout: 120_000 }, () => {
	it.each(KNOWN_SEEDS.slice(0, 7))("keeps every promise with seed %i", async (seed) => {
		const { violations, delivered, fetches, last } = await runWorld(planOf(seed), scratch.path);
		expect(violations, last.map(formatTraceLine).join("\n")).toEqual([]);
		expect(delivered).toBeGreaterThan(500);
		expect(fetches).toBeGreaterThan(100);
	});

	it("tells the same story again, byte for byte, and another one with another seed", async () => {
		const story = async (seed: number) => {
			const lines: string[] = [];
			await runWorld(planOf(seed), scratch.path, (line) => lines.push(formatTraceLine(line)));
			return lines.join("\n");
		};
		const once = await story(173);
		expect(await story(173)).toBe(once);
		expect(await story(70)).not.toBe(once);
		expect(once).toMatch(/process 2 starts/);
	});

	it.each(["memory", "sqlite"] as const)(
		"leaves the microtask queue on a store in %s for nothing but the turn between two timers",
		async (storeKind) => {
			const plan = { ...planOf(173), storeKind, hostileMs: 600_000, quietMs: 300_000 };
			const driver = await createScratchStore(scratch.path, 1);
			driver.remove();
			const left = new Map<string, string>();
			const hook = createHook({
				init(_id, type) {
					if (IN_QUEUE.has(type) || left.has(type)) return;
					const { stack = "" } = new Error(type);
					if (/\/src\/(?!simulation\/world\/world\.test)/.test(stack)) left.set(type, stack);
				},
			});
			hook.enable();
			let result: SeedResult;
			try {
				result = await runWorld(plan, scratch.path);
			} finally {
				hook.disable();
			}
			expect(result.commits).toBeGreaterThan(300);
			expect([...left.values()]).toEqual([]);
		},
	);

	it("tells of a failure the seed, the promise that did not hold, the last events, and how to see it again", async () => {
		const held = await runWorld({ ...planOf(70), hostileMs: 60_000, quietMs: 60_000 }, scratch.path);
		const violations = [{ invariant: "once", atMs: 61_500, message: "Batch 7 took effect twice" }] as const;
		const { headlines, story } = failureOf({ ...held, violations }, false);
		expect(headlines).toEqual(["Seed 70, 61.5 s: once: Batch 7 took effect twice"]);
		expect(story).toEqual([
			...held.last.map((line) => `  ${formatTraceLine(line)}`),
			"  All of it: wayside simulate --seed 70 --trace",
		]);
		expect(story.length).toBeGreaterThan(10);
		expect(failureOf(held, true).story.at(-1)).toBe("  All of it: wayside simulate --long --seed 70 --trace");
	});

	it("adds up what it ran", async () => {
		const result = await runWorld(planOf(70), scratch.path);
		const summary = summaryOf(
			[result, { ...result, violations: [{ invariant: "once", atMs: 5, message: "m" }] }],
			1.26,
		);
		expect(summary).toMatchObject({
			seeds: 2,
			seconds: 1.3,
			failed: [{ seed: 70, invariant: "once", message: "m" }],
		});
	});
});
