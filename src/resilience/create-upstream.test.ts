import { describe, expect, it } from "vitest";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream } from "./index.js";

describe("createUpstream", () => {
	it("needs no more than a name", async () => {
		const upstream = createUpstream("metro-avl");
		expect(await upstream.execute(() => "good")).toBe("good");
		expect(upstream.status()).toMatchObject({
			name: "metro-avl",
			state: "closed",
			counters: { successes: 1 },
		});
		await upstream.dispose();
	});

	it("answers fresh, then labelled stale while open, then recovers by itself", async () => {
		const world = createVirtualRuntime();
		const upstream = createUpstream("metro-avl", {}, world.runtime);
		let isUp = true;
		const job = () =>
			upstream.syncJob("positions", async () => {
				if (!isUp) throw Object.assign(new Error("down"), { code: "ECONNRESET" });
				return { buses: 3 };
			});
		expect(await job()).toMatchObject({ state: "fresh", value: { buses: 3 }, attempts: 1 });
		isUp = false;
		const first = job();
		await world.advance(45_000);
		expect(await first).toMatchObject({ state: "stale", reason: "failed", value: { buses: 3 }, attempts: 4 });
		const second = job();
		await world.advance(0);
		expect(await second).toMatchObject({ state: "stale", reason: "open", attempts: 1 });
		expect(upstream.status().state).toBe("open");
		isUp = true;
		await world.advance(12_000);
		expect(await job()).toMatchObject({ state: "fresh" });
		expect(upstream.status().state).toBe("closed");
		await world.advance(1);
		expect(world.pendingTimers()).toBe(0);
	});

	it("keeps the process for a job that runs or sleeps, and not for an upstream that is idle or open", async () => {
		const world = createVirtualRuntime();
		const upstream = createUpstream("metro-avl", { breaker: { threshold: 2 } }, world.runtime);
		expect(world.pendingTimers()).toBe(0);
		let fail = () => {};
		const job = upstream.syncJob("positions", () => new Promise((_, reject) => (fail = reject)));
		expect(world.pendingRefTimers()).toBe(1);
		const down = Object.assign(new Error("down"), { code: "ECONNRESET" });
		const failNow = () => (fail as (thrown: Error) => void)(down);
		failNow();
		await world.advance(100);
		expect(upstream.status()).toMatchObject({ inFlight: 0, sleeping: 1 });
		// What an unreferenced timer would lose: the process would end here, with the job neither done nor failed.
		expect(world.pendingRefTimers()).toBe(1);
		await world.advance(1_500);
		expect(upstream.status()).toMatchObject({ inFlight: 1, sleeping: 0 });
		failNow();
		await world.advance(2);
		expect(await job).toMatchObject({ state: "unavailable", reason: "open", attempts: 2 });
		expect(upstream.status().state).toBe("open");
		expect(world.pendingTimers()).toBe(0);
	});

	it("takes what work answers at once, also when it only looks like a promise", async () => {
		const upstream = createUpstream("metro-avl", {}, createVirtualRuntime().runtime);
		// biome-ignore lint/suspicious/noThenProperty: what is no promise is the point
		const looksLike = { then: "no method" };
		for (const value of [null, undefined, 0, looksLike])
			expect(await upstream.execute(() => value)).toBe(value);
		expect(upstream.status().counters).toMatchObject({ attempts: 4, successes: 4 });
		await upstream.dispose();
	});

	it("does the same when nobody listens", async () => {
		const told: string[] = [];
		const runs = [undefined, (event: { readonly type: string }) => void told.push(event.type)].map(
			async (onEvent) => {
				const world = createVirtualRuntime({ seed: 5 });
				const options = {
					hedge: { minimum: 1 },
					timeout: { attemptMs: 1_000 },
					breaker: { threshold: 2, openMs: 2_000 },
				};
				const upstream = createUpstream("avl", onEvent ? { ...options, onEvent } : options, world.runtime);
				const settles: { ok: (value: unknown) => void; bad: (thrown: unknown) => void }[] = [];
				const send = () => new Promise((ok, bad) => settles.push({ ok, bad }));
				const results: unknown[] = [];
				const note = (job: Promise<unknown>) =>
					job.then(
						(value) => results.push(value),
						(thrown: Error) => results.push(thrown.message),
					);
				const down = Object.assign(new Error("down"), { code: "ECONNRESET" });
				void note(upstream.syncJob("quick", () => "quick"));
				await world.settle();
				void note(upstream.syncJob("hedged", send));
				await world.advance(500);
				settles[1]?.ok("from the hedge");
				settles[0]?.bad(down);
				await world.settle();
				const controller = new AbortController();
				void note(upstream.syncJob("asleep", send, { signal: controller.signal, idempotent: false }));
				settles[2]?.bad(down);
				await world.settle();
				controller.abort(new Error("given up"));
				void note(upstream.syncJob("timed out", send, { maxRetries: 0, idempotent: false }));
				await world.advance(1_000);
				settles[3]?.ok("late");
				upstream.settle(1, "success");
				await world.advance(2_400);
				void note(upstream.syncJob("probe", () => "back"));
				await world.advance(1);
				const { counters, state } = upstream.status();
				await upstream.dispose();
				return { results, counters, state };
			},
		);
		const [silent, heard] = await Promise.all(runs);
		expect(silent).toEqual(heard);
		expect(silent?.results).toMatchObject([
			{ value: "quick" },
			{ value: "from the hedge" },
			"given up",
			{ state: "unavailable" },
			{ value: "back" },
		]);
		for (const type of [
			"hedge",
			"zombie",
			"probe",
			"late_result",
			"retry_denied",
			"attempt_end",
			"transition",
		]) {
			expect(told).toContain(type);
		}
	});
});
