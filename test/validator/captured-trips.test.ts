import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definition } from "../../src/decoders/gtfs-realtime.js";
import { realData } from "../real-data.js";
import { NEVER_FORCED } from "./feed.js";
import { readMessage } from "./feed-message.js";
import { validatePair } from "./pairs.js";
import {
	publishThroughSink,
	recordsOf,
	type SeenPublication,
	type TimedFrame,
	validateRun,
} from "./publish.js";
import { readStaticFeed } from "./read-static.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const decoder = definition.create(definition.options.parse({}), { timezone: "UTC", baseDirectory: "." });

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

interface Stream {
	readonly name: string;
	readonly directory: string;
	readonly files: RegExp;
	/** Where a schedule lies beside the stream. */
	readonly schedule?: string;
	/** Trip updates and alerts of the first file, as the list of captured files counts them. */
	readonly read: readonly [trips: number, alerts: number];
	/** In the fullest publication. */
	readonly published: readonly [trips: number, alerts: number];
	/** What the validator says all the same, because the input does. */
	readonly forced: readonly string[];
	/** Withheld since they say nothing: a trip without a stop, an alert that informs nobody. */
	readonly empty?: number;
}

const BART = "bart-2019";
const NYC = "nyct-subway-added-trips-2023";
const LINK = "sound-transit-link-2023";
const B47 = "mta-bus-brooklyn-b47-2017";

/**
 * W002: no vehicle id. E003, E004, E011: ids that the schedule does not know. E045, E051: the stops of BART's trips were
 * others in the schedule of that day. E023: start times that are rounded to the minute.
 */
const STREAMS: readonly Stream[] = [
	{
		name: "BART",
		directory: BART,
		files: /updates\.pb$/,
		schedule: `${BART}/gtfs.zip`,
		read: [91, 0],
		published: [89, 0],
		forced: ["E003", "E045", "E051", "W002"],
	},
	{
		name: "BART, alerts",
		directory: BART,
		files: /alerts\.pb$/,
		schedule: `${BART}/gtfs.zip`,
		read: [0, 1],
		published: [0, 1],
		forced: [],
	},
	{
		name: "Ember",
		directory: "ember-uk-2024-01-18",
		files: /realtime\.pb$/,
		read: [17, 32],
		published: [17, 32],
		forced: ["W002"],
	},
	{
		name: "MBTA",
		directory: "mbta",
		files: /^tripupdates\.pb$/,
		read: [49, 0],
		published: [49, 0],
		forced: [],
	},
	{
		name: "MBTA with trip properties",
		directory: "mbta",
		files: /^tripupdates_with_tripproperties\.pb$/,
		read: [4, 0],
		published: [3, 0],
		empty: 1,
		forced: [],
	},
	{
		name: "MBTA, JSON",
		directory: "mbta",
		files: /^TripUpdates_enhanced\.json$/,
		read: [38, 0],
		published: [31, 0],
		forced: ["W002"],
	},
	{
		name: "MBTA, JSON with trip properties",
		directory: "mbta",
		files: /^TripUpdates_enhanced_with_tripproperties\.json$/,
		read: [4, 0],
		published: [2, 0],
		empty: 1,
		forced: ["W002"],
	},
	{
		name: "MBTA, alerts",
		directory: "mbta",
		files: /^alerts\.pb$/,
		read: [0, 51],
		published: [0, 51],
		forced: [],
	},
	{
		name: "MBTA, alerts as JSON",
		directory: "mbta",
		files: /^alerts_enhanced\.json$/,
		read: [0, 6],
		published: [0, 5],
		empty: 1,
		forced: [],
	},
	{
		name: "MTA Bus B47",
		directory: B47,
		files: /\.pb$/,
		schedule: `${B47}/gtfs.zip`,
		read: [1, 0],
		published: [1, 0],
		forced: ["E003", "E004", "E011"],
	},
	{
		name: "New York subway 1 to 7",
		directory: "nyct-subway-1234567-2023-05-29",
		files: /\.pb$/,
		read: [169, 1],
		published: [174, 2],
		forced: ["W002"],
	},
	{
		name: "New York subway A, C and E",
		directory: "nyct-subway-ace-2024-02-08",
		files: /\.pb$/,
		read: [160, 0],
		published: [151, 0],
		empty: 730,
		forced: ["W002"],
	},
	{
		name: "New York subway, Staten Island",
		directory: NYC,
		files: /^gtfs-si.*pb$/,
		schedule: `${NYC}/gtfs-cut.zip`,
		read: [21, 0],
		published: [20, 0],
		empty: 1,
		forced: ["E003", "E004", "W002"],
	},
	{
		name: "New York subway, added trips",
		directory: NYC,
		files: /^nyct.*pb$/,
		read: [257, 1],
		published: [252, 0],
		empty: 1,
		forced: ["W002"],
	},
	{
		name: "Sound Transit Link",
		directory: LINK,
		files: /^trip_update_168374/,
		schedule: `${LINK}/gtfs.zip`,
		read: [14, 0],
		published: [17, 0],
		forced: ["E023"],
	},
	{
		name: "Sound Transit Link, two days later",
		directory: LINK,
		files: /^trip_update_168391/,
		schedule: `${LINK}/gtfs.zip`,
		read: [15, 0],
		published: [12, 0],
		forced: ["E023"],
	},
	{
		name: "WMATA",
		directory: "wmata-bus-late-trip-2023-08-18",
		files: /^\d+\.json$/,
		read: [1, 0],
		published: [1, 0],
		forced: [],
	},
];

function most(publications: readonly SeenPublication[], which: "trips" | "alerts"): number {
	return Math.max(...publications.map((publication) => readMessage(publication[which]).entity.length));
}

describe.skipIf(!folder)(`trip updates and alerts of captured streams${skipped}`, () => {
	it.each(STREAMS)("$name: published without an error that the input does not force", async (stream) => {
		const frames = framesOf(stream.directory, stream.files);
		const first = frames[0] as TimedFrame;
		const kinds = decoder.decode(first).items.map(({ kind }) => kind);
		const ofKind = (kind: string) => kinds.filter((one) => one === kind).length;
		expect([ofKind("trip_update"), ofKind("service_alert")]).toEqual(stream.read);
		const { publications, status, outcomes } = await publishThroughSink(
			recordsOf(decoder, frames).filter(({ body }) => body.kind !== "vehicle_location"),
		);
		expect([most(publications, "trips"), most(publications, "alerts")]).toEqual(stream.published);
		expect(status["withheld_empty"] ?? 0).toBe(stream.empty ?? 0);
		expect(outcomes.withheld).toBe(stream.empty ?? 0);
		const schedule =
			stream.schedule === undefined
				? undefined
				: readStaticFeed(join(folder ?? "", "gtfs-rt", stream.schedule));
		const codes = new Set<string>();
		for (const which of ["trips", "alerts"] as const) {
			for (const code of Object.keys(validateRun(publications, schedule, which).counts)) codes.add(code);
		}
		expect([...codes].sort()).toEqual(stream.forced);
		expect(NEVER_FORCED.filter((code) => codes.has(code))).toEqual([]);
		for (const [at, { bytes, trips, alerts }] of publications.entries()) {
			const times = [bytes, trips, alerts].map((feed) => readMessage(feed).header.timestamp);
			expect(new Set(times).size, `publication ${at}`).toBe(1);
		}
	});

	it("buses name themselves in the forecast of their next trip too, as the input does (E047)", async () => {
		const records = recordsOf(decoder, framesOf("ember-uk-2024-01-18", /realtime\.pb$/));
		const { publications } = await publishThroughSink(records);
		const codes = publications.flatMap(({ bytes, trips }) =>
			validatePair(readMessage(bytes), readMessage(trips), {}).map(({ code }) => code),
		);
		// And trips that no bus is on yet have forecasts and no position (W003).
		expect(new Set(codes)).toEqual(new Set(["E047", "W003"]));
	});
});
