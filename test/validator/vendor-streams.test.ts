import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { BUILTINS } from "../../src/config/builtins.js";
import type { Decoder } from "../../src/decoders/decoder.js";
import { realData } from "../real-data.js";
import { readMessage } from "./feed-message.js";
import { asLive, publishThroughSink, recordsOf, type TimedFrame, validateRun } from "./publish.js";

const folder = realData();
const skipped = folder === undefined ? " (skipped: ../shared/real-data is absent)" : "";

interface Stream {
	/** Decoder, or the mapping of examples/mappings. */
	readonly decoder: string;
	readonly file: string;
	readonly timezone?: string;
	readonly options?: unknown;
	/** Each line is a frame of its own. */
	readonly isLines?: boolean;
	/** What the validator says all the same, because the input does. */
	readonly forced?: readonly string[];
	/** How many entities the fullest publication holds at least. Default 1. */
	readonly entities?: number;
}

/** W006: a trip without trip_id, as the vehicle only states its route. W004: a bus faster than 26 m/s on a motorway. */
const STREAMS: readonly Stream[] = [
	{
		decoder: "bustime",
		file: "bustime/gtrans-gardena-getvehicles-2025-06-17.json",
		timezone: "America/Los_Angeles",
		entities: 31,
	},
	{ decoder: "bustime", file: "bustime/mcts-getvehicles-v2-2018-04-05.xml", timezone: "America/Chicago" },
	{ decoder: "nextbus", file: "nextbus/seattle-streetcar-vehicleLocations.xml", forced: ["W006"] },
	{ decoder: "nextbus", file: "nextbus/umd-locations-2015.json", forced: ["W006"] },
	{
		decoder: "siri-vm",
		file: "siri/ruter-oslo/VehicleMonitoringAnswer_raw.xml",
		forced: ["W006"],
		entities: 200,
	},
	{ decoder: "siri-vm", file: "siri/uk-bods-vm-2020/datafeed.xml.gz", entities: 2 },
	{ decoder: "siri-vm", file: "siri/uta-utah-vm/SiriLike_2_multi.xml", timezone: "America/Denver" },
	{ decoder: "siri-vm", file: "siri/entur-norway/vm-datafeed-partial-2017-07-11.xml", forced: ["W006"] },
	{ decoder: "siri-vm", file: "siri/france-vm-soap/vm_response_soap2.xml" },
	{ decoder: "hfp", file: "hsl-hfp/hfp-v2-tram-2026-09-29.ndjson", forced: ["W006"], isLines: true },
	{ decoder: "swiftly", file: "swiftly/mbta-bus-vehicles-2019-06-04.json" },
	{
		decoder: "transitmaster",
		file: "tides/metrotransit-mn/data-raw-vehicle_locations.csv",
		forced: ["W004"],
		timezone: "America/Chicago",
		entities: 100,
	},
	{
		decoder: "tcip",
		file: "tcip/CcLocationReport-raw-2011-09-23.json",
		forced: ["W006"],
		timezone: "America/New_York",
	},
	{ decoder: "kv6", file: "kv6/keolis-onstop-2026-07-04.xml", timezone: "Europe/Amsterdam" },
	{ decoder: "taip", file: "taip/sentences.txt" },
	{ decoder: "nmea", file: "nmea/bundg_zeus_9.nmea", options: { vehicleId: "zeus" } },
	{ decoder: "wmata", file: "wmata-api/jBusPositions-S2-2019-04-27.json", timezone: "America/New_York" },
	{ decoder: "stagecoach", file: "uk-vendor-json/stagecoach-uk.json", timezone: "Europe/London" },
	{ decoder: "lothian", file: "uk-vendor-json/lothian-edinburgh.json", timezone: "Europe/London" },
	{ decoder: "doublemap", file: "doublemap/kings-transit-buses-2020-02-22.json", forced: ["W006"] },
	{ decoder: "passio", file: "passio/clemson-websocket-location-2026-02-24.json" },
	{
		decoder: "capmetro-day-log",
		file: "avl-day-logs/capmetro-austin/2015-03-08.csv.gz",
		forced: ["W004"],
		timezone: "America/Chicago",
		entities: 50,
	},
	{
		decoder: "capmetro-day-log",
		file: "avl-day-logs/capmetro-austin/2015-03-19.csv.gz",
		forced: ["W004"],
		timezone: "America/Chicago",
		entities: 50,
	},
	{
		decoder: "mta-avl-trace",
		file: "avl-traces/mta-nyct-6603-2014-04-15.csv",
		timezone: "America/New_York",
	},
	{
		decoder: "mta-avl-trace",
		file: "avl-traces/mta-nyct-b63-2010/7560-2010-11-22T08-42-26.csv",
		timezone: "America/New_York",
	},
	{
		decoder: "mta-avl-trace",
		file: "avl-traces/mta-nyct-si-m34-2011/2711_20111208_054046_102329.csv",
		timezone: "America/New_York",
	},
	{ decoder: "transitime-avl", file: "avl-traces/wmata-3T/3T_3757.csv", timezone: "America/New_York" },
	{ decoder: "transitime-avl", file: "avl-traces/wmata-5A/5A_8062.csv", timezone: "America/New_York" },
];

function decoderOf({ decoder, options, timezone = "UTC" }: Stream): Decoder {
	const builtin = BUILTINS.decoders.find(({ type }) => type === decoder);
	const definition = builtin ?? BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (definition === undefined) throw new Error("there is no mapping decoder");
	const mapping = new URL(`../../examples/mappings/${decoder}.yaml`, import.meta.url);
	const chosen = builtin === undefined ? parse(readFileSync(mapping, "utf8")) : (options ?? {});
	return definition.create(definition.options.parse(chosen), { timezone, baseDirectory: "." });
}

/** Received at the message's own time, else at the newest time in it, as `wayside replay` does it. */
function framesOf(stream: Stream, decoder: Decoder): TimedFrame[] {
	const raw = readFileSync(join(folder ?? "", stream.file));
	const whole = stream.file.endsWith(".gz") ? gunzipSync(raw) : raw;
	const parts = stream.isLines
		? whole
				.toString("utf8")
				.split(/\r?\n/)
				.filter(Boolean)
				.map((line) => Buffer.from(line))
		: [whole];
	const REFERENCE = Date.parse("2026-09-29T04:53:31Z");
	return parts
		.map((bytes) => {
			const { headerTime, items } = decoder.decode({ bytes, receivedTime: REFERENCE });
			const times = items.flatMap((item) => (item.kind === "rejection" ? [] : (item.eventTime ?? [])));
			return { bytes, receivedTime: headerTime ?? (times.length > 0 ? Math.max(...times) : REFERENCE) };
		})
		.sort((a, b) => a.receivedTime - b.receivedTime);
}

describe.skipIf(!folder)(`the rider feed of other captured formats${skipped}`, () => {
	it.each(STREAMS)("$decoder $file", async (stream) => {
		const decoder = decoderOf(stream);
		const records = recordsOf(decoder, framesOf(stream, decoder));
		expect(records.length).toBeGreaterThan(0);
		const seen = new Set<string>();
		let entities = 0;
		for (const run of [records, asLive(records)]) {
			const { publications } = await publishThroughSink(run);
			const { counts, samples } = validateRun(publications);
			expect(samples.filter(({ code }) => code.startsWith("E"))).toEqual([]);
			for (const code of Object.keys(counts)) seen.add(code);
			for (const { bytes } of publications) entities = Math.max(entities, readMessage(bytes).entity.length);
		}
		expect([...seen].sort()).toEqual([...(stream.forced ?? [])].sort());
		expect(entities).toBeGreaterThanOrEqual(stream.entities ?? 1);
	});
});
