import { describe, expect, it } from "vitest";
import { hubConfig, Outside } from "../test/hub-world.js";
import { createHub } from "./hub.js";
import { auditLedger } from "./log/audit.js";
import { createMemoryLog, MemoryStorage } from "./log/memory-log.js";
import { Failure } from "./model/failure.js";
import { createVirtualRuntime } from "./simulation/virtual-runtime.js";

const MINUTE = 60_000;

describe("draining a hub", () => {
	it("ends by its deadline though the store takes nothing, and the next start interprets what was received", async () => {
		const outside = new Outside();
		const { runtime, advance } = createVirtualRuntime({ http: outside.http });
		const storage = new MemoryStorage(2);
		let isFull = false;
		const log = createMemoryLog({
			storage,
			// Full from the moment at which a frame is durable and what it gave is not.
			afterCommit: ({ append }) => {
				if (append?.some(({ topic }) => topic === "frames")) isFull = true;
			},
			beforeCommit: () => {
				if (isFull) throw new Failure("store.full", "the disk is full");
			},
		});
		const parts = { runtime, log, version: "test" };
		const hub = createHub(await hubConfig(), parts);
		await hub.start();
		await advance(MINUTE);
		expect(hub.status()).toMatchObject({ ready: false, store: { state: "full" } });
		let isDrained = false;
		const drained = hub.drain(5_000).then(() => {
			isDrained = true;
		});
		await advance(4_000);
		expect(isDrained).toBe(false);
		await advance(30_000);
		expect(isDrained).toBe(true);
		await drained;
		await hub.close();
		await log.close();

		const again = createMemoryLog({ storage });
		const next = createHub(await hubConfig(), { ...parts, log: again });
		await next.start();
		const sinks = [{ name: "partner", feeds: ["buses"] }];
		const { balanced, accounts } = await auditLedger(again, { sinks });
		expect(balanced).toBe(true);
		expect(accounts.find(({ step }) => step === "admit")?.posted).toMatchObject({ in: 1, appended: 1 });
		const closed = next.close();
		await advance(10_000);
		await closed;
		await again.close();
	});
});
