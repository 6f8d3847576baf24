import { describe, expect, it } from "vitest";
import { definition as busTime } from "../decoders/bustime.js";
import { definition as siriVm } from "../decoders/siri-vm.js";
import type { VehicleLocation } from "../model/observation.js";
import { createAgency } from "./agency.js";
import { createVirtualRuntime } from "./virtual-runtime.js";

/** A Monday, 09:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 15, 0, 0);
const CONTEXT = { timezone: "America/Chicago", baseDirectory: "." };
const { gateway, city } = createAgency({
	clock: createVirtualRuntime({ startTime: START }).runtime.clock,
	faults: "none",
});

function get(path: string, query: Record<string, string> = {}): Uint8Array {
	const answer = gateway.handle({ method: "GET", path, query, headers: {}, body: new Uint8Array() });
	if (answer.kind !== "answer") throw new Error("calm gateways answer");
	return Buffer.from(answer.body ?? "");
}

function check(items: readonly { readonly kind: string }[]): void {
	for (const item of items) {
		expect(item.kind).toBe("vehicle_location");
		const seen = item as VehicleLocation;
		const vehicle = city.vehicles.find(({ vehicleId }) => vehicleId === seen.vehicleId);
		if (vehicle === undefined) throw new Error(`no vehicle ${seen.vehicleId}`);
		const state = city.stateAt(vehicle, (seen.eventTime ?? 0) - (vehicle.index === 13 ? 600_000 : 0));
		expect(seen.tripId).toBe(state.trip?.tripId);
		expect(seen.blockId).toBe(state.blockId);
		expect(seen.serviceDate).toBe(state.trip?.serviceDate);
		if (seen.latitude !== undefined) expect(seen.latitude).toBeCloseTo(state.latitude, 5);
		if (seen.longitude !== undefined) expect(seen.longitude).toBeCloseTo(state.longitude, 5);
	}
}

describe("the gateway's vendor formats", () => {
	it("is read as BusTime, ten routes at a time, with errors beside the vehicles", () => {
		const decoder = busTime.create(busTime.options.parse({}), CONTEXT);
		const read = (rt: string) =>
			decoder.decode({ bytes: get("/bustime/api/v3/getvehicles", { rt }), receivedTime: START });
		const routes = JSON.parse(new TextDecoder().decode(get("/bustime/api/v3/getroutes"))) as {
			"bustime-response": { routes: { rt: string }[] };
		};
		const names = routes["bustime-response"].routes.map(({ rt }) => rt);
		expect(names).toEqual(city.lines.map(({ gtfsRouteId }) => gtfsRouteId));
		const all = read(names.join());
		expect(all.failure).toBeUndefined();
		expect(all.items.length).toBeGreaterThan(40);
		check(all.items);
		expect(read("none").items).toEqual([]);
		expect(read(Array.from({ length: 11 }, (_, i) => i).join()).failure?.code).toBe("upstream.error");
	});

	it("is read as SIRI, where nothing is missing that the city knows", () => {
		const decoder = siriVm.create(siriVm.options.parse({}), CONTEXT);
		const { items, failure } = decoder.decode({ bytes: get("/siri/vm.xml"), receivedTime: START });
		expect(failure).toBeUndefined();
		expect(items.length).toBeGreaterThan(50);
		check(items);
	});
});
