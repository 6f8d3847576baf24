import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { z } from "zod";
import { bytesOption, durationOption, formatBytes } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { type EndpointRequest, type EndpointResponse, problem } from "../runtime/endpoint.js";
import { type Authentication, refusalOf } from "./http-push-signature.js";
import type { FrameDraft, PushSource, SourceContext, SourceDefinition } from "./source.js";

const LINES_MAX = 100_000;
const META_MAX = 256;
const UNPACKERS = new Map([
	["gzip", gunzipSync],
	["x-gzip", gunzipSync],
	["deflate", inflateSync],
	["br", brotliDecompressSync],
]);

const optionsSchema = z.strictObject({
	path: z
		.string()
		.regex(/^\/[A-Za-z0-9/_.~-]*$/)
		.optional()
		.describe("Where senders post to. Default: /ingest/ and the name of the feed."),
	auth: z
		.enum(["none", "bearer", "header", "hmac-sha256", "standard-webhooks"])
		.default("none")
		.describe("How senders prove who they are. The secret is given as `secret: { env: NAME }`."),
	verifyWith: z
		.array(z.string().min(1))
		.min(1)
		.max(8)
		.default(["secret"])
		.describe("Names of the secrets of the upstream that are accepted: two while a sender changes over."),
	header: z
		.string()
		.regex(/^[A-Za-z0-9-]+$/)
		.optional()
		.describe(
			"Header with the key or signature. Default: x-api-key for header, x-signature for hmac-sha256.",
		),
	tolerance: durationOption({ minMs: 1000 })
		.prefault("5m")
		.describe("For standard-webhooks: how far the sender's clock may be off."),
	bodyLimit: bytesOption({ minBytes: 1024, maxBytes: 256 * 1024 * 1024 })
		.prefault("1MiB")
		.describe("Largest body over the wire; more is answered 413."),
	unpackedLimit: bytesOption({ minBytes: 1024, maxBytes: 256 * 1024 * 1024 })
		.prefault("16MiB")
		.describe("Largest body after decompression; more is answered 413."),
	contentTypes: z
		.array(z.string().min(3))
		.min(1)
		.optional()
		.describe("Media types that are taken; others are answered 415. Default: all."),
	split: z
		.enum(["none", "lines"])
		.default("none")
		.describe("`lines` makes a frame of every line (NDJSON, NMEA) instead of one of the whole body."),
	retryAfter: durationOption({ minMs: 1000 })
		.prefault("5s")
		.describe("What senders are asked to wait when frames cannot be stored and the store names no time."),
});

export type HttpPushOptions = z.output<typeof optionsSchema>;

export const definition: SourceDefinition<HttpPushOptions> = Object.freeze({
	type: "http-push",
	summary: "Lets upstream post to the hub: one body is one frame, answered when it is durable.",
	options: optionsSchema,
	create: (options: HttpPushOptions, context: SourceContext): PushSource => {
		const path = options.path ?? `/ingest/${encodeURIComponent(context.feed)}`;
		const handle = createHandler(options, context, path);
		return {
			kind: "push",
			endpoints: [
				{
					method: "POST",
					path,
					scope: "ingest",
					summary: `Takes messages of feed ${context.feed}; 202 means that they are on disk.`,
					bodyMaxBytes: options.bodyLimit,
					handle,
				},
			],
		};
	},
});

function createHandler(options: HttpPushOptions, context: SourceContext, path: string) {
	const authentication = authenticationOf(options);
	const secrets = secretsOf(options, context);
	const types = options.contentTypes?.map((type) => type.toLowerCase());

	return async (request: EndpointRequest): Promise<EndpointResponse> => {
		const now = context.runtime.clock.now();
		if (request.body.length > options.bodyLimit) return tooLarge(options.bodyLimit);
		const refusal = refusalOf(request, authentication, secrets, now);
		if (refusal !== undefined) {
			const headers = authentication.kind === "bearer" ? { "www-authenticate": "Bearer" } : {};
			return problem(401, "Not authorized", refusal, { headers });
		}
		const contentType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
		if (types !== undefined && !types.includes(contentType ?? "")) {
			return problem(415, "Unsupported media type", `This endpoint takes ${types.join(", ")}.`);
		}
		const body = unpacked(request, options.unpackedLimit);
		if (!(body instanceof Uint8Array)) return body;
		const pieces = options.split === "lines" ? linesOf(body) : [body];
		if (pieces.length > LINES_MAX) {
			return problem(413, "Too many lines", `At most ${LINES_MAX} lines are taken at once; send fewer.`);
		}
		if (pieces.every((piece) => piece.length === 0)) {
			return problem(400, "Empty body", "The body holds no message.");
		}
		const webhookId = request.headers["webhook-id"];
		const origin: Omit<FrameDraft, "bytes"> = {
			receivedTime: now,
			connection: `POST ${path} from ${request.remoteAddress}`,
			...(contentType === undefined || contentType === "" ? {} : { contentType }),
			...(webhookId === undefined ? {} : { meta: { webhookId: webhookId.slice(0, META_MAX) } }),
		};
		try {
			await context.receive(
				pieces.map((bytes) => ({ ...origin, bytes })),
				request.headers["traceparent"],
			);
		} catch (thrown) {
			if (!(thrown instanceof Failure)) throw thrown;
			return unavailable(thrown, options.retryAfter);
		}
		return {
			status: 202,
			headers: { "content-type": "application/json", "cache-control": "no-store" },
			body: JSON.stringify({ accepted: pieces.length }),
		};
	};
}

function authenticationOf(options: HttpPushOptions): Authentication {
	const header = options.header?.toLowerCase();
	switch (options.auth) {
		case "none":
		case "bearer":
			return { kind: options.auth };
		case "header":
			return { kind: "header", header: header ?? "x-api-key" };
		case "hmac-sha256":
			return { kind: "hmac-sha256", header: header ?? "x-signature" };
		case "standard-webhooks":
			return { kind: "standard-webhooks", toleranceMs: options.tolerance };
	}
}

/** An empty secret would be one that everybody knows, so it counts as missing. */
function secretsOf(options: HttpPushOptions, context: SourceContext): readonly string[] {
	const where = `Feed ${context.feed}, source http-push`;
	if (options.auth === "none") {
		const unused = options.verifyWith.find((name) => context.secrets[name] !== undefined);
		if (unused === undefined) return [];
		throw new Failure(
			"config.invalid",
			`${where}: there is a secret "${unused}", but auth is none, so that anybody could post; ` +
				"set auth to bearer, header, hmac-sha256 or standard-webhooks",
		);
	}
	return options.verifyWith.map((name) => {
		const secret = context.secrets[name];
		if (secret !== undefined && secret !== "") return secret;
		throw new Failure(
			"config.invalid",
			`${where}: auth is ${options.auth}, and the secret "${name}" is missing or empty; ` +
				`add  ${name}: { env: VARIABLE }  to the source, or take it out of verifyWith`,
		);
	});
}

/** The body without its content-encoding, or the answer that says why there is none. */
function unpacked(request: EndpointRequest, limit: number): Uint8Array | EndpointResponse {
	const coding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
	if (coding === "identity" || coding === "") return request.body;
	const unpack = UNPACKERS.get(coding);
	if (unpack === undefined) {
		const headers = { "accept-encoding": "gzip, deflate, br" };
		return problem(415, "Unsupported content encoding", "Use gzip, deflate, br or none.", { headers });
	}
	try {
		return unpack(request.body, { maxOutputLength: limit });
	} catch (thrown) {
		if ((thrown as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return tooLarge(limit);
		return problem(400, "Body cannot be unpacked", `The body is not what content-encoding ${coding} says.`);
	}
}

/** Lines without their ends; blank ones are no messages. Bytes stay as they are: decoders know the encoding. */
function linesOf(body: Uint8Array): Uint8Array[] {
	const lines: Uint8Array[] = [];
	for (let start = 0; start < body.length; ) {
		const found = body.indexOf(0x0a, start);
		const next = found < 0 ? body.length : found;
		const end = next > start && body[next - 1] === 0x0d ? next - 1 : next;
		const line = body.subarray(start, end);
		if (line.some((byte) => byte !== 0x20 && byte !== 0x09)) lines.push(line);
		start = next + 1;
	}
	return lines;
}

function tooLarge(limit: number): EndpointResponse {
	return problem(413, "Body too large", `At most ${formatBytes(limit)} are taken at once; send less.`);
}

/** Whatever the reason, the frames are not durable: the sender keeps them and comes again. */
function unavailable(failure: Failure, retryAfterMs: number): EndpointResponse {
	const seconds = Math.max(1, Math.ceil((failure.retryAfterMs ?? retryAfterMs) / 1000));
	return problem(503, "Cannot be stored now", "Nothing was taken. Send the same again later.", {
		headers: { "retry-after": String(seconds) },
		code: failure.code,
	});
}
