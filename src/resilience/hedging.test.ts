import { describe, expect, it } from "vitest";
import { createRig } from "../../test/resilience/rig.js";
import type { UpstreamOptions } from "./index.js";
import { Latency } from "./latency.js";

/** An upstream that has answered 20 times within 100 ms. */
async function createWarmRig(options: UpstreamOptions = {}) {
	const rig = createRig({ hedge: {}, ...options });
	for (let call = 0; call < 20; call += 1) {
		const job = rig.upstream.syncJob("warm", rig.send);
		await rig.world.advance(100);
		rig.requests[call]?.answer("warm");
		await job;
	}
	rig.requests.length = 0;
	rig.events.length = 0;
	return rig;
}

describe("hedging (rule 20)", () => {
	it("is off by default", async () => {
		const rig = createRig();
		const job = rig.upstream.syncJob("slow", rig.send);
		await rig.world.advance(9_000);
		expect(rig.requests).toHaveLength(1);
		rig.requests[0]?.answer(1);
		await job;
	});

	it("sends one second attempt when the first is slower than nearly all; the first good answer wins", async () => {
		const rig = await createWarmRig();
		const job = rig.upstream.syncJob("slow", rig.send);
		await rig.world.advance(100);
		expect(rig.requests).toHaveLength(1);
		await rig.world.advance(30);
		expect(rig.requests).toHaveLength(2);
		expect(rig.of("hedge")).toEqual([expect.objectContaining({ key: "slow" })]);
		expect(rig.of("attempt_start").map(({ attempt, hedge }) => [attempt, hedge])).toEqual([
			[1, false],
			[1, true],
		]);
		expect(rig.upstream.status().retryTokens).toBeCloseTo(9, 1);
		rig.requests[1]?.answer("from the hedge");
		expect(await job).toMatchObject({ state: "fresh", value: "from the hedge", attempts: 2 });
		expect(rig.requests[0]?.attempt.signal.aborted).toBe(true);
		rig.requests[0]?.fail();
		await rig.world.advance(20_000);
		expect(rig.requests).toHaveLength(2);
		// One outcome for the breaker.
		expect(rig.upstream.status()).toMatchObject({
			streak: 0,
			inFlight: 0,
			counters: { hedges: 1, transients: 0 },
		});
	});

	it("lets the other one decide when one of the pair fails, and counts one outcome when both do", async () => {
		const rig = await createWarmRig();
		const saved = rig.upstream.syncJob("saved", rig.send, { maxRetries: 0 });
		await rig.world.advance(130);
		rig.requests[0]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status().streak).toBe(0);
		rig.requests[1]?.answer("good");
		expect(await saved).toMatchObject({ state: "fresh", value: "good" });
		const lost = rig.upstream.syncJob("lost", rig.send, { maxRetries: 0 });
		await rig.world.advance(130);
		rig.requests[3]?.fail();
		rig.requests[2]?.fail();
		expect(await lost).toMatchObject({ state: "unavailable", reason: "failed" });
		expect(rig.upstream.status()).toMatchObject({ streak: 1, inFlight: 0 });
	});

	it("hedges neither what is not idempotent, nor a probe, nor without a token, a place or an open way", async () => {
		const rig = await createWarmRig({
			hedge: { percentile: 50 },
			bulkhead: { limit: 2 },
			budget: { tokens: 1, perSecond: 0, perSuccess: 0 },
		});
		const hedges = () => rig.of("hedge").length;
		const run = async (options = {}) => {
			const at = rig.requests.length;
			const job = rig.upstream.syncJob("job", rig.send, { singleFlight: false, ...options });
			await rig.world.advance(150);
			for (const request of rig.requests.slice(at)) request.answer("good");
			return job;
		};
		await run({ idempotent: false });
		const once = rig.upstream.execute(rig.send);
		await rig.world.advance(150);
		rig.requests.at(-1)?.answer("good");
		await once;
		expect(hedges()).toBe(0);
		const both = [run(), run()];
		await rig.world.advance(0);
		await Promise.all(both);
		expect(hedges()).toBe(0);
		await run();
		expect(hedges()).toBe(1);
		await run();
		expect(hedges()).toBe(1);
		await rig.trip();
		await rig.world.advance(13_000);
		await run();
		expect(hedges()).toBe(1);
		expect(rig.upstream.status().state).toBe("closed");
	});

	it("stops both attempts when the last caller gives up, and plans none beyond the attempt's own time", async () => {
		const rig = await createWarmRig();
		const controller = new AbortController();
		const job = rig.upstream.syncJob("job", rig.send, { signal: controller.signal });
		await rig.world.advance(130);
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		expect(rig.requests.map(({ attempt }) => attempt.signal.aborted)).toEqual([true, true]);
		expect(rig.upstream.status()).toMatchObject({ zombies: 2, streak: 0 });
		for (const request of rig.requests) request.answer(1);
		await rig.world.settle();
		const short = rig.upstream.syncJob("short", rig.send, { attemptMs: 90, maxRetries: 0 });
		await rig.world.advance(90);
		expect(await short).toMatchObject({ reason: "failed" });
		expect(rig.requests).toHaveLength(3);
	});

	it("waits until enough answers were measured", async () => {
		const rig = createRig({ hedge: { minimum: 3 } });
		for (const [afterMs, sends] of [
			[100, 1],
			[300, 1],
			[300, 1],
			[400, 2],
		] as const) {
			const sent = rig.requests.length;
			const job = rig.upstream.syncJob("job", rig.send);
			await rig.world.advance(afterMs);
			expect(rig.requests.length - sent).toBe(sends);
			for (const request of rig.requests.slice(sent)) request.answer(1);
			await job;
		}
		expect(rig.of("hedge")).toHaveLength(1);
	});

	it("is given up when the first attempt is answered in time, or its caller gives up", async () => {
		const rig = await createWarmRig();
		const quick = rig.upstream.syncJob("quick", rig.send);
		await rig.world.advance(50);
		rig.requests[0]?.answer("quick");
		expect(await quick).toMatchObject({ state: "fresh", attempts: 1 });
		const controller = new AbortController();
		const left = rig.upstream.syncJob("left", rig.send, { signal: controller.signal });
		await rig.world.advance(50);
		controller.abort(new Error("enough"));
		await expect(left).rejects.toThrow("enough");
		await rig.world.advance(5_000);
		expect(rig.requests).toHaveLength(2);
		expect(rig.of("hedge")).toHaveLength(0);
	});

	it("stops the second attempt when the first one is good, and lets the first decide when the second fails", async () => {
		const rig = await createWarmRig();
		const first = rig.upstream.syncJob("first", rig.send);
		await rig.world.advance(130);
		rig.requests[0]?.answer("from the first");
		expect(await first).toMatchObject({ state: "fresh", value: "from the first", attempts: 2 });
		expect(rig.requests[1]?.attempt.signal.aborted).toBe(true);
		expect(rig.upstream.status()).toMatchObject({ inFlight: 1, zombies: 1 });
		rig.requests[1]?.answer("too late");
		const saved = rig.upstream.syncJob("saved", rig.send, { maxRetries: 0 });
		await rig.world.advance(130);
		rig.requests[3]?.fail();
		await rig.world.settle();
		rig.requests[2]?.answer("from the first");
		expect(await saved).toMatchObject({ state: "fresh", value: "from the first" });
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, zombies: 0, streak: 0 });
	});

	it("leaves the first to be stopped when it has failed itself, and the caller gives up", async () => {
		const rig = await createWarmRig();
		const controller = new AbortController();
		const job = rig.upstream.syncJob("job", rig.send, { signal: controller.signal });
		await rig.world.advance(130);
		rig.requests[1]?.fail();
		await rig.world.settle();
		const { signal } = rig.requests[0]?.attempt ?? {};
		expect(signal?.aborted).toBe(false);
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		expect(signal?.aborted).toBe(true);
		expect(rig.upstream.status()).toMatchObject({ inFlight: 1, zombies: 1 });
		rig.requests[0]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
	});

	it("is no probe, and is not sent once the breaker has opened", async () => {
		const rig = await createWarmRig();
		const slow = rig.upstream.syncJob("slow", rig.send);
		await rig.world.advance(130);
		expect(rig.requests.map(({ attempt }) => attempt.probe)).toEqual([false, false]);
		rig.requests[0]?.answer(1);
		await slow;
		const running = rig.upstream.syncJob("running", rig.send);
		rig.upstream.settle(rig.upstream.admit(), "trip");
		await rig.world.advance(1_000);
		expect(rig.requests).toHaveLength(3);
		rig.requests[2]?.answer("late, and good");
		expect(await running).toMatchObject({ state: "fresh" });
	});

	it("is paid for by the time since the last one, also when nobody looked meanwhile", async () => {
		const rig = await createWarmRig({ budget: { tokens: 1, perSuccess: 0 } });
		const slow = async () => {
			const at = rig.requests.length;
			const job = rig.upstream.syncJob("slow", rig.send);
			await rig.world.advance(200);
			for (const request of rig.requests.slice(at).reverse()) request.answer(1);
			await job;
		};
		await slow();
		await slow();
		expect(rig.of("hedge")).toHaveLength(1);
		await rig.world.advance(10_000);
		await slow();
		expect(rig.of("hedge")).toHaveLength(2);
	});

	it("keeps its books when a judge or classifier settles the other of the pair, or gives the job up", async () => {
		type Settle = { readonly ok: (value: unknown) => void; readonly bad: (thrown: unknown) => void };
		const settles: Settle[] = [];
		// Settles in the same turn, as no promise does.
		// biome-ignore lint/suspicious/noThenProperty: promises of other makes are the point
		const work = () => ({ then: (ok: Settle["ok"], bad: Settle["bad"]) => void settles.push({ ok, bad }) });
		const controller = new AbortController();
		let judged = 0;
		const rig = await createWarmRig({
			classify: () => {
				controller.abort(new Error("given up"));
				return "transient";
			},
		});
		const judge = () => {
			judged += 1;
			if (judged === 1) settles[1]?.ok("the other");
			return "success" as const;
		};
		const judgedJob = rig.upstream.syncJob("judged", work as never, { judge });
		await rig.world.advance(130);
		expect(settles).toHaveLength(2);
		settles[0]?.ok("the first");
		expect(await judgedJob).toMatchObject({ state: "fresh", value: "the other" });
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
		const givenUp = rig.upstream.syncJob("given up", work as never, { signal: controller.signal });
		await rig.world.advance(130);
		expect(settles).toHaveLength(4);
		settles[3]?.bad("the hedge fails");
		await expect(givenUp).rejects.toThrow("given up");
		expect(rig.upstream.status()).toMatchObject({ inFlight: 1, zombies: 1 });
		settles[2]?.ok("late");
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
	});

	it("does not send a hedge through a closed gate, or past the request budget", async () => {
		const rig = await createWarmRig();
		const slow = rig.upstream.syncJob("slow", rig.send);
		const told = rig.upstream.syncJob("told", rig.send, { maxRetries: 0 });
		rig.requests[1]?.fail(Object.assign(new Error("busy"), { status: 503, headers: { "retry-after": "5" } }));
		await told;
		await rig.world.advance(1_000);
		expect(rig.requests).toHaveLength(2);
		rig.requests[0]?.answer("slow");
		expect(await slow).toMatchObject({ state: "fresh", attempts: 1 });
		await rig.world.advance(1);
		expect(rig.world.pendingTimers()).toBe(0);
	});
});

describe("Latency", () => {
	it("finds percentiles to within a fifth, from a quarter of a millisecond to minutes", () => {
		for (const ms of [0.25, 1, 7, 42, 130, 999, 5_000, 60_000, 600_000]) {
			const latency = new Latency();
			for (let count = 0; count < 10; count += 1) latency.add(ms);
			for (const percent of [1, 50, 95, 100]) {
				expect(latency.percentile(percent)).toBeGreaterThanOrEqual(ms);
				expect(latency.percentile(percent)).toBeLessThanOrEqual(1.2 * ms);
			}
		}
	});

	it("tells fast from slow, bounds what is absurd, and lets the past fade", () => {
		const latency = new Latency();
		for (let count = 0; count < 95; count += 1) latency.add(10);
		for (let count = 0; count < 5; count += 1) latency.add(1_000);
		expect(latency.percentile(50)).toBeLessThan(12);
		expect(latency.percentile(95)).toBeLessThan(12);
		expect(latency.percentile(96)).toBeGreaterThan(900);
		latency.add(0);
		latency.add(-5);
		latency.add(1e12);
		expect(latency.count).toBe(103);
		for (let count = 0; count < 20_000; count += 1) latency.add(300);
		expect(latency.count).toBeLessThan(1_024);
		expect(latency.percentile(5)).toBeGreaterThan(250);
	});
});
