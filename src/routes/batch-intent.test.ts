import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordsFrom } from "../testing/sink-contract.js";
import {
	type BatchIntent,
	decodeIntent,
	encodeIntent,
	endOf,
	halved,
	intentFromPlan,
	remainder,
	withRejections,
} from "./batch-intent.js";
import type { Fate } from "./batch-plan.js";

function intentOf(fates: readonly Fate[], base = 100): BatchIntent {
	const offsets = fates.map((_, at) => base + at);
	const sends = fates.filter((fate) => fate === "send").length;
	const next = base + fates.length;
	return intentFromPlan({ offsets, records: recordsFrom(0, fates.length), next }, { next, fates, sends }, 0);
}

const allSent = (count: number) => intentOf(new Array<Fate>(count).fill("send"));

/** Sends an intent to a destination that refuses any batch with a bad record in it, without saying which. */
function deliver(first: BatchIntent, bad: ReadonlySet<number>) {
	const taken: number[] = [];
	const dead: number[] = [];
	let requests = 0;
	let cursor = first.base;
	let intent: BatchIntent | undefined = first;
	while (intent) {
		const present: BatchIntent = intent;
		const end = endOf(present);
		const sent = [...present.send].filter((offset) => offset >= cursor && offset < end);
		if (sent.length > 0) requests++;
		const isRefused = sent.some((offset) => bad.has(offset));
		if (isRefused && sent.length > 1) {
			intent = halved(present, sent, true);
			continue;
		}
		(isRefused ? dead : taken).push(...sent);
		cursor = end;
		intent = remainder(present, !isRefused);
	}
	return { taken, dead, requests, cursor };
}

describe("batch intent", () => {
	it("finds any bad records by halving, in order, and settles every offset exactly once", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 300 }),
				fc.array(fc.nat(299), { maxLength: 8 }),
				(count, places) => {
					const bad = new Set(places.filter((at) => at < count).map((at) => 100 + at));
					const { taken, dead, cursor } = deliver(allSent(count), bad);
					expect(dead).toEqual([...bad].sort((a, b) => a - b));
					expect([...taken, ...dead].sort((a, b) => a - b)).toEqual(
						Array.from({ length: count }, (_, at) => 100 + at),
					);
					expect(taken).toEqual([...taken].sort((a, b) => a - b));
					expect(cursor).toBe(100 + count);
				},
			),
		);
	});

	it("needs about two requests per halving for one bad record of 500", () => {
		const requests = Array.from(
			{ length: 500 },
			(_, at) => deliver(allSent(500), new Set([100 + at])).requests,
		);
		expect(Math.max(...requests)).toBeLessThanOrEqual(19);
		expect(deliver(allSent(500), new Set()).requests).toBe(1);
	});

	it("is the same after the store has kept it", () => {
		const fate = fc.constantFrom<Fate>("send", "filtered", "superseded", "expired", "parked", "none");
		fc.assert(
			fc.property(
				fc.array(fate, { minLength: 2, maxLength: 60 }),
				fc.nat(1e9),
				fc.string(),
				(fates, base, message) => {
					let intent = intentOf(["send", "send", ...fates], base);
					intent = halved(intent, [...intent.send], true);
					intent = withRejections(intent, [{ offset: base, code: "record.rejected", message }]);
					const bytes = new TextEncoder().encode(encodeIntent(intent));
					expect(decodeIntent(bytes, "sink/archive/0")).toEqual(intent);
				},
			),
		);
	});

	it("is short in the store: offsets stand as ranges", () => {
		expect(encodeIntent(allSent(100_000)).length).toBeLessThan(200);
	});

	it.each(["", "{", "[]", '{"v":2}', '{"v":1,"ends":7}'])("refuses %j as what it is not", (text) => {
		expect(() => decodeIntent(new TextEncoder().encode(text), "sink/archive/0")).toThrow(
			expect.objectContaining({
				code: "store.corrupt",
				message: expect.stringContaining("sink/archive/0") as string,
			}),
		);
	});
});
