import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERED, DeliveryWorld, type ScriptedDestination } from "../../test/delivery-world.js";
import { auditLedger, balanceLedger } from "../log/audit.js";
import { Failure } from "../model/failure.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { createSeededChance } from "../simulation/virtual-runtime.js";
import type { Batch, Delivery } from "../sinks/sink.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { type PlanOptions, planBatch } from "./batch-plan.js";
import { RouteRules } from "./route-rules.js";
import type { Subscription } from "./subscription.js";

const WINDOW_MS = 5000;

const isPoisoned = (record: TransitRecord) => record.index % 29 === 13;

interface Weather {
	readonly transient: number;
	readonly takesThenFails: number;
	readonly names: boolean;
	readonly tooLarge: number;
}

/** Refuses poisoned records, and is otherwise as the weather has it. The same id must always bring the same bytes. */
function script(destination: ScriptedDestination, next: () => number, weather: Weather): void {
	const bytesOf = new Map<string, string>();
	destination.answer = (batch: Batch): Delivery => {
		const bytes = JSON.stringify(batch.records);
		expect(bytesOf.get(batch.id) ?? bytes).toBe(bytes);
		bytesOf.set(batch.id, bytes);
		if (next() < weather.transient) {
			return { outcome: "transient", failure: new Failure("net.timeout", "no answer") };
		}
		// Whoever keeps the ids that it has taken knows this one before it looks at the size.
		if (destination.taken.has(batch.id)) return DELIVERED;
		if (batch.records.length > 1 && next() < weather.tooLarge) {
			return { outcome: "bad_records", rejected: [], failure: new Failure("http.body_too_large", "413") };
		}
		const bad = batch.records.flatMap((record, index) => (isPoisoned(record) ? [index] : []));
		if (bad.length > 0) {
			const rejected = bad.map((index) => ({ index, code: "record.rejected" as const, message: "poison" }));
			const failure = new Failure("http.rejected", "422");
			return { outcome: "bad_records", rejected: weather.names ? rejected : [], failure };
		}
		if (next() >= weather.takesThenFails) return DELIVERED;
		destination.take(batch);
		return { outcome: "transient", failure: new Failure("net.timeout", "no answer") };
	};
}

interface Arrival {
	readonly atMs: number;
	readonly record: TransitRecord;
}

/** Records of a few vehicles, each received up to `disorderMs` after it happened, in the order of their receipt. */
function arrivals(count: number, disorderMs: number, start: number, next: () => number): readonly Arrival[] {
	const reports = Array.from({ length: count }, (_, index) => {
		const eventTime = start + index * 130;
		const atMs = index * 130 + Math.floor(next() * disorderMs);
		const vehicle = `${Math.floor(next() * 6)}`;
		return { atMs, vehicle, eventTime, index };
	}).sort((a, b) => a.atMs - b.atMs);
	const highWater = new Map<string, number>();
	return reports.map(({ atMs, vehicle, eventTime, index }) => {
		const isLate = eventTime < (highWater.get(vehicle) ?? 0);
		if (!isLate) highWater.set(vehicle, eventTime);
		const receivedTime = start + atMs;
		const flags = isLate ? (["late"] as const) : [];
		return { atMs, record: sampleRecord({ vehicle, eventTime, receivedTime, index, flags }) };
	});
}

function byVehicle(ids: readonly string[]): Map<string, number[]> {
	const times = new Map<string, number[]>();
	for (const id of ids) {
		const [, key = "", time] = id.split("/");
		times.set(key, [...(times.get(key) ?? []), Number(time)]);
	}
	return times;
}

const sorted = (times: readonly number[]) => times.toSorted((a, b) => a - b);

/** What the audit finds wrong with the sink. The world writes records without the frames that they came from. */
async function findings(world: DeliveryWorld): Promise<readonly string[]> {
	const audit = await auditLedger(world.log, { sinks: [{ name: "archive", feeds: ["metro-avl"] }] });
	return audit.findings
		.filter(({ account }) => account.startsWith("sink:"))
		.map(({ item, message }) => `${item} ${message}`);
}

const share = (max: number) =>
	fc.oneof(
		fc.constant(0),
		fc.integer({ min: 1, max }).map((n) => n / 100),
	);

describe("order of event time per key", () => {
	it("holds while disorder is within the window, once in effect, through crashes at any commit", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer(),
				fc.constantFrom(1, 3),
				fc.integer({ min: 1, max: 12 }),
				fc.record({
					transient: share(20),
					takesThenFails: share(30),
					names: fc.boolean(),
					tooLarge: share(15),
				}),
				share(15),
				async (seed, partitions, count, weather, deaths) => {
					const { next } = createSeededChance(seed);
					const world = new DeliveryWorld(partitions);
					const destination = world.destination();
					script(destination, next, weather);
					let isDead = false;
					const wrong: string[] = [];
					const start = async (): Promise<Subscription> => {
						isDead = false;
						const subscription = world.subscribe(destination.sink(), {
							reorderMs: WINDOW_MS,
							batch: { count, bytes: 1_000_000, everyMs: 100 },
						});
						await subscription.start();
						const mayDie = () => {
							isDead ||= next() < deaths;
							if (isDead) throw new Error("the process is dead");
						};
						const isIntake = (append: Parameters<typeof world.beforeCommit>[0]["append"]) =>
							append?.[0]?.topic === "records";
						world.beforeCommit = ({ append }) => (isIntake(append) ? undefined : mayDie());
						world.afterCommit = async ({ append }) => {
							const { balanced, sentence } = await balanceLedger(world.log);
							if (!balanced) wrong.push(sentence);
							if (!isIntake(append)) mayDie();
						};
						return subscription;
					};
					let subscription = await start();
					const origin = world.now;
					const all = arrivals(60, WINDOW_MS, origin, next);
					for (let at = 0; at < all.length; ) {
						await world.time.advance(Math.max(0, origin + (all[at] as Arrival).atMs - world.now));
						if (isDead) {
							await world.crash([subscription]);
							wrong.push(...(await findings(world)));
							subscription = await start();
						}
						// What would have come while the hub was away comes at once, and is received now.
						const come = all.slice(at).filter(({ atMs }) => origin + atMs <= world.now);
						at += come.length;
						await world.append(
							come.map(({ record }) => ({
								...record,
								origin: { ...record.origin, receivedTime: world.now },
							})),
						);
					}
					for (let round = 0; round < 12; round++) {
						await world.time.advance(WINDOW_MS);
						if (isDead) {
							await world.crash([subscription]);
							subscription = await start();
						}
					}
					world.beforeCommit = () => undefined;
					world.afterCommit = () => undefined;
					script(destination, () => 1, { ...weather, transient: 0, takesThenFails: 0, tooLarge: 0 });
					await world.crash([subscription]);
					subscription = await start();
					world.beforeCommit = () => undefined;
					world.afterCommit = () => undefined;
					await world.time.advance(3_600_000);

					expect(wrong).toEqual([]);
					expect(await findings(world)).toEqual([]);
					const wanted = all.map(({ record }) => record).filter((record) => !isPoisoned(record));
					expect(await world.account()).toEqual({
						in: all.length,
						delivered: wanted.length,
						dead_lettered: all.length - wanted.length,
						pending: 0,
					});
					expect(destination.effects.toSorted()).toEqual(wanted.map(recordId).toSorted());
					for (const [vehicle, times] of byVehicle(destination.effects)) {
						expect(times, vehicle).toEqual(sorted(times));
					}
					expect(await world.log.stateNames("sink/archive/")).toEqual(["sink/archive/origin"]);
					await subscription.close();
					expect(world.time.pendingTimers()).toBe(0);
				},
			),
			{ numRuns: 40, seed: 20_260_105 },
		);
	});

	it("is kept as far as it can be beyond the window: what comes later is late and flagged, and is there once", async () => {
		await fc.assert(
			fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 12 }), async (seed, count) => {
				const { next } = createSeededChance(seed);
				const world = new DeliveryWorld();
				const destination = world.destination();
				const sent: TransitRecord[] = [];
				destination.answer = (batch) => {
					sent.push(...batch.records);
					return DELIVERED;
				};
				const subscription = world.subscribe(destination.sink(), {
					reorderMs: WINDOW_MS,
					batch: { count, bytes: 1_000_000, everyMs: 100 },
				});
				await subscription.start();
				const origin = world.now;
				const all = arrivals(80, 3 * WINDOW_MS, origin, next);
				for (const { atMs, record } of all) {
					await world.time.advance(origin + atMs - world.now);
					await world.append([record]);
				}
				await world.time.advance(60_000);
				expect(destination.effects.toSorted()).toEqual(all.map(({ record }) => recordId(record)).toSorted());
				const newest = new Map<string, TransitRecord>();
				for (const record of sent) {
					const before = newest.get(record.key);
					if (before === undefined || before.eventTime <= record.eventTime) newest.set(record.key, record);
					else {
						expect(record.flags).toContain("late");
						expect(record.origin.receivedTime).toBeGreaterThan(before.origin.receivedTime + WINDOW_MS);
					}
				}
				expect(await findings(world)).toEqual([]);
				await subscription.close();
			}),
			{ numRuns: 20, seed: 20_260_105 },
		);
	});

	it("holds within each batch, and pulls forward exactly what would be overtaken", () => {
		const anyRecord = fc.record({
			vehicle: fc.constantFrom("1", "2", "3"),
			second: fc.nat(20),
			isFuture: fc.boolean(),
			isAhead: fc.boolean(),
		});
		fc.assert(
			fc.property(
				fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
				fc.nat(40),
				fc.integer({ min: 1, max: 15 }),
				(reports, released, countMax) => {
					const records = reports.map(({ vehicle, second, isFuture }) =>
						sampleRecord({
							vehicle,
							feed: "bus",
							eventTime: NOON + second * 1000,
							flags: isFuture && second > 15 ? ["future"] : [],
						}),
					);
					const offsets = records.map((_, at) => 100 + at * 3);
					const inverted = offsets.filter((_, at) =>
						records.some(
							(before, place) =>
								place < at &&
								before.key === records[at]?.key &&
								before.eventTime > (records[at]?.eventTime ?? 0),
						),
					);
					const isAhead = (offset: number) => reports[(offset - 100) / 3]?.isAhead === true;
					const options: PlanOptions = {
						rules: new RouteRules([{ feed: "bus" }], { mode: "every" }),
						countMax,
						now: NOON,
						isParked: () => false,
						hasAccount: () => false,
						isAhead,
						isReleased: (_, at) => at < released,
					};
					const next = 100 + records.length * 3;
					const plan = planBatch({ offsets, records, next, inverted }, options);
					const at = (offset: number) => records[(offset - 100) / 3] as TransitRecord;
					const within = offsets.filter((offset) => offset < plan.next && !isAhead(offset));
					const overtaken = offsets.filter(
						(offset) =>
							offset >= plan.next &&
							!isAhead(offset) &&
							within.some(
								(before) =>
									!at(before).flags.includes("future") &&
									at(before).key === at(offset).key &&
									at(before).eventTime > at(offset).eventTime,
							),
					);
					expect(sorted(plan.send)).toEqual(sorted([...within, ...overtaken]));
					for (const key of new Set(records.map((record) => record.key))) {
						const sent = plan.send.filter((offset) => at(offset).key === key);
						const wanted = sorted(sent).sort((a, b) => at(a).eventTime - at(b).eventTime);
						expect(sent).toEqual(wanted);
					}
					if (plan.send.length > countMax) {
						// Only for the sake of its first record.
						const first = at(within[0] as number);
						const before = plan.send.filter((offset) => at(offset).eventTime < first.eventTime);
						expect(before.every((offset) => at(offset).key === first.key)).toBe(true);
						expect(plan.send).toHaveLength(before.length + 1);
					}
					if (released > 0) expect(plan.fates.length).toBeGreaterThan(0);
				},
			),
		);
	});
});
