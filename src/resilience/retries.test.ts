import { describe, expect, it } from "vitest";
import { createRig, httpError, transient } from "../../test/resilience/rig.js";

describe("the shared gate", () => {
	it("is never opened earlier by a shorter Retry-After, and tells when it is closed for longer", async () => {
		const rig = createRig({ breaker: { threshold: 1_000 } });
		const jobs = ["a", "b", "c"].map((key) => rig.upstream.syncJob(key, rig.send, { maxRetries: 0 }));
		rig.requests[0]?.fail(httpError(503, { "retry-after": "30" }));
		await rig.world.settle();
		rig.requests[1]?.fail(httpError(503, { "retry-after": "10" }));
		await rig.world.settle();
		expect(rig.upstream.status().gateHeldMs).toBe(30_000);
		rig.requests[2]?.fail(httpError(503, { "retry-after": "40" }));
		await Promise.all(jobs);
		expect(rig.upstream.status().gateHeldMs).toBe(40_000);
		expect(rig.of("gate")).toEqual([
			expect.objectContaining({ holdMs: 30_000, reason: "retry-after" }),
			expect.objectContaining({ holdMs: 40_000, reason: "retry-after" }),
		]);
	});

	it("is not waited for beyond retryAfterMaxMs, even where the deadline would allow it", async () => {
		const rig = createRig({ retry: { retryAfterMaxMs: 10_000 } });
		const short = rig.upstream.syncJob("short", rig.send);
		rig.requests[0]?.fail(httpError(429, { "retry-after": "10" }));
		await rig.world.settle();
		expect(rig.of("retry_scheduled")).toEqual([
			expect.objectContaining({ source: "retry-after", attempt: 2, budgetLeft: 9 }),
		]);
		await rig.world.advance(12_000);
		rig.requests[1]?.fail(httpError(429, { "retry-after": "10.001" }));
		expect(await short).toMatchObject({ state: "unavailable", reason: "gate", attempts: 2 });
		expect(rig.upstream.status().counters).toMatchObject({ retries: 1 });
	});
});

describe("a Retry-After that is no time", () => {
	it("is as if it were not there", async () => {
		for (const retryAfterMs of [Number.NaN, -5, 0, undefined]) {
			const rig = createRig({ classify: () => ({ outcome: "transient", retryAfterMs }) });
			const job = rig.upstream.syncJob("job", rig.send);
			rig.requests[0]?.fail();
			await rig.world.settle();
			expect(rig.of("gate")).toHaveLength(0);
			const [retry] = rig.of("retry_scheduled");
			expect(retry).toMatchObject({ source: "jitter" });
			expect(retry?.delayMs).toBeGreaterThanOrEqual(300);
			await rig.upstream.dispose();
			await job;
		}
	});
});

describe("retry tokens of a harness", () => {
	it("are paid by the time since the last retry, also when nobody looked meanwhile", async () => {
		const rig = createRig({ budget: { tokens: 1 }, breaker: { threshold: 1_000 } });
		const retry = () => rig.upstream.attempt(() => Promise.reject(transient()), { attempt: 2 });
		expect(await retry()).toMatchObject({ outcome: "transient" });
		expect(await retry()).toMatchObject({ outcome: "refused", reason: "budget" });
		await rig.world.advance(10_000);
		expect(await retry()).toMatchObject({ outcome: "transient" });
	});

	it("are not paid by time while the breaker is open", async () => {
		const rig = createRig({ budget: { tokens: 1 } });
		await rig.upstream.attempt(() => Promise.reject(transient()), { attempt: 2 });
		rig.upstream.settle(rig.upstream.admit(), "trip");
		await rig.world.advance(3_600_000);
		expect(await rig.upstream.attempt(rig.send, { attempt: 2 })).toMatchObject({ reason: "budget" });
	});
});
