import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Failure, messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import type { Clock } from "./runtime.js";

export interface WireRequest {
	readonly method: string;
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Uint8Array;
}

/**
 * What a server does with a request, down to the ways in which real ones fail. One vocabulary for sockets and for
 * simulated networks.
 */
export type WireAnswer =
	| {
			readonly kind: "answer";
			readonly status: number;
			readonly headers?: Readonly<Record<string, string>>;
			readonly body?: Uint8Array | string;
			/** Wait before the headers. */
			readonly delayMs?: DurationMs;
			/** Send the body in pieces of so many bytes with so much time between two of them. */
			readonly pace?: { readonly pieceBytes: number; readonly everyMs: DurationMs };
			/** Announce the whole body, send only so many bytes of it, and break the connection. */
			readonly cutAfterBytes?: number;
	  }
	/** Break the connection without an answer. */
	| { readonly kind: "reset"; readonly delayMs?: DurationMs }
	/** Take the request and never answer. */
	| { readonly kind: "hang" };

export interface WireServer {
	readonly port: number;
	/** `http://host:port` */
	readonly url: string;
	/** Breaks every connection and stops listening. */
	close(): Promise<void>;
}

export interface WireServerOptions {
	readonly clock: Clock;
	/** Default 127.0.0.1. */
	readonly host?: string;
	/** Default 0: any free port. */
	readonly port?: number;
	/** Larger requests are answered 413. Default 1 MiB. */
	readonly bodyMaxBytes?: number;
	/** Asked for every new connection; `false` breaks it before a request can be sent. */
	readonly accepts?: () => boolean;
	readonly handle: (request: WireRequest, signal: AbortSignal) => WireAnswer | Promise<WireAnswer>;
}

/** A small HTTP server that can misbehave on purpose: for the simulated agency and for tests of sources and sinks. */
export async function serveWire(options: WireServerOptions): Promise<WireServer> {
	const host = options.host ?? "127.0.0.1";
	const sockets = new Set<Socket>();
	const server = createServer((incoming, outgoing) => {
		serveOne(options, incoming, outgoing).catch((thrown: unknown) => {
			// The handler is at fault, and whoever asked must see that rather than a broken connection.
			if (outgoing.headersSent) outgoing.destroy();
			else outgoing.writeHead(500, { "content-type": "text/plain" }).end(messageOf(thrown));
		});
	});
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		if (options.accepts !== undefined && !options.accepts()) socket.resetAndDestroy();
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", (error: NodeJS.ErrnoException) => {
			reject(
				new Failure(
					"config.invalid",
					`Cannot listen on ${host}:${options.port ?? 0} (${error.code ?? error.message}); choose another port`,
					{ cause: error },
				),
			);
		});
		server.listen(options.port ?? 0, host, resolve);
	});
	const { port } = server.address() as AddressInfo;
	return {
		port,
		url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	};
}

async function serveOne(
	options: WireServerOptions,
	incoming: IncomingMessage,
	outgoing: ServerResponse,
): Promise<void> {
	const gone = new AbortController();
	outgoing.once("close", () => gone.abort());
	const body = await readRequest(incoming, options.bodyMaxBytes ?? 1024 * 1024);
	if (body === undefined) {
		outgoing.writeHead(413, { connection: "close" }).end();
		return;
	}
	const url = new URL(incoming.url ?? "/", "http://localhost");
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(incoming.headers)) {
		if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
	}
	const answer = await options.handle(
		{
			method: incoming.method ?? "GET",
			path: url.pathname,
			query: Object.fromEntries(url.searchParams),
			headers,
			body,
		},
		gone.signal,
	);
	if (answer.kind === "hang") return;
	if (!(await pause(options.clock, answer.delayMs ?? 0, gone.signal))) return;
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
		if (at > 0 && !(await pause(options.clock, answer.pace?.everyMs ?? 0, gone.signal))) return;
		outgoing.write(bytes.subarray(at, Math.min(at + piece, end)));
	}
	if (answer.cutAfterBytes === undefined) outgoing.end();
	else outgoing.write("", () => incoming.socket.destroySoon());
}

/** The body, or `undefined` when it is larger than allowed. */
async function readRequest(incoming: IncomingMessage, bodyMaxBytes: number): Promise<Uint8Array | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of incoming as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes > bodyMaxBytes) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** Waits, and says whether the client is still there. Holds no process open: a hung client is nobody's work. */
function pause(clock: Clock, delayMs: DurationMs, signal: AbortSignal): Promise<boolean> {
	if (delayMs <= 0) return Promise.resolve(!signal.aborted);
	return new Promise((resolve) => {
		const onGone = () => {
			cancel();
			resolve(false);
		};
		const cancel = clock.after(
			delayMs,
			() => {
				signal.removeEventListener("abort", onGone);
				resolve(!signal.aborted);
			},
			{ ref: false },
		);
		signal.addEventListener("abort", onGone, { once: true });
		if (signal.aborted) onGone();
	});
}
