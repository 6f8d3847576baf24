import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WireAnswer } from "../src/runtime/node-server.js";
import { createAgency } from "../src/simulation/agency.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { validateFeed } from "./validator/feed.js";
import { readStaticFeed } from "./validator/read-static.js";

/** A Monday, 05:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 11, 0, 0);

function bodyOf(answer: WireAnswer): Uint8Array {
	if (answer.kind !== "answer" || !(answer.body instanceof Uint8Array))
		throw new Error("calm gateways answer");
	return answer.body;
}

describe("the simulated agency's schedule and positions", () => {
	it.each(["weekday", "round-the-clock"] as const)(
		"fit each other by the rules of the validator: %s",
		async (service) => {
			const virtual = createVirtualRuntime({ startTime: START });
			const { gateway } = createAgency({ clock: virtual.runtime.clock, faults: "none", service });
			const get = (path: string) =>
				bodyOf(gateway.handle({ method: "GET", path, query: {}, headers: {}, body: new Uint8Array() }));
			const folder = mkdtempSync(join(tmpdir(), "wayside-city-"));
			writeFileSync(join(folder, "gtfs.zip"), get("/gtfs.zip"));
			const schedule = readStaticFeed(join(folder, "gtfs.zip"));
			rmSync(folder, { recursive: true });
			const fired = new Map<string, string>();
			let before: Uint8Array | undefined;
			let entities = 0;
			for (let minute = 0; minute < 24 * 60; minute += 20) {
				const bytes = get("/gtfs-rt/vehicle-positions.pb");
				const now = virtual.runtime.clock.now();
				for (const { code, message } of validateFeed(before, bytes, { now, schedule }))
					fired.set(code, message);
				entities += bytes.length;
				before = bytes;
				await virtual.advance(20 * 60_000);
			}
			// On purpose: one vehicle's clock is ten minutes fast, receivers in tunnels say 0, 0 and others meet a wall, some are
			// silent; and nobody looked for twenty minutes.
			const onPurpose = ["E012", "E028", "E029", "E050", "W002", "W007"];
			expect([...fired].filter(([code]) => !onPurpose.includes(code))).toEqual([]);
			expect(entities).toBeGreaterThan(100_000);
		},
	);
});
