import { z } from "zod";
import { cut, POST_OPTIONS, postJson, secretUrl } from "./post-json.js";
const options = z.strictObject(POST_OPTIONS);
/** Slack takes 40,000 characters, and its likes fewer: Mattermost 16,383. */
const TEXT_LENGTH_MAX = 12_000;
/**
 * Posts `{"text":...}` to an incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Zulip. Secret: `url`.
 * Such receivers know no ids: a message that is sent again after a crash stands there twice.
 */
export const definition = Object.freeze({
    type: "slack",
    summary: "Posts to an incoming webhook of Slack, Mattermost, Rocket.Chat or whatever takes the same.",
    options,
    create: ({ timeout, allowPrivateAddresses }, context) => {
        const url = secretUrl(context);
        return {
            timeoutMs: timeout,
            send: (message, signal) => {
                const body = JSON.stringify({ text: cut(slackText(message), TEXT_LENGTH_MAX) });
                return postJson(context, { url, body, timeoutMs: timeout, allowPrivateAddresses }, signal);
            },
        };
    },
});
function slackText({ title, note, stories, source, statusUrl }) {
    const lines = [`*${plain(title)}*`];
    if (note !== undefined)
        lines.push(plain(note));
    for (const story of stories) {
        if (stories.length > 1)
            lines.push("", `*${plain(story.title)}*`);
        for (const { name, text } of story.facts)
            lines.push(`*${name}:* ${plain(text)}`);
        lines.push(`*Runbook:* ${plain(story.runbook)}`);
    }
    lines.push(`_Sent by ${plain(source)}_${statusUrl === undefined ? "" : ` ${plain(statusUrl)}`}`);
    return lines.join("\n");
}
/** What Slack reads as its own signs: upstream's words must neither call everybody nor make a link. */
function plain(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
