import { describe, expect, it } from "vitest";
import { createRig, httpError } from "../../test/resilience/rig.js";
import type { Attempt } from "./index.js";

describe("how long a harness is told to wait", () => {
	it("after a Retry-After: as long as was asked, and up to a tenth more, so that not everybody comes at once", async () => {
		const waits = new Set<number>();
		for (let seed = 1; seed <= 20; seed += 1) {
			const { upstream } = createRig({}, { seed });
			const result = await upstream.attempt(() => Promise.reject(httpError(503, { "retry-after": "100" })));
			if (result.outcome === "success") throw new Error("it cannot succeed");
			expect(result.delayMs).toBeGreaterThanOrEqual(100_000);
			expect(result.delayMs).toBeLessThanOrEqual(110_000);
			waits.add(result.delayMs);
		}
		expect(waits.size).toBe(20);
		expect(Math.max(...waits)).toBeGreaterThan(105_000);
	});

	it("when nothing was sent: until that which refused it is over, and not at once where nobody knows when", async () => {
		const { upstream, world, send, requests } = createRig({
			bulkhead: { limit: 1, queueMax: 0 },
			budget: { tokens: 1, perSecond: 0.1, perSuccess: 0, requests: { count: 2, perMs: 100 } },
		});
		const refused = async (options: object) => {
			const result = await upstream.attempt(send, options);
			return result.outcome === "refused" ? [result.reason, Math.round(result.delayMs)] : [result.outcome];
		};
		const good = () => upstream.attempt(async () => 1);
		expect(await refused({ jobMs: 50 })).toEqual(["deadline", 500]);
		await good();
		await good();
		// The window of two requests is full for another 100 ms; a retry token plays no part.
		expect(await refused({ wait: false })).toEqual(["budget", 100]);
		await world.advance(100);
		upstream.forceOpen({ reason: "a moment", forMs: 70 });
		expect(await refused({})).toEqual(["open", 70]);
		expect(await refused({ attempt: 2 })).toEqual(["open", 70]);
		upstream.reset();
		const running = upstream.attempt(send);
		expect(await refused({})).toEqual(["bulkhead", 500]);
		requests.at(-1)?.answer(1);
		await running;
		await world.advance(100);
		// The only token is taken; the next one is earned in ten seconds.
		await upstream.attempt(() => Promise.reject(httpError(404)), { attempt: 2 });
		expect(await refused({ attempt: 2 })).toEqual(["budget", 10_000]);
		await world.advance(9_900);
		expect(await refused({ attempt: 2 })).toEqual(["budget", 500]);
	});
});

describe("what a job without an answer is told", () => {
	it("how many attempts were sent, hedges included, and whether something stood in", async () => {
		const rig = createRig({ hedge: { minimum: 1, percentile: 50 }, retry: { maxRetries: 0 } });
		const fail = async (attempt: Attempt) => {
			await rig.send(attempt);
		};
		const answer = async (key: string) => {
			const job = rig.upstream.syncJob(key, fail);
			await rig.world.advance(1_000);
			for (const request of rig.requests.splice(0)) request.fail();
			return job;
		};
		await rig.succeedOnce("remembered");
		expect(await answer("unknown")).toMatchObject({ state: "unavailable", attempts: 2 });
		expect(rig.of("fallback").at(-1)).toMatchObject({ key: "unknown", hit: false, ageMs: undefined });
		expect(await answer("once")).toMatchObject({ state: "stale", attempts: 2, value: "remembered" });
		expect(rig.of("fallback").at(-1)).toMatchObject({ key: "once", hit: true, ageMs: 2_000 });
	});

	it("what cannot be copied is counted once, with a cache or without", async () => {
		for (const fallback of [{}, false] as const) {
			const rig = createRig({ fallback });
			const jobs = [1, 2].map(() => rig.upstream.syncJob("key", rig.send));
			const value = () => 1;
			rig.requests[0]?.answer(value);
			for (const result of await Promise.all(jobs)) expect(result).toMatchObject({ state: "fresh", value });
			expect(rig.upstream.status().counters.cacheFailures).toBe(1);
		}
	});
});
