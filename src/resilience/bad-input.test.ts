import { describe, expect, it } from "vitest";
import { createRig, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { type Classify, createUpstream, type FallbackStore, type UpstreamOptions } from "./index.js";

const { runtime } = createVirtualRuntime();

describe("options out of range", () => {
	it.each([
		[{ retry: { maxRetries: -1 } }, "retry.maxRetries is -1"],
		[{ retry: { maxRetries: 1.5 } }, "retry.maxRetries is 1.5"],
		[{ retry: { baseMs: 0 } }, "retry.baseMs is 0"],
		[{ retry: { baseMs: 100, capMs: 99 } }, "retry.capMs is 99"],
		[{ retry: { retryAfterMaxMs: Number.NaN } }, "retry.retryAfterMaxMs is NaN"],
		[{ retry: { holdMaxMs: Number.POSITIVE_INFINITY } }, "retry.holdMaxMs is Infinity"],
		[{ breaker: { threshold: 0 } }, "breaker.threshold is 0"],
		[{ breaker: { threshold: 2.5 } }, "breaker.threshold is 2.5"],
		[{ breaker: { openMs: -5 } }, "breaker.openMs is -5"],
		[{ breaker: { openMs: 10, openMaxMs: 5 } }, "breaker.openMaxMs is 5"],
		[{ breaker: { probes: 0 } }, "breaker.probes is 0"],
		[{ breaker: { successes: 1_001 } }, "breaker.successes is 1001"],
		[{ breaker: { ratio: { share: 0 } } }, "breaker.ratio.share is 0"],
		[{ breaker: { ratio: { share: 1.01 } } }, "breaker.ratio.share is 1.01"],
		[{ breaker: { ratio: {} } }, "breaker.ratio.share is undefined"],
		[{ breaker: { ratio: { share: 0.5, minimum: 0 } } }, "breaker.ratio.minimum is 0"],
		[{ breaker: { ratio: { share: 0.5, windowMs: 0 } } }, "breaker.ratio.windowMs is 0"],
		[{ timeout: { attemptMs: 0 } }, "timeout.attemptMs is 0"],
		[{ timeout: { jobMs: "10s" } }, 'timeout.jobMs is "10s"'],
		[{ timeout: { attemptMinMs: -1 } }, "timeout.attemptMinMs is -1"],
		[{ bulkhead: { limit: 0 } }, "bulkhead.limit is 0"],
		[{ bulkhead: { queueMax: -1 } }, "bulkhead.queueMax is -1"],
		[{ bulkhead: { rampMs: -1 } }, "bulkhead.rampMs is -1"],
		[{ bulkhead: { zombieMaxMs: -1 } }, "bulkhead.zombieMaxMs is -1"],
		[{ budget: { tokens: -1 } }, "budget.tokens is -1"],
		[{ budget: { perSuccess: -1 } }, "budget.perSuccess is -1"],
		[{ budget: { perSecond: Number.NaN } }, "budget.perSecond is NaN"],
		[{ budget: { requests: { count: 0, perMs: 1 } } }, "budget.requests.count is 0"],
		[{ budget: { requests: { count: 10_001, perMs: 1 } } }, "budget.requests.count is 10001"],
		[{ budget: { requests: { count: 1 } } }, "budget.requests.perMs is undefined"],
		[{ budget: { bytesPerSecond: 0 } }, "budget.bytesPerSecond is 0"],
		[{ budget: { bytesAheadMs: -1 } }, "budget.bytesAheadMs is -1"],
		[{ budget: { day: { count: 0 } } }, "budget.day.count is 0"],
		[{ budget: { day: { count: 1, startsAtMs: 86_400_001 } } }, "budget.day.startsAtMs is 86400001"],
		[{ fallback: { staleMaxMs: -1 } }, "fallback.staleMaxMs is -1"],
		[{ fallback: { entriesMax: 0 } }, "fallback.entriesMax is 0"],
		[{ fallback: { isolate: "clone" } }, 'fallback.isolate is "clone"'],
		[{ fallback: { readTimeoutMs: 0 } }, "fallback.readTimeoutMs is 0"],
		[{ fallback: { store: { read: () => undefined } } }, "fallback.store has no method write"],
		[{ hedge: { percentile: 49 } }, "hedge.percentile is 49"],
		[{ hedge: { minimum: 0 } }, "hedge.minimum is 0"],
		[{ persist: {} }, "persist has no method save"],
		[{ classify: "transient" }, 'classify is "transient"'],
		[{ onEvent: 3 }, "onEvent is 3"],
		[{ singleFlight: "yes" }, 'singleFlight is "yes"'],
		[{ retry: null }, "retry is null"],
		[{ breaker: false }, "breaker is false"],
		[{ fallback: true }, "fallback is true"],
	])("refuses %j and names option and value", (options, message) => {
		const make = () => createUpstream("avl", options as UpstreamOptions, runtime);
		expect(make).toThrow(RangeError);
		expect(make).toThrow(message);
	});

	it("accepts the ends of the ranges", () => {
		const options: UpstreamOptions = {
			retry: { maxRetries: 0, baseMs: 1, capMs: 1, retryAfterMaxMs: 0, holdMaxMs: 0 },
			breaker: {
				threshold: Number.POSITIVE_INFINITY,
				openMs: 1,
				openMaxMs: 1,
				ratio: { share: 1, minimum: 1 },
			},
			bulkhead: {
				limit: Number.POSITIVE_INFINITY,
				queueMax: 0,
				rampMs: 0,
				zombieMaxMs: Number.POSITIVE_INFINITY,
			},
			budget: { tokens: 0, perSuccess: 0, perSecond: 0, day: { count: 1, startsAtMs: 86_400_000 } },
			fallback: { staleMaxMs: 0, entriesMax: 1 },
			hedge: { percentile: 100, minimum: 1 },
		};
		expect(createUpstream("avl", options, runtime).status().limit).toBe(Number.POSITIVE_INFINITY);
		expect(createUpstream("avl", { fallback: false, hedge: false }, runtime).status().state).toBe("closed");
	});

	it("refuses a name, a key, work, or call options that cannot be right", async () => {
		expect(() => createUpstream("", {}, runtime)).toThrow(RangeError);
		const upstream = createUpstream("avl", {}, runtime);
		const work = async () => 1;
		await expect(upstream.syncJob(7 as never, work)).rejects.toThrow("key is 7");
		await expect(upstream.syncJob("k", "work" as never)).rejects.toThrow('run is "work"');
		await expect(upstream.syncJob("k", work, { jobMs: 0 })).rejects.toThrow("jobMs is 0");
		await expect(upstream.syncJob("k", work, { attemptMs: -1 })).rejects.toThrow("attemptMs is -1");
		await expect(upstream.syncJob("k", work, { maxRetries: 11 })).rejects.toThrow("maxRetries is 11");
		await expect(upstream.attempt(work, { attempt: 0 })).rejects.toThrow("attempt is 0");
		expect(() => upstream.settle(1, "maybe" as never)).toThrow('outcome is "maybe"');
		expect(() => upstream.forceOpen({ reason: " " })).toThrow("reason is");
		expect(() => upstream.forceClose({ reason: "x", forMs: 0 })).toThrow("forMs is 0");
		expect(() => upstream.remember("k", 1, Number.NaN)).toThrow("fetchedAt is NaN");
		expect(upstream.status()).toMatchObject({ inFlight: 0, queued: 0 });
	});
});

describe("hostile work", () => {
	it("work that throws, answers without a promise, or settles twice", async () => {
		const rig = createRig({ breaker: { threshold: 1_000 } });
		const thrown = await rig.upstream.syncJob(
			"throws",
			() => {
				throw transient("sync");
			},
			{ maxRetries: 0 },
		);
		expect(thrown).toMatchObject({ state: "unavailable", cause: { message: "sync" } });
		expect(await rig.upstream.execute(() => 7)).toBe(7);
		const twice = {
			// biome-ignore lint/suspicious/noThenProperty: a thenable that breaks its contract is the point
			then(onOk: (value: number) => void, onError: (thrown: Error) => void) {
				onOk(1);
				onOk(2);
				onError(new Error("and again"));
			},
		};
		expect(await rig.upstream.execute(() => twice as never)).toBe(1);
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, counters: { successes: 2, transients: 1 } });
		// biome-ignore lint/suspicious/noThenProperty: a getter that throws is the point
		const broken = Object.defineProperty({}, "then", {
			get() {
				throw transient("then throws");
			},
		});
		await expect(rig.upstream.execute(() => broken as never, { maxRetries: 0 })).rejects.toThrow(
			"then throws",
		);
	});

	it("a classifier or judge that throws or answers nonsense", async () => {
		for (const classify of [
			() => {
				throw new Error("classifier");
			},
			() => "maybe",
			() => undefined,
			() => ({ outcome: "success" }),
		]) {
			const rig = createRig({ classify: classify as unknown as Classify });
			expect(await rig.failOnce()).toMatchObject({ state: "unavailable" });
			expect(rig.upstream.status()).toMatchObject({
				streak: 1,
				counters: { classifierErrors: 1, transients: 1 },
			});
		}
		const rig = createRig();
		const judged = (judge: unknown) =>
			rig.upstream.syncJob("judged", async () => "value", { judge: judge as () => "success", maxRetries: 0 });
		const thrown = () => {
			throw new SyntaxError("not what I expected");
		};
		expect(await judged(thrown)).toMatchObject({ reason: "failed", cause: { name: "SyntaxError" } });
		expect(await judged(() => "perhaps")).toMatchObject({ reason: "failed", cause: { name: "TypeError" } });
		expect(await judged(() => ({ outcome: "success" }))).toMatchObject({ state: "fresh" });
		expect(await judged(() => ({ outcome: "transient", retryAfterMs: Number.NaN }))).toMatchObject({
			state: "stale",
			cause: { code: "upstream.not_valid" },
		});
		expect(rig.upstream.status().gateHeldMs).toBe(0);
	});

	it("bytes that are no numbers of bytes are not counted", async () => {
		const rig = createRig({ budget: { bytesPerSecond: 1 } });
		await rig.upstream.execute(async (attempt) => {
			for (const bytes of [-5, 0, Number.NaN, Number.POSITIVE_INFINITY, "9" as never])
				attempt.addBytes(bytes);
		});
		for (const bytes of [-5, Number.NaN, Number.POSITIVE_INFINITY]) rig.upstream.addBytes(bytes);
		expect(rig.upstream.status().counters.bytes).toBe(0);
	});
});

describe("a fallback store that misbehaves", () => {
	const withStore = (store: FallbackStore) => createRig({ fallback: { store, staleMaxMs: 60_000 } });
	const write = async () => {};

	it("serves what another process stored, labelled with its age", async () => {
		const rig = withStore({
			read: async () => ({ value: { buses: 2 }, fetchedAt: rig.world.runtime.clock.now() - 20_000 }),
			write,
		});
		await rig.trip();
		expect(await rig.failOnce()).toMatchObject({
			state: "stale",
			value: { buses: 2 },
			ageMs: 20_000,
			reason: "open",
		});
		expect(rig.upstream.lastGood("once")).toMatchObject({ ageMs: 20_000 });
	});

	it("never hides the original reason when it rejects, throws, hangs or answers nonsense", async () => {
		for (const read of [
			() => Promise.reject(new Error("store is down")),
			() => {
				throw new Error("store is broken");
			},
			() => new Promise<never>(() => {}),
			async () => undefined,
			async () => "text" as never,
			async () => ({ value: 1, fetchedAt: "yesterday" as never }),
			async () => ({ value: 1, fetchedAt: 0 }),
		]) {
			const rig = withStore({ read, write });
			const job = rig.upstream.syncJob("job", () => Promise.reject(transient("the reason")), {
				maxRetries: 0,
			});
			await rig.world.advance(1_000);
			expect(await job).toMatchObject({
				state: "unavailable",
				reason: "failed",
				cause: { message: "the reason" },
			});
			await rig.world.advance(1);
			expect(rig.world.pendingTimers()).toBe(0);
		}
	});

	it("answers an abort, and a disposal, while it hangs", async () => {
		const rig = withStore({ read: () => new Promise<never>(() => {}), write });
		const controller = new AbortController();
		const fail = () => Promise.reject(new SyntaxError("no JSON"));
		const aborted = rig.upstream.syncJob("a", fail, { signal: controller.signal });
		const disposed = rig.upstream.syncJob("b", fail);
		await rig.world.settle();
		controller.abort(new Error("enough"));
		await expect(aborted).rejects.toThrow("enough");
		await rig.upstream.dispose();
		expect(await disposed).toMatchObject({ reason: "disposed" });
		await rig.world.advance(2_000);
	});

	it("is written one entry at a time per key, the newest last, and its errors are events", async () => {
		const written: unknown[] = [];
		const done: (() => void)[] = [];
		const rig = withStore({
			read: async () => undefined,
			write: (_, { value }) => {
				written.push(value);
				return new Promise((resolve) => done.push(resolve));
			},
		});
		for (const value of ["one", "two", "three"]) await rig.succeedOnce(value);
		expect(written).toEqual(["one"]);
		done[0]?.();
		await rig.world.settle();
		expect(written).toEqual(["one", "three"]);
		const failing = withStore({
			read: async () => undefined,
			write: () => Promise.reject(new Error("disk full")),
		});
		expect(await failing.succeedOnce()).toMatchObject({ state: "fresh" });
		expect(failing.of("cache_failed")).toEqual([expect.objectContaining({ key: "once", note: "disk full" })]);
	});

	it("says so when a value cannot be kept apart from its caller, and still hands it over", async () => {
		class Bus {
			readonly id = 1;
		}
		for (const value of [() => 1, new Bus(), { bus: new Bus() }, Symbol("x")]) {
			const rig = createRig();
			const result = await rig.upstream.syncJob("job", async () => value);
			expect(result).toMatchObject({ state: "fresh" });
			expect(rig.of("cache_failed")).toHaveLength(1);
			expect(rig.upstream.lastGood("job")).toBeUndefined();
		}
		const shared = createRig({ fallback: { isolate: "share" } });
		const bus = new Bus();
		await shared.upstream.syncJob("job", async () => bus);
		expect(shared.upstream.lastGood("job")?.value).toBe(bus);
	});

	it("forgets the key that was written longest ago when there are too many", async () => {
		const rig = createRig({ fallback: { entriesMax: 2 } });
		for (const key of ["a", "b", "a", "c"]) await rig.upstream.syncJob(key, async () => key);
		expect(["a", "b", "c"].map((key) => rig.upstream.lastGood(key)?.value)).toEqual(["a", undefined, "c"]);
	});
});
