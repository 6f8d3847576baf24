import { z } from "zod";
import { headerJson } from "../formats/gtfs-realtime-json-write.js";
import { writeHeader } from "../formats/gtfs-realtime-write.js";
import { ProtobufWriter } from "../formats/protobuf-writer.js";
import { durationOption } from "../formats/quantities.js";
import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Clock } from "../runtime/runtime.js";
import { type ServedVehicle, ServedVehicles, type WithheldReason } from "./gtfs-realtime-vehicles.js";
import { PublishedDocument } from "./publication.js";
import type { Publication, ServingSink, Settle, SinkContext, SinkDefinition } from "./sink.js";

const options = z.strictObject({
	path: z
		.string()
		.regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /gtfs-rt")
		.default("/gtfs-rt")
		.describe("Where the feeds are: vehicle-positions.pb and vehicle-positions.json below it."),
	stale: z
		.strictObject({
			aging: durationOption().prefault("60s").describe("From this age on a position counts as aging."),
			stale: durationOption()
				.prefault("120s")
				.describe("From this age on speed, bearing, status and occupancy are left out."),
			gone: durationOption({ minMs: 1000 })
				.prefault("5m")
				.describe("From this age on the vehicle is left out."),
		})
		.refine((tiers) => tiers.aging <= tiers.stale && tiers.stale <= tiers.gone, {
			message: "aging, stale and gone must follow each other",
		})
		.prefault({})
		.describe("How old a position may be, by the time at which it was measured."),
	publishEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("15s")
		.describe("The longest time between two publications, also when nothing is new."),
	publishAtMostEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("1s")
		.describe("The shortest time between two publications while records keep coming."),
	futureSkew: durationOption({ maxMs: 3_600_000 })
		.prefault("60s")
		.describe("A record that lies further ahead of its reception than this is withheld."),
	withoutTime: z
		.enum(["withhold", "publish"])
		.default("withhold")
		.describe("What to do with positions whose age nobody stated, neither the vehicle nor the message."),
	unassigned: z
		.enum(["withhold", "publish"])
		.optional()
		.describe(
			"What to do with vehicles for which upstream names no trip, no route and no block. Default: withhold where the agency has a schedule, else publish.",
		),
	vehiclesMax: z
		.int()
		.min(1)
		.max(1_000_000)
		.default(100_000)
		.describe("Vehicles at the most; further ones are withheld."),
	maxAge: durationOption({ maxMs: 60_000 })
		.prefault("5s")
		.describe("How long caches may keep the feed without asking again."),
});

type Options = z.infer<typeof options>;

/**
 * Serves the newest position of every vehicle as GTFS-realtime VehiclePositions, protobuf and JSON, and says how old it
 * is by leaving out what is too old to be true: docs/gtfs-realtime.md.
 */
export const definition: SinkDefinition<Options> = Object.freeze({
	type: "gtfs-realtime",
	summary:
		"Serves vehicle positions to riders as GTFS-realtime (protobuf and JSON), staleness shown honestly.",
	options,
	create: (chosen: Options, context: SinkContext) => new GtfsRealtimeSink(chosen, context.runtime.clock),
});

interface Snapshot {
	/** Seconds. The one number that never goes back. */
	readonly headerTime: number;
	readonly bytes: number;
	readonly protobuf: PublishedDocument;
	readonly json: PublishedDocument;
}

class GtfsRealtimeSink implements ServingSink {
	readonly kind = "serving";
	readonly horizonMs: number;
	readonly publishEveryMs: number;
	readonly publishAtMostEveryMs: number;
	readonly endpoints: readonly Endpoint[];
	readonly #clock: Clock;
	readonly #cacheControl: string;
	readonly #vehicles: ServedVehicles;
	readonly #headerWriter = new ProtobufWriter(64);
	/** What clients see. */
	#visible: Snapshot | undefined;
	/** What was made last; it becomes visible when it is committed. */
	#latest: Snapshot | undefined;
	#lastHeaderTime = 0;
	/** The earliest header time that the empty feed may have. */
	#emptyHeaderTime = 0;

	constructor(chosen: Options, clock: Clock) {
		this.#clock = clock;
		this.#vehicles = new ServedVehicles(chosen, clock);
		// Reception bounds the event time from above, so what is younger than this by event is so by reception.
		this.horizonMs = chosen.stale.gone + chosen.futureSkew;
		this.publishEveryMs = Math.max(chosen.publishEvery, chosen.publishAtMostEvery);
		this.publishAtMostEveryMs = chosen.publishAtMostEvery;
		const maxAgeS = Math.round(chosen.maxAge / 1000);
		this.#cacheControl = `public, max-age=${maxAgeS}, stale-while-revalidate=10, stale-if-error=60`;
		this.endpoints = [
			this.#endpoint(`${chosen.path}/vehicle-positions.pb`, "GTFS-realtime vehicle positions", "protobuf"),
			this.#endpoint(`${chosen.path}/vehicle-positions.json`, "The same as JSON, with tier and age", "json"),
		];
	}

	restore(state: string | undefined): void {
		const headerTime = state === undefined ? 0 : headerTimeIn(state);
		// The second after it is kept for the empty feed, which is what clients see until the first publication.
		this.#emptyHeaderTime = headerTime === 0 ? 0 : headerTime + 1;
		this.#lastHeaderTime = Math.max(this.#lastHeaderTime, this.#emptyHeaderTime);
	}

	apply(records: readonly TransitRecord[], rebuilding: boolean, settle?: Settle): void {
		for (const record of records) this.#vehicles.take(record, rebuilding, settle);
	}

	publish(now: EpochMs, settle: Settle): Publication {
		const isChanged = this.#vehicles.select(now, settle);
		const nowS = Math.floor(now / 1000);
		let latest = this.#latest;
		if (latest === undefined || isChanged || nowS > this.#lastHeaderTime) {
			// A second that was published already must not get other content: a step of the clock moves on by one.
			const newestS = Math.floor(this.#vehicles.newestTime / 1000);
			this.#lastHeaderTime = Math.max(nowS, newestS, this.#lastHeaderTime + 1);
			latest = this.#assemble(this.#lastHeaderTime, this.#vehicles.served);
			this.#latest = latest;
		}
		return {
			state: JSON.stringify({ headerTime: latest.headerTime }),
			reveal: () => {
				if (latest.headerTime >= (this.#visible?.headerTime ?? 0)) this.#visible = latest;
			},
		};
	}

	status(now: EpochMs): Readonly<Record<string, string | number | boolean>> {
		const { tiers, withheld } = this.#vehicles;
		const shown = this.#visible;
		const facts: Record<string, string | number | boolean> = {
			vehicles: tiers.fresh + tiers.aging + tiers.stale,
			fresh: tiers.fresh,
			aging: tiers.aging,
			stale: tiers.stale,
			headerTime: (shown?.headerTime ?? 0) * 1000,
			headerAgeS: shown === undefined ? 0 : Math.floor(now / 1000) - shown.headerTime,
			bytes: shown?.bytes ?? 0,
		};
		for (const [reason, count] of Object.entries(withheld) as [WithheldReason, number][]) {
			if (count > 0) facts[`withheld_${reason}`] = count;
		}
		return facts;
	}

	close(): Promise<void> {
		return Promise.resolve();
	}

	#endpoint(path: string, summary: string, form: "protobuf" | "json"): Endpoint {
		return {
			method: "GET",
			path,
			scope: "public",
			summary,
			handle: (request) => Promise.resolve(this.#shown()[form].respond(request)),
		};
	}

	/** Before the first publication is visible: a feed that is valid, says that nothing is known, and is older than it. */
	#shown(): Snapshot {
		if (this.#visible === undefined) {
			const beforeNowS = Math.floor(this.#clock.now() / 1000) - 1;
			const beforeLatest = (this.#latest?.headerTime ?? Number.POSITIVE_INFINITY) - 1;
			const headerTime = Math.max(this.#emptyHeaderTime, Math.min(beforeNowS, beforeLatest));
			this.#lastHeaderTime = Math.max(this.#lastHeaderTime, headerTime);
			this.#visible = this.#assemble(headerTime, []);
		}
		return this.#visible;
	}

	#assemble(headerTime: number, served: readonly ServedVehicle[]): Snapshot {
		const header = {
			gtfsRealtimeVersion: "2.0",
			incrementality: 0,
			timestamp: headerTime,
			feedVersion: undefined,
		};
		this.#headerWriter.reset();
		writeHeader(this.#headerWriter, header);
		const head = this.#headerWriter.finish();
		let length = head.length;
		for (const vehicle of served) length += vehicle.bytes.length;
		const bytes = Buffer.allocUnsafe(length);
		bytes.set(head, 0);
		let at = head.length;
		for (const vehicle of served) {
			bytes.set(vehicle.bytes, at);
			at += vehicle.bytes.length;
		}
		const json = () => jsonOf(headerJson(header), headerTime * 1000, served);
		const time = headerTime * 1000;
		return {
			headerTime,
			bytes: length,
			protobuf: new PublishedDocument("application/x-protobuf", this.#cacheControl, time, () => bytes),
			json: new PublishedDocument("application/json; charset=utf-8", this.#cacheControl, time, json),
		};
	}
}

function jsonOf(header: string, time: EpochMs, served: readonly ServedVehicle[]): string {
	const entities = served.map(({ entity, detail, tier }) => {
		const ageS = Math.max(0, Math.floor((time - entity.time) / 1000));
		return `{${entity.json(detail)},"freshness":{"tier":"${tier}","age_s":${ageS}}}`;
	});
	return `{"header":${header},"entity":[${entities.join(",\n")}]}\n`;
}

function headerTimeIn(state: string): number {
	const parsed = z.object({ headerTime: z.number().int().nonnegative() }).safeParse(parseState(state));
	return parsed.success ? parsed.data.headerTime : 0;
}

function parseState(state: string): unknown {
	try {
		return JSON.parse(state);
	} catch {
		// A state of somebody else's making: the header then only has the clock to go by, as on a first start.
		return undefined;
	}
}
