import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { createRig, stateOf, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream, Refusal, type ResilienceEvent, type UpstreamSnapshot } from "./index.js";

const NEVER_TRIPS = { threshold: 1_000_000 };

/** Behaviours 23 to 30 of the specification: time, aborts, fallback, isolation, persistence, events. */
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

describe("restart and event behaviours", () => {
	const restartWith = async (rig: ReturnType<typeof createRig>, jumpMs: number) => {
		const snapshot: UpstreamSnapshot = JSON.parse(JSON.stringify(rig.upstream.snapshot()));
		const world = createVirtualRuntime({
			startTime: rig.world.runtime.clock.now() + jumpMs,
			startMonotonic: 5,
		});
		return { world, upstream: createUpstream("avl", { snapshot }, world.runtime) };
	};

	it("behaviour 29: survives a restart with the rest of its window, whatever the wall clock did meanwhile", async () => {
		const rig = createRig();
		await rig.trip();
		const window = rig.of("transition")[0]?.openForMs ?? 0;
		await rig.world.advance(4_000);
		for (const [jumpMs, expected] of [
			[0, window - 4_000],
			[3_000, window - 7_000],
			[3_600_000, 0],
			[-3_600_000, window - 4_000],
		] as const) {
			const { world, upstream } = await restartWith(rig, jumpMs);
			expect(upstream.status()).toMatchObject({ state: "open", openCount: 1, epoch: 2 });
			expect((upstream.status().nextAttemptAt ?? 0) - world.runtime.clock.now()).toBe(Math.ceil(expected));
		}
	});

	it("behaviour 29: half-open is saved as due, a streak never trips by itself, a forced state keeps its reason", async () => {
		const rig = createRig();
		await rig.trip();
		await rig.world.advance(13_000);
		rig.upstream.admit();
		expect(rig.upstream.snapshot()).toMatchObject({ state: "open", remainingMs: 0 });
		const { upstream } = await restartWith(rig, 0);
		expect(upstream.admit()).toBeGreaterThan(0);
		expect(upstream.status().state).toBe("half_open");
		const streak = createRig();
		for (let failures = 0; failures < 4; failures += 1) await streak.failOnce();
		const strict = createUpstream(
			"avl",
			{ snapshot: { ...streak.upstream.snapshot(), streak: 50 }, breaker: { threshold: 3 } },
			streak.world.runtime,
		);
		expect(strict.status()).toMatchObject({ state: "closed", streak: 2 });
		rig.upstream.forceOpen({ reason: "vendor maintenance" });
		const forced = (await restartWith(rig, 86_400_000)).upstream;
		expect(forced.status().forced).toMatchObject({ state: "open", reason: "vendor maintenance" });
		expect(forced.admit()).toBe(0);
		forced.reset();
		expect(forced.admit()).toBeGreaterThan(0);
		rig.upstream.forceOpen({ reason: "for an hour", forMs: 3_600_000 });
		const later = await restartWith(rig, 1_800_000);
		expect(later.upstream.admit()).toBe(0);
		await later.world.advance(1_800_000);
		expect(later.upstream.admit()).toBeGreaterThan(0);
	});

	it("behaviour 29: the gate and the day's quota survive a restart", async () => {
		const rig = createRig({ budget: { day: { count: 10 } } });
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail(
			Object.assign(new Error("busy"), { status: 503, headers: { "retry-after": "900" } }),
		);
		await job;
		const snapshot = rig.upstream.snapshot();
		const world = createVirtualRuntime({ startTime: rig.world.runtime.clock.now() + 300_000 });
		const again = createUpstream("avl", { snapshot, budget: { day: { count: 10 } } }, world.runtime);
		expect(again.status()).toMatchObject({ gateHeldMs: 600_000, day: { used: 1 } });
	});

	it("behaviour 29: a snapshot that is garbage is reported, and the breaker is closed", () => {
		const good = createRig().upstream.snapshot();
		const garbage: unknown[] = [
			"text",
			42,
			[],
			{},
			{ ...good, v: 2 },
			{ ...good, state: "ajar" },
			{ ...good, forced: "maybe" },
			{ ...good, remainingMs: "soon" },
			{ ...good, openUntilWall: Number.NaN },
			{ ...good, openCount: -1 },
			{ ...good, streak: null },
			{ ...good, day: { index: 1 } },
			{ ...good, day: 3 },
			{ ...good, forcedReason: 7 },
			{ ...good, gateRemainingMs: Number.POSITIVE_INFINITY },
			new Proxy({}, { get: () => expect.unreachable }),
			Object.defineProperty({}, "v", {
				get() {
					throw new Error("hostile");
				},
			}),
		];
		for (const snapshot of garbage) {
			const rig = createRig({ snapshot });
			expect(rig.upstream.status()).toMatchObject({ state: "closed", streak: 0, openCount: 0 });
			expect(rig.of("restore_failed")).toHaveLength(1);
			expect(rig.upstream.restore(null)).toBe(false);
		}
		expect(createRig().upstream.restore(good)).toBe(true);
	});

	it("behaviour 29: a clock that jumps while it is open changes nothing", async () => {
		for (const jumpMs of [-3_600_000, 3_600_000]) {
			const rig = createRig({ breaker: { threshold: 1 } });
			await rig.trip();
			rig.world.jumpWallClock(jumpMs);
			expect(rig.upstream.admit()).toBe(0);
			await rig.world.advance(12_000);
			expect(rig.upstream.admit()).toBeGreaterThan(0);
		}
	});

	it("behaviour 29: saves on transitions only, one at a time, newest last; a store that fails is an event", async () => {
		const saves: UpstreamSnapshot[] = [];
		const open: (() => void)[] = [];
		const save = (snapshot: UpstreamSnapshot) =>
			new Promise<void>((resolve) => {
				saves.push(snapshot);
				open.push(resolve);
			});
		const rig = createRig({ persist: { save }, breaker: { threshold: 1 } });
		await rig.succeedOnce();
		expect(saves).toHaveLength(0);
		await rig.trip();
		rig.upstream.reset();
		rig.upstream.settle(rig.upstream.admit(), "trip");
		await rig.world.settle();
		expect(saves).toHaveLength(1);
		open[0]?.();
		await rig.world.settle();
		expect(saves.map(({ state, openCount }) => [state, openCount])).toEqual([
			["open", 1],
			["open", 1],
		]);
		// The store hangs from here on; jobs do not notice, and later saves are tried again.
		rig.upstream.reset();
		await rig.world.advance(30_000);
		expect(rig.of("persist_failed").map(({ note }) => note)).toEqual([expect.stringMatching(/30000 ms/)]);
		expect(saves).toHaveLength(3);
		for (const broken of [() => Promise.reject(new Error("disk full")), () => expect.fail("sync throw")]) {
			const failing = createRig({ persist: { save: broken }, breaker: { threshold: 1 } });
			await failing.trip();
			expect(failing.upstream.status()).toMatchObject({ state: "open", counters: { persistFailures: 1 } });
			expect(failing.of("persist_failed")).toHaveLength(1);
		}
	});

	it("behaviour 30: tells what happened in order, with a consistent state, and costs nothing when nobody listens", async () => {
		const rig = createRig({ breaker: { threshold: 2 } });
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail();
		await rig.world.advance(1_500);
		rig.requests[1]?.fail();
		await job;
		expect(rig.events.map(({ type }) => type)).toEqual([
			"attempt_start",
			"attempt_end",
			"retry_scheduled",
			"attempt_start",
			"attempt_end",
			"transition",
			"retry_denied",
			"fallback",
		]);
		expect(rig.events[1]).toMatchObject({
			key: "job",
			attempt: 1,
			outcome: "transient",
			ms: 0,
			note: "ECONNRESET",
		});
		expect(rig.events[2]).toMatchObject({ attempt: 2, source: "jitter", budgetLeft: 9 });
		expect(rig.events[6]).toMatchObject({ reason: "open" });
		expect(rig.events.every(({ upstream }) => upstream === "avl")).toBe(true);
	});

	it("behaviour 30: a listener that throws, rejects or calls back in never alters a result", async () => {
		const world = createVirtualRuntime();
		const seen: string[] = [];
		const listener = (event: ResilienceEvent): void => {
			seen.push(event.type);
			if (event.type === "transition") {
				// Re-entry: the state is consistent, and the events that this causes come afterwards.
				expect(upstream.status().state).toBe(event.to);
				void upstream.syncJob("inner", async () => "inner");
			}
			throw new Error("hostile listener");
		};
		const upstream = createUpstream("avl", { onEvent: listener, breaker: { threshold: 1 } }, world.runtime);
		expect(await upstream.syncJob("job", async () => "good")).toMatchObject({ state: "fresh", attempts: 1 });
		const failing = upstream.syncJob("job", () => Promise.reject(transient()));
		expect(await failing).toMatchObject({ state: "stale", reason: "open", cause: { code: "ECONNRESET" } });
		expect(upstream.status().counters.listenerErrors).toBe(seen.length);
		expect(seen).toContain("listener_error");
		const rejecting = createUpstream(
			"avl",
			{ onEvent: (() => Promise.reject(new Error("async listener"))) as () => void },
			world.runtime,
		);
		expect(await rejecting.execute(async () => 1)).toBe(1);
		await world.settle();
		expect(rejecting.status().counters.listenerErrors).toBe(2);
	});
});

describe("dispose", () => {
	it("behaviour 30: tells everybody, clears every timer, flushes one save, and refuses from then on", async () => {
		const saves: UpstreamSnapshot[] = [];
		const rig = createRig({
			bulkhead: { limit: 2 },
			persist: { save: (snapshot) => void saves.push(snapshot) },
		});
		const { upstream, world } = rig;
		const asleep = upstream.syncJob("asleep", rig.send);
		rig.requests[0]?.fail();
		await world.settle();
		const running = ["r1", "r2"].map((key) => upstream.syncJob(key, rig.send));
		const queued = upstream.execute(rig.send);
		const caught = queued.catch((thrown: unknown) => thrown);
		await upstream.dispose();
		for (const job of [asleep, ...running]) {
			expect(await job).toMatchObject({ state: "unavailable", reason: "disposed" });
		}
		const refusal = await caught;
		expect(refusal).toBeInstanceOf(Refusal);
		expect(refusal).toBeInstanceOf(Error);
		expect(refusal).toMatchObject({
			code: "disposed",
			name: "Refusal",
			message: "avl was not asked: disposed",
		});
		expect(rig.requests[1]?.attempt.signal.aborted).toBe(true);
		expect(world.pendingTimers()).toBe(0);
		expect(saves).toHaveLength(1);
		expect(await upstream.syncJob("late", rig.send)).toMatchObject({ reason: "disposed" });
		expect(upstream.admit()).toBe(0);
		expect(upstream.status()).toMatchObject({
			disposed: true,
			blockedBy: "disposed",
			nextAttemptAt: undefined,
		});
		await upstream.dispose();
		expect(saves).toHaveLength(1);
	});
});
