import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TransitRecord } from "../model/record.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { type PlanOptions, planBatch } from "./batch-plan.js";
import { RouteRules } from "./route-rules.js";
import type { Stretch } from "./stretch.js";

const anyRecord = fc
	.record({
		vehicle: fc.constantFrom("1", "2", "3", "4"),
		age: fc.integer({ min: -60, max: 200 }),
		feed: fc.constantFrom("bus", "rail", "other"),
		isLate: fc.boolean(),
		isVisit: fc.boolean(),
	})
	.map(({ vehicle, age, feed, isLate, isVisit }) =>
		sampleRecord({
			vehicle,
			feed,
			eventTime: NOON - age * 1000,
			flags: isLate ? ["late"] : [],
			...(isVisit && { body: { kind: "stop_visit", stopId: "S", vehicleId: vehicle } as const }),
		}),
	);

function stretchOf(records: ReturnType<typeof sampleRecord>[], gap: number): Stretch {
	const offsets = records.map((_, at) => 1000 + at * gap);
	return { offsets, records, next: 1000 + records.length * gap };
}

const options = (rules: RouteRules, more: Partial<PlanOptions> = {}): PlanOptions => ({
	rules,
	countMax: 5,
	now: NOON,
	isParked: () => false,
	hasAccount: () => false,
	...more,
});

describe("planBatch", () => {
	it("covers the stretch from its first record without a hole, and never sends more than a batch holds", () => {
		const rules = new RouteRules([{ feed: "bus", kinds: ["vehicle_location"] }, { feed: "rail" }], {
			mode: "latest",
			maxAgeMs: 90_000,
		});
		fc.assert(
			fc.property(fc.array(anyRecord, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (records, gap) => {
				const stretch = stretchOf(records, gap);
				const plan = planBatch(stretch, options(rules));
				expect(plan.send).toEqual(stretch.offsets.filter((_, at) => plan.fates[at] === "send"));
				expect(plan.send.length).toBeLessThanOrEqual(5);
				const covered = plan.fates.length;
				expect(plan.next).toBe(covered === records.length ? stretch.next : stretch.offsets[covered]);
				if (covered < records.length) expect(plan.send).toHaveLength(5);
				const sent = records.filter((_, at) => plan.fates[at] === "send");
				const keys = sent.map((record) => `${record.body.kind}/${record.key}`);
				expect(new Set(keys).size).toBe(keys.length);
				expect(planBatch(stretch, options(rules))).toEqual(plan);
			}),
		);
	});

	it("lets the first route that takes a record decide, each with its own mode", () => {
		const rules = new RouteRules(
			[
				{ feed: "bus", kinds: ["vehicle_location"], mode: "latest" },
				{ feed: "bus", mode: "every" },
			],
			{ mode: "every" },
		);
		const at = (eventTime: number, isVisit: boolean) =>
			sampleRecord({
				feed: "bus",
				eventTime,
				...(isVisit && { body: { kind: "stop_visit", stopId: "S", vehicleId: "101" } as const }),
			});
		const records = [at(1, false), at(1, true), at(2, false), at(2, true)];
		expect(planBatch(stretchOf(records, 1), options(rules)).fates).toEqual([
			"superseded",
			"send",
			"send",
			"send",
		]);
	});

	it("takes the later one in the log of two records of one key and time", () => {
		const rules = new RouteRules([{ feed: "bus" }], { mode: "latest" });
		const records = [sampleRecord({ feed: "bus" }), { ...sampleRecord({ feed: "bus" }), revision: 1 }];
		expect(planBatch(stretchOf(records, 1), options(rules)).fates).toEqual(["superseded", "send"]);
	});

	it("takes a removal for the newest of its key, and what follows it for newer, whatever their times", () => {
		const rules = new RouteRules([{ feed: "bus" }], { mode: "latest" });
		const body = { kind: "vehicle_location", removed: true, vehicleId: "101" } as const;
		const at = (eventTime: number) => sampleRecord({ feed: "bus", eventTime });
		const fates = (...records: TransitRecord[]) => planBatch(stretchOf(records, 1), options(rules)).fates;
		const removal = (eventTime: number) => ({ ...at(eventTime), body });
		expect(fates(at(NOON), removal(NOON - 5))).toEqual(["superseded", "send"]);
		expect(fates(at(NOON - 9), removal(NOON), at(NOON - 9))).toEqual(["superseded", "superseded", "send"]);
	});

	it("leaves other feeds out of the account unless they once were in it", () => {
		const rules = new RouteRules([{ feed: "bus" }], { mode: "every" });
		const stretch = stretchOf([sampleRecord({ feed: "rail" }), sampleRecord({ feed: "rail" })], 1);
		const hasAccount: PlanOptions["hasAccount"] = (_, offset) => offset === 1000;
		expect(planBatch(stretch, options(rules, { hasAccount })).fates).toEqual(["filtered", "none"]);
	});
});
