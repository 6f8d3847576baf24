import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	allDeadLetters,
	allReceipts,
	allRecords,
	frameOf,
	ledgerSum,
	reader,
	startIntake,
} from "../../test/intake-world.js";
import { createMemoryLog, MemoryStorage } from "../log/memory-log.js";
import { parseRanges } from "../log/receipt-pack.js";
import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";

const NOW = 1_767_614_400_000;
const FEEDS = new Map([["avl", [reader("avl", { sinks: ["rider"] }), reader("avl", { sinks: ["rider"] })]]]);

function location(vehicleId: string, eventTime: number | undefined, more: object = {}) {
	return { kind: "vehicle_location", vehicleId, eventTime, latitude: 41.9, longitude: -87.6, ...more };
}

async function world(options: Parameters<typeof startIntake>[3] = {}) {
	const { runtime } = createVirtualRuntime({ startTime: NOW });
	const log = createMemoryLog({ partitions: 3 });
	return { log, ...(await startIntake(log, runtime, FEEDS, options)) };
}

describe("intake", () => {
	it("makes frames durable, then records with the position they were read to", async () => {
		const { log, intake, interpreted } = await world();
		const items = [location("1", NOW - 5000), location("2", NOW - 4000)];
		await intake.receive("avl", 0, [frameOf({ headerTime: NOW - 1000, items }, NOW)], {
			name: "c",
			value: "7",
		});
		await intake.idle();
		const records = await allRecords(log);
		expect(records.map(recordId).sort()).toEqual([
			`vehicle_location/metro:1/${NOW - 5000}`,
			`vehicle_location/metro:2/${NOW - 4000}`,
		]);
		expect(records[0]?.origin).toMatchObject({
			agency: "metro",
			feed: "avl",
			upstream: 0,
			headerTime: NOW - 1000,
		});
		expect(new TextDecoder().decode(await log.state("c"))).toBe("7");
		expect(await allReceipts(log)).toMatchObject([{ frame: 0, items: 2, duplicates: "", deadLetters: "" }]);
		expect(await ledgerSum(log, "receive", "stored")).toBe(1);
		expect(await ledgerSum(log, "interpret", "decoded")).toBe(1);
		expect(await ledgerSum(log, "admit", "appended")).toBe(2);
		expect(await ledgerSum(log, "sink:rider", "in")).toBe(2);
		expect(interpreted).toHaveLength(1);
	});

	it("knows duplicates, revisions and what another upstream told already", async () => {
		const { log, intake } = await world();
		const receive = (upstream: number, ...items: object[]) =>
			intake.receive("avl", upstream, [frameOf({ items }, NOW)]);
		await receive(0, location("1", NOW));
		await receive(0, location("1", NOW));
		await receive(0, location("1", NOW, { speedMps: 3 }));
		await receive(0, location("1", NOW, { speedMps: 3 }));
		await receive(1, location("1", NOW, { speedMps: 3.1 }));
		await intake.idle();
		const records = await allRecords(log);
		expect(records.map((record) => record.revision)).toEqual([0, 1]);
		expect(await ledgerSum(log, "admit", "duplicate")).toBe(2);
		expect(await ledgerSum(log, "admit", "ignored")).toBe(1);
	});

	it("takes several contents of one id in one frame once, also when that frame comes again after a restart", async () => {
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const log = createMemoryLog({ partitions: 3 });
		const start = () => startIntake(log, runtime, FEEDS);
		const send = async ({ intake }: Awaited<ReturnType<typeof start>>, ...speeds: number[]) => {
			const items = speeds.map((speedMps) => location("1", NOW, { speedMps }));
			await intake.receive("avl", 0, [frameOf({ items }, NOW)]);
			await intake.idle();
		};
		const first = await start();
		await send(first, 1, 2, 3);
		await send(first, 1, 2, 3);
		await first.intake.close();
		const second = await start();
		await send(second, 1, 2, 3);
		await send(second, 1, 4, 3);
		await send(second, 4, 1);
		const records = await allRecords(log);
		expect(records.map(({ revision, flags, body }) => [revision, flags, body])).toMatchObject([
			[0, [], { speedMps: 1 }],
			[1, ["repeated_in_frame"], { speedMps: 2 }],
			[2, ["repeated_in_frame"], { speedMps: 3 }],
			[3, ["repeated_in_frame"], { speedMps: 4 }],
		]);
		expect(await ledgerSum(log, "admit", "duplicate")).toBe(10);
		await second.intake.close();
	});

	it("keeps a content that comes back in another frame: upstream took its correction back", async () => {
		const { log, intake } = await world();
		for (const speedMps of [1, 2, 1, 1]) {
			await intake.receive("avl", 0, [frameOf({ items: [location("1", NOW, { speedMps })] }, NOW)]);
		}
		await intake.idle();
		expect((await allRecords(log)).map((record) => record.revision)).toEqual([0, 1, 2]);
	});

	it("flags what is late or in the future, and no future time raises a high-water mark", async () => {
		const { log, intake } = await world();
		const times = [NOW, NOW + 3 * 365 * 86_400_000, NOW + 1000, NOW - 60_000];
		for (const time of times) {
			await intake.receive("avl", 0, [frameOf({ items: [location("1", time)] }, NOW)]);
		}
		await intake.idle();
		const flags = (await allRecords(log)).map((record) => record.flags);
		expect(flags).toEqual([[], ["future"], [], ["late"]]);
	});

	it("takes the header time, else the received time, says so, and lets neither outrank a stated time", async () => {
		const { log, intake } = await world();
		const item = location("1", undefined);
		await intake.receive("avl", 0, [frameOf({ headerTime: NOW - 9000, items: [item] }, NOW)]);
		await intake.receive("avl", 0, [frameOf({ items: [item] }, NOW + 1)]);
		await intake.receive("avl", 0, [frameOf({ items: [location("1", NOW - 20_000)] }, NOW + 2)]);
		await intake.idle();
		const records = await allRecords(log);
		expect(records.map(({ eventTime, flags }) => [eventTime - NOW, flags])).toEqual([
			[-9000, ["time_from_header"]],
			[1, ["time_from_receipt"]],
			[-20_000, []],
		]);
	});

	it("keys by vehicle, else trip and service date, else label; none is a dead letter that names its item", async () => {
		const { log, intake } = await world();
		const items = [
			location("", NOW, { vehicleId: undefined, tripId: "T1", serviceDate: "20260105" }),
			location("", NOW, { vehicleId: undefined, vehicleLabel: "Bus 7" }),
			{ kind: "vehicle_location", eventTime: NOW, latitude: 1, longitude: 1 },
			{ kind: "rejection", code: "decode.record", message: "latitude is 'north'", sample: "{}" },
		];
		await intake.receive("avl", 0, [frameOf({ items }, NOW)]);
		await intake.idle();
		expect((await allRecords(log)).map((record) => record.key).sort()).toEqual([
			"metro:20260105:T1",
			"metro:label:Bus 7",
		]);
		expect(await allDeadLetters(log)).toMatchObject([
			{ stage: "admit", code: "record.no_subject", index: 2, frame: { offset: 0 } },
			{ stage: "interpret", code: "decode.record", message: "latitude is 'north'", index: 3 },
		]);
		expect(await allReceipts(log)).toMatchObject([{ items: 4, deadLetters: "2-3" }]);
	});

	it("dead-letters frames that cannot be read, or whose decoder breaks its promise, and goes on", async () => {
		const throwing = reader("avl", {
			decoder: {
				decode() {
					throw new Error("no such field");
				},
			},
		});
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const log = createMemoryLog({ partitions: 1 });
		const readers = new Map([["avl", [reader("avl"), throwing]]]);
		const { intake } = await startIntake(log, runtime, readers, { frameMaxBytes: 500 });
		await intake.receive("avl", 0, [frameOf("<html>", NOW)]);
		await intake.receive("avl", 1, [frameOf("{}", NOW)]);
		await intake.receive("avl", 0, [frameOf(`{"items":[]${" ".repeat(600)}}`, NOW)]);
		await intake.receive("gone", 0, [frameOf("{}", NOW)]);
		await intake.receive("avl", 0, [frameOf({ items: [location("1", NOW)] }, NOW)]);
		await intake.idle();
		expect((await allDeadLetters(log)).map((letter) => letter.code)).toEqual([
			"decode.format",
			"decode.crash",
			"decode.limit",
			"feed.unknown",
		]);
		expect(await allRecords(log)).toHaveLength(1);
		expect(await ledgerSum(log, "interpret", "dead_lettered")).toBe(4);
	});

	it("drops operator ids and never writes one", async () => {
		const { log, intake } = await world();
		await intake.receive("avl", 0, [
			frameOf({ items: [location("1", NOW, { operatorId: "CANARY-77" })] }, NOW),
		]);
		await intake.idle();
		expect(JSON.stringify(await allRecords(log))).not.toContain("CANARY");
	});

	it("interprets after a restart what was received before a crash, once", async () => {
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const storage = new MemoryStorage(2);
		let commits = 0;
		const dying = createMemoryLog({
			storage,
			beforeCommit: () => {
				if (++commits > 2) throw new Failure("store.sync", "the process died here");
			},
		});
		const first = await startIntake(dying, runtime, FEEDS);
		const items = [location("1", NOW), location("2", NOW)];
		await first.intake.receive("avl", 0, [frameOf({ items }, NOW)]);
		await first.intake.idle();
		await first.intake.receive("avl", 0, [frameOf({ items: [location("3", NOW)] }, NOW)]).catch(() => "died");
		await dying.close();
		const log = createMemoryLog({ storage });
		const second = await startIntake(log, runtime, FEEDS);
		await second.intake.receive("avl", 0, [frameOf({ items: [location("1", NOW)] }, NOW)]);
		await second.intake.idle();
		expect(await allRecords(log)).toHaveLength(2);
		expect(await ledgerSum(log, "admit", "duplicate")).toBe(1);
	});

	it("dead-letters undecoded a frame that was in hand when the process died twice", async () => {
		const { runtime } = createVirtualRuntime({ startTime: NOW });
		const storage = new MemoryStorage(1);
		const bomb = reader("avl", {
			decoder: {
				decode() {
					throw new Error("must not be decoded again");
				},
			},
		});
		let log = createMemoryLog({
			storage,
			beforeCommit: (commit) => dieAfterReceive(commit.append?.[0]?.topic),
		});
		const first = await startIntake(log, runtime, FEEDS);
		await first.intake.receive("avl", 0, [frameOf({ items: [location("1", NOW)] }, NOW)]);
		await expect(first.intake.idle()).rejects.toThrow("died");
		await log.close();
		for (let death = 0; death < 2; death++) {
			log = createMemoryLog({
				storage,
				beforeCommit: (commit) => dieAfterReceive(commit.append?.[0]?.topic),
			});
			await expect(startIntake(log, runtime, FEEDS)).rejects.toThrow("died");
			await log.close();
		}
		log = createMemoryLog({ storage });
		await startIntake(log, runtime, new Map([["avl", [bomb]]]));
		expect(await allDeadLetters(log)).toMatchObject([{ code: "decode.killed", frame: { offset: 0 } }]);
	});

	it("waits while the store is full, says so, and goes on by itself without loss", async () => {
		const { runtime, advance } = createVirtualRuntime({ startTime: NOW });
		let full = false;
		const log = createMemoryLog({
			partitions: 1,
			beforeCommit: () => {
				if (full) throw new Failure("store.full", "The disk is full");
			},
		});
		const { intake, troubles } = await startIntake(log, runtime, FEEDS);
		const received = intake.receive("avl", 0, [frameOf({ items: [location("1", NOW)] }, NOW)]);
		await received;
		full = true;
		await advance(700);
		await expect(intake.receive("avl", 0, [frameOf({ items: [] }, NOW)])).rejects.toMatchObject({
			code: "store.full",
		});
		full = false;
		await advance(60_000);
		await intake.receive("avl", 0, [frameOf({ items: [location("2", NOW)] }, NOW)]);
		await intake.idle();
		expect(await allRecords(log)).toHaveLength(2);
		expect(await ledgerSum(log, "receive", "in")).toBe(3);
		expect(await ledgerSum(log, "receive", "refused")).toBe(1);
		expect([troubles.at(0)?.code, troubles.at(-1)]).toEqual(["store.full", undefined]);
		expect(troubles.every((trouble) => trouble === undefined || trouble.code === "store.full")).toBe(true);
	});
});

/** The process dies in the commit that would carry what a frame gave. */
function dieAfterReceive(topic: string | undefined): void {
	if (topic !== undefined && topic !== "frames") throw new Failure("store.sync", "the process died here");
}

const item = fc.record({
	vehicle: fc.integer({ min: 0, max: 3 }),
	time: fc.integer({ min: -3, max: 3 }),
	speed: fc.integer({ min: 0, max: 2 }),
});

describe("intake under crashes", () => {
	it("accounts for every item exactly once, whatever is sent and whenever it dies", async () => {
		const frames = fc.array(fc.array(item, { maxLength: 6 }), { maxLength: 12 });
		await fc.assert(
			fc.asyncProperty(
				frames,
				fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
				async (sent, deaths) => {
					const { runtime } = createVirtualRuntime({ startTime: NOW });
					const storage = new MemoryStorage(3);
					const waiting = sent.map((items) =>
						frameOf(
							{ items: items.map((i) => location(`v${i.vehicle}`, NOW + i.time, { speedMps: i.speed })) },
							NOW,
						),
					);
					for (const death of [...deaths, Number.POSITIVE_INFINITY]) {
						let commits = 0;
						const log = createMemoryLog({
							storage,
							beforeCommit: () => {
								if (++commits >= death) throw new Failure("store.sync", "the process died here");
							},
						});
						try {
							const { intake } = await startIntake(log, runtime, FEEDS);
							while (waiting.length > 0) {
								await intake.receive("avl", 0, [waiting[0] as (typeof waiting)[0]]);
								waiting.shift();
							}
							await intake.idle();
						} catch (thrown) {
							if (!(thrown instanceof Failure) || thrown.code !== "store.sync") throw thrown;
						}
						await log.close();
					}
					const log = createMemoryLog({ storage });
					const records = await allRecords(log);
					const ids = records.map((record) => `${recordId(record)}#${record.revision}`);
					expect(new Set(ids).size).toBe(ids.length);
					const receipts = await allReceipts(log);
					expect(receipts.map(({ frame }) => frame)).toEqual(sent.map((_, at) => at));
					receipts.forEach(({ frame, items, duplicates }) => {
						const appended = records
							.filter(({ origin }) => origin.offset === frame)
							.map(({ index }) => index);
						const all = [...appended, ...parseRanges(duplicates)].sort((a, b) => a - b);
						expect(all).toEqual(Array.from({ length: items }, (_, at) => at));
					});
					// A frame that was in hand at two deaths of a recovery is dead-lettered undecoded, which is an account too.
					const letters = await allDeadLetters(log);
					const killed = new Set(letters.map((letter) => letter.frame.offset));
					expect(letters.every((letter) => letter.code === "decode.killed")).toBe(true);
					const read = sent.filter((_, at) => !killed.has(at)).flat();
					expect(await ledgerSum(log, "admit", "in")).toBe(read.length);
					expect(await ledgerSum(log, "admit", "appended")).toBe(records.length);
					const contents = new Set(read.map((i) => JSON.stringify(i)));
					expect(records.length).toBeGreaterThanOrEqual(contents.size);
				},
			),
			{ numRuns: 150 },
		);
	});
});
