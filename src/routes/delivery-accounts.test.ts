import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, type ScriptedDestination } from "../../test/delivery-world.js";
import { Failure } from "../model/failure.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import type { Batch, Delivery } from "../sinks/sink.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import type { Subscription } from "./subscription.js";

const refusal = new Failure("http.rejected", "422");

/** Poisoned records are always refused, the others never for their own sake. */
const isPoisoned = (record: TransitRecord) => record.index % 37 === 13;

interface Weather {
	readonly transient: number;
	readonly badSink: number;
	readonly hang: number;
	readonly takesThenFails: number;
	readonly names: boolean;
	readonly storeFails: number;
}

/** A destination that knows idempotency and answers as the weather of this run has it. */
function script(destination: ScriptedDestination, next: () => number, weather: Weather): void {
	destination.answer = (batch: Batch, signal): Delivery | Promise<Delivery> => {
		const bad = batch.records.flatMap((record, index) => (isPoisoned(record) ? [index] : []));
		const roll = next();
		const failure = new Failure("net.timeout", "no answer");
		if (roll < weather.transient) return { outcome: "transient", failure };
		if (roll < weather.transient + weather.badSink) return { outcome: "bad_sink", failure: refusal };
		if (roll < weather.transient + weather.badSink + weather.hang) {
			return new Promise((_, reject) =>
				signal.addEventListener("abort", () => reject(signal.reason as Error)),
			);
		}
		if (bad.length > 0) {
			const rejected = bad.map((index) => ({ index, code: "record.rejected" as const, message: "poison" }));
			return { outcome: "bad_records", rejected: weather.names ? rejected : [], failure: refusal };
		}
		if (next() < weather.takesThenFails) {
			destination.take(batch);
			return { outcome: "transient", failure };
		}
		return DELIVERED;
	};
}

const percent = (max: number) =>
	fc.oneof(
		fc.constant(0),
		fc.integer({ min: 1, max }).map((n) => n / 100),
	);

describe("the account of a delivery sink", () => {
	it("balances whatever the destination answers, the store refuses and the process survives", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer(),
				fc.constantFrom(1, 3, 8),
				fc.record({
					transient: percent(30),
					badSink: percent(10),
					hang: percent(5),
					takesThenFails: percent(30),
					names: fc.boolean(),
					storeFails: percent(10),
				}),
				fc.array(fc.constantFrom("append", "wait", "long", "crash"), { minLength: 3, maxLength: 15 }),
				async (seed, partitions, weather, steps) => {
					const { next } = createSeededChance(seed);
					const world = new DeliveryWorld(partitions);
					const destination = world.destination();
					destination.needs = { timeoutMs: 5000 };
					script(destination, next, weather);
					const fail = () => {
						const roll = next();
						if (roll < weather.storeFails / 2) throw new Failure("store.full", "full");
						if (roll < weather.storeFails) throw new Error("lost");
					};
					const start = async (): Promise<Subscription> => {
						const subscription = world.subscribe(destination.sink());
						await subscription.start();
						world.beforeCommit = (commit) => (commit.append?.[0]?.topic === "records" ? undefined : fail());
						world.afterCommit = (commit) =>
							commit.append?.[0]?.topic === "records" || next() >= weather.storeFails
								? undefined
								: Promise.reject(new Error("the answer was lost"));
						return subscription;
					};
					let subscription = await start();
					const all: TransitRecord[] = [];
					for (const step of steps) {
						if (step === "append") {
							const records = Array.from({ length: Math.floor(next() * 60) }, (_, i) =>
								sampleRecord({
									vehicle: `${Math.floor(next() * 12)}`,
									eventTime: NOON + all.length + i,
									index: all.length + i,
								}),
							);
							all.push(...records);
							if (records.length > 0) await world.append(records);
						} else if (step === "crash") {
							await world.crash([subscription]);
							subscription = await start();
						} else await world.time.advance(step === "wait" ? 700 : 90_000);
						expect(await world.imbalance()).toBe(0);
					}
					// The world heals: everything must arrive, in order per key, once in effect.
					script(destination, () => 1, { ...weather, transient: 0, badSink: 0, hang: 0, takesThenFails: 0 });
					world.beforeCommit = () => undefined;
					world.afterCommit = () => undefined;
					await world.time.advance(3_600_000);
					const wanted = all.filter((record) => !isPoisoned(record));
					expect(await world.account()).toEqual({
						pending: 0,
						...(all.length > 0 && { in: all.length }),
						...(wanted.length > 0 && { delivered: wanted.length }),
						...(wanted.length < all.length && { dead_lettered: all.length - wanted.length }),
					});
					for (let vehicle = 0; vehicle < 12; vehicle++) {
						const key = `/metro:${vehicle}/`;
						const effects = destination.effects.filter((id) => id.includes(key));
						expect(effects).toEqual(wanted.map(recordId).filter((id) => id.includes(key)));
					}
					await subscription.close();
					expect(world.time.pendingTimers()).toBe(0);
				},
			),
			{ numRuns: 120, seed: 20_260_105 },
		);
	});
});
