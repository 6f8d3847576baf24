import fc from "fast-check";
import { expect, it } from "vitest";
import type { DecodedFrame } from "../decoders/decoder.js";
import type { Observation } from "../model/observation.js";
import { cohortOf, mixed } from "./cohort.js";
import { CLOSED_DOOR, personalDoor } from "./privacy.js";
import { RecordComparison } from "./record-comparison.js";

const bus = (vehicleId: string, more: object = {}): Observation => ({
	kind: "vehicle_location",
	vehicleId,
	...more,
});
const frame = (...items: DecodedFrame["items"]): DecodedFrame => ({ items });

it("shows what differs, how many state it, and samples, the worst first", () => {
	const comparison = new RecordComparison();
	const current = frame(bus("1", { speedMps: 5, headingDeg: 90 }), bus("2", { speedMps: 6 }), bus("3"));
	const candidate = frame(bus("1", { speedMps: 5 + 1e-12 }), bus("2", { speedMps: 7, runId: "9" }), bus("4"));
	const { both, only } = comparison.add(current, candidate, CLOSED_DOOR);
	expect([both, only]).toEqual([2, { current: 1, candidate: 1 }]);
	expect(comparison.sums.equal).toBe(0);
	expect(comparison.fields).toEqual([
		{
			path: "headingDeg",
			current: 1,
			candidate: 0,
			differ: 1,
			samples: [expect.objectContaining({ candidate: "" })],
		},
		{
			path: "runId",
			current: 0,
			candidate: 1,
			differ: 1,
			samples: [expect.objectContaining({ candidate: '"9"' })],
		},
		{
			path: "speedMps",
			current: 2,
			candidate: 2,
			differ: 1,
			samples: [{ record: "vehicle_location 2", current: "6", candidate: "7" }],
		},
	]);
	expect(comparison.onlySamples).toEqual({
		current: ["vehicle_location 3"],
		candidate: ["vehicle_location 4"],
	});
	const again = new RecordComparison();
	again.restore(JSON.parse(JSON.stringify(comparison.json())));
	expect(again.json()).toEqual(comparison.json());
});

it("lets nobody be read out of it who is a person", () => {
	const comparison = new RecordComparison();
	const door = personalDoor({ operatorId: "drop", runId: "drop" });
	comparison.add(
		frame(bus("1", { operatorId: "ana", runId: "ana-1" })),
		frame(bus("1", { operatorId: "bea", runId: "bea-1" })),
		door,
	);
	expect(JSON.stringify(comparison.json())).not.toMatch(/ana|bea/);
	expect(comparison.fields).toMatchObject([{ path: "operatorId", differ: 1 }]);
});

it("tells reports of one vehicle in one frame apart by their order, and keeps no more than it says", () => {
	const comparison = new RecordComparison();
	for (let round = 0; round < 20; round++) {
		const wide = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, `${round}`]));
		comparison.add(
			frame(bus("1", { speedMps: 1 }), bus("1", { speedMps: 2 })),
			frame(bus("1", { speedMps: 1, attributes: wide }), bus("1", { speedMps: 2 })),
			CLOSED_DOOR,
		);
	}
	expect(comparison.sums).toEqual({ both: 40, equal: 20, onlyCurrent: 0, onlyCandidate: 0 });
	expect(comparison.fields.length).toBeLessThanOrEqual(200);
	expect(comparison.fields.every(({ samples }) => samples.length <= 3)).toBe(true);
});

it("mixes frames so that nobody is lost, nobody is there twice, and a larger share holds the smaller one", () => {
	const ids = fc.uniqueArray(fc.nat({ max: 60 }).map(String), { maxLength: 40 });
	fc.assert(
		fc.property(ids, ids, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (ours, theirs, share) => {
			const current = frame(...ours.map((id) => bus(id)));
			const candidate = frame(...theirs.map((id) => bus(id, { vehicleLabel: id })));
			const isIn = cohortOf("buses", share);
			const { decoded, isTheirs } = mixed(current, candidate, isIn);
			const seen = decoded.items.map((item) => (item as { vehicleId: string }).vehicleId);
			expect([...seen].sort()).toEqual([...ours].sort());
			decoded.items.forEach((item, index) => {
				const { vehicleId, vehicleLabel } = item as { vehicleId: string; vehicleLabel?: string };
				expect(isTheirs(index)).toBe(vehicleLabel !== undefined);
				expect(isTheirs(index)).toBe(isIn(bus(vehicleId)) && theirs.includes(vehicleId));
				if (isTheirs(index)) expect(cohortOf("buses", (1 + share) / 2)(bus(vehicleId))).toBe(true);
			});
		}),
	);
});
