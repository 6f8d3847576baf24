import { createHash } from "node:crypto";
import { z } from "zod";
import { formatIsoTime } from "../formats/iso-time.js";
import { Failure } from "../model/failure.js";
import { cut, POST_OPTIONS, postJson } from "./post-json.js";
const options = z.strictObject({
    url: z
        .url({ protocol: /^https?$/ })
        .default("https://events.pagerduty.com/v2/enqueue")
        .describe("Where events are posted to: PagerDuty (in the EU: events.eu.pagerduty.com), or what takes the same."),
    ...POST_OPTIONS,
});
const DEDUP_KEY_LENGTH_MAX = 255;
const SUMMARY_LENGTH_MAX = 1024;
/**
 * Sends PagerDuty events v2, one for each alert of a message: `trigger`, `acknowledge` and `resolve` with the alert's own
 * `dedup_key`, so that whatever is sent again changes nothing. Secret: `key`, the integration key.
 */
export const definition = Object.freeze({
    type: "pagerduty",
    summary: "Triggers, acknowledges and resolves incidents with events v2 of PagerDuty, or of what takes the same.",
    options,
    create: ({ url, timeout, allowPrivateAddresses }, context) => {
        const { key } = context.secrets;
        if (key === undefined) {
            const mend = "write key: { env: NAME } or { file: PATH }, with the integration key of the service";
            throw new Failure("config.invalid", `Channel ${context.name} has no key; ${mend}`);
        }
        return {
            timeoutMs: timeout,
            send: async (message, signal) => {
                const said = [];
                for (const story of message.stories) {
                    const body = JSON.stringify({ routing_key: key.trim(), ...eventOf(message, story) });
                    said.push(await postJson(context, { url, body, timeoutMs: timeout, allowPrivateAddresses }, signal));
                }
                return said.at(-1) ?? "nothing to say";
            },
        };
    },
});
function eventOf(message, story) {
    const { kind, source, title, note, statusUrl, stories } = message;
    const { key, alert, subject, severity, facts, runbook, since } = story;
    // A key is one text for the receiver: a long one is told by its hash.
    const dedupKey = key.length <= DEDUP_KEY_LENGTH_MAX ? key : createHash("sha256").update(key).digest("hex");
    if (kind === "resolved")
        return { event_action: "resolve", dedup_key: dedupKey };
    if (kind === "acknowledged")
        return { event_action: "acknowledge", dedup_key: dedupKey };
    const details = Object.fromEntries(facts.map(({ name, text }) => [name, text]));
    return {
        event_action: "trigger",
        dedup_key: dedupKey,
        payload: {
            summary: cut(stories.length === 1 ? title : story.title, SUMMARY_LENGTH_MAX),
            source,
            severity: kind === "test" ? "info" : severity === "page" ? "critical" : "warning",
            timestamp: formatIsoTime(since),
            component: subject,
            class: alert,
            custom_details: { ...details, ...(note !== undefined && { Note: note }), Runbook: runbook },
        },
        ...(URL.canParse(runbook) && { links: [{ href: runbook, text: `Runbook ${alert}` }] }),
        client: "Wayside",
        ...(statusUrl !== undefined && { client_url: statusUrl }),
    };
}
