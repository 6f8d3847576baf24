import { describe, expect, it } from "vitest";
import { createRig, httpError } from "../../test/resilience/rig.js";
import { createUpstream } from "./index.js";

describe("the line for a place", () => {
	it("tells those who cannot wait for the gate at once, and keeps the others", async () => {
		const rig = createRig({ bulkhead: { limit: 1 }, timeout: { attemptMinMs: 1_000 } });
		const { upstream, world } = rig;
		const running = upstream.syncJob("running", rig.send, { maxRetries: 0 });
		const lengths = [20_000, 30_999, 31_010, 40_000];
		const waiting = lengths.map((jobMs) => upstream.syncJob(`job ${jobMs}`, rig.send, { jobMs }));
		rig.requests[0]?.fail(httpError(503, { "retry-after": "30" }));
		await running;
		expect(upstream.status()).toMatchObject({ queued: 2, counters: { refusedGate: 2 } });
		for (const job of waiting.slice(0, 2)) expect(await job).toMatchObject({ reason: "gate", attempts: 0 });
		await world.advance(30_000);
		expect(rig.requests).toHaveLength(2);
		rig.requests[1]?.answer("good");
		await world.settle();
		expect(await waiting[2]).toMatchObject({ state: "fresh" });
		rig.requests[2]?.answer("good");
		expect(await waiting[3]).toMatchObject({ state: "fresh" });
	});

	it("refuses at once who could not be sent in time even if a place came free now", async () => {
		const rig = createRig({ bulkhead: { limit: 1 } });
		const running = rig.upstream.syncJob("running", rig.send);
		expect(await rig.upstream.syncJob("short", rig.send, { jobMs: 99 })).toMatchObject({
			reason: "deadline",
		});
		const just = rig.upstream.syncJob("just", rig.send, { jobMs: 100 });
		expect(rig.upstream.status().queued).toBe(1);
		rig.requests[0]?.answer("good");
		await running;
		rig.requests[1]?.answer("in time");
		expect(await just).toMatchObject({ state: "fresh" });
	});

	it("sends nothing to a deadline that passed while the event loop was held", async () => {
		const rig = createRig();
		const { clock, chance } = rig.world.runtime;
		let heldMs = 0;
		const held = { ...clock, now: () => clock.now(), monotonic: () => clock.monotonic() + heldMs };
		const late = { ...held, after: clock.after.bind(clock) };
		const upstream = createUpstream("avl", { bulkhead: { limit: 1 } }, { clock: late, chance });
		const running = upstream.syncJob("running", rig.send);
		const queued = upstream.syncJob("queued", rig.send, { jobMs: 5_000 });
		heldMs = 4_950;
		rig.requests[0]?.answer("good");
		expect(await running).toMatchObject({ state: "fresh" });
		expect(await queued).toMatchObject({ state: "unavailable", reason: "deadline", attempts: 0 });
		expect(rig.requests).toHaveLength(1);
		await upstream.dispose();
	});

	it("reports the hold once, when the first one has to wait for it", async () => {
		const rig = createRig({ budget: { requests: { count: 1, perMs: 1_000 } } });
		const jobs = ["a", "b", "c"].map((key) => rig.upstream.syncJob(key, async () => key));
		await rig.world.advance(3_000);
		await Promise.all(jobs);
		expect(rig.of("gate")).toEqual([expect.objectContaining({ reason: "requests", holdMs: 1_000 })]);
		expect(rig.of("bulkhead_reject")).toHaveLength(0);
	});

	it("refuses a job that is told not to wait, by the name of what it would wait for", async () => {
		const rig = createRig({ budget: { requests: { count: 1, perMs: 1_000 } } });
		await rig.succeedOnce();
		const refused = await rig.upstream.attempt(rig.send, { wait: false });
		expect(refused).toMatchObject({ outcome: "refused", reason: "budget", delayMs: 1_000 });
		expect(rig.upstream.status().queued).toBe(0);
	});
});
