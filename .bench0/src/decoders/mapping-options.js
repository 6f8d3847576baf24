import { z } from "zod";
import { isTimezone } from "../formats/local-time.js";
import { compileTime, TIME_WORDS } from "../formats/time-pattern.js";
import { parsePayloadPath } from "./mapping-path.js";
/** The schema of a mapping. Every field takes a path, an object with a path and what to do with it, or a list of these. */
/** Names that tell a person apart. Attributes leave the hub as they are, so none of these may be one. */
const PERSONAL = /driver|operator|^oid$|employee|badge|crew|conductor|person|phone|e-?mail/i;
const path = z
    .string()
    .max(500)
    .superRefine((text, context) => {
    const parsed = parsePayloadPath(text);
    if (typeof parsed === "string")
        context.addIssue({ code: "custom", message: parsed });
});
const template = z
    .string()
    .min(1)
    .max(500)
    .superRefine((text, context) => {
    const parts = templateParts(text);
    if (typeof parts === "string")
        context.addIssue({ code: "custom", message: parts });
    else if (parts.every((part) => "literal" in part)) {
        context.addIssue({
            code: "custom",
            message: `the template "${text}" names no path in braces, as in "{a}/{b}"`,
        });
    }
});
const scalar = z.union([z.string().max(500), z.number(), z.boolean()]);
const condition = z
    .strictObject({
    path: path.describe("Where the value is."),
    is: z
        .union([scalar, z.array(scalar).max(50)])
        .optional()
        .describe("Holds when the value is one of these."),
    isNot: z
        .union([scalar, z.array(scalar).max(50)])
        .optional()
        .describe("Holds when there is a value, and none of these."),
    present: z.boolean().optional().describe("Holds when there is (true) or is not (false) a value."),
    reason: z.string().min(1).max(120).optional().describe("What is counted, in words. Default: the path."),
})
    .superRefine((value, context) => {
    const given = [value.is, value.isNot, value.present].filter((test) => test !== undefined);
    if (given.length !== 1)
        context.addIssue({ code: "custom", message: "give exactly one of is, isNot and present" });
});
const source = {
    path: path.optional().describe("Where the value is, such as `coordinate.latitude`."),
    template: template
        .optional()
        .describe("Text with paths in braces, such as `{oper}/{veh}`; absent when one is."),
    absent: z
        .array(scalar)
        .max(50)
        .optional()
        .describe("Values that mean that nothing is known, such as `N/A` or -1; added to those of the whole mapping."),
    map: z
        .record(z.string().max(200), scalar.nullable())
        .optional()
        .describe("What a value stands for; null makes it absent. A value that is not listed is kept."),
    when: condition.optional().describe("Use this only for records in which the condition holds."),
    required: z.boolean().optional().describe("Reject the record when the value is absent."),
};
const zone = z
    .string()
    .max(64)
    .refine(isTimezone, {
    error: "no such time zone; use an IANA name such as America/Chicago, or leave it out",
})
    .optional()
    .describe("Zone of times that state none. Default: the agency's.");
const time = z
    .string()
    .max(64)
    .superRefine((text, context) => {
    const compiled = compileTime(text);
    if (typeof compiled === "string")
        context.addIssue({ code: "custom", message: compiled });
})
    .describe(`${TIME_WORDS.join(", ")}, or a pattern such as \`yyyy-MM-dd HH:mm:ss\`.`);
/** A field in its three spellings. The message of the spelling that was meant is shown, not "invalid input". */
function field(shape) {
    const spec = z.strictObject({ ...source, ...shape }).superRefine((value, context) => {
        const given = value;
        if ((given.path === undefined) === (given.template === undefined)) {
            context.addIssue({ code: "custom", message: "give either path or template" });
        }
    });
    const one = z.union([path, spec], { error: explain });
    return z.union([path, spec, z.array(one).min(1).max(8)], { error: explain }).optional();
}
function explain(issue) {
    const place = typeof issue.input === "string" ? 0 : Array.isArray(issue.input) ? 2 : 1;
    const branch = (Array.isArray(issue.errors) ? issue.errors[place] : undefined);
    const meant = (branch ?? []).map((inner) => {
        const where = (inner.path ?? []).map(String).join(".");
        return where.length === 0 ? (inner.message ?? "") : `${where}: ${inner.message ?? ""}`;
    });
    return meant.length === 0 ? "expected a path, an object with a path, or a list of these" : meant.join("; ");
}
const text = field({
    prefix: z.string().max(100).optional().describe("Put before the value."),
    strip: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("Taken off the beginning of the value where it is there."),
    stripEnd: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("Taken off the end of the value where it is there."),
});
const scale = z.number().optional().describe("Factor, such as 1e-7. Default 1.");
const plain = field({ scale });
const choice = field({});
const fields = z
    .strictObject({
    vehicleId: text,
    vehicleLabel: text,
    licensePlate: text,
    tripId: text,
    gtfsRouteId: text,
    blockId: text,
    runId: text,
    operatorId: text,
    stopId: text,
    eventTime: field({
        time: time.default("iso"),
        zone,
        resolutionMs: z
            .int()
            .min(1)
            .max(86_400_000)
            .optional()
            .describe("How coarse the time is, if not as written."),
    }),
    serviceDate: field({ time: time.optional(), zone }),
    startTime: field({ time: time.optional(), zone }),
    directionId: choice,
    scheduleRelationship: choice,
    wheelchairAccessible: choice,
    currentStatus: choice,
    congestionLevel: choice,
    occupancyStatus: choice,
    gpsQuality: choice,
    doorsOpen: choice,
    latitude: plain,
    longitude: plain,
    headingDeg: plain,
    currentStopSequence: plain,
    occupancyPercentage: plain,
    speedMps: field({
        scale,
        unit: z.enum(["m/s", "km/h", "mph", "kn"]).default("m/s").describe("Unit of the speed."),
    }),
    odometerM: field({
        scale,
        unit: z.enum(["m", "km", "mi", "ft"]).default("m").describe("Unit of the distance."),
    }),
    scheduleDeviationS: field({
        scale,
        unit: z.enum(["s", "min", "h", "ms", "iso-duration"]).default("s").describe("Unit of the deviation."),
        late: z.enum(["positive", "negative"]).default("positive").describe("The sign of a late vehicle."),
    }),
})
    .describe("What becomes of a record's values: the name of an observation's field, and where its value is.");
const conditions = z.array(condition).max(20);
export const mappingOptions = z.strictObject({
    format: z
        .enum(["json", "xml", "csv"])
        .default("json")
        .describe("What the payload is. JSON may also be one document a line (NDJSON)."),
    records: path
        .optional()
        .describe("Where the records are, such as `BusPositions[]` or `Resp.Buses.Bus`. Default: the document; a list is taken " +
        "apart. Not for CSV, where every row is one."),
    recordsMissing: z
        .enum(["fail", "empty"])
        .default("fail")
        .describe("What it means when `records` leads nowhere: another payload, or no vehicles right now."),
    snapshot: z
        .boolean()
        .default(false)
        .describe("Whether a message states all vehicles of the feed, so that one that is missing has gone."),
    headerTime: field({ time: time.default("iso"), zone }).describe("The message's own time, from the document."),
    absent: z
        .array(scalar)
        .max(50)
        .default([])
        .describe("Values that mean for every field that nothing is known."),
    drop: conditions.default([]).describe("Records to leave out, and count, when any of these holds."),
    flags: z
        .strictObject({ not_in_service: conditions.optional(), fix_not_valid: conditions.optional() })
        .default({})
        .describe("Records to mark when any of the conditions holds."),
    fields,
    attributes: z
        .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/), path)
        .superRefine((given, context) => {
        for (const [name, at] of Object.entries(given)) {
            if (!PERSONAL.test(name) && !PERSONAL.test(at))
                continue;
            const message = `"${name}" looks as if it were about a person; map it to operatorId, which can be dropped`;
            context.addIssue({ code: "custom", message, path: [name] });
        }
    })
        .default({})
        .describe("More values to keep under their own names. Never about a person: map those to `operatorId`."),
    csv: z
        .strictObject({
        delimiter: z
            .string()
            .length(1)
            .optional()
            .describe("Default: comma, semicolon, tab or bar, whichever is there."),
        columns: z
            .array(z.string().min(1).max(100))
            .min(1)
            .max(1000)
            .optional()
            .describe("Names where there is no header."),
    })
        .default({})
        .describe("How CSV is written."),
});
/** The pieces of a template, or a sentence that says what is wrong with it. */
export function templateParts(text) {
    const parts = [];
    let at = 0;
    while (at < text.length) {
        const open = text.indexOf("{", at);
        const literal = text.slice(at, open < 0 ? text.length : open);
        if (literal.includes("}"))
            return `the template "${text}" has a } without its {`;
        if (literal.length > 0)
            parts.push({ literal });
        if (open < 0)
            break;
        const close = text.indexOf("}", open);
        if (close < 0)
            return `the template "${text}" has a { without its }`;
        const inner = text.slice(open + 1, close).trim();
        const parsed = parsePayloadPath(inner);
        if (typeof parsed === "string")
            return parsed;
        parts.push({ path: inner });
        at = close + 1;
    }
    return parts;
}
