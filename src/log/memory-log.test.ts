import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.js";
import { describeLogContract } from "../testing/log-contract.js";
import { type OpenedLog, textPack } from "../testing/log-packs.js";
import { createMemoryLog, MemoryStorage } from "./memory-log.js";

async function openMemory(storage: MemoryStorage): Promise<OpenedLog> {
	const log = createMemoryLog({ storage });
	return {
		log,
		reopen: async () => {
			await log.close();
			return openMemory(storage);
		},
		dispose: () => log.close(),
	};
}

describeLogContract("memory log", ({ partitions }) => openMemory(new MemoryStorage(partitions)), {
	runs: 100,
});

describe("memory log", () => {
	it("has 8 partitions by default and refuses an impossible number", () => {
		expect(createMemoryLog().partitions("records")).toBe(8);
		for (const partitions of [0, 65, 1.5]) {
			expect(() => createMemoryLog({ partitions })).toThrow(`${partitions} partitions`);
		}
	});

	it("refuses to open one storage twice", async () => {
		const storage = new MemoryStorage(1);
		const log = createMemoryLog({ storage });
		expect(() => createMemoryLog({ storage })).toThrow(expect.objectContaining({ code: "store.locked" }));
		await log.close();
		await createMemoryLog({ storage }).close();
	});

	it("lets a simulation fail a commit before it takes effect, or after", async () => {
		let fail: "before" | "after" | "no" = "no";
		const hook = (when: string) => () => {
			if (fail === when) throw new Failure("store.full", `failed ${when}`);
		};
		const log = createMemoryLog({
			partitions: 1,
			beforeCommit: hook("before"),
			afterCommit: async () => hook("after")(),
		});
		fail = "before";
		await expect(log.commit({ append: [textPack("a", 1)] })).rejects.toThrow("failed before");
		expect((await log.bounds("records", 0)).end).toBe(0);
		fail = "after";
		await expect(log.commit({ append: [textPack("b", 1)] })).rejects.toThrow("failed after");
		expect((await log.bounds("records", 0)).end).toBe(1);
		fail = "no";
		await log.commit({ append: [textPack("c", 1)] });
		expect((await log.bounds("records", 0)).end).toBe(2);
	});

	it("keeps the order of commits when one of them stalls", async () => {
		let release: () => void = () => undefined;
		const stalled = new Promise<void>((resolve) => {
			release = resolve;
		});
		let first = true;
		const log = createMemoryLog({
			partitions: 1,
			beforeCommit: async () => {
				if (!first) return;
				first = false;
				await stalled;
			},
		});
		const order: string[] = [];
		const a = log.commit({ append: [textPack("a", 1)] }).then(() => order.push("a"));
		const b = log.commit({ append: [textPack("b", 1)] }).then(() => order.push("b"));
		release();
		await Promise.all([a, b]);
		expect(order).toEqual(["a", "b"]);
	});
});
