import { createHash } from "node:crypto";
import { z } from "zod";
import { type JsonPath, parseJsonPath } from "../formats/json-path.js";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import type { HttpRequest, HttpResponse } from "../runtime/http.js";
import { failureFromAnswer } from "./http-poll-answer.js";
import {
	AnswerReader,
	formatTime,
	type MoreRule,
	type PollState,
	type PositionSource,
	readState,
	tagsOf,
	writeState,
} from "./http-poll-cursor.js";
import type { FrameDraft, PollResult, PollSource, SourceContext, SourceDefinition } from "./source.js";

const SECRET = /\{secret:([^{}]+)\}/g;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const TIMEOUT = "10s";

const jsonPath = z.string().transform((text, context): JsonPath => {
	const path = text.startsWith("json:") ? parseJsonPath(text.slice(5)) : undefined;
	if (path !== undefined) return path;
	context.addIssue({
		code: "custom",
		message: `${JSON.stringify(text)} is not a place in JSON such as json:page.items or json:messages[].seq`,
	});
	return z.NEVER;
});

const place = z.string().transform((text, context): Exclude<PositionSource, { kind: "last-received" }> => {
	if (text.startsWith("header:") && HEADER_NAME.test(text.slice(7))) {
		return { kind: "header", name: text.slice(7).toLowerCase() };
	}
	const path = text.startsWith("json:") ? parseJsonPath(text.slice(5)) : undefined;
	if (path !== undefined) return { kind: "json", path };
	context.addIssue({
		code: "custom",
		message: `${JSON.stringify(text)} is neither header:NAME nor a place in JSON such as json:messages[].seq`,
	});
	return z.NEVER;
});

const positionSource = z.union([
	z.enum(["last-received-ms", "last-received-s", "last-received-iso"]).transform((text): PositionSource => {
		return { kind: "last-received", format: text.slice("last-received-".length) as "ms" | "s" | "iso" };
	}),
	place,
]);

const moreRule = z.union([
	place.transform((at): MoreRule => ({ kind: "true", at })),
	z
		.strictObject({
			count: jsonPath.describe("Place of the list, or of its items with []."),
			atLeast: z.int().min(1).describe("A page of so many items is a full one."),
		})
		.transform((rule): MoreRule => ({ kind: "count", path: rule.count, atLeast: rule.atLeast })),
]);

const cursorOptions = z.strictObject({
	parameter: z.string().min(1).describe("Query parameter that says where to go on from."),
	from: positionSource.describe(
		"Where an answer states its value: json:PATH (of several values the largest), header:NAME, or the time of the " +
			"last answer: last-received-ms, last-received-s, last-received-iso.",
	),
	start: z.string().optional().describe("The value in the very first request. Default: no parameter."),
	lookback: durationOption()
		.optional()
		.describe("For last-received: how far back the very first request reaches. Default: no parameter."),
	overlap: durationOption()
		.prefault("30s")
		.describe("For last-received: how far requests reach over the last answer; duplicates are recognised."),
	more: moreRule
		.optional()
		.describe(
			"When upstream holds more right now: json:PATH or header:NAME that is true, or { count, atLeast }.",
		),
});

const optionsSchema = z
	.strictObject({
		url: z
			.url({ protocol: /^https?$/ })
			.describe("Address. {secret:NAME} in it stands for a secret of the upstream."),
		method: z.enum(["GET", "POST"]).optional().describe("Default: POST where there is a body, else GET."),
		every: durationOption({ minMs: 100 })
			.prefault("30s")
			.describe("Wanted time between two polls; the budget may stretch it."),
		query: z
			.record(z.string().min(1), z.string())
			.default({})
			.describe("Query parameters to add. {secret:NAME} stands for a secret of the upstream."),
		headers: z
			.record(z.string().regex(HEADER_NAME), z.string())
			.default({})
			.describe("Headers to send. {secret:NAME} stands for a secret of the upstream."),
		body: z
			.string()
			.optional()
			.describe("Body of a POST. {secret:NAME} stands for a secret of the upstream."),
		contentType: z.string().optional().describe("Media type of that body. Default application/json."),
		conditional: z
			.boolean()
			.default(true)
			.describe("Send If-None-Match and If-Modified-Since, so that an unchanged feed costs no bytes."),
		bodyLimit: bytesOption({ minBytes: 1024 })
			.prefault("32MiB")
			.describe("Largest answer, after decompression."),
		connectTimeout: durationOption({ minMs: 1 }).prefault(TIMEOUT).describe("For the connection to be made."),
		headersTimeout: durationOption({ minMs: 1 })
			.prefault(TIMEOUT)
			.describe("From the request sent to the first byte of the answer."),
		bodyTimeout: durationOption({ minMs: 1 })
			.prefault(TIMEOUT)
			.describe("Between two pieces of the answer's body."),
		redirects: z.int().min(0).max(5).default(0).describe("Redirects to follow. 0 refuses them."),
		cursor: cursorOptions
			.optional()
			.describe("For feeds that keep history and can be asked from a place on."),
	})
	.refine((options) => options.method !== "GET" || options.body === undefined, {
		message: "a GET request has no body: leave method or body out",
		path: ["body"],
	});

export type HttpPollOptions = z.output<typeof optionsSchema>;

export const definition: SourceDefinition<HttpPollOptions> = Object.freeze({
	type: "http-poll",
	summary: "Asks an HTTP address again and again: one answer is one frame.",
	options: optionsSchema,
	create: (options: HttpPollOptions, context: SourceContext): PollSource => {
		const poller = new Poller(options, context);
		return { kind: "poll", everyMs: options.every, poll: (request) => poller.poll(request) };
	},
});

class Poller {
	readonly #options: HttpPollOptions;
	readonly #context: SourceContext;
	/** Method, host and path: what may be shown. */
	readonly #label: string;
	/** Marks cursors, so that one of another address is not used. Holds nothing that could be a key. */
	readonly #target: string;
	readonly #headers: Readonly<Record<string, string>>;
	readonly #hidden: readonly string[];

	constructor(options: HttpPollOptions, context: SourceContext) {
		this.#options = options;
		this.#context = context;
		const method = methodOf(options);
		const shown = new URL(options.url.replace(SECRET, "***"));
		this.#label = `${method} ${shown.origin}${shown.pathname}`;
		const parameter = options.cursor?.parameter ?? "";
		this.#target = createHash("sha256").update(`${this.#label} ${parameter}`).digest("hex").slice(0, 12);
		this.#headers = this.#baseHeaders();
		this.#hidden = [
			...Object.values(context.secrets),
			...new URL(this.#url(undefined)).searchParams.values(),
			shown.password,
		]
			.filter((value) => value.length >= 4)
			.flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
	}

	async poll(request: {
		readonly cursor: string | undefined;
		readonly signal: AbortSignal;
	}): Promise<PollResult> {
		const { clock, http } = this.#context.runtime;
		const state = readState(request.cursor, this.#target);
		const sentTime = clock.now();
		const position = state.position ?? this.#firstPosition(sentTime);
		const response = await http.request(this.#request(state, position, request.signal));
		const receivedTime = clock.now();
		const { status, wireBytes } = response;
		if (status === 304 && (state.etag !== undefined || state.lastModified !== undefined)) {
			return { frames: [], unchanged: true, wireBytes };
		}
		if (status === 204) return { frames: [], wireBytes };
		if (status !== 200 && status !== 203) {
			throw failureFromAnswer(response, this.#label, receivedTime, (text) => this.#scrub(text));
		}
		const frame = this.#frame(response, receivedTime);
		return { frames: [frame], wireBytes, ...this.#progress(response, position, sentTime) };
	}

	#request(state: PollState, position: string | undefined, signal: AbortSignal): HttpRequest {
		const options = this.#options;
		const headers: Record<string, string> = { ...this.#headers };
		if (options.conditional) {
			if (state.etag !== undefined) headers["if-none-match"] = state.etag;
			if (state.lastModified !== undefined) headers["if-modified-since"] = state.lastModified;
		}
		return {
			method: methodOf(options),
			url: this.#url(position),
			headers,
			...(options.body === undefined ? {} : { body: this.#withSecrets(options.body) }),
			signal,
			connectTimeoutMs: options.connectTimeout,
			headersTimeoutMs: options.headersTimeout,
			bodyTimeoutMs: options.bodyTimeout,
			bodyMaxBytes: options.bodyLimit,
			redirectsMax: options.redirects,
		};
	}

	#frame(response: HttpResponse, receivedTime: number): FrameDraft {
		const contentType = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
		return {
			bytes: response.body,
			receivedTime,
			connection: this.#label,
			...(contentType === undefined || contentType === "" ? {} : { contentType }),
		};
	}

	/** The cursor after this answer. `more` without progress would ask the same question for ever, so it needs both. */
	#progress(response: HttpResponse, before: string | undefined, sentTime: number) {
		const { cursor, conditional } = this.#options;
		if (cursor === undefined) {
			return conditional ? { cursor: writeState(tagsOf(response), this.#target) } : {};
		}
		const answer = new AnswerReader(response);
		const after = answer.position(cursor.from, { sentTime, overlapMs: cursor.overlap }) ?? before;
		const moved = after !== before;
		// Tags belong to the address that was asked; the next question goes to another when the position has moved.
		const tags = conditional && !moved ? tagsOf(response) : {};
		return {
			cursor: writeState({ ...tags, ...(after === undefined ? {} : { position: after }) }, this.#target),
			...(moved && cursor.more !== undefined && answer.more(cursor.more) ? { more: true } : {}),
		};
	}

	#firstPosition(now: number): string | undefined {
		const cursor = this.#options.cursor;
		if (cursor === undefined || cursor.start !== undefined) return cursor?.start;
		if (cursor.lookback === undefined || cursor.from.kind !== "last-received") return undefined;
		return formatTime(now - cursor.lookback, cursor.from.format);
	}

	#url(position: string | undefined): string {
		const options = this.#options;
		const url = new URL(this.#withSecrets(options.url, encodeURIComponent));
		for (const [name, value] of Object.entries(options.query)) {
			url.searchParams.set(name, this.#withSecrets(value));
		}
		if (options.cursor !== undefined && position !== undefined) {
			url.searchParams.set(options.cursor.parameter, position);
		}
		return url.href;
	}

	#baseHeaders(): Record<string, string> {
		const { body, contentType, headers } = this.#options;
		const result: Record<string, string> = {
			"user-agent": "wayside",
			"accept-encoding": "gzip, deflate, br",
			...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
		};
		for (const [name, value] of Object.entries(headers)) {
			result[name.toLowerCase()] = this.#withSecrets(value);
		}
		return result;
	}

	#withSecrets(text: string, encode: (value: string) => string = (value) => value): string {
		return text.replace(SECRET, (_, name: string) => {
			const value = this.#context.secrets[name];
			if (value !== undefined) return encode(value);
			throw new Failure(
				"config.invalid",
				`Feed ${this.#context.feed} uses {secret:${name}}, but its upstream has no secret of that name; ` +
					`add  secrets: { ${name}: { env: VARIABLE } }  to the upstream`,
			);
		});
	}

	/** An error page may quote the request: what is secret in it is masked before anybody sees it. */
	#scrub(text: string): string {
		return this.#hidden.reduce((result, value) => result.replaceAll(value, "***"), text);
	}
}

function methodOf(options: HttpPollOptions): "GET" | "POST" {
	return options.method ?? (options.body === undefined ? "GET" : "POST");
}
