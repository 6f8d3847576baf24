import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, transient } from "../../test/delivery-world.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { recordsFrom } from "../testing/sink-contract.js";

describe("delivery subscription", () => {
	it("delivers everything in order, in batches by count and by time", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		const records = recordsFrom(0, 25);
		await world.append(records);
		await world.time.settle();
		expect(destination.sent.map(({ ids }) => ids.length)).toEqual([10, 10]);
		await world.time.advance(99);
		expect(destination.sent).toHaveLength(2);
		await world.time.advance(1);
		expect(destination.effects).toEqual(records.map(recordId));
		expect(await world.account()).toEqual({ in: 25, delivered: 25, pending: 0 });
		expect(subscription.status()).toMatchObject({ state: "running", lagEntries: 0, delivered: 25 });
		await subscription.close();
		expect(world.time.pendingTimers()).toBe(0);
	});

	it("tells a sink that its batch is committed after the commit, and not when the commit failed", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const told: string[] = [];
		let isFailing = true;
		const sink = { ...destination.sink(), committed: () => void told.push("told") };
		const subscription = world.subscribe(sink);
		await subscription.start();
		world.beforeCommit = (commit) => {
			if (!commit.consumed?.some(({ next }) => next.topic === "records")) return;
			told.push(isFailing ? "fails" : "commits");
			if (isFailing) throw new Failure("store.changed", "the outcome is not known");
		};
		await world.append(recordsFrom(0, 10));
		await world.time.advance(500);
		expect(told).toEqual(["fails"]);
		isFailing = false;
		await world.time.advance(10_000);
		expect(told).toEqual(["fails", "commits", "told"]);
		await subscription.close();
	});

	it("fills batches by bytes", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const batch = { count: 1000, bytes: 2000, everyMs: 100 };
		const subscription = world.subscribe(destination.sink(), { batch });
		await subscription.start();
		await world.append(recordsFrom(0, 60));
		await world.time.advance(1000);
		expect(Math.max(...destination.sent.map(({ ids }) => ids.length))).toBeLessThanOrEqual(12);
		expect(destination.effects).toHaveLength(60);
		await subscription.close();
	});

	it("posts kinds that are not routed as filtered, and other feeds not at all", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const routes = [{ feed: "metro-avl", kinds: ["stop_visit" as const] }, { feed: "rail" }];
		const subscription = world.subscribe(destination.sink(), { routes });
		await subscription.start();
		const visit = sampleRecord({ body: { kind: "stop_visit", stopId: "S1", vehicleId: "7" } });
		await world.append([
			...recordsFrom(0, 3),
			visit,
			sampleRecord({ feed: "rail" }),
			sampleRecord({ feed: "other" }),
		]);
		await world.time.advance(1000);
		expect(new Set(destination.effects)).toEqual(new Set([recordId(visit), recordId(sampleRecord())]));
		expect(await world.account()).toEqual({ in: 5, delivered: 2, filtered: 3, pending: 0 });
		await subscription.close();
	});

	it("sends the same batch under the same id until it is taken, with growing pauses, holding no records", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		let failures = 4;
		destination.answer = () => (failures-- > 0 ? transient() : DELIVERED);
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(100);
		expect(subscription.status()).toMatchObject({ state: "lagging", delivery: "retrying", lagEntries: 10 });
		await world.time.advance(300_000);
		expect(destination.sent).toHaveLength(5);
		expect(new Set(destination.sent.map(({ id, ids }) => `${id} ${ids.join()}`)).size).toBe(1);
		const pauses = destination.sent.slice(1).map(({ at }, i) => at - (destination.sent[i]?.at ?? 0));
		expect(Math.min(...pauses)).toBeGreaterThan(50);
		expect(world.eventTypes()).toEqual(["sink_retrying", "sink_resumed"]);
		expect(await world.imbalance()).toBe(0);
		await subscription.close();
	});

	it("waits as long as Retry-After says", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		let failures = 1;
		destination.answer = () => (failures-- > 0 ? transient(60_000) : DELIVERED);
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(59_999);
		expect(destination.sent).toHaveLength(1);
		await world.time.advance(30_000);
		expect(destination.effects).toHaveLength(10);
		await subscription.close();
	});

	it("delivers partitions at the same time, bounded, and keeps the order of each key", async () => {
		const world = new DeliveryWorld(8);
		const destination = world.destination();
		const { clock } = world.time.runtime;
		destination.answer = () => new Promise((resolve) => clock.after(50, () => resolve(DELIVERED)));
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		const records = Array.from({ length: 400 }, (_, i) =>
			sampleRecord({ vehicle: `${i % 20}`, eventTime: NOON + i }),
		);
		await world.append(records);
		await world.time.advance(60_000);
		expect(destination.inFlightMax).toBe(4);
		expect(destination.effects).toHaveLength(400);
		for (let vehicle = 0; vehicle < 20; vehicle++) {
			const ofVehicle = (id: string) => id.startsWith(`vehicle_location/metro:${vehicle}/`);
			expect(destination.effects.filter(ofVehicle)).toEqual(records.map(recordId).filter(ofVehicle));
		}
		await subscription.close();
	});

	it("lets a dead sink only lag, and delays no other sink by it", async () => {
		const deliveredAt = async (withDeadSinks: boolean) => {
			const world = new DeliveryWorld(3);
			const live = world.destination();
			const subscriptions = [world.subscribe(live.sink(), { name: "live" })];
			if (withDeadSinks) {
				const hanging = world.destination();
				hanging.answer = () => new Promise(() => undefined);
				const throwing = world.destination();
				throwing.answer = () => {
					throw new TypeError("a bug in the plug-in");
				};
				const down = world.destination();
				down.answer = () => transient();
				subscriptions.push(world.subscribe(hanging.sink(), { name: "hanging" }));
				subscriptions.push(world.subscribe(throwing.sink(), { name: "throwing" }));
				subscriptions.push(world.subscribe(down.sink(), { name: "down" }));
			}
			for (const subscription of subscriptions) await subscription.start();
			for (let second = 0; second < 120; second++) {
				await world.append(recordsFrom(second * 20, 20));
				await world.time.advance(1000);
			}
			for (const name of ["live", ...(withDeadSinks ? ["hanging", "throwing", "down"] : [])]) {
				expect(await world.imbalance(name)).toBe(0);
				if (name !== "live") expect(await world.account(name)).toMatchObject({ pending: 2400 });
			}
			const closing = Promise.all(subscriptions.map((subscription) => subscription.close()));
			await world.time.advance(10_000);
			await closing;
			return live.sent;
		};
		const withDead = await deliveredAt(true);
		const alone = await deliveredAt(false);
		// Which partition comes first within one millisecond is nobody's promise.
		const times = (sent: typeof alone) => sent.map(({ ids, at }) => `${at} ${ids.join()}`).sort();
		expect(times(withDead)).toEqual(times(alone));
	});

	it("does not send a batch beside a call that outlives its time, and believes what that says in the end", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.needs = { timeoutMs: 1000 };
		const { clock } = world.time.runtime;
		let first = true;
		destination.answer = () => {
			if (!first) return DELIVERED;
			first = false;
			return new Promise((resolve) => clock.after(30_000, () => resolve(DELIVERED)));
		};
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(29_000);
		expect(destination.sent).toHaveLength(1);
		expect(subscription.status().delivery).toBe("retrying");
		await world.time.advance(60_000);
		expect(destination.sent).toHaveLength(1);
		expect(await world.account()).toEqual({ in: 10, delivered: 10, pending: 0 });
		await subscription.close();
	});

	it("drains what is there without waiting for fuller batches, and says when it did not get there", async () => {
		const world = new DeliveryWorld(3);
		const destination = world.destination();
		const batch = { count: 100, bytes: 1e9, everyMs: 60_000 };
		const subscription = world.subscribe(destination.sink(), { batch });
		await subscription.start();
		await world.append(recordsFrom(0, 30));
		await world.time.settle();
		expect(destination.sent).toHaveLength(0);
		expect(await subscription.drain(1000)).toBe(true);
		expect(destination.effects).toHaveLength(30);
		destination.answer = () => transient();
		await world.append(recordsFrom(30, 3));
		const drained = subscription.drain(5000);
		await world.time.advance(5000);
		expect(await drained).toBe(false);
		await subscription.close();
	});
});
