import { expect, it, vi } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { runCli } from "./program.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Midnight in Chicago, a week before clocks go forward there. */
const START = Date.parse("2026-03-01T06:00:00Z");
const EVERY_MS = 15 * 60_000;

/** Twelve buses on three routes; none at night. `b` lacks one of them in the evening. */
function message(now: number, isB: boolean): string {
	const at = Math.floor(now / 1000);
	const hour = new Date(now - 6 * HOUR).getUTCHours();
	const buses = hour < 4 ? 1 : 12;
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: at },
		entity: Array.from({ length: isB && hour >= 20 ? buses - 1 : buses }, (_, bus) => ({
			id: `${bus}`,
			vehicle: {
				vehicle: { id: `bus-${bus}` },
				timestamp: at - bus - (isB ? 5 : 0),
				trip: { tripId: `T${bus}`, routeId: `R${bus % 3}`, scheduleRelationship: "SCHEDULED" },
				position: { latitude: 41.9 + (at % 1000) / 1e4, longitude: -87.6 },
			},
		})),
	});
}

/** A machine with a disk that outlives its processes. */
function machine() {
	const disk = new Map<string, string>();
	const boot = async (startTime: number) => {
		let asked = 0;
		const virtual = createVirtualRuntime({
			startTime,
			http: {
				request: async ({ url }) => {
					asked++;
					const body = new TextEncoder().encode(message(virtual.runtime.clock.now(), url.includes("b.test")));
					return { status: 200, headers: {}, body, wireBytes: body.length };
				},
			},
		});
		const files = {
			...virtual.runtime.files,
			stat: async (path: string) =>
				disk.has(path) ? { path, name: path, isDirectory: false, bytes: 0, modifiedTime: 0 } : undefined,
			read: async (path: string) => new TextEncoder().encode(disk.get(path)),
			writeAtomic: async (path: string, text: Uint8Array | string) => {
				disk.set(path, String(text));
			},
		};
		const said: string[] = [];
		const terminal = {
			environment: {},
			out: (line: string) => said.push(line),
			err: () => {},
			paint: (_: unknown, text: string) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: () => () => {},
		};
		const words = ["compare", "http://a.test/f", "http://b.test/f", "--for", "14d", "--every", "15m"];
		words.push("--timezone", "America/Chicago", "--state", "s.json", "--json");
		const ended = runCli(words, {
			runtime: { ...virtual.runtime, files, close: async () => {} },
			plugins: BUILTINS,
			version: "0",
			program: [],
			workingDirectory: "/",
			terminal,
		});
		// The command is loaded from the real disk first, for which no virtual time passes.
		await vi.waitFor(() => expect(asked).toBeGreaterThan(0), 30_000);
		return { ended, said, advance: virtual.advance };
	};
	return { disk, boot };
}

it("wayside compare lives through 14 days, a change of clocks and being killed on two of them, with a state that does not grow", async () => {
	const { disk, boot } = machine();
	const sizes: number[] = [];
	/** Killed after so many days, and dark for half an hour. */
	const lives = [3 * DAY + 2 * HOUR, 6 * DAY];
	let now = START;
	for (const life of lives) {
		const { advance } = await boot(now);
		for (let passed = 0; passed < life; passed += HOUR) await advance(HOUR);
		sizes.push([...disk.values()].join("").length);
		now += life + HOUR / 2;
	}
	const last = await boot(now);
	for (; now < START + 14 * DAY; now += HOUR / 2) await last.advance(HOUR / 2);
	await last.advance(HOUR);
	expect(await last.ended).toBe(4);
	sizes.push([...disk.values()].join("").length);
	const report = JSON.parse(last.said.join("")) as {
		total: { moments: number; vehicles: Record<string, number> };
	};
	// Every moment of 14 days but for those of two half hours.
	const moments = (14 * DAY) / EVERY_MS;
	expect(report.total.moments).toBeLessThanOrEqual(moments);
	expect(report.total.moments).toBeGreaterThanOrEqual(moments - 2 * 3);
	const state = JSON.parse([...disk.values()].join("")) as { comparison: { hours: unknown[] } };
	expect(state.comparison.hours).toHaveLength(14 * 24);
	expect(report.total.vehicles["onlyB"]).toBe(0);
	expect(report.total.vehicles["onlyA"]).toBe(14 * 4 * (HOUR / EVERY_MS));
	// Beyond the first days there is one more set of counts for each hour, whatever was seen in it.
	const [early = 0, , end = 0] = sizes;
	expect((end - early) / (11 * 24)).toBeLessThan(1_000);
});
