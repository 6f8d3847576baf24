import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { describeLiveSource } from "../testing/live-source-contract.js";
import { SECRET, sourceContext } from "../testing/source-contract.js";
import type { LiveSource, Loss, StreamItem } from "./source.js";
import { definition } from "./websocket.js";

const WAIT = { timeout: 20_000, interval: 10 };

/** A service that tells who has subscribed. */
class Service {
	readonly clients = new Set<WebSocket>();
	readonly heard: string[] = [];
	readonly urls: string[] = [];
	taken = 0;
	#server: WebSocketServer | undefined;
	#said = 0;

	async start(autoPong = true): Promise<void> {
		this.#server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong });
		await once(this.#server, "listening");
		this.#server.on("connection", (client, { url = "", headers }) => {
			this.taken++;
			this.urls.push(`${url} ${headers.authorization ?? ""}`);
			this.clients.add(client);
			client.on("error", () => undefined);
			client.on("close", () => this.clients.delete(client));
			client.on("message", (bytes) => this.heard.push(String(bytes)));
		});
	}

	get url(): string {
		const bound = this.#server?.address();
		return `ws://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`;
	}

	say(frames: number): void {
		for (let n = 0; n < frames; n++) this.tell(`{"bus":${this.#said++}}`);
	}

	tell(text: string): void {
		for (const client of this.clients) client.send(text);
	}

	async flood(): Promise<number> {
		const [client] = this.clients;
		if (client === undefined) return 0;
		for (let n = 0; n < 48_000; n++) client.send("x".repeat(1000));
		await vi.waitFor(async () => {
			const before = client.bufferedAmount;
			await new Promise((resolve) => setTimeout(resolve, 250));
			expect(client.bufferedAmount).toBe(before);
		}, WAIT);
		return client.bufferedAmount;
	}

	cut(): void {
		for (const client of this.clients) client.terminate();
	}

	stop(): void {
		this.cut();
		this.#server?.close();
	}
}

const service = new Service();
const silent = new Service();
beforeAll(async () => {
	await service.start();
	await silent.start(false);
});
afterAll(() => {
	service.stop();
	silent.stop();
});

describeLiveSource({
	definition: definition as never,
	options: () => ({ url: `${service.url}/?key={secret:key}`, subscribe: [{ token: "{secret:key}" }] }),
	context: () => ({ secrets: { key: SECRET } }),
	refused: {
		"another protocol": { url: "https://bus.test" },
		"a password in the file": { url: "wss://me:hush@bus.test" },
		"an empty message": { url: "wss://bus.test", subscribe: [""] },
	},
	say: (frames) => service.say(frames),
	connections: () => service.taken,
	open: () => service.clients.size,
	cut: () => service.cut(),
	unreachable: () => ({ options: { url: "ws://127.0.0.1:1/?key={secret:key}" }, kind: "transient" }),
	flood: () => service.flood(),
});

async function reading(options: object, secrets: Record<string, string> = {}) {
	const stop = new AbortController();
	const losses: Loss[] = [];
	const source = definition.create(
		definition.options.parse(options),
		sourceContext({ secrets, lost: (loss) => losses.push(loss) }),
	) as LiveSource;
	const frames = await source.connect({ cursor: undefined, signal: stop.signal });
	const seen: StreamItem[] = [];
	const ended = (async () => {
		for await (const item of frames) seen.push(item);
	})().catch((thrown: unknown) => thrown);
	return { seen, ended, losses, stop };
}

describe("websocket", () => {
	it("subscribes in order, with secrets in address, headers and messages, and shows none of them", async () => {
		const { seen, ended, stop } = await reading(
			{
				url: `${service.url}/live?key={secret:key}`,
				headers: { authorization: "Bearer {secret:key}" },
				subscribe: [{ subscribe: "location", userId: [793], token: "{secret:key}" }, "GO {secret:key}"],
			},
			{ key: 'a"b&c' },
		);
		const wanted = ['{"subscribe":"location","userId":[793],"token":"a\\"b&c"}', 'GO a"b&c'];
		await vi.waitFor(() => expect(service.heard.slice(-2)).toEqual(wanted), WAIT);
		expect(service.urls.at(-1)).toBe('/live?key=a%22b%26c Bearer a"b&c');
		service.tell('{"bus":1}');
		await vi.waitFor(() => expect(seen).toHaveLength(1), WAIT);
		expect(seen[0]?.connection).toBe(`websocket ${new URL(service.url).host}`);
		stop.abort("over");
		expect(await ended).toBe("over");
	});

	it("makes connections again that are dead: no answer to a ping, or no message for too long", async () => {
		const dead = await reading({ url: silent.url, ping: "1s" });
		const lost = await reading({ url: service.url, ping: "1s", idle: "2s" });
		expect(await dead.ended).toMatchObject({ code: "net.timeout", message: expect.stringContaining("ping") });
		expect(await lost.ended).toMatchObject({ code: "net.timeout", message: expect.stringContaining("2 s") });
	});

	it("says why it was closed, and which message was too large", async () => {
		const told = await reading({ url: service.url });
		for (const client of service.clients) client.close(1008, "key is not valid");
		expect(await told.ended).toMatchObject({
			code: "http.unauthorized",
			message: expect.stringContaining("key is not valid"),
		});
		const small = await reading({ url: service.url, messageLimit: "64B" });
		service.tell("x".repeat(1000));
		expect(await small.ended).toMatchObject({
			kind: "transient",
			message: expect.stringContaining("messageLimit"),
		});
		expect(small.losses).toMatchObject([{ cause: "decode.limit", messages: 1 }]);
	});

	it.each([
		[401, "http.unauthorized"],
		[404, "http.not_found"],
		[302, "http.redirect"],
		[503, "http.transient"],
	])("says what an answer of %i instead of an upgrade means", async (status, code) => {
		const server = createServer((_, answer) => answer.writeHead(status, { location: "/else" }).end());
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as { port: number };
		await expect(reading({ url: `ws://127.0.0.1:${port}` })).rejects.toMatchObject({ code });
		server.close();
	});
});
