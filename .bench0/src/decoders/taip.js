import { z } from "zod";
import { maskedSample } from "../formats/masking.js";
import { Flags, headingOf, positionOf, speedOf } from "../formats/readings.js";
import { readTaipSentences } from "../formats/taip.js";
import { decodeText } from "../formats/text.js";
import { Failure } from "../model/failure.js";
import { MPS_PER_KMH, MPS_PER_MPH, SECOND_MS } from "../model/units.js";
const options = z.strictObject({
    vehicleId: z
        .string()
        .trim()
        .min(1)
        .max(128)
        .optional()
        .describe("The vehicle of sentences without an ID. Left out, the address of the sender stands in, as modems are often " +
        "told apart by it."),
    speed: z
        .enum(["mph", "km/h"])
        .default("mph")
        .describe("The unit of speed: the protocol says mph, and some devices send km/h all the same."),
    leapSeconds: z
        .int()
        .min(0)
        .max(60)
        .default(0)
        .describe("Seconds that the device's clock is ahead of UTC because it keeps GPS time (18 since 2017); 0 for UTC."),
});
/** What devices append and what is worth keeping: odometer, inputs, satellites, battery, altitude. Nothing else is. */
const EXTRAS = new Set(["VO", "IO", "SV", "BL", "AD", "AL"]);
/** Markup holds > and capitals too; a stream cut in the middle begins with < at most before the next sentence. */
const MARKUP = /^\s*<[A-Za-z?!]/;
const GPS_QUALITY = {
    "0": "good",
    "1": "good",
    "2": "good",
    "3": "excellent",
    "6": "poor",
    "8": "poor",
};
export const definition = Object.freeze({
    type: "taip",
    version: 1,
    summary: "Trimble TAIP position sentences (RPV, RLN, RCP, RGP, REV) over UDP or TCP",
    options,
    create: (chosen) => ({ decode: (input) => decode(input, chosen) }),
});
function decode(input, chosen) {
    const { text } = decodeText(input.bytes);
    if (MARKUP.test(text)) {
        const message = "the frame is XML or an HTML page where TAIP sentences are expected; check the address";
        return { items: [], failure: new Failure("decode.format", message) };
    }
    const items = [];
    const notices = new Set();
    for (const sentence of readTaipSentences(text, input.receivedTime)) {
        if (sentence.failure !== undefined) {
            items.push({
                kind: "rejection",
                code: "decode.record",
                message: sentence.failure,
                sample: maskedSample(sentence.text.slice(0, 200)),
            });
        }
        else if (sentence.fix === undefined)
            notices.add(`${sentence.type} sentences carry no position`);
        else
            items.push(observed(sentence, sentence.fix, input, chosen));
    }
    if (items.length === 0 && notices.size === 0) {
        const message = "the frame holds no TAIP sentence: none begins with > and a letter, as in >RPV...<";
        return { items: [], failure: new Failure("decode.format", message) };
    }
    return { items, ...(notices.size === 0 ? {} : { notices: [...notices] }) };
}
function observed(sentence, fix, input, chosen) {
    const flags = new Flags();
    if (sentence.checksum === "wrong")
        flags.add("checksum_mismatch");
    const id = sentence.values.get("ID");
    if (id === undefined && chosen.vehicleId !== undefined)
        flags.add("identity_from_config");
    // A receiver without a fix sends noughts in either coordinate, or says that what it has is old.
    const isNowhere = fix.latitude === 0 || fix.longitude === 0;
    const isFresh = fix.age === undefined || fix.age === "2";
    if (isNowhere || !isFresh)
        flags.add("fix_not_valid");
    if (isNowhere)
        flags.add("position_removed");
    const isMotionKnown = isFresh && !isNowhere;
    return {
        kind: "vehicle_location",
        eventTime: fix.time - chosen.leapSeconds * SECOND_MS,
        resolutionMs: fix.resolutionMs,
        vehicleId: id ?? chosen.vehicleId ?? hostOf(input.meta?.["sender"]),
        ...(isNowhere ? {} : positionOf(fix.latitude, fix.longitude, flags)),
        headingDeg: isMotionKnown ? headingOf(fix.headingDeg, flags) : undefined,
        speedMps: isMotionKnown
            ? speedOf(fix.speed, chosen.speed === "mph" ? MPS_PER_MPH : MPS_PER_KMH, flags)
            : undefined,
        gpsQuality: fix.source === undefined ? undefined : GPS_QUALITY[fix.source],
        flags: flags.list(),
        attributes: attributesOf(sentence, fix),
    };
}
function attributesOf(sentence, fix) {
    const attributes = { sentence: sentence.type };
    if (fix.event !== undefined)
        attributes["event"] = fix.event;
    for (const [name, value] of sentence.values)
        if (EXTRAS.has(name))
            attributes[name] = value;
    return attributes;
}
/** The port of a sender changes with every connection; its address names the modem. */
function hostOf(sender) {
    const host = sender?.trim().replace(/:\d{1,5}$/, "");
    return host === undefined || host.length === 0 || host.length > 128 ? undefined : host;
}
