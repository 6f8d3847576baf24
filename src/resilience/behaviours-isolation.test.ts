import { describe, expect, it } from "vitest";
import { createRig, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

/** Behaviours 27 and 28 of the specification: the labelled fallback, and nothing shared. */
describe("fallback and isolation behaviours", () => {
	it("behaviour 27: serves the last good answer, labelled with age, reason and next attempt", async () => {
		const rig = createRig({ fallback: { staleMaxMs: 60_000 } });
		const { upstream, world } = rig;
		const fetchedAt = world.runtime.clock.now();
		await upstream.syncJob("job", async () => ({ buses: 3 }));
		await world.advance(30_000);
		await rig.trip();
		const stale = await upstream.syncJob("job", rig.send);
		expect(stale).toMatchObject({
			state: "stale",
			value: { buses: 3 },
			ageMs: 30_000,
			fetchedAt,
			reason: "open",
			nextAttemptAt: upstream.status().nextAttemptAt,
		});
		expect(rig.of("fallback").at(-1)).toMatchObject({ hit: true, ageMs: 30_000 });
		world.jumpWallClock(-86_400_000);
		expect(await upstream.syncJob("job", rig.send)).toMatchObject({ state: "stale", ageMs: 30_000 });
		upstream.forceOpen({ reason: "drill" });
		await world.advance(30_001);
		expect(await upstream.syncJob("job", rig.send)).toMatchObject({ state: "unavailable", reason: "open" });
		expect(await upstream.syncJob("never seen", rig.send)).toMatchObject({ state: "unavailable" });
	});

	it("behaviour 27: only a validated success is remembered, and an older answer never replaces a newer one", async () => {
		const rig = createRig({ singleFlight: false });
		const { upstream } = rig;
		const judge = (value: unknown) => (value === "empty" ? ("failure" as const) : ("success" as const));
		const [older, newer] = [upstream.syncJob("job", rig.send), upstream.syncJob("job", rig.send)];
		rig.requests[1]?.answer("newer");
		expect(await newer).toMatchObject({ state: "fresh", value: "newer" });
		rig.requests[0]?.answer("older");
		expect(await older).toMatchObject({ state: "fresh", value: "older" });
		expect(upstream.lastGood("job")?.value).toBe("newer");
		const empty = upstream.syncJob("job", async () => "empty", { judge });
		expect(await empty).toMatchObject({
			state: "stale",
			value: "newer",
			reason: "failed",
			cause: { code: "upstream.not_valid" },
		});
		expect(upstream.status().streak).toBe(1);
	});

	it("behaviour 28: callers cannot change each other's data", async () => {
		const rig = createRig();
		const fresh = await rig.upstream.syncJob("job", async () => ({ buses: [{ id: 1 }], at: new Date(5) }));
		if (fresh.state !== "fresh") expect.unreachable();
		fresh.value.buses.pop();
		await rig.trip();
		const stale = () => rig.upstream.syncJob("job", async () => ({ buses: [{ id: 2 }], at: new Date(6) }));
		const first = await stale();
		if (first.state !== "stale") expect.unreachable();
		expect(first.value).toEqual({ buses: [{ id: 1 }], at: new Date(5) });
		first.value.buses.length = 0;
		expect(await stale()).toMatchObject({ state: "stale", value: { buses: [{ id: 1 }] } });
		const frozen = createRig({ fallback: { isolate: "freeze" } });
		const answer = await frozen.upstream.syncJob("job", async () => ({ buses: [{ id: 1 }] }));
		expect(() => answer.state === "fresh" && answer.value.buses.push({ id: 2 })).toThrow(TypeError);
	});

	it("behaviour 28: jobs of one upstream share the breaker and nothing else; upstreams share nothing", async () => {
		const world = createVirtualRuntime();
		const options = { breaker: { threshold: 2 } };
		const [a, b] = [createUpstream("a", options, world.runtime), createUpstream("b", options, world.runtime)];
		await a.syncJob("positions", async () => "positions of a");
		await a.syncJob("alerts", async () => "alerts of a");
		const down = () =>
			Promise.all(["positions", "alerts"].map((key) => a.syncJob(key, () => Promise.reject(transient()))));
		const results = down();
		await world.advance(45_000);
		expect((await results).map((result) => result.state === "stale" && result.value)).toEqual([
			"positions of a",
			"alerts of a",
		]);
		expect(await b.syncJob("positions", async () => "positions of b")).toMatchObject({
			value: "positions of b",
		});
		expect([a.status().state, b.status().state]).toEqual(["open", "closed"]);
		expect(b.status()).toMatchObject({ retryTokens: 10, counters: { attempts: 1 } });
	});

	it("behaviour 28: the bulkhead is bounded, first in first out, and refuses at once and neutrally", async () => {
		const rig = createRig({ bulkhead: { limit: 2, queueMax: 3 } });
		const jobs = [0, 1, 2, 3, 4, 5].map((job) => rig.upstream.syncJob(`job ${job}`, rig.send));
		expect(await jobs[5]).toMatchObject({ state: "unavailable", reason: "bulkhead", attempts: 0 });
		expect(rig.of("bulkhead_reject")).toEqual([
			expect.objectContaining({ key: "job 5", inFlight: 2, queued: 3 }),
		]);
		const order: string[] = [];
		jobs.slice(0, 5).forEach((job, at) => {
			void job.then(() => order.push(`job ${at}`));
		});
		for (let at = 0; at < 5; at += 1) {
			rig.requests[at]?.answer(at);
			await rig.world.settle();
			expect(rig.upstream.status().inFlight).toBe(Math.min(2, 4 - at));
		}
		expect(order).toEqual(["job 0", "job 1", "job 2", "job 3", "job 4"]);
		expect(rig.upstream.status()).toMatchObject({ streak: 0, counters: { refusedBulkhead: 1 } });
	});
});
