import { describe, expect, it } from "vitest";
import { createRig, stateOf } from "../../test/resilience/rig.js";
import type { UpstreamSnapshot } from "./options.js";

function never(): Promise<never> {
	return new Promise(() => {});
}

describe("dispose with stores that are slow", () => {
	it("waits five seconds for a save that hangs, says that it is lost, and leaves nothing behind", async () => {
		const rig = createRig({ persist: { save: never } });
		const disposed = rig.upstream.dispose();
		await rig.world.advance(4_999);
		expect(await stateOf(rig.world, disposed)).toBe("pending");
		await rig.world.advance(1);
		expect(await stateOf(rig.world, disposed)).toBe("resolved");
		expect(rig.of("persist_failed").map(({ note }) => note)).toEqual([
			expect.stringContaining("within 5000 ms"),
		]);
		expect(rig.upstream.status().counters.persistFailures).toBe(1);
		expect(rig.world.pendingTimers()).toBe(0);
	});

	it("does not wait once for the save under way, and once more for the last one", async () => {
		const saves: UpstreamSnapshot[] = [];
		const save = (snapshot: UpstreamSnapshot) => {
			saves.push(snapshot);
			return never();
		};
		const rig = createRig({ breaker: { threshold: 1 }, persist: { save } });
		await rig.trip();
		await rig.world.advance(10_000);
		const disposed = rig.upstream.dispose({ waitMs: 300 });
		await rig.world.advance(300);
		expect(await stateOf(rig.world, disposed)).toBe("resolved");
		expect(saves).toHaveLength(1);
		expect(rig.world.pendingTimers()).toBe(0);
	});

	it("saves the last state after a save that is slow, and is done when it is", async () => {
		const saves: string[] = [];
		const open: (() => void)[] = [];
		const save = ({ state }: UpstreamSnapshot) =>
			new Promise<void>((resolve) => {
				saves.push(state);
				open.push(resolve);
			});
		const rig = createRig({ breaker: { threshold: 1 }, persist: { save } });
		await rig.trip();
		rig.upstream.reset();
		const disposed = rig.upstream.dispose();
		const again = rig.upstream.dispose();
		await rig.world.advance(1_000);
		open[0]?.();
		await rig.world.settle();
		expect(saves).toEqual(["open", "closed"]);
		expect(await stateOf(rig.world, again)).toBe("pending");
		open[1]?.();
		expect(await stateOf(rig.world, disposed)).toBe("resolved");
		expect(await stateOf(rig.world, again)).toBe("resolved");
		expect(rig.world.pendingTimers()).toBe(0);
		// Somebody still holds it: what they do is not saved any more.
		rig.upstream.forceOpen({ reason: "too late" });
		await rig.world.settle();
		expect(saves).toHaveLength(2);
	});

	it("writes what is remembered, newest last, and gives up a cache that hangs", async () => {
		const written: unknown[] = [];
		const open: (() => void)[] = [];
		const store = {
			read: never,
			write: (_key: string, { value }: { readonly value: unknown }) =>
				new Promise<void>((resolve) => {
					written.push(value);
					open.push(resolve);
				}),
		};
		const rig = createRig({ fallback: { store, readTimeoutMs: 60_000 } });
		for (const value of ["first", "second", "third"]) await rig.succeedOnce(value);
		const disposed = rig.upstream.dispose();
		open[0]?.();
		await rig.world.settle();
		expect(written).toEqual(["first", "third"]);
		expect(await stateOf(rig.world, disposed)).toBe("pending");
		open[1]?.();
		expect(await stateOf(rig.world, disposed)).toBe("resolved");
		expect(rig.upstream.status().counters.cacheFailures).toBe(0);
		expect(rig.world.pendingTimers()).toBe(0);

		const hanging = createRig({ fallback: { store: { read: never, write: never }, readTimeoutMs: 60_000 } });
		await hanging.succeedOnce("first");
		await hanging.succeedOnce("second");
		const given = hanging.upstream.dispose({ waitMs: 700 });
		await hanging.world.advance(699);
		expect(await stateOf(hanging.world, given)).toBe("pending");
		await hanging.world.advance(1);
		expect(await stateOf(hanging.world, given)).toBe("resolved");
		expect(hanging.of("cache_failed").map(({ note }) => note)).toEqual([
			"the store did not answer within 700 ms of closing",
		]);
		expect(hanging.world.pendingTimers()).toBe(0);
	});

	it("saves again after a save that is over, and a save that hangs keeps no process alive", async () => {
		const saves: string[] = [];
		let hangs = false;
		const save = ({ state }: UpstreamSnapshot) => {
			saves.push(state);
			return hangs ? never() : undefined;
		};
		const rig = createRig({ breaker: { threshold: 1 }, persist: { save } });
		await rig.trip();
		rig.upstream.reset();
		await rig.world.settle();
		await rig.trip();
		expect(saves).toEqual(["open", "closed", "open"]);
		await rig.world.advance(1);
		hangs = true;
		rig.upstream.reset();
		await rig.world.settle();
		expect(saves).toHaveLength(4);
		expect(rig.world.pendingTimers()).toBe(1);
		expect(rig.world.pendingRefTimers()).toBe(0);
	});

	it("waits for every key that is being written", async () => {
		const open: (() => void)[] = [];
		const write = () => new Promise<void>((resolve) => open.push(resolve));
		const rig = createRig({ fallback: { store: { read: never, write } } });
		for (const key of ["a", "b"]) await rig.upstream.syncJob(key, async () => key);
		await rig.world.settle();
		const disposed = rig.upstream.dispose();
		open[0]?.();
		expect(await stateOf(rig.world, disposed)).toBe("pending");
		open[1]?.();
		expect(await stateOf(rig.world, disposed)).toBe("resolved");
	});

	it("does not wait for a read: its job is told at once, and nothing is counted as a failure", async () => {
		const rig = createRig({ fallback: { store: { read: never, write: never }, readTimeoutMs: 60_000 } });
		const job = rig.failOnce();
		await rig.world.settle();
		await rig.upstream.dispose();
		expect(await job).toMatchObject({ state: "unavailable", reason: "disposed" });
		await rig.world.settle();
		expect(rig.upstream.status().counters.cacheFailures).toBe(0);
		expect(rig.world.pendingTimers()).toBe(0);
	});

	it("keeps nothing of a call that ends after it", async () => {
		const written: string[] = [];
		const store = { read: never, write: async (key: string) => void written.push(key) };
		const rig = createRig({ fallback: { store } });
		const job = rig.upstream.syncJob("late", rig.send);
		await rig.upstream.dispose();
		await job;
		rig.requests[0]?.answer("too late");
		await rig.world.settle();
		expect(written).toEqual([]);
		expect(rig.world.pendingTimers()).toBe(0);
	});

	it("refuses a time that is none, and disposes of nothing then", async () => {
		const rig = createRig();
		await expect(rig.upstream.dispose({ waitMs: -1 })).rejects.toThrow(
			new RangeError("waitMs is -1; it must be a number from 0 to 31622400000"),
		);
		expect(rig.upstream.status().disposed).toBe(false);
	});
});
