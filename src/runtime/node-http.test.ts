import { createServer as createTcpServer, type Socket } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { Failure } from "../model/failure.js";
import { nodeClock } from "./node-clock.js";
import { createNodeHttp, failureOf } from "./node-http.js";
import { serveWire, type WireAnswer, type WireRequest, type WireServer } from "./node-server.js";

const http = createNodeHttp({ proxy: "none" });
const open: { close(): Promise<void> }[] = [];

async function serve(
	handle: (request: WireRequest) => WireAnswer,
	accepts?: () => boolean,
): Promise<WireServer> {
	const server = await serveWire({ clock: nodeClock, handle, ...(accepts === undefined ? {} : { accepts }) });
	open.push(server);
	return server;
}

/** A server that writes whatever bytes it likes. */
async function serveRaw(bytes: string | Buffer): Promise<string> {
	const server = createTcpServer((socket) => {
		socket.on("error", () => undefined);
		socket.once("data", () => socket.end(bytes));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
	return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A server that takes connections and says nothing, so that a TLS handshake never ends. */
async function serveMute() {
	const sockets: Socket[] = [];
	const server = createTcpServer((socket) => {
		sockets.push(socket.on("error", () => undefined).resume());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	open.push({
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	});
	return { server, url: `https://127.0.0.1:${(server.address() as { port: number }).port}` };
}

const rejection = (promise: Promise<unknown>): Promise<Failure> =>
	promise.then(
		() => Promise.reject(new Error("it resolved")),
		(thrown) => thrown as Failure,
	);

afterEach(async () => {
	await Promise.all(open.splice(0).map((server) => server.close()));
});

describe("createNodeHttp", () => {
	it("gives status, headers in lower case and the body, also for errors", async () => {
		const server = await serve(() => ({
			kind: "answer",
			status: 503,
			headers: { "Retry-After": "7" },
			body: "busy",
		}));
		const response = await http.request({ method: "GET", url: server.url });
		expect(response.status).toBe(503);
		expect(response.headers["retry-after"]).toBe("7");
		expect(Buffer.from(response.body).toString()).toBe("busy");
		expect(response.wireBytes).toBe(4);
	});

	it("sends method, headers, body, and the user of the URL as basic authorization", async () => {
		const seen: WireRequest[] = [];
		const server = await serve((request) => {
			seen.push(request);
			return { kind: "answer", status: 200 };
		});
		await http.request({
			method: "POST",
			url: `${server.url.replace("//", "//bus:a%40b@")}/x?y=1`,
			headers: { "X-Api-Key": "k" },
			body: "hello",
		});
		expect(seen[0]).toMatchObject({ method: "POST", path: "/x", query: { y: "1" } });
		expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("hello");
		expect(seen[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from("bus:a@b").toString("base64")}`);
		expect(seen[0]?.headers["x-api-key"]).toBe("k");
	});

	it.each([
		["gzip", gzipSync("x".repeat(5000))],
		["x-gzip", gzipSync("x".repeat(5000))],
		["br", brotliCompressSync("x".repeat(5000))],
		["deflate", deflateSync("x".repeat(5000))],
		["deflate", deflateRawSync("x".repeat(5000))],
		["deflate, gzip", gzipSync(deflateSync("x".repeat(5000)))],
	])("unpacks %s and counts what came over the wire", async (coding, body) => {
		const server = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": coding },
			body,
		}));
		const response = await http.request({ method: "GET", url: server.url });
		expect(Buffer.from(response.body).toString()).toBe("x".repeat(5000));
		expect(response.wireBytes).toBe(body.length);
	});

	it("takes an empty body that claims to be packed", async () => {
		const server = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": "gzip" },
		}));
		expect((await http.request({ method: "GET", url: server.url })).body.length).toBe(0);
	});

	it("stops a gzip bomb at the limit", async () => {
		const bomb = gzipSync(Buffer.alloc(50_000_000));
		const server = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": "gzip" },
			body: bomb,
		}));
		const failure = await rejection(
			http.request({ method: "GET", url: server.url, bodyMaxBytes: 1_000_000 }),
		);
		expect(failure.code).toBe("http.body_too_large");
	});

	it("refuses a body that is announced as too large, and one that is sent without a length", async () => {
		const server = await serve(() => ({ kind: "answer", status: 200, body: "x".repeat(2000) }));
		expect((await rejection(http.request({ method: "GET", url: server.url, bodyMaxBytes: 1999 }))).code).toBe(
			"http.body_too_large",
		);
		expect((await http.request({ method: "GET", url: server.url, bodyMaxBytes: 2000 })).body.length).toBe(
			2000,
		);
		const raw = await serveRaw(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${"x".repeat(2000)}`);
		expect((await rejection(http.request({ method: "GET", url: raw, bodyMaxBytes: 1999 }))).code).toBe(
			"http.body_too_large",
		);
	});

	it("names a body that is not packed as it says, and one that ends too early", async () => {
		const liar = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": "gzip" },
			body: "<html>",
		}));
		expect((await rejection(http.request({ method: "GET", url: liar.url }))).code).toBe("upstream.not_valid");
		const short = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": "gzip" },
			body: gzipSync("x".repeat(5000)).subarray(0, 30),
		}));
		expect((await rejection(http.request({ method: "GET", url: short.url }))).code).toBe("net.reset");
		const exotic = await serve(() => ({
			kind: "answer",
			status: 200,
			headers: { "content-encoding": "zstd" },
			body: "x",
		}));
		expect((await rejection(http.request({ method: "GET", url: exotic.url }))).code).toBe(
			"upstream.not_valid",
		);
	});

	it("tells a refused, a reset, a truncated and a nonsense answer apart from a good one", async () => {
		const gone = await serve(() => ({ kind: "hang" }));
		await gone.close();
		expect((await rejection(http.request({ method: "GET", url: gone.url }))).code).toBe("net.refused");
		const reset = await serve(() => ({ kind: "reset" }));
		expect((await rejection(http.request({ method: "GET", url: reset.url }))).code).toBe("net.reset");
		const unwilling = await serve(
			() => ({ kind: "hang" }),
			() => false,
		);
		expect((await rejection(http.request({ method: "GET", url: unwilling.url }))).code).toBe("net.reset");
		const cut = await serve(() => ({
			kind: "answer",
			status: 200,
			body: "x".repeat(1000),
			cutAfterBytes: 500,
		}));
		expect((await rejection(http.request({ method: "GET", url: cut.url }))).code).toBe("net.reset");
		const nonsense = await serveRaw("SSH-2.0-OpenSSH\r\n");
		expect((await rejection(http.request({ method: "GET", url: nonsense }))).code).toBe("net.reset");
	});

	it("gives up on headers and on a body that do not come", async () => {
		const silent = await serve(() => ({ kind: "hang" }));
		const failure = await rejection(
			http.request({ method: "GET", url: `${silent.url}/?key=hunter2`, headersTimeoutMs: 50 }),
		);
		expect(failure.code).toBe("net.timeout");
		expect(failure.message).not.toContain("hunter2");
		const stalled = await serve(() => ({
			kind: "answer",
			status: 200,
			body: "x".repeat(100),
			pace: { pieceBytes: 10, everyMs: 60_000 },
		}));
		expect((await rejection(http.request({ method: "GET", url: stalled.url, bodyTimeoutMs: 50 }))).code).toBe(
			"net.timeout",
		);
	});

	it("does not trust what speaks no TLS, and knows a name that does not exist", async () => {
		const plain = await serve(() => ({ kind: "answer", status: 200 }));
		const failure = await rejection(
			http.request({ method: "GET", url: plain.url.replace("http:", "https:") }),
		);
		expect(failure.code).toBe("net.tls");
		const enotfound = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
		expect(failureOf(enotfound, "http://x.invalid/secret").code).toBe("net.dns");
		expect(failureOf(enotfound, "http://x.invalid/secret").message).not.toContain("secret");
		const certificate = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
		expect(failureOf(certificate, "https://x/").code).toBe("net.tls");
		expect(failureOf(new Error("?"), "nonsense").code).toBe("net.reset");
	});

	it.each(["not a url", "ftp://host/x", "/relative"])("says that %s is no address", async (url) => {
		expect((await rejection(http.request({ method: "GET", url }))).code).toBe("config.invalid");
	});

	it("says that a header cannot be sent", async () => {
		const server = await serve(() => ({ kind: "answer", status: 200 }));
		const failure = await rejection(
			http.request({ method: "GET", url: server.url, headers: { "x-key": "a\nb" } }),
		);
		expect(failure.code).toBe("config.invalid");
	});

	it("passes an abort reason through untouched: before, while connecting, in headers and in the body", async () => {
		const reason = { why: "the caller says so" };
		const before = AbortSignal.abort(reason);
		const silent = await serve(() => ({ kind: "hang" }));
		expect(await rejection(http.request({ method: "GET", url: silent.url, signal: before }))).toBe(reason);

		const asked = new AbortController();
		const waiting = await serve(() => {
			asked.abort(reason);
			return { kind: "hang" };
		});
		expect(await rejection(http.request({ method: "GET", url: waiting.url, signal: asked.signal }))).toBe(
			reason,
		);

		const inBody = new AbortController();
		const stalled = await serve(() => {
			nodeClock.after(20, () => inBody.abort(reason));
			return {
				kind: "answer",
				status: 200,
				body: "x".repeat(100),
				pace: { pieceBytes: 10, everyMs: 60_000 },
			};
		});
		expect(await rejection(http.request({ method: "GET", url: stalled.url, signal: inBody.signal }))).toBe(
			reason,
		);
	});

	it("settles an abort at once although the connection is still being made", async () => {
		const mute = await serveMute();
		const own = createNodeHttp({ proxy: "none" });
		const stop = new AbortController();
		const reason = { why: "the caller says so" };
		mute.server.once("connection", () => stop.abort(reason));
		expect(await rejection(own.request({ method: "GET", url: mute.url, signal: stop.signal }))).toBe(reason);
		await own.close();
	});

	it("gives up on a connection that is not made in time", async () => {
		const mute = await serveMute();
		const own = createNodeHttp({ proxy: "none" });
		const failure = await rejection(own.request({ method: "GET", url: mute.url, connectTimeoutMs: 50 }));
		expect(failure.code).toBe("net.timeout");
		await own.close();
	});

	it("refuses redirects, and follows as many as it is told to without handing keys to another host", async () => {
		const seen: WireRequest[] = [];
		const target = await serve((request) => {
			seen.push(request);
			return { kind: "answer", status: 200, body: "there" };
		});
		const first = await serve((request) =>
			request.path === "/here"
				? { kind: "answer", status: 307, headers: { location: `${target.url}/there?token=t` }, body: "moved" }
				: { kind: "answer", status: 301, headers: { location: "/here" } },
		);
		const refused = await rejection(http.request({ method: "GET", url: first.url }));
		expect(refused.code).toBe("http.redirect");
		const tooMany = await rejection(http.request({ method: "GET", url: first.url, redirectsMax: 1 }));
		expect(tooMany.code).toBe("http.redirect");
		expect(tooMany.message).not.toContain("token");
		const followed = await http.request({
			method: "GET",
			url: first.url,
			redirectsMax: 2,
			headers: { "X-Api-Key": "k", authorization: "Bearer t", accept: "application/json" },
		});
		expect(Buffer.from(followed.body).toString()).toBe("there");
		expect(seen[0]?.headers["accept"]).toBe("application/json");
		expect(seen[0]?.headers["x-api-key"]).toBeUndefined();
		expect(seen[0]?.headers["authorization"]).toBeUndefined();
		expect(followed.wireBytes).toBe("moved".length + "there".length);
	});

	it("turns a redirected POST into a GET as browsers do", async () => {
		const seen: string[] = [];
		const server = await serve((request) => {
			seen.push(`${request.method} ${request.path} ${request.body.length}`);
			return request.path === "/"
				? { kind: "answer", status: 303, headers: { location: "/result" } }
				: { kind: "answer", status: 200 };
		});
		await http.request({ method: "POST", url: server.url, body: "abc", redirectsMax: 1 });
		expect(seen).toEqual(["POST / 3", "GET /result 0"]);
	});

	it("has no body for HEAD, whatever the length says", async () => {
		const server = await serve(() => ({ kind: "answer", status: 200, body: "x".repeat(100) }));
		const response = await http.request({ method: "HEAD", url: server.url, bodyMaxBytes: 10 });
		expect(response.body.length).toBe(0);
	});

	it("asks the proxy of the environment, and leaves out what it is told to leave out", async () => {
		const seen: WireRequest[] = [];
		const proxy = await serve((request) => {
			seen.push(request);
			return { kind: "answer", status: 200, body: "from the proxy" };
		});
		const direct = await serve(() => ({ kind: "answer", status: 200, body: "direct" }));
		const before = { ...process.env };
		const own = createNodeHttp();
		try {
			process.env["http_proxy"] = proxy.url;
			process.env["no_proxy"] = "127.0.0.1";
			const far = await own.request({
				method: "GET",
				url: "http://avl.example/vehicles?x=1",
				headers: { "x-key": "k" },
			});
			expect(Buffer.from(far.body).toString()).toBe("from the proxy");
			expect(seen[0]).toMatchObject({ path: "/vehicles", query: { x: "1" } });
			expect(seen[0]?.headers).toMatchObject({ host: "avl.example", "x-key": "k" });
			const near = await own.request({ method: "GET", url: direct.url });
			expect(Buffer.from(near.body).toString()).toBe("direct");
		} finally {
			process.env = before;
			await own.close();
		}
	});

	it("sends nothing after it was closed", async () => {
		const own = createNodeHttp({ proxy: "none" });
		const server = await serve(() => ({ kind: "answer", status: 200 }));
		await own.request({ method: "GET", url: server.url });
		await own.close();
		expect((await rejection(own.request({ method: "GET", url: server.url }))).code).toBe("closed");
	});
});
