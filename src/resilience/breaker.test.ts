import { describe, expect, it } from "vitest";
import { createRig, stateOf } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

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

	it("says when it can be asked again, in every state", async () => {
		const rig = createRig({
			breaker: { threshold: 1, openMs: 10_000, probes: 2 },
			timeout: { attemptMs: 300 },
		});
		const { upstream, world } = rig;
		const { clock } = world.runtime;
		const inMs = () => {
			const { nextAttemptAt } = upstream.status();
			return nextAttemptAt === undefined ? undefined : nextAttemptAt - clock.now();
		};
		expect(inMs()).toBe(0);
		await rig.trip();
		const window = Math.ceil(rig.of("transition")[0]?.openForMs ?? 0);
		expect(inMs()).toBe(window);
		await world.advance(4_000);
		expect(inMs()).toBe(window - 4_000);
		await world.advance(window + 5_000);
		// The window is over: now, not in the past.
		expect(inMs()).toBe(0);
		upstream.admit();
		expect(inMs()).toBe(0);
		upstream.admit();
		// All probes are out: in a second, or when the lease is over.
		expect(inMs()).toBe(1_000);
		await world.advance(600);
		expect(inMs()).toBe(700);
		await world.advance(5_000);
		expect(inMs()).toBe(0);
		upstream.forceOpen({ reason: "x", forMs: 9_000 });
		expect(inMs()).toBe(9_000);
		expect(rig.of("transition").at(-1)).toMatchObject({ openForMs: 9_000 });
		upstream.forceOpen({ reason: "x" });
		expect(inMs()).toBeUndefined();
		expect(rig.of("transition").at(-1)).toMatchObject({ openForMs: Number.POSITIVE_INFINITY });
		upstream.forceClose({ reason: "x", forMs: 9_000 });
		expect(inMs()).toBe(0);
		expect(rig.of("transition").at(-1)?.openForMs).toBeUndefined();
	});

	it("says what blocks it, in every state", async () => {
		const rig = createRig({ breaker: { threshold: 1 }, bulkhead: { limit: 1 } });
		const { upstream, world } = rig;
		const blocked = () => upstream.status().blockedBy;
		expect(blocked()).toBeUndefined();
		await rig.trip();
		const window = rig.of("transition")[0]?.openForMs ?? 0;
		await world.advance(window - 0.5);
		expect(blocked()).toBe("open");
		await world.advance(0.5);
		expect(blocked()).toBeUndefined();
		const probe = upstream.syncJob("probe", rig.send);
		expect(blocked()).toBe("open");
		rig.requests[0]?.answer("back");
		await probe;
		upstream.forceClose({ reason: "x" });
		expect(blocked()).toBeUndefined();
		const running = upstream.syncJob("running", rig.send);
		expect(blocked()).toBe("bulkhead");
		upstream.forceOpen({ reason: "x" });
		expect(blocked()).toBe("open");
		rig.requests[1]?.answer("done");
		await running;
	});

	it("refuses a job whose arrival finds the lease of the probe over, and opens", async () => {
		const rig = createRig({ breaker: { threshold: 1 }, timeout: { attemptMs: 1_000 } });
		await rig.trip();
		await rig.world.advance(13_000);
		rig.upstream.admit();
		await rig.world.advance(2_000);
		expect(await rig.upstream.syncJob("job", rig.send)).toMatchObject({ reason: "open", attempts: 0 });
		expect(rig.requests).toHaveLength(0);
		expect(rig.of("transition").at(-1)).toMatchObject({ reason: "probe_lease_expired" });
	});

	it("names a trip by a probe as a trip, and any other failure of a probe as such", async () => {
		const rig = createRig({ breaker: { threshold: 1 } });
		for (const [outcome, reason] of [
			["trip", "trip"],
			["failure", "probe_failed"],
		] as const) {
			rig.upstream.reset();
			rig.upstream.settle(rig.upstream.admit(), "transient");
			await rig.world.advance(13_000);
			rig.upstream.settle(rig.upstream.admit(), outcome);
			expect(rig.of("transition").at(-1)).toMatchObject({ to: "open", reason });
		}
	});

	it("counts successes as successes in the ratio", () => {
		const rig = createRig({ breaker: { threshold: 1_000, ratio: { share: 0.5, minimum: 4 } } });
		for (const outcome of ["success", "success", "transient", "success", "transient"] as const) {
			rig.upstream.settle(1, outcome);
		}
		expect(rig.upstream.status().state).toBe("closed");
		rig.upstream.settle(1, "failure");
		expect(rig.upstream.status().state).toBe("open");
	});

	it("tells of a restored state only when it is another one", async () => {
		const rig = createRig({ breaker: { threshold: 1 } });
		const closed = rig.upstream.snapshot();
		rig.upstream.restore(closed);
		expect(rig.of("transition")).toHaveLength(0);
		await rig.trip();
		const open = rig.upstream.snapshot();
		const restored = createRig({ breaker: { threshold: 1 } });
		restored.upstream.restore(open);
		expect(restored.of("transition")).toHaveLength(1);
		expect(restored.of("transition")[0]).toMatchObject({ from: "closed", to: "open", reason: "restored" });
		expect(restored.of("transition")[0]?.openForMs).toBeCloseTo(open.remainingMs, 2);
		restored.upstream.restore(closed);
		expect(restored.of("transition").at(-1)).toMatchObject({
			from: "open",
			to: "closed",
			openForMs: undefined,
		});
		expect(restored.upstream.status()).toMatchObject({ state: "closed", openCount: 0 });
	});
});
