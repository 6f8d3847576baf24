import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alert, record, removal, START, tripUpdate, world } from "../../test/rider-feed-world.js";
import type { TransitRecord } from "../model/record.js";
import type { Standing } from "./sink.js";

const SECOND = 1000;

/** Reports, removals, and what is withheld or withdraws what was shown: older and newer ones in any order. */
const anyRecord: fc.Arbitrary<TransitRecord> = fc
	.record({
		vehicleId: fc.constantFrom("1", "2", "3"),
		ageS: fc.integer({ min: -30, max: 1000 }),
		shape: fc.constantFrom(
			"report",
			"report",
			"removal",
			"idle",
			"hidden",
			"future",
			"trip",
			"cancelled",
			"alert",
		),
	})
	.map(({ vehicleId, ageS, shape }) => {
		const time = START - ageS * SECOND;
		switch (shape) {
			case "removal":
				return removal(time, vehicleId);
			case "idle": {
				const body = { kind: "vehicle_location", vehicleId, latitude: 42.36, longitude: -71.06 } as const;
				return { ...record(time, { vehicleId }), body };
			}
			case "hidden":
				return record(time, { vehicleId, latitude: 200 });
			case "future":
				return record(time, { vehicleId }, { flags: ["future"] });
			case "trip":
				return tripUpdate(time, { tripId: vehicleId });
			case "cancelled":
				return tripUpdate(time, { tripId: vehicleId, scheduleRelationship: "canceled", stopTimeUpdates: [] });
			case "alert":
				return alert(time, { alertId: vehicleId });
			default:
				return record(time, { vehicleId });
		}
	});

/** The order of entities says nothing. */
async function seen(here: ReturnType<typeof world>) {
	here.publish();
	const feeds = ["vehicle-positions", "trip-updates", "alerts"].map(async (name) => {
		const { entity } = await here.feed(name);
		return entity.toSorted((one, other) => (one.id ?? "").localeCompare(other.id ?? ""));
	});
	const { vehicles, fresh, aging, stale, tripUpdates, alerts } = here.sink.status(here.clock.now());
	return { feeds: await Promise.all(feeds), facts: { vehicles, fresh, aging, stale, tripUpdates, alerts } };
}

describe("what stands in a rider feed", () => {
	it("brings a new sink to where the whole of the log would have brought it, now and with what comes next", async () => {
		const records = fc.array(anyRecord, { maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(records, records, fc.integer({ min: 0, max: 600 }), async (first, next, waitS) => {
				const [one, other] = [world(), world()];
				one.apply(...first);
				one.publish();
				const standing = JSON.parse(JSON.stringify(one.sink.standing?.())) as Standing[];
				other.sink.restore(one.publish(), one.snapshot());
				other.sink.resume?.(standing);
				expect(await seen(other)).toEqual(await seen(one));
				for (const here of [one, other]) {
					await here.virtual.advance(waitS * SECOND);
					here.apply(...next);
				}
				expect(await seen(other)).toEqual(await seen(one));
			}),
		);
	});
});
