import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { connectBroker, failureFromBroker } from "../runtime/node-mqtt.js";
import { LiveFrames } from "./live-frames.js";
import { LiveLosses } from "./live-losses.js";
const TOPICS_MAX = 64;
const options = z.strictObject({
    url: z
        .url({ protocol: /^(mqtts?|wss?)$/ })
        .refine((url) => new URL(url).password === "", "a password does not belong into the file: password: { env: NAME }")
        .describe("The broker: mqtt, mqtts, ws or wss, such as mqtts://mqtt.hsl.fi:8883."),
    topics: z
        .array(z.string().min(1).max(65_535))
        .min(1)
        .max(TOPICS_MAX)
        .describe("What to subscribe to, with + and # as wildcards, such as /hfp/v2/journey/ongoing/vp/bus/#."),
    qos: z
        .union([z.literal(0), z.literal(1)])
        .default(0)
        .describe("0: as the broker sends them. 1: the broker is told of a message once it is on disk, and sends again what it was not told of; one after the other, so for a few hundred a second."),
    clientId: z
        .string()
        .min(1)
        .max(128)
        .optional()
        .describe("Who we are to the broker; unique there. Default: wayside- and the name of the feed, and for `session: 0s` something drawn."),
    session: durationOption({ minMs: 0 })
        .prefault("0s")
        .describe("With qos 1: how long the broker is asked to keep what comes while we are away. Then `clientId` must stay."),
    username: z.string().min(1).optional().describe("The password is a secret: password: { env: NAME }."),
    keepalive: durationOption({ minMs: 1000 })
        .prefault("30s")
        .describe("A connection that says nothing for one and a half of it is dead."),
    timeout: durationOption().prefault("10s").describe("For connecting and subscribing."),
    messageLimit: bytesOption({ minBytes: 64 })
        .prefault("1MiB")
        .describe("Larger messages are not sent to us by the broker."),
});
/** Unacknowledged messages that the broker may have under way: they are acknowledged one after the other. */
const RECEIVE_MAX = 100;
/**
 * Subscribes to a broker (MQTT 5): a message is a frame, with its topic in `meta.topic`. Secrets: `password`; `ca`, the PEM of
 * a private authority. A retained message is what the broker kept from before, and comes with `meta.retained`.
 */
export const definition = Object.freeze({
    type: "mqtt",
    summary: "Subscribes to topics of an MQTT 5 broker: one message is one frame.",
    options,
    create: (chosen, context) => {
        let hasKept = false;
        const onSession = (isThere) => {
            hasKept = isThere;
        };
        return {
            kind: "live",
            ...(chosen.qos === 1 && chosen.session > 0 && { keepsMs: chosen.session }),
            hasKept: () => hasKept,
            connect: ({ signal }) => subscribe(chosen, context, signal, onSession),
        };
    },
});
async function subscribe(chosen, context, signal, onSession) {
    const { url, qos, session, timeout, keepalive, messageLimit } = chosen;
    const { password, ca } = context.secrets;
    const drawn = session === 0 ? `-${Buffer.from(context.runtime.chance.bytes(4)).toString("hex")}` : "";
    let frames;
    const { client, hasSession } = await connectBroker({
        url,
        clientId: chosen.clientId ?? `wayside-${context.feed}${drawn}`,
        username: chosen.username,
        password,
        certificateAuthority: ca,
        connectTimeoutMs: timeout,
        keepaliveMs: keepalive,
        sessionMs: qos === 1 ? session : 0,
        receiveMax: RECEIVE_MAX,
        packetMaxBytes: messageLimit,
    }, signal, (connecting) => {
        frames = collect(connecting, chosen, context, signal);
    });
    if (signal.aborted)
        throw signal.reason;
    onSession(hasSession);
    // Not awaited: what a session kept comes before the answer, which the client reads only when that has been settled.
    client
        .subscribeAsync(Object.fromEntries(chosen.topics.map((topic) => [topic, { qos }])))
        .catch((thrown) => {
        frames?.fail(failureFromBroker(thrown, url, refusedWith(thrown)));
    });
    return frames;
}
/** The reason for which the first of the subscriptions was refused. */
function refusedWith(thrown) {
    const { packet } = thrown;
    const reason = packet?.granted?.find((given) => typeof given === "number" && given >= 128);
    return typeof reason === "number" ? reason : undefined;
}
function collect(client, chosen, context, signal) {
    const { clock } = context.runtime;
    const connection = `mqtt ${new URL(chosen.url).host}`;
    const losses = new LiveLosses(context);
    let resume;
    // The broker of a session sends again what it was not told of; everything else that was in hand when we left is lost.
    const close = () => {
        client.end(true);
        losses.lost("closed", frames.drop((item) => chosen.session === 0 || item.settled === undefined));
        losses.flush();
    };
    const frames = new LiveFrames({
        signal,
        onRoom: () => {
            resume?.();
            resume = undefined;
        },
        onEnd: close,
    });
    signal.addEventListener("abort", close, { once: true });
    // The next packet is taken from the socket when this one is answered: a full queue makes the broker wait.
    client.handleMessage = (packet, done) => {
        const item = {
            bytes: typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload,
            receivedTime: clock.now(),
            connection,
            meta: { topic: packet.topic, ...(packet.retain && { retained: "true" }) },
            ...(packet.qos > 0 && { settled: () => done() }),
        };
        const hasRoom = frames.push(item);
        if (packet.qos > 0)
            return;
        if (hasRoom)
            done();
        else
            resume = () => done();
    };
    const lost = (why) => frames.fail(new Failure("net.reset", `The connection to the broker at ${new URL(chosen.url).host} ended: ${why}`));
    client.on("error", (error) => frames.fail(failureFromBroker(error, chosen.url)));
    client.on("disconnect", ({ reasonCode }) => lost(`it was told to go (reason ${reasonCode ?? 0})`));
    client.on("close", () => lost("it was cut"));
    return frames;
}
