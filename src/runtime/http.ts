import type { DurationMs } from "../model/units.js";

export interface HttpRequest {
	readonly method: "GET" | "POST" | "PUT" | "HEAD" | "DELETE";
	/** Absolute http or https URL. */
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array | string;
	readonly signal?: AbortSignal;
	/** Default 10 s. */
	readonly connectTimeoutMs?: DurationMs;
	/** From the request sent to the headers received. Default 10 s. */
	readonly headersTimeoutMs?: DurationMs;
	/** Between two pieces of the body. Default 10 s. */
	readonly bodyTimeoutMs?: DurationMs;
	/** Of the body after decompression; more is a `http.body_too_large` failure. Default 32 MiB. */
	readonly bodyMaxBytes?: number;
	/**
	 * For what is too large for memory: takes each piece of the body of a 200 in turn, and the answer's own `body` is empty
	 * then. A simulated network may leave it alone and answer with the whole body.
	 */
	readonly bodyTo?: (piece: Uint8Array) => Promise<void>;
	/** Redirects followed at the most; 0 refuses them with `http.redirect`. Default 0. */
	readonly redirectsMax?: number;
	/**
	 * Refuses loopback, private and other addresses that are no public host with `net.private_address`, as the address is used
	 * and not when it is looked up. Behind a proxy, which resolves names itself, only addresses in the URL. Default false.
	 */
	readonly publicOnly?: boolean;
}

export interface HttpResponse {
	readonly status: number;
	/** Names in lower case. Repeated headers are joined with ", ". */
	readonly headers: Readonly<Record<string, string>>;
	/** Decompressed. */
	readonly body: Uint8Array;
	/** What came over the wire for the body: for byte budgets. */
	readonly wireBytes: number;
}

/** How requests leave this machine. What is absent is as the machine has it. */
export interface Network {
	/**
	 * `environment` obeys HTTP_PROXY, HTTPS_PROXY and NO_PROXY. A URL (which may hold user and password) is used for http
	 * and https, but for what NO_PROXY names. Default `environment`.
	 */
	readonly proxy?: "environment" | "none" | { readonly url: string };
	/** PEM texts, of one or more certificates each, to trust beside those of the platform. */
	readonly certificateAuthorities?: readonly string[];
	/** What this side shows when the other asks who it is. PEM. */
	readonly clientCertificate?: {
		readonly certificate: string;
		readonly key: string;
		readonly passphrase?: string;
	};
}

/**
 * One request, one answer with its whole body. An answer of any status resolves; a failure to get one rejects with a
 * `Failure` of a `net.*`, `http.body_too_large`, `http.redirect`, `upstream.not_valid` (packed otherwise than stated) or
 * `config.invalid` code. Never retries. The abort reason passes through untouched.
 */
export interface Http {
	request(request: HttpRequest): Promise<HttpResponse>;
	/**
	 * The same over another network, with connections of its own, which close with those of the first. Absent where there
	 * are neither proxies nor certificates: in a simulated world.
	 */
	through?(network: Network): Http;
}
