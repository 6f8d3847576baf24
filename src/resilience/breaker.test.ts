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
});
