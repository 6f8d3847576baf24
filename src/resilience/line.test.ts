import { describe, expect, it } from "vitest";
import { createRig, httpError } from "../../test/resilience/rig.js";
import { createUpstream } from "./index.js";

describe("the line for a place", () => {
	it("tells those who cannot wait for the gate at once, and keeps the others", async () => {
		const rig = createRig({ bulkhead: { limit: 1 }, timeout: { attemptMinMs: 1_000 } });
		const { upstream, world } = rig;
		const running = upstream.syncJob("running", rig.send, { maxRetries: 0 });
		const lengths = [20_000, 30_999, 31_010, 40_000];
		const waiting = lengths.map((jobMs) => upstream.syncJob(`job ${jobMs}`, rig.send, { jobMs }));
		rig.requests[0]?.fail(httpError(503, { "retry-after": "30" }));
		await running;
		expect(upstream.status()).toMatchObject({ queued: 2, counters: { refusedGate: 2 } });
		for (const job of waiting.slice(0, 2)) expect(await job).toMatchObject({ reason: "gate", attempts: 0 });
		await world.advance(30_000);
		expect(rig.requests).toHaveLength(2);
		rig.requests[1]?.answer("good");
		await world.settle();
		expect(await waiting[2]).toMatchObject({ state: "fresh" });
		rig.requests[2]?.answer("good");
		expect(await waiting[3]).toMatchObject({ state: "fresh" });
	});

	it("refuses at once who could not be sent in time even if a place came free now", async () => {
		const rig = createRig({ bulkhead: { limit: 1 } });
		const running = rig.upstream.syncJob("running", rig.send);
		expect(await rig.upstream.syncJob("short", rig.send, { jobMs: 99 })).toMatchObject({
			reason: "deadline",
		});
		const just = rig.upstream.syncJob("just", rig.send, { jobMs: 100 });
		expect(rig.upstream.status().queued).toBe(1);
		rig.requests[0]?.answer("good");
		await running;
		rig.requests[1]?.answer("in time");
		expect(await just).toMatchObject({ state: "fresh" });
	});

	it("sends nothing to a deadline that passed while the event loop was held", async () => {
		const rig = createRig();
		const { clock, chance } = rig.world.runtime;
		let heldMs = 0;
		const held = { ...clock, now: () => clock.now(), monotonic: () => clock.monotonic() + heldMs };
		const late = { ...held, after: clock.after.bind(clock) };
		const upstream = createUpstream("avl", { bulkhead: { limit: 1 } }, { clock: late, chance });
		const running = upstream.syncJob("running", rig.send);
		const queued = upstream.syncJob("queued", rig.send, { jobMs: 5_000 });
		heldMs = 4_950;
		rig.requests[0]?.answer("good");
		expect(await running).toMatchObject({ state: "fresh" });
		expect(await queued).toMatchObject({ state: "unavailable", reason: "deadline", attempts: 0 });
		expect(rig.requests).toHaveLength(1);
		await upstream.dispose();
	});

	it("reports the hold once, when the first one has to wait for it", async () => {
		const rig = createRig({ budget: { requests: { count: 1, perMs: 1_000 } } });
		const jobs = ["a", "b", "c", "d"].map((key) => rig.upstream.syncJob(key, async () => key));
		await rig.world.advance(4_000);
		await Promise.all(jobs);
		expect(rig.of("gate")).toEqual([expect.objectContaining({ reason: "requests", holdMs: 1_000 })]);
		expect(rig.of("bulkhead_reject")).toHaveLength(0);
	});

	it("refuses a job that is told not to wait, by the name of what it would wait for", async () => {
		const rig = createRig({ budget: { requests: { count: 1, perMs: 1_000 } } });
		await rig.succeedOnce();
		const refused = await rig.upstream.attempt(rig.send, { wait: false });
		expect(refused).toMatchObject({ outcome: "refused", reason: "budget", delayMs: 1_000 });
		expect(rig.upstream.status().queued).toBe(0);
	});

	it("lets nobody overtake, not even a call that is made by a job while the line is being sent", async () => {
		const rig = createRig();
		const failed = rig.upstream.syncJob("failed", rig.send, { maxRetries: 0 });
		rig.requests[0]?.fail(httpError(503, { "retry-after": "30" }));
		await failed;
		const sent: string[] = [];
		const job = (key: string, also = () => {}) =>
			rig.upstream.syncJob(key, () => {
				sent.push(key);
				also();
			});
		const late: Promise<unknown>[] = [];
		const jobs = [job("a", () => late.push(job("d"))), job("b"), job("c")];
		await rig.world.advance(30_000);
		await Promise.all([...jobs, ...late]);
		expect(sent).toEqual(["a", "b", "c", "d"]);
	});

	it("is as long as it is told to be, also when every job in it is answered at once", async () => {
		const rig = createRig({ bulkhead: { limit: 1, queueMax: 20_000 } });
		const first = rig.upstream.syncJob("first", rig.send);
		const jobs = Array.from({ length: 20_000 }, (_, at) => rig.upstream.execute(() => at));
		rig.requests[0]?.answer("good");
		expect(await first).toMatchObject({ state: "fresh" });
		expect(await Promise.all(jobs)).toEqual(jobs.map((_, at) => at));
	});

	it("sends those who stay when one before them had to give up", async () => {
		const rig = createRig({ bulkhead: { limit: 1, zombieMaxMs: 60_000 } });
		const hung = rig.upstream.syncJob("hung", rig.send, { maxRetries: 0 });
		await rig.world.advance(10_000);
		expect(await hung).toMatchObject({ state: "unavailable" });
		const short = rig.upstream.syncJob("short", rig.send, { jobMs: 5_000 });
		const long = rig.upstream.syncJob("long", rig.send, { jobMs: 100_000 });
		await rig.world.advance(5_000);
		expect(await short).toMatchObject({ reason: "deadline" });
		await rig.world.advance(100_000);
		expect(rig.requests.map(({ at }) => at)).toEqual([0, 70_000]);
		expect(await long).toMatchObject({ state: "unavailable" });
	});

	it("waits for nothing once it is empty", async () => {
		const rig = createRig({ bulkhead: { limit: 1, zombieMaxMs: 60_000 } });
		const { upstream, world } = rig;
		const hung = upstream.syncJob("hung", rig.send, { maxRetries: 0 });
		await world.advance(10_000);
		await hung;
		const short = upstream.syncJob("short", rig.send, { jobMs: 5_000 });
		await world.advance(5_000);
		expect(await short).toMatchObject({ reason: "deadline" });
		expect(world.pendingTimers()).toBe(0);
		const paced = createRig({ budget: { requests: { count: 1, perMs: 20_000 } } });
		const jobs = ["a", "b"].map((key) => paced.upstream.syncJob(key, async () => key));
		await paced.world.advance(20_005);
		await Promise.all(jobs);
		expect(paced.world.pendingTimers()).toBe(0);
	});

	it("holds, refuses and gives places back all the same when nobody listens", async () => {
		const rig = createRig();
		const options = {
			bulkhead: { limit: 1, queueMax: 1, zombieMaxMs: 1_000 },
			timeout: { attemptMs: 1_000 },
			budget: { requests: { count: 1, perMs: 5_000 } },
		};
		const upstream = createUpstream("avl", options, rig.world.runtime);
		const call = (key: string) => upstream.syncJob(key, rig.send, { maxRetries: 0 });
		const hung = call("hung");
		const held = call("held");
		expect(await call("too many")).toMatchObject({ reason: "bulkhead" });
		await rig.world.advance(1_000);
		expect(await hung).toMatchObject({ reason: "failed" });
		expect(upstream.status().zombies).toBe(1);
		await rig.world.advance(4_000);
		expect(upstream.status()).toMatchObject({ zombies: 0, inFlight: 1 });
		rig.requests[1]?.answer("good");
		expect(await held).toMatchObject({ state: "fresh" });
	});
});
