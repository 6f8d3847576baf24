import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUpstream } from "../resilience/index.js";
import { localDayAt } from "../schedule/local-day.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { Quota, type QuotaRules } from "./quota.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CHICAGO = "America/Chicago";
/** Midnight in Chicago that begins 2026-01-05. */
const MIDNIGHT = Date.UTC(2026, 0, 5, 6);

function world(rules: Partial<QuotaRules> = {}, startTime = MIDNIGHT) {
	const virtual = createVirtualRuntime({ startTime });
	const { clock } = virtual.runtime;
	const events: { level: string; message: string }[] = [];
	const store = { text: undefined as string | undefined, fails: false, saves: 0 };
	const create = () => {
		const quota = new Quota(
			{ name: "key", limit: 1000, timezone: CHICAGO, reserveShare: 0.1, ...rules },
			{
				clock,
				save: async (text) => {
					if (store.fails) throw new Error("the disk is full");
					store.saves++;
					store.text = text;
				},
				onEvent: (level, message) => events.push({ level, message }),
			},
		);
		if (store.text !== undefined) expect(quota.restore(store.text)).toBe(true);
		return quota;
	};
	/** Takes one when that is possible at this very moment. */
	const tryTake = async (quota: Quota): Promise<boolean> => {
		for (let look = 0; look < 2; look++) {
			const now = clock.monotonic();
			if (quota.readyAt(now) <= now) {
				quota.take(now);
				await virtual.settle();
				return true;
			}
			// The first look of a lease asks the store.
			await virtual.settle();
		}
		return false;
	};
	return { ...virtual, clock, events, store, create, tryTake };
}

describe("a quota", () => {
	it("stretches what is left over what is left of the day, instead of ending at noon", async () => {
		const { create, tryTake, advance } = world();
		const quota = create();
		const byHour: number[] = [];
		for (let hour = 0; hour < 24; hour++) {
			let taken = 0;
			// Ten times what the day can bear.
			for (let at = 0; at < 420; at++) {
				if (await tryTake(quota)) taken++;
				await advance(HOUR / 420);
			}
			byHour.push(taken);
		}
		expect(byHour.reduce((sum, taken) => sum + taken)).toBe(1000);
		// 900 of them over 24 hours, then what was kept in the last two as well.
		for (const taken of byHour.slice(0, 22)) {
			expect(taken).toBeGreaterThanOrEqual(36);
			expect(taken).toBeLessThanOrEqual(40);
		}
		for (const taken of byHour.slice(22)) expect(taken).toBeGreaterThan(80);
		// And with midnight the next day begins.
		await advance(1_000);
		expect(quota.status()).toMatchObject({
			used: 0,
			limit: 1000,
			reserve: 100,
			resetTime: MIDNIGHT + 48 * HOUR,
		});
		expect(await tryTake(quota)).toBe(true);
	});

	it.each([
		["forward, a day of 23 hours", Date.UTC(2026, 2, 8, 6), 23],
		["back, a day of 25 hours", Date.UTC(2026, 10, 1, 5), 25],
	])(
		"ends its day at local midnight, and keeps its reserve for the two hours before, when clocks go %s",
		async (_, midnight, hours) => {
			const { create, tryTake, advance, clock, settle } = world({ limit: 200, reserveShare: 0.1 }, midnight);
			let quota = create();
			const byHour: number[] = [];
			for (let hour = 0; hour < hours + 24; hour++) {
				expect(quota.status().resetTime - clock.now()).toBe(
					(hour < hours ? hours - hour : hours + 24 - hour) * HOUR,
				);
				let taken = 0;
				for (let at = 0; at < 60; at++) {
					if (await tryTake(quota)) taken++;
					// Without a clean end, so that both reserve and reset are those of the store.
					if (at === 30 && hour % 6 === 5) {
						await settle();
						quota = create();
					}
					await advance(MINUTE);
				}
				byHour.push(taken);
			}
			for (const day of [byHour.slice(0, hours), byHour.slice(hours)]) {
				const sum = day.reduce((all, taken) => all + taken);
				// Each of the four ends without a word may cost what was written ahead, which is one request.
				expect(sum).toBeGreaterThanOrEqual(196);
				expect(sum).toBeLessThanOrEqual(200);
				const before = day.slice(0, -2).reduce((all, taken) => all + taken);
				expect(before).toBeLessThanOrEqual(180);
				expect(sum - before).toBeGreaterThanOrEqual(20);
			}
		},
	);

	it("that is used up at noon says so, opens for its reserve two hours before midnight, and is whole after it", async () => {
		const { create, tryTake, advance, clock, store } = world(
			{ limit: 50, reserveShare: 0.2 },
			MIDNIGHT + 12 * HOUR,
		);
		store.text = JSON.stringify({ v: 1, day: localDayAt(MIDNIGHT, CHICAGO).index, used: 40 });
		const quota = create();
		expect(quota.refusal()?.message).toContain("all but the 10 kept for the end of the day are used");
		const now = clock.monotonic();
		expect(quota.readyAt(now)).toBe(now + 10 * HOUR);
		await advance(10 * HOUR);
		expect(quota.refusal()).toBeUndefined();
		let taken = 0;
		for (let minute = 0; minute < 120; minute++) {
			if (await tryTake(quota)) taken++;
			await advance(MINUTE);
		}
		expect(taken).toBe(10);
		expect(quota.status()).toMatchObject({ used: 0, resetTime: MIDNIGHT + 48 * HOUR });
		expect(await tryTake(quota)).toBe(true);
	});

	it("is never exceeded between two local midnights, whatever the clock, the store and the process do", async () => {
		const step = fc.oneof(
			fc.record({ take: fc.integer({ min: 1, max: 60 }) }),
			fc.record({ wait: fc.integer({ min: 1, max: 9 * HOUR }) }),
			fc.record({ crash: fc.constant(true) }),
			fc.record({ stop: fc.constant(true) }),
			fc.record({ storeFails: fc.boolean() }),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.array(step, { maxLength: 60 }),
				fc.integer({ min: 1, max: 40 }),
				fc.constantFrom(CHICAGO, "UTC", "Asia/Kolkata"),
				async (steps, limit, timezone) => {
					const { create, tryTake, advance, store, clock, settle } = world({ limit, timezone });
					const sent = new Map<number, number>();
					let quota = create();
					for (const one of steps) {
						if ("take" in one) {
							for (let at = 0; at < one.take; at++) {
								const { index } = localDayAt(clock.now(), timezone);
								if (await tryTake(quota)) sent.set(index, (sent.get(index) ?? 0) + 1);
							}
						} else if ("wait" in one) await advance(one.wait);
						else if ("storeFails" in one) store.fails = one.storeFails;
						else {
							if ("stop" in one) await quota.flush();
							await settle();
							quota = create();
						}
					}
					for (const taken of sent.values()) expect(taken).toBeLessThanOrEqual(limit);
				},
			),
			{ numRuns: 200 },
		);
	});

	it("counts exactly over a clean restart, and after a crash at the most a lease too many", async () => {
		const { create, tryTake, advance } = world({ limit: 10_000 });
		const first = create();
		for (let at = 0; at < 7; at++) {
			expect(await tryTake(first)).toBe(true);
			await advance(10_000);
		}
		await first.flush();
		const second = create();
		expect(second.status().used).toBe(7);
		expect(await tryTake(second)).toBe(true);
		expect(create().status().used).toBeGreaterThanOrEqual(8);
		expect(create().status().used).toBeLessThanOrEqual(8 + 20);
	});

	it("writes down a small share of its requests", async () => {
		const { create, tryTake, advance, store } = world({ limit: 10_000 });
		const quota = create();
		for (let at = 0; at < 400; at++) {
			await tryTake(quota);
			await advance(10_000);
		}
		expect(quota.status().used).toBe(400);
		expect(store.saves).toBeLessThanOrEqual(45);
	});

	it("sends nothing that it cannot write down first, and goes on when it can", async () => {
		const { create, tryTake, advance, store, events } = world({ limit: 500 });
		const quota = create();
		store.fails = true;
		expect(await tryTake(quota)).toBe(false);
		await advance(5_000);
		expect(await tryTake(quota)).toBe(false);
		expect(events[0]).toMatchObject({ level: "warn", message: expect.stringContaining("the disk is full") });
		store.fails = false;
		await advance(5_000);
		expect(await tryTake(quota)).toBe(true);
	});

	it.each([
		["23 hours", Date.UTC(2026, 2, 8, 6), 23],
		["25 hours", Date.UTC(2026, 10, 1, 5), 25],
	])("knows that a day of a daylight-saving change has %s", (_, midnight, hours) => {
		const quota = world({}, midnight + 3 * HOUR).create();
		expect(quota.status().resetTime).toBe(midnight + hours * HOUR);
	});

	it("gives nothing back when the wall clock jumps back", async () => {
		const { create, tryTake, jumpWallClock, advance } = world(
			{ limit: 20, reserveShare: 0 },
			MIDNIGHT + 23 * HOUR,
		);
		const quota = create();
		for (let at = 0; at < 5; at++) {
			expect(await tryTake(quota)).toBe(true);
			await advance(5 * MINUTE);
		}
		jumpWallClock(-10 * HOUR);
		expect(quota.status().used).toBe(5);
		jumpWallClock(-20 * HOUR);
		expect(quota.status().used).toBe(5);
		jumpWallClock(-20 * HOUR);
		expect(quota.status()).toMatchObject({ used: 5, resetTime: MIDNIGHT - 24 * HOUR });
	});

	it("warns once a day, at four fifths", async () => {
		const { create, tryTake, advance, events } = world({ limit: 10, reserveShare: 0 });
		const quota = create();
		for (let hour = 0; hour < 48; hour++) {
			for (let at = 0; at < 4; at++) {
				await tryTake(quota);
				await advance(15 * MINUTE);
			}
		}
		expect(events).toHaveLength(2);
		expect(events[0]?.message).toMatch(
			/^8 of 10 requests of quota key are used, [\d.]+ h before it starts anew$/,
		);
	});

	it("believes upstream that its limit is reached, until midnight, over a restart, and says so once", async () => {
		const { create, tryTake, advance, events, clock, settle } = world({}, MIDNIGHT + 12 * HOUR);
		const quota = create();
		expect(await tryTake(quota)).toBe(true);
		quota.refuse();
		quota.refuse();
		await settle();
		expect(events).toMatchObject([
			{ level: "error", message: expect.stringContaining("1 of 1000 were counted") },
		]);
		expect(quota.refusal()).toMatchObject({ code: "upstream.quota" });
		const again = create();
		expect(again.status().closedUntil).toBe(MIDNIGHT + 24 * HOUR);
		const now = clock.monotonic();
		expect(again.readyAt(now)).toBe(now + 12 * HOUR);
		await advance(12 * HOUR);
		expect(again.status().closedUntil).toBeUndefined();
		expect(await tryTake(again)).toBe(true);
	});

	it("does not lose a day to upstream's clock: a refusal soon after midnight is tried again in a quarter of an hour", async () => {
		const { create, advance } = world({}, MIDNIGHT + 2 * MINUTE);
		const quota = create();
		quota.refuse();
		expect(quota.status().closedUntil).toBe(MIDNIGHT + 17 * MINUTE);
		await advance(HOUR);
		quota.refuse();
		expect(quota.status().closedUntil).toBe(MIDNIGHT + 24 * HOUR);
	});

	it.each([
		"",
		"{",
		"null",
		"[]",
		'{"v":2}',
		'{"v":1,"day":-1,"used":0}',
		'{"v":1,"day":1e300,"used":0}',
		'{"v":1,"day":1,"used":"0"}',
	])("does not take over what it did not write: %j", (text) => {
		expect(world().create().restore(text)).toBe(false);
	});

	it("is shared by upstreams that wait for it at one time, without one request too many", async () => {
		const { create, runtime, advance } = world({ limit: 24, reserveShare: 0 });
		const shared = create();
		const sent: string[] = [];
		const upstreams = ["positions", "trips", "discovery"].map((name) =>
			createUpstream(name, { budget: { shared }, timeout: { jobMs: 6 * HOUR } }, runtime),
		);
		const all = Promise.all(
			upstreams.flatMap((upstream) =>
				Array.from({ length: 10 }, (_, at) =>
					upstream.syncJob(`${at}`, async () => sent.push(upstream.name)),
				),
			),
		);
		await advance(6 * HOUR);
		// An hour's worth per hour, and what may come ahead of it.
		expect(sent.length).toBeGreaterThanOrEqual(6);
		expect(sent.length).toBeLessThanOrEqual(9);
		expect(shared.status().used).toBe(sent.length);
		await advance(HOUR);
		const results = await all;
		expect(results.filter(({ state }) => state !== "fresh").length).toBe(30 - sent.length);
		expect(results.some((result) => result.state !== "fresh" && result.reason === "deadline")).toBe(true);
	});
});
