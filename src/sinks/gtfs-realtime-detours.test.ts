import { describe, expect, it } from "vitest";
import { record, START, world } from "../../test/rider-feed-world.js";
import type { Detour } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";

const detour = (selectedTrips: NonNullable<Detour["modifications"]>["selectedTrips"]): TransitRecord => ({
	...record(START),
	key: "metro:modifications:m",
	body: {
		kind: "detour",
		detourId: "modifications:m",
		modifications: { selectedTrips, startTimes: [], serviceDates: ["20260105"], changes: [] },
	},
});

describe("detours in the rider feed", () => {
	it("name only trips of the schedule, and none where no trip is left", async () => {
		const { apply, publish, feed, outcomes } = world();
		apply(
			detour([
				{ tripIds: ["T1", "T9"], unresolvedTripIds: ["T9"], shapeId: "S" },
				{ tripIds: ["T8"], unresolvedTripIds: ["T8"] },
			]),
		);
		publish();
		expect((await feed("trip-modifications")).entity).toEqual([
			{
				id: "detour:modifications:m",
				trip_modifications: {
					selected_trips: [{ trip_ids: ["T1"], shape_id: "S" }],
					service_dates: ["20260105"],
				},
			},
		]);
		apply({ ...detour([{ tripIds: ["T8"], unresolvedTripIds: ["T8"] }]), revision: 1 });
		publish();
		expect((await feed("trip-modifications")).entity).toEqual([]);
		expect(outcomes()).toEqual(["delivered", "withheld"]);
	});
});
