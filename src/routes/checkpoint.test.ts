import { describe, expect, it } from "vitest";
import { DeliveryWorld } from "../../test/delivery-world.js";
import { recordId, type TransitRecord } from "../model/record.js";
import type { ServingSink, Settle, Standing } from "../sinks/sink.js";
import { sampleRecord } from "../testing/record-samples.js";

/** Serves the newest record per key, and counts what it was given to rebuild. */
class Board implements ServingSink {
	readonly kind = "serving";
	readonly horizonMs = 600_000;
	readonly publishEveryMs = 10_000;
	readonly publishAtMostEveryMs = 1000;
	readonly endpoints = [];
	rebuilt = 0;
	resumed = 0;
	readonly #state = new Map<string, TransitRecord>();
	#open: TransitRecord[] = [];

	get shown(): string[] {
		return [...this.#state.values()].map(recordId).sort();
	}

	restore(): void {
		// Nothing to remember.
	}

	apply(records: readonly TransitRecord[], rebuilding: boolean): void {
		for (const record of records) this.#state.set(record.key, record);
		if (rebuilding) this.rebuilt += records.length;
		else this.#open.push(...records);
	}

	publish(_: number, settle: Settle) {
		for (const record of this.#open) settle(record, "delivered");
		this.#open = [];
		return { state: "", reveal: () => undefined };
	}

	standing(): readonly Standing[] {
		return [...this.#state.values()].map((record) => ({ record, isGone: false }));
	}

	resume(standing: readonly Standing[]): void {
		this.resumed = standing.length;
		for (const { record } of standing) this.#state.set(record.key, record);
	}

	status(): Record<string, never> {
		return {};
	}

	async close(): Promise<void> {
		// Nothing to close.
	}
}

const OPTIONS = { name: "riders", checkpointRecords: 200 };

/** Ten vehicles, of which the first reports once and the others `rounds` times. */
async function flooded(world: DeliveryWorld, rounds: number): Promise<Board> {
	const board = new Board();
	const subscription = world.subscribe(board, OPTIONS);
	await subscription.start();
	await world.append([sampleRecord({ vehicle: "0", eventTime: world.now, receivedTime: world.now })]);
	for (let round = 0; round < rounds; round++) {
		const at = { eventTime: world.now, receivedTime: world.now };
		await world.append(Array.from({ length: 9 }, (_, bus) => sampleRecord({ ...at, vehicle: `${bus + 1}` })));
		await world.time.advance(1000);
	}
	await world.time.advance(5000);
	await subscription.close();
	return board;
}

async function restarted(world: DeliveryWorld, options: Parameters<DeliveryWorld["subscribe"]>[1] = OPTIONS) {
	const board = new Board();
	const subscription = world.subscribe(board, options);
	await subscription.start();
	await subscription.close();
	return board;
}

describe("the checkpoint of a serving sink", () => {
	it("bounds what a start reads back, however much came in the horizon", async () => {
		const world = new DeliveryWorld(3);
		const before = await flooded(world, 100);
		const board = await restarted(world);
		expect(board.shown).toEqual(before.shown);
		expect(board.resumed).toBe(10);
		expect(board.rebuilt).toBeLessThanOrEqual(200);
		expect(await world.account("riders")).toEqual({ in: 901, delivered: 901, pending: 0 });
	});

	it("is not written for what a start reads back anyway", async () => {
		const world = new DeliveryWorld(3);
		const before = await flooded(world, 10);
		const board = await restarted(world);
		expect([board.resumed, board.rebuilt]).toEqual([0, 91]);
		expect(board.shown).toEqual(before.shown);
	});

	it("counts for nothing when the routes are others, or when it cannot be read", async () => {
		const world = new DeliveryWorld(3);
		const before = await flooded(world, 100);
		const widened = await restarted(world, {
			...OPTIONS,
			routes: [{ feed: "metro-avl" }, { feed: "other" }],
		});
		expect([widened.resumed, widened.rebuilt]).toEqual([0, 901]);
		await world.log.commit({ state: [{ name: "sink/riders/checkpoint", bytes: "{" }] });
		const unread = await restarted(world);
		expect([unread.resumed, unread.shown]).toEqual([0, before.shown]);
	});
});
