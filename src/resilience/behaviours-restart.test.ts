import { describe, expect, it } from "vitest";
import { createRig, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream, Refusal, type ResilienceEvent, type UpstreamSnapshot } from "./index.js";

/** Behaviours 29 and 30 of the specification: restarts, events, and the end. */
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
		expect(rig.events[0]).toMatchObject({ key: "job", attempt: 1, probe: false, hedge: false });
		expect(rig.events[1]).toMatchObject({ bytes: undefined, status: undefined });
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
			stack: "Refusal: avl was not asked: disposed",
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

describe("snapshots in detail", () => {
	const START = 1_767_614_400_000;

	it("hold what a restart needs, and nothing of the process", async () => {
		const rig = createRig({ budget: { day: { count: 5 } } }, { startTime: START });
		expect(rig.upstream.snapshot()).toEqual({
			v: 1,
			state: "closed",
			forced: null,
			forcedReason: null,
			forcedRemainingMs: null,
			remainingMs: 0,
			openUntilWall: START,
			savedAtWall: START,
			openCount: 0,
			streak: 0,
			gateRemainingMs: 0,
			day: null,
		});
		await rig.failOnce();
		expect(rig.upstream.snapshot()).toMatchObject({ streak: 1, day: { used: 1 } });
		rig.upstream.forceOpen({ reason: "x".repeat(600), forMs: 5_000 });
		await rig.world.advance(1_000);
		expect(rig.upstream.snapshot()).toMatchObject({
			state: "open",
			forced: "open",
			forcedRemainingMs: 4_000,
			remainingMs: 0,
			openUntilWall: START + 1_000,
		});
		// Its time is over, and nobody has looked yet.
		await rig.world.advance(4_000);
		expect(rig.upstream.snapshot()).toMatchObject({
			state: "open",
			forced: null,
			forcedReason: null,
			remainingMs: 0,
		});
		rig.upstream.forceClose({ reason: "for good" });
		expect(rig.upstream.snapshot()).toMatchObject({ forced: "closed", forcedRemainingMs: null });
	});

	it("keep nothing of a window or a forced state that a reset has ended", () => {
		const rig = createRig({}, { startTime: START });
		rig.upstream.settle(rig.upstream.admit(), "trip");
		rig.upstream.reset();
		expect(rig.upstream.snapshot()).toMatchObject({ state: "closed", remainingMs: 0, openUntilWall: START });
		rig.upstream.forceOpen({ reason: "works on the line", forMs: 60_000 });
		rig.upstream.reset();
		expect(rig.upstream.snapshot()).toMatchObject({ forced: null, forcedRemainingMs: null });
	});

	it("saves a day that was counted, also the very first of the clock", async () => {
		const rig = createRig({ budget: { day: { count: 5 } } }, { startTime: 3_600_000 });
		expect(rig.upstream.snapshot().day).toBeNull();
		await rig.succeedOnce();
		expect(rig.upstream.snapshot().day).toEqual({ index: 0, used: 1 });
	});

	it("are taken without a day where the day is counted", () => {
		const rig = createRig({ budget: { day: { count: 5 } } });
		expect(rig.upstream.restore({ ...rig.upstream.snapshot(), day: null })).toBe(true);
	});

	it.each([
		[null, "it is null"],
		["text", "it is string"],
		[{ forcedReason: 7 }, "its forcedReason is no text"],
		[{ day: 3 }, "its day cannot be read"],
		[{ day: undefined }, "its day cannot be read"],
	])("say what of them cannot be read: %j", (wrong, message) => {
		const rig = createRig();
		const isPart = typeof wrong === "object" && wrong !== null;
		expect(rig.upstream.restore(isPart ? { ...rig.upstream.snapshot(), ...wrong } : wrong)).toBe(false);
		expect(JSON.stringify(rig.of("restore_failed"))).toContain(message);
	});

	it("give back the rest of a forced state and of the gate, less the time that has passed", () => {
		const saved = createRig({}, { startTime: START }).upstream.snapshot();
		const restore = (change: Partial<UpstreamSnapshot>, passedMs: number) => {
			const rig = createRig({}, { startTime: START + passedMs });
			expect(rig.upstream.restore({ ...saved, ...change })).toBe(true);
			return rig.upstream.status();
		};
		const forced = { forced: "open", forcedReason: "x".repeat(600), forcedRemainingMs: 5_000 } as const;
		expect(restore(forced, 2_000).forced).toMatchObject({ until: START + 5_000, reason: "x".repeat(500) });
		expect(restore(forced, 5_000)).toMatchObject({ forced: undefined, state: "half_open" });
		expect(restore(forced, -2_000).forced).toMatchObject({ until: START + 3_000 });
		expect(restore({ ...forced, forced: "closed", forcedRemainingMs: null }, 1e9).forced).toMatchObject({
			state: "closed",
			until: undefined,
		});
		expect(restore({ gateRemainingMs: 5_000 }, 2_000).gateHeldMs).toBe(3_000);
		expect(restore({ gateRemainingMs: 5_000 }, 9_000).gateHeldMs).toBe(0);
		expect(restore({ gateRemainingMs: 5_000 }, -9_000).gateHeldMs).toBe(5_000);
		expect(restore({ gateRemainingMs: 1e9 }, 0).gateHeldMs).toBe(3_600_000);
		expect(restore({ streak: 2.9, openCount: 3.9 }, 0)).toMatchObject({ streak: 2, openCount: 3 });
		const open = { state: "open", remainingMs: 9e9, openUntilWall: START + 9e9, openCount: 2.5 } as const;
		expect(restore(open, 0)).toMatchObject({ state: "open", openCount: 2, nextAttemptAt: START + 300_000 });
		expect(restore({ day: { index: 20_000.7, used: 3 } }, 0).day).toBeUndefined();
	});
});
