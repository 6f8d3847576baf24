import { describe, expect, it } from "vitest";
import {
	DELIVERED,
	DeliveryWorld,
	refusedRecords,
	refusedSink,
	tooLarge,
} from "../../test/delivery-world.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import type { Delivery } from "../sinks/sink.js";
import { recordsFrom } from "../testing/sink-contract.js";

describe("a destination that refuses", () => {
	it("finds the one bad record of 500, and delivers the other 499 once", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const records = recordsFrom(0, 500);
		const bad = recordId(records[377] as (typeof records)[0]);
		destination.answer = (batch) =>
			batch.records.some((record) => recordId(record) === bad) ? refusedRecords() : DELIVERED;
		const batch = { count: 500, bytes: 1e9, everyMs: 100 };
		const subscription = world.subscribe(destination.sink(), { batch });
		await subscription.start();
		await world.append(records);
		await world.time.advance(60_000);
		expect(destination.effects).toEqual(records.map(recordId).filter((id) => id !== bad));
		expect(destination.sent.length).toBeLessThanOrEqual(20);
		expect(await world.account()).toEqual({ in: 500, delivered: 499, dead_lettered: 1, pending: 0 });
		expect(await world.deadLetters()).toEqual([
			expect.objectContaining({
				stage: "sink:archive",
				code: "record.rejected",
				feed: "metro-avl",
				index: 377,
				record: { partition: 0, offset: 377, id: bad },
				attempts: 1,
			}),
		]);
		expect(world.eventTypes()).not.toContain("sink_held");
		await subscription.close();
	});

	it.each([
		["nobody is there", "nobody is there. Nothing is lost; it is tried again by itself."],
		["is this its address?", "is this its address? Nothing is lost; it is tried again by itself."],
	])("is shown with what is wrong as a sentence: %s", async (reason, sentence) => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => ({ outcome: "transient", failure: new Failure("net.refused", reason) });
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 1));
		await world.time.advance(10_000);
		expect(subscription.status()).toMatchObject({ state: "lagging", sentence });
		await subscription.close();
	});

	it("dead-letters what the destination names, and sends the rest under another id", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		let first = true;
		destination.answer = () => {
			if (!first) return DELIVERED;
			first = false;
			return refusedRecords(2, 7, 7, 99);
		};
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		const records = recordsFrom(0, 10);
		await world.append(records);
		await world.time.advance(1000);
		expect(destination.effects).toEqual(records.filter((_, i) => i !== 2 && i !== 7).map(recordId));
		expect(destination.sent[1]?.id).toBe(`${destination.sent[0]?.id}:1`);
		expect((await world.deadLetters()).map(({ message }) => message)).toEqual([
			"record 2 is bad",
			"record 7 is bad",
		]);
		expect(await world.account()).toEqual({ in: 10, delivered: 8, dead_lettered: 2, pending: 0 });
		await subscription.close();
	});

	it("goes on when every record is refused", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => refusedRecords();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(60_000);
		expect(await world.account()).toEqual({ in: 10, dead_lettered: 10, pending: 0 });
		await subscription.close();
	});

	it("sends smaller batches when the destination says that they are too large", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = (batch) => (batch.records.length > 3 ? tooLarge() : DELIVERED);
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		const records = recordsFrom(0, 100);
		await world.append(records);
		await world.time.advance(60_000);
		expect(destination.effects).toEqual(records.map(recordId));
		// Learned once, not for each batch anew.
		expect(destination.sent.filter(({ ids }) => ids.length > 3).length).toBeLessThan(8);
		await subscription.close();
	});

	it("holds the cursor when the destination refuses us, burns nothing, probes ever more slowly, resumes by itself", async () => {
		const world = new DeliveryWorld(3);
		const destination = world.destination();
		let isMended = false;
		destination.answer = () => (isMended ? DELIVERED : refusedSink());
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		const records = recordsFrom(0, 90);
		await world.append(records);
		await world.time.advance(1000);
		expect(subscription.status()).toMatchObject({
			state: "held",
			delivery: "held",
			lagEntries: 90,
			sentence: expect.stringContaining("401") as string,
		});
		const burst = destination.sent.length;
		expect(burst).toBeLessThanOrEqual(3);
		await world.time.advance(3_600_000);
		const probes = destination.sent.slice(burst);
		expect(probes.length).toBeGreaterThan(5);
		expect(probes.length).toBeLessThan(20);
		expect(await world.account()).toEqual({ in: 90, pending: 90 });
		expect(world.eventTypes()).toEqual(["sink_held"]);
		isMended = true;
		await world.time.advance(400_000);
		expect(new Set(destination.effects)).toEqual(new Set(records.map(recordId)));
		expect(await world.imbalance()).toBe(0);
		expect(world.eventTypes()).toEqual(["sink_held", "sink_resumed"]);
		expect(subscription.status()).toMatchObject({ state: "running", lagEntries: 0 });
		await subscription.close();
	});

	it("holds a sink that answers with none of the four outcomes", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => ({ outcome: "fine" }) as unknown as Delivery;
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(1000);
		expect(subscription.status()).toMatchObject({ state: "held", lagEntries: 10 });
		await subscription.close();
	});
});
