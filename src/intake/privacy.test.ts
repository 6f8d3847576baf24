import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import { CLOSED_DOOR, personalDoor } from "./privacy.js";

const REPORT: VehicleLocation = {
	kind: "vehicle_location",
	vehicleId: "7",
	operatorId: "op-1",
	runId: "run-1",
};

describe("the door for personal fields", () => {
	it("drops operators and keeps runs unless it is told otherwise, without a copy", () => {
		expect(CLOSED_DOOR.operatorId(REPORT)).toBeUndefined();
		expect(CLOSED_DOOR.pass(REPORT)).toBe(REPORT);
		expect(CLOSED_DOOR.sample('{"rid":"211"}')).toBe('{"rid":"211"}');
	});

	it("hashes with a key: the same person the same, another key another hash, never the id", () => {
		const door = personalDoor({ operatorId: "hash", runId: "hash", hashKey: "k1" });
		const hashed = door.operatorId(REPORT);
		expect(hashed).toMatch(/^[0-9a-f]{32}$/);
		expect(door.operatorId({ ...REPORT })).toBe(hashed);
		expect(personalDoor({ operatorId: "hash", runId: "keep", hashKey: "k2" }).operatorId(REPORT)).not.toBe(
			hashed,
		);
		expect(door.pass(REPORT).runId).toMatch(/^[0-9a-f]{32}$/);
		expect(door.operatorId({ ...REPORT, operatorId: "" })).toBeUndefined();
	});

	it("drops runs where told so, and leaves reports without one as they are", () => {
		const door = personalDoor({ operatorId: "drop", runId: "drop" });
		expect(door.pass(REPORT)).toEqual({ ...REPORT, runId: undefined });
		const without: VehicleLocation = { kind: "vehicle_location", vehicleId: "7" };
		expect(door.pass(without)).toBe(without);
	});

	it("takes runs out of samples, whatever they look like in JSON", () => {
		const { sample } = personalDoor({ operatorId: "drop", runId: "drop" });
		fc.assert(
			fc.property(
				fc.constantFrom("rid", "runId", "run_id", "RUNNUMBER", "runID", "dutyId"),
				fc.oneof(fc.string(), fc.nat(), fc.record({ designator: fc.string() })),
				(name, value) => {
					const text = JSON.stringify({ vid: "7", [name]: value, rt: "12" });
					expect(JSON.parse(sample(text) as string)).toEqual({ vid: "7", [name]: "***", rt: "12" });
					// Cut anywhere in the value, nothing of it is left.
					const from = text.indexOf(":", text.indexOf(name)) + 1;
					const to = text.indexOf(',"rt"');
					for (let end = from + 1; end <= to; end++)
						expect(sample(`${text.slice(0, end)}…`)?.replace(/…$/, "")).toBe(`${text.slice(0, from)}"***"`);
				},
			),
		);
	});
});
