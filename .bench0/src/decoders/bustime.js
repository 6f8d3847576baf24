import { z } from "zod";
import { serviceDateOf } from "../formats/iso-time.js";
import { booleanOf, integerOf, listOf, numberOf, objectOf, parseJson, textOf } from "../formats/json.js";
import { isCalendarDate, parseLocal } from "../formats/local-time.js";
import { maskedSample } from "../formats/masking.js";
import { beginsLikeJson } from "../formats/payload-kind.js";
import { bounded, Flags, headingOf, instantOf, isAbsent, positionOf, speedOf } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
import { childrenOf, MENDED_XML, parseXml, plainOf } from "../formats/xml.js";
import { Failure } from "../model/failure.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, MPS_PER_MPH, SECOND_MS } from "../model/units.js";
import { assignmentOf } from "./bustime-assignment.js";
import { failureOf } from "./bustime-errors.js";
const options = z.strictObject({
    tripField: z
        .enum(["tatripid", "origtatripno", "tripid"])
        .default("tatripid")
        .describe("Which field names the trip. tatripid is there in every version, but is an id of the scheduling system; " +
        "tripid or origtatripno is the GTFS trip_id at some sites. The others are kept as attributes."),
    blockField: z
        .enum(["tablockid", "blk"])
        .default("tablockid")
        .describe("Which field names the block: tablockid (scheduling system) or blk (GTFS side, v3 only)."),
    speedUnit: z
        .enum(["mph", "km/h"])
        .default("mph")
        .describe("Unit of spd. The vendor's guide says miles per hour."),
    snapshot: z
        .boolean()
        .default(false)
        .describe("Whether one answer states all vehicles of the feed, so that one that is missing has gone. A call names at most " +
        "ten routes: set it only where these are all."),
    assignments: z
        .boolean()
        .default(false)
        .describe("Whether the trip and block of each row become records of kind assignment too, one for each trip of a vehicle. " +
        "Every poll states them again, which counts as duplicates."),
});
/**
 * Clever Devices BusTime `getvehicles`, v1 to v3, JSON and XML:
 * answer  = { "bustime-response": { "vehicle": [ vehicle ], "error": [ { parameter: value, "msg": text } ] } }
 * tmstmp  = YYYYMMDD " " HH:MM [ ":" SS ]   agency wall time; without seconds unless asked for with tmres=s
 * Errors come with HTTP 200, also beside good vehicles. `docs/decoders/bustime.md` has the field table.
 */
export const definition = Object.freeze({
    type: "bustime",
    version: 2,
    summary: "Clever Devices BusTime getvehicles, v1 to v3, JSON or XML.",
    payloads: ["json", "xml"],
    options,
    // The vendor's guide: rt or vid, at most ten; only the first is read of both; minutes unless seconds are asked for.
    requestRule: {
        call: "getvehicles",
        query: { tmres: "s" },
        oneOf: ["rt", "vid"],
        itemsMax: 10,
        separator: ",",
    },
    create: (chosen, context) => ({
        decode: (input) => decode(input, chosen, context.timezone),
    }),
});
const ROOT = "bustime-response";
const NO_ANSWER = { vehicles: [], errors: [] };
const ABSENT = new Set(["N/A", "n/a", "NULL", "null"]);
const SPEED_UNIT_MPS = { mph: MPS_PER_MPH, "km/h": 1 / 3.6 };
/** "Half empty" is said of places, standing ones included: few seats are what a rider may count on. */
const OCCUPANCIES = {
    EMPTY: "empty",
    HALF_EMPTY: "few_seats_available",
    FULL: "full",
};
/** Dynamic action types of a trip that change what it is. Others (reassigned, shifted, expressed …) stay an attribute. */
const RELATIONSHIPS = {
    1: "canceled",
    8: "added",
    10: "added",
    18: "canceled",
};
/** The other way round than in GTFS-realtime, where 0 is incoming. */
const STOP_STATUSES = { 0: "stopped_at", 1: "incoming_at" };
/** Delayed cancellation and invalidated trips: the vendor's guide keeps them from the public. */
const NOT_FOR_RIDERS = new Set([12, 16, 17]);
function decode(input, chosen, timezone) {
    const answer = beginsLikeJson(input.bytes) ? readJson(input) : readXml(input);
    const notices = answer.isMended ? [MENDED_XML] : [];
    const failure = answer.failure ?? failureOf(answer.errors, notices);
    const items = [];
    const timeOf = timeReader(timezone, input.receivedTime);
    let headerTime;
    for (const vehicle of answer.vehicles) {
        const row = objectOf(vehicle);
        if (row === undefined) {
            items.push(rejected("decode.record", "an entry of vehicle is no object", vehicle));
            continue;
        }
        const item = observation(row, chosen, timeOf);
        items.push(item);
        const work = chosen.assignments && item.kind === "vehicle_location" ? assignmentOf(item, timezone) : undefined;
        if (work !== undefined)
            items.push(work);
        const served = timeOf(row.srvtmstmp);
        if (typeof served === "object" && served.time > (headerTime ?? Number.NEGATIVE_INFINITY)) {
            headerTime = served.time;
        }
    }
    // Whoever could not be read is still there: only an answer without rejections says who has gone.
    const isComplete = chosen.snapshot && failure === undefined && items.every((item) => item.kind !== "rejection");
    return {
        items,
        ...(headerTime === undefined ? {} : { headerTime }),
        ...(failure === undefined ? {} : { failure }),
        ...(isComplete ? { complete: true } : {}),
        ...(notices.length === 0 ? {} : { notices }),
    };
}
function readJson(input) {
    const { value, failure } = parseJson(input.bytes);
    if (failure !== undefined)
        return { ...NO_ANSWER, failure };
    input.inspect?.(value, "json");
    const response = objectOf(objectOf(value)?.[ROOT]);
    if (response === undefined) {
        return { ...NO_ANSWER, failure: new Failure("decode.format", `the JSON has no "${ROOT}" object`) };
    }
    const { vehicle, error } = response;
    const answer = { vehicles: listOf(vehicle), errors: listOf(error) };
    return answer.vehicles.length > 0 || answer.errors.length > 0 || Array.isArray(vehicle)
        ? answer
        : { ...answer, failure: otherAnswer(Object.keys(response)) };
}
function readXml(input) {
    const { root, failure, repairs } = parseXml(input.bytes, {
        contentType: input.contentType,
        records: ["vehicle", "error"],
    });
    if (root === undefined)
        return { ...NO_ANSWER, failure };
    input.inspect?.(root, "xml");
    if (root.name !== ROOT) {
        const message = `the document is <${root.name.slice(0, 60)}> where <${ROOT}> is expected`;
        return { ...NO_ANSWER, failure: failure ?? new Failure("decode.format", message) };
    }
    const rows = (name) => childrenOf(root, name)
        .filter((element) => element.complete)
        .map(rowOf);
    const answer = {
        vehicles: rows("vehicle"),
        errors: rows("error"),
        failure,
        isMended: repairs > 0,
    };
    if (failure !== undefined || answer.vehicles.length > 0 || answer.errors.length > 0)
        return answer;
    return { ...answer, failure: otherAnswer(root.children.map((child) => child.name)) };
}
/** A vehicle without children, such as `<vehicle/>`, is a row without fields and not text. */
function rowOf(element) {
    return element.children.length === 0 && element.text.length === 0 ? {} : plainOf(element, 2);
}
/** An answer of another call (predictions, routes …); none at all is an empty one. */
function otherAnswer(names) {
    const [first] = names;
    if (first === undefined || first === "vehicle")
        return undefined;
    const message = `the answer holds ${JSON.stringify(first.slice(0, 60))} and no vehicle; poll getvehicles`;
    return new Failure("decode.format", message);
}
function observation(row, chosen, timeOf) {
    const flags = new Flags();
    const time = timeOf(row.tmstmp);
    if (time === "unreadable") {
        const message = `tmstmp ${maskedSample(row.tmstmp).slice(0, 80)} is not YYYYMMDD HH:MM or YYYYMMDD HH:MM:SS`;
        return rejected("record.value", message, row);
    }
    if (time?.flag !== undefined)
        flags.add(time.flag);
    const name = (value) => vendorText(value, ABSENT, flags);
    const route = name(row.rt);
    const dynamics = [row.tripdyn, row.dyn].flatMap((value) => integerOf(value) ?? []);
    if (route === "U")
        flags.add("not_in_service");
    if (dynamics.some((state) => NOT_FOR_RIDERS.has(state)))
        flags.add("not_for_riders");
    const { latitude, longitude } = positionOf(known(row.lat), known(row.lon), flags);
    return {
        kind: "vehicle_location",
        eventTime: time?.time,
        resolutionMs: time?.resolutionMs,
        vehicleId: name(row.vid),
        tripId: name(row[chosen.tripField]),
        gtfsRouteId: route === "U" ? undefined : route,
        serviceDate: serviceDateOf(name(row.stsd)),
        startTime: startTime(row.stst, flags),
        scheduleRelationship: RELATIONSHIPS[dynamics[0] ?? 0],
        blockId: name(row[chosen.blockField]),
        runId: name(row.rid),
        operatorId: name(row.oid),
        latitude,
        longitude,
        headingDeg: headingOf(positive(row.hdg), flags),
        speedMps: speedOf(measured(row.spd), SPEED_UNIT_MPS[chosen.speedUnit], flags),
        currentStopSequence: countOf(row.gtfsseq),
        stopId: name(positive(row.stopid)),
        currentStatus: STOP_STATUSES[integerOf(row.stopstatus) ?? -1],
        occupancyStatus: occupancy(name(row.psgld), flags),
        attributes: attributes(row, chosen, name),
        flags: flags.list(),
    };
}
/** Vehicles of one answer share most of their times: each text is read once. */
function timeReader(timezone, referenceTime) {
    const read = new Map();
    return (value) => {
        if (typeof value !== "string")
            return localTime(value, timezone, referenceTime);
        if (!read.has(value))
            read.set(value, localTime(value, timezone, referenceTime));
        return read.get(value);
    };
}
/** Agency wall time, or epoch seconds or milliseconds where a site was set to unixTime. */
function localTime(value, timezone, referenceTime) {
    const text = textOf(value);
    if (text === undefined)
        return isAbsent(value) ? undefined : "unreadable";
    if (ABSENT.has(text))
        return undefined;
    if (/^\d{10}(\d{3})?$/.test(text)) {
        const isSeconds = text.length === 10;
        const time = instantOf(text, isSeconds ? SECOND_MS : 1, new Flags());
        return time === undefined ? "unreadable" : { time, resolutionMs: isSeconds ? SECOND_MS : 1 };
    }
    const match = /^(\d{4})(\d\d)(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
    if (match === null)
        return "unreadable";
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number);
    const second = Number(match[6] ?? 0);
    if (!isCalendarDate(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return "unreadable";
    const parts = { year, month, day, hour, minute, second, millisecond: 0 };
    return {
        ...parseLocal(parts, timezone, referenceTime),
        resolutionMs: match[6] === undefined ? MINUTE_MS : SECOND_MS,
    };
}
/** `stst` counts seconds from the midnight that begins `stsd`; past 24 h the trip starts after midnight. */
function startTime(value, flags) {
    const seconds = bounded(positive(value), 1, 0, (4 * DAY_MS) / SECOND_MS, flags);
    if (seconds === undefined)
        return undefined;
    const whole = Math.floor(seconds);
    const hours = Math.floor(whole / (HOUR_MS / SECOND_MS));
    const two = (part) => String(part).padStart(2, "0");
    return `${two(hours)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
function occupancy(word, flags) {
    if (word === undefined)
        return undefined;
    const status = Object.hasOwn(OCCUPANCIES, word) ? OCCUPANCIES[word] : undefined;
    if (status === undefined)
        flags.add("value_removed");
    return status;
}
/** The format's own words for "unknown" as nothing. */
function known(value) {
    return typeof value === "string" && ABSENT.has(value.trim()) ? undefined : value;
}
/** Where no negative value makes sense, -1 says "unknown". */
function positive(value) {
    return numberOf(value) === -1 ? undefined : known(value);
}
/** A place in a list; -1 is none. */
function countOf(value) {
    const count = integerOf(value);
    return count === undefined || count < 0 ? undefined : count;
}
/** A byte full of ones, as on-board units write "no speed". */
function measured(speed) {
    return numberOf(speed) === 255 ? undefined : positive(speed);
}
/** `pdist` is in feet, as BusTime has it. `srvtmstmp` is left out: it changes although the vehicle reports nothing new. */
function attributes(row, chosen, name) {
    const found = {};
    const put = (key, value) => {
        if (value !== undefined)
            found[key] = value;
    };
    const pattern = integerOf(row.pid);
    if (pattern !== undefined && pattern >= 0) {
        put("pid", pattern);
        put("pdist", numberOf(row.pdist));
    }
    put("des", name(row.des));
    put("dly", booleanOf(row.dly));
    put("or", booleanOf(row.or));
    put("zone", name(row.zone));
    put("mode", integerOf(row.mode));
    put("sequence", countOf(row.sequence));
    put("timepointid", countOf(row.timepointid));
    put("tripdyn", integerOf(row.tripdyn));
    put("dyn", integerOf(row.dyn));
    put("rtpidatafeed", name(row.rtpidatafeed));
    for (const field of ["tatripid", "origtatripno", "tripid"]) {
        if (field !== chosen.tripField)
            put(field, name(row[field]));
    }
    for (const field of ["tablockid", "blk"]) {
        if (field !== chosen.blockField)
            put(field, name(row[field]));
    }
    return Object.keys(found).length === 0 ? undefined : found;
}
function rejected(code, message, value) {
    return { kind: "rejection", code, message, sample: maskedSample(value) };
}
