import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { SIRI_END, siriJson, siriStart, siriXml } from "../formats/siri-write.js";
import { problem } from "../runtime/endpoint.js";
import { isoText } from "./delivery-json.js";
import { PublishedDocument } from "./publication.js";
import { tiersByFeed } from "./rider-ages.js";
import { riderOptions } from "./rider-options.js";
import { RiderRecords } from "./rider-records.js";
import { VehicleActivity } from "./siri-vm-activity.js";
import { chosenBy, queryOf, requestIn } from "./siri-vm-request.js";
const REQUEST_MAX_BYTES = 64 * 1024;
const options = z.strictObject({
    path: z
        .string()
        .regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /siri")
        .default("/siri")
        .describe("Where requests are posted to. Below it, for GET: vehicle-monitoring.xml and vehicle-monitoring.json."),
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
/** Answers requests for vehicles as SIRI Vehicle Monitoring does, XML and Lite JSON: docs/siri.md. */
export const definition = Object.freeze({
    type: "siri-vm",
    summary: "Answers SIRI Vehicle Monitoring requests (POST and GET, XML and Lite JSON) with the newest position of every vehicle.",
    options,
    create: (chosen, context) => new SiriVmSink(chosen, context),
});
const XML = "application/xml; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const NOT_CACHED = { "cache-control": "no-store" };
class SiriVmSink {
    kind = "serving";
    horizonMs;
    publishEveryMs;
    publishAtMostEveryMs;
    endpoints;
    #chosen;
    #clock;
    #startedTime;
    #cacheControl;
    #records;
    #rules;
    /** An item that has not changed is what it was in the publication before. */
    #made = new WeakMap();
    #visible;
    #time = 0;
    #counts = { requests: 0, refused: 0 };
    constructor(chosen, context) {
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
        const get = (form, title) => ({
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
    restore(state, snapshot) {
        const { time, heard } = stateIn(state);
        this.#time = time;
        this.apply(this.#records.restore(snapshot, heard), true);
    }
    apply(records, rebuilding, settle) {
        for (const record of records)
            this.#records.takeVehicle(record, rebuilding, settle);
    }
    explain(record, now) {
        return this.#records.explainVehicle(record, now);
    }
    standing() {
        return this.#records.standing();
    }
    resume(standing) {
        for (const one of standing)
            this.#records.resume(one);
    }
    publish(now, settle) {
        this.#records.select(now, settle);
        // Under a clock that was set back an answer would be older than the one before.
        this.#time = Math.max(now, this.#time + 1);
        const snapshot = this.#snapshot(this.#time, this.#records.vehicles.served);
        const kept = this.#records.snapshot();
        return {
            state: JSON.stringify({ time: this.#time, heard: this.#records.heard.times }),
            ...(kept !== undefined && { snapshot: kept }),
            reveal: () => {
                if (snapshot.time > (this.#visible?.time ?? 0))
                    this.#visible = snapshot;
            },
        };
    }
    status() {
        const { vehicles, withheldFacts } = this.#records;
        const { fresh, aging, stale } = vehicles.tiers;
        return { vehicles: vehicles.served.length, fresh, aging, stale, ...this.#counts, ...withheldFacts };
    }
    async close() { }
    #get(request, form) {
        const query = queryOf(request.query);
        if (typeof query === "string")
            return this.#refuse(query);
        this.#counts.requests++;
        const shown = this.#shown();
        if (Object.values(query).every((value) => value === undefined))
            return shown[form].respond(request);
        const text = form === "xml" ? this.#xml(shown, [query], query.messageId) : this.#json(shown, query);
        return answer(text, form === "xml" ? XML : JSON_TYPE);
    }
    #post(request) {
        const wish = requestIn(request.body, request.headers["content-type"]);
        if (typeof wish === "string")
            return this.#refuse(wish);
        this.#counts.requests++;
        return answer(this.#answerTo(wish), XML);
    }
    #refuse(sentence) {
        this.#counts.refused++;
        return problem(400, "No such request", `${sentence}.`);
    }
    #answerTo(wish) {
        if (wish.kind === "vehicles")
            return this.#xml(this.#shown(), wish.queries, wish.messageId);
        const { producerRef } = this.#chosen;
        const now = [
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
        const condition = [
            ["CapabilityNotSupportedError", [["ErrorText", description]]],
            ["Description", description],
        ];
        return this.#document([["ServiceDelivery", [...now, ["Status", false], ["ErrorCondition", condition]]]]);
    }
    #document(nodes) {
        return `${siriStart(this.#chosen.version)}${siriXml(nodes)}${SIRI_END}`;
    }
    /** Before the first publication is visible: valid, and empty. */
    #shown() {
        this.#visible ??= this.#snapshot(Math.max(this.#clock.now() - 1, this.#time), []);
        return this.#visible;
    }
    #snapshot(time, served) {
        const activities = served.map((one) => {
            const known = this.#made.get(one) ?? new VehicleActivity(one, this.#rules);
            this.#made.set(one, known);
            return known;
        });
        const document = (type, make) => new PublishedDocument(type, this.#cacheControl, time, () => make(snapshot));
        const snapshot = {
            time,
            activities,
            xml: document(XML, (shown) => this.#xml(shown, [{}])),
            json: document(JSON_TYPE, (shown) => this.#json(shown, {})),
        };
        return snapshot;
    }
    /** One delivery for each query, in their order. */
    #xml(shown, queries, messageId) {
        const { head, parts, hasMore } = this.#deliver(shown, queries, messageId);
        const deliveries = parts.map(({ query, activities }) => `<VehicleMonitoringDelivery version="${this.#chosen.version}">${siriXml(this.#deliveryHead(shown, query))}` +
            `${activities.map((one) => one.xml(shown.time)).join("\n")}</VehicleMonitoringDelivery>`);
        return (`${siriStart(this.#chosen.version)}<ServiceDelivery>${siriXml([...head, ["MoreData", hasMore]])}\n` +
            `${deliveries.join("\n")}</ServiceDelivery>${SIRI_END}`);
    }
    #json(shown, query) {
        const { head, parts, hasMore } = this.#deliver(shown, [query], query.messageId);
        const { version } = this.#chosen;
        const deliveries = parts.map(({ activities }) => `{"version":"${version}",${siriJson(this.#deliveryHead(shown, query))},` +
            `"VehicleActivity":[${activities.map((one) => one.json(shown.time)).join(",\n")}]}`);
        return (`{"Siri":{"ServiceDelivery":{${siriJson([...head, ["MoreData", hasMore]])},` +
            `"VehicleMonitoringDelivery":[${deliveries.join(",")}]}}}\n`);
    }
    #deliver(shown, queries, messageId) {
        let hasMore = false;
        const parts = queries.map((query) => {
            const found = chosenBy(query, shown.activities);
            hasMore ||= found.hasMore;
            return { query, activities: found.chosen };
        });
        const head = [
            ["ResponseTimestamp", timeText(shown.time)],
            ["ProducerRef", this.#chosen.producerRef],
            ["RequestMessageRef", messageId],
            ["Status", true],
        ];
        return { head, parts, hasMore };
    }
    #deliveryHead({ time }, { messageId }) {
        return [
            ["ResponseTimestamp", timeText(time)],
            ["RequestMessageRef", messageId],
            ["Status", true],
            ["ValidUntil", timeText(time + this.publishEveryMs)],
        ];
    }
}
function answer(body, contentType) {
    return { status: 200, headers: { ...NOT_CACHED, "content-type": contentType }, body };
}
function timeText(time) {
    return isoText(time).slice(1, -1);
}
const stateShape = z.object({
    time: z.number().int().nonnegative(),
    heard: z.record(z.string(), z.number()),
});
/** A state of somebody else's making counts for nothing. */
function stateIn(state) {
    try {
        const parsed = stateShape.safeParse(JSON.parse(state ?? "null"));
        if (parsed.success)
            return parsed.data;
    }
    catch {
        // Not JSON: as above.
    }
    return { time: 0, heard: {} };
}
