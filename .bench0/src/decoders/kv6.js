import { constants, gunzipSync } from "node:zlib";
import { z } from "zod";
import { Geodesy } from "../formats/geodesy.js";
import { parseIsoTime, serviceDateOf } from "../formats/iso-time.js";
import { integerOf, numberOf } from "../formats/json.js";
import { maskedSample } from "../formats/masking.js";
import { bounded, Flags } from "../formats/readings.js";
import { vendorText } from "../formats/vendor-text.js";
import { MENDED_XML, parseXml, plainOf, textAt } from "../formats/xml.js";
import { Failure, messageOf } from "../model/failure.js";
const options = z.strictObject({
    tripIdWithReinforcement: z
        .boolean()
        .default(true)
        .describe("Append :reinforcementnumber to the trip id of extra vehicles of a journey (number above 0), so that they do not " +
        "share one key. The GTFS feed of the Netherlands knows the journey without it."),
});
/**
 * BISON KV6 (Dutch current positions), `VV_TM_PUSH`, plain or gzipped, with any namespace prefix:
 * push = VV_TM_PUSH { SubscriberID Version DossierName Timestamp { KV6posinfo } }
 * KV6posinfo = { INIT | ARRIVAL | DEPARTURE | ONSTOP | ONROUTE | OFFROUTE | DELAY | END }
 * A push without KV6posinfo is a heartbeat. `docs/decoders/kv6.md` has the field table.
 */
export const definition = Object.freeze({
    type: "kv6",
    version: 1,
    summary: "BISON KV6 positions of the Netherlands (VV_TM_PUSH), plain or gzipped.",
    payloads: ["xml"],
    options,
    create: (chosen, context) => ({
        decode: (input) => decode(input, chosen, context.timezone),
    }),
});
const ROOT = "VV_TM_PUSH";
const ABSENT = new Set(["null", "NULL"]);
const BYTES_MAX = 16 * 1024 * 1024;
const DEVIATION_MAX_S = 10 * 86_400;
const RIJKSDRIEHOEK = new Geodesy();
const EVENTS = new Set(["INIT", "ARRIVAL", "DEPARTURE", "ONSTOP", "ONROUTE", "OFFROUTE", "DELAY", "END"]);
const ACCESSIBILITIES = {
    ACCESSIBLE: "wheelchair_accessible",
    NOTACCESSIBLE: "wheelchair_inaccessible",
    UNKNOWN: "unknown",
};
function decode(input, chosen, timezone) {
    const bytes = unpacked(input.bytes);
    if (bytes instanceof Failure)
        return { items: [], failure: bytes };
    const { root, failure, repairs } = parseXml(bytes, {
        contentType: input.contentType,
        records: ["KV6posinfo"],
    });
    if (root === undefined)
        return { items: [], ...(failure === undefined ? {} : { failure }) };
    input.inspect?.(root, "xml");
    const misfit = failure ?? misfitOf(root);
    const headerTime = parseIsoTime(textAt(root, "Timestamp") ?? "", timezone, input.receivedTime)?.time;
    const scope = { chosen, timezone, referenceTime: headerTime ?? input.receivedTime };
    const items = [];
    let groups = 0;
    for (const group of root.name === ROOT ? root.children : []) {
        if (group.name !== "KV6posinfo")
            continue;
        groups++;
        for (const event of group.children)
            if (event.complete)
                items.push(item(event, scope));
    }
    const notices = repairs > 0 ? [MENDED_XML] : [];
    if (groups === 0 && misfit === undefined)
        notices.push("KV6 heartbeat");
    return {
        items,
        ...(headerTime === undefined ? {} : { headerTime }),
        ...(misfit === undefined ? {} : { failure: misfit }),
        ...(notices.length === 0 ? {} : { notices }),
    };
}
/** The feed's messages are gzipped one by one. A stream that is cut off gives what it holds up to there. */
function unpacked(bytes) {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b)
        return bytes;
    try {
        // With this flush the end of the stream need not be there.
        return gunzipSync(bytes, { maxOutputLength: BYTES_MAX, finishFlush: constants.Z_SYNC_FLUSH });
    }
    catch (thrown) {
        const code = thrown?.code;
        if (code === "ERR_BUFFER_TOO_LARGE") {
            return new Failure("decode.limit", `the gzipped frame unpacks to more than ${BYTES_MAX} bytes`);
        }
        return new Failure("decode.format", `the frame is not good gzip: ${messageOf(thrown).slice(0, 120)}`);
    }
}
/** Another dossier (KV15, KV17 …) or the answer to a push. */
function misfitOf(root) {
    if (root.name !== ROOT) {
        const message = `the document is <${root.name.slice(0, 60)}> where <${ROOT}> is expected`;
        return new Failure("decode.format", message);
    }
    const dossier = textAt(root, "DossierName");
    const hasPositions = root.children.some((child) => child.name === "KV6posinfo");
    if (hasPositions || dossier === undefined || /^KV6/i.test(dossier))
        return undefined;
    return new Failure("decode.format", `the push is of dossier "${dossier.slice(0, 60)}"; this decoder reads KV6posinfo`);
}
function item(event, scope) {
    if (!EVENTS.has(event.name)) {
        return rejected(event, "decode.record", `KV6posinfo holds <${event.name.slice(0, 60)}>, which is no KV6 event`);
    }
    const flags = new Flags();
    const text = textAt(event, "timestamp");
    const time = text === undefined ? undefined : parseIsoTime(text, scope.timezone, scope.referenceTime);
    if (text !== undefined && time === undefined) {
        return rejected(event, "record.value", `timestamp "${text.slice(0, 60)}" is not an ISO 8601 time`);
    }
    if (time?.flag !== undefined)
        flags.add(time.flag);
    const base = common(event, time?.time, scope.chosen, flags);
    const punctuality = bounded(textAt(event, "punctuality"), 1, -DEVIATION_MAX_S, DEVIATION_MAX_S, flags);
    // DELAY speaks of a journey that no vehicle runs yet: a forecast of the trip.
    if (event.name === "DELAY" && base.vehicleId === undefined) {
        return { kind: "trip_update", ...base, delayS: punctuality, stopTimeUpdates: [], flags: flags.list() };
    }
    return located(event, base, punctuality, flags);
}
/** Who and which journey. `dataownercode` leads both ids: numbers alone are those of many companies. */
function common(event, time, chosen, flags) {
    const name = (field) => vendorText(textAt(event, field), ABSENT, flags);
    const owner = name("dataownercode");
    const vehicle = name("vehiclenumber");
    const line = name("lineplanningnumber");
    const journey = name("journeynumber");
    const extra = integerOf(textAt(event, "reinforcementnumber")) ?? 0;
    const isWhole = owner !== undefined && line !== undefined && journey !== undefined;
    const suffix = chosen.tripIdWithReinforcement && extra > 0 ? `:${extra}` : "";
    const accessible = name("wheelchairaccessible") ?? name("wheelChairAccessible");
    return {
        eventTime: time,
        vehicleId: vehicle === undefined ? undefined : owner === undefined ? vehicle : `${owner}:${vehicle}`,
        wheelchairAccessible: accessible !== undefined && Object.hasOwn(ACCESSIBILITIES, accessible)
            ? ACCESSIBILITIES[accessible]
            : undefined,
        tripId: isWhole ? `${owner}:${line}:${journey}${suffix}` : undefined,
        gtfsRouteId: owner === undefined || line === undefined ? undefined : `${owner}:${line}`,
        serviceDate: serviceDateOf(textAt(event, "operatingday")),
        blockId: name("omloopnumber") ?? name("blockcode"),
        attributes: attributes(event, extra, name),
    };
}
function located(event, base, punctuality, flags) {
    const isAtStop = event.name === "ARRIVAL" || event.name === "ONSTOP";
    const status = isAtStop ? "stopped_at" : undefined;
    if (event.name === "END")
        flags.add("not_in_service");
    const position = rijksdriehoek(event, flags);
    return {
        kind: "vehicle_location",
        ...base,
        ...position,
        scheduleDeviationS: punctuality,
        // Of other events `userstopcode` is the stop that lies behind, which the model has no field for.
        stopId: isAtStop ? vendorText(textAt(event, "userstopcode"), ABSENT, flags) : undefined,
        currentStatus: status,
        flags: flags.list(),
    };
}
/** No fix is -1, 0 or nothing. Metres that lie outside of the Netherlands are removed. */
function rijksdriehoek(event, flags) {
    const x = textAt(event, "rd-x");
    const y = textAt(event, "rd-y");
    const hasNone = (text) => text === undefined || numberOf(text) === 0 || numberOf(text) === -1;
    if (hasNone(x) && hasNone(y))
        return {};
    const position = RIJKSDRIEHOEK.toWgs84("EPSG:28992", numberOf(x) ?? Number.NaN, numberOf(y) ?? Number.NaN);
    if (position === undefined)
        flags.add("position_removed");
    return position ?? {};
}
function attributes(event, reinforcement, name) {
    const found = { event: event.name };
    const put = (key, value) => {
        if (value !== undefined)
            found[key] = value;
    };
    put("source", name("source"));
    put("userstopcode", name("userstopcode"));
    put("passagesequencenumber", integerOf(textAt(event, "passagesequencenumber")));
    put("distancesincelastuserstop", numberOf(textAt(event, "distancesincelastuserstop")));
    put("numberofcoaches", integerOf(textAt(event, "numberofcoaches")));
    if (reinforcement > 0)
        put("reinforcementnumber", reinforcement);
    return found;
}
function rejected(event, code, message) {
    const sample = maskedSample({ [event.name.slice(0, 60)]: plainOf(event) });
    return { kind: "rejection", code, message, sample };
}
