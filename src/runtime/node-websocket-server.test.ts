import { once } from "node:events";
import { createServer, request as plainRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { SocketDoor } from "./node-websocket-server.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Answers each request with its method, an extra header of it, and its body. */
async function echo(): Promise<number> {
	const server = createServer((incoming, outgoing) => {
		let body = "";
		incoming.on("data", (piece: Buffer) => {
			body += piece.toString();
		});
		incoming.on("end", () => {
			const { "x-extra": extra, upgrade, connection } = incoming.headers;
			outgoing.end(JSON.stringify({ method: incoming.method, extra, upgrade, connection, body }));
		});
	});
	const door = new SocketDoor(server, 1024, (request, response) => {
		response.end(JSON.stringify({ isAsking: door.isAsking(request) }));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	cleanups.push(() => server.close());
	return (server.address() as { port: number }).port;
}

const OFFER = {
	connection: "Upgrade, HTTP2-Settings",
	upgrade: "h2c",
	"http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA",
	"x-extra": "kept",
};

describe("a server that opens WebSockets", () => {
	it.each([
		["GET", []],
		["POST", ["one ", "two ", "three"]],
		["PUT", ["a".repeat(100_000), "b".repeat(100_000)]],
	] as const)("answers a %s that offers HTTP/2 as if it did not", async (method, pieces) => {
		const port = await echo();
		const request = plainRequest({ port, host: "127.0.0.1", method, headers: OFFER, agent: false });
		for (const piece of pieces) await new Promise((resolve) => request.write(piece, resolve));
		request.end();
		const [response] = await once(request, "response");
		let text = "";
		for await (const piece of response) text += piece;
		expect(JSON.parse(text)).toEqual({ method, extra: "kept", body: pieces.join(""), connection: undefined });
	});

	it.each([
		["no key", "sec-websocket-version: 13"],
		["another version", "sec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="],
		["a key that is none", "sec-websocket-version: 13\r\nsec-websocket-key: abc"],
	])("takes a handshake with %s for a plain request, in pieces too", async (_, lines) => {
		const socket = connect(await echo(), "127.0.0.1");
		cleanups.push(() => socket.destroy());
		const head = `GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n${lines}\r\n\r\n`;
		for (const piece of [head.slice(0, 30), head.slice(30)])
			await new Promise((resolve) => socket.write(piece, resolve));
		const [answer] = await once(socket, "data");
		expect(String(answer)).toMatch(/^HTTP\/1.1 200 [\s\S]*"method":"GET"/);
	});

	it("hands over a handshake, and lets it be refused", async () => {
		const socket = connect(await echo(), "127.0.0.1");
		socket.write(
			"GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" +
				"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		);
		let text = "";
		for await (const piece of socket) text += piece;
		expect(text).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close[\s\S]*\{"isAsking":true\}$/i);
	});
});
