import { z } from "zod";
import { formatIsoTime } from "../formats/iso-time.js";
import { signingKeys, webhookHeaders } from "../formats/webhook-signing.js";
import { POST_OPTIONS, postJson } from "./post-json.js";
const options = z.strictObject({
    url: z
        .url({ protocol: /^https?$/ })
        .describe("Where messages are posted to, http or https. Redirects are refused: give the final URL."),
    ...POST_OPTIONS,
});
/**
 * Posts `{"type":"wayside.alert.KIND","timestamp":...,"data":MESSAGE}`, signed as Standard Webhooks 1 asks. Secrets: `secret`
 * or any name that begins with it; `authorization`: that header.
 */
export const definition = Object.freeze({
    type: "webhook",
    summary: "Posts each message as JSON to a URL, signed (Standard Webhooks).",
    options,
    create: ({ url, timeout, allowPrivateAddresses }, context) => {
        const keys = signingKeys(context.secrets, `channel ${context.name}`);
        const { authorization } = context.secrets;
        return {
            timeoutMs: timeout,
            send: (message, signal) => {
                const body = JSON.stringify({
                    type: `wayside.alert.${message.kind}`,
                    timestamp: formatIsoTime(message.time),
                    data: message,
                });
                const timestampS = Math.floor(context.runtime.clock.now() / 1000);
                const headers = {
                    ...(authorization !== undefined && { authorization }),
                    "idempotency-key": message.id,
                    ...webhookHeaders(keys, message.id, timestampS, body),
                };
                return postJson(context, { url, body, headers, timeoutMs: timeout, allowPrivateAddresses }, signal);
            },
        };
    },
});
