import { describe, expect, it } from "vitest";
import { createRig, httpError } from "../../test/resilience/rig.js";

describe("what an upstream tells of itself", () => {
	it("counts trips, late results and refusals, and names the last transition", async () => {
		const rig = createRig({ breaker: { threshold: 2 }, timeout: { attemptMs: 60_000, jobMs: 90_000 } });
		const { upstream, world } = rig;
		const slow = upstream.syncJob("slow", rig.send, { maxRetries: 0 });
		expect(upstream.status()).toMatchObject({ lastTransition: undefined, counters: { opened: 0 } });
		await world.advance(500);
		await rig.trip();
		const at = world.runtime.clock.now();
		await world.advance(1_000);
		await rig.failOnce();
		rig.requests[0]?.fail();
		await slow;
		expect(upstream.status()).toMatchObject({
			lastTransition: { reason: "consecutive_failures", at },
			counters: { opened: 1, lateResults: 1, refusedOpen: 1, attempts: 3, transients: 3, retries: 0 },
		});
		await world.advance(13_000);
		const probe = upstream.syncJob("probe", rig.send);
		expect(rig.of("probe")).toEqual([expect.objectContaining({ epoch: 3, out: 1 })]);
		expect(rig.of("attempt_start").at(-1)).toMatchObject({ probe: true });
		rig.requests[1]?.answer("back");
		await probe;
		expect(upstream.status()).toMatchObject({
			lastTransition: { reason: "probes_succeeded" },
			counters: { successes: 1 },
			latencyMs: { p50: expect.any(Number), p95: expect.any(Number) },
		});
	});

	it("counts every outcome and every refusal where it belongs, and nowhere else", async () => {
		const rig = createRig({
			breaker: { threshold: 1_000 },
			bulkhead: { limit: 1, queueMax: 0 },
			budget: { tokens: 1, perSuccess: 0, perSecond: 0 },
		});
		const { upstream, world } = rig;
		const expected = { ...upstream.status().counters };
		const count = (name: keyof typeof expected, by = 1) => {
			expected[name] += by;
			expect(upstream.status().counters).toEqual(expected);
		};
		const attempt = (outcome: "success" | "transient" | "failure" | "neutral") => {
			expected.attempts += 1;
			return upstream.attempt(async () => 1, { judge: () => outcome });
		};
		await attempt("success");
		count("successes");
		await attempt("transient");
		count("transients");
		await attempt("failure");
		count("failures");
		await attempt("neutral");
		count("neutrals");
		// That an attempt failed is no refusal.
		expected.attempts += 1;
		await expect(upstream.execute(() => Promise.reject(httpError(404)))).rejects.toThrow("404");
		count("neutrals");
		expected.attempts += 1;
		const running = upstream.attempt(rig.send);
		await upstream.attempt(rig.send, { wait: false });
		count("refusedBulkhead");
		rig.requests[0]?.answer(1);
		await running;
		count("successes");
		await expect(upstream.execute(rig.send, { jobMs: 50 })).rejects.toMatchObject({ code: "deadline" });
		count("refusedDeadline");
		expected.attempts += 1;
		await upstream.attempt(async () => 1, { judge: () => "neutral", attempt: 2 });
		count("neutrals");
		await upstream.attempt(rig.send, { attempt: 2 });
		count("refusedBudget");
		const busy = { outcome: "transient", retryAfterMs: 1_000 } as const;
		expected.attempts += 1;
		await upstream.attempt(async () => 1, { judge: () => busy });
		count("transients");
		await upstream.attempt(rig.send, { wait: false });
		count("refusedGate");
		await world.advance(1_000);
		expected.attempts += 1;
		expected.opened += 1;
		await upstream.attempt(async () => 1, { judge: () => "trip" });
		count("trips");
		await upstream.attempt(rig.send);
		count("refusedOpen");
	});

	it("shows a forced state until it is over, and the day only where days are counted", async () => {
		const { upstream, world } = createRig({ budget: { requests: { count: 5, perMs: 1_000 } } });
		expect(upstream.status()).toMatchObject({ forced: undefined, day: undefined });
		upstream.forceOpen({ reason: "maintenance", forMs: 60_000 });
		const until = world.runtime.clock.now() + 60_000;
		expect(upstream.status().forced).toEqual({ state: "open", reason: "maintenance", until });
		await world.advance(59_999);
		expect(upstream.status()).toMatchObject({ state: "open", forced: { state: "open" } });
		await world.advance(1);
		expect(upstream.status()).toMatchObject({ state: "half_open", forced: undefined });
		upstream.forceClose({ reason: "trust me", forMs: 1_000 });
		await upstream.dispose();
		await world.advance(1_000);
		expect(upstream.status()).toMatchObject({ state: "closed", forced: undefined, blockedBy: "disposed" });
		expect(createRig().upstream.status().day).toBeUndefined();
		const daily = createRig({ budget: { day: { count: 3 } } });
		expect(daily.upstream.status().day).toEqual({ used: 0, count: 3 });
		await daily.succeedOnce();
		expect(daily.upstream.status().day).toEqual({ used: 1, count: 3 });
	});

	it("starts the ramp after a recovery, and not after a person's reset", async () => {
		const rig = createRig({ breaker: { threshold: 1 }, bulkhead: { limit: 8 } });
		await rig.trip();
		rig.upstream.reset();
		expect(rig.upstream.status().limit).toBe(8);
		rig.upstream.settle(rig.upstream.admit(), "transient");
		await rig.world.advance(13_000);
		rig.upstream.settle(rig.upstream.admit(), "neutral");
		expect(rig.upstream.status().limit).toBe(8);
		rig.upstream.settle(rig.upstream.admit(), "success");
		expect(rig.upstream.status().limit).toBe(1);
	});

	it("pays retry tokens for the time up to a trip, and not for the time after it", async () => {
		const rig = createRig({ breaker: { threshold: 1_000 } });
		const spend = async (tokens: number) => {
			for (let attempt = 0; attempt < tokens; attempt += 1) {
				await rig.upstream.attempt(() => Promise.reject(httpError(404)), { attempt: 2 });
			}
		};
		await spend(5);
		await rig.world.advance(10_000);
		rig.upstream.settle(rig.upstream.admit(), "trip");
		await rig.world.advance(3_600_000);
		rig.upstream.settle(rig.upstream.admit(), "success");
		expect(rig.upstream.status().retryTokens).toBeCloseTo(6.1, 0);
		expect(rig.upstream.status().retryTokens).toBeLessThan(6.2);
	});

	it("tells of a retry that its caller gave up, by the number that it would have had", async () => {
		const rig = createRig();
		const controller = new AbortController();
		const job = rig.upstream.syncJob("job", rig.send, { signal: controller.signal });
		rig.requests[0]?.fail();
		await rig.world.settle();
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		expect(rig.of("retry_denied")).toEqual([
			expect.objectContaining({ key: "job", attempt: 2, reason: "abort" }),
		]);
	});

	it("says why an answer was not good enough", async () => {
		const rig = createRig();
		const judged = (note?: string) =>
			rig.upstream.syncJob("job", async () => "x", { judge: () => ({ outcome: "failure", note }) });
		expect(await judged("no vehicles")).toMatchObject({
			cause: { message: expect.stringMatching(/no vehicles$/) },
		});
		expect(await judged()).toMatchObject({ cause: { message: expect.stringMatching(/its judge says so$/) } });
	});
});

describe("places", () => {
	it("an open breaker refuses at once, also while every place is taken", async () => {
		const rig = createRig({ bulkhead: { limit: 1 }, breaker: { threshold: 1 } });
		const running = rig.upstream.syncJob("running", rig.send);
		rig.upstream.settle(rig.upstream.admit(), "trip");
		expect(await rig.upstream.syncJob("refused", rig.send)).toMatchObject({ reason: "open", attempts: 0 });
		rig.requests[0]?.answer("good");
		expect(await running).toMatchObject({ state: "fresh" });
	});

	it("a zombie whose time is over makes room for the next arrival, even where nobody may wait", async () => {
		const rig = createRig({
			bulkhead: { limit: 1, queueMax: 0, zombieMaxMs: 10_000 },
			timeout: { attemptMs: 1_000 },
		});
		const hangs = rig.upstream.syncJob("hangs", rig.send, { maxRetries: 0 });
		await rig.world.advance(1_000);
		await hangs;
		await rig.world.advance(9_999);
		expect(await rig.upstream.syncJob("early", rig.send)).toMatchObject({ reason: "bulkhead" });
		await rig.world.advance(1);
		const next = rig.upstream.syncJob("next", rig.send);
		expect(rig.upstream.status()).toMatchObject({ inFlight: 1, zombies: 0 });
		rig.requests[1]?.answer("good");
		expect(await next).toMatchObject({ state: "fresh" });
	});

	it("work that calls the upstream again before its first await does not jump the line", async () => {
		const rig = createRig({ bulkhead: { limit: 2, queueMax: 10 } });
		const order: string[] = [];
		const inner: Promise<unknown>[] = [];
		const call = (key: string, next?: string) =>
			rig.upstream.syncJob(key, async (attempt) => {
				order.push(key);
				if (next !== undefined) inner.push(call(next));
				await rig.send(attempt);
			});
		const jobs = [call("a"), call("b"), call("c", "c again"), call("d")];
		for (let at = 0; at < 5; at += 1) {
			await rig.world.settle();
			rig.requests[at]?.answer(at);
		}
		await Promise.all(jobs);
		await Promise.all(inner);
		expect(order).toEqual(["a", "b", "c", "d", "c again"]);
	});
});
