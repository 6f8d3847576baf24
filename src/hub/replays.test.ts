import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { transient } from "../../test/delivery-world.js";
import { fleet, ReplayWorld } from "../../test/replay-world.js";
import { balanceLedger } from "../log/audit.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import type { Replays } from "./replays.js";

const ALL = { kind: "replay", filter: {}, all: true } as const;

describe("replaying what a sink refused", () => {
	it("delivers it late and marked once the destination is mended, and moves it in the ledger", async () => {
		const world = new ReplayWorld({}, 3);
		world.bad.add("1");
		const replays = await world.start();
		await world.append(fleet(["0", "1", "2"]));
		await world.time.advance(60_000);
		expect(await world.letters()).toBe("4 open, 0 replayed, 0 dropped, 0 tries");
		world.bad.clear();
		expect(await replays.preview(ALL)).toMatchObject({
			total: 4,
			sentence: "4 dead letters of 1 cause would be replayed.",
		});
		const job = await replays.begin({ ...ALL, name: "mended", reason: "the partner has mended it" });
		expect(job).toMatchObject({ name: "mended", state: "running", total: 4 });
		await world.time.advance(60_000);
		expect(await replays.list()).toMatchObject([
			{
				state: "done",
				counts: { replayed: 4, failed: 0 },
				sentence: expect.stringContaining("Done: 4 of 4"),
			},
		]);
		expect(await world.letters()).toBe("0 open, 4 replayed, 0 dropped, 0 tries");
		expect(await world.account()).toEqual({
			in: 12,
			delivered: 8,
			replayed: 4,
			pending: 0,
		});
		const late = world.seen.filter(({ flags }) => flags.includes("replayed"));
		expect(late.map(({ eventTime }) => eventTime)).toEqual([1, 4, 7, 10].map((i) => NOON + i));
		expect(late.every(({ flags }) => flags.includes("late"))).toBe(true);
		expect((await balanceLedger(world.log)).balanced).toBe(true);
		await world.stop();
	});

	it("counts what fails again once, leaves it open, and does not go round", async () => {
		const world = new ReplayWorld();
		world.bad.add("1").add("2");
		const replays = await world.start();
		await world.append(fleet(["0", "1", "2"]));
		await world.time.advance(60_000);
		world.bad.delete("1");
		await replays.begin(ALL);
		await world.time.advance(3_600_000);
		expect(await replays.list()).toMatchObject([{ state: "done", counts: { replayed: 4, failed: 4 } }]);
		expect(await world.letters()).toBe("4 open, 4 replayed, 0 dropped, 4 tries");
		expect(world.told.at(-1)).toContain("Done: 8 of 8 letters: 4 replayed, 4 failed again");
		await world.stop();
	});

	it("order strict: delivers a parked key in its order, releases it, and then lets it flow", async () => {
		const world = new ReplayWorld({ order: "strict" });
		world.bad.add("1");
		const replays = await world.start();
		await world.append(fleet(["0", "1", "2"]));
		await world.time.advance(60_000);
		world.bad.clear();
		// Parked still: it comes behind its own dead letters.
		await world.append(fleet(["1"], 100, 3));
		await world.time.advance(60_000);
		expect(await world.letters()).toBe("7 open, 0 replayed, 0 dropped, 0 tries");
		await replays.begin({ ...ALL, ratePerS: 1 });
		await world.time.advance(2_000);
		await world.append(fleet(["1"], 200, 3));
		await world.time.advance(120_000);
		await world.append(fleet(["1"], 300, 3));
		await world.time.advance(60_000);
		expect(await replays.list()).toMatchObject([{ state: "done" }]);
		const times = world.seen.filter(({ key }) => key === "metro:1").map(({ eventTime }) => eventTime - NOON);
		expect(times).toEqual([1, 4, 7, 10, 100, 101, 102, 200, 201, 202, 300, 301, 302]);
		expect((await world.account())["delivered"]).toBe(8 + 3);
		await world.stop();
	});

	it("order strict: what stands behind a letter that fails again waits, and dropping it releases the key", async () => {
		const world = new ReplayWorld({ order: "strict" });
		world.bad.add("1");
		const replays = await world.start();
		await world.append(fleet(["0", "1"], 0, 6));
		await world.time.advance(60_000);
		await replays.begin(ALL);
		await world.time.advance(60_000);
		expect(await world.letters()).toBe("3 open, 0 replayed, 0 dropped, 3 tries");
		await replays.begin({ kind: "drop", filter: { sink: "archive" } });
		await world.time.advance(60_000);
		world.bad.clear();
		await world.append(fleet(["1"], 100, 2));
		await world.time.advance(60_000);
		expect(world.seen.filter(({ key }) => key === "metro:1")).toHaveLength(2);
		await world.stop();
	});

	it("on trial: sends one letter, and the rest only if that is taken; else nobody hears of it", async () => {
		const world = new ReplayWorld({}, 3);
		world.bad.add("1").add("2");
		const replays = await world.start();
		await world.append(fleet(["0", "1", "2"], 0, 60));
		await world.time.advance(60_000);
		const sent = () => world.destination_.sent.length;
		const before = sent();
		const trial = { kind: "replay", filter: { sink: "archive" }, trial: true } as const;
		await replays.begin(trial);
		await world.time.advance(60_000);
		expect(sent()).toBe(before + 1);
		expect(await replays.list()).toEqual([]);
		expect(await world.letters()).toBe("40 open, 0 replayed, 0 dropped, 1 tries");
		expect(world.told).toEqual([]);
		world.bad.clear();
		await replays.begin(trial);
		await world.time.advance(60_000);
		expect(await replays.list()).toMatchObject([{ state: "done", counts: { replayed: 40 } }]);
		expect(world.told).toHaveLength(2);
		expect((await balanceLedger(world.log)).balanced).toBe(true);
		await world.stop();
	});

	it("order strict: sends nothing ahead of an older letter of its key that the filter leaves out", async () => {
		const world = new ReplayWorld({ order: "strict" });
		world.bad.add("1").add("2");
		const replays = await world.start();
		await world.append(fleet(["0", "1"], 0, 4));
		await world.time.advance(60_000);
		const fromTime = world.now;
		await world.append(fleet(["1", "2"], 100, 4));
		await world.time.advance(60_000);
		world.bad.clear();
		const parked = (await world.log.letterIssues()).find(({ pattern }) => /behind/.test(pattern));
		for (const filter of [{ fromTime }, { issue: parked?.id as string }]) {
			await replays.begin({ kind: "replay", filter });
			await world.time.advance(60_000);
		}
		const times = (key: string) =>
			world.seen.filter((record) => record.key === key).map(({ eventTime }) => eventTime - NOON);
		expect([times("metro:1"), times("metro:2")]).toEqual([[], [101, 103]]);
		expect((await replays.list())[0]?.sentence).toContain(
			"2 replayed, 0 failed again, 0 dropped, 2 left as they are",
		);
		await replays.begin(ALL);
		await world.time.advance(60_000);
		expect(times("metro:1")).toEqual([1, 3, 100, 102]);
		await world.append(fleet(["1"], 300, 1));
		await world.time.advance(60_000);
		expect(times("metro:1").at(-1)).toBe(300);
		await world.stop();
	});

	it("mode latest: gives up what riders of that partner have no use for any more", async () => {
		const world = new ReplayWorld({ mode: "latest", maxAgeMs: 90_000 });
		world.bad.add("1");
		const replays = await world.start();
		await world.append([sampleRecord({ vehicle: "1", eventTime: NOON })]);
		await world.time.advance(200_000);
		world.bad.clear();
		await replays.begin(ALL);
		await world.time.advance(10_000);
		expect(await world.letters()).toBe("0 open, 0 replayed, 1 dropped, 0 tries");
		expect(world.seen).toEqual([]);
		await world.stop();
	});

	it("waits for a sink that is down, goes on when it is back, and can be paused and cancelled meanwhile", async () => {
		const world = new ReplayWorld();
		world.bad.add("1");
		const replays = await world.start();
		await world.append(fleet(["1"]));
		await world.time.advance(60_000);
		world.bad.clear();
		world.destination_.answer = () => transient();
		await replays.begin({ ...ALL, name: "one" });
		await world.time.advance(30_000);
		expect(await replays.list()).toMatchObject([{ state: "running", counts: { replayed: 0 } }]);
		expect(await replays.act("pause", "one")).toMatchObject({ state: "paused" });
		await world.time.advance(30_000);
		expect(await replays.act("resume", "one")).toMatchObject({ state: "running" });
		await world.time.advance(30_000);
		expect(await replays.act("cancel", "one")).toMatchObject({ state: "cancelled" });
		await expect(replays.act("resume", "one")).rejects.toMatchObject({ code: "request.conflict" });
		world.destination_.answer = (batch) => world.judge(batch);
		await replays.begin({ ...ALL, name: "two" });
		await world.time.advance(600_000);
		expect(await world.letters()).toBe("0 open, 12 replayed, 0 dropped, 0 tries");
		expect(new Set(world.destination_.effects).size).toBe(world.destination_.effects.length);
		await world.stop();
	});

	it("reads the records that it sends, and not what follows them: live records wait for each reading", async () => {
		const world = new ReplayWorld();
		world.bad.add("1");
		const replays = await world.start();
		await world.append(fleet(["1"], 0, 30));
		await world.append(fleet(["2"], 30, 500));
		await world.time.advance(60_000);
		world.bad.clear();
		const read = vi.spyOn(world.log, "read");
		await replays.begin({ ...ALL, ratePerS: 10 });
		await world.time.advance(60_000);
		expect(await world.letters()).toBe("0 open, 30 replayed, 0 dropped, 0 tries");
		const asked = read.mock.calls.flatMap(([{ topic, offset }, { entriesMax }]) =>
			topic === "records" ? [[offset, entriesMax]] : [],
		);
		expect(asked).toEqual([
			[0, 10],
			[10, 10],
			[20, 10],
		]);
		await world.stop();
	});

	it("keeps below its rate, and holds on to nothing of the runs that are over", async () => {
		const world = new ReplayWorld();
		world.bad.add("1");
		const replays = await world.start();
		let listeners = 0;
		const { subscription } = world;
		const redeliver = subscription?.redeliver?.bind(subscription);
		if (subscription)
			subscription.redeliver = async (partition, request) => {
				listeners = Math.max(listeners, getEventListeners(request.signal, "abort").length);
				await redeliver?.(partition, request);
			};
		await world.append(fleet(["1"], 0, 500));
		await world.time.advance(60_000);
		world.bad.clear();
		await replays.begin({ ...ALL, ratePerS: 10 });
		for (let second = 1; second <= 20; second++) {
			await world.time.advance(1000);
			const [job] = await replays.list();
			expect(job?.state).toBe("running");
			expect(job?.counts.replayed).toBeLessThanOrEqual(10 * (second + 1));
			expect(job?.counts.replayed).toBeGreaterThanOrEqual(10 * (second - 2));
		}
		await world.time.advance(60_000);
		expect(await replays.list()).toMatchObject([{ state: "done", counts: { replayed: 500 } }]);
		expect(listeners).toBeLessThan(3);
		await world.stop();
	});
});

describe("orders that make no sense", () => {
	it("are refused in a sentence: all without saying so, nothing that fits, two at once, unknown names", async () => {
		const world = new ReplayWorld();
		world.bad.add("1");
		const replays = await world.start();
		await expect(replays.begin({ kind: "replay", filter: {}, all: true })).rejects.toMatchObject({
			code: "request.invalid",
			message: "No open dead letter fits. Nothing was started.",
		});
		await world.append(fleet(["1"]));
		await world.time.advance(60_000);
		const refused = async (order: Parameters<Replays["begin"]>[0]) =>
			((await replays.begin(order).catch((thrown: unknown) => thrown)) as Error).message;
		expect(await refused({ kind: "replay", filter: {} })).toContain("This means every dead letter there is");
		expect(await refused({ kind: "replay", filter: { key: "metro:7" } })).toContain(
			"No open dead letter fits",
		);
		expect(await refused({ kind: "replay", filter: { issue: "ffffff" } })).toContain(
			'There is no issue "ffffff"',
		);
		expect(await refused({ ...ALL, ratePerS: 0 })).toContain("The rate is 0");
		expect(await refused({ ...ALL, name: "../x" })).toContain("is none");
		expect(await refused({ ...ALL, filter: { fromTime: 5, toTime: 5 } })).toContain("ends before it begins");
		world.destination_.answer = () => transient();
		const [first, second] = await Promise.allSettled([
			replays.begin({ ...ALL, name: "a" }),
			replays.begin({ ...ALL, name: "b" }),
		]);
		expect(first.status).toBe("fulfilled");
		expect(second).toMatchObject({
			reason: { code: "request.conflict", message: expect.stringContaining("a is running") },
		});
		await expect(replays.act("cancel", "nobody")).rejects.toMatchObject({
			message: 'There is no job "nobody". There are: a.',
		});
		await world.stop();
	});
});

describe("a replay under crashes", () => {
	it.each(["marked", "strict"] as const)(
		"order %s: each letter takes effect once, in order, whatever commit kills the process",
		async (order) => {
			await fc.assert(
				fc.asyncProperty(
					fc.array(fc.record({ commits: fc.integer({ min: 1, max: 6 }), isAfter: fc.boolean() }), {
						maxLength: 5,
					}),
					fc.integer({ min: 1, max: 30 }),
					async (deaths, count) => {
						const world = new ReplayWorld({ order, batch: { count: 3, bytes: 1e6, everyMs: 100 } }, 2);
						world.bad.add("1").add("2");
						await world.start();
						await world.append(fleet(["0", "1", "2"], 0, count + 3));
						await world.time.advance(60_000);
						world.bad.clear();
						await world.replays?.begin({ ...ALL, ratePerS: 1000 });
						for (const { commits, isAfter } of deaths) {
							let left = commits;
							const die = () => {
								if (--left <= 0) throw new Error("the process is dead");
							};
							if (isAfter) world.afterCommit = die;
							else world.beforeCommit = die;
							await world.time.advance(1500);
							await world.restart();
						}
						await world.time.advance(300_000);
						expect(await world.letters()).toMatch(/^0 open, \d+ replayed, 0 dropped, 0 tries$/);
						const { effects } = world.destination_;
						expect(new Set(effects).size).toBe(count + 3);
						expect(effects).toHaveLength(count + 3);
						if (order === "strict") {
							for (const vehicle of ["1", "2"]) {
								const times = effects
									.filter((id) => id.includes(`metro:${vehicle}/`))
									.map((id) => Number(id.split("/").at(-1)));
								expect(times).toEqual([...times].sort((a, b) => a - b));
							}
						}
						expect(await world.imbalance()).toBe(0);
						expect((await balanceLedger(world.log)).balanced).toBe(true);
						await world.stop();
					},
				),
				{ numRuns: 40, seed: 20_261_125 },
			);
		},
	);
});
