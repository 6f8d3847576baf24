import { z } from "zod";
import { instantOfIso, readIsoTime, serviceDateOf, startTimeOf } from "../formats/iso-time.js";
import { fieldOf, numberOf, objectOf, parseJsonDocuments, parseJsonText, textOf, } from "../formats/json.js";
import { parseLocal } from "../formats/local-time.js";
import { maskedSample } from "../formats/masking.js";
import { bounded, deviationOf, Flags, headingOf, instantOf, odometerOf, positionOf, speedOf, } from "../formats/readings.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
import { readHfpTopic } from "./hfp-topic.js";
/*
 * HSL High-frequency positioning, versions 1 and 2. A payload is one object under the upper-case name of its event:
 *   {"VP":{"desi":"8","dir":"1","oper":40,"veh":433,"tst":"2026-09-29T04:53:15.251Z","tsi":1790657595,"spd":2.93,
 *    "hdg":88,"lat":60.181121,"long":24.926036,"dl":-11,"odo":19,"drst":0,"oday":"2026-09-29","start":"07:53",
 *    "loc":"GPS","stop":null,"route":"1008","occu":0}}
 * dl is NEGATIVE when late. A frame is one payload (its topic in meta), or wrappers {topic, payload}, or a list.
 */
const options = z.strictObject({
    identity: z
        .enum(["topic", "payload"])
        .default("topic")
        .describe("Whose number makes the vehicle id `oper/veh`: the company in the topic owns the vehicle, the one in the " +
        "payload runs the journey. They differ for subcontracted service. Without a topic the payload is used."),
    occupancyZero: z
        .enum(["percent", "unknown"])
        .default("percent")
        .describe("What `occu: 0` means: nobody aboard (`percent`), or, where vehicles without a counter send 0 too, nothing."),
});
const TEXT_LENGTH_MAX = 256;
/** The event names of the protocol are upper case and short; anything else is a key of another format. */
const EVENT = /^[A-Z]{2,8}$/;
const GPS_QUALITY = {
    GPS: "good",
    ODO: "poor",
    MAN: "poor",
    DR: "poor",
};
/** Copied under their own names; `dr-type` is about the person who drives and is not. */
const TEXT_ATTRIBUTES = [
    "desi",
    "jrn",
    "line",
    "sid",
    "ttarr",
    "ttdep",
    "tlp-requestid",
    "tlp-requesttype",
    "tlp-prioritylevel",
    "tlp-reason",
    "tlp-decision",
];
export const definition = Object.freeze({
    type: "hfp",
    version: 1,
    summary: "HSL High-frequency positioning over MQTT, versions 1 and 2",
    payloads: ["json"],
    options,
    create: (chosen, context) => ({
        decode: (input) => decode(input, chosen, context.timezone),
    }),
});
function decode(input, chosen, timezone) {
    const documents = parseJsonDocuments(input.bytes);
    const only = documents.length === 1 ? documents[0] : undefined;
    if (only?.failure !== undefined)
        return { items: [], failure: only.failure };
    const items = [];
    for (const document of documents) {
        if (document.failure === undefined && input.inspect?.(document.value, "json") === false)
            continue;
        for (const item of itemsOf(document, input.meta?.["topic"])) {
            items.push("event" in item ? observed(item, chosen, timezone) : item);
        }
    }
    return { items };
}
function* itemsOf(document, topic) {
    if (document.failure !== undefined) {
        yield unreadable(document.failure);
        return;
    }
    const values = Array.isArray(document.value) ? document.value : [document.value];
    for (const value of values)
        yield* payloadsOf(value, topic);
}
function* payloadsOf(value, frameTopic) {
    const object = objectOf(value);
    if (object === undefined) {
        yield rejected("an item is no object where {event: {...}} or {topic, payload} is expected", value);
        return;
    }
    const inner = fieldOf(object, "payload");
    if (inner === undefined) {
        yield* eventsOf(object, frameTopic);
        return;
    }
    const topic = textOf(fieldOf(object, "topic")) ?? frameTopic;
    if (typeof inner !== "string") {
        yield* eventsOf(objectOf(inner), topic);
        return;
    }
    const parsed = parseJsonText(inner);
    if (parsed.failure !== undefined)
        yield unreadable(parsed.failure);
    else
        yield* eventsOf(objectOf(parsed.value), topic);
}
function* eventsOf(object, topicText) {
    let found = 0;
    for (const [event, inner] of Object.entries(object ?? {}).slice(0, 32)) {
        const fields = EVENT.test(event) ? objectOf(inner) : undefined;
        if (fields === undefined)
            continue;
        found++;
        yield { event, fields, topic: topicText === undefined ? undefined : readHfpTopic(topicText) };
    }
    if (found === 0)
        yield rejected("the payload has no event object such as VP", object);
}
function observed(payload, chosen, timezone) {
    const { fields, topic } = payload;
    const flags = new Flags();
    const time = timesOf(fields, flags);
    const date = known(fields["oday"]);
    const serviceDate = date === undefined ? undefined : serviceDateOf(date);
    const start = known(fields["start"]) ?? topic?.start;
    const loc = known(fields["loc"]);
    const doors = numberOf(fields["drst"]);
    return {
        kind: "vehicle_location",
        ...time,
        vehicleId: vehicleIdOf(fields, topic, chosen),
        gtfsRouteId: known(fields["route"]) ?? topic?.routeId,
        directionId: directionOf(known(fields["dir"]) ?? topic?.direction),
        serviceDate,
        startTime: start === undefined ? undefined : startOf(start, serviceDate, time.eventTime, timezone),
        blockId: known(fields["block"]),
        ...positionOf(fields["lat"], fields["long"], flags),
        headingDeg: headingOf(fields["hdg"], flags),
        speedMps: speedOf(fields["spd"], 1, flags),
        odometerM: odometerOf(fields["odo"], 1, flags),
        scheduleDeviationS: deviationOf(fields["dl"], -1, flags),
        stopId: known(fields["stop"]),
        occupancyPercentage: occupancyOf(fields, chosen, flags),
        gpsQuality: loc === undefined ? undefined : GPS_QUALITY[loc],
        doorsOpen: doors === 1 ? true : doors === 0 ? false : undefined,
        flags: flags.list(),
        attributes: attributesOf(payload),
    };
}
/** Version 1 writes "XXX" where it knows nothing. No id, name or code of the protocol is longer than a line. */
function known(value) {
    const text = textOf(value);
    return text === undefined || text.length > TEXT_LENGTH_MAX || /^X{3,}$/.test(text) ? undefined : text;
}
/** tst is the better clock (milliseconds in version 2); tsi stands in where it is missing. */
function timesOf(fields, flags) {
    const text = textOf(fields["tst"]);
    const iso = text === undefined ? undefined : readIsoTime(text);
    const reading = iso === undefined ? undefined : instantOfIso(iso, "UTC");
    if (text !== undefined && reading === undefined)
        flags.add("value_removed");
    const seconds = instantOf(fields["tsi"], 1000, flags);
    if (iso === undefined || reading === undefined) {
        return seconds === undefined ? {} : { eventTime: seconds, resolutionMs: 1000 };
    }
    if (seconds !== undefined && Math.abs(reading.time - seconds) > MINUTE_MS)
        flags.add("times_disagree");
    return { eventTime: reading.time, resolutionMs: iso.resolutionMs };
}
function vehicleIdOf(fields, topic, chosen) {
    const stated = plainNumber(known(fields["oper"]));
    const company = chosen.identity === "topic" ? (topic?.company ?? stated) : (stated ?? topic?.company);
    const vehicle = plainNumber(known(fields["veh"])) ?? topic?.vehicle;
    if (vehicle === undefined)
        return undefined;
    // A number alone names one vehicle of each company, which is worse than no name.
    return company === undefined ? undefined : `${company}/${vehicle}`;
}
/** The topic pads numbers with zeroes and the payload does not. */
function plainNumber(text) {
    return text?.replace(/^0+(?=\d)/, "");
}
/** HFP counts directions 1 and 2; GTFS counts them 0 and 1. */
function directionOf(text) {
    return text === "1" ? 0 : text === "2" ? 1 : undefined;
}
/**
 * `start` is a clock of 24 hours while `oday` may be the day before. A trip that starts at 01:10 in the night after its
 * operating day is 25:10 in GTFS; the event's own time tells the two apart, for they are a whole day from each other.
 */
function startOf(text, serviceDate, eventTime, timezone) {
    const start = startTimeOf(text);
    if (start === undefined || serviceDate === undefined || eventTime === undefined)
        return start;
    const hour = Number(start.slice(0, 2));
    if (hour >= 12)
        return start;
    const stated = parseLocal({
        year: Number(serviceDate.slice(0, 4)),
        month: Number(serviceDate.slice(4, 6)),
        day: Number(serviceDate.slice(6, 8)),
        hour,
        minute: Number(start.slice(3, 5)),
        second: 0,
        millisecond: 0,
    }, timezone, eventTime).time;
    const sinceStart = eventTime - stated;
    const isNextNight = sinceStart > 12 * HOUR_MS && sinceStart < 2 * DAY_MS;
    return isNextNight ? `${hour + 24}${start.slice(2)}` : start;
}
function occupancyOf(fields, chosen, flags) {
    const ratio = fieldOf(fields["vehiclecounts"], "vehicleloadratio");
    const percent = bounded(fields["occu"], 1, 0, 1000, flags) ?? bounded(ratio, 100, 0, 1000, flags);
    return percent === 0 && chosen.occupancyZero === "unknown" ? undefined : percent;
}
function attributesOf({ event, fields, topic, }) {
    const attributes = { event };
    for (const name of TEXT_ATTRIBUTES) {
        const text = known(fields[name]);
        if (text !== undefined)
            attributes[name] = text;
    }
    const acceleration = numberOf(fields["acc"]);
    if (acceleration !== undefined)
        attributes["acc"] = acceleration;
    const load = numberOf(fieldOf(fields["vehiclecounts"], "vehicleload"));
    if (load !== undefined)
        attributes["vehicleload"] = load;
    const company = plainNumber(known(fields["oper"]));
    if (company !== undefined && topic?.company !== undefined && company !== topic.company) {
        attributes["runByCompany"] = company;
    }
    if (topic?.mode !== undefined)
        attributes["mode"] = topic.mode;
    if (topic?.nextStop !== undefined)
        attributes["nextStop"] = topic.nextStop;
    if (topic?.headsign !== undefined)
        attributes["headsign"] = topic.headsign;
    return attributes;
}
function unreadable(failure) {
    return { kind: "rejection", code: failure.code, message: failure.message };
}
function rejected(message, value) {
    return { kind: "rejection", code: "decode.record", message, sample: maskedSample(value) };
}
