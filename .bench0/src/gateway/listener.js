import { Readable } from "node:stream";
import fastify, {} from "fastify";
import { Failure, messageOf } from "../model/failure.js";
import { problem } from "../runtime/endpoint.js";
import { SocketDoor } from "../runtime/node-websocket-server.js";
import { matches } from "./paths.js";
import { converse, SOCKET_MESSAGE_MAX_BYTES } from "./sockets.js";
const BODY_MAX_BYTES = 1024 * 1024;
const HEADER_MAX_BYTES = 16 * 1024;
const PATH_PARAMETER_LENGTH_MAX = 256;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
const CLOSE_WAIT_MS = 5_000;
const SWEEP_EVERY_MS = 25;
/** Older versions are no longer allowed by any agency's auditors. */
const TLS = { minVersion: "TLSv1.2" };
/** Opens one listener with its endpoints mounted. Rejects with `config.invalid` when the address cannot be had. */
export async function openListener(options) {
    /** Of requests that are being answered. */
    const open = new Set();
    let door;
    const outer = createApp(options);
    let inner = outer;
    const equipped = (app, endpoints) => {
        if (endpoints.some(({ opensSocket }) => opensSocket))
            door ??= new SocketDoor(outer.server, SOCKET_MESSAGE_MAX_BYTES, (request, response) => inner.routing(request, response));
        equip({ app, open, door, options: { ...options, endpoints } });
    };
    equipped(outer, options.endpoints);
    const app = outer;
    await listen(app, options);
    const address = app.server.address();
    const port = typeof address === "object" && address !== null ? address.port : options.listen.port;
    return {
        port,
        url: `${options.listen.tls ? "https" : "http"}://${reachable(options.listen.host)}:${port}${options.basePath ?? ""}`,
        renew: ({ certificate, key }) => {
            const server = app.server;
            server.setSecureContext?.({ ...TLS, cert: certificate, key });
        },
        remount: async (endpoints) => {
            // Routes of a framework are fixed once it listens: others take its place behind the same server.
            const next = createApp(options);
            equipped(next, endpoints);
            await next.ready();
            inner = next;
            outer.server.removeAllListeners("request");
            outer.server.on("request", (request, response) => next.routing(request, response));
        },
        close: async () => {
            for (const gone of open)
                gone.abort(new Failure("closed", "The hub is stopping"));
            const force = options.clock.after(CLOSE_WAIT_MS, () => {
                app.server.closeAllConnections();
                door?.cutAll();
            });
            const sweep = everyOnceInAWhile(options.clock, () => app.server.closeIdleConnections());
            await app.close();
            sweep();
            force();
        },
    };
}
/** Everything that an application answers with: endpoints, refusals, faults. */
function equip({ app, open, door, options }) {
    // Bodies are bytes here; what they mean is the endpoint's business.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.setNotFoundHandler((request, reply) => send(reply, unknownPath(request, options)));
    app.setErrorHandler((error, request, reply) => send(reply, faultOf(error, request, options)));
    app.addHook("onResponse", (request, reply, done) => {
        options.onAnswer?.(request.method, request.routeOptions.url ?? "unknown", reply.statusCode, reply.elapsedTime);
        done();
    });
    const { guard } = options;
    if (guard) {
        app.addHook("onRequest", (request, reply, done) => {
            const refusal = guard(plainHeaders(request));
            if (refusal)
                send(reply, refusal);
            else
                done();
        });
    }
    const parts = { app, open, door, options };
    for (const endpoint of options.endpoints)
        mount(parts, endpoint, `${options.basePath ?? ""}${endpoint.path}`);
    const home = options.endpoints.find(({ path }) => path === "/");
    if (home && options.basePath)
        mount(parts, home, options.basePath);
}
/** Answers that end while the server closes leave their connections open, and the server waits for those. */
function everyOnceInAWhile(clock, run) {
    let cancel = clock.after(SWEEP_EVERY_MS, again);
    function again() {
        run();
        cancel = clock.after(SWEEP_EVERY_MS, again);
    }
    return () => cancel();
}
function createApp({ listen: { tls }, trustProxy }) {
    const app = fastify({
        logger: false,
        ...(trustProxy && { trustProxy: [...trustProxy] }),
        // The framework has a type for each kind of server, and what is mounted on it is the same.
        ...(tls && { https: { ...TLS, cert: tls.certificate, key: tls.key } }),
        bodyLimit: BODY_MAX_BYTES,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        forceCloseConnections: "idle",
        exposeHeadRoutes: true,
        http: { maxHeaderSize: HEADER_MAX_BYTES },
        routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX, ignoreTrailingSlash: false },
        clientErrorHandler: (error, socket) => {
            if (!socket.writable)
                return;
            const { status, headers, body } = refusalOf(error);
            const text = String(body);
            socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: ${headers?.["content-type"]}\r\n` +
                `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
        },
    });
    app.server.headersTimeout = HEADERS_TIMEOUT_MS;
    return app;
}
function mount({ app, open, door, options }, endpoint, url) {
    app.route({
        method: endpoint.method,
        url,
        bodyLimit: endpoint.bodyMaxBytes ?? BODY_MAX_BYTES,
        handler: async (request, reply) => {
            const gone = new AbortController();
            open.add(gone);
            reply.raw.once("close", () => {
                open.delete(gone);
                // An answer to HEAD is whole without its body, and a body without an end would be produced for nobody.
                if (request.method === "HEAD" || !reply.raw.writableFinished)
                    gone.abort(new Failure("closed", "The client has gone"));
            });
            const wantsSocket = door?.isAsking(request.raw) ?? false;
            const answer = await endpoint.handle(endpointRequest(request, gone.signal, wantsSocket));
            const { socket, cut, headers = {} } = answer;
            if (socket === undefined || door === undefined)
                return send(reply, answer);
            reply.hijack();
            gone.signal.addEventListener("abort", () => open.delete(gone), { once: true });
            options.onAnswer?.(request.method, url, answer.status, reply.elapsedTime);
            converse({
                socket,
                cut,
                gone,
                clock: options.clock,
                open: (events) => door.open(request.raw, reply.raw, headers, events),
                onFault: (thrown) => options.onFault?.(`${request.method} ${url}`, thrown),
            });
            return reply;
        },
    });
}
function endpointRequest(request, signal, wantsSocket) {
    const at = request.url.indexOf("?");
    return {
        method: request.method,
        path: at === -1 ? request.url : request.url.slice(0, at),
        params: request.params,
        query: Object.fromEntries(new URLSearchParams(at === -1 ? "" : request.url.slice(at + 1))),
        headers: plainHeaders(request),
        body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(0),
        remoteAddress: request.ip,
        signal,
        wantsSocket,
    };
}
function plainHeaders(request) {
    const headers = {};
    for (const [name, value] of Object.entries(request.headers)) {
        if (value !== undefined)
            headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    return headers;
}
function send(reply, response) {
    reply.status(response.status);
    reply.header("x-content-type-options", "nosniff");
    for (const [name, value] of Object.entries(response.headers ?? {}))
        reply.header(name, value);
    const { body, cut } = response;
    cut?.addEventListener("abort", () => reply.raw.destroy(), { once: true });
    if (body === undefined)
        return reply.send();
    if (typeof body === "string")
        return reply.send(body);
    if (body instanceof Uint8Array)
        return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    return reply.send(Readable.from(body, { objectMode: false }));
}
function unknownPath(request, { endpoints, basePath = "" }) {
    const whole = request.url.split("?", 1)[0] ?? "/";
    const path = whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : "";
    const methods = endpoints.filter((endpoint) => matches(endpoint.path, path)).map((known) => known.method);
    if (methods.length === 0) {
        const hasStatus = endpoints.some((endpoint) => endpoint.path === "/status");
        const where = hasStatus ? `GET ${basePath}/status` : "GET /status of the public listener";
        return problem(404, "Not found", `There is nothing at this path; ${where} lists what is served.`);
    }
    const allowed = [...new Set(methods.includes("GET") ? [...methods, "HEAD"] : methods)].join(", ");
    return problem(405, "Method not allowed", `This path takes ${allowed}.`, { headers: { allow: allowed } });
}
/** What a client is told of an error: all of a mistake of its own, nothing of one of ours. */
function faultOf(error, request, options) {
    const status = error.statusCode ?? 500;
    if (status === 413) {
        const limit = request.routeOptions.bodyLimit;
        return problem(413, "Body too large", `A body of at most ${limit} bytes is taken here.`);
    }
    if (status >= 400 && status < 500)
        return problem(status, "Bad request", messageOf(error));
    options.onFault?.(`${request.method} ${request.routeOptions.url ?? "unknown"}`, error);
    const title = "Internal error";
    return problem(500, title, "The hub could not answer; its log says why. Trying again later may help.");
}
/** For bytes that never became a request. */
function refusalOf(error) {
    if (error.code === "HPE_HEADER_OVERFLOW")
        return problem(431, "Headers too large", `Headers of at most ${HEADER_MAX_BYTES} bytes are taken.`);
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT")
        return problem(408, "Request timeout", "The request took too long to arrive.");
    return problem(400, "Bad request", "These bytes are no HTTP request.");
}
async function listen(app, { name, listen: { host, port } }) {
    try {
        await app.listen({ host, port });
    }
    catch (thrown) {
        const { code } = thrown;
        const why = code === "EADDRINUSE"
            ? `port ${port} on ${host} is already in use, perhaps by another hub`
            : code === "EACCES"
                ? `this user may not open port ${port}`
                : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
                    ? `this machine has no address ${host}`
                    : messageOf(thrown);
        throw new Failure("config.invalid", `The ${name} listener cannot open: ${why}. Change http.${name}.host or http.${name}.port, or stop what uses it.`, { cause: thrown });
    }
}
/** An address that a person on this machine can open. */
function reachable(host) {
    if (host === "0.0.0.0" || host === "::")
        return "localhost";
    return host.includes(":") ? `[${host}]` : host;
}
