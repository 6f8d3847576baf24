import { describe, expect, it } from "vitest";
import { createRig, httpError, transient } from "../../test/resilience/rig.js";

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

	it("behaviour 11: a probe that may take longer than the others has a lease that is as long", async () => {
		const rig = createRig({ breaker: { threshold: 1, probes: 2 } });
		await rig.trip();
		await rig.world.advance(13_000);
		const slow = rig.upstream.syncJob("slow", rig.send, { attemptMs: 40_000 });
		const quick = rig.upstream.syncJob("quick", rig.send);
		await rig.world.settle();
		rig.requests[1]?.fail(httpError(404));
		expect(await quick).toMatchObject({ state: "unavailable" });
		await rig.world.advance(39_999);
		const other = rig.upstream.execute(rig.send).catch((thrown: unknown) => thrown);
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ state: "half_open", probesOut: 2 });
		rig.requests[0]?.answer("slow, but good");
		expect(await slow).toMatchObject({ state: "fresh" });
		expect(rig.upstream.status().state).toBe("closed");
		rig.requests[2]?.answer("good");
		expect(await other).toBe("good");
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
