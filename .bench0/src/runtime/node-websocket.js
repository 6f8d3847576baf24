import WebSocket, {} from "ws";
import { Failure } from "../model/failure.js";
import { socketFailure } from "./node-tcp.js";
/** Connects once. Rejects with a `Failure` or the signal's reason, and then leaves nothing open. */
export async function connectWebSocket(options, signal, events) {
    signal.throwIfAborted();
    const { url, headers, certificateAuthority, connectTimeoutMs, messageMaxBytes } = options;
    const { host } = new URL(url);
    const socket = new WebSocket(url, {
        headers,
        handshakeTimeout: connectTimeoutMs,
        maxPayload: messageMaxBytes,
        // A few bytes could stand for a message of any size.
        perMessageDeflate: false,
        ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
    });
    let isClosed = false;
    let ended;
    let isTooLarge = false;
    const opening = new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        socket.on("open", resolve);
        socket.on("unexpected-response", (request, { statusCode = 0 }) => {
            request.destroy();
            reject(refusal(host, statusCode));
        });
        socket.on("error", (error) => {
            isTooLarge ||= error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
            ended ??= isTooLarge
                ? new Failure("net.reset", `${host} sent a message above messageLimit (${messageMaxBytes} bytes)`)
                : socketFailure(error, host);
            reject(ended);
        });
    });
    socket.on("message", (bytes) => events.onMessage(wholeOf(bytes)));
    socket.on("pong", () => events.onPong());
    socket.on("close", (code, reason) => {
        if (!isClosed)
            events.onEnd(ended ?? closing(host, code, reason.toString()), isTooLarge ? "too large" : "ended");
    });
    const close = () => {
        isClosed = true;
        socket.terminate();
    };
    try {
        await opening;
    }
    catch (thrown) {
        close();
        throw thrown;
    }
    return {
        send: (text) => socket.send(text),
        ping: () => socket.ping(),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        close,
    };
}
function wholeOf(bytes) {
    if (Array.isArray(bytes))
        return Buffer.concat(bytes);
    return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
}
function refusal(host, status) {
    const code = status === 401 || status === 403
        ? "http.unauthorized"
        : status === 404
            ? "http.not_found"
            : status >= 300 && status < 400
                ? "http.redirect"
                : "http.transient";
    return new Failure(code, `${host} answered ${status} instead of opening a WebSocket`, {
        details: { status },
    });
}
const POLICY = 1008;
const UNAUTHORIZED = 3000;
const REASON_MAX = 120;
/** RFC 6455, 7.4, and IANA's registry of close codes. */
function closing(host, code, reason) {
    const why = reason === "" ? "" : `: ${reason.replaceAll(/\s+/g, " ").slice(0, REASON_MAX)}`;
    const kind = code === POLICY || code === UNAUTHORIZED ? "http.unauthorized" : "net.reset";
    return new Failure(kind, `${host} closed the connection (${code})${why}`, { details: { code } });
}
