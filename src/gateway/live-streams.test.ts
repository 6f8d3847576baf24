import { request as plainRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { EventSource } from "undici";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LiveHub, relayTo } from "../../test/live-hub.js";
import { sampleRecord } from "../testing/record-samples.js";

const WITHIN = { timeout: 20_000, interval: 20 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function hub(options: object = {}): Promise<LiveHub> {
	const one = await LiveHub.open({ type: "sse", options });
	cleanups.push(() => one.close());
	return one;
}

interface Seen {
	readonly source: EventSource;
	readonly events: { readonly event: string; readonly data: Record<string, unknown>; readonly id: string }[];
}

function watch(url: string): Seen {
	const source = new EventSource(url);
	cleanups.push(() => source.close());
	const events: Seen["events"] = [];
	for (const event of ["snapshot", "resumed", "record", "removed", "live", "heartbeat", "goodbye"])
		source.addEventListener(event, (message) => {
			const { data, lastEventId } = message as unknown as {
				readonly data: string;
				readonly lastEventId: string;
			};
			events.push({ event, data: JSON.parse(data), id: lastEventId });
		});
	return { source, events };
}

/** Asks, and reads nothing: what the hub sends fills the buffers of both sides. */
async function deafClient(url: URL): Promise<Socket> {
	const socket = connect(Number(url.port), url.hostname);
	cleanups.push(() => socket.destroy());
	socket.on("error", () => undefined);
	socket.pause();
	socket.write(`GET ${url.pathname} HTTP/1.1\r\nhost: hub.test\r\n\r\n`);
	return socket;
}

describe("server-sent events over HTTP", () => {
	it("reach an EventSource: what stands, then changes, and after a lost connection what changed since", async () => {
		const { tell, url, gateway, facts } = await hub();
		const relay = await relayTo(gateway.publicPort);
		cleanups.push(relay.close);
		tell(sampleRecord({ vehicle: "1" }), sampleRecord({ vehicle: "2" }), sampleRecord({ vehicle: "3" }));
		const { events } = watch(url.replace(`:${gateway.publicPort}`, `:${relay.port}`));
		await vi.waitFor(() => expect(events.at(-1)?.event).toBe("live"), WITHIN);
		expect(events.map(({ event }) => event)).toEqual(["snapshot", "record", "record", "record", "live"]);
		tell(sampleRecord({ vehicle: "2", eventTime: Date.now() }));
		await vi.waitFor(
			() => expect(events.at(-1)).toMatchObject({ event: "record", data: { key: "metro:2" } }),
			WITHIN,
		);
		events.length = 0;
		relay.cut();
		tell(sampleRecord({ vehicle: "1", eventTime: Date.now() }));
		await vi.waitFor(() => expect(events.at(-1)?.event).toBe("live"), WITHIN);
		expect(events.map(({ event, data }) => [event, data["key"]])).toEqual([
			["resumed", undefined],
			["record", "metro:1"],
			["live", undefined],
		]);
		expect(facts()).toMatchObject({ clients: 1, connected: 2, resumed: 1 });
	});

	it("tell headers that browsers, caches and nginx go by, and end for somebody who wants the headers only", async () => {
		const { url, facts } = await hub();
		const gone = new AbortController();
		const { status, headers } = await fetch(url, { signal: gone.signal });
		gone.abort();
		expect([
			status,
			...["content-type", "cache-control", "x-accel-buffering", "access-control-allow-origin"].map((name) =>
				headers.get(name),
			),
		]).toEqual([200, "text/event-stream; charset=utf-8", "no-store, no-transform", "no", "*"]);
		expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 0 }), WITHIN);
	});

	it("let go of a client that does not read, and hold up nobody else", async () => {
		const { tell, url, facts } = await hub({ clients: { maxBytes: "256KiB" } });
		const { events } = watch(url);
		await vi.waitFor(() => expect(events.at(-1)?.event).toBe("live"), WITHIN);
		const deaf = await deafClient(new URL(url));
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 2 }), WITHIN);
		const fleet = Array.from({ length: 500 }, (_, n) => `${n}`);
		let round = 0;
		await vi.waitFor(() => {
			round++;
			tell(...fleet.map((vehicle) => sampleRecord({ vehicle, eventTime: Date.now() + round })));
			expect(facts()).toMatchObject({ slow: 1 });
		}, WITHIN);
		deaf.destroy();
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 1 }), WITHIN);
		const before = events.length;
		tell(sampleRecord({ vehicle: "last", eventTime: Date.now() }));
		await vi.waitFor(() => expect(events.at(-1)?.data["key"]).toBe("metro:last"), WITHIN);
		expect(events.length).toBeGreaterThan(before);
		expect(events.map(({ event }) => event)).not.toContain("goodbye");
	}, 60_000);

	it("reach 200 clients, each with all of it, and forget those that have gone", async () => {
		const { tell, url, facts } = await hub({ clients: { maxPerAddress: 200 } });
		tell(...Array.from({ length: 20 }, (_, n) => sampleRecord({ vehicle: `${n}` })));
		const clients = Array.from({ length: 200 }, () => {
			const one = { text: "", leave: () => request.destroy() };
			const request = plainRequest(url, { agent: false }, (response) => {
				response.setEncoding("utf8").on("data", (text: string) => {
					one.text += text;
				});
				response.on("error", () => undefined);
			});
			request.on("error", () => undefined);
			request.end();
			cleanups.push(one.leave);
			return one;
		});
		const count = (text: string, event: string) => text.split(`event: ${event}\n`).length - 1;
		await vi.waitFor(() => {
			for (const { text } of clients) expect(count(text, "live")).toBe(1);
		}, WITHIN);
		expect((await fetch(url)).status).toBe(429);
		tell(...Array.from({ length: 20 }, (_, n) => sampleRecord({ vehicle: `${n}`, eventTime: Date.now() })));
		await vi.waitFor(() => {
			for (const { text } of clients) expect(count(text, "record")).toBe(40);
		}, WITHIN);
		for (const { leave } of clients.slice(50)) leave();
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 50, refused: 1 }), WITHIN);
	}, 60_000);

	it("end with a goodbye when the hub stops, without keeping it from stopping", async () => {
		const { url, close } = await hub();
		const response = await fetch(url);
		const text = response.text();
		await close();
		expect(await text).toMatch(/event: goodbye\ndata: \{"reason":"stopping"/);
	});
});
