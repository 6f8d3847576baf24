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
	/** It opens a WebSocket for who asks for one. Only a GET can. */
	readonly opensSocket?: boolean;
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
	/** The client asks for a WebSocket: an answer with `socket` opens it, any other refuses it. */
	readonly wantsSocket?: boolean;
	/** Aborts when the client has gone. */
	readonly signal: AbortSignal;
}

export interface EndpointResponse {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** An iterable is streamed, with back-pressure, until it ends or the client has gone. */
	readonly body?: Uint8Array | string | AsyncIterable<Uint8Array | string>;
	/** When it aborts the connection is broken at once, whatever has not been sent. */
	readonly cut?: AbortSignal;
	/** With status 101, to a request that `wantsSocket`: what is told over the WebSocket. */
	readonly socket?: EndpointSocket;
}

/** A WebSocket on which only the endpoint speaks: what the client says is left unread. */
export interface EndpointSocket {
	/** Each is one message of UTF-8 text. The next is asked for when the network has taken the last. */
	readonly messages: AsyncGenerator<Uint8Array, SocketEnd>;
}

/** How a WebSocket ends: a code of RFC 6455, 7.4, and a reason, which is cut to the 123 bytes that fit. */
export interface SocketEnd {
	readonly code: number;
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
