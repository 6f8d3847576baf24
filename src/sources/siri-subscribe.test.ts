import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { realData } from "../../test/real-data.js";
import { SiriProducer } from "../../test/siri-producer.js";
import { childOf, parseXml, textAt } from "../formats/xml.js";
import type { EndpointRequest, EndpointResponse } from "../runtime/endpoint.js";
import { nodeClock } from "../runtime/node-clock.js";
import { serveWire, type WireAnswer, type WireServer } from "../runtime/node-server.js";
import { describeLiveSource } from "../testing/live-source-contract.js";
import { SECRET, sourceContext } from "../testing/source-contract.js";
import { definition } from "./siri-subscribe.js";
import { grantedIn, noticeIn } from "./siri-subscribe-messages.js";
import type { LiveSource, SourceContext, SourceDefinition } from "./source.js";

const WAIT = { timeout: 20_000, interval: 10 };
const folder = realData();
const ADDRESS = "https://hub.test/ingest/test-feed";

/** The source that was made last is the one at our address. */
let latest: LiveSource | undefined;
const watched: SourceDefinition = Object.freeze({
	...(definition as SourceDefinition),
	create: (options: never, context: SourceContext) => {
		latest = definition.create(options, context) as LiveSource;
		return latest;
	},
});

function call(source: LiveSource | undefined, body: string, more: Partial<EndpointRequest> = {}) {
	const [endpoint] = source?.endpoints ?? [];
	if (endpoint === undefined) throw new Error("no endpoint");
	return endpoint.handle({
		method: "POST",
		path: endpoint.path,
		params: {},
		query: {},
		headers: { "content-type": "application/xml" },
		body: Buffer.from(body),
		remoteAddress: "192.0.2.9",
		signal: new AbortController().signal,
		...more,
	});
}

const statuses: number[] = [];
// Nobody settles in the contract: its producer does not wait for an answer.
const producer = new SiriProducer({
	clock: nodeClock,
	post: async (address, body) => {
		const query = Object.fromEntries(new URL(address).searchParams);
		call(latest, body, { query }).then(
			({ status }) => statuses.push(status),
			() => statuses.push(500),
		);
		return 0;
	},
});
let answer: ((body: string) => WireAnswer) | undefined;
let server: WireServer;
beforeAll(async () => {
	server = await serveWire({
		clock: nodeClock,
		handle: ({ body }) => (answer ?? ((text: string) => producer.handle(text)))(Buffer.from(body).toString()),
	});
});
afterAll(() => server.close());

describeLiveSource({
	definition: watched as never,
	options: () => ({ url: `${server.url}/siri?key={secret:key}`, address: ADDRESS }),
	context: () => ({ secrets: { key: SECRET, token: SECRET } }),
	refused: {
		"another protocol": { url: "ftp://siri.test", address: ADDRESS },
		"no address": { url: "https://siri.test" },
		"a subscription of two words": { url: "https://siri.test", address: ADDRESS, subscription: "a b" },
		"a moment": { url: "https://siri.test", address: ADDRESS, lasts: "10s" },
	},
	say: (frames) => void producer.say(frames),
	connections: () => producer.counts.subscribed,
	open: () => producer.open,
	cut: () => void producer.endAll(),
	unreachable: () => ({
		options: { url: "http://127.0.0.1:1/?key={secret:key}", address: ADDRESS },
		kind: "transient",
	}),
	flood: async () => {
		statuses.length = 0;
		const fleet = Array.from({ length: 1000 }, (_, n) => `V${n}`);
		for (let n = 0; n < 40; n++) await producer.deliver(fleet);
		await vi.waitFor(() => expect(statuses).toContain(503), WAIT);
		return statuses.filter((status) => status === 503).length;
	},
});

const optionsOf = (more: object = {}) =>
	definition.options.parse({ url: `${server.url}/siri`, address: ADDRESS, ...more });

async function connected(more: object = {}, secrets: Record<string, string> = {}) {
	const stop = new AbortController();
	const source = definition.create(optionsOf(more), sourceContext({ secrets })) as LiveSource;
	const frames = await source.connect({ cursor: undefined, signal: stop.signal });
	const iterator = frames[Symbol.asyncIterator]();
	return {
		source,
		iterator,
		over: async () => {
			stop.abort("over");
			// It ends with the reason of the signal.
			await expect(iterator.next()).rejects.toBe("over");
		},
	};
}

const DELIVERY = (id: string) =>
	`<Siri><ServiceDelivery><VehicleMonitoringDelivery><SubscriptionRef>${id}</SubscriptionRef></VehicleMonitoringDelivery></ServiceDelivery></Siri>`;

describe("siri-subscribe", () => {
	it("asks for what it is configured for, in the order of the schema", async () => {
		const { over } = await connected(
			{ lineRef: "66", detail: "normal", updateEvery: "30s", requestorRef: "me", subscription: "s-1" },
			{ token: "to ken" },
		);
		const request = producer.lastRequest;
		expect(request?.children.map(({ name }) => name)).toEqual([
			"RequestTimestamp",
			"RequestorRef",
			"MessageIdentifier",
			"ConsumerAddress",
			"SubscriptionContext",
			"VehicleMonitoringSubscriptionRequest",
		]);
		expect(textAt(request, "ConsumerAddress")).toBe(`${ADDRESS}?token=to+ken`);
		expect(textAt(request, "SubscriptionContext", "HeartbeatInterval")).toBe("PT60S");
		const wanted = childOf(request, "VehicleMonitoringSubscriptionRequest");
		expect(wanted?.children.map(({ name, text }) => (text === "" ? name : `${name} ${text}`))).toEqual([
			"SubscriberRef me",
			"SubscriptionIdentifier s-1",
			expect.stringMatching(/^InitialTerminationTime \d{4}-/),
			"VehicleMonitoringRequest",
			"IncrementalUpdates true",
			"UpdateInterval PT30S",
		]);
		expect(textAt(wanted, "VehicleMonitoringRequest", "LineRef")).toBe("66");
		await over();
	});

	it("answers a delivery when it is on disk, and one that nobody stores with 503 when the connection ends", async () => {
		const { source, iterator, over } = await connected();
		let status: number | undefined;
		const first = call(source, DELIVERY("wayside-test-feed")).then((given) => {
			status = given.status;
		});
		const { value } = await iterator.next();
		expect(value?.meta).toBeUndefined();
		expect(status).toBeUndefined();
		value?.settled?.();
		await first;
		expect(status).toBe(200);
		const second = call(source, DELIVERY("wayside-test-feed"));
		await over();
		expect((await second).status).toBe(503);
		expect((await call(source, DELIVERY("wayside-test-feed"))).status).toBe(503);
	});

	it("turns away what is not the producer's, or not ours", async () => {
		const { source, over } = await connected({ allow: ["192.0.2.0/24"] }, { token: "hush" });
		const query = { token: "hush" };
		const delivery = DELIVERY("wayside-test-feed");
		const cases: [string, Partial<EndpointRequest>, number][] = [
			[delivery, {}, 401],
			[delivery, { query: { token: "hus" } }, 401],
			[delivery, { query, remoteAddress: "198.51.100.1" }, 401],
			[DELIVERY("another"), { query }, 404],
			["", { query }, 400],
			["<Siri><DataReadyNotification/></Siri>", { query }, 400],
			[delivery, { query, headers: { "content-encoding": "gzip" } }, 415],
			["<Siri><HeartbeatNotification><Status>true</Status></HeartbeatNotification></Siri>", { query }, 200],
		];
		for (const [body, more, status] of cases) {
			const given: EndpointResponse = await call(source, body, more);
			expect(given.status, body).toBe(status);
			expect(String(given.body ?? "")).not.toContain("hush");
		}
		await over();
		expect((await call(source, delivery, { query, remoteAddress: "192.0.2.1" })).status).toBe(503);
	});

	it.each([
		["an error of SIRI", { status: 200, inner: refusal("<AccessNotAllowedError/>") }, "upstream.key"],
		[
			"another one",
			{ status: 200, inner: refusal("<OtherError><ErrorText>no</ErrorText></OtherError>") },
			"upstream.error",
		],
		["nothing to tell", { status: 200, inner: refusal("<NoInfoForTopicError/>") }, "upstream.error"],
		["a status", { status: 503, inner: "" }, "http.transient"],
		["a refused key", { status: 401, inner: "" }, "http.unauthorized"],
		["another answer", { status: 200, inner: "<ServiceDelivery/>" }, "upstream.not_valid"],
	])("says why it was refused, with %s, and leaves nothing open", async (_, refuses, code) => {
		producer.refuses = refuses;
		await expect(connected()).rejects.toMatchObject({ code });
		producer.refuses = undefined;
		expect(producer.open).toBe(0);
	});

	it.each([
		[
			"a page",
			() => ({ kind: "answer", status: 200, body: "<html>maintenance</html>" }) as const,
			"upstream.not_valid",
		],
		["a broken connection", () => ({ kind: "reset" }) as const, "net.reset"],
		[
			"headers and then nothing",
			() =>
				({
					kind: "answer",
					status: 200,
					body: "x".repeat(50),
					pace: { pieceBytes: 1, everyMs: 60_000 },
				}) as const,
			"net.timeout",
		],
		["nothing", () => ({ kind: "hang" }) as const, "net.timeout"],
	])("says what came instead of an answer: %s", async (_, given, code) => {
		answer = given;
		await expect(connected({ timeout: "1s" })).rejects.toMatchObject({ code });
		answer = undefined;
	});
});

function refusal(condition: string): string {
	return `<SubscriptionResponse><ResponseStatus><Status>false</Status><ErrorCondition>${condition}</ErrorCondition></ResponseStatus></SubscriptionResponse>`;
}

describe.skipIf(folder === undefined)(
	`siri-subscribe and the examples of the standard${folder ? "" : " (skipped: ../shared/real-data is absent)"}`,
	() => {
		const example = (name: string) => readFileSync(`${folder}/siri/cen-official-examples/${name}`);

		it("reads a heartbeat, and a refused subscription", () => {
			expect(noticeIn(example("exa_heartbeat_request.xml"), undefined, 0)).toEqual({
				kind: "heartbeat",
				isWell: true,
				startedTime: Date.parse("2004-12-17T09:30:47-05:00"),
			});
			expect(noticeIn(example("exa_dataReady_request.xml"), undefined, 0)).toEqual({ kind: "ready" });
			expect(noticeIn(example("exv_vehicleMonitoring_response_simple.xml"), undefined, 0)).toEqual({
				kind: "delivery",
				subscription: "00047",
			});
			const granted = grantedIn(example("exa_requestSubscription_response.xml"), undefined, "p.test", 0);
			expect(granted.untilTime).toBe(Date.parse("2004-12-17T09:30:47-05:00"));
			expect(() =>
				grantedIn(example("exa_terminateSubscription_response_err.xml"), undefined, "p.test", 0),
			).toThrow(/UnknownSubscriber/);
			expect(parseXml(example("exa_heartbeat_request.xml")).failure).toBeUndefined();
		});
	},
);
