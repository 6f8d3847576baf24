import { describe, expect, it } from "vitest";
import { FrameTraces } from "../log/frame-traces.js";
import { Failure } from "../model/failure.js";
import { readTraceparent, type SpanStart } from "../model/trace.js";
import type { HttpRequest } from "../runtime/http.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { TraceExport } from "./trace-export.js";

const CONFIG = {
	url: "http://collector.test/v1/traces",
	headers: { authorization: "Bearer x" },
	sampleRatio: 1,
	serviceName: "wayside",
};

function world(answer: () => number) {
	const time = createVirtualRuntime();
	const requests: HttpRequest[] = [];
	const news: string[] = [];
	const spans = {
		waiting: 0,
		dropped: 0,
		take(countMax: number) {
			const count = Math.min(countMax, this.waiting);
			this.waiting -= count;
			return count === 0 ? undefined : { body: new Uint8Array(count), count };
		},
	};
	const request = async (one: HttpRequest) => {
		requests.push(one);
		const status = answer();
		if (status === 0) throw new Failure("net.unreachable", "nobody answers");
		return { status, headers: {}, body: new Uint8Array(), wireBytes: 0 };
	};
	const runtime = { ...time.runtime, http: { request } };
	const exporting = new TraceExport({
		config: CONFIG,
		spans,
		runtime,
		upstream: {},
		onNews: (level, code) => news.push(`${level} ${code}`),
	});
	exporting.start();
	return { time, requests, news, spans, exporting };
}

describe("spans on their way to a collector", () => {
	it("go in batches every few seconds, and the rest when the hub stops", async () => {
		const { time, requests, spans, exporting } = world(() => 200);
		spans.waiting = 1100;
		await time.advance(6_000);
		expect(requests.map(({ body }) => body?.length)).toEqual([512, 512, 76]);
		expect(requests[0]).toMatchObject({ method: "POST", url: CONFIG.url, headers: CONFIG.headers });
		spans.waiting = 3;
		await exporting.close();
		expect(exporting.status()).toMatchObject({ exported: 1103, dropped: 0, waiting: 0, failure: undefined });
	});

	it("are dropped when nobody takes them, wait while the breaker is open, and are told of once", async () => {
		let status = 0;
		const { time, requests, news, spans, exporting } = world(() => status);
		for (let second = 0; second < 600; second++) {
			spans.waiting++;
			await time.advance(1_000);
		}
		expect(news).toEqual(["warn traces.unsent"]);
		const { exported, dropped, waiting } = exporting.status();
		expect(exported).toBe(0);
		expect(dropped + waiting).toBe(600);
		// Asked seldom: an outage of the collector is no load for the network.
		expect(requests.length).toBeLessThan(100);
		expect(exporting.status().sentence).toContain("collector.test (nobody answers)");
		status = 200;
		await time.advance(300_000);
		expect(news).toEqual(["warn traces.unsent", "info traces.arrive"]);
		expect(exporting.status()).toMatchObject({ waiting: 0, failure: undefined });
		await exporting.close();
	});

	it("are not sent again where the collector refuses them, and what mends it is said", async () => {
		const { time, requests, spans, exporting } = world(() => 404);
		spans.waiting = 1;
		await time.advance(60_000);
		expect(requests).toHaveLength(1);
		expect(exporting.status()).toMatchObject({ exported: 0, dropped: 1 });
		expect(exporting.status().sentence).toContain("check telemetry.traces.url");
		await exporting.close();
	});
});

describe("the traces of frames", () => {
	const started: SpanStart[] = [];
	const tracer = {
		start: (what: SpanStart) => {
			started.push(what);
			return { context: { traceId: "t", spanId: "s" }, traceparent: "", end: () => undefined };
		},
	};
	const of = (n: number) => ({ traceId: String(n), spanId: "1" });

	it("are parents of what is made of one, links of what is made of several, and nothing where none is known", () => {
		const traces = new FrameTraces(tracer, 3);
		const frames = [0, 1, 2, 3].map((offset) => ({ partition: 0, offset }));
		expect(traces.start("interpret", "internal", frames)).toBeUndefined();
		for (const frame of frames) traces.remember(frame, of(frame.offset));
		expect(traces.of({ partition: 0, offset: 0 })).toBeUndefined();
		traces.start("interpret", "internal", frames.slice(0, 2));
		traces.start("interpret", "internal", frames);
		expect(started).toEqual([
			{ name: "interpret", kind: "internal", parent: of(1) },
			{ name: "interpret", kind: "internal", links: [of(1), of(2), of(3)] },
		]);
	});

	it.each([
		["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true],
		["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02", false],
		["01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true],
	])("read what W3C Trace Context says in %s", (header, isSampled) => {
		expect(readTraceparent(header)).toEqual({
			traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
			spanId: "00f067aa0ba902b7",
			isSampled,
		});
	});

	it.each([
		undefined,
		"",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-${"x".repeat(300)}`,
	])("read nothing out of %s", (header) => {
		expect(readTraceparent(header)).toBeUndefined();
	});
});
