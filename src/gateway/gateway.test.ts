import { connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { STATUS } from "../../test/hub-status.js";
import type { HttpConfig } from "../config/config.js";
import type { TransitRecord } from "../model/record.js";
import type { HubStatus } from "../operations/status.js";
import type { TapListener } from "../operations/tap.js";
import type { Endpoint } from "../runtime/endpoint.js";
import { nodeClock } from "../runtime/node-clock.js";
import { type Gateway, openGateway } from "./gateway.js";
import type { HubView } from "./hub-view.js";
import { matches } from "./paths.js";
import { span } from "./status-page.js";

const endpoint = (
	method: Endpoint["method"],
	path: string,
	handle: Endpoint["handle"],
	more: Partial<Endpoint> = {},
): Endpoint => ({ method, path, scope: "public", summary: "For the test.", handle, ...more });

const open: Gateway[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((gateway) => gateway.close()));
});

interface Setup {
	readonly endpoints?: readonly Endpoint[];
	readonly status?: Partial<HubStatus>;
	readonly http?: Partial<HttpConfig>;
}

async function start({ endpoints = [], status = {}, http = {} }: Setup = {}) {
	const listeners = new Set<TapListener>();
	const hub: HubView = {
		endpoints,
		upstreams: () => new Map(),
		status: () => ({ ...STATUS, ...status }),
		tap: (listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
	const faults: string[] = [];
	const gateway = await openGateway({
		hub,
		http: {
			public: { host: "127.0.0.1", port: 0 },
			admin: { host: "127.0.0.1", port: 0, token: undefined },
			...http,
		},
		clock: nodeClock,
		onFault: (place, thrown) => faults.push(`${place} ${String(thrown)}`),
	});
	open.push(gateway);
	return { gateway, faults, listeners, url: gateway.publicUrl, admin: gateway.adminUrl };
}

async function problemOf(answer: Response) {
	expect(answer.headers.get("content-type")).toContain("application/problem+json");
	return (await answer.json()) as { status: number; title: string; detail: string };
}

describe("the hub's own paths", () => {
	it("shows the status to people, with nothing in it that a feed could inject", async () => {
		const { url } = await start();
		const answer = await fetch(`${url}/`);
		const page = await answer.text();
		expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
		expect(page).toContain("metro-avl");
		expect(page).toContain("1 min ago");
		expect(page).toContain("next attempt in 5 s");
		expect(page).toContain("11 min 40 s");
		expect(page).toContain(
			"vehicles 4,200; trip updates 0; header time 4 s ago; header age 4 s; 2 KiB; withheld future 3",
		);
		// Narrow pages have no columns: each cell says what it is.
		expect(page).toContain('<td data-head="Purge headroom">11 min 40 s</td>');
		expect(page).toMatch(/avl-key.*8,123.*10,000.*in 1 h/);
		expect(page).toContain(
			"Lost 40 minutes, about 1,200 reports, between 19:26 and 20:06 UTC (net.refused), found",
		);
		expect(page).toContain("In all about 2,200 reports.");
		expect(page).toContain("&#60;script&#62;");
		expect(page).not.toMatch(/<script|https?:|src=/);
	});

	it("shows it to programs", async () => {
		const { url } = await start();
		expect(await (await fetch(`${url}/status.json`)).json()).toEqual(STATUS);
	});

	it("is healthy while it answers and ready once it has data", async () => {
		const { url } = await start();
		expect((await fetch(`${url}/healthz`)).status).toBe(200);
		expect((await fetch(`${url}/readyz`)).status).toBe(200);
		const waiting = await start({ status: { ready: false, sentence: "No data yet." } });
		const answer = await fetch(`${waiting.url}/readyz`);
		expect(answer.status).toBe(503);
		expect(answer.headers.get("retry-after")).toBe("5");
		expect((await problemOf(answer)).detail).toBe("No data yet.");
	});

	it("counts for Prometheus, the same at every scrape, with no label from the data", async () => {
		const { url } = await start();
		const first = await (await fetch(`${url}/metrics`)).text();
		const text = await (await fetch(`${url}/metrics`)).text();
		for (const line of [
			'wayside_feed_records_total{feed="metro-avl",agency="metro"} 1234',
			'wayside_feed_state{feed="metro-avl",agency="metro",state="failing"} 1',
			'wayside_feed_age_seconds{feed="metro-avl",agency="metro"} 12',
			'wayside_feed_gap_reports_total{feed="metro-avl",agency="metro",estimated="false"} 1000',
			'wayside_feed_gap_reports_total{feed="metro-avl",agency="metro",estimated="true"} 1200',
			'wayside_sink_lag_records{sink="rider-feed",type="gtfs-realtime"} 3',
			'wayside_sink_released_early_total{sink="rider-feed",type="gtfs-realtime"} 7',
			'wayside_sink_in_flight_max{sink="rider-feed",type="gtfs-realtime"} 2',
			"wayside_store_events_kept 0",
			'wayside_store_bytes{topic="records"} 4096',
			'wayside_build_info{version="1.2.3"} 1',
			"wayside_ready 1",
			"wayside_ledger_balanced 1",
			'wayside_quota_used_requests{quota="avl-key"} 8123',
			'wayside_quota_limit_requests{quota="avl-key"} 10000',
			'wayside_quota_reset_timestamp_seconds{quota="avl-key"} 1700003700',
			'wayside_http_request_duration_seconds_count{listener="public",method="GET",status="200"} 1',
		])
			expect(text.split("\n"), line).toContain(line);
		expect(first).toContain('wayside_feed_records_total{feed="metro-avl",agency="metro"} 1234');
		const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
		for (const [, name, type] of names)
			expect(name?.endsWith("_total"), `${name} ${type}`).toBe(type === "counter");
	});
});

describe("behind another web server", () => {
	it("lies under its base path with everything, and leads there", async () => {
		const seen: string[] = [];
		const { gateway } = await start({
			endpoints: [
				endpoint("GET", "/feed/:name", async ({ params, remoteAddress }) => {
					seen.push(`${params["name"]} for ${remoteAddress}`);
					return { status: 200, body: "x" };
				}),
			],
			http: { basePath: "/wayside", trustProxy: ["127.0.0.1"] },
		});
		const { publicUrl } = gateway;
		expect(publicUrl).toMatch(/:\d+\/wayside$/);
		const home = await fetch(publicUrl, { redirect: "manual" });
		expect(home.headers.get("location")).toBe("/wayside/status");
		expect(await (await fetch(`${publicUrl}/status`)).text()).toContain('href="metrics"');
		const forwarded = { "x-forwarded-for": "203.0.113.9" };
		expect((await fetch(`${publicUrl}/feed/a`, { headers: forwarded })).status).toBe(200);
		expect(seen).toEqual(["a for 203.0.113.9"]);
		const outside = await fetch(`${new URL(publicUrl).origin}/status`);
		expect(outside.status).toBe(404);
		expect((await problemOf(outside)).detail).toContain("GET /wayside/status");
		const wrong = await fetch(`${publicUrl}/status`, { method: "DELETE" });
		expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
		expect((await fetch(`${gateway.adminUrl}/v1/breakers`)).status).toBe(200);
	});

	it("believes nobody's X-Forwarded-For unless it is told to, and shows the configured address", async () => {
		const seen: string[] = [];
		const { gateway } = await start({
			endpoints: [
				endpoint("GET", "/feed", async ({ remoteAddress }) => {
					seen.push(remoteAddress);
					return { status: 200 };
				}),
			],
			http: { publicUrl: "https://data.example/wayside" },
		});
		expect(gateway.publicUrl).toBe("https://data.example/wayside");
		expect(gateway.publicPort).toBeGreaterThan(0);
		const url = `http://127.0.0.1:${gateway.publicPort}`;
		await fetch(`${url}/feed`, { headers: { "x-forwarded-for": "203.0.113.9" } });
		expect(seen).toEqual(["127.0.0.1"]);
		const home = await fetch(url, { redirect: "manual" });
		expect(home.headers.get("location")).toBe("status");
	});
});

describe("endpoints of the hub", () => {
	it("get path, query, headers and bytes, and answer with text, bytes or a stream", async () => {
		const { url } = await start({
			endpoints: [
				endpoint("POST", "/in/:feed", async (request) => ({
					status: 202,
					headers: { "content-type": "text/plain", "x-extra": "1" },
					body: JSON.stringify([request.params, request.query, request.path, request.body.length]),
				})),
				endpoint("GET", "/bytes", async () => ({ status: 200, body: new Uint8Array([1, 2, 3]) })),
				endpoint("GET", "/stream", async () => ({
					status: 200,
					body: (async function* () {
						yield "a";
						yield new Uint8Array([98]);
					})(),
				})),
			],
		});
		const answer = await fetch(`${url}/in/metro?a=1&b=x%20y`, { method: "POST", body: new Uint8Array(5) });
		expect(answer.status).toBe(202);
		expect(await answer.json()).toEqual([{ feed: "metro" }, { a: "1", b: "x y" }, "/in/metro", 5]);
		expect(new Uint8Array(await (await fetch(`${url}/bytes`)).arrayBuffer())).toEqual(
			new Uint8Array([1, 2, 3]),
		);
		expect(await (await fetch(`${url}/stream`)).text()).toBe("ab");
		const head = await fetch(`${url}/bytes`, { method: "HEAD" });
		expect([head.status, head.headers.get("content-length")]).toEqual([200, "3"]);
	});

	it("let go of a body without an end for somebody who wants the headers only", async () => {
		const seen: string[] = [];
		const { url } = await start({
			endpoints: [
				endpoint("GET", "/endless", async ({ signal }) => ({
					status: 200,
					body: (async function* () {
						seen.push("begun");
						try {
							yield "a";
							await new Promise<void>((resolve) => {
								signal.addEventListener("abort", () => resolve(), { once: true });
								if (signal.aborted) resolve();
							});
						} finally {
							seen.push("ended");
						}
					})(),
				})),
			],
		});
		expect((await fetch(`${url}/endless`, { method: "HEAD" })).status).toBe(200);
		await vi.waitFor(() => expect(seen).toEqual(["begun", "ended"]), { timeout: 10_000 });
	});

	it("answer 404, 405, 413 and 500 as problem documents that give nothing away", async () => {
		const { url, faults } = await start({
			endpoints: [
				endpoint("POST", "/in", async () => ({ status: 202 }), { bodyMaxBytes: 10 }),
				endpoint("GET", "/broken", () => Promise.reject(new Error("secret detail at file.ts:12"))),
			],
		});
		expect((await problemOf(await fetch(`${url}/nothing`))).status).toBe(404);
		const wrong = await fetch(`${url}/in`);
		expect(wrong.headers.get("allow")).toBe("POST");
		expect((await problemOf(wrong)).status).toBe(405);
		const large = await problemOf(await fetch(`${url}/in`, { method: "POST", body: "x".repeat(11) }));
		expect([large.status, large.detail]).toEqual([413, "A body of at most 10 bytes is taken here."]);
		const broken = await (await fetch(`${url}/broken`)).text();
		expect(JSON.parse(broken)).toMatchObject({ status: 500, title: "Internal error" });
		expect(broken).not.toContain("secret detail");
		expect(faults).toEqual(["GET /broken Error: secret detail at file.ts:12"]);
		expect(await (await fetch(`${url}/metrics`)).text()).toContain("wayside_http_faults_total 1");
	});

	it("refuse a chunked body that grows beyond the limit, and headers without end", async () => {
		const { url } = await start({
			endpoints: [endpoint("POST", "/in", async () => ({ status: 202 }), { bodyMaxBytes: 1000 })],
		});
		const chunks = (async function* () {
			for (let i = 0; i < 100; i++) yield new TextEncoder().encode("y".repeat(100));
		})();
		const answer = await fetch(`${url}/in`, { method: "POST", body: chunks, duplex: "half" } as RequestInit);
		expect(answer.status).toBe(413);
		const long = await raw(url, `GET / HTTP/1.1\r\nhost: x\r\nx: ${"z".repeat(20_000)}\r\n\r\n`);
		expect(long).toMatch(/^HTTP\/1\.1 431 .*application\/problem\+json/s);
		expect(await raw(url, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
	});

	it("learn that the client has gone", async () => {
		let aborted: () => void;
		const gone = new Promise<void>((resolve) => {
			aborted = resolve;
		});
		const { url } = await start({
			endpoints: [
				endpoint("GET", "/slow", async ({ signal }) => {
					await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
					aborted();
					return { status: 200 };
				}),
			],
		});
		const request = new AbortController();
		const answer = fetch(`${url}/slow`, { signal: request.signal }).catch((thrown: unknown) =>
			String(thrown),
		);
		await new Promise((resolve) => setTimeout(resolve, 50));
		request.abort();
		await gone;
		expect(await answer).toContain("AbortError");
	});
});

describe("the admin listener", () => {
	it("takes loopback names only, and not the public one", async () => {
		const { admin, url } = await start();
		const port = new URL(admin).port;
		expect(await raw(admin, `GET /x HTTP/1.1\r\nhost: evil.example:${port}\r\n\r\n`)).toMatch(
			/^HTTP\/1\.1 421 /,
		);
		expect(await raw(admin, `GET /x HTTP/1.1\r\nhost: localhost:${port}\r\n\r\n`)).toMatch(
			/^HTTP\/1\.1 404 /,
		);
		expect((await fetch(`${url}/v1/tap`)).status).toBe(404);
		const lost = await fetch(`${admin}/status`);
		expect(lost.status).toBe(404);
		expect(await lost.text()).toContain("GET /status of the public listener lists what is served");
	});

	it("takes the token only, where there is one", async () => {
		const { admin } = await start({ http: { admin: { host: "127.0.0.1", port: 0, token: "s3cret" } } });
		const ask = async (authorization?: string) => {
			const headers = authorization === undefined ? {} : { authorization };
			return (await fetch(`${admin}/nothing`, { headers })).status;
		};
		expect(await ask()).toBe(401);
		expect(await ask("Bearer wrong")).toBe(401);
		expect(await ask("Basic s3cret")).toBe(401);
		expect(await ask("Bearer s3cret")).toBe(404);
	});

	it("streams a sample of what passes, and ends when the hub closes", async () => {
		const { admin, gateway, listeners } = await start();
		expect((await fetch(`${admin}/v1/tap?kind=bus`)).status).toBe(400);
		const answer = await fetch(`${admin}/v1/tap?feed=metro-avl`);
		const reader = (answer.body as ReadableStream<Uint8Array>)
			.pipeThrough(new TextDecoderStream())
			.getReader();
		expect((await reader.read()).value).toBe("\n");
		for (let i = 0; i < 130; i++) for (const listener of listeners) listener([record(i, "metro-avl")]);
		for (const listener of listeners) listener([record(1, "other")]);
		let text = "";
		while (!text.includes("skipped")) text += (await reader.read()).value;
		const lines = text
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(lines).toHaveLength(101);
		expect(lines[0]).toMatchObject({ id: "vehicle_location/metro:0/5", key: "metro:0", revision: 0 });
		expect(lines[100]).toEqual({ skipped: 30 });
		const closed = gateway.close();
		expect((await reader.read()).done).toBe(true);
		await closed;
		expect(listeners.size).toBe(0);
	});
});

it("says which listener cannot open, why, and what to change, and leaves nothing open", async () => {
	const { gateway } = await start();
	const port = Number(new URL(gateway.publicUrl).port);
	const admin = { host: "127.0.0.1", port, token: undefined };
	await expect(start({ http: { admin } })).rejects.toThrow(
		`The admin listener cannot open: port ${port} on 127.0.0.1 is already in use, perhaps by another hub. Change http.admin.host or http.admin.port, or stop what uses it.`,
	);
});

it("matches paths by segment", () => {
	expect([matches("/a/:b", "/a/x"), matches("/a/:b", "/a/"), matches("/a", "/a/x")]).toEqual([
		true,
		false,
		false,
	]);
	expect([0, 59_000, 61_000, 3_600_000, 190_000_000, -5000].map(span)).toEqual([
		"0 s",
		"59 s",
		"1 min 1 s",
		"1 h",
		"2 d 4 h",
		"-5 s",
	]);
});

function record(vehicle: number, feed: string): TransitRecord {
	return {
		revision: 0,
		key: `metro:${vehicle}`,
		eventTime: 5,
		resolutionMs: 1000,
		origin: { agency: "metro", feed, upstream: 0, partition: 0, offset: 0, receivedTime: 6, decoder: "x@1" },
		index: 0,
		flags: [],
		body: { kind: "vehicle_location", vehicleId: String(vehicle) },
	};
}

/** What a server answers to bytes that no HTTP client would send. */
function raw(url: string, request: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(request));
		let text = "";
		socket.setEncoding("utf8");
		socket.on("data", (chunk: string) => {
			text += chunk;
			if (text.includes("\r\n\r\n")) socket.end();
		});
		socket.on("close", () => resolve(text));
		socket.on("error", reject);
	});
}
