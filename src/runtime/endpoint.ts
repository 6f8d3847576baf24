/** What a part of the hub offers over HTTP, with no framework in it: the gateway mounts it, simulation calls it. */
export interface Endpoint {
	readonly method: "GET" | "POST" | "PUT" | "DELETE";
	/** Absolute path; `:name` matches one segment. */
	readonly path: string;
	/** `public` and `ingest` are mounted on the public listener, `admin` on the admin listener. */
	readonly scope: "public" | "ingest" | "admin";
	/** One sentence for the generated list of endpoints. */
	readonly summary: string;
	/** Larger bodies are answered 413 before they are read. Default 1 MiB. */
	readonly bodyMaxBytes?: number;
	/** It takes requests for a WebSocket too; `handle` says what becomes of each. */
	readonly upgrade?: "websocket";
	handle(request: EndpointRequest): Promise<EndpointResponse>;
}

export interface EndpointRequest {
	readonly method: string;
	readonly path: string;
	readonly params: Readonly<Record<string, string>>;
	readonly query: Readonly<Record<string, string>>;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Uint8Array;
	readonly remoteAddress: string;
	/** The client asks for a WebSocket, and can be answered with `messages`. */
	readonly upgrade?: "websocket" | undefined;
	/** Aborts when the client has gone. */
	readonly signal: AbortSignal;
}

export interface EndpointResponse {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** An iterable is streamed, with back-pressure, until it ends or the client has gone. */
	readonly body?: Uint8Array | string | AsyncIterable<Uint8Array | string>;
	/**
	 * With status 101, to a request with `upgrade`: text messages, in UTF-8, that are sent with back-pressure. What it returns
	 * closes the WebSocket.
	 */
	readonly messages?: AsyncGenerator<Uint8Array, SocketClose>;
	/** When it aborts the connection is broken at once, whatever has not been sent. */
	readonly cut?: AbortSignal;
}

/** Why a WebSocket is closed (RFC 6455, section 7.4). */
export interface SocketClose {
	readonly code: number;
	/** At most 123 bytes. */
	readonly reason: string;
}

/** An RFC 9457 problem document. `type` is `about:blank` unless the problem has a page of its own. */
export function problem(
	status: number,
	title: string,
	detail: string,
	more: {
		readonly headers?: Readonly<Record<string, string>>;
		readonly type?: string;
		readonly [extension: string]: unknown;
	} = {},
): EndpointResponse {
	const { headers, type, ...extensions } = more;
	return {
		status,
		headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
		body: JSON.stringify({ type: type ?? "about:blank", title, status, detail, ...extensions }),
	};
}
