import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { loadConfigFile } from "../config/load.js";
import type { VehicleLocation } from "../model/observation.js";
import type { WireAnswer } from "../runtime/node-server.js";
import { testRuntime } from "../testing/source-contract.js";
import { createAgency } from "./agency.js";
import { ReportSchedule } from "./city-reports.js";
import { createVirtualRuntime } from "./virtual-runtime.js";

const DEMO = fileURLToPath(new URL("../../examples/demo.yaml", import.meta.url));
/** A Monday, 05:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 11, 0, 0);

const load = () =>
	loadConfigFile(DEMO, {
		plugins: BUILTINS,
		runtime: testRuntime,
		environment: { WAYSIDE_DEMO_GATEWAY: "http://127.0.0.1:9" },
		skipEnvironment: true,
	});

const bodyOf = (answer: WireAnswer) => Buffer.from((answer.kind === "answer" ? answer.body : "") ?? "");

describe("examples/demo.yaml", () => {
	it("is a configuration without an error", async () => {
		const { config, findings } = await load();
		expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
		expect(config?.feeds.map(({ name, upstreams }) => [name, upstreams[0]?.history])).toEqual([
			["buses", { kind: "window", windowMs: 900_000 }],
			["trams", { kind: "none" }],
		]);
	});

	it("reads the old queue as the vehicles meant it, in units of the model", async () => {
		const { config } = await load();
		const choice = config?.feeds[0]?.upstreams[0]?.decoder;
		if (choice === undefined) throw new Error("the demo has a feed of buses");
		const decoder = choice.definition.create(choice.options, {
			timezone: "America/Chicago",
			baseDirectory: ".",
		});
		const virtual = createVirtualRuntime({ startTime: START });
		const { city, gateway } = createAgency({ clock: virtual.runtime.clock, seed: 7, faults: "none" });
		const bytes = bodyOf(
			gateway.handle({
				method: "GET",
				path: "/avl/messages",
				query: { limit: "1000" },
				headers: {},
				body: new Uint8Array(),
			}),
		);
		const decoded = decoder.decode({ bytes, receivedTime: START });
		expect(decoded.failure).toBeUndefined();
		expect(decoded.headerTime).toBe(START);
		expect(decoded.items.length).toBe(1000);
		const schedule = new ReportSchedule(7, 0);
		let positions = 0;
		for (const item of decoded.items) {
			expect(item.kind).toBe("vehicle_location");
			const seen = item as VehicleLocation;
			const vehicle = city.vehicles.find(({ vehicleId }) => vehicleId === seen.vehicleId);
			if (vehicle === undefined) throw new Error(`vehicle ${seen.vehicleId} is not of this city`);
			// The clock of one vehicle is ten minutes fast: the decoder passes on what it says.
			const sampleTime = (seen.eventTime ?? 0) - (vehicle.index === 13 ? 600_000 : 0);
			const report = schedule.report(vehicle, schedule.countUntil(vehicle, sampleTime) - 1);
			expect(report.sampleTime).toBe(sampleTime);
			const state = city.stateAt(vehicle, sampleTime);
			expect(seen.scheduleDeviationS).toBe(state.deviationS);
			expect(seen.tripId).toBe(state.trip?.tripId);
			expect(seen.gtfsRouteId).toBe(state.trip && vehicle.line.gtfsRouteId);
			expect(seen.directionId).toBe(state.trip && state.directionId);
			expect(seen.stopId).toBe(state.trip && state.stopId);
			expect(seen.blockId).toBe(state.blockId);
			expect(seen.operatorId).toBe(vehicle.operatorId);
			expect(seen.occupancyPercentage).toBe(state.occupancy);
			expect(seen.speedMps).toBeCloseTo(state.speedMps, 1);
			if (seen.latitude === undefined) {
				expect(seen.flags).toContain("position_removed");
				continue;
			}
			positions++;
			expect(seen.latitude).toBeCloseTo(state.latitude, 5);
			expect(seen.longitude).toBeCloseTo(state.longitude, 5);
			if (seen.headingDeg !== undefined) expect(Math.abs(seen.headingDeg - state.headingDeg)).toBeLessThan(1);
			else expect(state.speedMps).toBeLessThanOrEqual(0.51);
		}
		// The others were in a tunnel, or had no fix.
		expect(positions).toBeGreaterThan(940);
		expect(positions).toBeLessThan(1000);
	});
});
