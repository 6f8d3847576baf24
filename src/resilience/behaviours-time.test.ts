import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { createRig, stateOf } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

const NEVER_TRIPS = { threshold: 1_000_000 };

/** Behaviours 23 to 26 of the specification: time-outs, deadlines and aborts. */
describe("time-out and abort behaviours", () => {
	it("behaviour 23: an attempt that times out is a transient failure, covers the body, and aborts its signal", async () => {
		const rig = createRig({ timeout: { attemptMs: 2_000 } });
		const reasons: unknown[] = [];
		const job = rig.upstream.syncJob(
			"body",
			async ({ signal }) => {
				// The headers came in time; the body hangs.
				await new Promise<void>((resolve) => rig.world.runtime.clock.after(1_000, resolve));
				await new Promise((_, reject) => {
					signal.addEventListener("abort", () => {
						reasons.push(signal.reason);
						reject(signal.reason);
					});
				});
			},
			{ maxRetries: 0 },
		);
		await rig.world.advance(1_999);
		expect(await stateOf(rig.world, job)).toBe("pending");
		await rig.world.advance(1);
		expect(await job).toMatchObject({
			state: "unavailable",
			reason: "failed",
			cause: { code: "net.timeout" },
		});
		expect(reasons).toEqual([expect.objectContaining({ code: "net.timeout" })]);
		expect(rig.upstream.status()).toMatchObject({ streak: 1, zombies: 0, inFlight: 0 });
	});

	it("behaviour 23: a timed-out attempt that keeps running keeps its place, and its late success is kept too", async () => {
		const rig = createRig({ timeout: { attemptMs: 1_000 }, bulkhead: { limit: 2 }, breaker: NEVER_TRIPS });
		const { upstream, world } = rig;
		const stuck = ["a", "b"].map((key) => upstream.syncJob(key, rig.send, { maxRetries: 0 }));
		await world.advance(1_000);
		expect((await Promise.all(stuck)).map(({ state }) => state)).toEqual(["unavailable", "unavailable"]);
		expect(upstream.status()).toMatchObject({ inFlight: 2, zombies: 2 });
		const waiting = upstream.syncJob("c", rig.send);
		await world.advance(5_000);
		expect(rig.requests).toHaveLength(2);
		rig.requests[0]?.answer("late but good");
		await world.settle();
		expect(rig.requests).toHaveLength(3);
		expect(upstream.lastGood("a")).toMatchObject({ value: "late but good", ageMs: 0 });
		rig.requests[1]?.fail(new Error("late rejection, swallowed"));
		rig.requests[2]?.answer("c");
		expect(await waiting).toMatchObject({ state: "fresh", value: "c" });
		// A late rejection is no answer.
		expect(upstream.lastGood("b")).toBeUndefined();
		expect(upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
		expect(rig.of("zombie").map(({ state }) => state)).toEqual(["running", "running", "settled", "settled"]);
	});

	it("behaviour 23: a zombie gives its place back after its ceiling, without a timer of its own", async () => {
		const rig = createRig({ timeout: { attemptMs: 1_000 }, bulkhead: { limit: 1, zombieMaxMs: 20_000 } });
		const { upstream, world } = rig;
		await Promise.all([upstream.syncJob("hangs", rig.send, { maxRetries: 0 }), world.advance(1_000)]);
		await world.advance(1);
		expect(world.pendingTimers()).toBe(0);
		const waiting = upstream.syncJob("waits", rig.send);
		await world.advance(19_998);
		expect(rig.requests).toHaveLength(1);
		await world.advance(1);
		expect(rig.requests).toHaveLength(2);
		rig.requests[1]?.answer("good");
		expect(await waiting).toMatchObject({ state: "fresh" });
		rig.requests[0]?.answer("very late");
		await world.settle();
		expect(upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
		expect(rig.of("zombie").map(({ state }) => state)).toEqual(["running", "abandoned", "settled"]);
	});

	it("behaviour 24: the total deadline includes queueing and sleeping, and the attempt sees its own", async () => {
		const rig = createRig({
			timeout: { jobMs: 5_000, attemptMs: 3_000, attemptMinMs: 500 },
			bulkhead: { limit: 1 },
			breaker: NEVER_TRIPS,
		});
		const { upstream, world } = rig;
		const start = world.runtime.clock.monotonic();
		const running = upstream.syncJob("running", rig.send, { maxRetries: 0 });
		expect((rig.requests[0]?.attempt.deadline ?? 0) - start).toBe(3_000);
		const queued = upstream.syncJob("queued", rig.send);
		await world.advance(3_000);
		await running;
		rig.requests[0]?.fail();
		await world.settle();
		// Two seconds are left for it.
		expect((rig.requests[1]?.attempt.deadline ?? 0) - start).toBe(5_000);
		await world.advance(2_000);
		expect(await queued).toMatchObject({ state: "unavailable", reason: "deadline", attempts: 1 });
		expect(rig.elapsed()).toBe(5_000);
	});

	it("behaviour 24: nothing is started with too little time, and nobody sleeps past the deadline", async () => {
		const rig = createRig({
			timeout: { jobMs: 2_000, attemptMinMs: 500 },
			bulkhead: { limit: 1 },
			breaker: NEVER_TRIPS,
		});
		const running = rig.upstream.syncJob("running", rig.send);
		const queued = rig.upstream.syncJob("queued", rig.send);
		await rig.world.advance(1_499);
		expect(await stateOf(rig.world, queued)).toBe("pending");
		await rig.world.advance(1);
		expect(await queued).toMatchObject({ reason: "deadline", attempts: 0 });
		rig.requests[0]?.fail();
		expect(await running).toMatchObject({ reason: "deadline", attempts: 1 });
		expect(rig.of("retry_denied").at(-1)).toMatchObject({ reason: "deadline" });
	});

	it("behaviour 24: an attempt cut by the deadline counts only if it was the first or had half of its time", async () => {
		for (const [firstFailsAt, counts] of [
			[3_000, true],
			[4_000, false],
		] as const) {
			const rig = createRig({
				timeout: { jobMs: 5_500, attemptMs: 4_000 },
				breaker: NEVER_TRIPS,
				retry: { baseMs: 1, capMs: 1 },
			});
			const job = rig.upstream.syncJob("job", rig.send);
			await rig.world.advance(firstFailsAt - 1);
			rig.requests[0]?.fail();
			await rig.world.advance(6_000);
			expect(await job).toMatchObject({ reason: "deadline", attempts: 2 });
			expect(rig.upstream.status().streak).toBe(counts ? 2 : 1);
		}
		const first = createRig({ timeout: { jobMs: 1_000, attemptMs: 10_000 } });
		const job = first.upstream.syncJob("first", first.send);
		await first.world.advance(1_000);
		expect(await job).toMatchObject({ reason: "deadline" });
		expect(first.upstream.status().streak).toBe(1);
	});

	it("behaviour 25: an abort in backoff settles in the same turn, with the reason itself, and sends nothing", async () => {
		const rig = createRig();
		const controller = new AbortController();
		const job = rig.upstream.syncJob("job", rig.send, { signal: controller.signal });
		rig.requests[0]?.fail();
		await rig.world.settle();
		const reason = { why: "shutdown" };
		let seen: unknown;
		const caught = job.catch((thrown) => {
			seen = thrown;
		});
		controller.abort(reason);
		await caught;
		expect(seen).toBe(reason);
		expect(rig.upstream.status()).toMatchObject({ sleeping: 0, retryTokens: 10 });
		await rig.world.advance(1);
		expect(rig.world.pendingTimers()).toBe(0);
		await rig.world.advance(60_000);
		expect(rig.requests).toHaveLength(1);
		expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
	});

	it("behaviour 26: an abort before the start, in line, and during an attempt", async () => {
		const rig = createRig({ bulkhead: { limit: 1 }, breaker: { threshold: 1 } });
		const aborted = AbortSignal.abort(new Error("before"));
		await expect(rig.upstream.syncJob("a", rig.send, { signal: aborted })).rejects.toThrow("before");
		await expect(rig.upstream.execute(rig.send, { signal: aborted })).rejects.toThrow("before");
		expect(rig.requests).toHaveLength(0);
		const running = new AbortController();
		const queued = new AbortController();
		const first = rig.upstream.syncJob("running", rig.send, { signal: running.signal });
		const second = rig.upstream.syncJob("queued", rig.send, { signal: queued.signal });
		queued.abort(new Error("in line"));
		await expect(second).rejects.toThrow("in line");
		expect(rig.upstream.status().queued).toBe(0);
		const attempt = rig.requests[0]?.attempt;
		running.abort(new Error("running"));
		expect(attempt?.signal.reason).toMatchObject({ message: "running" });
		await expect(first).rejects.toThrow("running");
		// The caller's abort says nothing about the upstream; the place is kept until the attempt has ended.
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 0, inFlight: 1 });
		rig.requests[0]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 0, inFlight: 0 });
	});

	it("behaviour 26: one listener per signal, however many jobs and upstreams share it, and none afterwards", async () => {
		const world = createVirtualRuntime();
		const { signal } = new AbortController();
		const answers: (() => void)[] = [];
		const upstreams = Array.from({ length: 20 }, (_, at) =>
			createUpstream(`upstream ${at}`, { bulkhead: { limit: 100 } }, world.runtime),
		);
		const jobs = upstreams.flatMap((upstream) =>
			Array.from({ length: 50 }, () =>
				upstream.execute(() => new Promise<void>((resolve) => answers.push(resolve)), { signal }),
			),
		);
		expect(getEventListeners(signal, "abort")).toHaveLength(1);
		for (const answer of answers) answer();
		await Promise.all(jobs);
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
	});

	it("behaviour 26: a shared attempt is aborted only when its last caller gives up", async () => {
		const rig = createRig();
		const [one, two] = [new AbortController(), new AbortController()];
		const first = rig.upstream.syncJob("key", rig.send, { signal: one.signal });
		const second = rig.upstream.syncJob("key", rig.send, { signal: two.signal });
		const third = rig.upstream.syncJob("key", rig.send);
		expect(rig.requests).toHaveLength(1);
		const { signal } = rig.requests[0]?.attempt ?? {};
		one.abort(new Error("one"));
		await expect(first).rejects.toThrow("one");
		expect(signal?.aborted).toBe(false);
		rig.requests[0]?.answer({ buses: [1] });
		const [a, b] = await Promise.all([second, third]);
		expect([a, b]).toEqual([a, a]);
		expect(a.state === "fresh" && b.state === "fresh" && a.value === b.value).toBe(false);
		const alone = rig.upstream.syncJob("key", rig.send, { signal: two.signal });
		const last = rig.requests[1]?.attempt.signal;
		two.abort(new Error("two"));
		await expect(alone).rejects.toThrow("two");
		expect(last?.aborted).toBe(true);
		// The flight is over: the next caller starts one of its own.
		const next = rig.upstream.syncJob("key", rig.send);
		expect(rig.requests).toHaveLength(3);
		rig.requests[2]?.answer("new");
		expect(await next).toMatchObject({ state: "fresh", value: "new" });
	});
});
