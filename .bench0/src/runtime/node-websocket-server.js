import { ServerResponse } from "node:http";
import { WebSocketServer } from "ws";
const REASON_MAX_BYTES = 123;
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** The way from a request for a WebSocket to the connection, past the rules that hold for every other request. */
export class SocketDoor {
    #answer;
    #asking = new WeakMap();
    #open = new Set();
    #handshakes;
    /** `answer` is given the request as any other. Longer messages from outside end their connection. */
    constructor(server, messageMaxBytes, answer) {
        this.#answer = answer;
        this.#handshakes = new WebSocketServer({
            noServer: true,
            clientTracking: false,
            // A few bytes could stand for a message of any size.
            perMessageDeflate: false,
            maxPayload: messageMaxBytes,
        });
        server.on("upgrade", (request, socket, head) => {
            if (isHandshake(request))
                this.#route(request, socket, head);
            else
                putBack(server, request, socket, head);
        });
    }
    isAsking(request) {
        return this.#asking.has(request);
    }
    /** Undefined: the client has gone meanwhile, or its handshake was not valid. */
    open(request, response, headers, events) {
        const asking = this.#asking.get(request);
        if (asking === undefined)
            return undefined;
        this.#asking.delete(request);
        response.detachSocket(asking.socket);
        let opened;
        this.#handshakes.once("headers", (lines) => {
            for (const [name, value] of Object.entries(headers))
                lines.push(`${name}: ${value}`);
        });
        this.#handshakes.handleUpgrade(request, asking.socket, asking.head, (socket) => {
            opened = socket;
        });
        this.#handshakes.removeAllListeners("headers");
        return opened && this.#peer(opened, events);
    }
    /** Ends all connections at once. */
    cutAll() {
        for (const socket of this.#open)
            socket.terminate();
    }
    #peer(socket, events) {
        this.#open.add(socket);
        socket.on("message", () => events.onMessage());
        socket.on("pong", () => events.onPong());
        // Its end follows, and that is told.
        socket.on("error", () => undefined);
        socket.on("close", () => {
            this.#open.delete(socket);
            events.onClose();
        });
        return {
            send: (text) => new Promise((resolve, reject) => {
                let waited = false;
                socket.send(text, { binary: false }, (error) => {
                    if (error)
                        reject(error);
                    else
                        resolve({ waited });
                });
                waited = socket.bufferedAmount > 0;
            }),
            ping: () => socket.ping(),
            close: (code, reason) => socket.close(code, cutText(reason)),
            cut: () => socket.terminate(),
        };
    }
    #route(request, socket, head) {
        this.#asking.set(request, { socket, head });
        const response = new ServerResponse(request);
        response.shouldKeepAlive = false;
        // Whoever breaks off while it is answered is gone, and that is all.
        socket.on("error", () => socket.destroy());
        response.assignSocket(socket);
        response.once("finish", () => socket.end());
        this.#answer(request, response);
    }
}
function isHandshake({ method, headers }) {
    const { upgrade = "", "sec-websocket-key": key = "", "sec-websocket-version": version } = headers;
    return method === "GET" && upgrade.toLowerCase() === "websocket" && KEY.test(key) && version === "13";
}
/**
 * Some clients offer HTTP/2 with whatever they send (`Upgrade: h2c`), which a server may leave unanswered: the request is read
 * again as if it had not been offered. RFC 9110, 7.8.
 */
function putBack(server, request, socket, head) {
    const { method, url, httpVersion, rawHeaders } = request;
    const lines = [`${method} ${url} HTTP/${httpVersion}`];
    for (let i = 0; i < rawHeaders.length; i += 2) {
        const name = rawHeaders[i] ?? "";
        if (!/^(upgrade|connection|http2-settings)$/i.test(name))
            lines.push(`${name}: ${rawHeaders[i + 1]}`);
    }
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
    server.emit("encrypted" in socket ? "secureConnection" : "connection", socket);
}
function cutText(text) {
    const bytes = Buffer.from(text);
    if (bytes.length <= REASON_MAX_BYTES)
        return text;
    return bytes
        .subarray(0, REASON_MAX_BYTES)
        .toString()
        .replace(/\ufffd+$/, "");
}
