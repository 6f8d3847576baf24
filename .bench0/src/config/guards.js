import { z } from "zod";
import { GUARD_NAMES, GUARDS_DEFAULT, } from "../quality/guards/guard.js";
const actions = ["flag", "withhold", "dead-letter", "fail-feed", "off"];
const share = z
    .union([z.number().gt(0).max(1), z.string().regex(/^\d{1,3}(\.\d+)?%$/, "write a share as 20% or 0.2")])
    .transform((value) => (typeof value === "number" ? value : Number.parseFloat(value) / 100));
/** What the configuration of a feed says of its guards. */
export const guardsOption = z
    .union([
    z.literal("off"),
    z.strictObject({
        vehiclesMin: z
            .int()
            .min(3)
            .max(1000)
            .default(GUARDS_DEFAULT.vehiclesMin)
            .describe("So many vehicles must agree before anything is said of the fleet."),
        incidentShare: share
            .default(GUARDS_DEFAULT.incidentShare)
            .describe("From this share of the fleet on an alarm is an incident, as grave as an outage."),
        actions: z
            .partialRecord(z.enum(GUARD_NAMES), z.enum(actions))
            .prefault({})
            .describe("What becomes of what a guard finds, by its name; docs/guards.md has the defaults."),
    }),
])
    .describe("Checks of what reports mean. Default: all of them, as docs/guards.md says.");
export function resolveGuards(option) {
    if (option === undefined)
        return GUARDS_DEFAULT;
    if (option === "off")
        return { ...GUARDS_DEFAULT, off: true };
    const { vehiclesMin, incidentShare } = option;
    const guards = {};
    for (const [name, action] of Object.entries(option.actions))
        guards[name] = action === "off" ? { off: true } : { action };
    return { off: false, vehiclesMin, incidentShare, guards };
}
