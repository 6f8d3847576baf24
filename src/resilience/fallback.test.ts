import { describe, expect, it } from "vitest";
import { createRig, transient } from "../../test/resilience/rig.js";
import type { Attempt, FallbackStore } from "./index.js";

function countingStore() {
	const calls: string[] = [];
	const store: FallbackStore = {
		read: async (key) => {
			calls.push(`read ${key}`);
			return undefined;
		},
		write: async (key) => {
			calls.push(`write ${key}`);
		},
	};
	return { calls, store };
}

describe("the fallback", () => {
	it("remembers nothing when it is off", async () => {
		const rig = createRig({ fallback: false });
		await rig.succeedOnce();
		expect(rig.upstream.lastGood("once")).toBeUndefined();
		rig.upstream.remember("once", "from elsewhere", rig.world.runtime.clock.now());
		expect(await rig.failOnce()).toMatchObject({ state: "unavailable", reason: "failed" });
	});

	it("is for jobs: other calls neither read nor write it, whatever their key", async () => {
		const { calls, store } = countingStore();
		const rig = createRig({ fallback: { store } });
		const fail = () => Promise.reject(transient());
		await rig.upstream.execute(async () => "value", { key: "once" });
		await rig.upstream.attempt(async () => "value", { key: "once" });
		await expect(rig.upstream.execute(fail, { key: "once", maxRetries: 0 })).rejects.toThrow("reset");
		expect(await rig.upstream.attempt(fail, { key: "once" })).toMatchObject({ outcome: "transient" });
		await rig.upstream.dispose();
		expect(await rig.upstream.attempt(fail, { key: "once" })).toMatchObject({ reason: "disposed" });
		expect(calls).toEqual([]);
		expect(rig.upstream.lastGood("once")).toBeUndefined();
	});

	it("tells the store of an answer only when it is the newest", async () => {
		const written: unknown[] = [];
		const store: FallbackStore = {
			read: async () => undefined,
			write: async (_key, { value }) => void written.push(value),
		};
		const rig = createRig({ fallback: { store } });
		const jobs = [1, 2].map(() => rig.upstream.syncJob("key", rig.send, { singleFlight: false }));
		rig.requests[1]?.answer("started last");
		await jobs[1];
		rig.requests[0]?.answer("started first");
		expect(await jobs[0]).toMatchObject({ state: "fresh", value: "started first" });
		expect(written).toEqual(["started last"]);
	});

	it("asks the store only for what the process does not remember, and never once it is disposed", async () => {
		const { calls, store } = countingStore();
		const rig = createRig({ fallback: { store, staleMaxMs: 60_000 } });
		await rig.failOnce();
		await rig.succeedOnce();
		await rig.failOnce();
		expect(calls).toEqual(["read once", "write once"]);
		await rig.world.advance(60_000);
		expect(await rig.failOnce()).toMatchObject({ state: "stale", ageMs: 60_000 });
		await rig.world.advance(1);
		expect(await rig.failOnce()).toMatchObject({ state: "unavailable" });
		expect(calls).toEqual(["read once", "write once", "read once"]);
		await rig.upstream.dispose();
		expect(await rig.failOnce()).toMatchObject({ state: "unavailable", reason: "disposed" });
		expect(calls).toHaveLength(3);
	});

	it("a store that knows nothing has not failed; one that answers nonsense has", async () => {
		for (const answer of [undefined, null]) {
			const rig = createRig({
				fallback: { store: { read: async () => answer as never, write: async () => {} } },
			});
			expect(await rig.failOnce()).toMatchObject({ state: "unavailable" });
			expect(rig.upstream.status().counters.cacheFailures).toBe(0);
		}
		for (const [answer, note] of [
			[{ value: "x", fetchedAt: "soon" }, "the store gave fetchedAt soon"],
			[{ value: "x", fetchedAt: Number.NaN }, "the store gave fetchedAt NaN"],
			[{ value: "x" }, "the store gave fetchedAt undefined"],
			[() => Promise.reject(new Error("disk gone")), "disk gone"],
		] as const) {
			const rig = createRig({
				fallback: {
					store: {
						read: async () => (typeof answer === "function" ? answer() : (answer as never)),
						write: async () => {},
					},
				},
			});
			expect(await rig.failOnce()).toMatchObject({ state: "unavailable" });
			expect(rig.of("cache_failed")).toEqual([expect.objectContaining({ key: "once", note })]);
			expect(rig.upstream.status().counters.cacheFailures).toBe(1);
		}
	});

	it("hands out the value itself, frozen, or a copy, as it was told to", async () => {
		const value = { list: [1] };
		const stale = async (isolate: "share" | "freeze" | "copy") => {
			const rig = createRig({ fallback: { isolate } });
			await rig.succeedOnce(value);
			const results = [await rig.failOnce(), await rig.failOnce()];
			return results.map((result) => (result.state === "stale" ? result.value : undefined));
		};
		const copies = await stale("copy");
		expect(copies).toEqual([value, value]);
		expect(copies[0]).not.toBe(copies[1]);
		expect(await stale("share")).toEqual([value, value]);
		expect((await stale("share"))[1]).toBe(value);
		expect(Object.isFrozen(value)).toBe(false);
		expect((await stale("freeze"))[1]).toBe(value);
		expect([value, value.list].every(Object.isFrozen)).toBe(true);
		for (const plain of [5, "text", true, null]) {
			const rig = createRig({ fallback: { isolate: "freeze" } });
			await rig.succeedOnce(plain);
			expect(await rig.failOnce()).toMatchObject({ state: "stale", value: plain });
			expect(rig.upstream.status().counters.cacheFailures).toBe(0);
		}
	});

	it("keeps the newer of two that were remembered elsewhere, and nothing when it is off", () => {
		const { upstream } = createRig();
		upstream.remember("k", "newer", 2_000);
		upstream.remember("k", "older", 1_000);
		expect(upstream.lastGood("k")).toMatchObject({ value: "newer", fetchedAt: 2_000 });
		upstream.remember("k", "as old", 2_000);
		expect(upstream.lastGood("k")).toMatchObject({ value: "as old" });
		const off = createRig({ fallback: false }).upstream;
		off.remember("k", 1, 1_000);
		expect(off.lastGood("k")).toBeUndefined();
	});

	it("takes what was remembered elsewhere as older than everything that is fetched", async () => {
		const rig = createRig();
		const { clock } = rig.world.runtime;
		rig.upstream.remember("once", "before the restart", clock.now() - 5_000);
		expect(rig.upstream.lastGood("once")).toMatchObject({ value: "before the restart", ageMs: 5_000 });
		expect(await rig.failOnce()).toMatchObject({ state: "stale", value: "before the restart", ageMs: 5_000 });
		await rig.succeedOnce("fetched");
		rig.upstream.remember("once", "late", clock.now());
		expect(rig.upstream.lastGood("once")?.value).toBe("fetched");
		// A label from the future is not older than now.
		rig.upstream.remember("future", 1, clock.now() + 60_000);
		expect(rig.upstream.lastGood("future")?.ageMs).toBe(0);
	});
});

describe("a job that is given up while an outside cache is asked", () => {
	it("has nothing left to settle with a breaker that it has opened itself", async () => {
		const read = () => new Promise<undefined>(() => {});
		const rig = createRig({
			breaker: { threshold: 1 },
			fallback: { store: { read, write: async () => {} } },
		});
		const controller = new AbortController();
		const fail = () => Promise.reject(transient());
		const job = rig.upstream.syncJob("job", fail, { signal: controller.signal });
		await rig.world.settle();
		expect(rig.upstream.status().state).toBe("open");
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		expect(rig.upstream.status().counters.lateResults).toBe(0);
	});

	it("does not take the others with it when that cache answers at last", async () => {
		const read = () => new Promise<undefined>(() => {});
		const rig = createRig({ fallback: { store: { read, write: async () => {} } } });
		const controller = new AbortController();
		const fail = () => Promise.reject(new SyntaxError("no JSON"));
		const job = rig.upstream.syncJob("job", fail, { signal: controller.signal });
		await rig.world.settle();
		controller.abort(new Error("enough"));
		await expect(job).rejects.toThrow("enough");
		const running = rig.upstream.execute(rig.send);
		const caught = running.catch((thrown: unknown) => thrown);
		await rig.world.advance(1_000);
		await rig.upstream.dispose();
		expect(await caught).toMatchObject({ name: "Refusal", code: "disposed" });
	});
});

describe("single flight", () => {
	it("is joined only by callers that share, and survives the end of those that do not", async () => {
		const rig = createRig();
		const alone = rig.upstream.syncJob("key", rig.send, { singleFlight: false });
		const shared = rig.upstream.syncJob("key", rig.send);
		expect(rig.requests).toHaveLength(2);
		rig.requests[0]?.answer("alone");
		expect(await alone).toMatchObject({ value: "alone" });
		const joined = rig.upstream.syncJob("key", rig.send);
		expect(rig.requests).toHaveLength(2);
		rig.requests[1]?.answer("shared");
		expect(await Promise.all([shared, joined])).toEqual([
			expect.objectContaining({ value: "shared" }),
			expect.objectContaining({ value: "shared" }),
		]);
		const separate = rig.upstream.syncJob("key", rig.send);
		const other = rig.upstream.syncJob("other", rig.send);
		expect(rig.requests).toHaveLength(4);
		rig.requests[2]?.answer(1);
		rig.requests[3]?.answer(2);
		await Promise.all([separate, other]);
	});

	it("shares failures and stale answers as well, each caller with data of its own", async () => {
		const rig = createRig({ retry: { maxRetries: 0 } });
		await rig.upstream.syncJob("key", async () => ({ buses: [1] }));
		const callers = [1, 2, 3].map(() => rig.upstream.syncJob<unknown>("key", rig.send));
		rig.requests[0]?.fail();
		const results = await Promise.all(callers);
		expect(results.every((result) => result.state === "stale")).toBe(true);
		const values = results.map((result) => result.state === "stale" && result.value);
		expect(values).toEqual([{ buses: [1] }, { buses: [1] }, { buses: [1] }]);
		expect(new Set(values).size).toBe(3);
		expect(rig.upstream.status().counters.staleServed).toBe(3);
	});

	it("hands what cannot be copied to everybody who waits for it", async () => {
		const rig = createRig();
		const value = { send: () => 1 };
		const callers = [1, 2].map(() => rig.upstream.syncJob("key", rig.send));
		rig.requests[0]?.answer(value);
		const results = await Promise.all(callers);
		expect(results.map((result) => result.state === "fresh" && result.value)).toEqual([value, value]);
		expect(rig.of("cache_failed")).toHaveLength(1);
	});
});

describe("work that gives itself up", () => {
	it("a classifier that aborts its own job leaves nothing behind", async () => {
		const controller = new AbortController();
		const classify = () => {
			controller.abort(new Error("given up"));
			return "transient" as const;
		};
		const rig = createRig({ breaker: { threshold: 1 } });
		const job = rig.upstream.syncJob("job", () => Promise.reject(transient()), {
			signal: controller.signal,
			classify,
		});
		await expect(job).rejects.toThrow("given up");
		expect(rig.upstream.status()).toMatchObject({ sleeping: 0, inFlight: 0, state: "closed", zombies: 0 });
		await rig.world.advance(1);
		expect(rig.world.pendingTimers()).toBe(0);
	});

	it("work that aborts its caller, or disposes of the upstream, before its first await", async () => {
		const rig = createRig();
		const controller = new AbortController();
		const aborted = rig.upstream.syncJob(
			"aborts",
			() => {
				controller.abort(new Error("myself"));
				throw transient();
			},
			{ signal: controller.signal },
		);
		await expect(aborted).rejects.toThrow("myself");
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, zombies: 0, streak: 0 });
		const disposed = rig.upstream.syncJob("disposes", async ({ signal }) => {
			void rig.upstream.dispose();
			return signal.aborted;
		});
		expect(await disposed).toMatchObject({ reason: "disposed" });
		await rig.world.settle();
		expect(rig.upstream.status().inFlight).toBe(0);
	});
});

describe("accounts of an attempt", () => {
	it("tells bytes and status where there are any, and measures only answers that had bytes", async () => {
		const rig = createRig({ breaker: { threshold: 1_000 } });
		const fail = Object.assign(new Error("busy"), { status: 503 });
		const large = async (attempt: Attempt) => {
			attempt.addBytes(1_500);
			// Taken out of the attempt, as a caller's parameter list does.
			const { addBytes } = attempt;
			addBytes(500);
			throw fail;
		};
		await rig.upstream.execute(async (attempt) => attempt.addBytes(1_000));
		for (let call = 0; call < 10; call += 1) await rig.succeedOnce();
		rig.events.length = 0;
		const job = rig.upstream.syncJob("large", large);
		await rig.world.settle();
		expect(rig.of("attempt_end")[0]).toMatchObject({ bytes: 2_000, status: 503, outcome: "transient" });
		// The mean is 1,100 by now: 2,000 bytes cost two tokens. Calls without bytes do not thin it out.
		expect(rig.of("retry_scheduled")[0]).toMatchObject({ budgetLeft: 8 });
		expect(rig.upstream.status().counters.bytes).toBe(3_000);
		await rig.upstream.dispose();
		await job;
	});

	it("says failed, not deadline, when an attempt with little time left fails for good", async () => {
		const rig = createRig({ timeout: { jobMs: 1_000, attemptMs: 10_000 } });
		const job = rig.upstream.syncJob("job", rig.send);
		rig.requests[0]?.fail(Object.assign(new Error("gone"), { status: 404 }));
		expect(await job).toMatchObject({ reason: "failed", cause: { status: 404 } });
	});

	it("remembers a late success only when its judge lets it pass", async () => {
		const rig = createRig({ timeout: { attemptMs: 1_000 }, breaker: { threshold: 1_000 } });
		const judge = (value: unknown) => (value === "good" ? ("success" as const) : ("failure" as const));
		for (const [value, remembered] of [
			["bad", undefined],
			["good", "good"],
		] as const) {
			const job = rig.upstream.syncJob("late", rig.send, { judge, maxRetries: 0 });
			await rig.world.advance(1_000);
			await job;
			rig.requests.at(-1)?.answer(value);
			await rig.world.settle();
			expect(rig.upstream.lastGood("late")?.value).toBe(remembered);
		}
	});
});
