import { z } from "zod";
import { instantOfIso, readIsoTime } from "../formats/iso-time.js";
import { DAY_MS } from "../model/units.js";
const REMIND_DAYS = [30, 7, 1];
/** What upstream has announced to end, and when. */
export const deprecationsOption = z
    .array(z.strictObject({
    date: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/, { message: "a date is written as 2027-03-31", abort: true })
        .refine((text) => readIsoTime(`${text}T00:00`) !== undefined, "there is no such date")
        .describe("The day on which it ends, by upstream's time zone."),
    what: z.string().min(1).max(200).describe("What ends, in words: `API version 1`."),
    url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("Where it is announced."),
}))
    .max(50)
    .describe("What upstream has announced to end; alert deprecation-near tells of it 30 days, 7 days and 1 day ahead.");
export function resolveDeprecations(option, timezone) {
    return (option ?? []).flatMap(({ date, what, url }) => {
        const read = readIsoTime(`${date}T00:00`);
        const instant = read && instantOfIso(read, timezone);
        return instant === undefined ? [] : [{ time: instant.time, what, url, remindDays: REMIND_DAYS }];
    });
}
/** What `check` says of the calendar: what has ended, and what ends within a month. */
export function checkDeprecations(config, source, now) {
    const findings = [];
    for (const { name, upstreams } of config.feeds) {
        for (const { index, deprecations = [] } of upstreams) {
            deprecations.forEach(({ time, what, remindDays }, at) => {
                const days = Math.ceil((time - now) / DAY_MS);
                if (days > Math.max(...remindDays))
                    return;
                const path = ["feeds", name, "upstreams", index, "deprecations", at];
                const when = days <= 0 ? "ended" : days === 1 ? "ends within a day" : `ends in ${days} days`;
                const message = `${what} ${when}, as upstream has announced`;
                findings.push(source.finding("warning", "topology", path, message, "move the feed, then take this entry out"));
            });
        }
    }
    return findings;
}
