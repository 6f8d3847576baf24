import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { bytesOption, durationOption, formatBytes } from "../formats/quantities.js";
import { problem } from "../runtime/endpoint.js";
import { inNetworks, isNetwork, plainAddress } from "../runtime/node-addresses.js";
import { withSecrets } from "./secret-text.js";
import { Subscription } from "./siri-subscribe-subscription.js";
const WORD = /^\S{1,100}$/;
const RETRY_AFTER_S = "5";
const options = z.strictObject({
    url: z
        .url({ protocol: /^https?$/ })
        .describe("Where the producer takes subscriptions. {secret:NAME} stands for a secret."),
    headers: z
        .record(z.string(), z.string())
        .default({})
        .describe("To send with every request. {secret:NAME} stands for a secret."),
    address: z
        .url({ protocol: /^https?$/ })
        .describe("How the producer reaches us: the public URL of this hub with `path` behind it. With `secrets: { token: … }` the token is added, and asked for."),
    path: z
        .string()
        .regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /ingest/buses")
        .optional()
        .describe("Where the producer posts to. Default: /ingest/ and the name of the feed."),
    requestorRef: z
        .string()
        .regex(WORD, "must be one word")
        .default("wayside")
        .describe("Who we are to the producer."),
    subscription: z
        .string()
        .regex(WORD, "must be one word")
        .optional()
        .describe("Names the subscription; the same after a restart, so that it takes the place of the one before. Default: wayside- and the name of the feed."),
    lineRef: z.string().regex(WORD, "must be one word").optional().describe("Only vehicles of this line."),
    vehicleMonitoringRef: z
        .string()
        .regex(WORD, "must be one word")
        .optional()
        .describe("Only vehicles of this scope of the producer."),
    detail: z
        .enum(["minimum", "basic", "normal", "calls"])
        .optional()
        .describe("How much the producer shall say. Default: as it likes."),
    incremental: z
        .boolean()
        .default(true)
        .describe("Ask for what has changed; false asks for all vehicles each time."),
    updateEvery: durationOption({ minMs: 1000 })
        .optional()
        .describe("How often the producer shall say something. Default: as it likes."),
    lasts: durationOption({ minMs: 600_000 })
        .prefault("24h")
        .describe("How long to subscribe for. It is renewed after three quarters of it."),
    heartbeat: durationOption({ minMs: 0, maxMs: 3_600_000 })
        .prefault("60s")
        .describe("How often the producer shall say that it is there. 0s: it is not asked to, and not missed."),
    missed: z
        .int()
        .min(1)
        .max(100)
        .default(3)
        .describe("After so many heartbeats' time without a word it is taken for dead, and subscribed to anew."),
    version: z.enum(["1.3", "1.4", "2.0", "2.1"]).default("2.0").describe("Of SIRI, as requests say it."),
    allow: z
        .array(z.string().refine(isNetwork, "write an address or a network such as 10.1.0.0/16"))
        .min(1)
        .max(256)
        .optional()
        .describe("Networks from which the producer may call."),
    bodyLimit: bytesOption({ minBytes: 1024, maxBytes: 256 * 1024 * 1024 })
        .prefault("32MiB")
        .describe("Of one delivery; larger ones are answered 413."),
    timeout: durationOption({ minMs: 1000 }).prefault("10s").describe("For each answer of the producer."),
});
/** Subscribes to SIRI Vehicle Monitoring: a delivery is a frame. Secrets: those named; `token`, which the producer must show. */
export const definition = Object.freeze({
    type: "siri-subscribe",
    summary: "Subscribes to SIRI Vehicle Monitoring, renews it, and takes what the producer posts.",
    options,
    create: (chosen, context) => {
        const wish = wishOf(chosen, context);
        const path = chosen.path ?? `/ingest/${encodeURIComponent(context.feed)}`;
        // The newest connection; one that has ended says so itself.
        let current;
        return {
            kind: "live",
            endpoints: [
                {
                    method: "POST",
                    path,
                    scope: "ingest",
                    summary: `Takes deliveries and heartbeats of the subscription of feed ${context.feed}.`,
                    bodyMaxBytes: chosen.bodyLimit,
                    handle: guarded(chosen, context, (request) => {
                        if (current !== undefined)
                            return current.take(request);
                        return Promise.resolve(problem(503, "Not subscribed", "Nothing is subscribed to at the moment; send it later.", {
                            headers: { "retry-after": RETRY_AFTER_S },
                        }));
                    }),
                },
            ],
            connect: async ({ signal }) => {
                signal.throwIfAborted();
                const subscription = new Subscription(wish, context, signal);
                current = subscription;
                return subscription.open();
            },
        };
    },
});
function wishOf(chosen, context) {
    const { headers, address, subscription } = chosen;
    const ours = new URL(address);
    const { token } = context.secrets;
    if (token !== undefined)
        ours.searchParams.set("token", token);
    return {
        ...chosen,
        url: withSecrets(chosen.url, context, encodeURIComponent),
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withSecrets(value, context)])),
        address: ours.href,
        id: subscription ?? `wayside-${context.feed}`,
    };
}
/** Digests, so that neither the length nor the beginning of the secret shows in the time that it takes. */
function isSame(given, secret) {
    const digest = (text) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(given), digest(secret));
}
/** Before anything of it is looked at: may it be from the producer, and is it of a size and shape that is taken? */
function guarded({ allow, bodyLimit }, { secrets }, handle) {
    const allows = allow === undefined ? () => true : inNetworks(allow);
    const { token } = secrets;
    return async (request) => {
        const isKnown = token === undefined || isSame(request.query["token"] ?? "", token);
        if (!isKnown || !allows(plainAddress(request.remoteAddress)))
            return problem(401, "Not authorized", "This is not the address that the producer was given.");
        const coding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
        if (coding !== "identity" && coding !== "")
            return problem(415, "Unsupported content encoding", "Send it as it is, without content-encoding.");
        if (request.body.length > bodyLimit)
            return problem(413, "Body too large", `At most ${formatBytes(bodyLimit)} are taken at once.`);
        if (request.body.length === 0)
            return problem(400, "Empty body", "The body holds no message.");
        return handle(request);
    };
}
