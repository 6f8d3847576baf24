import { describe, expect, it } from "vitest";
import { createRig, httpError, stateOf, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

/** Behaviours 1 to 14 of the specification: the state machine. */
describe("breaker behaviours", () => {
	it("behaviour 1: trips on exactly N consecutive failures", async () => {
		for (const threshold of [1, 2, 5, 8]) {
			const rig = createRig({ breaker: { threshold } });
			for (let failures = 1; failures < threshold; failures += 1) {
				await rig.failOnce();
				expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: failures });
			}
			await rig.failOnce();
			expect(rig.upstream.status().state).toBe("open");
			expect(rig.of("transition")).toEqual([
				expect.objectContaining({ from: "closed", to: "open", reason: "consecutive_failures", epoch: 2 }),
			]);
		}
	});

	it("behaviour 2: a success resets the streak, and a neutral outcome does not", async () => {
		const rig = createRig({ breaker: { threshold: 3 } });
		await rig.failOnce();
		await rig.failOnce();
		await rig.succeedOnce();
		expect(rig.upstream.status().streak).toBe(0);
		await rig.failOnce();
		await rig.failOnce();
		await rig.failOnce(httpError(404));
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 2 });
		await rig.failOnce();
		expect(rig.upstream.status().state).toBe("open");
	});

	it("behaviour 3: concurrent failures trip once, and do not extend the window", async () => {
		const rig = createRig({ breaker: { threshold: 5 }, bulkhead: { limit: 100 } });
		const jobs = Array.from({ length: 100 }, () => rig.upstream.execute(rig.send, { maxRetries: 0 }));
		const results = Promise.allSettled(jobs);
		for (const request of rig.requests.slice(0, 5)) request.fail();
		await rig.world.settle();
		const { nextAttemptAt } = rig.upstream.status();
		await rig.world.advance(3_000);
		for (const request of rig.requests.slice(5)) request.fail();
		await rig.world.settle();
		await results;
		expect(rig.of("transition")).toHaveLength(1);
		expect(rig.of("late_result")).toHaveLength(95);
		expect(rig.upstream.status().nextAttemptAt).toBe(nextAttemptAt);
		expect(rig.upstream.status().openCount).toBe(1);
	});

	it("behaviour 4: the limit bounds the first burst on a dead upstream", async () => {
		const rig = createRig({ bulkhead: { limit: 8, queueMax: 1_000 } });
		let sent = 0;
		const results = Array.from({ length: 1_000 }, (_, job) =>
			rig.upstream.syncJob(`job ${job}`, async () => {
				sent += 1;
				await new Promise<void>((resolve) => rig.world.runtime.clock.after(20, resolve));
				throw transient();
			}),
		);
		await rig.world.advance(40);
		const settled = await Promise.all(results);
		expect(sent).toBeLessThanOrEqual(13);
		expect(settled.every((result) => result.state === "unavailable")).toBe(true);
		expect(
			settled.filter((result) => result.state === "unavailable" && result.reason === "open").length,
		).toBe(1_000);
	});

	it("behaviour 5: becomes half-open lazily, without any timer", async () => {
		const rig = createRig();
		await rig.trip();
		await rig.world.advance(1);
		expect(rig.world.pendingTimers()).toBe(0);
		await rig.world.advance(3_600_000);
		expect(rig.upstream.status().state).toBe("open");
		expect(rig.world.pendingTimers()).toBe(0);
		const result = rig.succeedOnce();
		expect(rig.of("transition").map(({ to }) => to)).toEqual(["open", "half_open"]);
		expect((await result).state).toBe("fresh");
	});

	it("behaviour 6: sends one probe, queues nobody behind it, and releases no herd", async () => {
		const rig = createRig({ bulkhead: { limit: 50, queueMax: 200 } });
		await rig.trip();
		await rig.world.advance(13_000);
		const jobs = Array.from({ length: 100 }, (_, job) => rig.upstream.syncJob(`job ${job}`, rig.send));
		await rig.world.settle();
		expect(rig.requests).toHaveLength(1);
		expect(rig.requests[0]?.attempt.probe).toBe(true);
		const refused = await Promise.all(jobs.slice(1));
		expect(refused.every((result) => result.state === "unavailable" && result.reason === "open")).toBe(true);
		rig.requests[0]?.answer("back");
		await rig.world.advance(1_000);
		expect(rig.requests).toHaveLength(1);
		expect(await jobs[0]).toMatchObject({ state: "fresh", value: "back" });
	});

	it("behaviour 7: N probes and M successes close it, each state in an epoch of its own", async () => {
		const rig = createRig({ breaker: { threshold: 1, probes: 3, successes: 2 } });
		const { upstream, world } = rig;
		await rig.trip();
		await world.advance(13_000);
		const permits = [upstream.admit(), upstream.admit(), upstream.admit()];
		expect(permits).toEqual([3, 3, 3]);
		expect(upstream.admit()).toBe(0);
		upstream.settle(3, "success");
		expect(upstream.status().state).toBe("half_open");
		expect(upstream.admit()).toBe(3);
		upstream.settle(3, "success");
		expect(upstream.status()).toMatchObject({ state: "closed", epoch: 4, probesOut: 0 });
		upstream.settle(3, "transient");
		expect(upstream.status()).toMatchObject({ state: "closed", streak: 0 });
		expect(rig.of("late_result")).toEqual([
			expect.objectContaining({ epoch: 3, current: 4, outcome: "transient" }),
		]);
	});

	it("behaviour 8: windows grow while it flaps, are capped and spread, and start anew after a stable recovery", async () => {
		const rig = createRig({ breaker: { threshold: 1, openMs: 10_000, openMaxMs: 60_000 } });
		const { upstream, world } = rig;
		const windows: number[] = [];
		for (let round = 0; round < 6; round += 1) {
			upstream.settle(upstream.admit(), "transient");
			const last = rig.of("transition").at(-1);
			windows.push(last?.openForMs ?? 0);
			await world.advance(last?.openForMs ?? 0);
			// A probe that succeeds for a moment: the feed flaps.
			upstream.settle(upstream.admit(), "success");
			await world.advance(5_000);
		}
		const lower = [10_000, 20_000, 40_000, 50_000, 50_000, 50_000];
		windows.forEach((window, round) => {
			expect(window).toBeGreaterThanOrEqual(lower[round] ?? 0);
			expect(window).toBeLessThanOrEqual(Math.min(60_000, 1.2 * (lower[round] ?? 0)));
		});
		// At the cap the windows of different clients stay apart.
		expect(new Set(windows.slice(3)).size).toBe(3);
		await world.advance(15_000);
		expect(upstream.status().openCount).toBe(0);
		upstream.settle(upstream.admit(), "transient");
		expect(rig.of("transition").at(-1)?.openForMs).toBeLessThanOrEqual(12_000);
	});

	it("behaviour 9: a late success of the closed era does not close it, and its caller still gets the data", async () => {
		const rig = createRig({ timeout: { attemptMs: 60_000, jobMs: 90_000 } });
		const slow = rig.upstream.syncJob("slow", rig.send);
		await rig.trip();
		await rig.world.advance(13_000);
		const probe = rig.upstream.syncJob("probe", rig.send);
		rig.requests[0]?.answer("late");
		expect(await slow).toMatchObject({ state: "fresh", value: "late" });
		expect(rig.upstream.status().state).toBe("half_open");
		rig.requests[1]?.fail();
		expect(await probe).toMatchObject({ state: "unavailable" });
		expect(rig.upstream.status().state).toBe("open");
		expect(rig.of("late_result")).toEqual([
			expect.objectContaining({ epoch: 1, current: 3, outcome: "success" }),
		]);
	});

	it("behaviour 10: late failures neither re-open a half-open breaker nor count in a closed one", async () => {
		const rig = createRig({ timeout: { attemptMs: 60_000, jobMs: 90_000 }, breaker: { threshold: 2 } });
		const slow = [1, 2, 3].map((job) => rig.upstream.syncJob(`slow ${job}`, rig.send));
		await rig.trip();
		await rig.world.advance(13_000);
		const probe = rig.upstream.syncJob("probe", rig.send);
		rig.requests[0]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status().state).toBe("half_open");
		rig.requests[3]?.answer("back");
		await probe;
		expect(rig.upstream.status().state).toBe("closed");
		rig.requests[1]?.fail();
		rig.requests[2]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 0 });
		expect(rig.of("late_result")).toHaveLength(3);
		await rig.upstream.dispose();
		await Promise.all(slow);
	});

	it("behaviour 11: a hung probe times out, and one that nobody settles gives way when its lease is over", async () => {
		const rig = createRig({ breaker: { threshold: 1 } });
		await rig.trip();
		await rig.world.advance(13_000);
		const hung = rig.upstream.syncJob("hung", rig.send);
		await rig.world.advance(10_000);
		expect(await hung).toMatchObject({ state: "unavailable", reason: "open" });
		expect(rig.upstream.status().state).toBe("open");

		const bare = createRig({ breaker: { threshold: 1 }, timeout: { attemptMs: 2_000 } });
		const { upstream, world } = bare;
		await bare.trip();
		await world.advance(13_000);
		expect(upstream.admit()).toBe(3);
		await world.advance(2_999);
		expect(upstream.admit()).toBe(0);
		expect(upstream.status().state).toBe("half_open");
		await world.advance(1);
		expect(upstream.admit()).toBe(0);
		expect(bare.of("transition").at(-1)).toMatchObject({ to: "open", reason: "probe_lease_expired" });
		await world.advance(25_000);
		expect(upstream.admit()).toBe(5);
	});

	it("behaviour 12: a cancelled probe returns its permit, and the next caller probes", async () => {
		const rig = createRig();
		await rig.trip();
		await rig.world.advance(13_000);
		const controller = new AbortController();
		const cancelled = rig.upstream.syncJob("probe", rig.send, { signal: controller.signal });
		controller.abort(new Error("changed my mind"));
		await expect(cancelled).rejects.toThrow("changed my mind");
		expect(rig.upstream.status()).toMatchObject({ state: "half_open", probesOut: 0 });
		const next = rig.upstream.syncJob("next", rig.send);
		rig.requests[1]?.answer("back");
		expect(await next).toMatchObject({ state: "fresh" });
		expect(rig.upstream.status().state).toBe("closed");
	});

	it("behaviour 13: neutral outcomes count nowhere, in any state", async () => {
		const rig = createRig({
			breaker: { threshold: 2, ratio: { share: 0.5, minimum: 2 } },
			bulkhead: { limit: 1, queueMax: 0 },
		});
		const running = rig.upstream.syncJob("running", rig.send);
		for (let job = 0; job < 30; job += 1) {
			expect(await rig.upstream.syncJob(`refused ${job}`, rig.send)).toMatchObject({ reason: "bulkhead" });
		}
		rig.requests[0]?.answer("good");
		await running;
		for (const thrown of [httpError(404), httpError(401), new TypeError("our bug"), httpError(400)]) {
			await rig.failOnce(thrown);
			await rig.failOnce(thrown);
		}
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 0 });
		await rig.trip();
		await rig.world.advance(13_000);
		await rig.failOnce(httpError(404));
		expect(rig.upstream.status()).toMatchObject({ state: "half_open", probesOut: 0 });
		// A payload that cannot be valid is a failure.
		await rig.failOnce(new SyntaxError("<!doctype html> is not JSON"));
		expect(rig.upstream.status().state).toBe("open");
	});

	it("behaviour 14: recovers cleanly: old evidence is gone, and load comes back in doublings", async () => {
		const rig = createRig({
			breaker: { threshold: 3 },
			bulkhead: { limit: 8, queueMax: 100, rampMs: 3_000 },
		});
		await rig.trip();
		await rig.world.advance(13_000);
		await rig.succeedOnce();
		await rig.failOnce();
		await rig.failOnce();
		expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 2 });
		await rig.succeedOnce();
		const jobs = Array.from({ length: 20 }, (_, job) => rig.upstream.syncJob(`job ${job}`, rig.send));
		const running: number[] = [];
		for (let step = 0; step < 4; step += 1) {
			await rig.world.settle();
			running.push(rig.requests.length);
			await rig.world.advance(1_000);
		}
		expect(running).toEqual([1, 2, 4, 8]);
		await rig.upstream.dispose();
		await Promise.all(jobs);
	});
});

describe("breaker, beyond the thirty", () => {
	it("trips on a ratio of failures once there are enough outcomes, and forgets what left the window", async () => {
		const rig = createRig({
			breaker: { threshold: 1_000, ratio: { share: 0.5, minimum: 4, windowMs: 10_000 } },
		});
		const { upstream, world } = rig;
		for (const outcome of ["transient", "success", "transient"] as const) upstream.settle(1, outcome);
		expect(upstream.status().state).toBe("closed");
		await world.advance(11_000);
		upstream.settle(1, "failure");
		expect(upstream.status().state).toBe("closed");
		for (const outcome of ["success", "success", "transient"] as const) upstream.settle(1, outcome);
		expect(upstream.status().state).toBe("open");
		expect(rig.of("transition")[0]).toMatchObject({ reason: "failure_ratio" });
	});

	it("opens at once on a trip, and re-probes with growing windows", async () => {
		const rig = createRig();
		const { upstream, world } = rig;
		upstream.settle(upstream.admit(), "trip");
		expect(upstream.status()).toMatchObject({ state: "open", openCount: 1 });
		await world.advance(12_000);
		upstream.settle(upstream.admit(), "trip");
		expect(upstream.status()).toMatchObject({ state: "open", openCount: 2 });
		expect(rig.of("transition").map(({ reason }) => reason)).toEqual(["trip", "window_over", "trip"]);
		expect(rig.of("transition").at(-1)?.openForMs).toBeGreaterThanOrEqual(20_000);
	});

	it("stays open for as long as Retry-After asks, up to the longest window", async () => {
		const rig = createRig({ breaker: { openMaxMs: 100_000 } });
		rig.upstream.settle(1, "trip", 70_000);
		expect(rig.of("transition")[0]?.openForMs).toBe(70_000);
		rig.upstream.reset();
		rig.upstream.settle(rig.upstream.admit(), "trip", 500_000);
		expect(rig.of("transition").at(-1)?.openForMs).toBe(100_000);
	});

	it("is forced open and closed by a person, with reason and expiry, and reset", async () => {
		const rig = createRig({ breaker: { threshold: 1 } });
		const { upstream, world } = rig;
		upstream.forceOpen({ reason: "vendor asked us to stop", forMs: 60_000 });
		expect(upstream.status().forced).toEqual({
			state: "open",
			reason: "vendor asked us to stop",
			until: world.runtime.clock.now() + 60_000,
		});
		expect(upstream.admit()).toBe(0);
		await world.advance(59_999);
		expect(upstream.admit()).toBe(0);
		await world.advance(1);
		// Proves itself with a probe before it is trusted.
		const probe = upstream.admit();
		expect(upstream.status().state).toBe("half_open");
		upstream.settle(probe, "success");
		upstream.forceClose({ reason: "we know better" });
		for (let failures = 0; failures < 5; failures += 1) upstream.settle(upstream.admit(), "trip");
		expect(upstream.status()).toMatchObject({
			state: "closed",
			forced: { state: "closed", until: undefined },
		});
		upstream.reset("drill is over");
		expect(upstream.status().forced).toBeUndefined();
		upstream.settle(upstream.admit(), "transient");
		expect(upstream.status().state).toBe("open");
		const reasons = rig.of("transition").map(({ reason, note }) => [reason, note]);
		expect(reasons).toEqual([
			["forced_open", "vendor asked us to stop"],
			["force_expired", undefined],
			["probes_succeeded", undefined],
			["forced_closed", "we know better"],
			["reset", "drill is over"],
			["consecutive_failures", undefined],
		]);
	});

	it("ends what a forced-open breaker finds asleep or in line", async () => {
		const rig = createRig({ bulkhead: { limit: 1 } });
		const asleep = rig.upstream.syncJob("asleep", rig.send);
		rig.requests[0]?.fail();
		await rig.world.settle();
		const running = rig.upstream.syncJob("running", rig.send);
		const queued = rig.upstream.syncJob("queued", rig.send);
		rig.upstream.forceOpen({ reason: "maintenance" });
		expect(await asleep).toMatchObject({ state: "unavailable", reason: "open", nextAttemptAt: undefined });
		expect(await queued).toMatchObject({ state: "unavailable", reason: "open" });
		expect(await stateOf(rig.world, running)).toBe("pending");
		rig.requests[1]?.answer("finished");
		expect(await running).toMatchObject({ state: "fresh" });
	});

	it("a forced-closed breaker starts without evidence when its time is over", async () => {
		const rig = createRig({ breaker: { threshold: 2 } });
		const { upstream, world } = rig;
		upstream.forceClose({ reason: "test", forMs: 1_000 });
		for (let failures = 0; failures < 5; failures += 1) upstream.settle(upstream.admit(), "transient");
		await world.advance(1_000);
		upstream.settle(upstream.admit(), "transient");
		expect(upstream.status()).toMatchObject({ state: "closed", streak: 1, forced: undefined });
	});

	it("ignores permits that are none and probes that are settled twice", async () => {
		const rig = createRig({ breaker: { threshold: 1, successes: 2 } });
		const { upstream, world } = rig;
		upstream.settle(0, "transient");
		expect(upstream.status()).toMatchObject({ state: "closed", streak: 0 });
		await rig.trip();
		await world.advance(13_000);
		const permit = upstream.admit();
		upstream.settle(permit, "success");
		upstream.settle(permit, "success");
		expect(upstream.status()).toMatchObject({ state: "half_open", probesOut: 0 });
		expect(rig.of("late_result")).toHaveLength(0);
	});

	it("keeps two upstreams of one options object apart", async () => {
		const world = createVirtualRuntime();
		const options = { breaker: { threshold: 1 } };
		const a = createUpstream("a", options, world.runtime);
		const b = createUpstream("b", options, world.runtime);
		a.settle(a.admit(), "transient");
		options.breaker.threshold = 99;
		expect([a.status().state, b.status().state]).toEqual(["open", "closed"]);
		b.settle(b.admit(), "transient");
		expect(b.status().state).toBe("open");
	});
});
