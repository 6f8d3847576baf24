import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, refusedSink, transient } from "../../test/delivery-world.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { recordsFrom } from "../testing/sink-contract.js";
import { AdaptiveLimit } from "./adaptive-limit.js";
import type { Answer } from "./delivery-port.js";
import { Slots } from "./slots.js";

/** A sink over eight partitions that always has work, against a destination that takes as long as is said. */
async function loaded(answerMs: (inFlight: number) => number) {
	const world = new DeliveryWorld(8);
	const destination = world.destination();
	const { clock } = world.time.runtime;
	destination.answer = () =>
		new Promise((resolve) => clock.after(answerMs(destination.inFlight), () => resolve(DELIVERED)));
	const subscription = world.subscribe(destination.sink());
	await subscription.start();
	const pass = async (seconds: number) => {
		for (let second = 0; second < seconds; second++) {
			await world.append(recordsFrom(Math.round(world.now / 1000) * 400, 400));
			await world.time.advance(1000);
		}
		return subscription.status().inFlightMax;
	};
	return { world, destination, subscription, pass };
}

describe("batches in flight", () => {
	it("are all that may be while a destination answers as it usually does", async () => {
		const { subscription, destination, pass } = await loaded(() => 40);
		expect(await pass(20)).toBe(4);
		expect(destination.inFlightMax).toBe(4);
		await subscription.close();
	});

	it("become fewer when a destination becomes slower, and all again when it is as fast as before", async () => {
		let ms = 40;
		const { subscription, pass } = await loaded(() => ms);
		await pass(10);
		ms = 400;
		const limits: (number | undefined)[] = [];
		for (let second = 0; second < 3; second++) limits.push(await pass(1));
		expect(Math.min(...limits.map((limit = 4) => limit))).toBeLessThan(4);
		ms = 40;
		expect(await pass(20)).toBe(4);
		await subscription.close();
	});

	it("become as few as a destination takes at one time, and lose nothing", async () => {
		const { world, subscription, destination } = await loaded(() => 40);
		const { clock } = world.time.runtime;
		let refusals = 0;
		destination.answer = () => {
			if (destination.inFlight > 2) {
				refusals++;
				return transient();
			}
			return new Promise((resolve) => clock.after(40, () => resolve(DELIVERED)));
		};
		await world.append(recordsFrom(0, 2000));
		await world.time.advance(120_000);
		expect(destination.effects).toHaveLength(2000);
		expect(refusals).toBeLessThan(destination.sent.length / 4);
		expect(await world.imbalance()).toBe(0);
		await subscription.close();
	});

	it("stay as they are when the destination refuses us, or records: neither is load", async () => {
		const { world, subscription, destination } = await loaded(() => 40);
		destination.answer = () => refusedSink();
		await world.append(recordsFrom(0, 400));
		await world.time.advance(30_000);
		expect(subscription.status()).toMatchObject({ state: "held", inFlightMax: 4 });
		await subscription.close();
	});

	it("are never fewer than one nor more than allowed, and all again after good rounds, whatever came before", async () => {
		const answers = fc.array(fc.tuple(fc.constantFrom("ok", "transient"), fc.nat(60_000)), { maxLength: 80 });
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 1, max: 8 }), answers, async (max, script) => {
				const time = createVirtualRuntime();
				const { clock } = time.runtime;
				const slots = new Slots(max);
				const limit = new AdaptiveLimit(slots, clock);
				const round = async (outcome: string, ms: number) => {
					const releases = await Promise.all(Array.from({ length: slots.limit }, () => slots.acquire()));
					const call = () =>
						new Promise<Answer>((resolve) => clock.after(ms, () => resolve({ outcome } as Answer)));
					const watched = releases.map(() => limit.watch(call()));
					await time.advance(ms + 1);
					await Promise.all(watched);
					for (const release of releases) release();
					expect(slots.limit).toBeGreaterThanOrEqual(1);
					expect(slots.limit).toBeLessThanOrEqual(max);
				};
				for (const [outcome, ms] of script) await round(outcome, ms);
				for (let good = 0; good <= max; good++) await round("ok", 1);
				expect(slots.limit).toBe(max);
			}),
			{ numRuns: 50 },
		);
	});
});
