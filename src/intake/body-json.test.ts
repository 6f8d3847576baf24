import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonBytes } from "../log/json-bytes.js";
import type { Observation, VehicleLocation } from "../model/observation.js";
import { KnownVehicle, writeBody } from "./body-json.js";

const text = fc.oneof(fc.constantFrom("12", "A", 'quo"te', "ünï"), fc.string({ maxLength: 8 }));
const location: fc.Arbitrary<VehicleLocation> = fc.record(
	{
		kind: fc.constant("vehicle_location" as const),
		eventTime: fc.integer(),
		vehicleId: text,
		tripId: text,
		directionId: fc.constantFrom(0 as const, 1 as const),
		blockId: text,
		operatorId: text,
		latitude: fc.oneof(fc.double(), fc.integer({ min: -90, max: 90 })),
		longitude: fc.double(),
		speedMps: fc.float(),
		doorsOpen: fc.boolean(),
		attributes: fc.dictionary(text, fc.oneof(text, fc.boolean())),
		flags: fc.constant(["late" as const]),
	},
	{ requiredKeys: ["kind"] },
);

function written(observation: Observation, known?: KnownVehicle, operatorId?: string): string {
	const json = new JsonBytes();
	// Behind what is there already, as in a pack.
	json.ascii("[");
	writeBody(observation, operatorId, json, known);
	return new TextDecoder().decode(json.view()).slice(1);
}

it("writes the same bytes from memory as from scratch, whatever changes between two reports", () => {
	fc.assert(
		fc.property(fc.array(location, { minLength: 1, maxLength: 8 }), (reports) => {
			const known = new KnownVehicle();
			for (const report of [...reports, ...reports]) expect(written(report, known)).toBe(written(report));
		}),
	);
});

it("keeps every field that JSON can hold but those of the envelope, and gives the same bytes after parsing", () => {
	fc.assert(
		fc.property(location, (report) => {
			const { eventTime: _time, flags: _flags, operatorId: _operator, ...body } = report;
			const finite = Object.entries(body).filter(
				([, value]) => value !== undefined && (typeof value !== "number" || Number.isFinite(value)),
			);
			const parsed = JSON.parse(written(report)) as Observation;
			expect(parsed).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(finite))));
			expect(written(parsed)).toBe(written(report));
		}),
	);
});

it("writes the other kinds, and a hashed operator where the feed asks for it", () => {
	const alert: Observation = {
		kind: "service_alert",
		alertId: "1",
		activePeriods: [],
		informedEntities: [],
		eventTime: 5,
	};
	expect(JSON.parse(written(alert))).toEqual({
		kind: "service_alert",
		alertId: "1",
		activePeriods: [],
		informedEntities: [],
	});
	const hashed = written({ kind: "vehicle_location", vehicleId: "1" }, undefined, "abc");
	expect(hashed).toBe('{"kind":"vehicle_location","vehicleId":"1","operatorId":"abc"}');
});
