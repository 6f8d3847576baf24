import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { Failure, kindOf } from "../model/failure.js";
import { connectBroker, disconnection, failureFromBroker } from "../runtime/node-mqtt.js";
import { deliveryJson } from "./delivery-json.js";
const PLACEHOLDERS = ["agency", "feed", "kind", "key", "vehicleId", "routeId", "tripId"];
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;
const options = z.strictObject({
    url: z
        .url({ protocol: /^(mqtts?|wss?)$/ })
        .refine((url) => new URL(url).password === "", "a password does not belong into the file: password: { env: NAME }")
        .describe("The broker: mqtt, mqtts, ws or wss."),
    topic: z
        .string()
        .min(1)
        .max(500)
        .refine((topic) => !/[+#\p{C}]/u.test(topic), "a topic that is published to has no + or #")
        .refine((topic) => [...topic.matchAll(PLACEHOLDER)].every(([, name]) => PLACEHOLDERS.some((known) => known === name)), `the placeholders are ${PLACEHOLDERS.map((name) => `{${name}}`).join(" ")}`)
        .default("wayside/{agency}/{kind}/{key}")
        .describe(`Where a record is published. Placeholders: ${PLACEHOLDERS.map((name) => `{${name}}`).join(" ")}; what a record lacks is \`_\`, and characters that mean something in topics are percent-encoded.`),
    retain: z
        .boolean()
        .default(true)
        .describe("Whether the broker keeps the newest message of each topic for who subscribes later. Late records are published without, and a removal clears it."),
    clientId: z
        .string()
        .min(1)
        .max(128)
        .optional()
        .describe("Unique at the broker. Default: wayside- and the name of the sink, and something drawn."),
    username: z.string().min(1).optional().describe("The password is a secret: password: { env: NAME }."),
    keepalive: durationOption({ minMs: 1000 })
        .prefault("30s")
        .describe("A connection that says nothing for one and a half of it is dead."),
    timeout: durationOption()
        .prefault("15s")
        .describe("How long one batch may take until the broker has acknowledged all of it."),
    batch: z
        .strictObject({
        count: z.int().min(1).max(10_000).default(500).describe("Records at the most in one batch."),
        every: durationOption().prefault("1s").describe("Longest wait for more records before a batch."),
    })
        .prefault({})
        .describe("How much is published before the cursor moves."),
});
const BATCH_BYTES = 1024 * 1024;
/** Of a message, beside topic and payload. */
const HEAD_MAX_BYTES = 40;
/** The broker has taken it. 16: nobody subscribes at the moment, which is no failure. */
const TAKEN = new Set([0, 16]);
/**
 * Publishes each record as JSON (`deliveryJson`) with QoS 1 to a topic of its own, the newest retained. At least once: after a
 * lost acknowledgement a batch is published again, in the same order, so that what is retained ends as the same; each message
 * has its record's `id` and `revision`. Secrets: `password`; `ca`, the PEM of a private authority.
 */
export const definition = Object.freeze({
    type: "mqtt",
    summary: "Publishes records to an MQTT 5 broker, the newest of each vehicle retained.",
    options,
    create: (chosen, context) => new MqttSink(chosen, context),
});
class MqttSink {
    kind = "delivery";
    needs;
    #options;
    #context;
    #broker;
    /** Why the connection ended. */
    #lost;
    constructor(chosen, context) {
        this.#options = chosen;
        this.#context = context;
        this.needs = {
            timeoutMs: chosen.timeout,
            batch: { count: chosen.batch.count, bytes: BATCH_BYTES, everyMs: chosen.batch.every },
        };
    }
    async open() {
        await this.close();
        await this.#connect(new AbortController().signal);
        return undefined;
    }
    async write(batch, signal) {
        try {
            const broker = this.#broker?.client.connected === true ? this.#broker : await this.#connect(signal);
            return await this.#publish(broker, batch.records, signal);
        }
        catch (thrown) {
            if (signal.aborted)
                throw thrown;
            return unpublished(failureFromBroker(thrown, this.#options.url));
        }
    }
    async close() {
        const broker = this.#broker;
        this.#broker = undefined;
        // What was not acknowledged is not counted as delivered, so there is nothing to wait for.
        await broker?.client.endAsync(true);
    }
    async #connect(signal) {
        await this.close();
        const { url, username, keepalive, timeout } = this.#options;
        const { name, runtime, secrets } = this.#context;
        const drawn = Buffer.from(runtime.chance.bytes(4)).toString("hex");
        const broker = await connectBroker({
            url,
            clientId: this.#options.clientId ?? `wayside-${name}-${drawn}`,
            username,
            password: secrets["password"],
            certificateAuthority: secrets["ca"],
            connectTimeoutMs: timeout,
            keepaliveMs: keepalive,
        }, signal);
        this.#lost = undefined;
        broker.client.on("error", (error) => {
            this.#lost ??= failureFromBroker(error, url);
        });
        broker.client.on("disconnect", ({ reasonCode }) => {
            this.#lost ??= failureFromBroker(disconnection(reasonCode), url, reasonCode);
        });
        this.#broker = broker;
        return broker;
    }
    /** In order, with so many unacknowledged at one time. */
    async #publish(broker, records, signal) {
        const rejected = [];
        const inFlight = new Set();
        let failure;
        const closed = ended(broker, signal);
        try {
            for (const [index, record] of records.entries()) {
                const sent = this.#send(broker, record).then(() => undefined, (thrown) => {
                    const one = failureFromBroker(thrown, this.#options.url, reasonOf(thrown));
                    if (one.code === "record.rejected")
                        rejected.push({ index, code: one.code, message: one.message });
                    else
                        failure ??= one;
                });
                inFlight.add(sent);
                void sent.then(() => inFlight.delete(sent));
                if (inFlight.size >= broker.inFlightMax)
                    await Promise.race([...inFlight, closed.promise]);
                if (failure !== undefined)
                    break;
            }
            await Promise.race([Promise.all(inFlight), closed.promise]);
        }
        catch (thrown) {
            if (signal.aborted)
                throw thrown;
            throw this.#lost ?? thrown;
        }
        finally {
            closed.release();
        }
        if (failure !== undefined)
            return unpublished(failure);
        const [first] = rejected;
        if (first === undefined)
            return { outcome: "ok" };
        return { outcome: "bad_records", rejected, failure: new Failure("record.rejected", first.message) };
    }
    async #send(broker, record) {
        const isLate = record.flags.includes("late");
        const isRemoval = record.body.removed === true;
        const topic = topicOf(this.#options.topic, record);
        await this.#sendTo(broker, topic, deliveryJson(record), this.#options.retain && !isLate && !isRemoval);
        // An empty retained message takes away what the broker keeps; subscribers have been told by the one before it.
        if (isRemoval && this.#options.retain && !isLate)
            await this.#sendTo(broker, topic, "", true);
    }
    async #sendTo(broker, topic, payload, retain) {
        const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload) + HEAD_MAX_BYTES;
        if (bytes > broker.packetMaxBytes) {
            const message = `The message has ${bytes} bytes; the broker takes at most ${broker.packetMaxBytes}`;
            throw new Failure("record.rejected", message);
        }
        const properties = { contentType: "application/json", payloadFormatIndicator: true };
        await broker.client.publishAsync(topic, payload, {
            qos: 1,
            retain,
            ...(payload !== "" && { properties }),
        });
    }
}
/** Rejects when the connection ends or the signal aborts; released, it listens no more. */
function ended(broker, signal) {
    let onClose = () => { };
    let onAbort = () => { };
    const promise = new Promise((_, reject) => {
        onClose = () => reject(new Failure("net.reset", "The connection to the broker ended before all was acknowledged"));
        onAbort = () => reject(signal.reason);
        broker.client.on("close", onClose);
        signal.addEventListener("abort", onAbort);
        if (signal.aborted)
            onAbort();
    });
    promise.catch(() => {
        // Whoever waits for it is told; at times nobody does, and then it says nothing that the next publication does not.
    });
    return {
        promise,
        release: () => {
            broker.client.off("close", onClose);
            signal.removeEventListener("abort", onAbort);
        },
    };
}
function unpublished(failure) {
    const kind = kindOf(failure);
    if (kind === "poison")
        return { outcome: "bad_records", rejected: [], failure };
    return { outcome: kind === "transient" ? "transient" : "bad_sink", failure };
}
function reasonOf(thrown) {
    const { code } = thrown;
    return typeof code === "number" && !TAKEN.has(code) ? code : undefined;
}
function topicOf(template, record) {
    return template.replace(PLACEHOLDER, (_, name) => {
        const value = name === "key" ? record.key : placeOf(record, name);
        if (typeof value !== "string" || value === "")
            return "_";
        return value.replace(/[+#/%\p{C}]/gu, (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`);
    });
}
function placeOf(record, name) {
    if (name === "agency" || name === "feed")
        return record.origin[name];
    return record.body[name];
}
