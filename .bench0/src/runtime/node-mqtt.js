import { connect, ErrorWithReasonCode } from "mqtt";
import { Failure, messageOf } from "../model/failure.js";
/** Where the broker does not say how many it takes. */
const IN_FLIGHT_MAX = 100;
/**
 * Connects once: whether and when again is the harness's business. Rejects with a `Failure`, or with the signal's reason,
 * and then leaves nothing open. `prepare` is called before anything is sent: the broker of a session that goes on delivers
 * as soon as it has taken us.
 */
export async function connectBroker(options, signal, prepare = () => undefined) {
    signal.throwIfAborted();
    const client = connect(options.url, clientOptions(options));
    prepare(client);
    let onAbort = () => { };
    let said;
    try {
        return await new Promise((resolve, reject) => {
            onAbort = () => reject(signal.reason);
            signal.addEventListener("abort", onAbort, { once: true });
            client.on("error", (error) => {
                said = error;
                reject(error);
            });
            client.on("close", () => reject(said ?? new Error("the connection was cut before the broker answered")));
            client.on("connect", ({ properties, sessionPresent }) => {
                const { receiveMaximum = IN_FLIGHT_MAX, maximumPacketSize = Number.POSITIVE_INFINITY } = properties ?? {};
                resolve({
                    client,
                    hasSession: sessionPresent,
                    inFlightMax: Math.min(receiveMaximum, IN_FLIGHT_MAX),
                    packetMaxBytes: maximumPacketSize,
                });
            });
        });
    }
    catch (thrown) {
        client.end(true);
        if (signal.aborted)
            throw signal.reason;
        throw failureFromBroker(thrown, options.url);
    }
    finally {
        signal.removeEventListener("abort", onAbort);
    }
}
function clientOptions(options) {
    const { username, password, certificateAuthority, sessionMs = 0, receiveMax, packetMaxBytes } = options;
    return {
        protocolVersion: 5,
        clientId: options.clientId,
        reconnectPeriod: 0,
        connectTimeout: options.connectTimeoutMs,
        keepalive: Math.max(1, Math.round(options.keepaliveMs / 1000)),
        resubscribe: false,
        queueQoSZero: false,
        clean: sessionMs === 0,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
        rejectUnauthorized: true,
        properties: {
            sessionExpiryInterval: Math.round(sessionMs / 1000),
            ...(receiveMax !== undefined && { receiveMaximum: receiveMax }),
            ...(packetMaxBytes !== undefined && { maximumPacketSize: packetMaxBytes }),
        },
    };
}
/** MQTT 5, 2.4: what a reason code of 128 and more asks for. What is not listed is taken as passing. */
const BY_REASON = {
    129: "upstream.not_valid",
    132: "sink.refused",
    133: "sink.refused",
    134: "sink.refused",
    135: "sink.refused",
    138: "sink.refused",
    140: "sink.refused",
    143: "sink.refused",
    144: "record.rejected",
    149: "record.rejected",
    153: "record.rejected",
    156: "sink.refused",
    157: "sink.refused",
    162: "sink.refused",
};
const BY_ERRNO = {
    ECONNREFUSED: "net.refused",
    ECONNRESET: "net.reset",
    EPIPE: "net.reset",
    ETIMEDOUT: "net.timeout",
    EHOSTUNREACH: "net.unreachable",
    ENETUNREACH: "net.unreachable",
    EAI_AGAIN: "net.unreachable",
    ENOTFOUND: "net.dns",
};
const HINTS = {
    "net.refused": "is the broker running, and is this its address?",
    "net.dns": "the host in the URL is wrong, or this machine has no network",
    "net.tls": "name a private authority in ca: { file: PATH }, or check host name and certificate",
    "sink.refused": "check user, password, client id and topics, and what the broker allows them",
};
/** What the client threw, or the reason code that the broker gave. Names only the host: an address may hold a key. */
export function failureFromBroker(thrown, url, reasonCode) {
    if (thrown instanceof Failure)
        return thrown;
    const reason = reasonCode ?? (thrown instanceof ErrorWithReasonCode ? thrown.code : undefined);
    const code = reason !== undefined && reason >= 128 ? (BY_REASON[reason] ?? "sink.unavailable") : codeOf(thrown);
    const hint = HINTS[code] === undefined ? "" : `; ${HINTS[code]}`;
    const host = URL.canParse(url) ? new URL(url).host : "the given address";
    return new Failure(code, `The broker at ${host} says: ${saidBy(thrown)}${hint}`, {
        cause: thrown,
        ...(reason !== undefined && { details: { reason } }),
    });
}
/** MQTT 5, 3.14.2.1: why a broker ends a connection, as far as people meet it. */
const DISCONNECTED = {
    135: "not authorised",
    137: "the broker is busy",
    139: "the broker shuts down",
    142: "somebody else connected with the same client id",
    149: "a message was too large",
    151: "a quota is used up",
    152: "somebody ended it",
};
/** A broker that ends the connection, as an error. */
export function disconnection(reason = 0) {
    return new Error(`the connection ends here, ${DISCONNECTED[reason] ?? "without saying why"} (MQTT reason ${reason})`);
}
/** OpenSSL and the parser of packets speak to those who build them. */
function saidBy(thrown) {
    const text = messageOf(thrown);
    if (/EPROTO|wrong version number/.test(text))
        return "something that is not TLS";
    if (/^(Not supported|Invalid |Cannot |Malformed)/.test(text))
        return `something that is not MQTT 5 (${text.slice(0, 80)})`;
    return text.split("\n", 1)[0]?.slice(0, 200) ?? text;
}
function codeOf(thrown) {
    const { code } = thrown;
    const known = typeof code === "string" ? BY_ERRNO[code] : undefined;
    if (known !== undefined)
        return known;
    const text = `${typeof code === "string" ? code : ""} ${messageOf(thrown)}`;
    if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/.test(text))
        return "net.tls";
    return /timeout|timed out/i.test(text) ? "net.timeout" : "net.reset";
}
