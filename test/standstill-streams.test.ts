import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DecodedFrame } from "../src/decoders/decoder.js";
import { Standstill } from "../src/intake/standstill.js";
import type { VehicleLocation } from "../src/model/observation.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { folder, read, skipped } from "./gtfs-realtime-captures.js";

interface Answer {
	readonly time: number;
	readonly decoded: DecodedFrame;
}

/** How many of the answers are called frozen by a hub that polls as fast as they were captured, or every 30 s. */
async function alarms(answers: Iterable<Answer>, everyMs: number) {
	const { runtime, advance } = createVirtualRuntime({ startTime: 0 });
	const standstill = new Standstill(runtime.clock, everyMs);
	let looked = 0;
	const alarmed: number[] = [];
	for (const { time, decoded } of answers) {
		await advance(Math.max(0, time - runtime.clock.now()));
		looked++;
		const frames = [{ decoded, receivedTime: time }];
		if (standstill.look({ frames, isUnchanged: false, isAdvanced: false }) !== undefined) alarmed.push(time);
	}
	return { looked, alarmed };
}

describe.skipIf(folder === undefined)(`a standstill is never seen in feeds that moved${skipped}`, () => {
	it.each(["nyct-subway-ace-2024-02-08", "nyct-subway-1234567-2023-05-29"])("in %s", async (stream) => {
		const names = readdirSync(join(folder ?? "", "gtfs-rt", stream))
			.filter((name) => name.endsWith(".pb"))
			.sort();
		const answers = names.map((name) => {
			const decoded = read(join(stream, name));
			return { time: decoded.headerTime as number, decoded };
		});
		const seen = await alarms(answers, 60_000);
		expect(seen.looked).toBeGreaterThan(20);
		expect(seen.alarmed).toEqual([]);
	});

	// Reports of a vehicle lie two minutes apart on the first day, whose archive really stood still for 17 hours from two in the
	// morning on, and ten on the second, which is whole.
	it.each([
		["2015-03-08", "2015-03-08T01:59:58-06:00"],
		["2015-03-19", undefined],
	])("in the day of Austin's buses of %s, asked every half minute", async (day, stoodStill) => {
		const bytes = readFileSync(join(folder ?? "", `avl-day-logs/capmetro-austin/${day}.csv.gz`));
		const rows = gunzipSync(bytes).toString().trim().split("\n").slice(1);
		const reports = rows
			.map((row) => row.split(","))
			.map(([vehicleId = "", at = ""]) => ({ vehicleId, eventTime: Date.parse(at) }))
			.sort((one, other) => one.eventTime - other.eventTime);
		function* polls(): Generator<Answer> {
			const newest = new Map<string, number>();
			let next = 0;
			const last = reports.at(-1)?.eventTime ?? 0;
			for (let time = reports[0]?.eventTime ?? 0; time <= last; time += 30_000) {
				for (
					let report = reports[next];
					report !== undefined && report.eventTime <= time;
					report = reports[next]
				) {
					newest.set(report.vehicleId, report.eventTime);
					next++;
				}
				// Whoever has said nothing for half an hour has gone home.
				for (const [vehicle, at] of newest) if (at < time - 1_800_000) newest.delete(vehicle);
				const items = [...newest].map(
					([vehicleId, eventTime]): VehicleLocation => ({ kind: "vehicle_location", vehicleId, eventTime }),
				);
				yield { time, decoded: { items, complete: true } };
			}
		}
		const seen = await alarms(polls(), 30_000);
		expect(seen.looked).toBeGreaterThan(2000);
		if (stoodStill === undefined) expect(seen.alarmed).toEqual([]);
		else {
			// Found after some three of the two minutes between reports, until nobody is listed any more.
			const after = seen.alarmed.map((time) => (time - Date.parse(stoodStill)) / 60_000);
			expect(after[0]).toBeGreaterThan(1.5);
			expect(after[0]).toBeLessThan(7);
			expect(after.at(-1)).toBeLessThan(31);
		}
	});
});
