import { createServer } from "node:http";
import { Failure, messageOf } from "../model/failure.js";
/** A small HTTP server that can misbehave on purpose: for the simulated agency and for tests of sources and sinks. */
export async function serveWire(options) {
    const host = options.host ?? "127.0.0.1";
    const sockets = new Set();
    const server = createServer((incoming, outgoing) => {
        serveOne(options, incoming, outgoing).catch((thrown) => {
            // The handler is at fault, and whoever asked must see that rather than a broken connection.
            if (outgoing.headersSent)
                outgoing.destroy();
            else
                outgoing.writeHead(500, { "content-type": "text/plain" }).end(messageOf(thrown));
        });
    });
    server.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        if (options.accepts !== undefined && !options.accepts())
            socket.resetAndDestroy();
    });
    await new Promise((resolve, reject) => {
        server.once("error", (error) => {
            reject(new Failure("config.invalid", `Cannot listen on ${host}:${options.port ?? 0} (${error.code ?? error.message}); choose another port`, { cause: error }));
        });
        server.listen(options.port ?? 0, host, resolve);
    });
    const { port } = server.address();
    return {
        port,
        url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
        close: () => new Promise((resolve) => {
            server.close(() => resolve());
            for (const socket of sockets)
                socket.destroy();
        }),
    };
}
async function serveOne(options, incoming, outgoing) {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const body = await readRequest(incoming, options.bodyMaxBytes ?? 1024 * 1024);
    if (body === undefined) {
        outgoing.writeHead(413, { connection: "close" }).end();
        return;
    }
    const url = new URL(incoming.url ?? "/", "http://localhost");
    const headers = {};
    for (const [name, value] of Object.entries(incoming.headers)) {
        if (value !== undefined)
            headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    const answer = await options.handle({
        method: incoming.method ?? "GET",
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        body,
    }, gone.signal);
    if (answer.kind === "hang")
        return;
    if (!(await pause(options.clock, answer.delayMs ?? 0, gone.signal)))
        return;
    if (answer.kind === "reset") {
        incoming.socket.resetAndDestroy();
        return;
    }
    const bytes = typeof answer.body === "string" ? Buffer.from(answer.body) : Buffer.from(answer.body ?? []);
    outgoing.writeHead(answer.status, { "content-length": bytes.length, ...answer.headers });
    if (incoming.method === "HEAD" || answer.status === 304 || answer.status === 204) {
        outgoing.end();
        return;
    }
    const end = Math.min(answer.cutAfterBytes ?? bytes.length, bytes.length);
    const piece = Math.max(1, answer.pace?.pieceBytes ?? bytes.length);
    for (let at = 0; at < end; at += piece) {
        if (at > 0 && !(await pause(options.clock, answer.pace?.everyMs ?? 0, gone.signal)))
            return;
        outgoing.write(bytes.subarray(at, Math.min(at + piece, end)));
    }
    if (answer.cutAfterBytes === undefined)
        outgoing.end();
    else
        outgoing.write("", () => incoming.socket.destroySoon());
}
/** The body, or `undefined` when it is larger than allowed. */
async function readRequest(incoming, bodyMaxBytes) {
    const chunks = [];
    let bytes = 0;
    for await (const chunk of incoming) {
        bytes += chunk.length;
        if (bytes > bodyMaxBytes)
            return undefined;
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}
/** Waits, and says whether the client is still there. Holds no process open: a hung client is nobody's work. */
function pause(clock, delayMs, signal) {
    if (delayMs <= 0)
        return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
        const onGone = () => {
            cancel();
            resolve(false);
        };
        const cancel = clock.after(delayMs, () => {
            signal.removeEventListener("abort", onGone);
            resolve(!signal.aborted);
        }, { ref: false });
        signal.addEventListener("abort", onGone, { once: true });
        if (signal.aborted)
            onGone();
    });
}
