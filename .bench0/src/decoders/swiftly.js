import { z } from "zod";
import { booleanOf, fieldOf, numberOf, objectOf, parseJson, textOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { deviationOf, Flags, headingOf, instantOf, positionOf, speedOf } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
import { Failure } from "../model/failure.js";
/*
 * Swiftly real-time vehicles: {"success":true,"route":"...","data":{"agencyKey":"...","vehicles":[{"id":"y1712",
 *   "tripId":"39997537","routeId":"35","blockId":"B35-164","runId":"122-1029","directionId":"0","schAdhSecs":725,
 *   "driver":"...","loc":{"lat":42.2999,"lon":-71.11442,"time":1559672825,"speed":0,"heading":38.6}}]}}
 * schAdhSecs is positive when late, loc.speed is metres per second, loc.time epoch seconds. `driver` is a person.
 */
const options = z.strictObject({
    snapshot: z
        .boolean()
        .default(false)
        .describe("Whether an answer states all vehicles of the feed, so that one that is missing has gone. Leave it false when " +
        "the request asks for some routes only."),
});
const VEHICLES_MAX = 100_000;
const NOTHING = new Set();
/** Swiftly's words for a vehicle that it cannot assign to a trip. */
const NOT_ASSIGNED = new Set(["Assignment terminated", "Could not match"]);
const TEXT_ATTRIBUTES = ["routeShortName", "headsign", "blockMthd", "tripPattern", "serviceId"];
const NUMBER_ATTRIBUTES = ["headwaySecs", "scheduledHeadwaySecs", "layoverDepTime"];
export const definition = Object.freeze({
    type: "swiftly",
    version: 1,
    summary: "Swiftly real-time vehicles (JSON)",
    payloads: ["json"],
    options,
    create: (chosen) => ({ decode: (input) => decode(input, chosen) }),
});
function decode(input, chosen) {
    const parsed = parseJson(input.bytes);
    if (parsed.failure !== undefined)
        return { items: [], failure: parsed.failure };
    input.inspect?.(parsed.value, "json");
    const root = objectOf(parsed.value);
    const refused = booleanOf(fieldOf(root, "success")) === false ? refusal(root) : undefined;
    const vehicles = fieldOf(fieldOf(root, "data"), "vehicles");
    if (!Array.isArray(vehicles)) {
        const message = "the answer has no list data.vehicles; the decoder reads the `vehicles` endpoint of Swiftly's real-time API";
        return { items: [], failure: refused ?? new Failure("decode.format", message) };
    }
    const items = vehicles.slice(0, VEHICLES_MAX).map(itemOf);
    const tooMany = vehicles.length > VEHICLES_MAX
        ? new Failure("decode.limit", `the answer has more than ${VEHICLES_MAX} vehicles; the rest was not read`)
        : undefined;
    const failure = refused ?? tooMany;
    if (failure !== undefined)
        return { items, failure };
    // Whoever could not be read is still there: only an answer without rejections says who has gone.
    const complete = items.every((item) => item.kind !== "rejection");
    return { items, ...(chosen.snapshot ? { complete } : {}) };
}
/** HTTP 200 with success:false is an error all the same. Its text is upstream's, and short by nature. */
function refusal(root) {
    const candidates = ["errorMessage", "error", "message", "errorCode"].map((name) => textOf(fieldOf(root, name)));
    const reason = candidates.find((text) => text !== undefined)?.slice(0, 200) ?? "it gives no reason";
    const code = /quota|rate|limit|too many/i.test(reason)
        ? "upstream.quota"
        : /unauthor|forbidden|api ?key/i.test(reason)
            ? "upstream.key"
            : "upstream.error";
    return new Failure(code, `Swiftly answered success: false: ${reason}`);
}
function itemOf(value) {
    const vehicle = objectOf(value);
    if (vehicle === undefined) {
        const message = "an element of data.vehicles is no object";
        return { kind: "rejection", code: "decode.record", message, sample: maskedSample(value) };
    }
    const flags = new Flags();
    const text = (name) => vendorText(fieldOf(vehicle, name), NOTHING, flags);
    const place = fieldOf(vehicle, "loc");
    const method = text("blockMthd");
    if (method !== undefined && NOT_ASSIGNED.has(method))
        flags.add("not_in_service");
    const direction = numberOf(fieldOf(vehicle, "directionId"));
    const eventTime = instantOf(fieldOf(place, "time"), 1000, flags);
    const { latitude, longitude } = positionOf(fieldOf(place, "lat"), fieldOf(place, "lon"), flags);
    return {
        kind: "vehicle_location",
        eventTime,
        resolutionMs: 1000,
        vehicleId: text("id"),
        tripId: text("tripId"),
        gtfsRouteId: text("routeId"),
        directionId: direction === 0 || direction === 1 ? direction : undefined,
        blockId: text("blockId"),
        runId: text("runId"),
        operatorId: text("driver"),
        latitude,
        longitude,
        headingDeg: headingOf(fieldOf(place, "heading"), flags),
        speedMps: speedOf(fieldOf(place, "speed"), 1, flags),
        scheduleDeviationS: deviationOf(fieldOf(vehicle, "schAdhSecs"), 1, flags),
        stopId: text("nextStopId"),
        attributes: attributesOf(vehicle, text),
        flags: flags.list(),
    };
}
function attributesOf(vehicle, text) {
    const attributes = {};
    for (const name of TEXT_ATTRIBUTES) {
        const value = text(name);
        if (value !== undefined)
            attributes[name] = value;
    }
    for (const name of NUMBER_ATTRIBUTES) {
        const value = numberOf(fieldOf(vehicle, name));
        if (value !== undefined)
            attributes[name] = value;
    }
    const layover = booleanOf(fieldOf(vehicle, "layover"));
    if (layover !== undefined)
        attributes["layover"] = layover;
    return attributes;
}
