import { describe, expect, it } from "vitest";
import type { TripUpdate } from "../model/observation.js";
import { removalOf, subjectForm, subjectOf } from "./subject.js";

const trip = (change: Partial<TripUpdate>): TripUpdate => ({
	kind: "trip_update",
	tripId: "T/1",
	serviceDate: "20260105",
	startTime: "08:00:00",
	stopTimeUpdates: [],
	...change,
});

describe("the subject of a trip update", () => {
	it.each([
		[{}, "20260105:T/1"],
		[{ scheduleRelationship: "scheduled" }, "20260105:T/1"],
		[{ scheduleRelationship: "canceled" }, "20260105:T/1"],
		[{ scheduleRelationship: "unscheduled" }, "20260105:T/1/08:00:00"],
		[{ scheduleRelationship: "unscheduled", startTime: undefined }, "20260105:T/1"],
		[{ scheduleRelationship: "duplicated" }, "20260105:T/1/08:00:00"],
		[
			{
				scheduleRelationship: "duplicated",
				tripProperties: { startTime: "09:30:00", serviceDate: "20260106" },
			},
			"20260106:T/1/09:30:00",
		],
		[{ tripId: undefined, gtfsRouteId: "66", directionId: 1 }, "20260105:66/1/08:00:00"],
		[{ tripId: undefined, vehicleId: "7" }, "7"],
	] as const)("%j is %s, and its removal names the same", (change, subject) => {
		const update = trip(change);
		expect(subjectOf(update)).toBe(subject);
		const removal = removalOf("trip_update", subjectForm(update), subject);
		expect(subjectOf(removal)).toBe(subject);
		expect(subjectForm(removal)).toBe(subjectForm(update));
	});
});
