import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { SIRI_END, type SiriNode, siriJson, siriStart, siriXml } from "../formats/siri-write.js";
import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import { type Endpoint, type EndpointRequest, type EndpointResponse, problem } from "../runtime/endpoint.js";
import type { Clock } from "../runtime/runtime.js";
import { isoText } from "./delivery-json.js";
import { PublishedDocument } from "./publication.js";
import { tiersByFeed } from "./rider-ages.js";
import type { VehicleEntity } from "./rider-entity.js";
import { riderOptions } from "./rider-options.js";
import { RiderRecords } from "./rider-records.js";
import type { ServedItem } from "./rider-served.js";
import type {
	Publication,
	ServingSink,
	Settle,
	Showing,
	SinkContext,
	SinkDefinition,
	Standing,
} from "./sink.js";
import { type ActivityRules, VehicleActivity } from "./siri-vm-activity.js";
import { chosenBy, queryOf, requestIn, type SiriRequest, type VehicleQuery } from "./siri-vm-request.js";

const REQUEST_MAX_BYTES = 64 * 1024;

const options = z.strictObject({
	path: z
		.string()
		.regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /siri")
		.default("/siri")
		.describe(
			"Where requests are posted to. Below it, for GET: vehicle-monitoring.xml and vehicle-monitoring.json.",
		),
	version: z
		.enum(["2.0", "2.1"])
		.default("2.0")
		.describe("Of SIRI: what the documents say, and which words they have for occupancy."),
	producerRef: z
		.string()
		.regex(/^\S{1,100}$/, "must be one word")
		.default("wayside")
		.describe("Who answers."),
	directions: z
		.tuple([z.string().min(1).max(100), z.string().min(1).max(100)])
		.default(["0", "1"])
		.describe("DirectionRef of GTFS direction 0 and of direction 1, such as [outbound, inbound]."),
	operators: z
		.record(z.string(), z.string().min(1).max(100))
		.default({})
		.describe("OperatorRef by agency. Default: the agency's name here."),
	...riderOptions,
	publishEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("15s")
		.describe("The longest time between two publications, also when nothing is new."),
	publishAtMostEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("1s")
		.describe("The shortest time between two publications while records keep coming."),
	maxAge: durationOption({ maxMs: 60_000 })
		.prefault("5s")
		.describe("How long caches may keep an answer without asking again."),
});

type Options = z.infer<typeof options>;

/** Answers requests for vehicles as SIRI Vehicle Monitoring does, XML and Lite JSON: docs/siri.md. */
export const definition: SinkDefinition<Options> = Object.freeze({
	type: "siri-vm",
	summary:
		"Answers SIRI Vehicle Monitoring requests (POST and GET, XML and Lite JSON) with the newest position of every vehicle.",
	options,
	create: (chosen: Options, context: SinkContext) => new SiriVmSink(chosen, context),
});

/** What is known at one instant. */
interface Snapshot {
	readonly time: EpochMs;
	readonly activities: readonly VehicleActivity[];
	/** Of everything. */
	readonly xml: PublishedDocument;
	readonly json: PublishedDocument;
}

interface Part {
	readonly query: VehicleQuery;
	readonly activities: readonly VehicleActivity[];
}

const XML = "application/xml; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const NOT_CACHED = { "cache-control": "no-store" };

class SiriVmSink implements ServingSink {
	readonly kind = "serving";
	readonly horizonMs: number;
	readonly publishEveryMs: number;
	readonly publishAtMostEveryMs: number;
	readonly endpoints: readonly Endpoint[];
	readonly #chosen: Options;
	readonly #clock: Clock;
	readonly #startedTime: EpochMs;
	readonly #cacheControl: string;
	readonly #records: RiderRecords;
	readonly #rules: ActivityRules;
	/** An item that has not changed is what it was in the publication before. */
	readonly #made = new WeakMap<ServedItem<VehicleEntity>, VehicleActivity>();
	#visible: Snapshot | undefined;
	#time: EpochMs = 0;
	readonly #counts = { requests: 0, refused: 0 };

	constructor(chosen: Options, context: SinkContext) {
		this.#chosen = chosen;
		this.#clock = context.runtime.clock;
		this.#startedTime = this.#clock.now();
		this.#cacheControl = `public, max-age=${Math.round(chosen.maxAge / 1000)}`;
		this.#records = new RiderRecords(chosen, context);
		this.#rules = {
			...chosen,
			tiersOf: tiersByFeed(chosen.stale, context.sweeps).of,
			layoverMs: chosen.stale.layover,
		};
		this.horizonMs = this.#records.horizonMs;
		this.publishEveryMs = Math.max(chosen.publishEvery, chosen.publishAtMostEvery);
		this.publishAtMostEveryMs = chosen.publishAtMostEvery;
		const get = (form: "xml" | "json", title: string): Endpoint => ({
			method: "GET",
			path: `${chosen.path}/vehicle-monitoring.${form}`,
			scope: "public",
			summary: title,
			handle: (request) => Promise.resolve(this.#get(request, form)),
		});
		this.endpoints = [
			{
				method: "POST",
				path: chosen.path,
				scope: "public",
				summary: "SIRI requests: vehicle monitoring, check status.",
				bodyMaxBytes: REQUEST_MAX_BYTES,
				handle: (request) => Promise.resolve(this.#post(request)),
			},
			get("xml", "SIRI Vehicle Monitoring"),
			get("json", "SIRI Vehicle Monitoring as Lite JSON"),
		];
	}

	restore(state: string | undefined, snapshot?: string): void {
		const { time, heard } = stateIn(state);
		this.#time = time;
		this.apply(this.#records.restore(snapshot, heard), true);
	}

	apply(records: readonly TransitRecord[], rebuilding: boolean, settle?: Settle): void {
		for (const record of records) this.#records.takeVehicle(record, rebuilding, settle);
	}

	explain(record: TransitRecord, now: EpochMs): Showing {
		return this.#records.explainVehicle(record, now);
	}

	standing(): readonly Standing[] {
		return this.#records.standing();
	}

	resume(standing: readonly Standing[]): void {
		for (const one of standing) this.#records.resume(one);
	}

	publish(now: EpochMs, settle: Settle): Publication {
		this.#records.select(now, settle);
		// Under a clock that was set back an answer would be older than the one before.
		this.#time = Math.max(now, this.#time + 1);
		const snapshot = this.#snapshot(this.#time, this.#records.vehicles.served);
		const kept = this.#records.snapshot();
		return {
			state: JSON.stringify({ time: this.#time, heard: this.#records.heard.times }),
			...(kept !== undefined && { snapshot: kept }),
			reveal: () => {
				if (snapshot.time > (this.#visible?.time ?? 0)) this.#visible = snapshot;
			},
		};
	}

	status(): Readonly<Record<string, string | number | boolean>> {
		const { vehicles, withheldFacts } = this.#records;
		const { fresh, aging, stale } = vehicles.tiers;
		return { vehicles: vehicles.served.length, fresh, aging, stale, ...this.#counts, ...withheldFacts };
	}

	async close(): Promise<void> {}

	#get(request: EndpointRequest, form: "xml" | "json"): EndpointResponse {
		const query = queryOf(request.query);
		if (typeof query === "string") return this.#refuse(query);
		this.#counts.requests++;
		const shown = this.#shown();
		if (Object.values(query).every((value) => value === undefined)) return shown[form].respond(request);
		const text = form === "xml" ? this.#xml(shown, [query], query.messageId) : this.#json(shown, query);
		return answer(text, form === "xml" ? XML : JSON_TYPE);
	}

	#post(request: EndpointRequest): EndpointResponse {
		const wish = requestIn(request.body, request.headers["content-type"]);
		if (typeof wish === "string") return this.#refuse(wish);
		this.#counts.requests++;
		return answer(this.#answerTo(wish), XML);
	}

	#refuse(sentence: string): EndpointResponse {
		this.#counts.refused++;
		return problem(400, "No such request", `${sentence}.`);
	}

	#answerTo(wish: SiriRequest): string {
		if (wish.kind === "vehicles") return this.#xml(this.#shown(), wish.queries, wish.messageId);
		const { producerRef } = this.#chosen;
		const now: readonly SiriNode[] = [
			["ResponseTimestamp", timeText(this.#clock.now())],
			["ProducerRef", producerRef],
			["RequestMessageRef", wish.messageId],
		];
		if (wish.kind === "status")
			return this.#document([
				[
					"CheckStatusResponse",
					[...now, ["Status", true], ["ServiceStartedTime", timeText(this.#startedTime)]],
				],
			]);
		const description = `Only vehicle monitoring is served here, by request; no ${wish.service}.`;
		const condition: readonly SiriNode[] = [
			["CapabilityNotSupportedError", [["ErrorText", description]]],
			["Description", description],
		];
		return this.#document([["ServiceDelivery", [...now, ["Status", false], ["ErrorCondition", condition]]]]);
	}

	#document(nodes: readonly SiriNode[]): string {
		return `${siriStart(this.#chosen.version)}${siriXml(nodes)}${SIRI_END}`;
	}

	/** Before the first publication is visible: valid, and empty. */
	#shown(): Snapshot {
		this.#visible ??= this.#snapshot(Math.max(this.#clock.now() - 1, this.#time), []);
		return this.#visible;
	}

	#snapshot(time: EpochMs, served: readonly ServedItem<VehicleEntity>[]): Snapshot {
		const activities = served.map((one) => {
			const known = this.#made.get(one) ?? new VehicleActivity(one, this.#rules);
			this.#made.set(one, known);
			return known;
		});
		const document = (type: string, make: (shown: Snapshot) => string) =>
			new PublishedDocument(type, this.#cacheControl, time, () => make(snapshot));
		const snapshot: Snapshot = {
			time,
			activities,
			xml: document(XML, (shown) => this.#xml(shown, [{}])),
			json: document(JSON_TYPE, (shown) => this.#json(shown, {})),
		};
		return snapshot;
	}

	/** One delivery for each query, in their order. */
	#xml(shown: Snapshot, queries: readonly VehicleQuery[], messageId?: string): string {
		const { head, parts, hasMore } = this.#deliver(shown, queries, messageId);
		const deliveries = parts.map(
			({ query, activities }) =>
				`<VehicleMonitoringDelivery version="${this.#chosen.version}">${siriXml(this.#deliveryHead(shown, query))}` +
				`${activities.map((one) => one.xml(shown.time)).join("\n")}</VehicleMonitoringDelivery>`,
		);
		return (
			`${siriStart(this.#chosen.version)}<ServiceDelivery>${siriXml([...head, ["MoreData", hasMore]])}\n` +
			`${deliveries.join("\n")}</ServiceDelivery>${SIRI_END}`
		);
	}

	#json(shown: Snapshot, query: VehicleQuery): string {
		const { head, parts, hasMore } = this.#deliver(shown, [query], query.messageId);
		const { version } = this.#chosen;
		const deliveries = parts.map(
			({ activities }) =>
				`{"version":"${version}",${siriJson(this.#deliveryHead(shown, query))},` +
				`"VehicleActivity":[${activities.map((one) => one.json(shown.time)).join(",\n")}]}`,
		);
		return (
			`{"Siri":{"ServiceDelivery":{${siriJson([...head, ["MoreData", hasMore]])},` +
			`"VehicleMonitoringDelivery":[${deliveries.join(",")}]}}}\n`
		);
	}

	#deliver(shown: Snapshot, queries: readonly VehicleQuery[], messageId: string | undefined) {
		let hasMore = false;
		const parts = queries.map((query): Part => {
			const found = chosenBy(query, shown.activities);
			hasMore ||= found.hasMore;
			return { query, activities: found.chosen };
		});
		const head: readonly SiriNode[] = [
			["ResponseTimestamp", timeText(shown.time)],
			["ProducerRef", this.#chosen.producerRef],
			["RequestMessageRef", messageId],
			["Status", true],
		];
		return { head, parts, hasMore };
	}

	#deliveryHead({ time }: Snapshot, { messageId }: VehicleQuery): readonly SiriNode[] {
		return [
			["ResponseTimestamp", timeText(time)],
			["RequestMessageRef", messageId],
			["Status", true],
			["ValidUntil", timeText(time + this.publishEveryMs)],
		];
	}
}

function answer(body: string, contentType: string): EndpointResponse {
	return { status: 200, headers: { ...NOT_CACHED, "content-type": contentType }, body };
}

function timeText(time: EpochMs): string {
	return isoText(time).slice(1, -1);
}

const stateShape = z.object({
	time: z.number().int().nonnegative(),
	heard: z.record(z.string(), z.number()),
});

/** A state of somebody else's making counts for nothing. */
function stateIn(state: string | undefined): z.infer<typeof stateShape> {
	try {
		const parsed = stateShape.safeParse(JSON.parse(state ?? "null"));
		if (parsed.success) return parsed.data;
	} catch {
		// Not JSON: as above.
	}
	return { time: 0, heard: {} };
}
