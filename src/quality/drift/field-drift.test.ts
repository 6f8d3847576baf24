import { expect, it } from "vitest";
import type { VehicleLocation } from "../../model/observation.js";
import { FieldDrift } from "./field-drift.js";

const HOUR = 3_600_000;
const START = 1_795_000_000_000 - (1_795_000_000_000 % (24 * HOUR)) + 7 * HOUR;

function hour(
	drift: FieldDrift,
	day: number,
	change: (vehicle: VehicleLocation, at: number) => VehicleLocation,
) {
	const from = START + day * 24 * HOUR;
	for (let frame = 0; frame < 30; frame++) {
		const items = Array.from({ length: 40 }, (_, at) =>
			change(
				{
					kind: "vehicle_location",
					vehicleId: `bus-${at}`,
					speedMps: 4 + ((at * 7 + frame) % 9),
					currentStatus: at % 2 === 0 ? "in_transit_to" : "stopped_at",
					gtfsRouteId: `${at % 20}`,
				},
				at,
			),
		);
		expect(drift.look(items, from + frame * 60_000)).toEqual([]);
	}
	return drift.look([], from + HOUR);
}

const same = (vehicle: VehicleLocation) => vehicle;

function known(): FieldDrift {
	const drift = new FieldDrift();
	for (let day = 0; day < 3; day++) expect(hour(drift, day, same)).toEqual([]);
	return drift;
}

it("is quiet about days like the ones before, and before it knows any", () => {
	expect(hour(known(), 3, same)).toEqual([]);
	const first = new FieldDrift();
	hour(first, 0, same);
	expect(hour(first, 1, ({ speedMps: _, ...vehicle }) => vehicle)).toEqual([]);
});

it("tells of a field that is absent, out of range, of other variety, and of new words", () => {
	expect(
		hour(known(), 3, ({ speedMps, ...vehicle }, at) => (at % 2 ? vehicle : { ...vehicle, speedMps })),
	).toMatchObject([
		{ level: "warn", details: { field: "speedMps", change: "absent", hour: 7, usual: 0, days: 3 } },
	]);
	expect(hour(known(), 3, (v) => ({ ...v, speedMps: (v.speedMps ?? 0) * 3.6 }))).toMatchObject([
		{ details: { field: "speedMps", change: "range" } },
	]);
	expect(hour(known(), 3, (v) => ({ ...v, gtfsRouteId: "1" }))).toMatchObject([
		{ message: "gtfsRouteId has 1 different values and had 20, against 3 earlier days at 7:00 UTC" },
	]);
	expect(hour(known(), 3, (v, at) => (at % 4 ? v : { ...v, currentStatus: "incoming_at" }))).toMatchObject([
		{ level: "info", details: { field: "currentStatus", new: ["incoming_at"] } },
	]);
});

it("knows earlier days after a restart", () => {
	const first = known();
	const second = new FieldDrift();
	second.restore(first.seal() ?? "");
	expect(first.seal()).toBeUndefined();
	expect(hour(second, 3, ({ gtfsRouteId: _, ...vehicle }) => vehicle)).toMatchObject([
		{ details: { field: "gtfsRouteId", change: "absent", now: 1 } },
	]);
});
