import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { HAS_OPENSSL, TestAuthority } from "../../test/certificates.js";
import { LiveHub, relayTo } from "../../test/live-hub.js";
import { sampleRecord } from "../testing/record-samples.js";

const WITHIN = { timeout: 90_000, interval: 20 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function hub(options: object = {}, http: object = {}): Promise<LiveHub> {
	const one = await LiveHub.open({ type: "websocket", options, http });
	cleanups.push(() => one.close());
	return one;
}

interface Told {
	readonly event: string;
	readonly id?: string;
	readonly data: Record<string, unknown>;
}

interface Seen {
	readonly socket: WebSocket;
	readonly events: Told[];
	readonly closed: Promise<readonly [number, string]>;
}

function watch(url: string, headers: Record<string, string> = {}, ca?: string): Seen {
	const socket = new WebSocket(url.replace(/^http/, "ws"), { headers, ...(ca && { ca }) });
	cleanups.push(() => socket.terminate());
	const events: Told[] = [];
	socket.on("error", () => undefined);
	socket.on("message", (bytes) => events.push(...(JSON.parse(String(bytes)) as Told[])));
	const closed = new Promise<readonly [number, string]>((resolve) => {
		socket.on("close", (code, reason) => resolve([code, String(reason)]));
	});
	return { socket, events, closed };
}

const isLive = ({ events }: Seen) =>
	vi.waitFor(() => expect(events.at(-1)).toMatchObject({ event: "live" }), WITHIN);

/** Tells as much as waits for whoever does not read, in steps that whoever reads has got before the next one. */
async function fillUp({ tell, facts }: LiveHub, { events }: Seen): Promise<void> {
	for (let round = 1; facts()["slow"] === 0 && round < 500; round++) {
		const before = events.length;
		const vehicles = Array.from({ length: 500 }, (_, n) => `${n}`);
		tell(...vehicles.map((vehicle) => sampleRecord({ vehicle, eventTime: Date.now() + round })));
		await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(before + vehicles.length), WITHIN);
	}
	expect(facts()).toMatchObject({ slow: 1 });
}

/** The status with which a request for a WebSocket is refused. */
function refusal(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
	return new Promise((resolve) => {
		const socket = new WebSocket(url.replace(/^http/, "ws"), { headers });
		cleanups.push(() => socket.terminate());
		socket.on("error", () => undefined);
		socket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode));
		socket.on("open", () => resolve(101));
	});
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** Asks for a WebSocket, and reads nothing. */
function deafClient(url: URL, ca?: string): Socket {
	const [port, host] = [Number(url.port), url.hostname];
	const socket = ca === undefined ? connect(port, host) : connectTls({ port, host, ca });
	cleanups.push(() => socket.destroy());
	socket.on("error", () => undefined);
	socket.pause();
	socket.write(
		`GET ${url.pathname} HTTP/1.1\r\nhost: hub.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
			`sec-websocket-version: 13\r\nsec-websocket-key: ${KEY}\r\n\r\n`,
	);
	return socket;
}

describe("live streams over WebSockets", () => {
	it("tell what stands, then changes, and after a lost connection what changed since", async () => {
		const { tell, url, gateway, facts } = await hub();
		const relay = await relayTo(gateway.publicPort);
		cleanups.push(relay.close);
		const relayed = url.replace(`:${gateway.publicPort}`, `:${relay.port}`);
		tell(sampleRecord({ vehicle: "1" }), sampleRecord({ vehicle: "2" }), sampleRecord({ vehicle: "3" }));
		const first = watch(relayed);
		await isLive(first);
		expect(first.events.map(({ event }) => event)).toEqual([
			"snapshot",
			"record",
			"record",
			"record",
			"live",
		]);
		tell(sampleRecord({ vehicle: "2", eventTime: Date.now() }));
		await vi.waitFor(() => expect(first.events.at(-1)?.data).toMatchObject({ key: "metro:2" }), WITHIN);
		const lastId = first.events.at(-1)?.id ?? "";
		relay.cut();
		expect((await first.closed)[0]).toBe(1006);
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 0 }), WITHIN);
		tell(sampleRecord({ vehicle: "1", eventTime: Date.now() }));
		for (const again of [
			watch(`${relayed}?lastEventId=${lastId}`),
			watch(relayed, { "last-event-id": lastId }),
		]) {
			await isLive(again);
			expect(again.events.map(({ event, data }) => [event, data["key"]])).toEqual([
				["resumed", undefined],
				["record", "metro:1"],
				["live", undefined],
			]);
		}
		expect(facts()).toMatchObject({ clients: 2, connected: 3, resumed: 2 });
	});

	it("let go of a client that does not read, and hold up nobody else", async () => {
		const one = await hub({ clients: { maxBytes: "256KiB" } });
		const { tell, url, facts } = one;
		const quick = watch(url);
		await isLive(quick);
		const deaf = deafClient(new URL(url));
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 2 }), WITHIN);
		await fillUp(one, quick);
		// It reads again before its time is up, and is told why it has to go.
		let text = "";
		deaf.on("data", (bytes) => {
			text += bytes.toString("latin1");
		});
		deaf.resume();
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 1 }), WITHIN);
		await vi.waitFor(
			() => expect(text).toMatch(/"event":"goodbye","id":"","data":\{"reason":"slow"/),
			WITHIN,
		);
		// A close frame with code 1013 and the reason.
		const code = Buffer.from([1013 >> 8, 1013 & 0xff]).toString("latin1");
		await vi.waitFor(() => expect(text).toContain(`${code}slow: `), WITHIN);
		tell(sampleRecord({ vehicle: "last", eventTime: Date.now() }));
		await vi.waitFor(() => expect(quick.events.at(-1)?.data["key"]).toBe("metro:last"), WITHIN);
		expect(quick.events.map(({ event }) => event)).not.toContain("goodbye");
	});

	it("are refused before they open: too many, a page that may not, an unknown filter, a plain request", async () => {
		const pages = ["https://www.agency.example"];
		const { url } = await hub({ clients: { max: 2, maxPerAddress: 1 }, allowOrigins: pages });
		expect(await refusal(url, { origin: "https://evil.example" })).toBe(403);
		expect(await refusal(`${url}?colour=red`)).toBe(400);
		expect(await refusal(`${url}/none`)).toBe(404);
		const plain = await fetch(url);
		expect([plain.status, plain.headers.get("upgrade")]).toEqual([426, "websocket"]);
		const one = watch(url, { origin: "https://www.agency.example" });
		await isLive(one);
		expect(await refusal(url)).toBe(429);
	});

	it("end with what is wrong when a client says too much, and leave alone who says little", async () => {
		const { url, facts } = await hub();
		const [large, many, modest] = [watch(url), watch(url), watch(url)];
		for (const one of [large, many, modest]) await isLive(one);
		large.socket.send("x".repeat(2000));
		expect((await large.closed)[0]).toBe(1009);
		for (let n = 0; n < 200; n++) many.socket.send("hello");
		expect(await many.closed).toEqual([1008, expect.stringContaining("100 messages")]);
		modest.socket.send("hello");
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 1 }), WITHIN);
		expect(modest.socket.readyState).toBe(WebSocket.OPEN);
	});

	it("end with a goodbye and code 1001 when the hub stops, without keeping it from stopping", async () => {
		const { url, close } = await hub();
		const one = watch(url);
		await isLive(one);
		await close();
		expect(await one.closed).toEqual([1001, expect.stringMatching(/^stopping: /)]);
		expect(one.events.at(-1)).toMatchObject({ event: "goodbye", data: { reason: "stopping" } });
	});

	it("reach 100 clients under a base path, each with all of it", async () => {
		const { tell, url, facts } = await hub({ clients: { maxPerAddress: 100 } }, { basePath: "/wayside" });
		expect(url).toContain("/wayside/live/socket");
		tell(...Array.from({ length: 20 }, (_, n) => sampleRecord({ vehicle: `${n}` })));
		const clients = Array.from({ length: 100 }, () => watch(url));
		for (const client of clients) await isLive(client);
		tell(...Array.from({ length: 20 }, (_, n) => sampleRecord({ vehicle: `${n}`, eventTime: Date.now() })));
		await vi.waitFor(() => {
			for (const { events } of clients)
				expect(events.filter(({ event }) => event === "record")).toHaveLength(40);
		}, WITHIN);
		for (const { socket } of clients.slice(10)) socket.close();
		await vi.waitFor(() => expect(facts()).toMatchObject({ clients: 10, connected: 100 }), WITHIN);
	});
});

describe.skipIf(!HAS_OPENSSL)("live streams over WebSockets and TLS (needs openssl)", () => {
	async function secure(options: object = {}) {
		const authority = new TestAuthority();
		cleanups.push(() => authority.remove());
		const { certificate, key, certificatePath, keyPath } = authority.issue();
		const tls = { certificate, key, certificateFile: certificatePath, keyFile: keyPath };
		const one = await hub(options, { public: { host: "127.0.0.1", port: 0, tls } });
		expect(one.url).toMatch(/^https:/);
		return { hub: one, ca: authority.certificate };
	}

	it("tell whoever trusts the certificate what stands, then changes, and after a lost connection what changed since", async () => {
		const { hub: live, ca } = await secure();
		const fleet = Array.from({ length: 500 }, (_, n) => sampleRecord({ vehicle: `${n}` }));
		live.tell(...fleet);
		expect((await watch(live.url).closed)[0]).toBe(1006);
		expect(live.facts()).toMatchObject({ clients: 0, connected: 0 });
		const first = watch(live.url, {}, ca);
		await isLive(first);
		expect(first.events.filter(({ event }) => event === "record")).toHaveLength(500);
		live.tell(sampleRecord({ vehicle: "2", eventTime: Date.now() }));
		await vi.waitFor(() => expect(first.events.at(-1)?.data).toMatchObject({ key: "metro:2" }), WITHIN);
		first.socket.terminate();
		await vi.waitFor(() => expect(live.facts()).toMatchObject({ clients: 0 }), WITHIN);
		live.tell(sampleRecord({ vehicle: "1", eventTime: Date.now() }));
		const again = watch(`${live.url}?lastEventId=${first.events.at(-1)?.id}`, {}, ca);
		await isLive(again);
		expect(again.events.map(({ event, data }) => [event, data["key"]])).toEqual([
			["resumed", undefined],
			["record", "metro:1"],
			["live", undefined],
		]);
	});

	it("let go of a client that does not read, and tell it why", async () => {
		const { hub: live, ca } = await secure({ clients: { maxBytes: "256KiB" } });
		const quick = watch(live.url, {}, ca);
		await isLive(quick);
		const deaf = deafClient(new URL(live.url), ca);
		await vi.waitFor(() => expect(live.facts()).toMatchObject({ clients: 2 }), WITHIN);
		await fillUp(live, quick);
		let text = "";
		deaf.on("data", (bytes) => {
			text += bytes.toString("latin1");
		});
		deaf.resume();
		await vi.waitFor(() => expect(live.facts()).toMatchObject({ clients: 1 }), WITHIN);
		await vi.waitFor(
			() => expect(text).toMatch(/"event":"goodbye","id":"","data":\{"reason":"slow"/),
			WITHIN,
		);
		expect(quick.events.map(({ event }) => event)).not.toContain("goodbye");
	});
});
