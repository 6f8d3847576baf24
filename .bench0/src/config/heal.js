import { z } from "zod";
import { HEAL_DEFAULT } from "../quality/healing/feed-healer.js";
/** What the configuration of a feed says of healing. */
export const healOption = z
    .union([
    z.enum(["off", "propose", "auto"]),
    z.strictObject({
        mode: z
            .enum(["off", "propose", "auto"])
            .default("auto")
            .describe("`propose`: a person accepts what is proposed. `auto`: what is sure is accepted at once."),
        confidence: z
            .number()
            .min(0.8)
            .max(1)
            .default(HEAL_DEFAULT.confidence)
            .describe("How sure a repair must be to be accepted without a person."),
        vehiclesMin: z
            .int()
            .min(5)
            .max(10_000)
            .default(HEAL_DEFAULT.vehiclesMin)
            .describe("So many vehicles must agree with it to be accepted without a person."),
    }),
])
    .describe("What becomes of payloads that a vendor changes without notice. Default: propose; docs/healing.md says how.");
export function resolveHeal(option) {
    if (option === undefined)
        return HEAL_DEFAULT;
    return typeof option === "string" ? { ...HEAL_DEFAULT, mode: option } : option;
}
