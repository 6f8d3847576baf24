import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

export interface SocketPeer {
	/** Resolves once the network has taken it, with whether that had to be waited for. Rejects when the connection is over. */
	send(text: Uint8Array): Promise<{ readonly waited: boolean }>;
	ping(): void;
	/** Says goodbye; the connection is over when the other end has answered. */
	close(code: number, reason: string): void;
	/** Ends it at once. */
	cut(): void;
}

export interface SocketPeerEvents {
	onMessage(): void;
	/** The other end answered a ping. */
	onPong(): void;
	/** Called once, whoever ended the connection. */
	onClose(): void;
}

const REASON_MAX_BYTES = 123;
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The way from a request for a WebSocket to the connection, past the rules that hold for every other request. */
export class SocketDoor {
	readonly #answer: (request: IncomingMessage, response: ServerResponse) => void;
	readonly #asking = new WeakMap<IncomingMessage, { readonly socket: Duplex; readonly head: Buffer }>();
	readonly #open = new Set<WebSocket>();
	readonly #handshakes: WebSocketServer;

	/** `answer` is given the request as any other. Longer messages from outside end their connection. */
	constructor(
		server: Server,
		messageMaxBytes: number,
		answer: (request: IncomingMessage, response: ServerResponse) => void,
	) {
		this.#answer = answer;
		this.#handshakes = new WebSocketServer({
			noServer: true,
			clientTracking: false,
			// A few bytes could stand for a message of any size.
			perMessageDeflate: false,
			maxPayload: messageMaxBytes,
		});
		server.on("upgrade", (request, socket, head) => {
			if (isHandshake(request)) this.#route(request, socket, head);
			else putBack(server, request, socket, head);
		});
	}

	isAsking(request: IncomingMessage): boolean {
		return this.#asking.has(request);
	}

	/** Undefined: the client has gone meanwhile, or its handshake was not valid. */
	open(
		request: IncomingMessage,
		response: ServerResponse,
		headers: Readonly<Record<string, string>>,
		events: SocketPeerEvents,
	): SocketPeer | undefined {
		const asking = this.#asking.get(request);
		if (asking === undefined) return undefined;
		this.#asking.delete(request);
		response.detachSocket(asking.socket as never);
		let opened: WebSocket | undefined;
		this.#handshakes.once("headers", (lines: string[]) => {
			for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
		});
		this.#handshakes.handleUpgrade(request, asking.socket, asking.head, (socket) => {
			opened = socket;
		});
		this.#handshakes.removeAllListeners("headers");
		return opened && this.#peer(opened, events);
	}

	/** Ends all connections at once. */
	cutAll(): void {
		for (const socket of this.#open) socket.terminate();
	}

	#peer(socket: WebSocket, events: SocketPeerEvents): SocketPeer {
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
			send: (text) =>
				new Promise((resolve, reject) => {
					let waited = false;
					socket.send(text, { binary: false }, (error) => {
						if (error) reject(error);
						else resolve({ waited });
					});
					waited = socket.bufferedAmount > 0;
				}),
			ping: () => socket.ping(),
			close: (code, reason) => socket.close(code, cutText(reason)),
			cut: () => socket.terminate(),
		};
	}

	#route(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		this.#asking.set(request, { socket, head });
		const response = new ServerResponse(request);
		response.shouldKeepAlive = false;
		// Whoever breaks off while it is answered is gone, and that is all.
		socket.on("error", () => socket.destroy());
		response.assignSocket(socket as never);
		response.once("finish", () => socket.end());
		this.#answer(request, response);
	}
}

function isHandshake({ method, headers }: IncomingMessage): boolean {
	const { upgrade = "", "sec-websocket-key": key = "", "sec-websocket-version": version } = headers;
	return method === "GET" && upgrade.toLowerCase() === "websocket" && KEY.test(key) && version === "13";
}

/**
 * Some clients offer HTTP/2 with whatever they send (`Upgrade: h2c`), which a server may leave unanswered: the request is read
 * again as if it had not been offered. RFC 9110, 7.8.
 */
function putBack(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
	const { method, url, httpVersion, rawHeaders } = request;
	const lines = [`${method} ${url} HTTP/${httpVersion}`];
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const name = rawHeaders[i] ?? "";
		if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[i + 1]}`);
	}
	socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
	server.emit("encrypted" in socket ? "secureConnection" : "connection", socket);
}

function cutText(text: string): string {
	const bytes = Buffer.from(text);
	if (bytes.length <= REASON_MAX_BYTES) return text;
	return bytes
		.subarray(0, REASON_MAX_BYTES)
		.toString()
		.replace(/\ufffd+$/, "");
}
