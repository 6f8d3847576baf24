import { afterAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../../test/scratch-directory.js";
import { formatTraceLine, planOf, runWorld, summaryOf } from "./index.js";

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

/** Seeds that once found something, and a few more. What they found: docs/simulation.md. */
const FIXED = [13, 28, 36, 173, 187, 1051];

describe("a whole hub in a hostile world", { timeout: 120_000 }, () => {
	it.each(FIXED)("keeps every promise with seed %i", async (seed) => {
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
