import { describe, expect, it } from "vitest";
import {
	DeliveryWorld,
	refusedRecords,
	type ScriptedDestination,
	transient,
} from "../../test/delivery-world.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import type { SubscriptionOptions } from "./route.js";
import type { Subscription } from "./subscription.js";

const WINDOW_MS = 5000;
const BATCH = { count: 10, bytes: 1_000_000, everyMs: 100 };

/** A record that arrives now, of something that happened at this second of the day's noon. */
function arriving(world: DeliveryWorld, vehicle: string, second: number, flags: TransitRecord["flags"] = []) {
	return sampleRecord({ vehicle, eventTime: NOON + second * 1000, receivedTime: world.now, flags });
}

/** `vehicle@second` of every record, in the order in which they took effect. */
function effects(destination: ScriptedDestination): string[] {
	return destination.effects.map(short);
}

function short(id: string): string {
	const [, key = "", time] = id.split("/");
	return `${key.slice("metro:".length)}@${(Number(time) - NOON) / 1000}`;
}

async function begin(world: DeliveryWorld, options: Partial<SubscriptionOptions> = {}) {
	const destination = world.destination();
	const start = async (more: Partial<SubscriptionOptions> = {}): Promise<Subscription> => {
		const subscription = world.subscribe(destination.sink(), {
			reorderMs: WINDOW_MS,
			batch: BATCH,
			...options,
			...more,
		});
		await subscription.start();
		return subscription;
	};
	const subscription = await start();
	/** Appends one record, which arrives now. */
	const arrive = (vehicle: string, second: number, flags?: TransitRecord["flags"]) =>
		world.append([arriving(world, vehicle, second, flags)]);
	return { destination, subscription, start, arrive };
}

describe("the reorder window of a delivery sink", () => {
	it("holds a record so long that an older one of its key goes before it, and pulls nothing else forward", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world);
		await arrive("A", 10);
		await world.time.advance(2000);
		await arrive("B", 20);
		await arrive("A", 5, ["late"]);
		await world.time.advance(2999);
		expect(effects(destination)).toEqual([]);
		await world.time.advance(200);
		expect(effects(destination)).toEqual(["A@5", "A@10"]);
		// B stands before A@5 in the log and is still held: the cursor stays at it.
		expect(subscription.status().partitions[0]).toMatchObject({ cursor: 1, lagEntries: 2 });
		expect(await world.account()).toEqual({ in: 3, delivered: 1, pending: 2 });
		await world.time.advance(2000);
		expect(effects(destination)).toEqual(["A@5", "A@10", "B@20"]);
		expect(await world.account()).toEqual({ in: 3, delivered: 3, pending: 0 });
		expect(subscription.status()).toMatchObject({ state: "running", lagEntries: 0 });
		await subscription.close();
	});

	it("goes on after a whole batch of a backlog, although what is left in hand is no whole one", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, start, arrive } = await begin(world);
		await subscription.close();
		// Sixteen records, received two seconds apart: after the first ten, six are in hand, and others follow the first.
		for (let second = 0; second < 32; second += 2) {
			await arrive(`V${second}`, second);
			await world.time.advance(2000);
		}
		const again = await start();
		await world.time.advance(60_000);
		expect(again.status()).toMatchObject({ lagEntries: 0 });
		expect(effects(destination)).toHaveLength(16);
		await again.close();
	});

	it("delivers what comes after the window late and flagged, as it would without one", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world);
		await arrive("A", 10);
		await world.time.advance(WINDOW_MS + 200);
		const flags: string[][] = [];
		destination.answer = (batch) => {
			flags.push(...batch.records.map((record) => [...record.flags]));
			return { outcome: "ok" };
		};
		await arrive("A", 5, ["late"]);
		await world.time.advance(WINDOW_MS + 200);
		expect(effects(destination)).toEqual(["A@10", "A@5"]);
		expect(flags).toEqual([["late"]]);
		await subscription.close();
	});

	it("does not send again what it settled ahead of the cursor, whatever the window is after a restart", async () => {
		for (const reorderMs of [WINDOW_MS, 0]) {
			const world = new DeliveryWorld();
			const { destination, subscription, start, arrive } = await begin(world);
			await arrive("A", 10);
			await world.time.advance(2000);
			await arrive("B", 20);
			await arrive("A", 5, ["late"]);
			await arrive("C", 1);
			await world.time.advance(3200);
			expect(effects(destination)).toEqual(["A@5", "A@10"]);
			await world.crash([subscription]);
			const again = await start({ reorderMs });
			await world.time.advance(10_000);
			expect(effects(destination)).toEqual(["A@5", "A@10", "B@20", "C@1"]);
			expect(destination.sent).toHaveLength(2);
			expect(await world.account()).toEqual({ in: 4, delivered: 4, pending: 0 });
			expect(await world.log.stateNames("sink/archive/0/ahead")).toEqual([]);
			await again.close();
		}
	});

	it("waits for what comes first after a start, since the hub took nothing in while it was away", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, start, arrive } = await begin(world);
		for (const second of [1, 2, 3]) {
			await arrive("B", second);
			await world.time.advance(4000);
		}
		await arrive("A", 10);
		await world.crash([subscription]);
		expect(effects(destination)).toEqual(["B@1", "B@2"]);
		const again = await start();
		await world.time.advance(500);
		// What was received so much later before the crash tells that nothing older was about to come.
		await arrive("C", 1);
		await world.time.advance(500);
		await arrive("A", 5, ["late"]);
		expect(effects(destination)).toEqual(["B@1", "B@2"]);
		await world.time.advance(WINDOW_MS);
		expect(effects(destination)).toEqual(["B@1", "B@2", "B@3", "A@5", "A@10", "C@1"]);
		await again.close();
	});

	it("releases what it holds when it drains, in order", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world);
		await arrive("A", 10);
		await arrive("B", 20);
		await arrive("A", 5, ["late"]);
		const drained = subscription.drain(60_000);
		await world.time.advance(10);
		expect(await drained).toBe(true);
		expect(effects(destination)).toEqual(["A@5", "B@20", "A@10"]);
		await subscription.close();
	});

	it("releases the oldest early when more wait than may be held, and says so once", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world, {
			reorderRecordsMax: 20,
			batch: { ...BATCH, count: 5 },
		});
		const many = Array.from({ length: 50 }, (_, i) => arriving(world, `${i}`, 0));
		await world.append(many);
		await world.time.advance(1000);
		expect(destination.effects.length).toBeGreaterThanOrEqual(30);
		expect(destination.effects.length).toBeLessThan(50);
		expect(subscription.status().counters.releasedEarly).toBe(destination.effects.length);
		expect(world.eventTypes()).toEqual(["reorder_window_full"]);
		await world.time.advance(WINDOW_MS);
		expect(destination.effects).toHaveLength(50);
		expect(world.eventTypes()).toEqual(["reorder_window_full"]);
		await arrive("A", 1);
		await world.time.advance(WINDOW_MS + 200);
		expect(subscription.status().counters.releasedEarly).toBeLessThan(50);
		await subscription.close();
	});

	it("takes nothing from a time in the future, which would pull everything forward", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world);
		await arrive("A", 90_000, ["future"]);
		await world.time.advance(3000);
		await arrive("A", 10);
		await world.time.advance(2200);
		expect(effects(destination)).toEqual(["A@90000"]);
		await arrive("A", 5);
		await world.time.advance(WINDOW_MS);
		expect(effects(destination)).toEqual(["A@90000", "A@5", "A@10"]);
		await subscription.close();
	});

	it("sends in pieces when a record must not overtake more than a batch holds", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription } = await begin(world, { batch: { ...BATCH, count: 3 } });
		const seconds = [100, ...Array.from({ length: 7 }, (_, i) => 50 - i)];
		await world.append(seconds.map((second) => arriving(world, "A", second)));
		await world.time.advance(WINDOW_MS + 1000);
		expect(destination.sent.map(({ ids }) => ids.map(short))).toEqual([
			["A@44", "A@45", "A@46"],
			["A@47", "A@48", "A@49"],
			["A@50", "A@100"],
		]);
		expect(new Set(destination.sent.map(({ id }) => id)).size).toBe(3);
		expect(await world.imbalance()).toBe(0);
		await subscription.close();
	});

	it("keeps keys in the order of their receipt where the times are the same", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription } = await begin(world);
		const first = arriving(world, "A", 10);
		await world.append([arriving(world, "A", 20), first, { ...first, revision: 1 }]);
		const revisions: number[] = [];
		destination.answer = (batch) => {
			revisions.push(...batch.records.map((record) => record.revision));
			return { outcome: "ok" };
		};
		await world.time.advance(WINDOW_MS + 200);
		expect(effects(destination)).toEqual(["A@10", "A@10", "A@20"]);
		expect(revisions).toEqual([0, 1, 0]);
		await subscription.close();
	});

	it("makes a dead letter of a refused record that it pulled forward, when the cursor passes it", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world);
		destination.answer = (batch) => {
			const bad = batch.records.findIndex((record) => recordId(record).endsWith(`${NOON + 5000}`));
			return bad < 0 ? { outcome: "ok" } : refusedRecords(bad);
		};
		await arrive("A", 10);
		await world.time.advance(2000);
		await arrive("B", 20);
		await arrive("A", 5, ["late"]);
		await world.time.advance(3200);
		expect(effects(destination)).toEqual(["A@10"]);
		expect(await world.deadLetters()).toEqual([]);
		expect(await world.account()).toEqual({ in: 3, delivered: 1, pending: 2 });
		await world.crash([subscription]);
		const again = (await begin(world)).subscription;
		await world.time.advance(WINDOW_MS + 200);
		expect(await world.deadLetters()).toMatchObject([
			{
				code: "record.rejected",
				message: "record 0 is bad",
				record: { partition: 0, offset: 2 },
				attempts: 1,
			},
		]);
		expect(await world.account()).toEqual({ in: 3, delivered: 2, dead_lettered: 1, pending: 0 });
		await again.close();
	});

	it("parks what follows a dead letter by its time, not by its place in the log", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world, { order: "strict" });
		destination.answer = (batch) => {
			const bad = batch.records.findIndex((record) => recordId(record).endsWith(`${NOON + 10_000}`));
			return bad < 0 ? { outcome: "ok" } : refusedRecords(bad);
		};
		await arrive("A", 20);
		await arrive("A", 10, ["late"]);
		await arrive("A", 5, ["late"]);
		await arrive("B", 1);
		await world.time.advance(WINDOW_MS + 200);
		expect(effects(destination)).toEqual(["A@5", "B@1"]);
		expect(await world.account()).toEqual({ in: 4, delivered: 2, dead_lettered: 2, pending: 0 });
		await subscription.close();
	});

	it("sends the same batch under the same id until it is taken, though more older records come meanwhile", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, start, arrive } = await begin(world);
		destination.answer = () => transient();
		await arrive("A", 10);
		await arrive("A", 5, ["late"]);
		await world.time.advance(WINDOW_MS + 200);
		await arrive("A", 3, ["late"]);
		await world.time.advance(20_000);
		await world.crash([subscription]);
		const again = await start();
		await world.time.advance(60_000);
		destination.answer = () => ({ outcome: "ok" });
		await world.time.advance(600_000);
		const [first, ...others] = destination.sent.slice(0, -1);
		expect(others.length).toBeGreaterThan(3);
		for (const { id, ids } of others) expect({ id, ids }).toEqual({ id: first?.id, ids: first?.ids });
		expect(effects(destination)).toEqual(["A@5", "A@10", "A@3"]);
		await again.close();
	});

	it("goes on where retention left off, without what it settled ahead of that", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, start, arrive } = await begin(world);
		await arrive("A", 10);
		await world.time.advance(2000);
		await arrive("B", 20);
		await arrive("A", 5, ["late"]);
		await world.time.advance(3200);
		await world.crash([subscription]);
		await world.log.retain({ topic: "records", maxAgeMs: 0, maxBytes: 1e9 }, world.now + 120_000);
		const again = await start();
		await arrive("B", 30);
		await world.time.advance(WINDOW_MS + 1000);
		expect(effects(destination)).toEqual(["A@5", "A@10", "B@30"]);
		expect(await world.account()).toEqual({ in: 4, delivered: 2, expired: 2, pending: 0 });
		expect(await world.log.stateNames("sink/archive/0/ahead")).toEqual([]);
		await again.close();
	});

	it("holds nothing back for ever when the clock is set back", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription } = await begin(world);
		const record = sampleRecord({ vehicle: "A", eventTime: NOON, receivedTime: world.now + 3_600_000 });
		await world.append([record]);
		await world.time.advance(1000);
		expect(effects(destination)).toEqual(["A@0"]);
		await subscription.close();
	});

	it("does not call the wait of the window a lag", async () => {
		const world = new DeliveryWorld();
		const { subscription, arrive } = await begin(world, { reorderMs: 60_000 });
		for (let second = 0; second < 100; second++) {
			await arrive("A", second);
			await world.time.advance(1000);
		}
		expect(subscription.status()).toMatchObject({ state: "running", sentence: "It keeps up." });
		await subscription.close();
	});

	it("has no use for a window with mode latest", async () => {
		const world = new DeliveryWorld();
		const { destination, subscription, arrive } = await begin(world, { mode: "latest" });
		await arrive("A", 10);
		await world.time.advance(200);
		expect(effects(destination)).toEqual(["A@10"]);
		await subscription.close();
	});
});
