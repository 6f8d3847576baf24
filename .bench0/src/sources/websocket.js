import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { connectWebSocket } from "../runtime/node-websocket.js";
import { LiveFrames } from "./live-frames.js";
import { LiveLosses } from "./live-losses.js";
import { withSecrets } from "./secret-text.js";
const SUBSCRIBE_MAX = 64;
const options = z.strictObject({
    url: z
        .url({ protocol: /^wss?$/ })
        .refine((url) => new URL(url).password === "", "a password belongs into a header: {secret:NAME}")
        .describe("ws or wss, such as wss://passio3.com. {secret:NAME} stands for a secret."),
    headers: z
        .record(z.string(), z.string())
        .default({})
        .describe("To send when connecting. {secret:NAME} stands for a secret."),
    subscribe: z
        .array(z.union([z.string().min(1).max(65_536), z.record(z.string(), z.unknown())]))
        .max(SUBSCRIBE_MAX)
        .default([])
        .describe("Sent in this order once connected: text, or an object as JSON. {secret:NAME} stands for a secret."),
    ping: durationOption({ minMs: 1000 })
        .prefault("30s")
        .describe("How often to ask whether the other end is there. Without an answer until the next time it is not."),
    idle: durationOption({ minMs: 1000 })
        .prefault("15m")
        .describe("No message for so long: the subscription is taken for lost, and made again."),
    timeout: durationOption().prefault("10s").describe("For connecting."),
    messageLimit: bytesOption({ minBytes: 64 })
        .prefault("1MiB")
        .describe("A larger message is a gap, and ends the connection."),
});
/** Messages of a WebSocket service, as Passio GO has: a message is a frame. Secrets: those named; `ca`, a private authority. */
export const definition = Object.freeze({
    type: "websocket",
    summary: "Connects to a WebSocket service and subscribes: one message is one frame.",
    options,
    create: (chosen, context) => {
        const wish = wishOf(chosen, context);
        return { kind: "live", connect: ({ signal }) => connect(chosen, wish, context, signal) };
    },
});
function wishOf(chosen, context) {
    const quoted = (value) => JSON.stringify(value).slice(1, -1);
    const headers = Object.entries(chosen.headers).map(([name, value]) => [name, withSecrets(value, context)]);
    return {
        url: withSecrets(chosen.url, context, encodeURIComponent),
        headers: Object.fromEntries(headers),
        subscribe: chosen.subscribe.map((message) => typeof message === "string"
            ? withSecrets(message, context)
            : withSecrets(JSON.stringify(message), context, quoted)),
    };
}
async function connect(chosen, { url, headers, subscribe }, context, signal) {
    const { clock } = context.runtime;
    const { host } = new URL(url);
    const connection = `websocket ${host}`;
    const losses = new LiveLosses(context);
    let peer;
    let stopWatch = () => { };
    const frames = new LiveFrames({ signal, onRoom: () => peer?.resume(), onEnd: () => close() });
    // What was in hand when we left is lost, and counted.
    const close = () => {
        stopWatch();
        peer?.close();
        losses.lost("closed", frames.drop());
        losses.flush();
    };
    const heard = { anything: clock.monotonic(), message: clock.monotonic() };
    peer = await connectWebSocket({
        url,
        headers,
        certificateAuthority: context.secrets["ca"],
        connectTimeoutMs: chosen.timeout,
        messageMaxBytes: chosen.messageLimit,
    }, signal, {
        onMessage: (bytes) => {
            heard.message = clock.monotonic();
            heard.anything = heard.message;
            if (!frames.push({ bytes, receivedTime: clock.now(), connection }))
                peer?.pause();
        },
        onPong: () => {
            heard.anything = clock.monotonic();
        },
        onEnd: (failure, why) => {
            stopWatch();
            if (why === "too large")
                losses.lost("decode.limit");
            frames.fail(failure);
        },
    });
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) {
        close();
        throw signal.reason;
    }
    for (const message of subscribe)
        peer.send(message);
    stopWatch = watch(chosen, context, peer, heard, () => frames.hasRoom, (failure) => frames.fail(failure));
    return frames;
}
/** Asks now and then whether the other end is there. While we do not read, its silence is ours. */
function watch({ ping, idle, url }, { runtime: { clock } }, peer, heard, reads, fail) {
    const everyMs = Math.min(ping, idle);
    let pingedAt;
    let cancel = () => { };
    const again = () => {
        cancel = clock.after(everyMs, look);
    };
    const look = () => {
        const now = clock.monotonic();
        if (!reads()) {
            heard.message = now;
            heard.anything = now;
        }
        const { host } = new URL(url);
        const isDead = pingedAt !== undefined && heard.anything < pingedAt && now - pingedAt >= ping;
        if (isDead || now - heard.message >= idle) {
            const what = isDead ? "does not answer a ping" : `sent no message for ${Math.round(idle / 1000)} s`;
            peer.close();
            fail(new Failure("net.timeout", `${host} ${what}`));
            return;
        }
        if (pingedAt === undefined || now - pingedAt >= ping) {
            pingedAt = now;
            peer.ping();
        }
        again();
    };
    again();
    return () => cancel();
}
