import { describe, expect, it } from "vitest";
import { recordsFrom } from "../../test/contract/sink-contract.js";
import { DELIVERED, DeliveryWorld } from "../../test/delivery-world.js";
import { NOON, sampleRecord } from "../../test/record-samples.js";
import type { DeadLetter } from "../log/dead-letter.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import type { Delivery } from "../sinks/sink.js";

const transient = (retryAfterMs?: number): Delivery => ({
	outcome: "transient",
	failure: new Failure("http.transient", "503", retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const refusedSink = (): Delivery => ({
	outcome: "bad_sink",
	failure: new Failure("http.unauthorized", "the destination answered 401"),
});
const refusedRecords = (...indexes: number[]): Delivery => ({
	outcome: "bad_records",
	rejected: indexes.map((index) => ({ index, code: "record.rejected", message: `record ${index} is bad` })),
	failure: new Failure("http.rejected", "the destination answered 422"),
});
const tooLarge = (): Delivery => ({
	outcome: "bad_records",
	rejected: [],
	failure: new Failure("http.body_too_large", "the destination answered 413"),
});

async function deadLetters(world: DeliveryWorld): Promise<DeadLetter[]> {
	const letters: DeadLetter[] = [];
	for (let partition = 0; partition < world.log.partitions("dead-letters"); partition++) {
		const from = { topic: "dead-letters" as const, partition, offset: 0 };
		const { packs } = await world.log.read(from, { entriesMax: 1000, bytesMax: 1e9 });
		for (const pack of packs) letters.push(...(JSON.parse(pack.body as string) as DeadLetter[]));
	}
	return letters;
}

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
		expect(await deadLetters(world)).toEqual([
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
		expect((await deadLetters(world)).map(({ message }) => message)).toEqual([
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
		world.afterCommit = () => {
			if (failures-- > 0) throw new Error("the answer was lost");
		};
		await world.append(recordsFrom(0, 10)).catch(() => undefined);
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
});
