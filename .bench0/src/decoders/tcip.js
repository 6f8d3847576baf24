import { z } from "zod";
import { parseIsoTime, readIsoTime } from "../formats/iso-time.js";
import { fieldOf, integerOf, listOf, numberOf, objectOf, parseJsonDocuments } from "../formats/json.js";
import { utcFromParts } from "../formats/local-time.js";
import { maskedSample } from "../formats/masking.js";
import { readNmeaSentence, readRmc } from "../formats/nmea.js";
import { Flags, headingOf, instantOf, positionOf, speedOf } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
import { Failure } from "../model/failure.js";
import { MINUTE_MS, MPS_PER_MPH } from "../model/units.js";
import { assignmentsOf } from "./tcip-assignments.js";
/*
 * APTA TCIP CcLocationReport as JSON off the bus: {"CcLocationReport":{"request-id":131,"vehicle":{"vehicle-id":2211,
 *   "agency-id":2008,"agencydesignator":"MTA NYCT"},"time-reported":"2011-09-23T15:50:53.419-00:00","latitude":40660081,
 *   "longitude":-74001819,"direction":{"deg":219.87},"speed":128,"operatorID":{"designator":"189954"},
 *   "runID":{"designator":"051"},"destSignCode":7041,"routeID":{"route-designator":"001"},
 *   "localCcLocationReport":{"NMEA":{"sentence":["$GPGGA,...","$GPRMC,..."]}}}}
 * or inside {"RealtimeEnvelope":{"UUID":..,"timeReceived":ms,"CcLocationReport":{..}}}; alone, in an array or on lines.
 * latitude and longitude are microdegrees; speed is SAE J1587, (v - 30) / 2 mph. operatorID is a person.
 * Lists of pull-outs and of cancelled trips become assignments: `tcip-assignments.ts`.
 */
const options = z.strictObject({
    agencyPrefix: z
        .boolean()
        .default(false)
        .describe("Write vehicle ids as `agencydesignator_vehicle-id`, such as `MTA NYCT_2211`."),
    routeDesignator: z
        .enum(["route", "attribute"])
        .default("route")
        .describe("Whether route-designator is the line that riders know. Where it is the first half of a run number (as at " +
        "MTA New York City Transit), `attribute` keeps it aside."),
    notInServiceSignCodes: z
        .array(z.int().min(0).max(99_999_999))
        .max(1000)
        .default([])
        .describe("Destination sign codes that are shown out of service, such as 6; such a vehicle is flagged."),
});
const DEGREES_PER_UNIT = 1e-6;
const DOCUMENTS_MAX = 100_000;
const NOTHING = new Set();
/** SAE J1587 sends 255 for a value that is not available. */
const SPEED_NOT_AVAILABLE = 255;
export const definition = Object.freeze({
    type: "tcip",
    version: 1,
    summary: "TCIP CcLocationReport (JSON), bare or in a RealtimeEnvelope; pull-out lists and cancelled trips",
    payloads: ["json"],
    options,
    create: (chosen, context) => ({
        decode: (input) => decode(input, chosen, context.timezone),
    }),
});
function decode(input, chosen, timezone) {
    const documents = parseJsonDocuments(input.bytes, { documentsMax: DOCUMENTS_MAX });
    const items = [];
    const { receivedTime } = input;
    /** A list of assignments may be empty, and is one all the same. */
    let isKnown = false;
    for (const document of documents) {
        if (document.failure !== undefined) {
            if (documents.length === 1)
                return { items: [], failure: document.failure };
            items.push({ kind: "rejection", code: document.failure.code, message: document.failure.message });
            continue;
        }
        if (input.inspect?.(document.value, "json") === false)
            continue;
        for (const value of listOf(document.value)) {
            const envelope = envelopeOf(value);
            const work = envelope === undefined ? assignmentsOf(value, { timezone, receivedTime }) : undefined;
            isKnown ||= envelope !== undefined || work !== undefined;
            if (work !== undefined)
                for (const item of work)
                    items.push(item);
            else
                items.push(envelope === undefined ? rejected(value) : observed(envelope, input, chosen, timezone));
        }
    }
    if (isKnown)
        return { items };
    const message = "the frame holds no CcLocationReport, no SchPullOutList and no list of cancelled trips";
    return { items: [], failure: new Failure("decode.format", message) };
}
function envelopeOf(value) {
    const wrapper = objectOf(fieldOf(value, "RealtimeEnvelope"));
    const report = objectOf(fieldOf(wrapper ?? value, "CcLocationReport"));
    return report === undefined ? undefined : { report, timeReceived: fieldOf(wrapper, "timeReceived") };
}
function rejected(value) {
    const message = "an item is no CcLocationReport (bare or in a RealtimeEnvelope), and no list of assignments";
    return { kind: "rejection", code: "decode.record", message, sample: maskedSample(value) };
}
function observed({ report, timeReceived }, input, chosen, timezone) {
    const flags = new Flags();
    const text = (value) => vendorText(value, NOTHING, flags);
    const time = timeOf(report, timeReceived, input.receivedTime, timezone, flags);
    const signCode = integerOf(report["destSignCode"]);
    if (signCode !== undefined && chosen.notInServiceSignCodes.includes(signCode))
        flags.add("not_in_service");
    const designator = text(fieldOf(report["routeID"], "route-designator"));
    const isRoute = chosen.routeDesignator === "route";
    return {
        kind: "vehicle_location",
        ...time,
        vehicleId: vehicleIdOf(report, chosen, text),
        gtfsRouteId: isRoute ? designator : undefined,
        runId: text(fieldOf(report["runID"], "designator")),
        operatorId: text(fieldOf(report["operatorID"], "designator")),
        ...positionOf(degrees(report["latitude"]), degrees(report["longitude"]), flags),
        headingDeg: headingOf(fieldOf(report["direction"], "deg"), flags),
        speedMps: speedOf(milesPerHour(report["speed"]), MPS_PER_MPH, flags),
        flags: flags.list(),
        attributes: {
            ...(signCode === undefined ? {} : { destSignCode: signCode }),
            ...(isRoute || designator === undefined ? {} : { routeDesignator: designator }),
        },
    };
}
function vehicleIdOf(report, chosen, text) {
    const id = text(fieldOf(report["vehicle"], "vehicle-id"));
    const agency = text(fieldOf(report["vehicle"], "agencydesignator"));
    return id === undefined || agency === undefined || !chosen.agencyPrefix ? id : `${agency}_${id}`;
}
/** What is no number stays as it is, so that it is removed and flagged where the position is judged. */
function degrees(value) {
    const units = numberOf(value);
    return units === undefined ? value : Number((units * DEGREES_PER_UNIT).toFixed(6));
}
function milesPerHour(value) {
    const coded = numberOf(value);
    if (coded === undefined)
        return value;
    return coded === SPEED_NOT_AVAILABLE ? undefined : (coded - 30) / 2;
}
/**
 * time-reported often lacks its offset, or says `-00:00`, which in RFC 3339 means that the offset is not known: real
 * buses send local time so. The receiver's own RMC sentence, where it is there, tells which reading is right; without
 * it the agency's zone is taken.
 */
function timeOf(report, timeReceived, receivedTime, timezone, flags) {
    const satellite = satelliteTimeOf(report, receivedTime);
    const stated = vendorText(report["time-reported"], NOTHING, flags);
    const envelopeTime = instantOf(timeReceived, 1, flags);
    const iso = stated === undefined ? undefined : readIsoTime(stated);
    if (stated !== undefined && iso === undefined)
        flags.add("value_removed");
    if (stated === undefined || iso === undefined) {
        if (satellite !== undefined)
            return { eventTime: satellite, resolutionMs: 1000 };
        if (envelopeTime === undefined)
            return {};
        flags.add("time_from_header");
        return { eventTime: envelopeTime, resolutionMs: 1000 };
    }
    const resolutionMs = iso.resolutionMs;
    const isOffsetKnown = iso.offsetMs !== undefined && !/-00:?(00)?$/.test(stated);
    const utc = utcFromParts(iso.parts) - (iso.offsetMs ?? 0);
    if (isOffsetKnown)
        return { eventTime: checked(utc, satellite, flags), resolutionMs };
    const bare = stated.replace(/-00:?(00)?$/, "");
    const local = parseIsoTime(bare, timezone, satellite ?? envelopeTime ?? receivedTime);
    if (local === undefined)
        return { eventTime: checked(utc, satellite, flags), resolutionMs };
    const isUtc = satellite !== undefined && Math.abs(utc - satellite) < Math.abs(local.time - satellite);
    if (!isUtc && local.flag !== undefined)
        flags.add(local.flag);
    return { eventTime: checked(isUtc ? utc : local.time, satellite, flags), resolutionMs };
}
function checked(time, satellite, flags) {
    if (satellite !== undefined && Math.abs(time - satellite) > MINUTE_MS)
        flags.add("times_disagree");
    return time;
}
function satelliteTimeOf(report, receivedTime) {
    const sentences = listOf(fieldOf(fieldOf(report["localCcLocationReport"], "NMEA"), "sentence"));
    for (const text of sentences.slice(0, 16)) {
        const sentence = typeof text === "string" ? readNmeaSentence(text.trim()) : undefined;
        const fix = sentence === undefined ? undefined : readRmc(sentence, receivedTime);
        if (fix?.time !== undefined && fix.isValid)
            return fix.time;
    }
    return undefined;
}
