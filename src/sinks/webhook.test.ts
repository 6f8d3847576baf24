import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { BAD_SERVERS, type BadServer, withBadServer } from "../../test/bad-server.js";
import { recordId } from "../model/record.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { NOON } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import type { Delivery, DeliverySink } from "./sink.js";
import { definition } from "./webhook.js";
import { retryAfterMs } from "./webhook-answer.js";

const NEVER = new AbortController().signal;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OLD_SECRET = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;
const runtime = createNodeRuntime();

interface Received {
	readonly headers: Record<string, string>;
	readonly body: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A real receiver on a free port: remembers what it got, and answers as told. */
class Receiver {
	readonly server: Server;
	readonly requests: Received[] = [];
	answer: Answer = (_, response) => response.writeHead(204).end();

	constructor() {
		this.server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on("data", (chunk: Buffer) => chunks.push(chunk));
			request.on("end", () => {
				const body = Buffer.concat(chunks).toString("utf8");
				this.requests.push({ headers: request.headers as Record<string, string>, body });
				this.answer(request, response, body);
			});
		});
	}

	async listen(): Promise<this> {
		await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
		return this;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

function createSink(url: string, secrets: Record<string, string> = {}, more: object = {}): DeliverySink {
	const options = definition.options.parse({ url, allowPrivateAddresses: true, ...more });
	return definition.create(options, {
		name: "scheduling",
		runtime,
		baseDirectory: "/",
		secrets,
	}) as DeliverySink;
}

/** What a receiver that keeps the ids which it has seen ends up with. */
function effects(requests: readonly Received[]): string[] {
	const seen = new Map<string, string>();
	for (const { headers, body } of requests) {
		if (!seen.has(headers["webhook-id"] ?? "")) seen.set(headers["webhook-id"] ?? "", body);
	}
	return [...seen.values()].flatMap((body) =>
		(JSON.parse(body) as { data: { records: { id: string }[] } }).data.records.map(({ id }) => id),
	);
}

describeSinkContract("webhook", async () => {
	const receiver = await new Receiver().listen();
	return {
		create: () => createSink(receiver.url, { secret: SECRET }),
		received: async () => effects(receiver.requests),
		payloads: () => receiver.requests.map(({ body }) => body),
		dispose: () => receiver.close(),
	};
});

describe("webhook", () => {
	const receivers: Receiver[] = [];
	const listening = async (answer?: Answer) => {
		const receiver = await new Receiver().listen();
		if (answer) receiver.answer = answer;
		receivers.push(receiver);
		return receiver;
	};
	const answering = (status: number, headers: Record<string, string> = {}, body = "") =>
		listening((_, response) => response.writeHead(status, headers).end(body));
	const sendTo = (url: string, more: object = {}): Promise<Delivery> =>
		createSink(url, {}, more).write(batchOf(recordsFrom(0, 2)), NEVER);
	afterEach(async () => {
		for (const receiver of receivers.splice(0)) await receiver.close();
	});
	afterAll(() => runtime.close());

	it("posts a message that a Standard Webhooks library verifies", async () => {
		const receiver = await listening();
		const records = recordsFrom(0, 2);
		const batch = batchOf(records);
		const sink = createSink(receiver.url, { secret: SECRET });
		expect(await sink.write(batch, NEVER)).toEqual({ outcome: "ok" });
		const { headers, body } = receiver.requests[0] as Received;
		const message = new Webhook(SECRET).verify(body, headers) as Record<string, unknown>;
		expect(message).toMatchObject({
			type: "wayside.records",
			timestamp: new Date(NOON + 1000).toISOString(),
			data: { modelVersion: 1, records: records.map((record) => ({ id: recordId(record) })) },
		});
		expect(headers).toMatchObject({
			"content-type": "application/json",
			"webhook-id": batch.id,
			"idempotency-key": batch.id,
		});
		expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
		expect(() => new Webhook(OLD_SECRET).verify(body, headers)).toThrow();
	});

	it.each([
		["two names", { secret: SECRET, secretPrevious: OLD_SECRET }],
		["one value", { secret: `${SECRET}\n${OLD_SECRET}\n` }],
	])("signs with every secret during a rotation (%s)", async (_, secrets) => {
		const receiver = await listening();
		await createSink(receiver.url, secrets).write(batchOf(recordsFrom(0, 1)), NEVER);
		const { headers, body } = receiver.requests[0] as Received;
		for (const secret of [SECRET, OLD_SECRET]) {
			expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
		}
	});

	it("sends headers of the configuration, and authorization from the secrets; unsigned without a secret", async () => {
		const receiver = await listening();
		const sink = createSink(
			receiver.url,
			{ authorization: "Bearer t0ken" },
			{ headers: { "x-tenant": "metro" } },
		);
		await sink.write(batchOf(recordsFrom(0, 1)), NEVER);
		const { headers } = receiver.requests[0] as Received;
		expect(headers).toMatchObject({ authorization: "Bearer t0ken", "x-tenant": "metro" });
		expect(headers).not.toHaveProperty("webhook-signature");
	});

	it.each(["plain text", "whsec_", "whsec_c2hvcnQ=", `whsec_${Buffer.alloc(65).toString("base64")}`])(
		"refuses the secret %j, and says how to make one",
		(secret) => {
			expect(() => createSink("http://127.0.0.1/", { secret })).toThrow(
				expect.objectContaining({
					code: "config.invalid",
					message: expect.stringContaining("openssl rand") as string,
				}),
			);
		},
	);

	it.each([
		[200, "ok", undefined],
		[202, "ok", undefined],
		[409, "ok", undefined],
		[408, "transient", "http.transient"],
		[425, "transient", "http.transient"],
		[429, "transient", "http.transient"],
		[500, "transient", "http.transient"],
		[501, "transient", "http.transient"],
		[503, "transient", "http.transient"],
		[413, "bad_records", "http.body_too_large"],
		[400, "bad_records", "http.rejected"],
		[415, "bad_records", "http.rejected"],
		[422, "bad_records", "http.rejected"],
		[301, "bad_sink", "http.redirect"],
		[308, "bad_sink", "http.redirect"],
		[401, "bad_sink", "http.unauthorized"],
		[403, "bad_sink", "http.unauthorized"],
		[404, "bad_sink", "http.not_found"],
		[405, "bad_sink", "http.not_found"],
		[410, "bad_sink", "http.not_found"],
		[402, "bad_sink", "http.unauthorized"],
		[451, "bad_sink", "http.unauthorized"],
	])("reads status %i as %s", async (status, outcome, code) => {
		const receiver = await answering(status, { location: "http://127.0.0.1:9/elsewhere" }, "said\nwhy\u0000");
		const delivery = await sendTo(receiver.url);
		expect(delivery.outcome).toBe(outcome);
		expect(receiver.requests).toHaveLength(1);
		if (delivery.outcome === "ok") return;
		expect(delivery.failure.code).toBe(code);
		// Redirects are refused before their body is read.
		const said = code === "http.redirect" ? "" : " (said why)";
		expect(delivery.failure.message).toContain(`answered ${status}${said}`);
		if (delivery.outcome === "bad_records") expect(delivery.rejected).toEqual([]);
	});

	it("names neither query nor password of its URL in a failure", async () => {
		const receiver = await answering(401);
		const delivery = await sendTo(`${receiver.url.replace("//", "//user:hunter2@")}?key=hunter2`);
		expect(JSON.stringify(delivery) + (delivery as { failure: Error }).failure.message).not.toContain(
			"hunter2",
		);
	});

	it("hands on what Retry-After asks for", async () => {
		const receiver = await answering(503, { "retry-after": "7" });
		expect(await sendTo(receiver.url)).toMatchObject({
			outcome: "transient",
			failure: { retryAfterMs: 7000 },
		});
	});

	it.each([
		["120", undefined, 120_000],
		["1.5", undefined, 1500],
		["Mon, 05 Jan 2026 12:02:00 GMT", undefined, 120_000],
		["Mon, 05 Jan 2026 12:02:00 GMT", "Mon, 05 Jan 2026 12:01:00 GMT", 60_000],
		["Mon, 05 Jan 2026 11:00:00 GMT", undefined, 0],
		["Mon, 31 Feb 2026 11:00:00 GMT", undefined, undefined],
		["soon", undefined, undefined],
		["", undefined, undefined],
		[undefined, undefined, undefined],
	])("reads Retry-After %j with Date %j as %s ms", (value, date, expected) => {
		expect(retryAfterMs(value, date, NOON)).toBe(expected);
	});

	it("takes a refused or cut connection and a time-out as transient", async () => {
		const gone = await new Receiver().listen();
		const { url } = gone;
		await gone.close();
		expect(await sendTo(url)).toMatchObject({ outcome: "transient", failure: { code: "net.refused" } });
		const cutting = await listening((request) => request.socket.destroy());
		expect(await sendTo(cutting.url)).toMatchObject({ outcome: "transient", failure: { code: "net.reset" } });
		const silent = await listening(() => undefined);
		expect(await sendTo(silent.url, { timeout: "50ms" })).toMatchObject({
			outcome: "transient",
			failure: { code: "net.timeout" },
		});
		const hanging = await listening((_, response) => response.writeHead(200).write("x"));
		expect(await sendTo(hanging.url, { timeout: "50ms" })).toMatchObject({
			outcome: "transient",
			failure: { code: "net.timeout" },
		});
	});

	it.each(Object.keys(BAD_SERVERS) as BadServer[])(
		"sends the batch again to a server that %s",
		async (kind) => {
			const delivery = await withBadServer(kind, (port) =>
				sendTo(`http://127.0.0.1:${port}/`, { timeout: "300ms" }),
			);
			expect(delivery).toMatchObject({ outcome: "transient" });
		},
	);

	it.each([
		['{"error":"no room"}', "transient"],
		['{"errors":[{"message":"no"}]}', "transient"],
		['{"success":false}', "transient"],
		['{"ok":false,"detail":"later"}', "transient"],
		["<!DOCTYPE html><html>Log in</html>", "bad_sink"],
		["\n<html lang='en'>", "bad_sink"],
		['{"error":null,"errors":[],"success":true,"ok":true}', "ok"],
		['{"error":"","errors":{}}', "ok"],
		["{not json", "ok"],
		["<ok/>", "ok"],
		["error", "ok"],
		["null", "ok"],
	])("reads 200 with %j as %s", async (body, outcome) => {
		const delivery = await sendTo((await answering(200, {}, body)).url);
		expect(delivery.outcome).toBe(outcome);
		if (delivery.outcome !== "ok") expect(delivery.failure.message).toContain("answered 200");
	});

	it("takes a name that does not exist, and TLS where none is spoken, as a matter for a person", async () => {
		expect(await sendTo("http://wayside-does-not-exist.invalid/")).toMatchObject({
			outcome: "bad_sink",
			failure: { code: "net.dns" },
		});
		const plain = await listening();
		expect(await sendTo(plain.url.replace("http:", "https:"))).toMatchObject({
			outcome: "bad_sink",
			failure: { code: "net.tls" },
		});
	});

	it("sends nothing to a private address unless that is allowed, and says how to allow it", async () => {
		const inside = await listening();
		const delivery = await sendTo(inside.url, { allowPrivateAddresses: false });
		expect(delivery).toMatchObject({ outcome: "bad_sink", failure: { code: "net.private_address" } });
		expect((delivery as { failure: Error }).failure.message).toContain("allowPrivateAddresses: true");
		expect(inside.requests).toEqual([]);
	});

	it("does not read more of an answer than a receiver has to say", async () => {
		const chatty = await answering(200, {}, "x".repeat(200_000));
		expect(await sendTo(chatty.url)).toMatchObject({ outcome: "bad_sink" });
	});

	it("stops when its signal aborts", async () => {
		const silent = await listening(() => undefined);
		const closing = new AbortController();
		const sent = createSink(silent.url).write(batchOf(recordsFrom(0, 1)), closing.signal);
		closing.abort(new Error("closing"));
		await expect(sent).rejects.toThrow("closing");
	});
});
