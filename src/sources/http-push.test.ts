import { createHmac } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Failure } from "../model/failure.js";
import type { EndpointRequest } from "../runtime/endpoint.js";
import { describePushSource, SECRET, sourceContext, testRuntime } from "../testing/source-contract.js";
import { definition } from "./http-push.js";
import type { FrameDraft, SourceContext } from "./source.js";

const NOW = 1_767_614_400_000;

function requestOf(
	body: string | Uint8Array,
	headers: Readonly<Record<string, string>> = {},
): EndpointRequest {
	return {
		method: "POST",
		path: "/ingest/test-feed",
		params: {},
		query: {},
		headers,
		body: typeof body === "string" ? Buffer.from(body) : body,
		remoteAddress: "192.0.2.7",
		signal: new AbortController().signal,
	};
}

async function post(
	options: object,
	request: EndpointRequest,
	secrets: Readonly<Record<string, string>> = {},
) {
	const received: FrameDraft[] = [];
	const context: Partial<SourceContext> = {
		secrets,
		runtime: { ...testRuntime, clock: { ...testRuntime.clock, now: () => NOW } },
		receive: async (frames) => {
			received.push(...frames);
		},
	};
	const source = definition.create(definition.options.parse(options), sourceContext(context));
	if (source.kind !== "push") throw new Error("http-push takes pushes");
	const answer = await source.endpoints[0]?.handle(request);
	return { status: answer?.status, answer, received };
}

describePushSource({
	definition: definition as never,
	options: () => ({ auth: "bearer", bodyLimit: "1KiB" }),
	context: () => ({ secrets: { secret: SECRET } }),
	refused: {
		"a path that is not absolute": { path: "ingest" },
		"a way to authenticate that nobody knows": { auth: "trust-me" },
		"no secret to verify with": { auth: "bearer", verifyWith: [] },
	},
	request: () => requestOf("hello", { authorization: `Bearer ${SECRET}`, "content-type": "text/plain; x=y" }),
	bodyMaxBytes: 1024,
});

describe("http-push", () => {
	it("makes a frame of a body and says where it came from", async () => {
		const { status, received, answer } = await post(
			{},
			requestOf("<Siri/>", { "content-type": "Text/XML; charset=utf-8" }),
		);
		expect(status).toBe(202);
		expect(answer?.body).toBe('{"accepted":1}');
		expect(received).toMatchObject([
			{
				receivedTime: NOW,
				contentType: "text/xml",
				connection: "POST /ingest/test-feed from 192.0.2.7",
			},
		]);
		expect(Buffer.from(received[0]?.bytes ?? []).toString()).toBe("<Siri/>");
	});

	it.each([
		["gzip", gzipSync("x".repeat(5000))],
		["deflate", deflateSync("x".repeat(5000))],
		["br", brotliCompressSync("x".repeat(5000))],
	])("unpacks %s, up to the limit", async (coding, body) => {
		const request = requestOf(body, { "content-encoding": coding });
		expect((await post({}, request)).received[0]?.bytes.length).toBe(5000);
		expect((await post({ unpackedLimit: "4KiB" }, request)).status).toBe(413);
	});

	it("says what is wrong with a body that it cannot take", async () => {
		expect((await post({}, requestOf("x", { "content-encoding": "gzip" }))).status).toBe(400);
		expect((await post({}, requestOf("x", { "content-encoding": "zstd" }))).status).toBe(415);
		expect((await post({}, requestOf("x", { "content-encoding": "constructor" }))).status).toBe(415);
		const xmlOnly = { contentTypes: ["text/xml"] };
		expect((await post(xmlOnly, requestOf("x", { "content-type": "text/csv" }))).status).toBe(415);
		expect((await post(xmlOnly, requestOf("x"))).status).toBe(415);
		expect((await post(xmlOnly, requestOf("x", { "content-type": "text/xml" }))).status).toBe(202);
	});

	it("makes a frame of every line that holds something", async () => {
		const { received, answer } = await post({ split: "lines" }, requestOf("one\r\n\n  \ntwo\nthree"));
		expect(received.map((frame) => Buffer.from(frame.bytes).toString())).toEqual(["one", "two", "three"]);
		expect(answer?.body).toBe('{"accepted":3}');
		expect((await post({ split: "lines" }, requestOf(" \n\r\n"))).status).toBe(400);
	});

	it("splits any bytes without losing one", async () => {
		await fc.assert(
			fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (body) => {
				const { received } = await post({ split: "lines" }, requestOf(body));
				const expected = Buffer.from(body).toString("latin1").split("\n");
				const kept = expected.map((line) => line.replace(/\r$/, "")).filter((line) => /[^ \t]/.test(line));
				expect(received.map((frame) => Buffer.from(frame.bytes).toString("latin1"))).toEqual(kept);
			}),
		);
	});
});

describe("http-push authentication", () => {
	const secrets = { secret: "old-secret", next: "new-secret" };
	const both = { verifyWith: ["secret", "next"] };

	it("takes a bearer token, old or new, and no other", async () => {
		const bearer = (value: string) => requestOf("x", { authorization: value });
		const options = { auth: "bearer", ...both };
		expect((await post(options, bearer("Bearer old-secret"), secrets)).status).toBe(202);
		expect((await post(options, bearer("bearer new-secret"), secrets)).status).toBe(202);
		for (const wrong of ["Bearer old-secre", "Bearer old-secret2", "Bearer ", "Basic b2xk", ""]) {
			const { status, answer, received } = await post(options, bearer(wrong), secrets);
			expect(status).toBe(401);
			expect(answer?.headers?.["www-authenticate"]).toBe("Bearer");
			expect(received).toEqual([]);
		}
	});

	it("takes a key in a header", async () => {
		const options = { auth: "header", header: "X-Key" };
		expect((await post(options, requestOf("x", { "x-key": "old-secret" }), secrets)).status).toBe(202);
		expect((await post(options, requestOf("x", { "x-key": "new-secret" }), secrets)).status).toBe(401);
		expect((await post(options, requestOf("x"), secrets)).status).toBe(401);
	});

	it("takes a plain signature of the body as it came, packed or not", async () => {
		const body = gzipSync("hello");
		const hex = createHmac("sha256", "new-secret").update(body).digest("hex");
		const options = { auth: "hmac-sha256", ...both };
		const signed = (signature: string, bytes: Uint8Array = body) =>
			post(options, requestOf(bytes, { "x-signature": signature, "content-encoding": "gzip" }), secrets);
		expect((await signed(hex)).status).toBe(202);
		expect((await signed(`sha256=${hex.toUpperCase()}`)).status).toBe(202);
		expect((await signed(hex, gzipSync("hellO"))).status).toBe(401);
		expect((await signed(`${hex}00`)).status).toBe(401);
		expect((await signed("")).status).toBe(401);
	});

	it("takes what the reference library of Standard Webhooks signs, within the tolerance", async () => {
		const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
		const options = { auth: "standard-webhooks" };
		const signedAt = (time: number, body = '{"a":1}', with_ = secret) =>
			requestOf('{"a":1}', {
				"webhook-id": "msg_1",
				"webhook-timestamp": String(Math.floor(time / 1000)),
				"webhook-signature": `v1a,other v1,${"x".repeat(44)} ${new Webhook(with_).sign("msg_1", new Date(time), body)}`,
			});
		const good = await post(options, signedAt(NOW - 299_000), { secret });
		expect(good.status).toBe(202);
		expect(good.received[0]?.meta).toEqual({ webhookId: "msg_1" });
		expect((await post(options, signedAt(NOW - 301_000), { secret })).status).toBe(401);
		expect((await post(options, signedAt(NOW + 301_000), { secret })).status).toBe(401);
		expect((await post(options, signedAt(NOW, '{"a":2}'), { secret })).status).toBe(401);
		expect((await post(options, requestOf("x"), { secret })).status).toBe(401);
	});

	it.each([
		["an unused secret", {}, { secret: "x" }],
		["a missing secret", { auth: "bearer" }, {}],
		["an empty secret", { auth: "bearer" }, { secret: "" }],
	])("does not start with %s", async (_, options, given) => {
		const failure = (await post(options, requestOf("x"), given).catch((thrown) => thrown)) as Failure;
		expect(failure.code).toBe("config.invalid");
		expect(failure.message).toContain("test-feed");
	});
});
