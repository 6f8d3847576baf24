import { describe, expect, it } from "vitest";
import { createRig, httpError, transient } from "../../test/resilience/rig.js";
import { Failure } from "../model/failure.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import { delayD, holdFor } from "./backoff.js";
import { createUpstream } from "./index.js";

const NEVER_TRIPS = { threshold: 1_000_000 };

/** Behaviours 15 to 22 of the specification: retries. */
describe("retry behaviours", () => {
	it("behaviour 15: sends 1 + maxRetries attempts at most, and retries only what a retry may cure", async () => {
		const rig = createRig({ breaker: NEVER_TRIPS });
		let sent = 0;
		const job = rig.upstream.syncJob("dead", async () => {
			sent += 1;
			throw transient();
		});
		await rig.world.advance(45_000);
		expect(await job).toMatchObject({ state: "unavailable", reason: "failed", attempts: 4 });
		expect(sent).toBe(4);
		expect(rig.of("retry_denied")).toEqual([expect.objectContaining({ reason: "cap", attempt: 5 })]);
		for (const thrown of [httpError(404), httpError(501), new SyntaxError("no JSON"), new TypeError("bug")]) {
			const result = await rig.upstream.syncJob("once", async () => {
				throw thrown;
			});
			expect(result).toMatchObject({ state: "unavailable", reason: "failed", attempts: 1, cause: thrown });
		}
		expect(() => createUpstream("x", { retry: { maxRetries: 11 } })).toThrow(/retry\.maxRetries is 11/);
	});

	it("behaviour 16: draws the delay from a range that is capped before the draw, and never clamps it", () => {
		const chance = createSeededChance(16);
		for (const [retry, hi] of [
			[1, 1_500],
			[2, 3_000],
			[3, 6_000],
			[5, 24_000],
			[6, 30_000],
			[8, 30_000],
			[5_000, 30_000],
		] as const) {
			const delays = Array.from({ length: 2_000 }, () => delayD(retry, 500, 30_000, chance.next()));
			expect(Math.min(...delays)).toBeGreaterThanOrEqual(hi / 5);
			expect(Math.max(...delays)).toBeLessThan(hi);
			// Nobody piles up on the cap: the last twentieth of the range holds about a sixteenth of the clients.
			const nearTop = delays.filter((delay) => delay > 0.95 * hi).length;
			expect(nearTop).toBeGreaterThan(60);
			expect(nearTop).toBeLessThan(200);
		}
		expect(delayD(1, 500, 30_000, 0)).toBe(300);
		expect(delayD(1, 500, 30_000, 0.5)).toBeCloseTo(900);
		expect(delayD(40, 500, 1_000, 0.999_999)).toBeLessThan(1_000);
	});

	it("behaviour 16: one number is drawn per retry, and none otherwise", async () => {
		let draws = 0;
		const next = () => {
			draws += 1;
			return 0.5;
		};
		const chance = { next, bytes: () => new Uint8Array() };
		const rig = createRig();
		const upstream = createUpstream("avl", {}, { clock: rig.world.runtime.clock, chance });
		const job = upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail();
		await rig.world.advance(900);
		expect([draws, rig.requests.length]).toEqual([1, 2]);
		rig.requests[1]?.fail(httpError(503, { "retry-after": "2" }));
		// max(D = 1,800, 2,000 + half of max(500, 200)).
		await rig.world.advance(2_249);
		expect(rig.requests.length).toBe(2);
		await rig.world.advance(1);
		expect([draws, rig.requests.length]).toEqual([2, 3]);
		rig.requests[2]?.answer("good");
		expect(await job).toMatchObject({ state: "fresh", attempts: 3 });
		expect(draws).toBe(2);
	});

	it("behaviour 17: Retry-After holds every job of the upstream, and spreads those that were told", async () => {
		const rig = createRig({ breaker: NEVER_TRIPS, bulkhead: { limit: 10, queueMax: 10 } });
		const told = Array.from({ length: 6 }, (_, job) => rig.upstream.syncJob(`told ${job}`, rig.send));
		for (const request of [...rig.requests]) request.fail(httpError(429, { "retry-after": "20" }));
		await rig.world.settle();
		const other = rig.upstream.syncJob("other", rig.send);
		await rig.world.advance(19_999);
		expect(rig.requests).toHaveLength(6);
		await rig.world.advance(2_002);
		expect(rig.requests).toHaveLength(13);
		const times = rig.requests.slice(6).map(({ at }) => at);
		expect(Math.min(...times)).toBeGreaterThanOrEqual(20_000);
		expect(new Set(times.map(Math.floor)).size).toBe(7);
		for (const request of rig.requests.slice(6)) request.answer("good");
		expect((await Promise.all([...told, other])).every(({ state }) => state === "fresh")).toBe(true);
		expect(holdFor(20_000, 500, 0)).toBe(20_000);
		expect(holdFor(20_000, 500, 0.5)).toBe(21_000);
		expect(holdFor(100, 500, 0.5)).toBe(350);
	});

	it("behaviour 18: reads every form of Retry-After, relative to the response's own Date", async () => {
		const date = "Mon, 05 Jan 2026 09:00:00 GMT";
		for (const [header, expected] of [
			["3", 3_000],
			["2.5", 2_500],
			["Mon, 05 Jan 2026 09:00:04 GMT", 4_000],
			["Monday, 05-Jan-26 09:00:04 GMT", 4_000],
			["Mon Jan  5 09:00:04 2026", 4_000],
			["Mon, 05 Jan 2026 08:00:00 GMT", 0],
			["soon", 0],
			["-5", 0],
		] as const) {
			const rig = createRig();
			const job = rig.upstream.syncJob("job", rig.send);
			rig.requests[0]?.fail(httpError(503, { "retry-after": header, date }));
			await rig.world.settle();
			expect([header, rig.upstream.status().gateHeldMs]).toEqual([header, expected]);
			await rig.upstream.dispose();
			await job;
		}
	});

	it("behaviour 19: a Retry-After that is too long is not waited for, but holds the gate", async () => {
		const rig = createRig({ breaker: NEVER_TRIPS });
		await rig.upstream.syncJob("job", async () => "old");
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail(httpError(503, { "retry-after": "600" }));
		expect(await job).toMatchObject({ state: "stale", value: "old", reason: "gate", attempts: 1 });
		expect(await rig.upstream.syncJob("job", rig.send)).toMatchObject({ state: "stale", reason: "gate" });
		expect(rig.upstream.status()).toMatchObject({ gateHeldMs: 600_000, blockedBy: "gate" });
		expect(rig.of("retry_denied")).toEqual([expect.objectContaining({ reason: "retry-after" })]);
		await rig.world.advance(560_000);
		const patient = rig.upstream.syncJob("job", rig.send);
		await rig.world.advance(40_000);
		rig.requests[1]?.answer("new");
		expect(await patient).toMatchObject({ state: "fresh", value: "new" });
		// A hostile header does not silence us for years.
		const hostile = rig.upstream.syncJob("job", rig.send);
		rig.requests[2]?.fail(httpError(503, { "retry-after": "999999999" }));
		await hostile;
		expect(rig.upstream.status().gateHeldMs).toBe(3_600_000);
	});

	it("behaviour 19: past the job's deadline it is not waited for either", async () => {
		const rig = createRig({ timeout: { jobMs: 20_000 } });
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail(httpError(429, { "retry-after": "30" }));
		expect(await job).toMatchObject({ state: "unavailable", reason: "gate" });
	});

	it("behaviour 20: the retry budget is spent by retries, earned by successes and by time while closed", async () => {
		const rig = createRig({ breaker: NEVER_TRIPS, budget: { tokens: 3 }, bulkhead: { limit: 100 } });
		const { upstream, world } = rig;
		const jobs = Array.from({ length: 10 }, (_, job) => upstream.syncJob(`job ${job}`, rig.send));
		for (const request of [...rig.requests]) request.fail();
		await world.settle();
		expect(upstream.status()).toMatchObject({ sleeping: 3, retryTokens: 0 });
		const results = await Promise.all(jobs.slice(3));
		expect(results.every((result) => result.state === "unavailable" && result.reason === "budget")).toBe(
			true,
		);
		await world.advance(10_000);
		// One second pays a tenth of a token, and first attempts are free.
		expect(upstream.status().retryTokens).toBeCloseTo(1);
		for (const request of rig.requests.slice(10)) request.answer("good");
		await world.settle();
		expect(upstream.status().retryTokens).toBeCloseTo(1.3);
		for (let job = 0; job < 40; job += 1) await rig.succeedOnce();
		expect(upstream.status().retryTokens).toBe(3);
		await Promise.all(jobs);
	});

	it("behaviour 20: time pays nothing while the breaker is open, and an unsent retry gives its token back", async () => {
		const rig = createRig({ budget: { tokens: 5 } });
		const { upstream, world } = rig;
		const controller = new AbortController();
		const job = upstream.syncJob("job", rig.send, { signal: controller.signal });
		rig.requests[0]?.fail();
		await world.settle();
		expect(upstream.status()).toMatchObject({ retryTokens: 4, sleeping: 1 });
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		expect(upstream.status()).toMatchObject({ retryTokens: 5, sleeping: 0 });
		const spend = upstream.syncJob("spend", rig.send);
		rig.requests[1]?.fail();
		await world.advance(2_000);
		rig.requests[2]?.fail();
		await world.settle();
		await rig.trip();
		await spend;
		const left = upstream.status().retryTokens;
		await world.advance(3_600_000);
		expect(upstream.status().retryTokens).toBe(left);
	});

	it("behaviour 20: a retry of an answer that was larger than usual costs more", async () => {
		const rig = createRig({ breaker: NEVER_TRIPS });
		for (let calls = 0; calls < 3; calls += 1) {
			await rig.upstream.syncJob("usual", async (attempt) => attempt.addBytes(1_000));
		}
		const large = rig.upstream.syncJob("large", async (attempt) => {
			attempt.addBytes(4_000);
			throw transient();
		});
		await rig.world.settle();
		// Mean after it: 1,300 bytes; 4,000 of them are worth four tokens.
		expect(rig.upstream.status().retryTokens).toBeCloseTo(6);
		await rig.upstream.dispose();
		await large;
	});

	it("behaviour 21: a trip ends the sleep of waiting jobs at once; they never send again", async () => {
		const rig = createRig({ bulkhead: { limit: 20 } });
		const asleep = [1, 2, 3].map((job) => rig.upstream.syncJob(`asleep ${job}`, rig.send));
		for (const request of [...rig.requests]) request.fail();
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ sleeping: 3, retryTokens: 7 });
		await rig.trip();
		const results = await Promise.all(asleep);
		expect(results.every((result) => result.state === "unavailable" && result.reason === "open")).toBe(true);
		expect(rig.upstream.status()).toMatchObject({ sleeping: 0, retryTokens: 10 });
		await rig.world.advance(60_000);
		expect(rig.requests).toHaveLength(3);
	});

	it("behaviour 22: a probe is sent once, and never retried", async () => {
		const rig = createRig();
		await rig.trip();
		await rig.world.advance(13_000);
		const probe = rig.upstream.syncJob("probe", rig.send);
		rig.requests[0]?.fail();
		expect(await probe).toMatchObject({ state: "unavailable", reason: "open", attempts: 1 });
		expect(rig.of("retry_denied").at(-1)).toMatchObject({ reason: "probe" });
		await rig.world.advance(9_000);
		expect(rig.requests).toHaveLength(1);
	});
});

describe("politeness budgets", () => {
	it("holds first attempts back so that no window holds more requests than allowed", async () => {
		const rig = createRig({
			budget: { requests: { count: 3, perMs: 10_000 } },
			bulkhead: { limit: 100, queueMax: 100 },
		});
		const jobs = Array.from({ length: 12 }, (_, job) =>
			rig.upstream.execute(async () => rig.elapsed() + 0 * job),
		);
		await rig.world.advance(30_000);
		expect(await Promise.all(jobs)).toEqual([
			0, 0, 0, 10_000, 10_000, 10_000, 20_000, 20_000, 20_000, 30_000, 30_000, 30_000,
		]);
		expect(rig.of("gate")[0]).toMatchObject({ reason: "requests", holdMs: 10_000 });
	});

	it("refuses at once what cannot be sent before its deadline, and says when it could", async () => {
		const rig = createRig({ budget: { requests: { count: 1, perMs: 60_000 } } });
		await rig.succeedOnce();
		const result = await rig.upstream.syncJob("job", rig.send);
		expect(result).toMatchObject({
			state: "unavailable",
			reason: "budget",
			nextAttemptAt: rig.world.runtime.clock.now() + 60_000,
		});
		expect(rig.upstream.status()).toMatchObject({ blockedBy: "budget", counters: { refusedBudget: 1 } });
	});

	it("lets bytes be paid for before the next request, also those that came outside of an attempt", async () => {
		const rig = createRig({ budget: { bytesPerSecond: 1_000 } });
		await rig.upstream.execute((attempt) => attempt.addBytes(5_000));
		rig.upstream.addBytes(2_000);
		const next = rig.upstream.execute(async () => rig.elapsed());
		await rig.world.advance(10_000);
		expect(await next).toBe(7_000);
		const ahead = createRig({ budget: { bytesPerSecond: 1_000, bytesAheadMs: 6_000 } });
		ahead.upstream.addBytes(7_000);
		const soon = ahead.upstream.execute(async () => ahead.elapsed());
		await ahead.world.advance(10_000);
		expect(await soon).toBe(1_000);
	});

	it("counts retries and probes against the day, and turns the day by the wall clock", async () => {
		const noon = 1_767_614_400_000;
		const rig = createRig({ budget: { day: { count: 3 } }, breaker: NEVER_TRIPS }, { startTime: noon });
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail();
		await rig.world.advance(2_000);
		rig.requests[1]?.answer("good");
		await job;
		await rig.succeedOnce();
		expect(rig.upstream.status().day).toEqual({ used: 3, count: 3 });
		expect(await rig.upstream.syncJob("more", rig.send)).toMatchObject({
			reason: "budget",
			nextAttemptAt: noon + 12 * 3_600_000,
		});
		await rig.world.advance(12 * 3_600_000);
		expect((await rig.succeedOnce()).state).toBe("fresh");
		expect(rig.upstream.status().day).toEqual({ used: 1, count: 3 });
	});

	it("gives nothing of the day back when the wall clock jumps, and does not wait for a day that was wrong", async () => {
		const noon = 1_767_614_400_000;
		const rig = createRig({ budget: { day: { count: 2 } } }, { startTime: noon });
		await rig.succeedOnce();
		await rig.succeedOnce();
		rig.world.jumpWallClock(-13 * 3_600_000);
		expect((await rig.failOnce()).state).toBe("stale");
		rig.world.jumpWallClock(13 * 3_600_000 + 400 * 86_400_000);
		await rig.succeedOnce();
		rig.world.jumpWallClock(-400 * 86_400_000);
		await rig.succeedOnce();
		expect(await rig.upstream.syncJob("more", rig.send)).toMatchObject({ reason: "budget" });
		await rig.world.advance(86_400_000);
		expect((await rig.succeedOnce()).state).toBe("fresh");
	});
});

describe("single attempts, for harnesses with a durable loop of their own", () => {
	it("answers success, and failure with the wait before the next attempt", async () => {
		const rig = createRig();
		expect(await rig.upstream.attempt(async () => "sent")).toEqual({ outcome: "success", value: "sent" });
		const failed = await rig.upstream.attempt(async () => Promise.reject(transient()), { attempt: 3 });
		expect(failed).toMatchObject({ outcome: "transient", cause: { code: "ECONNRESET" } });
		if (failed.outcome !== "transient") expect.unreachable();
		expect(failed.delayMs).toBeGreaterThanOrEqual(1_200);
		expect(failed.delayMs).toBeLessThan(6_000);
		expect(rig.upstream.status().retryTokens).toBe(9);
	});

	it("hands a condemned value back with its outcome, opens at once on trip, and then refuses", async () => {
		const rig = createRig();
		const judge = (value: { readonly outcome: string }) =>
			value.outcome === "bad_sink" ? ("trip" as const) : ("success" as const);
		const bad = await rig.upstream.attempt(async () => ({ outcome: "bad_sink" }), { judge });
		expect(bad).toMatchObject({ outcome: "trip", value: { outcome: "bad_sink" }, cause: undefined });
		const refused = await rig.upstream.attempt(async () => ({ outcome: "ok" }), { judge });
		expect(refused).toMatchObject({ outcome: "refused", reason: "open" });
		if (refused.outcome !== "refused") expect.unreachable();
		expect(refused.delayMs).toBeGreaterThanOrEqual(10_000);
		expect(refused.nextAttemptAt).toBe(rig.world.runtime.clock.now() + Math.ceil(refused.delayMs));
	});

	it("refuses a retry when the tokens are spent, and says when there is one again", async () => {
		const rig = createRig({ budget: { tokens: 1 }, breaker: NEVER_TRIPS });
		await rig.upstream.attempt(async () => Promise.reject(transient()), { attempt: 2 });
		const refused = await rig.upstream.attempt(rig.send, { attempt: 3 });
		expect(refused).toMatchObject({ outcome: "refused", reason: "budget", delayMs: 10_000 });
	});

	it("does not wait for a place when it is told not to", async () => {
		const rig = createRig({ bulkhead: { limit: 1 } });
		const first = rig.upstream.attempt(rig.send);
		expect(await rig.upstream.attempt(rig.send, { wait: false })).toMatchObject({
			outcome: "refused",
			reason: "bulkhead",
			delayMs: 500,
		});
		rig.requests[0]?.fail(new Failure("upstream.quota", "slow down", { retryAfterMs: 8_000 }));
		expect(await first).toMatchObject({ outcome: "transient" });
		expect(await rig.upstream.attempt(rig.send, { wait: false })).toMatchObject({
			reason: "gate",
			delayMs: 8_000,
		});
	});
});
