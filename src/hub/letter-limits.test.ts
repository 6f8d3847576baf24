import { describe, expect, it } from "vitest";
import { createMemoryLog } from "../log/memory-log.js";
import { DAY_MS } from "../model/units.js";
import { letterPack, sampleLetter } from "../testing/log-contract-letters.js";
import { LetterLimits } from "./letter-limits.js";

const RECEIVED = 1000 * 60_000;
const KEEP = { maxAgeMs: 30 * DAY_MS, maxBytes: 1000 };

describe("the limits of dead letters", () => {
	it("are told once before they are reached, by size, and again when that is over", async () => {
		const log = createMemoryLog({ partitions: 2 });
		const limits = new LetterLimits();
		const judge = async (bytes: number) =>
			(await limits.judge(log, [{ topic: "dead-letters", entries: 1, bytes }], KEEP, RECEIVED))?.code;
		expect(await judge(900)).toBeUndefined();
		await log.commit({ append: [letterPack([sampleLetter()], { partition: 1 })] });
		expect([
			await judge(790),
			await judge(800),
			await judge(950),
			await judge(750),
			await judge(690),
		]).toEqual([undefined, "dead-letters.filling", undefined, undefined, "dead-letters.eased"]);
	});

	it("are told by the age of the oldest open letter, and settled ones count for nothing", async () => {
		const log = createMemoryLog({ partitions: 2 });
		const limits = new LetterLimits();
		await log.commit({ append: [letterPack([sampleLetter()], { partition: 1 })] });
		const judge = (days: number) =>
			limits.judge(log, [{ topic: "dead-letters", entries: 1, bytes: 1 }], KEEP, RECEIVED + days * DAY_MS);
		expect(await judge(23.9)).toBeUndefined();
		expect(await judge(24)).toMatchObject({
			code: "dead-letters.filling",
			message: expect.stringContaining("80 %"),
		});
		await log.commit({ letters: [{ partition: 1, offset: 0, to: "replayed" }] });
		expect(await judge(25)).toMatchObject({ code: "dead-letters.eased" });
	});
});
