import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { tiersFor } from "./rider-ages.js";
/** Three ages that follow each other: docs/defaults.md says why these. */
function tierOptions(words) {
    return {
        aging: durationOption()
            .optional()
            .describe(`${words.aging} Default: 60s, or two sweeps of the feed where that is longer.`),
        stale: durationOption()
            .optional()
            .describe(`${words.stale} Default: 120s, or three sweeps of the feed where that is longer.`),
        gone: durationOption({ minMs: 1000 })
            .optional()
            .describe(`${words.gone} Default: 5m, or \`stale\` where that is longer.`),
    };
}
function areInOrder(written) {
    const { aging, stale, gone } = tiersFor(written, 0);
    return aging <= stale && stale <= gone;
}
const NOT_IN_ORDER = { message: "aging, stale and gone must follow each other" };
const positionTiers = z
    .strictObject({
    ...tierOptions({
        aging: "From this age on a position counts as aging.",
        stale: "From this age on speed, bearing, status and occupancy are left out.",
        gone: "From this age on the vehicle is left out.",
    }),
    layover: durationOption({ minMs: 1000 })
        .prefault("15m")
        .describe("Instead of `gone`, where it is longer, for a vehicle that waits at a terminal."),
})
    .refine(areInOrder, NOT_IN_ORDER)
    .prefault({});
const forecastTiers = z
    .strictObject(tierOptions({
    aging: "From this age on a forecast counts as aging.",
    stale: "From this age on forecasts are left out; cancellations and skipped stops stay.",
    gone: "From this age on a trip of which only forecasts were known is forgotten.",
}))
    .refine(areInOrder, NOT_IN_ORDER)
    .prefault({});
/** Options of every sink that tells riders what stands: what may be told of it, and for how long. */
export const riderOptions = {
    stale: positionTiers.describe("How old a position may be, by the time at which it was measured."),
    tripUpdates: z
        .strictObject({
        stale: forecastTiers.describe("How old a forecast may be, by the time at which it was made."),
        max: z.int().min(1).max(1_000_000).default(100_000).describe("Trips at the most."),
    })
        .prefault({})
        .describe("What holds for trip updates."),
    alerts: z
        .strictObject({
        max: z.int().min(1).max(100_000).default(10_000).describe("Alerts at the most."),
    })
        .prefault({})
        .describe("What holds for alerts."),
    abandoned: durationOption({ minMs: 60_000 })
        .prefault("1h")
        .describe("How long nothing may be heard of a feed until its alerts, cancellations and skipped stops are left out."),
    futureSkew: durationOption({ maxMs: 3_600_000 })
        .prefault("60s")
        .describe("A record that lies further ahead of its reception than this is withheld."),
    withoutTime: z
        .enum(["withhold", "publish"])
        .default("withhold")
        .describe("What to do with positions and forecasts whose age nobody stated, neither the item nor the message."),
    unassigned: z
        .enum(["withhold", "publish"])
        .optional()
        .describe("What to do with vehicles for which upstream names no trip, no route and no block. Default: withhold where the agency has a schedule, else publish."),
    vehiclesMax: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(100_000)
        .describe("Vehicles at the most; further ones are withheld."),
};
