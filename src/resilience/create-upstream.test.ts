import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

describe("createUpstream", () => {
	it("needs no more than a name", async () => {
		const upstream = createUpstream("metro-avl");
		expect(await upstream.execute(() => "good")).toBe("good");
		expect(upstream.status()).toMatchObject({
			name: "metro-avl",
			state: "closed",
			counters: { successes: 1 },
		});
		await upstream.dispose();
	});

	it("answers fresh, then labelled stale while open, then recovers by itself", async () => {
		const world = createVirtualRuntime();
		const upstream = createUpstream("metro-avl", {}, world.runtime);
		let isUp = true;
		const job = () =>
			upstream.syncJob("positions", async () => {
				if (!isUp) throw Object.assign(new Error("down"), { code: "ECONNRESET" });
				return { buses: 3 };
			});
		expect(await job()).toMatchObject({ state: "fresh", value: { buses: 3 }, attempts: 1 });
		isUp = false;
		const first = job();
		await world.advance(45_000);
		expect(await first).toMatchObject({ state: "stale", reason: "failed", value: { buses: 3 }, attempts: 4 });
		const second = job();
		await world.advance(0);
		expect(await second).toMatchObject({ state: "stale", reason: "open", attempts: 1 });
		expect(upstream.status().state).toBe("open");
		isUp = true;
		await world.advance(12_000);
		expect(await job()).toMatchObject({ state: "fresh" });
		expect(upstream.status().state).toBe("closed");
		await world.advance(1);
		expect(world.pendingTimers()).toBe(0);
	});

	it("keeps the process for a job that runs or sleeps, and not for an upstream that is idle or open", async () => {
		const world = createVirtualRuntime();
		const upstream = createUpstream("metro-avl", { breaker: { threshold: 2 } }, world.runtime);
		expect(world.pendingTimers()).toBe(0);
		let fail = () => {};
		const job = upstream.syncJob("positions", () => new Promise((_, reject) => (fail = reject)));
		expect(world.pendingRefTimers()).toBe(1);
		const down = Object.assign(new Error("down"), { code: "ECONNRESET" });
		const failNow = () => (fail as (thrown: Error) => void)(down);
		failNow();
		await world.advance(100);
		expect(upstream.status()).toMatchObject({ inFlight: 0, sleeping: 1 });
		// What an unreferenced timer would lose: the process would end here, with the job neither done nor failed.
		expect(world.pendingRefTimers()).toBe(1);
		await world.advance(1_500);
		expect(upstream.status()).toMatchObject({ inFlight: 1, sleeping: 0 });
		failNow();
		await world.advance(2);
		expect(await job).toMatchObject({ state: "unavailable", reason: "open", attempts: 2 });
		expect(upstream.status().state).toBe("open");
		expect(world.pendingTimers()).toBe(0);
	});
});
