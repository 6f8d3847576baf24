import { expect, it } from "vitest";
import { createMemoryLog } from "../log/memory-log.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { applyRetention } from "./retention.js";
import type { Subscription } from "./route.js";

const START = 29_000_000;

/** One record a minute, for ten minutes, in the only partition. */
async function tenRecords() {
	const log = createMemoryLog({ partitions: 1 });
	for (let minute = 0; minute < 10; minute++) {
		const pack = { topic: "records" as const, partition: 0, feed: "avl", minute: START + minute, count: 1 };
		await log.commit({ append: [{ ...pack, head: "{}", body: "[{}]" }] });
	}
	return log;
}

function readerAt(cursor: number): Subscription {
	return { status: () => ({ partitions: [{ partition: 0, cursor }] }) } as unknown as Subscription;
}

async function oldestAfter(cursor: number | undefined, ageMinutes: number): Promise<number> {
	const log = await tenRecords();
	const records = { maxAgeMs: ageMinutes * MINUTE_MS, maxBytes: 1e9 };
	const readers = cursor === undefined ? [] : [readerAt(cursor)];
	await applyRetention(
		log,
		{ frames: records, records, deadLetters: records, ledger: { keepMs: 400 * DAY_MS } },
		readers,
		(START + 10) * MINUTE_MS,
	);
	return (await log.bounds("records", 0)).start;
}

it("removes by age what every sink has taken", async () => {
	expect(await oldestAfter(undefined, 4)).toBe(6);
	expect(await oldestAfter(10, 4)).toBe(6);
});

it("keeps what a sink has yet to take, but not beyond twice the age", async () => {
	expect(await oldestAfter(3, 4)).toBe(3);
	expect(await oldestAfter(0, 4)).toBe(2);
});
