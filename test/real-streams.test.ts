import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BUILTINS } from "../src/config/builtins.js";
import { CLOSED_DOOR } from "../src/intake/privacy.js";
import { replay } from "../src/intake/replay.js";
import { auditLedger } from "../src/log/audit.js";
import { createMemoryLog } from "../src/log/memory-log.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import type { StreamSource } from "../src/sources/source.js";
import { realData } from "./real-data.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";
const runtime = createNodeRuntime();

interface Stream {
	readonly path: string;
	/** A decoder, or a mapping of examples/mappings. */
	readonly decoder: string;
	readonly timezone?: string;
	readonly options?: object;
	/** In a folder: only files that end so. */
	readonly extension?: string;
	readonly split?: "lines";
	readonly frames?: number;
	/** Without the removals. */
	readonly records: number;
	readonly removals?: number;
	readonly duplicates?: number;
	readonly deadLetters?: number;
	readonly late?: number;
}

const NEW_YORK = "America/New_York";
const CHICAGO = "America/Chicago";
const LONDON = "Europe/London";
const AMSTERDAM = "Europe/Amsterdam";
const GTFS_REALTIME = { decoder: "gtfs-realtime" };
const SIRI = { decoder: "siri-vm" };

/** What the README of the captures counts, as the whole intake counts it. */
const STREAMS: readonly Stream[] = [
	// 9,389 vehicles and as many trip updates. 5,569 vehicles say what they said a minute before. 121 trips end within the
	// hour, in both kinds, five of them too late for a second frame to confirm it.
	{
		...GTFS_REALTIME,
		path: "gtfs-rt/nyct-subway-ace-2024-02-08",
		extension: "pb",
		frames: 60,
		records: 13_209,
		removals: 232,
		duplicates: 5569,
		late: 5,
	},
	// The last frame is an hour later and lacks most of what was there, which one frame alone cannot remove. Two alerts leave
	// and come back as they were: records, and no duplicates.
	{
		...GTFS_REALTIME,
		path: "gtfs-rt/nyct-subway-1234567-2023-05-29",
		frames: 22,
		records: 5925,
		removals: 107,
		duplicates: 260,
	},
	{
		...GTFS_REALTIME,
		path: "gtfs-rt/nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb",
		records: 397,
		late: 1,
	},
	{ ...GTFS_REALTIME, path: "gtfs-rt/nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb", records: 42 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/mbta/vehiclepositions.pb", records: 48 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/mbta/VehiclePositions_enhanced.json", records: 550 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/mbta/tripupdates.pb", records: 49 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/mbta/alerts.pb", records: 51 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/bart-2019/trip-updates.pb", records: 91 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/ember-uk-2024-01-18/realtime.pb", records: 9 + 17 + 32 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/usf-bullrunner-2017/vehicle-positions.pb", records: 10 },
	{ ...GTFS_REALTIME, path: "gtfs-rt/mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb", records: 1 },
	// 72 vehicles and 72 trip updates, in frames of one kind each; those of a kind lie up to days apart.
	{
		...GTFS_REALTIME,
		path: "gtfs-rt/sound-transit-link-2023",
		extension: "json",
		frames: 10,
		records: 136,
		removals: 17,
		duplicates: 8,
	},
	{
		...GTFS_REALTIME,
		path: "gtfs-rt/wmata-bus-late-trip-2023-08-18",
		extension: "json",
		frames: 6,
		records: 6,
	},
	{ ...SIRI, path: "siri/ruter-oslo/VehicleMonitoringAnswer_raw.xml", records: 515 },
	{ ...SIRI, path: "siri/uk-bods-vm-2020/datafeed.xml.gz", records: 841 },
	{ ...SIRI, path: "siri/uta-utah-vm/SiriLike_2_multi.xml", timezone: "America/Denver", records: 4 },
	{ ...SIRI, path: "siri/entur-norway/vm-datafeed-partial-2017-07-11.xml", records: 8 },
	{ ...SIRI, path: "siri/france-vm-soap/vm_response_soap2.xml", records: 1 },
	{ ...SIRI, path: "siri/entur-json/vm-empty-2019-11-29.json", records: 0 },
	{ ...SIRI, path: "siri/france-sm-soap/fault-response.xml", records: 0, deadLetters: 1 },
	{ ...SIRI, path: "siri/banenor-et/siri-et-from-bnr.xml.gz", records: 0, deadLetters: 1 },
	{
		decoder: "bustime",
		path: "bustime/gtrans-gardena-getvehicles-2025-06-17.json",
		timezone: "America/Los_Angeles",
		records: 31,
	},
	{
		decoder: "bustime",
		path: "bustime/mcts-getvehicles-v2-2018-04-05.xml",
		timezone: CHICAGO,
		records: 1,
	},
	{ decoder: "bustime", path: "bustime/errors/no-key.json", records: 0, deadLetters: 1 },
	{ decoder: "nextbus", path: "nextbus/seattle-streetcar-vehicleLocations.xml", records: 8 },
	// The answer holds an error beside its two vehicles.
	{ decoder: "nextbus", path: "nextbus/umd-locations-2015.json", records: 2, deadLetters: 1 },
	{ decoder: "nextbus", path: "nextbus/error-predictionsForMultiStops.xml", records: 0, deadLetters: 1 },
	{
		decoder: "hfp",
		path: "hsl-hfp/hfp-v2-tram-2026-09-29.ndjson",
		split: "lines",
		frames: 22,
		records: 22,
	},
	{ decoder: "hfp", path: "hsl-hfp", extension: "json", frames: 4, records: 4 },
	{ decoder: "swiftly", path: "swiftly/mbta-bus-vehicles-2019-06-04.json", records: 10 },
	{
		decoder: "transitmaster",
		path: "tides/metrotransit-mn/data-raw-vehicle_locations.csv",
		timezone: CHICAGO,
		records: 1000,
	},
	{ decoder: "tcip", path: "tcip/CcLocationReport-raw-2011-09-23.json", timezone: NEW_YORK, records: 1 },
	{ decoder: "tcip", path: "tcip/SchPullOutList-sample.json", records: 2 },
	{ decoder: "kv6", path: "kv6", timezone: AMSTERDAM, frames: 2, records: 2 },
	// The eleventh sentence is an altitude.
	{ decoder: "taip", path: "taip/sentences.txt", records: 10 },
	// 146 RMC sentences, of which one comes twice.
	{
		decoder: "nmea",
		path: "nmea/bundg_zeus_9.nmea",
		options: { vehicleId: "zeus" },
		records: 145,
		duplicates: 1,
	},
	{ decoder: "nmea", path: "nmea/bundg_zeus_9.nmea", records: 0, deadLetters: 146 },
	{ decoder: "wmata", path: "wmata-api", timezone: NEW_YORK, records: 4 },
	{ decoder: "stagecoach", path: "uk-vendor-json/stagecoach-uk.json", timezone: LONDON, records: 12 },
	{ decoder: "lothian", path: "uk-vendor-json/lothian-edinburgh.json", timezone: LONDON, records: 21 },
	{ decoder: "doublemap", path: "doublemap", records: 1 },
	{ decoder: "passio", path: "passio/clemson-websocket-location-2026-02-24.json", records: 1 },
	// 12,354 rows, six of which stand in the file twice.
	{
		decoder: "capmetro-day-log",
		path: "avl-day-logs/capmetro-austin/2015-03-08.csv.gz",
		timezone: CHICAGO,
		records: 12_348,
		duplicates: 6,
		late: 4831,
	},
	{
		decoder: "mta-avl-trace",
		path: "avl-traces/mta-nyct-6603-2014-04-15.csv",
		timezone: NEW_YORK,
		records: 2425,
	},
	{ decoder: "transitime-avl", path: "avl-traces/wmata-3T/3T_3757.csv", timezone: NEW_YORK, records: 38 },
];

function readerOf({ decoder, options = {}, timezone = "UTC" }: Stream) {
	const builtin = BUILTINS.decoders.find(({ type }) => type === decoder);
	const definition = builtin ?? BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (definition === undefined) throw new Error("there is no mapping decoder");
	const mapping = fileURLToPath(new URL(`../examples/mappings/${decoder}.yaml`, import.meta.url));
	const chosen = builtin === undefined ? parse(readFileSync(mapping, "utf8")) : options;
	return {
		agency: "captured",
		feed: "captured",
		decoder: definition.create(definition.options.parse(chosen), { timezone, baseDirectory: "." }),
		decoderName: `${definition.type}@${definition.version}`,
		personal: CLOSED_DOOR,
		sinks: [],
	};
}

function sourceOf({ path, extension, split }: Stream, times: number): StreamSource {
	const definition = BUILTINS.sources.find(({ type }) => type === "file-replay");
	const options = {
		paths: [join(folder ?? "", path)],
		...(split && { split }),
		...(extension && { extensions: [extension] }),
	};
	const source = definition?.create(definition.options.parse(options), {
		feed: "captured",
		runtime,
		baseDirectory: ".",
		secrets: {},
		receive: () => Promise.reject(new Error("nothing is pushed here")),
	});
	if (source?.kind !== "stream") throw new Error("file-replay is no stream");
	return {
		kind: "stream",
		async *open(position) {
			for await (const item of source.open(position)) {
				for (let time = 0; time < times; time++) yield item;
			}
		},
	};
}

/** Through receive, interpret and admit on a log with three partitions; every item is recounted from what it stored. */
async function run(stream: Stream, times = 1) {
	const log = createMemoryLog({ partitions: 3 });
	const result = await replay({ runtime, log, source: sourceOf(stream, times), reader: readerOf(stream) });
	const { findings, balanced } = await auditLedger(log, { sinks: [] });
	expect(findings).toEqual([]);
	expect([balanced, result.balanced]).toEqual([true, true]);
	const { frames, records, removals, duplicates, deadLetters, late } = result;
	return { frames, records: records - removals, removals, duplicates, deadLetters, late };
}

describe.skipIf(!folder)(`captured streams through the whole intake${skipped}`, () => {
	it.each(STREAMS)("$decoder $path", async (stream) => {
		const { frames = 1, records, removals = 0, duplicates = 0, deadLetters = 0, late = 0 } = stream;
		expect(await run(stream)).toEqual({ frames, records, removals, duplicates, deadLetters, late });
		expect(await run(stream, 2)).toEqual({
			frames: 2 * frames,
			records,
			removals,
			duplicates: 2 * duplicates + records,
			deadLetters: 2 * deadLetters,
			late,
		});
	});
});
