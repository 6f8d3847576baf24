import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordsFrom } from "../testing/sink-contract.js";
import {
	type BatchIntent,
	decodeIntent,
	encodeIntent,
	halved,
	intentFromPlan,
	nameOf,
	pieceOf,
	reachOf,
	remainder,
	withRejections,
} from "./batch-intent.js";
import type { Fate } from "./batch-plan.js";

function intentOf(fates: readonly Fate[], base = 100): BatchIntent {
	const offsets = fates.map((_, at) => base + at);
	const send = offsets.filter((_, at) => fates[at] === "send");
	const next = base + fates.length;
	return intentFromPlan({ offsets, records: recordsFrom(0, fates.length), next }, { next, fates, send }, 0);
}

const allSent = (count: number) => intentOf(new Array<Fate>(count).fill("send"));

/** Sends an intent to a destination that refuses any batch with a bad record in it, without saying which. */
function deliver(first: BatchIntent, bad: ReadonlySet<number>) {
	const taken: number[] = [];
	const dead: number[] = [];
	let requests = 0;
	const names = new Set<string>();
	let intent: BatchIntent | undefined = first;
	while (intent) {
		const present: BatchIntent = intent;
		const sent = pieceOf(present);
		if (sent.length > 0) requests++;
		names.add(nameOf(present));
		const isRefused = sent.some((offset) => bad.has(offset));
		if (isRefused && sent.length > 1) {
			intent = halved(present, sent, true);
			continue;
		}
		(isRefused ? dead : taken).push(...sent);
		intent = remainder(present, !isRefused);
	}
	return { taken, dead, requests, names: names.size };
}

describe("batch intent", () => {
	it("finds any bad records by halving, in any order of sending, each piece under a name of its own", () => {
		fc.assert(
			fc.property(
				fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 300 }),
				fc.array(fc.nat(299), { maxLength: 8 }),
				fc.integer({ min: 1, max: 400 }),
				(places, bads, countMax) => {
					const send = places.map((place) => 100 + place);
					const bad = new Set(bads.flatMap((at) => send[at] ?? []));
					const plan = { next: 200, fates: [], send };
					const stretch = { offsets: [100], records: recordsFrom(0, 1), next: 501 };
					const intent = intentFromPlan(stretch, plan, 0, countMax);
					expect(pieceOf(intent)).toEqual(send.slice(0, countMax));
					const { taken, dead, requests, names } = deliver(intent, bad);
					expect(dead).toEqual(send.filter((offset) => bad.has(offset)));
					expect(taken).toEqual(send.filter((offset) => !bad.has(offset)));
					expect(names).toBe(requests);
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
					intent = { ...intent, send: [...intent.send.toReversed(), intent.next + 7] };
					intent = halved(intent, intent.send, true);
					intent = withRejections(intent, [{ offset: base, code: "record.rejected", message }]);
					const bytes = new TextEncoder().encode(encodeIntent(intent));
					expect(decodeIntent(bytes, "sink/archive/0", base)).toEqual(intent);
				},
			),
		);
	});

	it("is short in the store: offsets stand as ranges", () => {
		expect(encodeIntent(allSent(100_000)).length).toBeLessThan(200);
	});

	it("reads what version 1 left under way", () => {
		const text =
			'{"v":1,"base":100,"send":"0-3,5-8","superseded":"4","expired":"","parked":"","ends":[[109,1],[106,0]],' +
			'"rejected":[],"generation":3}';
		const intent = decodeIntent(new TextEncoder().encode(text), "sink/archive/0", 103);
		expect(intent).toMatchObject({ base: 100, next: 109, done: 3, generation: 3 });
		expect(pieceOf(intent)).toEqual([103, 105]);
		expect(remainder(intent, false)).toMatchObject({ done: 5, ends: [{ to: 8, isSuspect: false }] });
	});

	it("reaches to the last record that is pulled forward", () => {
		expect(reachOf({ ...allSent(3), send: [100, 110, 101] })).toBe(111);
		expect(reachOf({ ...allSent(3), send: [] })).toBe(103);
	});

	it.each(["", "{", "[]", '{"v":3}', '{"v":1,"ends":7}'])("refuses %j as what it is not", (text) => {
		expect(() => decodeIntent(new TextEncoder().encode(text), "sink/archive/0", 0)).toThrow(
			expect.objectContaining({
				code: "store.corrupt",
				message: expect.stringContaining("sink/archive/0") as string,
			}),
		);
	});
});
