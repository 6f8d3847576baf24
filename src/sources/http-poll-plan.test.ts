import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askEveryMs, callsOf, NO_PLAN_STATE, readPlanState, writePlanState } from "./http-poll-plan.js";

const items = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 60 });
const time = fc.integer({ min: 0, max: 2e12 });

describe("the calls of a sweep", () => {
	it("name what is due once, in the order of the list, in as few calls as it takes, and fill them with what waits longest", () => {
		fc.assert(
			fc.property(
				items,
				fc.integer({ min: 1, max: 12 }),
				fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
				(all, perCall, stream) => {
					const due = new Map(all.map((item): [string, number] => [item, stream.next().value ?? 0]));
					const now = 8;
					const calls = callsOf(all, perCall, (item) => due.get(item) ?? 0, now);
					const named = calls.flat();
					const wanted = all.filter((item) => (due.get(item) ?? 0) <= now);
					expect(new Set(named).size).toBe(named.length);
					expect(named).toEqual(all.filter((item) => named.includes(item)));
					for (const item of wanted) expect(named).toContain(item);
					expect(calls.length).toBe(Math.max(1, Math.ceil(wanted.length / perCall)));
					for (const call of calls) expect(call.length).toBeLessThanOrEqual(perCall);
					const spare = named.filter((item) => !wanted.includes(item)).map((item) => due.get(item) ?? 0);
					const left = all.filter((item) => !named.includes(item)).map((item) => due.get(item) ?? 0);
					if (left.length > 0) expect(named.length).toBe(calls.length * perCall);
					if (spare.length > 0 && left.length > 0)
						expect(Math.max(...spare)).toBeLessThanOrEqual(Math.min(...left));
				},
			),
		);
	});

	it("come less often with each empty answer, up to the bound that is set, and never more often than a sweep", () => {
		const rules = { after: 3, maxMs: 300_000 };
		const paces = Array.from({ length: 8 }, (_, streak) => askEveryMs(streak, 60_000, rules) / 60_000);
		expect(paces).toEqual([1, 1, 1, 2, 4, 4, 4, 4]);
		expect(askEveryMs(1_000, 60_000, undefined)).toBe(60_000);
		expect(askEveryMs(1_000, 60_000, { after: 1, maxMs: 10_000 })).toBe(60_000);
	});
});

describe("what a plan remembers", () => {
	it("comes back as it was written, and only for its own plan", () => {
		const quiet = fc.array(
			fc.tuple(fc.string({ minLength: 1 }), fc.record({ streak: fc.nat(), askedTime: time })),
		);
		fc.assert(
			fc.property(
				items,
				time,
				quiet,
				fc.boolean(),
				fc.nat(),
				(list, discoveredTime, rows, isProven, call) => {
					const state = { items: list, discoveredTime, quiet: new Map(rows), isProven, sweep: "s", call };
					const cursor = writePlanState(state, "target");
					expect(readPlanState(cursor, "target")).toEqual(state);
					expect(readPlanState(cursor, "other")).toBe(NO_PLAN_STATE);
				},
			),
		);
	});

	it("is nothing for any other text, and never throws", () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.json()), (cursor) => {
				expect(readPlanState(cursor, "target")).toBe(NO_PLAN_STATE);
			}),
		);
		for (const items of [
			[],
			[""],
			[1],
			"1",
			["x".repeat(65)],
			Array.from({ length: 2001 }, (_, at) => String(at)),
		]) {
			const cursor = JSON.stringify({
				v: 1,
				target: "t",
				items,
				discovered: 1,
				quiet: [null, ["a"], ["b", -1, 2]],
			});
			expect(readPlanState(cursor, "t")).toEqual({ quiet: new Map(), isProven: false });
		}
	});
});
