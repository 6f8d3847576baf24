import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definition } from "../src/decoders/gtfs-realtime.js";
import type { Observation } from "../src/model/observation.js";
import { createNodeFiles } from "../src/runtime/node-files.js";
import { buildIndex } from "../src/schedule/build-index.js";
import { type IdRules, NO_RULES } from "../src/schedule/id-rules.js";
import { shareOf } from "../src/schedule/match-rate.js";
import { IdResolver } from "../src/schedule/resolver.js";
import { addDays, localDate } from "../src/schedule/service-day.js";
import { createMemorySchedules } from "../src/stores/memory-schedules.js";
import { realData } from "./real-data.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });
const prefix = (strip: string) => ({ strip, add: undefined, template: undefined, crosswalk: undefined });

/** A captured stream against the schedule beside it, each frame on the day on which it was captured. */
async function matchesOf(directory: string, frames: RegExp, gtfs: string, rules: Partial<IdRules> = {}) {
	const path = join(folder ?? "", "gtfs-rt", directory);
	const store = createMemorySchedules(createNodeFiles());
	const loaded = await store.load({ agency: "a", path: join(path, gtfs), readTime: 1 });
	if (loaded.outcome === "refused") throw new Error(loaded.refusal.sentence);
	const { timezone } = loaded.version;
	const all = { ...NO_RULES, ...rules };
	const resolver = new IdResolver({ rules: all, hasSchedule: true });
	const resolved: Observation[] = [];
	for (const name of readdirSync(path)
		.filter((file) => frames.test(file))
		.sort()) {
		const decoded = decoder.decode({ bytes: readFileSync(join(path, name)), receivedTime: 0 });
		const receivedTime = (decoded.headerTime ?? 0) + 2000;
		const today = localDate(receivedTime, timezone);
		const dates = [addDays(today, -1), today, addDays(today, 1)];
		resolver.use(await buildIndex(store, [loaded.version], dates, timezone, all.match));
		for (const item of decoded.items) {
			if (item.kind === "rejection") continue;
			const observation = resolver.resolve(item, receivedTime);
			resolver.count(observation, receivedTime);
			resolved.push(observation);
		}
	}
	return { ...resolver.sums, resolved };
}

describe.skipIf(!folder)(`captured streams against their schedules${skipped}`, () => {
	it("Sound Transit Link joins exactly, positions and trip updates, with its own spelling", async () => {
		const { total, reasons, resolved } = await matchesOf(
			"sound-transit-link-2023",
			/^(vehicle|trip).*json$/,
			"gtfs.zip",
		);
		expect(shareOf(total)).toBe(1);
		expect(total).toEqual({ resolved: 144, unresolved: 0 });
		expect(reasons).toEqual({});
		// Every train states a start time that is not the first arrival of its trip: the schedule's own takes its place.
		expect(resolved.filter(({ upstreamIds }) => upstreamIds?.startTime !== undefined).length).toBeGreaterThan(
			0,
		);
	});

	it("the late WMATA trip stays on its service date through midnight", async () => {
		const { total, reasons, resolved } = await matchesOf(
			"wmata-bus-late-trip-2023-08-18",
			/^24\d\d.json$|^2359.json$/,
			"gtfs-cut.zip",
		);
		expect(shareOf(total)).toBe(1);
		expect(reasons).toEqual({});
		expect(total.resolved).toBe(6);
		// The last one begins at 24:45:00, and upstream states the calendar date for it.
		expect(
			resolved.map(({ tripId, serviceDate, upstreamIds }) => [tripId, serviceDate, upstreamIds]),
		).toEqual([
			...Array.from({ length: 5 }, () => ["364060", "20230818", undefined]),
			["21489060", "20230818", { serviceDate: "20230819" }],
		]);
	});

	it("the B47 joins once the prefix of the real-time feed is cut off", async () => {
		const files = /^tripUpdate.*pb$/;
		const bare = await matchesOf("mta-bus-brooklyn-b47-2017", files, "gtfs.zip");
		expect(bare.total).toEqual({ resolved: 0, unresolved: 1 });
		expect(bare.reasons).toEqual({ unknown_trip: 1 });
		const rules = { trip: prefix("MTA NYCT_"), route: prefix("MTA NYCT_") };
		const mapped = await matchesOf("mta-bus-brooklyn-b47-2017", files, "gtfs.zip", rules);
		expect(mapped.total).toEqual({ resolved: 1, unresolved: 0 });
		expect(mapped.resolved[0]).toMatchObject({
			tripId: "GA_B7-Weekday-060800_B47_413",
			gtfsRouteId: "B47",
			upstreamIds: { tripId: "MTA NYCT_GA_B7-Weekday-060800_B47_413", gtfsRouteId: "MTA NYCT_B47" },
		});
	});

	it("BART joins in part: it adds eight trips without a route, and names eighteen of another export", async () => {
		const { total, reasons } = await matchesOf("bart-2019", /^trip-updates.pb$/, "gtfs.zip");
		expect({ total, reasons }).toEqual({
			total: { resolved: 65, unresolved: 26 },
			reasons: { unknown_trip: 18, unknown_route: 8 },
		});
	});

	it("Ember joins in part: its schedule was exported before the trips of the day were", async () => {
		const { total, reasons } = await matchesOf("ember-uk-2024-01-18", /^realtime.pb$/, "gtfs");
		expect({ total, reasons }).toEqual({
			total: { resolved: 10, unresolved: 16 },
			reasons: { unknown_trip: 16 },
		});
	});

	it("New York's subway spells no trip as its schedule does", async () => {
		const { total } = await matchesOf("nyct-subway-added-trips-2023", /^gtfs-si/, "gtfs-cut.zip");
		expect(total.resolved).toBe(0);
	});
});
