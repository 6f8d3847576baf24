import { Readable } from "node:stream";
import fastify, {
	type FastifyError,
	type FastifyInstance,
	type FastifyReply,
	type FastifyRequest,
} from "fastify";
import type { ListenerConfig } from "../config/config.js";
import { Failure, messageOf } from "../model/failure.js";
import { type Endpoint, type EndpointRequest, type EndpointResponse, problem } from "../runtime/endpoint.js";
import { SocketDoor } from "../runtime/node-websocket-server.js";
import type { Cancel, Clock } from "../runtime/runtime.js";
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
const TLS = { minVersion: "TLSv1.2" } as const;

/** Refuses a request before anything of it is used, or lets it through with undefined. */
export type Guard = (headers: Readonly<Record<string, string>>) => EndpointResponse | undefined;

export interface ListenerOptions {
	readonly name: "public" | "admin";
	readonly listen: ListenerConfig;
	readonly endpoints: readonly Endpoint[];
	/** Under which path all of them lie, such as `/wayside`. Default none. */
	readonly basePath?: string | undefined;
	/** Addresses and networks whose X-Forwarded-For is believed. Default none. */
	readonly trustProxy?: readonly string[] | undefined;
	readonly clock: Clock;
	readonly guard?: Guard | undefined;
	/** Told of every answer, for the metrics: the pattern of the path, never the path itself. */
	readonly onAnswer?: (
		method: string,
		pattern: string,
		status: number,
		ms: number,
		traceparent?: string,
	) => void;
	/** Told of every failure of ours, with what was thrown. The client sees none of it. */
	readonly onFault?: (place: string, thrown: unknown) => void;
}

export interface Listener {
	/** With the base path, without a slash at the end. */
	readonly url: string;
	readonly port: number;
	/** Serves another certificate from the next connection on. Throws when the two do not belong together. */
	renew(pair: { readonly certificate: string; readonly key: string }): void;
	/** Serves these from the next request on. What is being answered, streams included, is not touched. */
	remount(endpoints: readonly Endpoint[]): Promise<void>;
	/** Finishes what is being answered, for at most five seconds; streams end at once. */
	close(): Promise<void>;
}

/** What a server has that speaks TLS. */
interface Renewable {
	setSecureContext(options: {
		readonly cert: string;
		readonly key: string;
		readonly minVersion: "TLSv1.2";
	}): void;
}

/** Opens one listener with its endpoints mounted. Rejects with `config.invalid` when the address cannot be had. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
	/** Of requests that are being answered. */
	const open = new Set<AbortController>();
	let door: SocketDoor | undefined;
	const outer = createApp(options);
	let inner = outer;
	const equipped = (app: FastifyInstance, endpoints: readonly Endpoint[]) => {
		if (endpoints.some(({ opensSocket }) => opensSocket))
			door ??= new SocketDoor(outer.server, SOCKET_MESSAGE_MAX_BYTES, (request, response) =>
				inner.routing(request, response),
			);
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
			const server: Partial<Renewable> = app.server as object;
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
			for (const gone of open) gone.abort(new Failure("closed", "The hub is stopping"));
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
function equip({ app, open, door, options }: Parts): void {
	// Bodies are bytes here; what they mean is the endpoint's business.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
	app.setNotFoundHandler((request, reply) => send(reply, unknownPath(request, options)));
	app.setErrorHandler((error, request, reply) =>
		send(reply, faultOf(error as FastifyError, request, options)),
	);
	app.addHook("onResponse", (request, reply, done) => {
		options.onAnswer?.(
			request.method,
			request.routeOptions.url ?? "unknown",
			reply.statusCode,
			reply.elapsedTime,
			headerOf(request.headers["traceparent"]),
		);
		done();
	});
	const { guard } = options;
	if (guard) {
		app.addHook("onRequest", (request, reply, done) => {
			const refusal = guard(plainHeaders(request));
			if (refusal) send(reply, refusal);
			else done();
		});
	}
	const parts = { app, open, door, options };
	for (const endpoint of options.endpoints)
		mount(parts, endpoint, `${options.basePath ?? ""}${endpoint.path}`);
	const home = options.endpoints.find(({ path }) => path === "/");
	if (home && options.basePath) mount(parts, home, options.basePath);
}

/** Answers that end while the server closes leave their connections open, and the server waits for those. */
function everyOnceInAWhile(clock: Clock, run: () => void): Cancel {
	let cancel = clock.after(SWEEP_EVERY_MS, again);
	function again(): void {
		run();
		cancel = clock.after(SWEEP_EVERY_MS, again);
	}
	return () => cancel();
}

function createApp({ listen: { tls }, trustProxy }: ListenerOptions): FastifyInstance {
	const app = fastify({
		logger: false,
		...(trustProxy && { trustProxy: [...trustProxy] }),
		// The framework has a type for each kind of server, and what is mounted on it is the same.
		...(tls && { https: { ...TLS, cert: tls.certificate, key: tls.key } as unknown as null }),
		bodyLimit: BODY_MAX_BYTES,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_MS,
		forceCloseConnections: "idle",
		exposeHeadRoutes: true,
		http: { maxHeaderSize: HEADER_MAX_BYTES },
		routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX, ignoreTrailingSlash: false },
		clientErrorHandler: (error, socket) => {
			if (!socket.writable) return;
			const { status, headers, body } = refusalOf(error as NodeJS.ErrnoException);
			const text = String(body);
			socket.end(
				`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: ${headers?.["content-type"]}\r\n` +
					`content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
			);
		},
	});
	app.server.headersTimeout = HEADERS_TIMEOUT_MS;
	return app;
}

interface Parts {
	readonly app: FastifyInstance;
	readonly open: Set<AbortController>;
	/** Absent where no endpoint opens a WebSocket. */
	readonly door: SocketDoor | undefined;
	readonly options: ListenerOptions;
}

function mount({ app, open, door, options }: Parts, endpoint: Endpoint, url: string): void {
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
			if (socket === undefined || door === undefined) return send(reply, answer);
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

function endpointRequest(
	request: FastifyRequest,
	signal: AbortSignal,
	wantsSocket: boolean,
): EndpointRequest {
	const at = request.url.indexOf("?");
	return {
		method: request.method,
		path: at === -1 ? request.url : request.url.slice(0, at),
		params: request.params as Readonly<Record<string, string>>,
		query: Object.fromEntries(new URLSearchParams(at === -1 ? "" : request.url.slice(at + 1))),
		headers: plainHeaders(request),
		body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(0),
		remoteAddress: request.ip,
		signal,
		wantsSocket,
	};
}

function plainHeaders(request: FastifyRequest): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(request.headers)) {
		if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
	}
	return headers;
}

function send(reply: FastifyReply, response: EndpointResponse): FastifyReply {
	reply.status(response.status);
	reply.header("x-content-type-options", "nosniff");
	for (const [name, value] of Object.entries(response.headers ?? {})) reply.header(name, value);
	const { body, cut } = response;
	cut?.addEventListener("abort", () => reply.raw.destroy(), { once: true });
	if (body === undefined) return reply.send();
	if (typeof body === "string") return reply.send(body);
	if (body instanceof Uint8Array)
		return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
	return reply.send(Readable.from(body, { objectMode: false }));
}

function unknownPath(
	request: FastifyRequest,
	{ endpoints, basePath = "" }: ListenerOptions,
): EndpointResponse {
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
function faultOf(error: FastifyError, request: FastifyRequest, options: ListenerOptions): EndpointResponse {
	const status = error.statusCode ?? 500;
	if (status === 413) {
		const limit = request.routeOptions.bodyLimit;
		return problem(413, "Body too large", `A body of at most ${limit} bytes is taken here.`);
	}
	if (status >= 400 && status < 500) return problem(status, "Bad request", messageOf(error));
	options.onFault?.(`${request.method} ${request.routeOptions.url ?? "unknown"}`, error);
	const title = "Internal error";
	return problem(500, title, "The hub could not answer; its log says why. Trying again later may help.");
}

/** For bytes that never became a request. */
function refusalOf(error: NodeJS.ErrnoException): EndpointResponse {
	if (error.code === "HPE_HEADER_OVERFLOW")
		return problem(431, "Headers too large", `Headers of at most ${HEADER_MAX_BYTES} bytes are taken.`);
	if (error.code === "ERR_HTTP_REQUEST_TIMEOUT")
		return problem(408, "Request timeout", "The request took too long to arrive.");
	return problem(400, "Bad request", "These bytes are no HTTP request.");
}

async function listen(
	app: FastifyInstance,
	{ name, listen: { host, port } }: ListenerOptions,
): Promise<void> {
	try {
		await app.listen({ host, port });
	} catch (thrown) {
		const { code } = thrown as NodeJS.ErrnoException;
		const why =
			code === "EADDRINUSE"
				? `port ${port} on ${host} is already in use, perhaps by another hub`
				: code === "EACCES"
					? `this user may not open port ${port}`
					: code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
						? `this machine has no address ${host}`
						: messageOf(thrown);
		throw new Failure(
			"config.invalid",
			`The ${name} listener cannot open: ${why}. Change http.${name}.host or http.${name}.port, or stop what uses it.`,
			{ cause: thrown },
		);
	}
}

/** An address that a person on this machine can open. */
function reachable(host: string): string {
	if (host === "0.0.0.0" || host === "::") return "localhost";
	return host.includes(":") ? `[${host}]` : host;
}

function headerOf(value: string | string[] | undefined): string | undefined {
	return typeof value === "string" ? value : undefined;
}
