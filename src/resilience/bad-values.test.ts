import { describe, expect, it } from "vitest";
import { createRig, stateOf } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream, type UpstreamOptions } from "./index.js";

const { runtime } = createVirtualRuntime();

/** `String` of it throws. */
const unshowable: never = Object.create(null) as never;

/** What a careless library throws: even its message cannot be read. */
class Unreadable extends Error {
	override get message(): string {
		throw new TypeError("the message cannot be read");
	}
}

function throwUnreadable(): never {
	throw new Unreadable();
}

describe("values of a wrong kind are a RangeError that names option and value", () => {
	it.each([
		["options", null, "options is null; it must be an object of options"],
		["options", 7, "options is 7"],
		["a part", { retry: [] }, "retry is an array"],
		["a ratio", { breaker: { ratio: null } }, "breaker.ratio is null"],
		["a ratio", { breaker: { ratio: 0.5 } }, "breaker.ratio is 0.5"],
		["requests", { budget: { requests: null } }, "budget.requests is null"],
		["a day", { budget: { day: 1_000 } }, "budget.day is 1000"],
		["a store", { fallback: { store: null } }, "fallback.store is null"],
		["a store", { persist: { save: "now" } }, "persist has no method save"],
		[
			"a number",
			{ retry: { maxRetries: unshowable } },
			"retry.maxRetries is an object; it must be a whole number",
		],
		["a number", { retry: { maxRetries: 3n } }, "retry.maxRetries is 3;"],
		["a number", { retry: { maxRetries: Symbol("x") } }, "retry.maxRetries is Symbol(x)"],
		["a number", { retry: { maxRetries: () => 1 } }, "retry.maxRetries is a function"],
	])("for %s, case %#", (_what, options, message) => {
		const make = () => createUpstream("avl", options as unknown as UpstreamOptions, runtime);
		expect(make).toThrow(RangeError);
		expect(make).toThrow(message);
	});

	it("but nothing is wrong with a snapshot that is not there", () => {
		for (const snapshot of [undefined, null]) {
			const rig = createRig({ snapshot });
			rig.upstream.reset();
			expect(rig.of("restore_failed")).toEqual([]);
		}
	});

	it("for a name", () => {
		for (const name of [undefined, null, 10n, Symbol("n"), unshowable]) {
			expect(() => createUpstream(name as never, {}, runtime)).toThrow(RangeError);
		}
	});

	it("for every option of a call, and nothing is sent", async () => {
		const { upstream, requests, send } = createRig();
		for (const [options, message] of [
			[null, "options is null"],
			["x", 'options is "x"'],
			[{ judge: 5 }, "judge is 5"],
			[{ classify: "transient" }, 'classify is "transient"'],
			[{ singleFlight: 1 }, "singleFlight is 1; it must be true or false"],
			[{ idempotent: "yes" }, 'idempotent is "yes"'],
			[{ wait: 0 }, "wait is 0"],
			[{ signal: {} }, "signal is an object; it must be an AbortSignal"],
			[{ signal: 5 }, "signal is 5"],
			[{ signal: null }, "signal is null"],
			[{ jobMs: Number.NaN }, "jobMs is NaN"],
			[{ maxRetries: 1.5 }, "maxRetries is 1.5; it must be a whole number from 0 to 10"],
			[{ attempt: 1.5 }, "attempt is 1.5; it must be a whole number from 1"],
		] as const) {
			for (const call of [
				() => upstream.syncJob("k", send, options as never),
				() => upstream.execute(send, options as never),
				() => upstream.attempt(send, options as never),
			]) {
				const thrown: unknown = await call().catch((error: unknown) => error);
				expect(thrown).toBeInstanceOf(RangeError);
				expect(thrown).toHaveProperty("message", expect.stringContaining(message));
			}
		}
		await expect(upstream.syncJob(unshowable, send)).rejects.toThrow("key is an object");
		await expect(upstream.syncJob("k", unshowable)).rejects.toThrow("run is an object");
		expect(requests).toHaveLength(0);
		expect(upstream.status()).toMatchObject({ inFlight: 0, queued: 0 });
	});

	it("for everything else that is called", () => {
		const upstream = createUpstream("avl", {}, runtime);
		expect(() => upstream.forceOpen(undefined as never)).toThrow("reason is undefined");
		expect(() => upstream.forceOpen(null as never)).toThrow("options is null");
		expect(() => upstream.forceClose({ reason: 3n as never })).toThrow("reason is 3");
		expect(() => upstream.settle(1, unshowable)).toThrow("outcome is an object");
		for (const ms of [Number.NaN, -1, "60" as never]) {
			expect(() => upstream.settle(1, "failure", ms)).toThrow("retryAfterMs is");
		}
		expect(() => upstream.remember(5 as never, 1, 0)).toThrow("key is 5");
		for (const state of [upstream.status(), upstream.snapshot()]) expect(state).toMatchObject({ streak: 0 });
	});
});

describe("errors that throw when they are looked at", () => {
	it("neither hang a job nor escape, wherever they are thrown", async () => {
		const rig = createRig({
			classify: throwUnreadable,
			onEvent: throwUnreadable,
			persist: { save: throwUnreadable },
			fallback: { store: { read: throwUnreadable, write: throwUnreadable } },
			breaker: { threshold: 3 },
		});
		const judged = rig.upstream.syncJob("judged", async () => 1, { judge: throwUnreadable, maxRetries: 0 });
		expect(await stateOf(rig.world, judged)).toBe("resolved");
		const thrown = rig.upstream.syncJob("thrown", throwUnreadable, { maxRetries: 0 });
		expect(await stateOf(rig.world, thrown)).toBe("resolved");
		await rig.succeedOnce();
		await rig.trip();
		await rig.world.settle();
		const { counters } = rig.upstream.status();
		expect(counters).toMatchObject({ persistFailures: 1 });
		expect(counters.classifierErrors).toBeGreaterThan(1);
		expect(counters.listenerErrors).toBeGreaterThan(10);
		expect(counters.cacheFailures).toBeGreaterThan(1);
		const trap = new Proxy({}, { get: throwUnreadable });
		expect(rig.upstream.restore(trap)).toBe(false);
	});

	it("nobody has to listen: everything that fails is counted all the same", async () => {
		const refuse = () => Promise.reject(new Error("disk full"));
		const rig = createRig({
			onEvent: undefined as never,
			classify: throwUnreadable,
			persist: { save: refuse },
			fallback: { store: { read: refuse, write: refuse } },
			breaker: { threshold: 1 },
		});
		await rig.failOnce();
		await rig.world.settle();
		expect(rig.upstream.restore("garbage")).toBe(false);
		await rig.succeedOnce();
		await rig.upstream.dispose();
		expect(rig.upstream.status().counters).toMatchObject({
			classifierErrors: 1,
			persistFailures: 3,
			cacheFailures: 2,
			listenerErrors: 0,
		});
	});

	it("are told when nothing was thrown at all", async () => {
		const { upstream } = createRig({ retry: { maxRetries: 0 }, breaker: { threshold: 100 } });
		for (const thrown of [null, undefined]) {
			await expect(upstream.execute(() => Promise.reject(thrown))).rejects.toThrow(
				`an attempt at avl threw ${thrown}`,
			);
		}
		for (const thrown of [0, "", false]) {
			await expect(upstream.execute(() => Promise.reject(thrown))).rejects.toBe(thrown);
		}
		expect(upstream.status().streak).toBe(5);
	});

	it("a thenable of another make may resolve with a thenable", async () => {
		const { upstream } = createRig();
		// biome-ignore lint/suspicious/noThenProperty: promises of other makes are the point
		const inner = { then: (onOk: (value: number) => void) => onOk(5) };
		// biome-ignore lint/suspicious/noThenProperty: promises of other makes are the point
		const outer = { then: (onOk: (value: unknown) => void) => onOk(inner) };
		expect(await upstream.execute(() => outer as never)).toBe(5);
	});
});
