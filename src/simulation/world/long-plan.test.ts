import { afterAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../../test/scratch-directory.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../model/units.js";
import { createCity } from "../city.js";
import { formatTraceLine } from "./index.js";
import { longPlanOf } from "./plan.js";
import { runWorld } from "./world.js";

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

describe("the long run", () => {
	it("is a whole day of an agency with 200 vehicles, hostile from begin to end", () => {
		const plan = longPlanOf(1);
		expect(plan.hostileMs + plan.quietMs).toBe(DAY_MS);
		expect(createCity(plan).vehicles).toHaveLength(200);
		const troubles = Object.values(plan.upstreams).flat();
		expect(troubles.length).toBeGreaterThan(50);
		expect(Math.min(...troubles.map(({ fromMs }) => fromMs))).toBeLessThan(HOUR_MS);
		expect(Math.max(...troubles.map(({ toMs }) => toMs))).toBeGreaterThan(DAY_MS - 2 * HOUR_MS);
	});

	it("holds every promise in its first half hour", { timeout: 120_000 }, async () => {
		const { violations, delivered, last } = await runWorld(longPlanOf(1, 15 * MINUTE_MS), scratch.path);
		expect(violations, last.map(formatTraceLine).join("\n")).toEqual([]);
		expect(delivered).toBeGreaterThan(4000);
	});
});
