import { z } from "zod";
import { isTimezone } from "../formats/local-time.js";
import { bytesOption, durationOption, rateOption } from "../formats/quantities.js";
import { alertsBlock } from "./alerts.js";
import { candidateParts } from "./candidate.js";
import { deprecationsOption } from "./deprecations.js";
import { guardsOption } from "./guards.js";
import { healOption } from "./heal.js";
import { idsOption } from "./ids.js";
import { networkBlock, tlsBlock } from "./network.js";
import { secretOption } from "./secrets.js";
import { sloBlock } from "./slo.js";
import { telemetryBlock } from "./telemetry.js";

/** Names stand in paths, metric labels and ledger accounts, so they are short and plain. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const name = z
	.string()
	.regex(
		NAME,
		"a name has 1 to 64 letters, digits, dashes or underscores, and begins with a letter or digit",
	);

const timezoneOption = z.string().refine(isTimezone, {
	error: (issue) =>
		`${JSON.stringify(issue.input)} is not a time zone; use an IANA name such as America/Chicago`,
});

const degrees = (limit: number) => z.number().min(-limit).max(limit);

const agency = z.strictObject({
	timezone: timezoneOption.describe("IANA time zone of the agency, for payloads that state local times."),
	area: z
		.tuple([degrees(180), degrees(90), degrees(180), degrees(90)])
		.refine(([west, south, east, north]) => west < east && south < north, {
			message: "an area is [west, south, east, north], in degrees",
		})
		.optional()
		.describe("Where vehicles can be: [west, south, east, north] in WGS84 degrees."),
	gtfs: z
		.union([
			z.string().min(1),
			z.strictObject({
				from: z.string().min(1).describe("Path of a zip or a folder, or a URL."),
				every: durationOption({ minMs: 10_000 })
					.optional()
					.describe("How often it is looked at. Default: 1h for a URL, 1m for a path."),
			}),
		])
		.optional()
		.describe("The GTFS schedule: path of a zip or a folder, or a URL."),
	ids: idsOption.optional(),
});

/** A block that names a plug-in; its options are checked by the plug-in's own schema. */
export const sourceBlock = z
	.looseObject({
		type: z.string().describe("Which source plug-in."),
		history: z
			.union([z.literal("none"), durationOption({ minMs: 1000 })])
			.optional()
			.describe("How long upstream keeps a message (15m), or none when it only shows the present."),
	})
	.describe("Where bytes come from.");

export const decoderBlock = z
	.union([z.string(), z.looseObject({ type: z.string() })])
	.describe("What bytes mean: the name of a decoder, or a block with its type and options.");

export const sinkBlock = z
	.looseObject({
		type: z.string().describe("Which sink plug-in."),
		secrets: z
			.record(name, secretOption)
			.optional()
			.describe("Secrets by name. A single option may also be written as { env: NAME } or { file: PATH }."),
		network: networkBlock
			.optional()
			.describe("How its requests leave, option by option. Default: as `network` says for all."),
	})
	.describe("Where records go.");

const share = z
	.union([z.number().gt(0).max(1), z.string().regex(/^\d{1,3}(\.\d+)?%$/, "write a share as 99% or 0.99")])
	.transform((value) => (typeof value === "number" ? value : Number.parseFloat(value) / 100));

const budget = z.strictObject({
	requests: rateOption().optional().describe("Requests that upstream may be sent, such as 12/min."),
	bytes: rateOption().optional().describe("Bytes over the wire, such as 64KiB/s."),
	quota: z
		.union([name, rateOption()])
		.optional()
		.describe(
			"A long window that upstream counts: 10000/day for this upstream alone, or the name of one of the quotas.",
		),
});

const quota = z.strictObject({
	limit: rateOption()
		.refine(({ perMs }) => perMs === 86_400_000, {
			message: "the limit of a quota is per day, such as 10000/day",
		})
		.describe("Requests that upstream allows per day, such as 10000/day."),
	timezone: timezoneOption
		.optional()
		.describe(
			"IANA time zone at whose midnight it starts anew. Default: that of the agency whose feeds use it.",
		),
	reserve: share
		.refine((value) => value <= 0.5, { message: "a reserve is at most half of the limit" })
		.prefault("5%")
		.describe("Share of the limit that is kept for the last two hours of the day."),
});

const upstream = z.strictObject({
	source: sourceBlock,
	decoder: decoderBlock,
	timezone: timezoneOption.optional().describe("For local times in the payload. Default: the agency's."),
	contract: z.string().min(1).optional().describe("Path of the contract that payloads are checked against."),
	candidate: z
		.strictObject({ decoder: decoderBlock.optional(), ...candidateParts })
		.refine(({ decoder, contract }) => decoder !== undefined || contract !== undefined, {
			message: "a candidate has another decoder, another contract, or both",
		})
		.optional()
		.describe(
			"Another decoder or contract on trial: it reads the same frames, and takes over as cutover says.",
		),
	deprecations: deprecationsOption.optional(),
	budget: budget.prefault({}).describe("What upstream may be burdened with. Default: no limit but the pace."),
	network: networkBlock
		.optional()
		.describe("How its requests leave, option by option. Default: as `network` says for all."),
	secrets: z.record(name, secretOption).prefault({}).describe("Secrets of this upstream, by name."),
});

const feed = z.strictObject({
	agency: z.string().describe("Name of the agency that the vehicles belong to."),
	upstreams: z
		.array(upstream)
		.min(1)
		.max(8)
		.describe("Ways to get the feed, in order of preference: the first healthy one is used."),
	removeAfter: z
		.int()
		.min(0)
		.max(100)
		.default(2)
		.describe(
			"How many complete messages in a row must lack a vehicle, trip or alert before it counts as removed. 0: never.",
		),
	privacy: z
		.strictObject({
			operatorId: z
				.enum(["drop", "hash"])
				.default("drop")
				.describe(
					"What becomes of driver and operator ids. A hash is keyed, so that shifts can be told apart.",
				),
			runId: z
				.enum(["keep", "drop", "hash"])
				.default("keep")
				.describe(
					"What becomes of run ids (a driver's work of a day). Not keep where a roster turns them into names.",
				),
			key: secretOption.optional().describe("Key of the hashes."),
		})
		.prefault({})
		.describe("What becomes of fields that name a person."),
	guards: guardsOption.optional(),
	heal: healOption.optional(),
});

const route = z.strictObject({
	from: z.string().describe("Name of the feed."),
	to: z.union([z.string(), z.array(z.string()).min(1)]).describe("Name of a sink, or a list of them."),
	kinds: z
		.array(z.enum(["vehicle_location", "trip_update", "service_alert", "detour", "assignment", "stop_visit"]))
		.min(1)
		.optional()
		.describe("Which kinds of record. Default: all of them."),
	mode: z
		.enum(["latest", "every"])
		.describe(
			"latest: the newest record per vehicle, decay beats retry. every: all of it, in order per vehicle.",
		),
	maxAge: durationOption({ minMs: 1000 })
		.optional()
		.describe(
			"For latest: what is older counts as superseded instead of being delivered. Default: no limit.",
		),
	order: z
		.enum(["marked", "strict"])
		.default("marked")
		.describe("marked: a repaired record comes late and flagged. strict: its vehicle waits for it."),
	reorder: durationOption({ maxMs: 600_000 })
		.optional()
		.describe(
			"For every: how long a record waits for older ones of its vehicle, which then go first. 0s: not at all. " +
				"Default: 5s.",
		),
});

const keep = (maxAge: string, maxBytes: string, what: string) =>
	z
		.strictObject({
			maxAge: durationOption({ minMs: 60_000 }).prefault(maxAge).describe(`How long ${what} are kept.`),
			maxBytes: bytesOption({ minBytes: 1024 ** 2 })
				.prefault(maxBytes)
				.describe(`How much ${what} may take on disk; the oldest go first.`),
		})
		.prefault({})
		.describe(`Retention of ${what}.`);

const store = z.strictObject({
	directory: z
		.string()
		.min(1)
		.default("./.wayside")
		.describe("Folder of the store, beside the configuration."),
	durability: z
		.enum(["sync", "os"])
		.default("sync")
		.describe("sync: on disk before it counts. os: a power cut can lose the last seconds."),
	partitions: z
		.int()
		.min(1)
		.max(64)
		.default(8)
		.describe("Fixed when the store is created; order is kept per vehicle within a partition."),
	frames: keep("7d", "5GB", "raw frames"),
	records: keep("35d", "10GB", "records"),
	deadLetters: keep("30d", "1GB", "dead letters"),
	disk: z
		.strictObject({
			usedMax: share
				.prefault("90%")
				.describe("Share of the disk that may be used, by whatever, before intake stops."),
			freeMin: bytesOption({ minBytes: 1024 ** 2 })
				.prefault("2GB")
				.describe("Intake stops when less is free, however large the disk is."),
			usedResume: share.prefault("85%").describe("Share of the disk below which intake goes on by itself."),
		})
		.refine(({ usedMax, usedResume }) => usedResume <= usedMax, {
			path: ["usedResume"],
			message: "must not lie above usedMax, or intake would stop and go on all the time",
		})
		.prefault({})
		.describe(
			"When intake stops for a full disk. Sinks, retention and the rider feed go on, and sources are told to wait.",
		),
	ledger: z
		.strictObject({
			keep: durationOption({ minMs: 86_400_000 })
				.prefault("400d")
				.describe("How long accounts are kept; not shorter than anything that they account for."),
		})
		.prefault({})
		.describe(
			"Retention of the ledger. It is small: minutes become hours after two days, and days after 35.",
		),
});

const listener = (host: string, port: number, what: string) => ({
	host: z.string().min(1).default(host).describe(`Address that the ${what} listener binds to.`),
	port: z
		.union([
			z.int().min(0).max(65_535),
			z
				.string()
				.regex(/^\d{1,5}$/)
				.transform(Number),
		])
		.pipe(z.int().min(0).max(65_535))
		.prefault(port)
		.describe('TCP port; 0 takes any free one. A quoted reference such as "${PORT}" will do.'),
	tls: tlsBlock.optional(),
});

const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const http = z.strictObject({
	publicUrl: z
		.url({ protocol: /^https?$/ })
		.transform((url) => url.replace(/\/+$/, ""))
		.optional()
		.describe("How others reach the public listener, through a web server in front of it: shown and linked."),
	basePath: z
		.string()
		.regex(/^(\/[A-Za-z0-9._~-]+)+$/, "a base path looks like /wayside, without a slash at the end")
		.optional()
		.describe(
			"Everything public lies under this path. For a web server in front that passes paths on unchanged.",
		),
	trustProxy: z
		.array(
			z
				.string()
				.refine(
					(text) => address.safeParse(text).success,
					"name an address or a network, such as 127.0.0.1 or 10.0.0.0/8",
				),
		)
		.min(1)
		.optional()
		.describe("Web servers whose X-Forwarded-For is believed. Default: none."),
	public: z
		.strictObject(listener("0.0.0.0", 8080, "public"))
		.prefault({})
		.describe("Feeds, status, health and metrics, and what upstream pushes."),
	admin: z
		.strictObject({
			...listener("127.0.0.1", 8081, "admin"),
			token: secretOption
				.optional()
				.describe(
					"Bearer token that every admin request must carry. Needed, with tls, when the address is not loopback.",
				),
		})
		.prefault({})
		.describe("What changes or shows inner workings."),
});

const intake = z.strictObject({
	futureSkew: durationOption({ maxMs: 86_400_000 })
		.prefault("60s")
		.describe(
			"A record whose time lies further ahead of its receipt is kept, flagged and withheld from riders.",
		),
	dedupe: z
		.strictObject({
			maxAge: durationOption({ minMs: 60_000 })
				.prefault("1d")
				.describe("How far back a duplicate is recognised."),
			maxKeys: z
				.int()
				.min(1000)
				.max(50_000_000)
				.default(2_000_000)
				.describe("How many record ids are remembered; about 32 bytes of memory each."),
		})
		.prefault({})
		.describe("The window in which duplicates are recognised; what comes later is kept and flagged."),
	frameMaxBytes: bytesOption({ minBytes: 1024, maxBytes: 256 * 1024 ** 2 })
		.prefault("32MiB")
		.describe("A larger frame is a dead letter before it is decoded."),
});

/** The whole file. Plug-in blocks are loose here; `resolve.ts` checks each against its plug-in's own schema. */
export const documentSchema = z.strictObject({
	agencies: z.record(name, agency).describe("Who runs the vehicles."),
	quotas: z
		.record(name, quota)
		.prefault({})
		.describe(
			"What upstreams count per day and key; budget.quota of an upstream names the one that it uses.",
		),
	feeds: z.record(name, feed).describe("What comes in."),
	sinks: z.record(name, sinkBlock).describe("Where it goes."),
	routes: z.array(route).describe("Which feed goes to which sinks, and how."),
	store: store.prefault({}).describe("The durable log."),
	http: http.prefault({}).describe("The two listeners."),
	network: networkBlock
		.optional()
		.describe("How requests leave this machine, unless an upstream or sink says otherwise."),
	intake: intake.prefault({}).describe("Limits of what is taken in."),
	slo: sloBlock.optional().describe("Service-level objectives; whatever is absent is as docs/slo.md says."),
	telemetry: telemetryBlock
		.optional()
		.describe("What the hub tells of itself to systems that watch many programs."),
	alerts: alertsBlock.optional().describe("Who is told of what, over which channels, and when."),
});

export type ConfigDocument = z.output<typeof documentSchema>;
