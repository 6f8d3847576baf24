import { describe, expect, it } from "vitest";
import { frameOf, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { MINUTE_MS } from "../model/units.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";

const NOW = 1_767_614_400_000;
const FEEDS = new Map([["avl", [reader("avl")]]]);

/** Reports of so many vehicles, whose names begin with a letter. */
function frame(letter: string, count: number, receivedTime: number) {
	const items = Array.from({ length: count }, (_, n) => ({
		kind: "vehicle_location",
		vehicleId: `${letter}${n}`,
		eventTime: receivedTime - 1000,
	}));
	return frameOf({ items }, receivedTime);
}

describe("what is remembered over a restart", () => {
	it("holds what came after a snapshot also when retention removed some of what came with it", async () => {
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const storage = new MemoryStorage(1);
		const first = createMemoryLog({ storage });
		const { intake } = await startIntake(first, runtime, FEEDS);
		// One commit of two minutes, large enough for a snapshot to ride in it.
		await intake.receive("avl", 0, [frame("a", 4000, NOW - 10 * MINUTE_MS), frame("b", 4300, NOW)]);
		await intake.idle();
		expect(await first.stateNames("dedupe/0/segment/")).toHaveLength(1);
		await intake.receive("avl", 0, [frame("c", 100, NOW)]);
		await intake.close();
		const gone = await first.retain({ topic: "records", maxAgeMs: 5 * MINUTE_MS, maxBytes: 1e12 }, NOW);
		expect(gone.entries).toBe(4000);
		await first.close();

		const log = createMemoryLog({ storage });
		const again = await startIntake(log, runtime, FEEDS);
		for (const letter of ["a", "b", "c"]) {
			const before = await ledgerSum(log, "admit", "duplicate");
			const [count, time] =
				letter === "a" ? [4000, NOW - 10 * MINUTE_MS] : [letter === "b" ? 4300 : 100, NOW];
			await again.intake.receive("avl", 0, [frame(letter, count, time)]);
			await again.intake.idle();
			expect([letter, (await ledgerSum(log, "admit", "duplicate")) - before]).toEqual([letter, count]);
		}
	});

	it("deletes a snapshot that cannot be read with the next one, and reads the log instead", async () => {
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const storage = new MemoryStorage(1);
		const first = createMemoryLog({ storage });
		const { intake } = await startIntake(first, runtime, FEEDS);
		await intake.receive("avl", 0, [frame("a", 8200, NOW)]);
		await intake.close();
		const [segment] = await first.stateNames("dedupe/0/segment/");
		await first.commit({ state: [{ name: segment as string, bytes: "not a segment" }] });
		await first.close();
		const log = createMemoryLog({ storage });
		const again = await startIntake(log, runtime, FEEDS);
		await again.intake.receive("avl", 0, [frame("a", 8200, NOW), frame("b", 8200, NOW)]);
		await again.intake.idle();
		expect(await ledgerSum(log, "admit", "duplicate")).toBe(8200);
		const names = await log.stateNames("dedupe/0/segment/");
		expect(names).not.toContain(segment);
		expect(names).toHaveLength(1);
	});
});
