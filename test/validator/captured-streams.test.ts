import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definition } from "../../src/decoders/gtfs-realtime.js";
import { createNodeFiles } from "../../src/runtime/node-files.js";
import { buildIndex } from "../../src/schedule/build-index.js";
import { NO_RULES } from "../../src/schedule/id-rules.js";
import { IdResolver } from "../../src/schedule/resolver.js";
import { addDays, localDate } from "../../src/schedule/service-day.js";
import { createMemorySchedules } from "../../src/stores/memory-schedules.js";
import { realData } from "../real-data.js";
import { NEVER_FORCED } from "./feed.js";
import { readMessage } from "./feed-message.js";
import { publishThroughSink, recordsOf, type TimedFrame, validateRun } from "./publish.js";
import { readStaticFeed } from "./read-static.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });

/** A capture is taken as received two seconds after its own header time. */
function framesOf(directory: string, pattern: RegExp): TimedFrame[] {
	const path = join(folder ?? "", "gtfs-rt", directory);
	return readdirSync(path)
		.filter((name) => pattern.test(name))
		.sort()
		.map((name) => {
			const bytes = readFileSync(join(path, name));
			const { headerTime } = decoder.decode({ bytes, receivedTime: 0 });
			return { bytes, receivedTime: (headerTime ?? 0) + 2000 };
		});
}

/** Stream, then what the validator says all the same, and why the input forces it. */
const STREAMS: [string, string, RegExp, Record<string, string>][] = [
	["Ember", "ember-uk-2024-01-18", /realtime\.pb$/, {}],
	["MBTA, protobuf", "mbta", /^vehiclepositions\.pb$/, {}],
	["MBTA, JSON", "mbta", /^VehiclePositions_enhanced\.json$/, { W006: "shuttles have a route and no trip" }],
	[
		"New York subway 1 to 7",
		"nyct-subway-1234567-2023-05-29",
		/\.pb$/,
		{ W002: "trains have no vehicle id" },
	],
	[
		"New York subway A, C and E",
		"nyct-subway-ace-2024-02-08",
		/\.pb$/,
		{ W002: "trains have no vehicle id" },
	],
	[
		"New York subway, Staten Island",
		"nyct-subway-added-trips-2023",
		/^gtfs-si/,
		{ W002: "trains have no vehicle id" },
	],
	[
		"New York subway, added trips",
		"nyct-subway-added-trips-2023",
		/^nyct/,
		{ W002: "trains have no vehicle id" },
	],
	["Sound Transit Link", "sound-transit-link-2023", /^vehicle_position_168374/, {}],
	["Sound Transit Link, two days later", "sound-transit-link-2023", /^vehicle_position_168391/, {}],
	["USF Bull Runner", "usf-bullrunner-2017", /\.pb$/, { W006: "vehicles have a route and no trip" }],
];

/** Streams with a schedule beside them: stream, folder, files, schedule, and what the schedule finds wrong in the input. */
const EARLY = "its trips begin at another second than their first arrival in the schedule";
const SCHEDULED: [string, string, RegExp, string, Record<string, string>][] = [
	[
		"Sound Transit Link",
		"sound-transit-link-2023",
		/^vehicle_position_168374/,
		"sound-transit-link-2023/gtfs.zip",
		{ E023: EARLY },
	],
	[
		"Sound Transit Link, two days later",
		"sound-transit-link-2023",
		/^vehicle_position_168391/,
		"sound-transit-link-2023/gtfs.zip",
		{ E023: EARLY },
	],
	[
		"USF Bull Runner",
		"usf-bullrunner-2017",
		/\.pb$/,
		"usf-bullrunner-2017/gtfs.zip",
		{ W006: "vehicles have a route and no trip" },
	],
	[
		"New York subway, Staten Island",
		"nyct-subway-added-trips-2023",
		/^gtfs-si/,
		"nyct-subway-added-trips-2023/gtfs-cut.zip",
		{
			W002: "trains have no vehicle id",
			E003: "trip ids in real time are never those of the schedule",
			E004: "route SS is not in the schedule",
		},
	],
];

describe.skipIf(!folder)(`the rider feed of captured streams${skipped}`, () => {
	it.each(STREAMS)("%s is published without an error", async (_, directory, pattern, forced) => {
		const records = recordsOf(decoder, framesOf(directory, pattern));
		const { publications } = await publishThroughSink(records);
		const { counts, samples } = validateRun(publications);
		const errors = samples.filter(({ code }) => code.startsWith("E"));
		expect(errors).toEqual([]);
		expect(NEVER_FORCED.filter((code) => (counts[code] ?? 0) > 0)).toEqual([]);
		expect(Object.keys(counts).sort()).toEqual(Object.keys(forced).sort());
		const last = readMessage(publications.at(-1)?.bytes ?? new Uint8Array());
		expect(last.entity).toEqual([]);
	});

	it("of the A, C and E trains the ones that have not left yet are withheld, and all others are decided", async () => {
		const records = recordsOf(decoder, framesOf("nyct-subway-ace-2024-02-08", /\.pb$/));
		const removals = records.filter(({ body }) => body.removed === true);
		const trains = records.filter(({ body }) => body.kind === "vehicle_location" && body.removed !== true);
		expect(removals).toHaveLength(2 * 116);
		// 9,389 reports of which 3,756 differ in trip or time, and 64 more in content alone.
		expect(trains).toHaveLength(3820);
		const { outcomes, status } = await publishThroughSink(
			records.filter(({ body }) => body.kind === "vehicle_location"),
		);
		expect(status).toMatchObject({ withheld_future: 151 });
		expect(outcomes).toEqual({ delivered: 3631 + 116, superseded: 25, withheld: 151, expired: 13 });
	});

	it.each(SCHEDULED)(
		"%s against its schedule: only what the input says itself",
		async (_, directory, pattern, zip, forced) => {
			const schedule = readStaticFeed(join(folder ?? "", "gtfs-rt", zip));
			const { publications } = await publishThroughSink(recordsOf(decoder, framesOf(directory, pattern)));
			const { counts } = validateRun(publications, schedule);
			expect(Object.keys(counts).sort()).toEqual(Object.keys(forced).sort());
		},
	);

	it.each(SCHEDULED)(
		"%s with its ids resolved: whatever concerns the schedule is in order",
		async (_, directory, pattern, zip, forced) => {
			const path = join(folder ?? "", "gtfs-rt", zip);
			const frames = framesOf(directory, pattern);
			const resolver = await resolverFor(path, frames[0]?.receivedTime ?? 0);
			const { publications } = await publishThroughSink(recordsOf(decoder, frames, resolver));
			const { counts } = validateRun(publications, readStaticFeed(path));
			// An id that does not resolve is our affair: of what the input forces, nothing of it may be left.
			const left = Object.keys(forced).filter((code) => !["E003", "E004", "E023", "W006"].includes(code));
			const most = Math.max(...publications.map(({ bytes }) => readMessage(bytes).entity.length));
			// Subway trains have no position: without a trip that resolves nothing can be said of them.
			const isSubway = directory.startsWith("nyct");
			expect(most > 0).toBe(!isSubway);
			expect(Object.keys(counts).sort()).toEqual(isSubway ? [] : left.sort());
		},
	);
});

/** As a hub would resolve ids on the day of a capture. */
async function resolverFor(gtfs: string, time: number): Promise<IdResolver> {
	const store = createMemorySchedules(createNodeFiles());
	const loaded = await store.load({ agency: "agency", path: gtfs, readTime: 1 });
	if (loaded.outcome === "refused") throw new Error(loaded.refusal.sentence);
	const { timezone } = loaded.version;
	const today = localDate(time, timezone);
	const dates = [addDays(today, -1), today, addDays(today, 1)];
	const resolver = new IdResolver({ rules: NO_RULES, hasSchedule: true });
	resolver.use(await buildIndex(store, [loaded.version], dates, timezone, []));
	return resolver;
}
