import { z } from "zod";
import { cut, POST_OPTIONS, postJson, secretUrl } from "./post-json.js";
const options = z.strictObject(POST_OPTIONS);
/** A workflow takes 28 KB in all. */
const STORIES_MAX = 8;
const TEXT_LENGTH_MAX = 600;
/** Posts an adaptive card to a workflow of Microsoft Teams ("when a webhook request is received"). Secret: `url`. */
export const definition = Object.freeze({
    type: "teams",
    summary: "Posts an adaptive card to a workflow of Microsoft Teams.",
    options,
    create: ({ timeout, allowPrivateAddresses }, context) => {
        const url = secretUrl(context);
        return {
            timeoutMs: timeout,
            send: (message, signal) => {
                const content = cardOf(message);
                const attachment = {
                    contentType: "application/vnd.microsoft.card.adaptive",
                    contentUrl: null,
                    content,
                };
                const body = JSON.stringify({ type: "message", attachments: [attachment] });
                return postJson(context, { url, body, timeoutMs: timeout, allowPrivateAddresses }, signal);
            },
        };
    },
});
function cardOf({ kind, severity, title, note, stories, source, statusUrl }) {
    const isGood = kind === "resolved" || kind === "test";
    const block = (text, more = {}) => ({
        type: "TextBlock",
        text: plain(cut(text, TEXT_LENGTH_MAX)),
        wrap: true,
        ...more,
    });
    const told = stories.slice(0, STORIES_MAX);
    const left = stories.length - told.length;
    const links = [
        ...(statusUrl === undefined ? [] : [{ title: "Status", url: statusUrl }]),
        ...told
            .filter(({ runbook }) => URL.canParse(runbook))
            .map(({ alert, runbook }) => ({ title: `Runbook ${alert}`, url: runbook })),
    ];
    return {
        $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
        type: "AdaptiveCard",
        version: "1.4",
        msteams: { width: "Full" },
        body: [
            block(title, {
                size: "Medium",
                weight: "Bolder",
                color: isGood ? "Good" : severity === "page" ? "Attention" : "Warning",
            }),
            ...(note === undefined ? [] : [block(note)]),
            ...told.flatMap((story) => [
                ...(stories.length > 1 ? [block(story.title, { weight: "Bolder", separator: true })] : []),
                {
                    type: "FactSet",
                    facts: [
                        ...story.facts.map(({ name, text }) => ({
                            title: name,
                            value: plain(cut(text, TEXT_LENGTH_MAX)),
                        })),
                        { title: "Runbook", value: plain(story.runbook) },
                    ],
                },
            ]),
            ...(left > 0 ? [block(`And ${left} more: see the status page.`)] : []),
            block(`Sent by ${source}.`, { isSubtle: true, size: "Small" }),
        ],
        actions: links.slice(0, 6).map((link) => ({ type: "Action.OpenUrl", ...link })),
    };
}
/** Cards read some Markdown: what upstream said must not become a link. */
function plain(text) {
    return text.replace(/[[\]<>]/g, (sign) => ({ "[": "(", "]": ")", "<": "‹", ">": "›" })[sign] ?? sign);
}
