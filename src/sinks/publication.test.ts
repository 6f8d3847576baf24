import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { EndpointRequest } from "../runtime/endpoint.js";
import { acceptsGzip, PublishedDocument } from "./publication.js";

const TIME = Date.parse("2026-01-05T12:00:00Z");
const TEXT = "a document of which there is enough to be worth compressing. ".repeat(40);

function request(headers: Record<string, string> = {}): EndpointRequest {
	return {
		method: "GET",
		path: "/x",
		params: {},
		query: {},
		headers,
		body: new Uint8Array(),
		remoteAddress: "127.0.0.1",
		signal: new AbortController().signal,
	};
}

function document(text = TEXT) {
	let made = 0;
	const published = new PublishedDocument("text/plain", "public, max-age=5", TIME, () => {
		made++;
		return text;
	});
	return { published, made: () => made };
}

describe("a published document", () => {
	it("is made once, when it is first asked for", () => {
		const { published, made } = document();
		expect(made()).toBe(0);
		published.respond(request());
		published.respond(request({ "accept-encoding": "gzip" }));
		expect(made()).toBe(1);
	});

	it("answers with type, tag, time and how long it may be kept", () => {
		const response = document().published.respond(request());
		expect(response.status).toBe(200);
		expect(Buffer.from(response.body as Uint8Array).toString()).toBe(TEXT);
		expect(response.headers).toMatchObject({
			"content-type": "text/plain",
			"cache-control": "public, max-age=5",
			"last-modified": "Mon, 05 Jan 2026 12:00:00 GMT",
			vary: "accept-encoding",
		});
		expect(response.headers?.["etag"]).toMatch(/^W\/"[\w-]{27}"$/);
	});

	it("compresses where the client takes it, once", () => {
		const { published } = document();
		const response = published.respond(request({ "accept-encoding": "br, gzip;q=0.5" }));
		expect(response.headers?.["content-encoding"]).toBe("gzip");
		expect(gunzipSync(response.body as Uint8Array).toString()).toBe(TEXT);
		expect(published.respond(request({ "accept-encoding": "gzip" })).body).toBe(response.body);
	});

	it("sends what is small as it is", () => {
		const response = document("short").published.respond(request({ "accept-encoding": "gzip" }));
		expect(response.headers?.["content-encoding"]).toBeUndefined();
	});

	it("answers 304 to who has it by its tag, weak or strong, alone or in a list", () => {
		const { published } = document();
		const etag = published.respond(request()).headers?.["etag"] ?? "";
		for (const tag of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
			const response = published.respond(request({ "if-none-match": tag }));
			expect(response.status).toBe(304);
			expect(response.body).toBeUndefined();
			expect(response.headers).toMatchObject({ etag, vary: "accept-encoding" });
		}
		expect(published.respond(request({ "if-none-match": '"other"' })).status).toBe(200);
	});

	it("answers 304 to who has it by its time", () => {
		const { published } = document();
		const since = (text: string) => published.respond(request({ "if-modified-since": text })).status;
		expect(since("Mon, 05 Jan 2026 12:00:00 GMT")).toBe(304);
		expect(since("Mon, 05 Jan 2026 12:00:09 GMT")).toBe(304);
		expect(since("Mon, 05 Jan 2026 11:59:59 GMT")).toBe(200);
		expect(since("yesterday")).toBe(200);
	});

	it("lets the tag decide where both are sent", () => {
		const headers = { "if-none-match": '"other"', "if-modified-since": "Mon, 05 Jan 2026 12:00:00 GMT" };
		expect(document().published.respond(request(headers)).status).toBe(200);
	});
});

describe("acceptsGzip", () => {
	it.each([
		["gzip", true],
		["deflate, GZIP;q=1.0", true],
		["x-gzip", true],
		["*", true],
		["gzip;q=0", false],
		["gzip;q=0, *", false],
		["br", false],
		["identity", false],
		["", false],
		[undefined, false],
	])("%j: %j", (header, expected) => {
		expect(acceptsGzip(header)).toBe(expected);
	});
});
