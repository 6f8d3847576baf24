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
	/** Redirects followed at the most; 0 refuses them with `http.redirect`. Default 0. */
	readonly redirectsMax?: number;
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

/**
 * One request, one answer with its whole body. An answer of any status resolves; a failure to get one rejects with a
 * `Failure` of a `net.*`, `http.body_too_large`, `http.redirect`, `upstream.not_valid` (packed otherwise than stated) or
 * `config.invalid` code. Never retries. The abort reason passes through untouched.
 */
export interface Http {
	request(request: HttpRequest): Promise<HttpResponse>;
}
