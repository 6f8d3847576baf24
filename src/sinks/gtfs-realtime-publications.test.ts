import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { received, record, removal, START, world } from "../../test/rider-feed-world.js";
import { NEVER_FORCED, validateFeed } from "../../test/validator/feed.js";
import { bodyOf, get } from "../../test/validator/publish.js";
import type { Flag, VehicleLocation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";

describe("publications", () => {
	it("are new on the timer although nothing has changed", async () => {
		const { publish, feed, virtual } = world();
		publish();
		await virtual.advance(15_000);
		publish();
		expect((await feed()).header.timestamp).toBe(START / 1000 + 15);
	});

	it("stay the same within one second when nothing has changed", async () => {
		const { publish, sink, virtual } = world();
		publish();
		const before = (await get(sink, ".pb")).headers?.["etag"];
		await virtual.advance(500);
		publish();
		expect((await get(sink, ".pb")).headers?.["etag"]).toBe(before);
	});

	it("give other content another header time, also within one second", async () => {
		const { apply, publish, feed } = world();
		publish();
		apply(record(START));
		publish();
		expect((await feed()).header.timestamp).toBe(START / 1000 + 1);
	});

	it("become visible when they are revealed, and never go back", async () => {
		const { sink, apply, clock, feed, virtual } = world();
		const settle = () => undefined;
		apply(record(START));
		const first = sink.publish(clock.now(), settle);
		expect((await feed()).entity).toEqual([]);
		await virtual.advance(2000);
		const second = sink.publish(clock.now(), settle);
		second.reveal();
		first.reveal();
		expect((await feed()).header.timestamp).toBe(START / 1000 + 2);
	});

	it("never take the header time back: not after a restart, not when the clock is set back", async () => {
		const before = world();
		before.apply(record(START));
		const state = before.publish();
		expect(JSON.parse(state)).toEqual({ headerTime: START / 1000, heard: { avl: START } });

		const after = world({}, START - 5000);
		after.sink.restore(state);
		const empty = (await after.feed()).header.timestamp ?? 0;
		expect(empty).toBeGreaterThan(START / 1000);
		after.publish();
		expect((await after.feed()).header.timestamp).toBeGreaterThan(empty);
		after.sink.restore("not JSON");
		after.sink.restore(undefined);
		after.publish();
		expect((await after.feed()).header.timestamp).toBeGreaterThan(empty);
	});

	it("do not settle again what was settled before a restart", async () => {
		const { sink, publish, feed, settled, apply } = world();
		sink.apply([record(START - 2000), record(START - 1000), record(START, {}, { flags: ["future"] })], true);
		publish();
		expect((await feed()).entity).toHaveLength(1);
		expect(settled).toEqual([]);
		apply(record(START));
		publish();
		expect(settled).toHaveLength(1);
	});

	it("are compressed and conditional over HTTP", async () => {
		const { sink, apply, publish } = world();
		apply(...Array.from({ length: 20 }, (_, i) => record(START, { vehicleId: String(i) })));
		publish();
		const plain = await get(sink, ".pb");
		const packed = await get(sink, ".pb", { "accept-encoding": "gzip" });
		expect(gunzipSync(packed.body as Uint8Array)).toEqual(Buffer.from(plain.body as Uint8Array));
		expect(plain.headers).toMatchObject({
			"content-type": "application/x-protobuf",
			"cache-control": "public, max-age=5, stale-while-revalidate=10, stale-if-error=60",
			"last-modified": "Mon, 05 Jan 2026 12:00:00 GMT",
		});
		const known = await get(sink, ".pb", { "if-none-match": plain.headers?.["etag"] ?? "" });
		expect(known.status).toBe(304);
		const since = await get(sink, ".json", { "if-modified-since": plain.headers?.["last-modified"] ?? "" });
		expect(since.status).toBe(304);
	});
});

describe("whatever comes", () => {
	const time = fc.integer({ min: START - 400_000, max: START + 400_000 });
	const number = fc.oneof(fc.double(), fc.constantFrom(0, -1, 91, 181, 360, 1e12));
	const text = fc.oneof(
		fc.string({ minLength: 1, maxLength: 6 }),
		fc.constantFrom("7", "8", "20260105", "25:00:00"),
	);
	const body = fc.record(
		{
			vehicleId: fc.constantFrom("1", "2", "3"),
			tripId: text,
			gtfsRouteId: text,
			serviceDate: text,
			startTime: text,
			latitude: number,
			longitude: number,
			headingDeg: number,
			speedMps: number,
			odometerM: number,
			currentStopSequence: number,
			occupancyPercentage: number,
		},
		{ requiredKeys: ["vehicleId"] },
	);
	const flags = fc.subarray<Flag>([
		"future",
		"late",
		"time_from_header",
		"time_from_receipt",
		"fix_not_valid",
	]);
	const step = fc.oneof(
		fc.record({ eventTime: time, body, flags, aheadMs: fc.integer({ min: -90_000, max: 300_000 }) }),
		fc.record({ removedTime: time, vehicleId: fc.constantFrom("1", "2", "3") }),
		fc.record({ advanceMs: fc.integer({ min: 0, max: 70_000 }) }),
		fc.record({ jumpMs: fc.integer({ min: -20_000, max: 20_000 }) }),
		fc.constant({ restart: true }),
	);

	it("the feed keeps the rules that are never forced, and settles each record once", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
				let here = world();
				let isSteady = true;
				const applied: TransitRecord[] = [];
				const settled: TransitRecord[] = [];
				let previous = bodyOf(await get(here.sink, ".pb"));
				for (const one of steps) {
					if ("advanceMs" in one) await here.virtual.advance(one.advanceMs);
					else if ("jumpMs" in one) {
						here.virtual.jumpWallClock(one.jumpMs);
						isSteady = false;
					} else if ("restart" in one) {
						const state = here.publish();
						settled.push(...here.settled.map(([record]) => record));
						here = world({}, here.clock.now());
						here.sink.restore(state);
					} else {
						const made =
							"removedTime" in one
								? removal(one.removedTime, one.vehicleId)
								: record(one.eventTime, one.body as Partial<VehicleLocation>, { flags: one.flags });
						const arrived = received(made, here.clock.now());
						applied.push(arrived);
						here.apply(arrived);
					}
					here.publish();
					const bytes = bodyOf(await get(here.sink, ".pb"));
					const now = here.clock.now();
					const broken = validateFeed(previous, bytes, { now })
						.map(({ code }) => code)
						.filter((code) => (NEVER_FORCED as readonly string[]).includes(code))
						// A clock that is set back again and again leaves the header ahead of it: going back would be worse.
						.filter((code) => isSteady || code !== "E050");
					expect(broken).toEqual([]);
					previous = bytes;
				}
				settled.push(...here.settled.map(([record]) => record));
				expect(settled).toHaveLength(applied.length);
				expect(new Set(settled)).toEqual(new Set(applied));
			}),
			{ numRuns: 150 },
		);
	});
});
