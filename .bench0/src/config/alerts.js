import { z } from "zod";
import { isTimezone } from "../formats/local-time.js";
import { durationOption } from "../formats/quantities.js";
import { ALERT_NAMES, OUTAGE_AFTER_MS, OUTAGE_READERS, } from "../model/alert-policy.js";
import { MINUTE_MS } from "../model/units.js";
import { suggest } from "./findings.js";
import { networkBlock } from "./network.js";
import { secretOption } from "./secrets.js";
const name = z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "a name has 1 to 64 letters, digits, dashes or underscores");
const names = z
    .union([z.string(), z.array(z.string()).min(1).max(20)])
    .transform((value) => (typeof value === "string" ? [value] : value));
const words = z.string().min(1).max(200);
const clockTime = z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day looks like "21:30", in quotes')
    .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
/** A block that names a channel plug-in; its options are checked by the plug-in's own schema. */
export const channelBlock = z
    .looseObject({
    type: z.string().describe("Which channel plug-in."),
    secrets: z
        .record(name, secretOption)
        .optional()
        .describe("Secrets by name. A single option may also be written as { env: NAME } or { file: PATH }."),
    network: networkBlock
        .optional()
        .describe("How its requests leave, option by option. Default: as `network` says for all."),
})
    .describe("A way to reach people.");
const outageStep = z.strictObject({
    after: durationOption({ minMs: MINUTE_MS }).optional().describe("Since the feed gave nothing good."),
    to: names.optional().describe("Names of channels. Default: nobody; the draft stands in the events."),
});
const outageSteps = {
    owner: outageStep.optional().describe("Whoever runs the hub. Default: after 15m."),
    upstream: outageStep.optional().describe("The contact at upstream. Default: after 1h."),
    management: outageStep.optional().describe("Whoever answers for the service. Default: after 4h."),
};
export const alertsBlock = z.strictObject({
    owner: words
        .optional()
        .describe("Whose the alerts are: a name or a telephone number for whoever reads one."),
    runbooks: z
        .url({ protocol: /^https?$/ })
        .transform((url) => url.replace(/\/*$/, "/"))
        .optional()
        .describe("Where docs/runbooks is served: messages link there. Default: the hub's own, below http.publicUrl."),
    channels: z.record(name, channelBlock).prefault({}).describe("Ways to reach people, by name."),
    rules: z
        .partialRecord(z.enum(ALERT_NAMES), z.strictObject({
        severity: z
            .enum(["warn", "page", "off"])
            .optional()
            .describe("warn: never a page. page: at once a page when it would be told at all. off: never told."),
        owner: words.optional().describe("Whose this alert is."),
    }))
        .prefault({})
        .describe("What is other than docs/alerts.md says, by the alert's name."),
    routes: z
        .array(z.strictObject({
        severity: z.enum(["warn", "page"]).optional().describe("Only alerts of this severity."),
        alerts: z.array(z.enum(ALERT_NAMES)).min(1).optional().describe("Only these alerts."),
        subjects: z
            .array(z.string().min(1))
            .min(1)
            .optional()
            .describe('Only what they are about, such as feed:metro-avl or "sink:*".'),
        to: names.describe("Names of channels."),
        escalate: z
            .array(z.strictObject({
            after: durationOption({ minMs: 1000 }).describe("Since the first word."),
            to: names.describe("Names of channels."),
        }))
            .max(10)
            .default([])
            .describe("Who else is told while nobody acknowledges, and when."),
        repeat: z
            .union([z.literal("never"), durationOption({ minMs: MINUTE_MS })])
            .prefault("4h")
            .describe("How often it is told again while it is open and nobody acknowledges."),
    }))
        .max(50)
        .default([])
        .describe("Who is told of what; the first that fits decides. Default: every channel of everything."),
    quietHours: z
        .strictObject({
        from: clockTime.describe('Begin, such as "21:00".'),
        to: clockTime.describe("End; before the begin it is on the next day."),
        timezone: z
            .string()
            .refine(isTimezone, "use an IANA name such as America/Chicago")
            .optional()
            .describe("IANA time zone. Default: that of the first agency."),
    })
        .optional()
        .describe("Warnings wait for their end; pages do not."),
    group: durationOption({ maxMs: 10 * MINUTE_MS })
        .prefault("30s")
        .describe("How long a first word waits for others, so that a burst is one message."),
    failover: durationOption({ minMs: 10_000 })
        .prefault("2m")
        .describe("When a channel cannot be reached for so long, the next of the chain is told."),
    outage: z
        .strictObject({
        ...outageSteps,
        feeds: z.record(name, z.strictObject(outageSteps)).prefault({}).describe("What is other for one feed."),
    })
        .prefault({})
        .describe("Who is told of a feed that stays down, each in words for that reader."),
    heartbeat: z
        .strictObject({
        url: z
            .union([secretOption, z.url({ protocol: /^https?$/ })])
            .describe("Called while the hub is well; whoever misses the call raises the alarm."),
        every: durationOption({ minMs: 10_000 }).prefault("1m").describe("How often."),
        allowPrivateAddresses: z.boolean().default(false).describe("Whether it may be in this network."),
    })
        .optional()
        .describe("A dead man's switch for the hub itself."),
    holidays: z
        .array(z.iso.date())
        .max(400)
        .default([])
        .describe("Days with the service of a Sunday, such as 2026-12-25: for agencies without a schedule."),
});
export function resolveAlerts(block, tools) {
    const channels = Object.entries(block.channels).flatMap(([each, one]) => tools.channelOf(each, one) ?? []);
    checkNames(block, tools);
    const heartbeat = block.heartbeat && {
        url: typeof block.heartbeat.url === "string" ? block.heartbeat.url : "",
        everyMs: block.heartbeat.every,
        allowPrivateAddresses: block.heartbeat.allowPrivateAddresses,
    };
    if (heartbeat && typeof block.heartbeat?.url === "object")
        tools.secret(["alerts", "heartbeat", "url"], block.heartbeat.url, (value) => {
            heartbeat.url = value;
        });
    const { quietHours: quiet } = block;
    const stepOf = (reader, own = block.outage[reader]) => ({
        afterMs: own?.after ?? block.outage[reader]?.after ?? OUTAGE_AFTER_MS[reader],
        to: own?.to ?? block.outage[reader]?.to ?? [],
    });
    const stepsOf = (own) => Object.fromEntries(OUTAGE_READERS.map((reader) => [reader, stepOf(reader, own[reader])]));
    return {
        owner: block.owner,
        runbooksUrl: block.runbooks,
        channels,
        rules: Object.fromEntries(Object.entries(block.rules).map(([rule, { severity, owner }]) => [rule, { severity, owner }])),
        routes: block.routes.map(({ severity, alerts, subjects, to, escalate, repeat }) => ({
            severity,
            alerts,
            subjects,
            to,
            escalate: escalate
                .map((step) => ({ afterMs: step.after, to: step.to }))
                .sort((a, b) => a.afterMs - b.afterMs),
            repeatMs: repeat === "never" ? undefined : repeat,
        })),
        quiet: quiet && {
            fromMinute: quiet.from,
            toMinute: quiet.to,
            timezone: quiet.timezone ?? tools.timezone ?? "UTC",
        },
        groupMs: block.group,
        failoverMs: block.failover,
        outage: {
            steps: stepsOf(block.outage),
            feeds: Object.fromEntries(Object.entries(block.outage.feeds).map(([feed, own]) => [feed, stepsOf(own)])),
        },
        heartbeat,
        holidays: block.holidays,
    };
}
/** Every channel and feed that is named must be there, or nobody would be told. */
function checkNames({ channels, routes, outage }, { add, feeds }) {
    const known = Object.keys(channels);
    const check = (to, path) => {
        for (const wanted of to ?? [])
            if (!known.includes(wanted))
                add(path, `there is no channel "${wanted}"`, suggest(wanted, known, "channel"));
    };
    routes.forEach((route, i) => {
        check(route.to, ["alerts", "routes", i, "to"]);
        route.escalate.forEach((step, j) => {
            check(step.to, ["alerts", "routes", i, "escalate", j, "to"]);
        });
    });
    const { feeds: ofFeeds, ...steps } = outage;
    for (const [reader, step] of Object.entries(steps))
        check(step?.to, ["alerts", "outage", reader, "to"]);
    for (const [feed, own] of Object.entries(ofFeeds)) {
        const path = ["alerts", "outage", "feeds", feed];
        if (!feeds.includes(feed))
            add(path, `there is no feed "${feed}"`, suggest(feed, feeds, "feed"));
        for (const [reader, step] of Object.entries(own))
            check(step?.to, [...path, reader, "to"]);
    }
}
