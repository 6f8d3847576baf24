import { z } from "zod";
import { maskedSample } from "../formats/masking.js";
import { readNmeaSentence, readRmc } from "../formats/nmea.js";
import { Flags, headingOf, positionOf, speedOf } from "../formats/readings.js";
import { decodeText, linesOf } from "../formats/text.js";
import { Failure } from "../model/failure.js";
const options = z.strictObject({
    vehicleId: z
        .string()
        .trim()
        .min(1)
        .max(128)
        .optional()
        .describe("The vehicle that sends the stream: NMEA itself names none. Left out, a prefix or line with the modem's id " +
        "is used, else the address of the sender."),
});
const SENTENCES_MAX = 1_000_000;
const NOT_USED = "sentences other than RMC were not used";
/** What modems put before a sentence or on a line of its own: `352093081234567`, `IMEI:352...`, `ID=BUS-12`. */
const IDENTITY = /^(?:(?:IMEI|ID)\s*[:=,]?\s*)?([A-Za-z0-9][A-Za-z0-9._-]{2,63})$/i;
export const definition = Object.freeze({
    type: "nmea",
    version: 1,
    summary: "NMEA 0183 RMC sentences of a GPS receiver, over UDP, TCP or from a file",
    options,
    create: (chosen) => ({ decode: (input) => decode(input, chosen) }),
});
function decode(input, chosen) {
    const { text } = decodeText(input.bytes);
    const items = [];
    let sentences = 0;
    let isUnused = false;
    let modem;
    for (const raw of linesOf(text, SENTENCES_MAX)) {
        const line = raw.trim();
        if (line.length === 0)
            continue;
        const start = line.search(/[$!]/);
        const named = identityOf(start < 0 ? line : line.slice(0, start), start < 0);
        if (start < 0) {
            if (named !== undefined)
                modem = named;
            else
                items.push(unreadable(line));
            continue;
        }
        const sentence = readNmeaSentence(line.slice(start));
        if (sentence === undefined) {
            items.push(unreadable(line));
            continue;
        }
        sentences++;
        if (sentence.type === "RMC")
            items.push(observed(sentence, input, chosen, named ?? modem));
        else
            isUnused = true;
    }
    const failure = sentences === 0 && !items.some((item) => item.kind !== "rejection") ? noSentence() : undefined;
    if (failure !== undefined)
        return { items: [], failure };
    return { items, ...(isUnused ? { notices: [NOT_USED] } : {}) };
}
/** A line of its own must look like an id beyond doubt (a digit in it): the tail of a cut sentence is none. */
function identityOf(before, isAlone) {
    // The length is checked first: on a long run of commas the next line would take quadratic time.
    const text = before.length > 80 ? "" : before.replace(/[\s,;]+$/, "");
    const id = IDENTITY.exec(text)?.[1];
    if (id === undefined)
        return undefined;
    return isAlone && !/^(?:\d{6,20}|(?:IMEI|ID)\b.*\d.*)$/i.test(text) ? undefined : id;
}
function observed(sentence, input, chosen, modem) {
    const fix = readRmc(sentence, input.receivedTime);
    if (fix === undefined) {
        const message = `the RMC sentence has ${sentence.fields.length} fields, and at least 9 are needed`;
        return rejected("decode.truncated", message, sentence.fields.join(","));
    }
    const flags = new Flags();
    if (sentence.checksum === "wrong")
        flags.add("checksum_mismatch");
    if (!fix.isValid)
        flags.add("fix_not_valid");
    if (modem === undefined && chosen.vehicleId !== undefined)
        flags.add("identity_from_config");
    return {
        kind: "vehicle_location",
        eventTime: fix.time,
        resolutionMs: fix.resolutionMs,
        vehicleId: modem ?? chosen.vehicleId ?? hostOf(input.meta?.["sender"]),
        ...positionOf(fix.latitude, fix.longitude, flags),
        headingDeg: headingOf(fix.courseDeg, flags),
        speedMps: speedOf(fix.speedMps, 1, flags),
        flags: flags.list(),
    };
}
/** The port of a sender changes with every connection; its address names the modem. */
function hostOf(sender) {
    const host = sender?.trim().replace(/:\d{1,5}$/, "");
    return host === undefined || host.length === 0 || host.length > 128 ? undefined : host;
}
function unreadable(line) {
    return rejected("decode.truncated", "the line is no whole NMEA sentence; it was cut or merged on its way, which a receiver that splits datagrams does", line);
}
function rejected(code, message, text) {
    return { kind: "rejection", code, message, sample: maskedSample(text.slice(0, 200)) };
}
function noSentence() {
    return new Failure("decode.format", "the frame holds no NMEA sentence: none of its lines begins with $ and a talker");
}
