import { createConnection, createServer } from "node:net";
import { Failure, messageOf } from "../model/failure.js";
import { plainAddress } from "./node-addresses.js";
/** Connects once, and rejects with a `Failure` or the signal's reason; then nothing is left open. */
export async function connectTcp(options, signal, attach) {
    signal.throwIfAborted();
    const { host, port, connectTimeoutMs } = options;
    const place = placeText(host, port);
    const socket = createConnection({ host, port });
    try {
        await new Promise((resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
            socket.setTimeout(connectTimeoutMs, () => reject(new Failure("net.timeout", `${place} did not take the connection in time`)));
            socket.once("error", (error) => reject(socketFailure(error, place)));
            socket.once("connect", resolve);
        });
    }
    catch (thrown) {
        socket.on("error", ignoreAfterTheEnd);
        socket.destroy();
        throw thrown;
    }
    socket.removeAllListeners("timeout");
    socket.removeAllListeners("error");
    attachSocket(socket, options, place, attach);
}
/** Listens until it is closed. `accept` answers undefined for a connection that is not wanted. */
export async function listenTcp(options, signal, accept, onError) {
    signal.throwIfAborted();
    const { host, port } = options;
    const sockets = new Set();
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        attachSocket(socket, options, peerText(socket), accept);
    });
    await new Promise((resolve, reject) => {
        server.once("error", (error) => reject(cannotListen(error, host, port)));
        server.listen(port, host, resolve);
    });
    const close = () => {
        server.close();
        for (const socket of sockets)
            socket.destroy();
    };
    if (signal.aborted) {
        close();
        throw signal.reason;
    }
    server.on("error", (error) => onError(socketFailure(error, placeText(host, port))));
    return { port: server.address().port, close };
}
/** The same for TCP and UDP: an address that is taken or not ours needs somebody, or an earlier process to end. */
export function cannotListen(error, host, port) {
    const why = error.code ?? messageOf(error);
    return new Failure("config.invalid", `Cannot listen on ${placeText(host, port)} (${why}); end what uses it, or choose another`, { cause: error });
}
function attachSocket(socket, options, place, attach) {
    const { idleMs, keepaliveMs } = options;
    let isClosed = false;
    let ended;
    const peer = {
        address: plainAddress(socket.remoteAddress ?? ""),
        port: socket.remotePort ?? 0,
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        write: (bytes) => socket.write(bytes),
        close: () => {
            isClosed = true;
            socket.destroy();
        },
    };
    socket.on("error", (error) => {
        ended ??= socketFailure(error, place);
    });
    socket.setKeepAlive(true, keepaliveMs);
    socket.setNoDelay(true);
    const events = attach(peer);
    if (events === undefined) {
        peer.close();
        return;
    }
    socket.setTimeout(idleMs);
    socket.on("timeout", () => {
        if (socket.isPaused()) {
            socket.setTimeout(idleMs);
            return;
        }
        ended ??= new Failure("net.timeout", `${place} said nothing for ${Math.round(idleMs / 1000)} s`);
        socket.destroy();
    });
    socket.on("close", () => {
        if (isClosed)
            return;
        events.onEnd(ended ?? new Failure("net.reset", `${place} closed the connection`));
    });
    socket.on("data", (bytes) => events.onBytes(bytes));
}
/** What comes of a socket that was given up has no reader any more. */
function ignoreAfterTheEnd() { }
const BY_ERRNO = {
    ECONNREFUSED: "net.refused",
    ETIMEDOUT: "net.timeout",
    EHOSTUNREACH: "net.unreachable",
    ENETUNREACH: "net.unreachable",
    EAI_AGAIN: "net.unreachable",
    ENOTFOUND: "net.dns",
};
export function socketFailure(error, place) {
    const code = BY_ERRNO[error.code ?? ""] ?? "net.reset";
    return new Failure(code, `The connection to ${place} failed (${error.code ?? messageOf(error)})`, {
        cause: error,
    });
}
function peerText(socket) {
    return placeText(plainAddress(socket.remoteAddress ?? "?"), socket.remotePort ?? 0);
}
/** `host:port`, with an IPv6 address in brackets. */
export function placeText(host, port) {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
