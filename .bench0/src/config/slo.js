import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { SLO_DEFAULT } from "../model/slo.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
const goal = (what) => z
    .union([z.number(), z.string().regex(/^\d{1,3}(\.\d+)?%$/, "write a share as 99% or 0.99")])
    .transform((value) => (typeof value === "number" ? value : Number.parseFloat(value) / 100))
    .refine((share) => share > 0 && share < 1, "an objective lies above 0 and below 100%: the rest is its error budget")
    .describe(what);
/** Service-level objectives, each optional: docs/slo.md says how they are counted. */
export const sloBlock = z.strictObject({
    freshness: z
        .strictObject({
        target: goal("Share of the moments with vehicles in service, such as 99%."),
        p95: durationOption({ minMs: 1000, maxMs: HOUR_MS })
            .optional()
            .describe("How old 95 % of the positions that riders see may be (default 150 s)."),
    })
        .optional()
        .describe("How fresh the rider feeds have to be."),
    completeness: z
        .strictObject({ target: goal("Share of the reports that upstream had, such as 99.9%.") })
        .optional()
        .describe("How many reports may be lost."),
    validity: z
        .strictObject({ target: goal("Share of the moments with vehicles in service, such as 99%.") })
        .optional()
        .describe("How often the rider feeds have to be published in time, with little withheld as implausible."),
    detection: z
        .strictObject({
        target: goal("Share of the incidents, such as 90%."),
        within: durationOption({ minMs: MINUTE_MS, maxMs: DAY_MS }).optional().describe("Default 5 min."),
    })
        .optional()
        .describe("How soon an incident has to be told."),
    recovery: z
        .strictObject({
        target: goal("Share of the incidents, such as 90%."),
        within: durationOption({ minMs: MINUTE_MS, maxMs: 7 * DAY_MS })
            .optional()
            .describe("Default 1 h."),
    })
        .optional()
        .describe("How soon nothing of an incident may be page-worthy any more."),
    deadLetterAge: z
        .strictObject({
        target: goal("Share of all moments, such as 99%."),
        max: durationOption({ minMs: MINUTE_MS, maxMs: 30 * DAY_MS })
            .optional()
            .describe("Default 7 d."),
    })
        .optional()
        .describe("How old the cause of an open dead letter may be."),
});
export function resolveSlo(block) {
    if (block === undefined)
        return undefined;
    const { freshness, completeness, validity, detection, recovery, deadLetterAge } = block;
    const goalOf = (name, target, limitMs) => ({
        ...SLO_DEFAULT[name],
        ...(target !== undefined && { target }),
        ...(limitMs !== undefined && { limitMs }),
    });
    return {
        freshness: goalOf("freshness", freshness?.target, freshness?.p95),
        completeness: goalOf("completeness", completeness?.target),
        validity: goalOf("validity", validity?.target),
        detection: goalOf("detection", detection?.target, detection?.within),
        recovery: goalOf("recovery", recovery?.target, recovery?.within),
        "dead-letter-age": goalOf("dead-letter-age", deadLetterAge?.target, deadLetterAge?.max),
    };
}
