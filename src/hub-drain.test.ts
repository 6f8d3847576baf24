import { describe, expect, it } from "vitest";
import { hubConfig, Outside } from "../test/hub-world.js";
import { createHub, type HubEvent } from "./hub.js";
import { auditLedger } from "./log/audit.js";
import { createMemoryLog, MemoryStorage } from "./log/memory-log.js";
import { Failure } from "./model/failure.js";
import type { Http } from "./runtime/http.js";
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
		await advance(2_000);
		expect(isDrained).toBe(false);
		await advance(4_000);
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

	it("says of a feed that failed just before nothing that is not true of a hub that stops", async () => {
		let requests = 0;
		const request: Http["request"] = async () => {
			requests++;
			throw new Failure("net.dns", "avl.test is not known here");
		};
		const { runtime, advance } = createVirtualRuntime({ http: { request } });
		const log = createMemoryLog({ storage: new MemoryStorage(2) });
		const told: string[] = [];
		const onEvent = ({ subject, message }: HubEvent) => told.push(`${subject}: ${message}`);
		const hub = createHub(await hubConfig(), { runtime, log, version: "test", onEvent });
		await hub.start();
		await advance(100);
		expect(requests).toBe(1);
		const drained = hub.drain(5_000);
		await advance(3_000);
		await drained;
		expect(told.filter((line) => line.startsWith("feed:buses:"))).toEqual([]);
		expect(hub.status().feeds[0]).toMatchObject({
			state: "down",
			sentence: "Upstream fails: avl.test is not known here. It is asked again when the hub runs again.",
		});
		await hub.close();
		await log.close();
	});

	it("ends within ten seconds though neither upstream nor the partner ever answers", async () => {
		const outside = new Outside();
		let isSilent = false;
		const forever = new Promise<never>(() => undefined);
		const http: Http = { request: (request) => (isSilent ? forever : outside.http.request(request)) };
		const { runtime, advance } = createVirtualRuntime({ http });
		const log = createMemoryLog({ storage: new MemoryStorage(2) });
		const hub = createHub(await hubConfig(), { runtime, log, version: "test" });
		await hub.start();
		await advance(MINUTE);
		isSilent = true;
		await advance(10_000);
		let isClosed = false;
		const ended = hub.drain(7_000).then(async () => {
			await hub.close();
			isClosed = true;
		});
		await advance(10_000);
		expect(isClosed).toBe(true);
		await ended;
		await log.close();
	});
});
