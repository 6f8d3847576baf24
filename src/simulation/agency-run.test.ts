import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { NEVER_FORCED, validateFeed } from "../../test/validator/feed.js";
import { BUILTINS } from "../config/builtins.js";
import { loadConfigFile } from "../config/load.js";
import { createHub, type HubEvent } from "../hub.js";
import { createMemoryLog } from "../log/memory-log.js";
import type { TransitRecord } from "../model/record.js";
import type { EndpointResponse } from "../runtime/endpoint.js";
import type { Http } from "../runtime/http.js";
import type { WireRequest } from "../runtime/node-server.js";
import { testRuntime } from "../testing/source-contract.js";
import { createAgency } from "./agency.js";
import { createWireHttp } from "./gateway-http.js";
import { createVirtualRuntime } from "./virtual-runtime.js";

const DEMO = fileURLToPath(new URL("../../examples/demo.yaml", import.meta.url));
/** A Monday, 06:45 in Chicago: the morning peak begins in a quarter of an hour. */
const START = Date.UTC(2026, 0, 5, 12, 45, 0);
const MINUTES = 60;

/** The demo as `npm start` runs it, in virtual time, without its archive file. */
async function startDemo(partitions: number) {
	const { config, findings } = await loadConfigFile(DEMO, {
		plugins: BUILTINS,
		runtime: testRuntime,
		environment: { WAYSIDE_DEMO_GATEWAY: "http://gateway" },
		skipEnvironment: true,
	});
	if (config === undefined) throw new Error(JSON.stringify(findings));
	const network: { http?: Http } = {};
	const virtual = createVirtualRuntime({
		startTime: START,
		http: { request: (request) => network.http?.request(request) ?? Promise.reject(new Error("no network")) },
	});
	const { gateway } = createAgency({ clock: virtual.runtime.clock });
	const asked = { oldest: undefined as number | undefined };
	const handle = (request: WireRequest) => {
		const answer = gateway.handle(request);
		const isFirst = request.path === "/avl/messages" && request.query["after"] === "0";
		if (isFirst && answer.kind === "answer" && answer.headers?.["content-encoding"] === "gzip") {
			asked.oldest = JSON.parse(gunzipSync(answer.body as Uint8Array).toString()).oldest;
		}
		return answer;
	};
	network.http = createWireHttp(
		{ gateway: { handle, accepts: () => gateway.accepts() } },
		virtual.runtime.clock,
	);
	const log = createMemoryLog({ partitions });
	const events: HubEvent[] = [];
	const hub = createHub(
		{
			...config,
			sinks: config.sinks.filter(({ name }) => name !== "archive"),
			routes: config.routes.filter(({ to }) => !to.includes("archive")),
		},
		{ runtime: virtual.runtime, log, version: "test", onEvent: (event) => events.push(event) },
	);
	return { hub, log, virtual, gateway, asked, events };
}

async function bytesOf(answer: Promise<EndpointResponse> | undefined): Promise<Uint8Array> {
	const { status, body } = (await answer) ?? {};
	expect(status).toBe(200);
	if (!(body instanceof Uint8Array)) throw new Error("the feed is bytes");
	return body;
}

describe("the demo through a morning peak", () => {
	it.each([1, 8])("loses no message and never publishes what is not valid (%i partitions)", async (n) => {
		const { hub, log, virtual, gateway, asked, events } = await startDemo(n);
		const records: TransitRecord[] = [];
		hub.tap((committed) => records.push(...committed));
		await hub.start();
		const feed = hub.endpoints.find(({ path }) => path.endsWith("vehicle-positions.pb"));
		const fetchFeed = () =>
			bytesOf(
				feed?.handle({
					method: "GET",
					path: feed.path,
					params: {},
					query: {},
					headers: {},
					body: new Uint8Array(),
					remoteAddress: "192.0.2.1",
					signal: new AbortController().signal,
				}),
			);
		const fired = new Map<string, number>();
		let before: Uint8Array | undefined;
		for (let minute = 0; minute < MINUTES; minute++) {
			await virtual.advance(60_000);
			const bytes = await fetchFeed();
			for (const { code } of validateFeed(before, bytes, { now: virtual.runtime.clock.now() })) {
				fired.set(code, (fired.get(code) ?? 0) + 1);
			}
			before = bytes;
		}
		for (const code of NEVER_FORCED) expect(fired.get(code), code).toBeUndefined();
		expect([...fired.keys()].filter((code) => code.startsWith("E"))).toEqual([]);

		const stored = await log.state("source/buses/0");
		const { position } = JSON.parse(new TextDecoder().decode(stored)) as { position: string };
		const buses = records.filter(({ origin }) => origin.feed === "buses");
		expect(asked.oldest).toBeDefined();
		expect(buses.length).toBe(Number(position) - (asked.oldest ?? 0) + 1);
		expect(new Set(buses.map(({ key, eventTime }) => `${key} ${eventTime}`)).size).toBe(buses.length);
		expect(buses.some(({ flags }) => flags.includes("late"))).toBe(true);
		expect(buses.some(({ flags }) => flags.includes("future"))).toBe(true);
		expect(buses.some(({ flags }) => flags.includes("position_removed"))).toBe(true);
		expect(JSON.stringify(records)).not.toMatch(/operatorId/);

		const status = hub.status();
		expect(status.ledger.balanced).toBe(true);
		expect(Object.keys(gateway.counts().faults).length).toBeGreaterThan(3);
		expect(events.some(({ code, details }) => code === "breaker.state" && details?.["to"] === "open")).toBe(
			true,
		);
		await hub.close();
		expect(virtual.pendingRefTimers()).toBe(0);
	});
});
