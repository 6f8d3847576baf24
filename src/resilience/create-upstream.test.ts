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
});
