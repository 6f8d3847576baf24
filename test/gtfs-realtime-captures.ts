import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { definition } from "../src/decoders/gtfs-realtime.js";
import type { Observation, VehicleLocation } from "../src/model/observation.js";
import { realData } from "./real-data.js";

export const folder = realData();
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });

export function read(path: string) {
	const bytes = readFileSync(join(folder ?? "", "gtfs-rt", path));
	const decoded = decoder.decode({ bytes, receivedTime: 0 });
	expect(decoded.failure).toBeUndefined();
	// New York's subway says in extensions what the standard has no words for.
	for (const notice of decoded.notices ?? [])
		expect(notice).toMatch(/^\d+ fields of extensions were passed over$/);
	return decoded;
}

/** The records of a file; none of the captured files holds an entity that cannot be read. */
export function items(path: string): readonly Observation[] {
	return read(path).items.map((item) => {
		if (item.kind === "rejection") throw new Error(`${path}: ${item.message}`);
		return item;
	});
}

export function vehicles(path: string): readonly VehicleLocation[] {
	return items(path).filter((item): item is VehicleLocation => item.kind === "vehicle_location");
}

/** Ends the title of a suite that needs the captured files. */
export const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
