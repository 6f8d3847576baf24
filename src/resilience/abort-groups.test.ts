import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, it } from "vitest";
import { createRig } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { type Abortable, subscribe } from "./abort-groups.js";
import { defaultPlan } from "./call-plan.js";
import { Engine } from "./engine.js";
import { Job, type JobOwner } from "./job.js";
import { resolveOptions } from "./resolve-options.js";

const never = undefined as unknown as JobOwner;

describe("jobs that share a signal", () => {
	it("are told of its abort also when others of them are over", async () => {
		const rig = createRig();
		const stop = new AbortController();
		const { signal } = stop;
		const [first, second, third] = ["a", "b", "c"].map((key) =>
			rig.upstream.syncJob(key, rig.send, { signal }),
		);
		rig.requests[1]?.answer("done");
		expect(await second).toMatchObject({ state: "fresh" });
		expect(getEventListeners(signal, "abort")).toHaveLength(1);
		stop.abort(new Error("enough"));
		await expect(first).rejects.toThrow("enough");
		await expect(third).rejects.toThrow("enough");
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
	});

	it("leave nothing behind when one of them ends the others in the middle of the abort", async () => {
		const rig = createRig({ bulkhead: { limit: 1 } });
		const stop = new AbortController();
		const { signal } = stop;
		const first = rig.upstream.syncJob(
			"a",
			(attempt) => {
				attempt.signal.addEventListener("abort", () => void rig.upstream.dispose());
				return rig.send(attempt);
			},
			{ signal },
		);
		const queued = rig.upstream.syncJob("b", rig.send, { signal });
		stop.abort(new Error("enough"));
		await expect(first).rejects.toThrow("enough");
		expect(await queued).toMatchObject({ reason: "disposed" });
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
		rig.requests[0]?.fail();
		await rig.world.settle();
		expect(rig.upstream.status()).toMatchObject({ inFlight: 0, queued: 0 });
	});

	it("share a flight as well when they state how it is to be run, and never what is no job", async () => {
		const rig = createRig({ bulkhead: { limit: 10 } });
		const jobs = [1, 2].map(() =>
			rig.upstream.syncJob("key", rig.send, { maxRetries: 1, judge: () => "success" }),
		);
		const alone = rig.upstream.syncJob("key", rig.send, { singleFlight: false });
		const call = { key: "key", singleFlight: true, jobMs: 1_000 };
		const calls = [1, 2].map(() => rig.upstream.execute(rig.send, call));
		expect(rig.requests).toHaveLength(4);
		for (const request of rig.requests) request.answer("good");
		expect((await Promise.all([...jobs, alone])).every(({ state }) => state === "fresh")).toBe(true);
		expect(await Promise.all(calls)).toEqual(["good", "good"]);
	});

	it("that joined one flight leave it one by one, in any order", async () => {
		const rig = createRig();
		const stops = Array.from({ length: 4 }, () => new AbortController());
		const jobs = stops.map(({ signal }) => rig.upstream.syncJob("key", rig.send, { signal }));
		const caught = jobs.map((job) => job.catch((thrown: Error) => thrown.message));
		const attempt = rig.requests[0]?.attempt;
		for (const at of [2, 0, 3]) {
			stops[at]?.abort(new Error(`gone ${at}`));
			expect(await caught[at]).toBe(`gone ${at}`);
			expect(attempt?.signal.aborted).toBe(false);
		}
		// The same signal however often it is read.
		expect(attempt?.signal).toBe(rig.requests[0]?.attempt.signal);
		stops[1]?.abort(new Error("the last"));
		expect(await caught[1]).toBe("the last");
		expect(attempt?.signal.aborted).toBe(true);
		expect(rig.requests).toHaveLength(1);
	});

	it("are told the answer of a flight that others have left, whoever came first", async () => {
		for (const leaving of [0, 1, 2]) {
			const rig = createRig();
			const stops = Array.from({ length: 3 }, () => new AbortController());
			const jobs = stops.map(({ signal }) => rig.upstream.syncJob("key", rig.send, { signal }));
			stops[leaving]?.abort(new Error("gone"));
			await expect(jobs[leaving]).rejects.toThrow("gone");
			rig.requests[0]?.answer("good");
			const stayed = await Promise.all(jobs.filter((_, at) => at !== leaving));
			expect(stayed).toMatchObject([{ value: "good" }, { value: "good" }]);
		}
	});
});

describe("who waits for a signal", () => {
	/** Notes who is told of the abort of `signal`, and does what `then` says when it is told. */
	const told: string[] = [];
	const waiting = (name: string, then: () => void = () => {}): Abortable => ({
		onAbort(reason) {
			told.push(`${name}: ${reason}`);
			then();
		},
	});
	beforeEach(() => told.splice(0));

	it("is told once, in order, and not at all after leaving, wherever it stood among the others", () => {
		for (const leaving of ["a", "b", "c", "ab", "cb", "ca", "abc"]) {
			told.splice(0);
			const stop = new AbortController();
			const subscriptions = new Map(
				["a", "b", "c"].map((name) => [name, subscribe(stop.signal, waiting(name))]),
			);
			for (const name of leaving) subscriptions.get(name)?.end();
			for (const name of leaving) subscriptions.get(name)?.end();
			subscribe(stop.signal, waiting("d"));
			expect(getEventListeners(stop.signal, "abort")).toHaveLength(1);
			stop.abort("enough");
			const stayed = ["a", "b", "c", "d"].filter((name) => !leaving.includes(name));
			expect(told).toEqual(stayed.map((name) => `${name}: enough`));
			for (const subscription of subscriptions.values()) subscription.end();
			expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
		}
	});

	it("is not told when one who is told first takes it off", () => {
		const stop = new AbortController();
		subscribe(
			stop.signal,
			waiting("first", () => last.end()),
		);
		subscribe(stop.signal, waiting("second"));
		const last = subscribe(stop.signal, waiting("last"));
		stop.abort("enough");
		expect(told).toEqual(["first: enough", "second: enough"]);
	});

	it("waits for the next time when it comes while others are told", () => {
		// Some other make of signal, which may abort twice.
		const signal = new EventTarget() as AbortSignal;
		Object.assign(signal, { reason: "enough" });
		subscribe(
			signal,
			waiting("first", () => subscribe(signal, waiting("late"))),
		);
		subscribe(signal, waiting("second"));
		signal.dispatchEvent(new Event("abort"));
		expect(told).toEqual(["first: enough", "second: enough"]);
		subscribe(signal, waiting("later"));
		expect(getEventListeners(signal, "abort")).toHaveLength(1);
		signal.dispatchEvent(new Event("abort"));
		expect(told.slice(2)).toEqual(["late: enough", "later: enough"]);
		expect(getEventListeners(signal, "abort")).toHaveLength(0);
	});
});

describe("an attempt", () => {
	it("has a signal that tells the truth, whenever it is read first", async () => {
		const rig = createRig();
		const good = rig.upstream.syncJob("good", rig.send);
		rig.requests[0]?.answer(1);
		await good;
		expect(rig.requests[0]?.attempt.signal.aborted).toBe(false);
		const hung = rig.upstream.execute(rig.send, { maxRetries: 0 });
		const caught = hung.catch((thrown: Error) => thrown.message);
		await rig.world.advance(10_000);
		expect(await caught).toBe("attempt 1 at avl was not over after 10000 ms");
		expect(rig.requests[1]?.attempt.signal.reason).toHaveProperty("message", await caught);
	});

	it("gives its value itself to the caller that started it, and copies to those that joined", async () => {
		const rig = createRig();
		const value = { list: [1] };
		const [first, second] = [rig.upstream.syncJob("k", rig.send), rig.upstream.syncJob("k", rig.send)];
		rig.requests[0]?.answer(value);
		const [own, shared] = await Promise.all([first, second]);
		expect(own.state === "fresh" && own.value).toBe(value);
		expect(shared).toMatchObject({ state: "fresh", value });
		expect(shared.state === "fresh" && shared.value).not.toBe(value);
	});

	it("is forgotten with its job, wherever the job stood among the others", async () => {
		const { clock, chance } = createVirtualRuntime().runtime;
		const settings = resolveOptions({});
		const { parts } = new Engine("avl", settings, clock, chance);
		const plan = defaultPlan("sync", settings);
		const job = (key: string) => new Job(never, plan, key, () => 1, 0);
		for (const order of ["abc", "acb", "bac", "bca", "cab", "cba"]) {
			const jobs = new Map(["a", "b", "c"].map((key) => [key, job(key)]));
			for (const one of jobs.values()) parts.addJob(one);
			expect(parts.jobs().map(({ key }) => key)).toEqual(["c", "b", "a"]);
			for (const key of order) {
				parts.removeJob(jobs.get(key) as Job);
				jobs.delete(key);
				expect(parts.jobs()).toEqual([...jobs.values()].reverse());
			}
		}
	});
});
