import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRig, transient } from "../../test/resilience/rig.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { createUpstream, type Outcome, type Upstream } from "./index.js";

const SETTINGS = { threshold: 3, openMs: 1_000, openMaxMs: 8_000, probes: 2, successes: 2 };
const ATTEMPT_MS = 500;

/** The rules of the specification once more, as plainly as possible: what the breaker is compared with. */
class Model {
	now = 0;
	state: "closed" | "open" | "half_open" = "closed";
	epoch = 1;
	streak = 0;
	openUntil = 0;
	openCount = 0;
	closedSince = 0;
	out = 0;
	good = 0;
	leaseUntil = 0;
	forced: "open" | "closed" | undefined;
	forcedUntil = 0;

	enter(state: "closed" | "open" | "half_open"): void {
		this.state = state;
		this.epoch += 1;
		this.streak = 0;
		this.out = 0;
		this.good = 0;
		if (state === "closed") this.closedSince = this.now;
	}

	open(): void {
		const isStable = this.state === "closed" && this.now - this.closedSince >= 2 * SETTINGS.openMs;
		const count = isStable ? 0 : this.openCount;
		const window = Math.min(SETTINGS.openMaxMs / 1.2, SETTINGS.openMs * 2 ** count);
		this.enter("open");
		this.openCount = count + 1;
		this.openUntil = this.now + window;
	}

	expire(): void {
		if (this.forced === undefined || this.now < this.forcedUntil) return;
		this.enter(this.forced === "open" ? "half_open" : "closed");
		this.forced = undefined;
	}

	admit(): number {
		this.expire();
		if (this.forced !== undefined) return this.forced === "open" ? 0 : this.epoch;
		if (this.state === "closed") return this.epoch;
		if (this.state === "open") {
			if (this.now < this.openUntil) return 0;
			this.enter("half_open");
		}
		if (this.out > 0 && this.now >= this.leaseUntil) {
			this.open();
			return 0;
		}
		if (this.out >= SETTINGS.probes) return 0;
		this.out += 1;
		this.leaseUntil = this.now + ATTEMPT_MS + 1_000;
		return this.epoch;
	}

	settle(permit: number, outcome: Outcome): void {
		if (permit !== this.epoch || this.forced !== undefined) return;
		const isFailure = outcome === "transient" || outcome === "failure" || outcome === "trip";
		if (this.state === "half_open") {
			if (this.out === 0) return;
			this.out -= 1;
			if (isFailure) this.open();
			else if (outcome === "success") {
				this.good += 1;
				if (this.good >= SETTINGS.successes) this.enter("closed");
			}
			return;
		}
		if (outcome === "success") this.streak = 0;
		if (!isFailure) return;
		this.streak += 1;
		if (outcome === "trip" || this.streak >= SETTINGS.threshold) this.open();
	}

	force(state: "open" | "closed", forMs: number): void {
		this.enter(state);
		this.forced = state;
		this.forcedUntil = this.now + forMs;
	}

	reset(): void {
		this.forced = undefined;
		this.openCount = 0;
		this.enter("closed");
	}
}

const outcome = fc.constantFrom<Outcome>("success", "transient", "failure", "neutral", "trip", "transient");

type Step = (
	real: Upstream,
	model: Model,
	permits: number[],
	move: (ms: number) => Promise<void>,
) => Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constant<Step>(async (real, model, permits) => {
			const permit = real.admit();
			expect(permit).toBe(model.admit());
			if (permit !== 0) permits.push(permit);
		}),
	},
	{
		weight: 6,
		arbitrary: fc.tuple(fc.nat(20), outcome).map<Step>(([index, result]) => async (real, model, permits) => {
			const [permit] = permits.splice(index % Math.max(1, permits.length), 1);
			if (permit === undefined) return;
			real.settle(permit, result);
			model.settle(permit, result);
		}),
	},
	{
		weight: 4,
		arbitrary: fc
			.constantFrom(1, 499, 1_000, 1_500, 2_000, 7_000)
			.map<Step>((ms) => async (_real, _model, _permits, move) => move(ms)),
	},
	{
		weight: 1,
		arbitrary: fc
			.tuple(fc.boolean(), fc.constantFrom(500, 5_000))
			.map<Step>(([open, forMs]) => async (real, model) => {
				if (open) real.forceOpen({ reason: "random", forMs });
				else real.forceClose({ reason: "random", forMs });
				model.force(open ? "open" : "closed", forMs);
			}),
	},
	{
		weight: 1,
		arbitrary: fc.constant<Step>(async (real, model) => {
			real.reset();
			model.reset();
		}),
	},
);

describe("the state machine against a model", () => {
	it("agrees with the rules for every schedule of calls, results, clock jumps and interventions", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(step, { maxLength: 80, size: "max" }),
				fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 5 }),
				async (steps, jumps) => {
					const world = createVirtualRuntime();
					const chance = { next: () => 0, bytes: () => new Uint8Array() };
					const options = { breaker: SETTINGS, timeout: { attemptMs: ATTEMPT_MS } };
					const real = createUpstream("avl", options, { clock: world.runtime.clock, chance });
					const model = new Model();
					const permits: number[] = [];
					const move = async (ms: number) => {
						world.jumpWallClock(jumps[permits.length % Math.max(1, jumps.length)] ?? 0);
						await world.advance(ms);
						model.now += ms;
					};
					for (const take of steps) {
						await take(real, model, permits, move);
						model.expire();
						const { state, epoch, streak, probesOut } = real.status();
						const { out } = model;
						expect({ state, epoch, streak, probesOut }).toEqual({
							state: model.state,
							epoch: model.epoch,
							streak: model.streak,
							probesOut: out,
						});
					}
				},
			),
			{ numRuns: 300, seed: 20_260_105 },
		);
	});
});

type Action =
	| { readonly do: "start"; readonly key: number; readonly abortable: boolean }
	| { readonly do: "answer" | "fail" | "neutral" | "busy"; readonly index: number }
	| { readonly do: "abort"; readonly index: number }
	| { readonly do: "advance"; readonly ms: number }
	| { readonly do: "jump"; readonly ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
	fc.record({ do: fc.constant("start" as const), key: fc.nat(4), abortable: fc.boolean() }),
	fc.record({
		do: fc.constantFrom("answer" as const, "fail" as const, "neutral" as const, "busy" as const),
		index: fc.nat(30),
	}),
	fc.record({ do: fc.constant("abort" as const), index: fc.nat(30) }),
	fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 200, 999, 3_000, 12_000) }),
	fc.record({ do: fc.constant("jump" as const), ms: fc.constantFrom(-3_600_000, 3_600_000) }),
);

const LIMIT = 3;

async function runJobs(actions: readonly Action[], seed: number): Promise<void> {
	const rig = createRig(
		{
			breaker: { threshold: 3, openMs: 2_000 },
			timeout: { attemptMs: 4_000, jobMs: 15_000 },
			bulkhead: { limit: LIMIT, queueMax: 4, rampMs: 1_000 },
			budget: { tokens: 4, requests: { count: 5, perMs: 2_000 } },
			hedge: { minimum: 1, percentile: 50 },
			// Half of the schedules run as they do in production when nobody listens.
			...(seed % 2 === 0 ? {} : { onEvent: undefined as never }),
		},
		{ seed },
	);
	const { upstream, world, requests } = rig;
	const controllers: AbortController[] = [];
	const jobs: Promise<unknown>[] = [];
	const settled: number[] = [];
	const open = new Set<number>();
	const sentAt: number[] = [];
	const send: typeof rig.send = (attempt) => {
		const { state, gateHeldMs, forced } = upstream.status();
		expect(forced).toBeUndefined();
		expect(state).not.toBe("open");
		expect(gateHeldMs).toBe(0);
		expect(attempt.probe).toBe(state === "half_open");
		sentAt.push(rig.elapsed());
		expect(sentAt.filter((at) => rig.elapsed() - at < 2_000).length).toBeLessThanOrEqual(5);
		open.add(requests.length);
		expect(open.size).toBeLessThanOrEqual(LIMIT);
		expect(attempt.attempt).toBeLessThanOrEqual(4);
		return rig.send(attempt);
	};
	const finish = (index: number, how: "answer" | "fail" | "neutral" | "busy") => {
		const [at] = [...open].slice(index % Math.max(1, open.size));
		const request = at === undefined ? undefined : requests[at];
		if (at === undefined || request === undefined) return;
		open.delete(at);
		if (how === "answer") request.answer(at);
		else if (how === "fail") request.fail();
		else if (how === "neutral") request.fail(Object.assign(new Error("gone"), { status: 404 }));
		else request.fail(Object.assign(transient(), { status: 503, headers: { "retry-after": "1" } }));
	};
	for (const next of actions) {
		if (next.do === "start") {
			const controller = new AbortController();
			const at = jobs.length;
			const options = next.abortable ? { signal: controller.signal } : {};
			controllers.push(controller);
			const job = upstream.syncJob(`key ${next.key}`, send, options);
			jobs.push(
				job.then(
					() => settled.push(at),
					() => settled.push(at),
				),
			);
		} else if (next.do === "abort") controllers[next.index % Math.max(1, controllers.length)]?.abort();
		else if (next.do === "advance") await world.advance(next.ms);
		else if (next.do === "jump") world.jumpWallClock(next.ms);
		else finish(next.index, next.do);
		await world.settle();
		const status = upstream.status();
		expect(status.inFlight).toBe(open.size);
		expect(status.retryTokens).toBeGreaterThanOrEqual(0);
		expect(status.retryTokens).toBeLessThanOrEqual(4);
		expect(status.queued).toBeLessThanOrEqual(4);
	}
	// A job never outlives its own deadline, whatever its attempts do.
	await world.advance(15_000);
	expect(settled.length).toBe(jobs.length);
	expect(upstream.status()).toMatchObject({ queued: 0, sleeping: 0 });
	while (open.size > 0) finish(0, "answer");
	await world.settle();
	expect(upstream.status()).toMatchObject({ inFlight: 0, zombies: 0 });
	await world.advance(1);
	expect(world.pendingTimers()).toBe(0);
	await upstream.dispose();
	await Promise.all(jobs);
	expect(new Set(settled).size).toBe(jobs.length);
	const epochs = rig.of("transition").map(({ epoch }) => epoch);
	expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
}

describe("jobs under random schedules", () => {
	it("keep every promise: places, gate, pace, open breaker, one result each, and nothing left behind", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(action, { maxLength: 60, size: "max" }), fc.integer(), (actions, seed) =>
				runJobs(actions, seed),
			),
			{ numRuns: 300, seed: 20_260_105 },
		);
	});
});
