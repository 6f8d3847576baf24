import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Failure } from "../model/failure.js";
import { serveWire, type WireAnswer, type WireRequest, type WireServer } from "../runtime/node-server.js";
import { describePollSource, SECRET, sourceContext, testRuntime } from "../testing/source-contract.js";
import { definition } from "./http-poll.js";
import type { PollResult, SourceContext } from "./source.js";

let server: WireServer;
let answer: (request: WireRequest) => WireAnswer;
let seen: WireRequest[] = [];
const ok = (body: string, headers: Record<string, string> = {}): WireAnswer => ({
	kind: "answer",
	status: 200,
	headers,
	body,
});
const status = (code: number, headers: Record<string, string> = {}, body = "sorry"): WireAnswer => ({
	kind: "answer",
	status: code,
	headers,
	body,
});

beforeAll(async () => {
	server = await serveWire({
		clock: testRuntime.clock,
		handle: (request) => {
			seen.push(request);
			return answer(request);
		},
	});
});
afterAll(() => server.close());
beforeEach(() => {
	seen = [];
	answer = () => ok("{}");
});

const poll = (
	options: object,
	cursor?: string,
	context: Partial<SourceContext> = {},
): Promise<PollResult> => {
	const source = definition.create(
		definition.options.parse({ url: `${server.url}/vehicles`, ...options }),
		sourceContext(context),
	);
	if (source.kind !== "poll") throw new Error("http-poll polls");
	return source.poll({ cursor, signal: new AbortController().signal });
};
const failed = (promise: Promise<unknown>): Promise<Failure> =>
	promise.then(
		() => Promise.reject(new Error("it resolved")),
		(thrown: Failure) => thrown,
	);

describePollSource({
	definition: definition as never,
	options: () => ({
		url: `${server.url}/v/{secret:key}`,
		every: "20s",
		headers: { "X-Key": "{secret:key}" },
		query: { key: "{secret:key}" },
	}),
	context: () => ({ secrets: { key: SECRET } }),
	refused: {
		"no url": {},
		"an address that is not http": { url: "ftp://host/" },
		"a GET with a body": { url: "http://host/", method: "GET", body: "x" },
		"a pace that is no duration": { url: "http://host/", every: "often" },
		"a header name with a blank": { url: "http://host/", headers: { "x key": "1" } },
		"a cursor from nowhere": { url: "http://host/", cursor: { parameter: "since", from: "body" } },
		"a path with an empty step": { url: "http://host/", cursor: { parameter: "since", from: "json:a..b" } },
	},
	hang: () => {
		answer = () => ({ kind: "hang" });
	},
	fail: () => {
		answer = (request) => status(503, {}, `no service for key ${request.query["key"]}`);
	},
	recover: () => {
		answer = () => ok('{"vehicles":[]}', { "content-type": "application/json; charset=utf-8" });
	},
	requests: () => seen.length,
});

describe("http-poll", () => {
	it("makes one frame of one answer, whatever is in it", async () => {
		answer = () => ok("<html>", { "content-type": "text/html; charset=utf-8" });
		const { frames, wireBytes } = await poll({});
		expect(frames).toMatchObject([{ connection: `GET ${server.url}/vehicles`, contentType: "text/html" }]);
		expect(Buffer.from(frames[0]?.bytes ?? []).toString()).toBe("<html>");
		expect(wireBytes).toBe(6);
		answer = () => ok("");
		expect((await poll({})).frames[0]?.bytes.length).toBe(0);
	});

	it("unpacks what it asked to be packed, and counts packed bytes", async () => {
		const packed = gzipSync("x".repeat(9000));
		answer = () => ({ kind: "answer", status: 200, headers: { "content-encoding": "gzip" }, body: packed });
		const { frames, wireBytes } = await poll({});
		expect(frames[0]?.bytes.length).toBe(9000);
		expect(wireBytes).toBe(packed.length);
		expect(seen[0]?.headers["accept-encoding"]).toContain("gzip");
	});

	it("asks conditionally with what the last answer gave, and takes 304 as a good poll", async () => {
		answer = (request) =>
			request.headers["if-none-match"] === '"v1"'
				? { kind: "answer", status: 304 }
				: ok("{}", { etag: '"v1"', "last-modified": "Mon, 05 Jan 2026 12:00:00 GMT" });
		const first = await poll({});
		const second = await poll({}, first.cursor);
		expect(second).toMatchObject({ frames: [], unchanged: true });
		expect(second.cursor).toBeUndefined();
		expect(seen[1]?.headers["if-modified-since"]).toBe("Mon, 05 Jan 2026 12:00:00 GMT");
		expect((await poll({ conditional: false }, first.cursor)).frames.length).toBe(1);
		expect((await poll({ url: `${server.url}/other` }, first.cursor)).frames.length).toBe(1);
	});

	it("does not believe a 304 that nobody asked for", async () => {
		answer = () => ({ kind: "answer", status: 304 });
		expect((await failed(poll({}))).code).toBe("http.redirect");
	});

	it("takes 204 as empty", async () => {
		answer = () => ({ kind: "answer", status: 204 });
		expect(await poll({})).toEqual({ frames: [], wireBytes: 0 });
	});

	it.each([
		[408, "http.transient"],
		[425, "http.transient"],
		[429, "http.transient"],
		[500, "http.transient"],
		[503, "http.transient"],
		[401, "http.unauthorized"],
		[403, "http.unauthorized"],
		[404, "http.not_found"],
		[410, "http.not_found"],
		[400, "http.rejected"],
		[422, "http.rejected"],
		[302, "http.redirect"],
		[202, "upstream.not_valid"],
	])("classifies %i as %s", async (code, expected) => {
		answer = () => status(code, { "retry-after": "7" }, "<h1>Sorry</h1>\n we are \u001b[31mclosed");
		const failure = await failed(poll({}));
		expect(failure.code).toBe(expected);
		expect(failure.message).toContain(String(code));
		expect(failure.message).toContain("Sorry we are [31mclosed");
		expect(failure.retryAfterMs).toBe(expected === "http.transient" ? 7000 : undefined);
	});

	it("reads a Retry-After date against upstream's own clock", async () => {
		answer = () =>
			status(503, {
				date: "Mon, 05 Jan 2015 12:00:00 GMT",
				"retry-after": "Mon, 05 Jan 2015 12:01:30 GMT",
			});
		expect((await failed(poll({}))).retryAfterMs).toBe(90_000);
	});

	it("refuses what is larger than the limit", async () => {
		answer = () => ok("x".repeat(2000));
		expect((await failed(poll({ bodyLimit: "1KiB" }))).code).toBe("http.body_too_large");
	});

	it("puts secrets where they belong and shows them to nobody", async () => {
		answer = (request) => status(403, {}, `key ${request.query["key"]} is not known to ${request.path}`);
		const context = { secrets: { key: `${SECRET}/&x` } };
		const failure = await failed(
			poll(
				{
					url: `${server.url}/v/{secret:key}?fixed=abcdef`,
					query: { key: "{secret:key}" },
					headers: { Authorization: "Bearer {secret:key}" },
				},
				undefined,
				context,
			),
		);
		expect(seen[0]?.query).toEqual({ fixed: "abcdef", key: `${SECRET}/&x` });
		expect(seen[0]?.path).toBe(`/v/${encodeURIComponent(`${SECRET}/&x`)}`);
		expect(seen[0]?.headers["authorization"]).toBe(`Bearer ${SECRET}/&x`);
		expect(failure.message).toContain(`GET ${server.url}/v/***`);
		expect(failure.message).toContain("key *** is not known");
		expect(failure.message).not.toContain(SECRET);
	});

	it("says which secret is missing before it asks anybody", () => {
		const options = definition.options.parse({ url: "http://host/?k={secret:key}" });
		expect(() => definition.create(options, sourceContext())).toThrow(/secret:key.*secrets:/s);
	});

	it("posts a body", async () => {
		await poll({ body: '{"q":"{secret:key}"}', contentType: "application/xml" }, undefined, {
			secrets: { key: "k" },
		});
		expect(seen[0]?.method).toBe("POST");
		expect(seen[0]?.headers["content-type"]).toBe("application/xml");
		expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('{"q":"k"}');
	});
});

describe("http-poll with a cursor", () => {
	const queue = (numbers: number[], more: boolean) =>
		ok(JSON.stringify({ more, messages: numbers.map((seq) => ({ seq })) }), { etag: '"x"' });
	const options = {
		cursor: { parameter: "after", from: "json:messages[].seq", start: "0", more: "json:more" },
	};

	it("goes on from the largest number, and stays when there is none", async () => {
		answer = () => queue([9, 10, 8], true);
		const first = await poll(options);
		expect(seen[0]?.query).toEqual({ after: "0" });
		expect(first.more).toBe(true);
		answer = () => queue([], true);
		const second = await poll(options, first.cursor);
		expect(seen[1]?.query).toEqual({ after: "10" });
		expect(second.more).toBeUndefined();
		answer = () => ok("<html>Service unavailable</html>");
		const third = await poll(options, second.cursor);
		expect(third.frames.length).toBe(1);
		await poll(options, third.cursor);
		expect(seen[3]?.query).toEqual({ after: "10" });
	});

	it("sends tags only for the address that they describe", async () => {
		answer = () => queue([5], false);
		const first = await poll(options);
		const second = await poll(options, first.cursor);
		expect(seen[1]?.headers["if-none-match"]).toBeUndefined();
		answer = () => ({ kind: "answer", status: 304 });
		expect((await poll(options, second.cursor)).unchanged).toBe(true);
		expect(seen[2]?.headers["if-none-match"]).toBe('"x"');
	});

	it("follows a header, and counts a page", async () => {
		answer = () => ok('{"items":[1,2,3]}', { "X-Next": " abc " });
		const page = {
			cursor: { parameter: "page", from: "header:x-next", more: { count: "json:items", atLeast: 3 } },
		};
		const first = await poll(page);
		expect(seen[0]?.query).toEqual({});
		expect(first.more).toBe(true);
		answer = () => ok('{"items":[1,2]}', { "X-Next": "def" });
		expect((await poll(page, first.cursor)).more).toBeUndefined();
		expect(seen[1]?.query).toEqual({ page: "abc" });
	});

	it.each([
		["last-received-ms", "1767614370000"],
		["last-received-s", "1767614370"],
		["last-received-iso", "2026-01-05T11:59:30.000Z"],
	])("asks since the last answer by upstream's clock (%s)", async (from, expected) => {
		answer = () => ok("{}", { date: "Mon, 05 Jan 2026 12:00:00 GMT" });
		const since = { cursor: { parameter: "since", from } };
		await poll(since, (await poll(since)).cursor);
		expect(seen[0]?.query).toEqual({});
		expect(seen[1]?.query).toEqual({ since: expected });
	});

	it("reaches back as far as it is told on the first request", async () => {
		const clock = { ...testRuntime.clock, now: () => 1_000_000 };
		await poll({ cursor: { parameter: "since", from: "last-received-s", lookback: "10m" } }, undefined, {
			runtime: { ...testRuntime, clock },
		});
		expect(seen[0]?.query).toEqual({ since: "400" });
	});

	it("orders numbers beyond the exact range of a double, and text as text", async () => {
		answer = () => ok('{"ids":["9007199254740993","9007199254740992","12"]}');
		const ids = { cursor: { parameter: "after", from: "json:ids[]" } };
		await poll(ids, (await poll(ids)).cursor);
		expect(seen[1]?.query).toEqual({ after: "9007199254740993" });
		answer = () => ok('{"ids":["2026-01-05T12:00","2026-01-05T11:00"]}');
		await poll(ids, (await poll(ids)).cursor);
		expect(seen[3]?.query).toEqual({ after: "2026-01-05T12:00" });
	});
});
