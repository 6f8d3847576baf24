import { z } from "zod";
import { instantOfIso, readIsoTime } from "../formats/iso-time.js";
const WORSE_DEFAULT = "5%";
const share = z
    .union([
    z.number().min(0).max(1),
    z
        .string()
        .regex(/^\d{1,3}(\.\d+)?%$/, "write a share as 10% or 0.1")
        .refine((text) => Number.parseFloat(text) <= 100, "a share is at most 100%"),
])
    .transform((value) => (typeof value === "number" ? value : Number.parseFloat(value) / 100));
const step = z.strictObject({
    at: z
        .string()
        .refine((text) => text.includes("T") && readIsoTime(text) !== undefined, "write a time as 2027-03-31T03:00")
        .describe("From when on, by upstream's time zone unless it states an offset: `2027-03-31T03:00`."),
    share: share.prefault("100%").describe("Of the vehicles: 10%."),
});
/** What a candidate has besides its decoder. */
export const candidateParts = {
    contract: z
        .string()
        .min(1)
        .optional()
        .describe("Path of the contract that goes with it. Default: that of the upstream."),
    cutover: z
        .union([share, z.array(step).min(1).max(10)])
        .prefault(0)
        .describe("Of how many vehicles its records count: a share such as 10%, or a list of times with shares. Default: none, it reads along."),
    worseMax: share
        .prefault(WORSE_DEFAULT)
        .describe("It is rolled back when by so much more of its records are missing, dead letters or flagged by guards than of those as they are read now."),
};
/** Undefined: there is none, or its decoder cannot be resolved. */
export function resolveCandidate(option, decoder, timezone, contractAt) {
    if (option === undefined || decoder === undefined)
        return undefined;
    const { contract, cutover, worseMax } = option;
    const steps = typeof cutover === "number"
        ? [{ fromTime: 0, share: cutover }].filter((only) => only.share > 0)
        : cutover
            .flatMap(({ at, share: part }) => {
            const read = readIsoTime(at);
            const instant = read && instantOfIso(read, timezone);
            return instant === undefined ? [] : [{ fromTime: instant.time, share: part }];
        })
            .sort((a, b) => a.fromTime - b.fromTime);
    return { decoder, contract: contract === undefined ? undefined : contractAt(contract), steps, worseMax };
}
