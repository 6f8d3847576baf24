import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld } from "../../test/delivery-world.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import type { Batch, Delivery } from "../sinks/sink.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";

const down: Delivery = { outcome: "transient", failure: new Failure("http.transient", "503") };
const LATEST = { mode: "latest", maxAgeMs: 90_000 } as const;

describe("mode latest", () => {
	it("delivers the newest record per kind and key of what waits, and posts the others as superseded", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink(), LATEST);
		await subscription.start();
		const at = (vehicle: string, seconds: number) =>
			sampleRecord({ vehicle, eventTime: NOON + seconds * 1000 });
		const visit = sampleRecord({
			vehicle: "1",
			eventTime: NOON,
			body: { kind: "stop_visit", stopId: "S", vehicleId: "1" },
		});
		const late = sampleRecord({ vehicle: "1", eventTime: NOON + 1, flags: ["late"] });
		await world.append([at("1", 1), at("2", 1), at("1", 2), visit, at("1", 3), late]);
		await world.time.advance(1000);
		expect(destination.effects).toEqual([at("2", 1), visit, at("1", 3)].map(recordId));
		expect(await world.account()).toEqual({ in: 6, delivered: 3, superseded: 3, pending: 0 });
		await subscription.close();
	});

	it("drops what is older than its greatest age, by when it happened", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		const subscription = world.subscribe(destination.sink(), LATEST);
		await subscription.start();
		await world.append([
			sampleRecord({ vehicle: "old", eventTime: NOON - 90_001 }),
			sampleRecord({ vehicle: "young", eventTime: NOON - 80_000 }),
			sampleRecord({ vehicle: "ahead", eventTime: NOON + 3_600_000, flags: ["future"] }),
		]);
		await world.time.advance(1000);
		expect(destination.effects).toHaveLength(2);
		expect(await world.account()).toEqual({ in: 3, delivered: 2, expired: 1, pending: 0 });
		await subscription.close();
	});

	it("lets decay beat retry: after an outage riders get what is true now, under an id of its own", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => down;
		const subscription = world.subscribe(destination.sink(), LATEST);
		await subscription.start();
		for (let minute = 0; minute < 10; minute++) {
			const time = NOON + minute * 60_000;
			await world.append(
				["1", "2", "3"].map((vehicle) => sampleRecord({ vehicle, eventTime: time, receivedTime: time })),
			);
			await world.time.advance(60_000);
			expect(await world.imbalance()).toBe(0);
		}
		const before = destination.sent.length;
		destination.answer = () => DELIVERED;
		const now = [sampleRecord({ vehicle: "1", eventTime: world.now, receivedTime: world.now })];
		await world.append(now);
		await world.time.advance(600_000);
		const [after] = destination.sent.slice(before);
		expect(destination.effects.every((id) => Number(id.split("/")[2]) > NOON + 480_000)).toBe(true);
		expect(destination.sent.slice(0, before).map(({ id }) => id)).not.toContain(after?.id);
		const account = await world.account();
		expect(account).toMatchObject({ in: 31, pending: 0 });
		expect(await world.imbalance()).toBe(0);
		await subscription.close();
	});

	it("forgets a batch that grew too old, also where nothing is left to send: a restart finds none", async () => {
		const world = new DeliveryWorld();
		const destination = world.destination();
		destination.answer = () => down;
		const first = world.subscribe(destination.sink(), LATEST);
		await first.start();
		await world.append([sampleRecord({ vehicle: "1", eventTime: world.now, receivedTime: world.now })]);
		await world.time.advance(2000);
		const sent = destination.sent.length;
		expect(sent).toBeGreaterThan(0);
		await world.time.advance(600_000);
		expect(await world.account()).toMatchObject({ in: 1, expired: 1, pending: 0 });
		await first.close();
		expect(await world.log.stateNames("sink/")).not.toContain("sink/archive/0");
		destination.answer = () => DELIVERED;
		const second = world.subscribe(destination.sink(), LATEST);
		await second.start();
		await world.append([sampleRecord({ vehicle: "1", eventTime: world.now, receivedTime: world.now })]);
		await world.time.advance(60_000);
		expect(await world.account()).toMatchObject({ in: 2, delivered: 1, expired: 1, pending: 0 });
		await second.close();
	});
});

describe("order strict", () => {
	const refusing =
		(vehicle: string, eventTime: number) =>
		(batch: Batch): Delivery =>
			batch.records.some((record) => record.key === `metro:${vehicle}` && record.eventTime === eventTime)
				? { outcome: "bad_records", rejected: [], failure: new Failure("http.rejected", "422") }
				: DELIVERED;
	const fleet = (from: number, count: number) =>
		Array.from({ length: count }, (_, i) =>
			sampleRecord({ vehicle: `${(from + i) % 3}`, eventTime: NOON + from + i, index: from + i }),
		);

	it.each([
		["marked", 29, 1],
		// Vehicle 1 has records 4, 7, 10 ... 28 behind the refused one.
		["strict", 20, 10],
	] as const)(
		"%s: delivers %i of 30 records and parks the rest behind the refused one",
		async (order, delivered, dead) => {
			const world = new DeliveryWorld();
			const destination = world.destination();
			destination.answer = refusing("1", NOON + 1);
			const first = world.subscribe(destination.sink(), { order });
			await first.start();
			await world.append(fleet(0, 15));
			await world.time.advance(60_000);
			await world.crash([first]);
			const second = world.subscribe(destination.sink(), { order });
			await second.start();
			await world.append(fleet(15, 15));
			await world.time.advance(60_000);
			expect(await world.account()).toEqual({ in: 30, delivered, dead_lettered: dead, pending: 0 });
			const ofVehicle1 = destination.effects.filter((id) => id.includes("metro:1/"));
			expect(ofVehicle1).toHaveLength(order === "strict" ? 0 : 9);
			await second.close();
		},
	);
});
