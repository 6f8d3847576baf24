import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { record, START, tripUpdate, world } from "../../test/rider-feed-world.js";
import type { VehicleLocation } from "../model/observation.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { isInLayover, tiersFor } from "./rider-ages.js";

const inSeconds = (written: Parameters<typeof tiersFor>[0], sweepMs: number) => {
	const { aging, stale, gone } = tiersFor(written, sweepMs);
	return [aging, stale, gone].map((ms) => ms / SECOND_MS);
};

describe("the tiers that nobody wrote", () => {
	it.each([
		[0, [60, 120, 300]],
		[20, [60, 120, 300]],
		[30, [60, 120, 300]],
		[40, [80, 120, 300]],
		[75, [150, 225, 300]],
		[180, [360, 540, 540]],
	])("follow a sweep of %d s", (sweepS, tiers) => {
		expect(inSeconds({}, sweepS * SECOND_MS)).toEqual(tiers);
	});

	it("give way to those that are written, however slow the sweep is", () => {
		expect(inSeconds({ aging: 30_000, stale: 45_000, gone: 60_000 }, 75_000)).toEqual([30, 45, 60]);
		expect(inSeconds({ stale: 90_000 }, 75_000)).toEqual([90, 90, 300]);
		expect(inSeconds({ aging: 200_000 }, 0)).toEqual([200, 200, 300]);
		expect(inSeconds({ gone: 30_000 }, 75_000)).toEqual([30, 30, 30]);
	});

	it("follow each other, whatever one of them is set to", () => {
		const age = fc.integer({ min: 1000, max: 3_600_000 });
		fc.assert(
			fc.property(fc.constantFrom("aging", "stale", "gone"), age, age, (name, written, sweepMs) => {
				const tiers = tiersFor({ [name]: written }, sweepMs);
				expect(tiers[name]).toBe(written);
				if (name !== "stale") expect(tiers.aging).toBeLessThanOrEqual(tiers.stale);
				expect(tiers.stale).toBeLessThanOrEqual(tiers.gone);
			}),
		);
	});
});

/** The tier in which a vehicle stands each minute of a silence, as the JSON feed says. */
async function minutesOf(here: ReturnType<typeof world>, minutes: number): Promise<string[]> {
	const tiers: string[] = [];
	for (let minute = 0; minute <= minutes; minute++) {
		here.publish();
		tiers.push((await here.json()).entity[0]?.freshness.tier ?? "gone");
		await here.virtual.advance(MINUTE_MS);
	}
	return tiers;
}

describe("a rider feed", () => {
	it("ages each feed by its own sweep", async () => {
		const sweeps = new Map([["avl", 100_000]]);
		const slow = world({}, START, { sweeps });
		slow.apply(record(START));
		expect(await minutesOf(slow, 5)).toEqual(["fresh", "fresh", "fresh", "fresh", "aging", "gone"]);
		const other = world({}, START, { sweeps: new Map([["another", 100_000]]) });
		other.apply(record(START));
		expect(await minutesOf(other, 5)).toEqual(["fresh", "aging", "stale", "stale", "stale", "gone"]);
	});

	it("shows the forecasts of a slow feed for three of its sweeps", async () => {
		const here = world({}, START, { sweeps: new Map([["avl", 75_000]]) });
		here.apply(tripUpdate(START));
		await here.virtual.advance(224_000);
		here.publish();
		expect((await here.feed("trip-updates")).entity).toHaveLength(1);
		await here.virtual.advance(1_000);
		here.publish();
		expect((await here.feed("trip-updates")).entity).toHaveLength(0);
	});

	it("keeps a vehicle in layover for 15 minutes, reduced, and the others for five", async () => {
		const waiting = world();
		waiting.apply(record(START, { currentStatus: "stopped_at", currentStopSequence: 1 }));
		const stale = Array.from({ length: 13 }, () => "stale");
		expect(await minutesOf(waiting, 16)).toEqual(["fresh", "aging", ...stale, "gone", "gone"]);
		const short = world({ stale: { layover: "2m" } });
		short.apply(record(START, { currentStatus: "stopped_at", currentStopSequence: 1 }));
		expect(await minutesOf(short, 5)).toEqual(["fresh", "aging", "stale", "stale", "stale", "gone"]);
		expect(waiting.sink.horizonMs).toBeGreaterThanOrEqual(15 * MINUTE_MS);
	});
});

describe("a layover", () => {
	const stopped: VehicleLocation = { kind: "vehicle_location", currentStatus: "stopped_at" };
	it.each<[string, VehicleLocation, boolean]>([
		["at the first stop of its trip", { ...stopped, tripId: "T", currentStopSequence: 1 }, true],
		["at a first stop that counts from 0", { ...stopped, tripId: "T", currentStopSequence: 0 }, true],
		["between two trips of its block", { ...stopped, blockId: "B" }, true],
		["between two trips of its route", { ...stopped, gtfsRouteId: "66" }, true],
		[
			"by upstream's own word",
			{ kind: "vehicle_location", tripId: "T", attributes: { layover: true } },
			true,
		],
		["not further along its trip", { ...stopped, tripId: "T", currentStopSequence: 2 }, false],
		["not at a stop whose place is unknown", { ...stopped, tripId: "T" }, false],
		["not without any work", stopped, false],
		[
			"not while it drives",
			{ kind: "vehicle_location", blockId: "B", currentStatus: "in_transit_to" },
			false,
		],
		["not when nobody says that it stands", { kind: "vehicle_location", blockId: "B" }, false],
		[
			"at the end of a trip after which its block goes on",
			{ ...stopped, tripId: "T", blockContinues: true },
			true,
		],
		["not when its block has ended", { ...stopped, blockId: "B", blockContinues: false }, false],
		["not when upstream denies it", { ...stopped, tripId: "T", attributes: { layover: false } }, false],
	])("%s", (_, body, expected) => {
		expect(isInLayover(body)).toBe(expected);
	});
});
