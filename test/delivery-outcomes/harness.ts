import { expect } from "vitest";
import { recordId } from "../../src/model/record.js";
import type { Batch, Delivery } from "../../src/sinks/sink.js";
import { recordsFrom } from "../../src/testing/sink-contract.js";
import { DELIVERED, DeliveryWorld } from "../delivery-world.js";

const RECORDS = 8;
const TAKEN_AT_ONCE_MAX = 3;
const HOUR_MS = 3_600_000;
/** The longest window between two probes, and its share of chance. */
const PROBE_MAX_MS = 400_000;

/**
 * What the harness makes of a delivery, in virtual time: a destination that gives it for as long as the world stands so, or
 * because of one record, or of the size of a batch. Nothing is burnt, nobody is needed, and what is good arrives once.
 */
export async function expectTreatedAs(given: Delivery): Promise<void> {
	const world = new DeliveryWorld();
	const destination = world.destination();
	const records = recordsFrom(0, RECORDS);
	const bad = recordId(records[5] as (typeof records)[number]);
	let isMended = false;
	destination.answer = (batch) => {
		if (given.outcome === "bad_records") return answerTo(batch, given, bad);
		return isMended ? DELIVERED : given;
	};
	const subscription = world.subscribe(destination.sink());
	await subscription.start();
	await world.append(records);
	await world.time.advance(HOUR_MS);
	const ids = new Set(destination.sent.map(({ id }) => id));
	const account = await world.account();
	const state = subscription.upstream?.status().state;
	const letters = (await world.deadLetters()).map(({ record }) => record?.id);
	switch (given.outcome) {
		case "ok":
			expect(account).toEqual({ in: RECORDS, delivered: RECORDS, pending: 0 });
			break;
		case "bad_records": {
			const isSize = given.failure.code === "http.body_too_large";
			expect(letters).toEqual(isSize ? [] : [bad]);
			expect(account).toMatchObject({ in: RECORDS, delivered: RECORDS - letters.length, pending: 0 });
			expect(state).toBe("closed");
			break;
		}
		default: {
			const isHeld = given.outcome === "bad_sink";
			expect(account).toEqual({ in: RECORDS, pending: RECORDS });
			expect([letters, ids.size]).toEqual([[], 1]);
			expect(world.eventTypes()).toEqual([isHeld ? "sink_held" : "sink_retrying"]);
			expect(subscription.status()).toMatchObject({
				state: isHeld ? "held" : "lagging",
				sentence: expect.stringContaining(given.failure.message.slice(0, 40)) as string,
			});
			// Left alone: far fewer attempts than an hour has seconds.
			expect(state).not.toBe("closed");
			expect(destination.sent.length).toBeLessThan(40);
			isMended = true;
			await world.time.advance(PROBE_MAX_MS);
			expect(await world.account()).toEqual({ in: RECORDS, delivered: RECORDS, pending: 0 });
			expect(world.eventTypes().at(-1)).toBe("sink_resumed");
		}
	}
	expect(await world.imbalance()).toBe(0);
	expect(destination.effects.toSorted()).toEqual(
		records
			.map(recordId)
			.filter((id) => !letters.includes(id))
			.toSorted(),
	);
	await subscription.close();
}

function answerTo(batch: Batch, given: Extract<Delivery, { outcome: "bad_records" }>, bad: string): Delivery {
	if (given.failure.code === "http.body_too_large")
		return batch.records.length > TAKEN_AT_ONCE_MAX ? given : DELIVERED;
	const index = batch.records.findIndex((record) => recordId(record) === bad);
	if (index < 0) return DELIVERED;
	return { ...given, rejected: given.rejected.slice(0, 1).map((one) => ({ ...one, index })) };
}
