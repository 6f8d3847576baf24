import { z } from "zod";
import { booleanOf, integerOf, listOf, numberOf, objectOf, parseJson, textOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { beginsLikeJson } from "../formats/payload-kind.js";
import { bounded, Flags, headingOf, instantOf, isAbsent, positionOf, speedOf } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
import { attributeOf, childrenOf, MENDED_XML, parseXml } from "../formats/xml.js";
import { Failure } from "../model/failure.js";
import { DAY_MS, MPS_PER_KMH, SECOND_MS } from "../model/units.js";
const options = z.strictObject({
    snapshot: z
        .boolean()
        .default(false)
        .describe("Whether one answer states all vehicles of the feed, so that one that is missing has gone. Set it only where " +
        "the poll asks for t=0 and no route: otherwise an answer holds what changed."),
});
/**
 * NextBus (UmoIQ) `vehicleLocations` of publicXMLFeed and publicJSONFeed:
 * xml   = <body> { <vehicle id= routeTag= … secsSinceReport= /> } [ <lastTime time= /> ] { <Error shouldRetry=> } </body>
 * json  = { "vehicle": vehicle | [ vehicle ], "lastTime": { "time": ms }, "Error": { "content": text } }
 * JSON is made of the XML: every value is text, one vehicle is no list, and none is no key. The event time is
 * `lastTime - secsSinceReport`, on the server's clock; a vehicle's clock that is ahead makes the seconds negative.
 * `docs/decoders/nextbus.md` has the field table.
 */
export const definition = Object.freeze({
    type: "nextbus",
    version: 1,
    summary: "NextBus (UmoIQ) vehicleLocations of the public XML and JSON feeds.",
    payloads: ["json", "xml"],
    options,
    create: (chosen) => ({ decode: (input) => decode(input, chosen) }),
});
const NO_ANSWER = { vehicles: [], errors: [] };
const ABSENT = new Set(["null", "NULL", "N/A"]);
/** Longer ago is a broken clock and not a report. */
const AGE_MAX_S = (3650 * DAY_MS) / SECOND_MS;
const ERROR_LENGTH_MAX = 200;
/** What answers to other commands hold. */
const OTHER_ANSWERS = {
    route: "routeConfig, routeList or messages",
    predictions: "predictions",
    agency: "agencyList",
    schedule: "schedule",
};
function decode(input, chosen) {
    const answer = beginsLikeJson(input.bytes) ? readJson(input) : readXml(input);
    const failure = answer.failure ?? failureOf(answer.errors);
    const headerTime = instantOf(textOf(answer.lastTime), 1, new Flags());
    const items = [];
    for (const vehicle of answer.vehicles) {
        const row = objectOf(vehicle);
        if (row !== undefined)
            items.push(observation(row, headerTime, input.receivedTime));
        else {
            const message = "an entry of vehicle is no object";
            items.push({ kind: "rejection", code: "decode.record", message, sample: maskedSample(vehicle) });
        }
    }
    // Whoever could not be read is still there: only an answer without rejections says who has gone.
    const isComplete = chosen.snapshot && failure === undefined && items.every((item) => item.kind !== "rejection");
    return {
        items,
        ...(headerTime === undefined ? {} : { headerTime }),
        ...(failure === undefined ? {} : { failure }),
        ...(answer.isMended ? { notices: [MENDED_XML] } : {}),
        ...(isComplete ? { complete: true } : {}),
    };
}
function readJson(input) {
    const { value, failure } = parseJson(input.bytes);
    if (failure !== undefined)
        return { ...NO_ANSWER, failure };
    input.inspect?.(value, "json");
    const body = objectOf(value);
    if (body === undefined) {
        return { ...NO_ANSWER, failure: new Failure("decode.format", "the JSON is no object of NextBus") };
    }
    const { vehicle, lastTime, Error: error, } = body;
    const errors = listOf(error).map((one) => {
        const { content, shouldRetry } = (objectOf(one) ?? { content: one });
        return { text: textOf(content) ?? "no reason", shouldRetry: booleanOf(shouldRetry) };
    });
    const time = objectOf(lastTime)?.time;
    const answer = { vehicles: listOf(vehicle), lastTime: time, errors };
    return withMisfit(answer, Object.keys(body), "copyright" in body);
}
function readXml(input) {
    const { root, failure, repairs } = parseXml(input.bytes, {
        contentType: input.contentType,
        records: ["vehicle", "lastTime", "Error"],
    });
    if (root === undefined)
        return { ...NO_ANSWER, failure };
    input.inspect?.(root, "xml");
    if (root.name !== "body") {
        const message = `the document is <${root.name.slice(0, 60)}> where the <body> of NextBus is expected`;
        return { ...NO_ANSWER, failure: failure ?? new Failure("decode.format", message) };
    }
    const complete = (name) => childrenOf(root, name).filter((element) => element.complete);
    const errors = complete("Error").map((element) => ({
        text: element.text.length === 0 ? "no reason" : element.text,
        shouldRetry: booleanOf(attributeOf(element, "shouldRetry")),
    }));
    const lastTime = complete("lastTime").at(0);
    const answer = {
        vehicles: complete("vehicle").map((element) => element.attributes),
        lastTime: lastTime === undefined ? undefined : attributeOf(lastTime, "time"),
        errors,
        failure,
        isMended: repairs > 0,
    };
    return withMisfit(answer, root.children.map((child) => child.name), true);
}
/** An answer to another command holds neither vehicles nor their time; an answer without any vehicle is a good one. */
function withMisfit(answer, names, isNextBus) {
    const isRead = answer.vehicles.length > 0 || answer.lastTime !== undefined || answer.errors.length > 0;
    if (isRead || answer.failure !== undefined)
        return answer;
    const other = names.find((name) => Object.hasOwn(OTHER_ANSWERS, name));
    if (other === undefined && isNextBus)
        return answer;
    const what = other === undefined ? "nothing that NextBus sends" : `<${other}>, an answer to ${OTHER_ANSWERS[other]}`;
    const failure = new Failure("decode.format", `the answer holds ${what}; poll command=vehicleLocations`);
    return { ...answer, failure };
}
function failureOf(errors) {
    const [first] = errors;
    if (first === undefined)
        return undefined;
    const text = first.text.replaceAll(/\s+/g, " ").slice(0, ERROR_LENGTH_MAX);
    const details = first.shouldRetry === undefined ? {} : { shouldRetry: first.shouldRetry };
    return new Failure(codeOf(text), `NextBus answers: ${text}`, { details });
}
function codeOf(text) {
    if (/rate limit|too many|bandwidth|quota|exceed/i.test(text))
        return "upstream.quota";
    return /\bkey\b|not authorized|forbidden/i.test(text) ? "upstream.key" : "upstream.error";
}
function observation(row, headerTime, receivedTime) {
    const flags = new Flags();
    const ageS = numberOf(row.secsSinceReport);
    if (!isAbsent(row.secsSinceReport) && (ageS === undefined || Math.abs(ageS) > AGE_MAX_S)) {
        const message = `secsSinceReport ${maskedSample(row.secsSinceReport).slice(0, 80)} is no number of seconds`;
        return { kind: "rejection", code: "record.value", message, sample: maskedSample(row) };
    }
    if (ageS !== undefined && headerTime === undefined)
        flags.add("time_from_receipt");
    const name = (value) => vendorText(value, ABSENT, flags);
    if (booleanOf(row.predictable) === false)
        flags.add("not_in_service");
    const { latitude, longitude } = positionOf(row.lat, row.lon, flags);
    return {
        kind: "vehicle_location",
        eventTime: ageS === undefined ? headerTime : instantOf((headerTime ?? receivedTime) - ageS * SECOND_MS, 1, flags),
        vehicleId: name(row.id),
        tripId: name(row.tripTag),
        gtfsRouteId: name(row.routeTag),
        blockId: name(row.block),
        operatorId: name(row.driverId),
        latitude,
        longitude,
        headingDeg: heading(row.heading, flags),
        speedMps: numberOf(row.speedKmHr) === -1 ? undefined : speedOf(row.speedKmHr, MPS_PER_KMH, flags),
        attributes: attributes(row, name, flags),
        flags: flags.list(),
    };
}
/** Negative says "unknown"; how negative does not matter (-4 is met as often as -1). */
function heading(value, flags) {
    const degrees = numberOf(value);
    return degrees !== undefined && degrees < 0 && degrees >= -360 ? undefined : headingOf(value, flags);
}
/** `leadingVehicleId` says that this is a car behind another one of the same train. */
function attributes(row, name, flags) {
    const found = {};
    const put = (key, value) => {
        if (value !== undefined)
            found[key] = value;
    };
    put("dirTag", name(row.dirTag));
    put("predictable", booleanOf(row.predictable));
    put("leadingVehicleId", name(row.leadingVehicleId));
    put("vehicleType", name(row.vehicleType));
    const passengers = integerOf(row.passengerCount);
    if (passengers !== -1)
        put("passengerCount", bounded(row.passengerCount, 1, 0, 10_000, flags));
    return Object.keys(found).length === 0 ? undefined : found;
}
