import { describe, expect, it } from "vitest";
import { allReceipts, allRecords, frameOf, ledgerSum, reader, startIntake } from "../../test/intake-world.js";
import { auditLedger } from "../log/audit.js";
import type { Log } from "../log/log.js";
import { createMemoryLog } from "../log/memory-log.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import type { FrameReader } from "./interpret.js";

const NOW = 1_767_614_400_000;
const SINKS = [{ name: "rider", feeds: ["avl", "other"] }];
const S = 1000;

interface Item {
	readonly id: string;
	readonly at: number;
	readonly more?: object;
}

function vehicle(id: string, at: number, more: object = {}): Item {
	return { id, at, more };
}

/** A feed, and frames of it by the second. */
async function world(removeAfter = 1, log: Log = createMemoryLog({ partitions: 3 })) {
	const { runtime } = createVirtualRuntime({ startTime: NOW });
	const one = (feed: string): FrameReader => reader(feed, { sinks: ["rider"], removeAfter });
	const readers = new Map([
		["avl", [one("avl"), one("avl")]],
		["other", [one("other")]],
	]);
	const { intake, interpreted } = await startIntake(log, runtime, readers);
	const sweep = async (second: number, items: readonly Item[], more: object = {}) => {
		const {
			feed = "avl",
			upstream = 0,
			received = second,
			...decoded
		} = more as {
			feed?: string;
			upstream?: number;
			received?: number;
		};
		const observations = items.map(({ id, at, more: fields }) => ({
			kind: "vehicle_location",
			vehicleId: id,
			eventTime: NOW + at * S,
			latitude: 41.9,
			longitude: -87.6,
			...fields,
		}));
		const frame = { headerTime: NOW + second * S, complete: true, items: observations, ...decoded };
		await intake.receive(feed, upstream, [frameOf(frame, NOW + received * S)]);
		await intake.idle();
	};
	const restart = async () => {
		await intake.close();
		return await world(removeAfter, log);
	};
	const notes = () => interpreted.flatMap((frame) => frame.notes.map(({ message }) => message));
	return { log, intake, sweep, restart, notes };
}

async function told(log: Log): Promise<string[]> {
	return (await inOrder(log)).map((record) => {
		const what = record.body.removed === true ? "removed" : `${record.eventTime - NOW}`;
		return `${record.key.slice("metro:".length)} ${what}`;
	});
}

/** In the order of their frames. */
async function inOrder(log: Log): Promise<TransitRecord[]> {
	const records = await allRecords(log);
	return records.sort((a, b) => a.origin.offset - b.origin.offset || a.index - b.index);
}

async function isClean(log: Log): Promise<void> {
	const { findings } = await auditLedger(log, { sinks: SINKS });
	expect(findings.filter(({ account }) => !account.startsWith("sink:"))).toEqual([]);
}

const fleet = (count: number, at: number) =>
	Array.from({ length: count }, (_, n) => vehicle(`${100 + n}`, at));

describe("sweeps", () => {
	it("append one removal for a key that a complete frame lacks, at the frame's time, with nothing but its identity", async () => {
		const { log, sweep } = await world();
		await sweep(0, [vehicle("1", -5), vehicle("2", -4)]);
		await sweep(10, [vehicle("2", 6)]);
		await sweep(20, [vehicle("2", 16)]);
		const [removal, ...others] = (await allRecords(log)).filter(({ body }) => body.removed);
		expect(others).toEqual([]);
		expect(removal).toMatchObject({
			key: "metro:1",
			eventTime: NOW + 10 * S,
			revision: 0,
			flags: [],
			index: 1,
		});
		expect(removal?.body).toEqual({ kind: "vehicle_location", removed: true, vehicleId: "1" });
		expect(recordId(removal as TransitRecord)).toBe(`vehicle_location/metro:1/${NOW + 10 * S}/removed`);
		expect((await allReceipts(log)).map(({ items, removals }) => [items, removals])).toEqual([
			[2, undefined],
			[1, 1],
			[1, undefined],
		]);
		expect(await ledgerSum(log, "admit", "in")).toBe(5);
		expect(await ledgerSum(log, "admit", "appended")).toBe(5);
		expect(await ledgerSum(log, "sink:rider", "in")).toBe(5);
		await isClean(log);
	});

	it("wait for so many in a row as the feed says, and take a key that comes back as an ordinary record", async () => {
		const { log, sweep } = await world(2);
		const other = (at: number) => vehicle("2", at);
		await sweep(0, [vehicle("1", -5), other(-5)]);
		await sweep(10, [other(5)]);
		await sweep(20, [vehicle("1", -5), other(15)]);
		await sweep(30, [other(25)]);
		await sweep(40, [other(35)]);
		await sweep(50, [vehicle("1", -5), other(45)]);
		await sweep(60, [vehicle("1", -5), other(55)]);
		expect((await told(log)).filter((line) => line.startsWith("1 "))).toEqual([
			"1 -5000",
			"1 removed",
			"1 -5000",
		]);
		const [first, , back] = (await inOrder(log)).filter(({ key }) => key === "metro:1");
		expect([first?.revision, back?.revision, back?.flags]).toEqual([0, 1, []]);
		await isClean(log);
	});

	it("remove trips, alerts and labels too, each kind for itself", async () => {
		const { log, sweep } = await world();
		const base = { eventTime: NOW, vehicleId: undefined };
		const trip = { ...base, tripId: "T:1", serviceDate: "20260105" };
		const journey = {
			...base,
			gtfsRouteId: "8/N",
			directionId: 0,
			startTime: "08:00:00",
			serviceDate: "20260105",
		};
		const items = [
			vehicle("", 0, { ...trip, kind: "trip_update", stopTimeUpdates: [{ stopId: "a" }] }),
			vehicle("", 0, { ...journey, kind: "trip_update", stopTimeUpdates: [] }),
			vehicle("", 0, {
				...base,
				kind: "service_alert",
				alertId: "A",
				activePeriods: [],
				informedEntities: [],
			}),
			vehicle("", 0, { ...base, vehicleLabel: "Bus 7" }),
			vehicle("9", 0, { kind: "assignment", action: "logon" }),
		];
		const stay = ["trip_update", "service_alert", "vehicle_location"].map((kind) =>
			vehicle("stays", 0, {
				kind,
				alertId: "stays",
				activePeriods: [],
				informedEntities: [],
				stopTimeUpdates: [],
			}),
		);
		await sweep(0, [...items, ...stay]);
		await sweep(10, stay);
		const gone = (await allRecords(log))
			.filter(({ body }) => body.removed)
			.map(({ key, body }) => [key, body]);
		expect(gone).toHaveLength(4);
		expect(gone).toEqual(
			expect.arrayContaining([
				[
					"metro:20260105:T:1",
					{ kind: "trip_update", removed: true, tripId: "T:1", serviceDate: "20260105", stopTimeUpdates: [] },
				],
				[
					"metro:20260105:8/N/0/08:00:00",
					{
						kind: "trip_update",
						removed: true,
						gtfsRouteId: "8/N",
						directionId: 0,
						startTime: "08:00:00",
						serviceDate: "20260105",
						stopTimeUpdates: [],
					},
				],
				[
					"metro:A",
					{ kind: "service_alert", removed: true, alertId: "A", activePeriods: [], informedEntities: [] },
				],
				["metro:label:Bus 7", { kind: "vehicle_location", removed: true, vehicleLabel: "Bus 7" }],
			]),
		);
		await isClean(log);
	});

	it("remove nothing when they are incomplete, failed in part, frozen or late, or when the feed wants none", async () => {
		const { log, sweep } = await world();
		const both = [vehicle("1", -5), vehicle("2", -5)];
		await sweep(0, both);
		await sweep(10, [vehicle("2", 5)], { complete: false });
		await sweep(11, [vehicle("2", 6)], { failure: { code: "upstream.error", message: "one route failed" } });
		await sweep(0, [vehicle("2", 7)], { received: 12 });
		await sweep(-30, [vehicle("2", -31)], { received: 13 });
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual([]);
		const off = await world(0);
		await off.sweep(0, both);
		await off.sweep(10, [vehicle("2", 5)]);
		await off.sweep(20, [vehicle("2", 15)]);
		expect((await told(off.log)).filter((line) => line.endsWith("removed"))).toEqual([]);
	});

	it("do not believe that most of the fleet has gone before three in a row over two minutes say so", async () => {
		const { log, sweep, notes } = await world();
		await sweep(0, fleet(20, 0));
		await sweep(30, []);
		await sweep(60, fleet(9, 60));
		expect(notes()).toEqual([expect.stringContaining("lacks 20 of 20 vehicle_location keys")]);
		await sweep(90, fleet(20, 90));
		expect(notes().at(-1)).toContain("list most vehicle_location keys again");
		const newcomers = (at: number) => Array.from({ length: 30 }, (_, n) => vehicle(`new ${n}`, at));
		await sweep(100, [...fleet(9, 100), ...newcomers(100)]);
		for (const second of [130, 160, 190]) await sweep(second, fleet(9, second));
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual([]);
		await sweep(220, fleet(9, 220));
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toHaveLength(41);
		expect(notes().at(-1)).toContain("5 complete messages in a row, over 120 s, lack 41 of 50");
		await isClean(log);
	});

	it("doubt one empty answer of the smallest fleet, and say nothing of a kind that a frame is not about", async () => {
		const { log, sweep, notes } = await world();
		const trip = (at: number) => vehicle("T", at, { kind: "trip_update", stopTimeUpdates: [] });
		for (let at = 0; at < 600; at += 60) {
			await sweep(at, [vehicle("1", at)]);
			await sweep(at + 30, [trip(at + 30)]);
		}
		expect(notes()).toEqual([]);
		await sweep(1000, []);
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual([]);
		expect(notes()).toHaveLength(2);
		await sweep(1060, []);
		await sweep(1120, []);
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual(["1 removed", "T removed"]);
	});

	it("remove only what the same upstream of the same feed reported last", async () => {
		const { log, sweep } = await world();
		const shared = (at: number) => vehicle("1", at);
		const own = (id: string, at: number) => vehicle(id, at);
		await sweep(0, [shared(0), own("a", 0)]);
		await sweep(5, [shared(4), own("b", 4)], { upstream: 1 });
		await sweep(10, [own("a", 9)]);
		await sweep(15, [shared(14), own("c", 14)], { feed: "other" });
		await sweep(20, [own("b", 19)], { upstream: 1 });
		await sweep(30, [own("a", 29)]);
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual([]);
		await sweep(40, [own("c", 39)], { feed: "other" });
		expect((await told(log)).filter((line) => line.endsWith("removed"))).toEqual(["1 removed"]);
		await isClean(log);
	});

	it("are recounted by the audit: a removal too few or too many is found", async () => {
		for (const claimed of [0, 2]) {
			const log = createMemoryLog({
				partitions: 3,
				beforeCommit: ({ append = [] }) => {
					for (const pack of append) {
						if (pack.topic !== "receipts") continue;
						const body = String(pack.body).replace('"removals":1', `"removals":${claimed}`);
						Object.assign(pack, { body });
					}
				},
			});
			const { sweep } = await world(1, log);
			await sweep(0, [vehicle("1", 0), vehicle("2", 0)]);
			await sweep(10, [vehicle("2", 10)]);
			const { findings } = await auditLedger(log, { sinks: [] });
			const found = findings.map(({ item, message }) => `${item} ${message}`).join("; ");
			expect(found).toContain(claimed === 0 ? "item 1 of frame" : "item 2 of frame");
			expect(found).toContain("the posting in says 4");
		}
	});

	it("are remembered over a restart: who is there, who was missing once, and how long a doubt lasts", async () => {
		let now = await world(2);
		await now.sweep(0, [...fleet(20, 0), vehicle("1", 0)]);
		await now.sweep(30, fleet(20, 30));
		now = await now.restart();
		await now.sweep(0, [vehicle("100", 0)], { received: 50 });
		await now.sweep(60, fleet(20, 60));
		expect((await told(now.log)).filter((line) => line.endsWith("removed"))).toEqual(["1 removed"]);
		for (const second of [90, 150, 210]) {
			expect((await told(now.log)).filter((line) => line.endsWith("removed"))).toHaveLength(1);
			now = await now.restart();
			await now.sweep(second, fleet(5, second));
		}
		expect((await told(now.log)).filter((line) => line.endsWith("removed"))).toHaveLength(16);
		now = await now.restart();
		await now.sweep(240, [...fleet(5, 240), vehicle("1", 0)]);
		expect((await told(now.log)).at(-1)).toBe("1 0");
		await isClean(now.log);
	});
});
