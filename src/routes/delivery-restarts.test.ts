import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, refusedRecords, transient } from "../../test/delivery-world.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { createUpstream } from "../resilience/index.js";
import { NOON } from "../testing/record-samples.js";
import { recordsFrom } from "../testing/sink-contract.js";

describe("deliveries, the store and restarts", () => {
	it("sends the same records under the same id when the process died between intent and answer", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => new Promise(() => undefined);
		const first = world.subscribe(destination.sink());
		await first.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(10);
		await world.crash([first]);
		destination.answer = () => DELIVERED;
		// What has come in the meantime does not change what was promised.
		const second = world.subscribe(destination.sink(), { batch: { count: 500, bytes: 1e9, everyMs: 100 } });
		await second.start();
		await world.append(recordsFrom(10, 10));
		await world.time.advance(1000);
		expect(destination.sent[1]).toMatchObject({ id: destination.sent[0]?.id, ids: destination.sent[0]?.ids });
		expect(destination.effects).toEqual(recordsFrom(0, 20).map(recordId));
		expect(await world.imbalance()).toBe(0);
		await second.close();
	});

	it("sends a batch again under its id when the process died between its taking and the commit", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const first = world.subscribe(destination.sink());
		await first.start();
		await world.append(recordsFrom(0, 10));
		world.beforeCommit = (commit) => {
			if (commit.consumed?.length) throw new Error("the process died");
		};
		await world.time.advance(10);
		expect(destination.taken.size).toBe(1);
		await world.crash([first]);
		expect(await world.account()).toEqual({ in: 10, pending: 10 });
		const second = world.subscribe(destination.sink());
		await second.start();
		await world.time.advance(1000);
		expect(destination.sent.length).toBeGreaterThan(1);
		expect(new Set(destination.sent.map(({ id, ids }) => `${id} ${ids.join()}`)).size).toBe(1);
		expect(destination.effects).toEqual(recordsFrom(0, 10).map(recordId));
		expect(await world.account()).toEqual({ in: 10, delivered: 10, pending: 0 });
		await second.close();
	});

	it("goes on halving where it stood when the process died in the middle of it", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const records = recordsFrom(0, 64);
		const bad = new Set([20, 21, 50].map((i) => recordId(records[i] as (typeof records)[0])));
		let alive = 4;
		destination.answer = (batch) => {
			if (alive-- <= 0) return new Promise(() => undefined);
			return batch.records.some((record) => bad.has(recordId(record))) ? refusedRecords() : DELIVERED;
		};
		const batch = { count: 64, bytes: 1e9, everyMs: 100 };
		await world.subscribe(destination.sink(), { batch }).prepare();
		await world.append(records);
		for (let restart = 0; restart < 12; restart++) {
			const subscription = world.subscribe(destination.sink(), { batch });
			await subscription.start();
			await world.time.advance(1000);
			expect(await world.imbalance()).toBe(0);
			await world.crash([subscription]);
			alive = 4;
		}
		expect(destination.effects).toEqual(records.map(recordId).filter((id) => !bad.has(id)));
		expect(await world.account()).toEqual({ in: 64, delivered: 61, dead_lettered: 3, pending: 0 });
	});

	it("waits with the commit, not with the sending, when the store is full", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		let isFull = true;
		world.beforeCommit = (commit) => {
			if (isFull && commit.consumed?.length) throw new Failure("store.full", "the disk is full");
		};
		await world.time.advance(10_000);
		expect(destination.sent).toHaveLength(1);
		expect(subscription.status()).toMatchObject({ state: "held", delivery: "held" });
		isFull = false;
		await world.time.advance(10_000);
		expect(destination.sent).toHaveLength(1);
		expect(await world.account()).toEqual({ in: 10, delivered: 10, pending: 0 });
		expect(subscription.status().state).toBe("running");
		await subscription.close();
	});

	it("asks the store what happened when a commit's outcome is not known", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		let failures = 6;
		await world.append(recordsFrom(0, 10));
		world.afterCommit = () => {
			if (failures-- > 0) throw new Error("the answer was lost");
		};
		await world.time.advance(60_000);
		expect(destination.effects).toEqual(recordsFrom(0, 10).map(recordId));
		expect(await world.account()).toEqual({ in: 10, delivered: 10, pending: 0 });
		expect(subscription.status().delivery).toBe("healthy");
		await subscription.close();
	});

	it("stops and says so when the store can no longer be used", async () => {
		const world = new DeliveryWorld();
		const subscription = world.subscribe(world.destination().sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		world.beforeCommit = () => {
			throw new Failure("store.sync", "the disk did not confirm a commit");
		};
		await world.time.advance(1000);
		expect(subscription.status()).toMatchObject({
			state: "held",
			delivery: "failed",
			sentence: "the disk did not confirm a commit. Restart the hub once the store is in order.",
		});
		expect(world.eventTypes()).toContain("sink_failed");
		await subscription.close();
	});

	it("opens the sink before the first write, keeps trying, and commits what it found", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		let failures = 2;
		destination.onOpen = () => {
			if (failures-- > 0) throw new Failure("net.dns", "there is no such name");
			return "4096";
		};
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(1000);
		expect(destination.sent).toHaveLength(0);
		expect(subscription.status().state).toBe("held");
		await world.time.advance(300_000);
		expect(destination.effects).toHaveLength(10);
		expect(new TextDecoder().decode(await world.log.state("sink/archive/state"))).toBe("4096");
		await subscription.close();
	});

	it("writes and commits one batch at a time for an exclusive sink", async () => {
		const world = new DeliveryWorld(8);
		const destination = world.destination();
		destination.needs = { exclusive: true };
		const uncommitted: number[] = [];
		let open = 0;
		destination.answer = () => {
			uncommitted.push(++open);
			return { outcome: "ok", state: `${open}` };
		};
		world.afterCommit = (commit) => {
			if (commit.state?.some(({ name }) => name === "sink/archive/state")) open--;
		};
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 100));
		await world.time.advance(1000);
		expect(destination.effects).toHaveLength(100);
		expect(Math.max(...uncommitted)).toBe(1);
		await subscription.close();
	});

	it("says that retention overtook it, and goes on at what is left", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => transient();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.append(
			recordsFrom(10, 10).map((record) => ({
				...record,
				origin: { ...record.origin, receivedTime: NOON + 3_600_000 },
			})),
		);
		await world.time.advance(60_000);
		await world.log.retain({ topic: "records", maxAgeMs: 600_000, maxBytes: 1e9 }, NOON + 3_600_000);
		destination.answer = () => DELIVERED;
		await world.time.advance(600_000);
		expect(destination.effects).toHaveLength(10);
		expect(world.eventTypes()).toContain("retention_overrun");
		expect(await world.account()).toEqual({ in: 20, expired: 10, delivered: 10, pending: 0 });
		await subscription.close();
	});

	it("keeps the account straight when routes change between two starts", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => new Promise(() => undefined);
		const first = world.subscribe(destination.sink(), { routes: [{ feed: "metro-avl" }, { feed: "bus" }] });
		await first.start();
		const of = (feed: string, n: number) =>
			recordsFrom(n, 4).map((r) => ({ ...r, origin: { ...r.origin, feed } }));
		await world.append([...of("bus", 0), ...of("metro-avl", 4), ...of("rail", 8)]);
		await world.crash([first]);
		destination.answer = () => DELIVERED;
		const second = world.subscribe(destination.sink(), { routes: [{ feed: "metro-avl" }, { feed: "rail" }] });
		await second.start();
		await world.time.advance(60_000);
		const sums = await world.account();
		expect(sums).toMatchObject({ in: 12, pending: 0 });
		expect(await world.imbalance()).toBe(0);
		await second.close();
	});

	it("delivers what came while the sink was away, and accounts for it", async () => {
		const world = new DeliveryWorld(3);
		const destination = world.destination();
		const first = world.subscribe(destination.sink());
		await first.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(1000);
		await world.crash([first]);
		world.routed.clear();
		await world.append(recordsFrom(10, 10));
		const second = world.subscribe(destination.sink());
		await second.start();
		await world.append(recordsFrom(20, 10));
		await world.time.advance(1000);
		expect(new Set(destination.effects)).toEqual(new Set(recordsFrom(0, 30).map(recordId)));
		expect(await world.account()).toEqual({ in: 30, delivered: 30, pending: 0 });
		expect(world.events).toContainEqual(
			expect.objectContaining({ type: "accounts_opened", details: { count: 10 } }),
		);
		await second.close();
	});

	it("begins with new records, or with the oldest kept ones when told so", async () => {
		const world = new DeliveryWorld(3);
		await world.append(recordsFrom(0, 10));
		const [now, oldest] = [world.destination(), world.destination()];
		const subscriptions = [
			world.subscribe(now.sink(), { name: "now" }),
			world.subscribe(oldest.sink(), { name: "oldest", begin: "oldest" }),
		];
		for (const subscription of subscriptions) await subscription.start();
		await world.append(recordsFrom(10, 10));
		await world.time.advance(1000);
		expect(new Set(now.effects)).toEqual(new Set(recordsFrom(10, 10).map(recordId)));
		expect(new Set(oldest.effects)).toEqual(new Set(recordsFrom(0, 20).map(recordId)));
		expect([await world.imbalance("now"), await world.imbalance("oldest")]).toEqual([0, 0]);
		for (const subscription of subscriptions) await subscription.close();
	});

	it("gives another store's batches other ids", async () => {
		const ids = await Promise.all(
			[1, 2].map(async (bytes) => {
				const world = new DeliveryWorld();
				for (let i = 0; i < bytes; i++) world.time.runtime.chance.bytes(7);
				const destination = world.destination();
				const subscription = world.subscribe(destination.sink());
				await subscription.start();
				await world.append(recordsFrom(0, 10));
				await world.time.advance(1000);
				await subscription.close();
				return destination.sent[0]?.id;
			}),
		);
		expect(ids[0]).toMatch(/^archive:[0-9a-f]{8}:0:0-10$/);
		expect(ids[1]).not.toBe(ids[0]);
	});

	it("says that a destination is left alone when a restart finds its breaker open", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink());
		const before = createUpstream("sink:archive", {}, world.time.runtime);
		before.settle(before.admit(), "trip");
		expect(subscription.upstream?.restore(before.snapshot())).toBe(true);
		await subscription.start();
		await world.append(recordsFrom(0, 10));
		await world.time.advance(1000);
		expect(subscription.status()).toMatchObject({
			state: "lagging",
			delivery: "retrying",
			sentence: expect.stringContaining("left alone") as string,
		});
		expect(destination.sent).toHaveLength(0);
		await world.time.advance(120_000);
		expect(destination.effects).toHaveLength(10);
		expect(subscription.status().delivery).toBe("healthy");
		await subscription.close();
	});

	it("says who holds it while a person does, and goes on by itself", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink());
		await subscription.start();
		subscription.upstream?.forceOpen({ reason: "maintenance", forMs: 60_000 });
		await world.append(recordsFrom(0, 10));
		await world.time.advance(1000);
		expect(subscription.status()).toMatchObject({
			state: "held",
			sentence: "A person has stopped deliveries: maintenance. Nothing is lost; they go on by themselves.",
		});
		expect(destination.sent).toHaveLength(0);
		await world.time.advance(120_000);
		expect(destination.effects).toHaveLength(10);
		expect(subscription.status().state).toBe("running");
		await subscription.close();
	});
});
