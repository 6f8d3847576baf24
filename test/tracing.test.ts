import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hubProcesses } from "./hub-process.js";
import { OtlpCollector } from "./otlp-collector.js";

const { hub, path } = hubProcesses();
const PATIENCE = { timeout: 40_000, interval: 50 };
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const ASKED = "00f067aa0ba902b7";
const SECRET = "Bearer canary-of-a-token";

const config = (url: string, more = "") => `
agencies: { metro: { timezone: America/Chicago } }
feeds:
  pushed:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
  polled:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "${url}/buses?key=canary-of-a-key", every: 1s }
        decoder: { type: mapping, records: "[]", fields: { vehicleId: id, latitude: lat, longitude: lon } }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
  partner: { type: webhook, url: "${url}/hook", allowPrivateAddresses: true, batch: { every: 100ms } }
routes:
  - { from: pushed, to: [rider-feed], mode: latest }
  - { from: pushed, to: [partner], mode: every, reorder: 0s }
  - { from: polled, to: [rider-feed], mode: latest }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
telemetry:
  traces: { url: "${url}/v1/traces", authorization: { file: ./token }${more} }
`;

async function push(url: string, vehicle: string, flags: string, trace = TRACE): Promise<void> {
	const timestamp = Math.floor(Date.now() / 1000);
	const position = { latitude: 41.9, longitude: -87.6 };
	const answer = await fetch(`${url}/in`, {
		method: "POST",
		headers: { "content-type": "application/json", traceparent: `00-${trace}-${ASKED}-${flags}` },
		body: JSON.stringify({
			header: { gtfsRealtimeVersion: "2.0", timestamp },
			entity: [{ id: "1", vehicle: { vehicle: { id: vehicle }, position, timestamp } }],
		}),
	});
	expect(answer.status).toBe(202);
}

describe("traces of a hub", () => {
	let collector: OtlpCollector;
	beforeEach(async () => {
		collector = await new OtlpCollector().listen();
		writeFileSync(path("token"), SECRET);
		writeFileSync(path("wayside.yaml"), config(collector.url));
	});
	afterEach(() => collector.close());

	const named = (name: string, traceId = TRACE) =>
		collector.spans.filter((span) => span.name === name && span.traceId === traceId);

	it("go on with the trace of who posted, from stage to stage and out to who is posted to", async () => {
		const { url, child, ended } = await hub("wayside.yaml");
		await push(url, "canary-4012", "01");
		await vi.waitFor(() => expect(collector.at("/hook")).not.toHaveLength(0), PATIENCE);
		const other = "11111111111111111111111111111111";
		await push(url, "canary-4013", "00", other);
		await vi.waitFor(() => expect(collector.at("/hook").length).toBeGreaterThan(1), PATIENCE);
		const accept = "application/openmetrics-text; version=1.0.0,text/plain;q=0.5";
		const scraped = await fetch(`${url}/metrics`, { headers: { accept } });
		expect(scraped.headers.get("content-type")).toMatch(/^application\/openmetrics-text/);
		const openMetrics = await scraped.text();
		expect(openMetrics).toMatch(
			new RegExp(
				`^wayside_frame_durable_seconds_bucket\\{le="[^"]+",feed="pushed"\\} \\d+ # \\{trace_id="${TRACE}"\\}`,
				"m",
			),
		);
		expect(openMetrics).toMatch(
			new RegExp(`^wayside_http_request_duration_seconds_bucket.* # \\{trace_id="${TRACE}"\\}`, "m"),
		);
		expect(openMetrics).toMatch(/^# TYPE wayside_feed_frames counter$/m);
		expect(openMetrics).toMatch(/^wayside_feed_frames_total\{/m);
		expect(openMetrics.endsWith("# EOF\n")).toBe(true);
		const plain = await (await fetch(`${url}/metrics`)).text();
		expect(plain).toMatch(/^wayside_feed_frames_total\{/m);
		expect(plain).not.toContain("trace_id");
		child.kill("SIGTERM");
		expect(await ended).toBe(0);

		const [receive] = named("receive pushed");
		const [interpret] = named("interpret pushed");
		const [commit] = named("commit pushed");
		const [deliver] = named("deliver partner");
		expect(receive).toMatchObject({ parentSpanId: ASKED, kind: 2, status: 0 });
		expect(receive?.attributes).toMatchObject({ "wayside.feed": "pushed", "wayside.source": "http-push" });
		expect(interpret).toMatchObject({ parentSpanId: receive?.spanId, kind: 1 });
		expect(interpret?.attributes).toMatchObject({ "wayside.records": 1, "wayside.duplicates": 0 });
		expect(commit).toMatchObject({ parentSpanId: interpret?.spanId });
		expect(deliver).toMatchObject({ parentSpanId: interpret?.spanId, kind: 4 });
		const publications = named("publish rider-feed");
		expect(publications).toMatchObject([{ parentSpanId: interpret?.spanId, kind: 4, status: 0 }]);
		expect(deliver?.attributes).toMatchObject({
			"wayside.outcome": "ok",
			"messaging.batch.message_count": 1,
		});
		const posted = collector.at("/hook").map(({ headers }) => headers["traceparent"]);
		expect(posted).toEqual([`00-${TRACE}-${deliver?.spanId}-01`, undefined]);
		for (const span of collector.spans) expect(span.endNs).toBeGreaterThanOrEqual(span.startNs);
		expect(receive?.resource).toMatchObject({ "service.name": "wayside" });
		// Who asks not to be recorded is not.
		expect(collector.spans.some(({ traceId }) => traceId === other)).toBe(false);

		// A poll carries the id of its own span.
		const asked = collector.at("/buses").map(({ headers }) => String(headers["traceparent"]));
		const own = collector.spans.filter(({ name }) => name === "receive polled");
		expect(own.length).toBeGreaterThan(0);
		for (const { traceId, spanId, kind } of own) {
			expect(kind).toBe(3);
			expect(asked).toContain(`00-${traceId}-${spanId}-01`);
		}

		const requests = collector.at("/v1/traces");
		expect(requests[0]?.headers).toMatchObject({
			"content-type": "application/x-protobuf",
			authorization: SECRET,
		});
		const said = Buffer.concat(requests.map(({ body }) => body)).toString("latin1");
		expect(said).not.toMatch(/canary/);
	});

	it("fail with who collects them, and nothing else does", async () => {
		collector.status = 401;
		const { url } = await hub("wayside.yaml");
		await push(url, "bus-1", "01");
		await vi.waitFor(async () => {
			const status = (await (await fetch(`${url}/status.json`)).json()) as { traces?: { sentence: string } };
			expect(status.traces?.sentence).toContain("check telemetry.traces.authorization");
		}, PATIENCE);
		await push(url, "bus-2", "01");
		await vi.waitFor(() => expect(collector.at("/hook").length).toBeGreaterThan(1), PATIENCE);
		const metrics = await (await fetch(`${url}/metrics`)).text();
		expect(metrics).toMatch(/^wayside_trace_spans_dropped_total [1-9]/m);
		expect(metrics).not.toContain("canary");
	});
});
