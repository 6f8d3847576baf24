import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { BUILTINS } from "../../src/config/builtins.js";
import { FeedGuards } from "../../src/quality/guards/feed-guards.js";
import { GUARDS_DEFAULT } from "../../src/quality/guards/guard.js";
import { realData } from "../real-data.js";

interface Capture {
	/** A decoder, or a mapping of examples/mappings. */
	readonly decoder: string;
	readonly path: string;
	readonly timezone?: string;
	/** Of a folder: only files that end so. */
	readonly extension?: string;
	/** Guards that are right to alarm, and why. */
	readonly oddities?: Readonly<Record<string, string>>;
}

/** Every captured answer of vehicles that can be read as it was received, each by its own decoder. */
const CAPTURES: readonly Capture[] = [
	{ decoder: "gtfs-realtime", path: "gtfs-rt/mbta/vehiclepositions.pb" },
	{ decoder: "gtfs-realtime", path: "gtfs-rt/mbta/VehiclePositions_enhanced.json" },
	{ decoder: "gtfs-realtime", path: "gtfs-rt/ember-uk-2024-01-18/realtime.pb" },
	{ decoder: "gtfs-realtime", path: "gtfs-rt/usf-bullrunner-2017/vehicle-positions.pb" },
	{ decoder: "gtfs-realtime", path: "gtfs-rt/sound-transit-link-2023", extension: "json" },
	{ decoder: "gtfs-realtime", path: "gtfs-rt/nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb" },
	{ decoder: "siri-vm", path: "siri/ruter-oslo/VehicleMonitoringAnswer_raw.xml", timezone: "Europe/Oslo" },
	{ decoder: "siri-vm", path: "siri/uk-bods-vm-2020/datafeed.xml.gz", timezone: "Europe/London" },
	{ decoder: "siri-vm", path: "siri/uta-utah-vm/SiriLike_2_multi.xml", timezone: "America/Denver" },
	{
		decoder: "siri-vm",
		path: "siri/entur-norway/vm-datafeed-partial-2017-07-11.xml",
		timezone: "Europe/Oslo",
	},
	{
		decoder: "bustime",
		path: "bustime/gtrans-gardena-getvehicles-2025-06-17.json",
		timezone: "America/Los_Angeles",
	},
	{ decoder: "nextbus", path: "nextbus/seattle-streetcar-vehicleLocations.xml" },
	{ decoder: "swiftly", path: "swiftly/mbta-bus-vehicles-2019-06-04.json" },
	{ decoder: "hfp", path: "hsl-hfp/hfp-v2-tram-2026-09-29.ndjson" },
	{ decoder: "stagecoach", path: "uk-vendor-json/stagecoach-uk.json", timezone: "Europe/London" },
	{ decoder: "lothian", path: "uk-vendor-json/lothian-edinburgh.json", timezone: "Europe/London" },
	{ decoder: "mta-avl-trace", path: "avl-traces/mta-nyct-6603-2014-04-15.csv", timezone: "America/New_York" },
	{ decoder: "transitime-avl", path: "avl-traces/wmata-3T/3T_3757.csv", timezone: "America/New_York" },
];

/** What guards say of captures as they are: `path: guard`; and how many captures that were. */
export function captureAlarms(): { readonly captures: number; readonly alarms: readonly string[] } {
	const folder = realData();
	if (folder === undefined) return { captures: 0, alarms: [] };
	return { captures: CAPTURES.length, alarms: CAPTURES.flatMap((capture) => alarmsOf(folder, capture)) };
}

function alarmsOf(folder: string, capture: Capture): string[] {
	const { path, timezone = "UTC", oddities = {} } = capture;
	const decoder = decoderOf(capture.decoder, timezone);
	const guards = new FeedGuards({ config: GUARDS_DEFAULT });
	const told = new Set<string>();
	for (const bytes of framesOf(join(folder, path), capture.extension)) {
		const first = decoder.decode({ bytes, receivedTime: 0 });
		const newest = Math.max(0, ...first.items.map((item) => ("eventTime" in item && item.eventTime) || 0));
		const receivedTime = first.headerTime ?? newest;
		const { items, headerTime, complete } = decoder.decode({ bytes, receivedTime });
		const news = guards.look({ items, receivedTime, headerTime, isComplete: complete === true });
		for (const { guard, state } of news) if (state === "tripped") told.add(guard);
	}
	return [...told].filter((name) => oddities[name] === undefined).map((name) => `${path}: ${name}`);
}

function framesOf(path: string, extension: string | undefined): Uint8Array[] {
	if (statSync(path).isDirectory())
		return readdirSync(path)
			.filter((name) => extension === undefined || name.endsWith(extension))
			.sort()
			.flatMap((name) => framesOf(join(path, name), undefined));
	const bytes = readFileSync(path);
	if (path.endsWith(".gz")) return [gunzipSync(bytes)];
	if (!path.endsWith(".ndjson")) return [bytes];
	return bytes
		.toString()
		.trim()
		.split("\n")
		.map((line) => new TextEncoder().encode(line));
}

function decoderOf(name: string, timezone: string) {
	const builtin = BUILTINS.decoders.find(({ type }) => type === name);
	const definition = builtin ?? BUILTINS.decoders.find(({ type }) => type === "mapping");
	if (definition === undefined) throw new Error("there is no mapping decoder");
	const mapping = fileURLToPath(new URL(`../../examples/mappings/${name}.yaml`, import.meta.url));
	const chosen = builtin === undefined ? parse(readFileSync(mapping, "utf8")) : {};
	return definition.create(definition.options.parse(chosen), { timezone, baseDirectory: "." });
}
