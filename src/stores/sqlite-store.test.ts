import { describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { seededChance } from "../../test/seeded-chance.js";
import { describeLogContract } from "../testing/log-contract.js";
import { type OpenedLog, textPack } from "../testing/log-packs.js";
import { openSqliteLog, type SqliteLogOptions } from "./sqlite-store.js";

const chance = seededChance(1);

async function openIn(
	directory: ReturnType<typeof scratchDirectory>,
	options: Partial<SqliteLogOptions>,
): Promise<OpenedLog> {
	const log = await openSqliteLog({ directory: directory.path, chance, reserveBytes: 0, ...options });
	return {
		log,
		reopen: async () => {
			await log.close();
			return openIn(directory, options);
		},
		dispose: async () => {
			await log.close();
			directory.remove();
		},
	};
}

describeLogContract(
	"SQLite in this thread",
	({ partitions }) =>
		openIn(scratchDirectory(), { partitions, host: "in-thread", durability: "os", encryptFrames: false }),
	{ runs: 25 },
);

describeLogContract(
	"SQLite in a worker",
	({ partitions }) => openIn(scratchDirectory(), { partitions, host: "worker" }),
	{ runs: 8 },
);

describe("SQLite in a worker", () => {
	it("refuses what cannot be sent to a thread, and goes on", async () => {
		const { log, dispose } = await openIn(scratchDirectory(), { partitions: 1 });
		const strange = { ...textPack("a", 1), extra: () => undefined };
		await expect(log.commit({ append: [strange] })).rejects.toMatchObject({ code: "bug" });
		await log.commit({ append: [textPack("b", 1)] });
		expect(await log.bounds("records", 0)).toEqual({ start: 0, end: 1 });
		await dispose();
	});

	it("syncs commits that arrive together in one transaction", async () => {
		const { log, dispose } = await openIn(scratchDirectory(), { partitions: 1 });
		const batches: number[] = [];
		log.onAppend((grown) => batches.push(grown[0]?.end ?? 0));
		await Promise.all(Array.from({ length: 100 }, (_, i) => log.commit({ append: [textPack(`n${i}`, 1)] })));
		expect(batches).toEqual([100]);
		await dispose();
	});
});
