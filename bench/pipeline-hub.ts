import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { BUILTINS } from "../src/config/builtins.js";
import type { HubConfig } from "../src/config/config.js";
import { type Gateway, openGateway } from "../src/gateway/gateway.js";
import { createHub, type Hub } from "../src/hub.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { createOtelTracer } from "../src/runtime/otel-tracer.js";
import type { Runtime } from "../src/runtime/runtime.js";
import type { SourceDefinition, StreamItem } from "../src/sources/source.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import type { FrameMaker } from "./pipeline-frames.js";

/** Nobody listens there. */
const DEAD = "http://127.0.0.1:9/v1/traces";

export interface BenchHub {
	readonly hub: Hub;
	readonly gateway: Gateway;
	readonly runtime: Runtime;
	readonly directory: string;
	stop(): Promise<void>;
	remove(): void;
}

/**
 * A hub as `wayside run` makes it, on a real store in a temporary folder and behind real listeners, fed by `frames`.
 * The wall clock runs `timesReal` times as fast as the world's, so that each frame of the same vehicles has a second of
 * its own; time-outs and pauses keep the world's time.
 */
export async function openBenchHub(options: {
	readonly maker: FrameMaker;
	readonly timesReal: number;
	readonly frames: (runtime: Runtime, signal: AbortSignal) => AsyncIterable<StreamItem>;
	readonly directory?: string;
	/** What the wall clock shows at first. Default: the world's. */
	readonly startTime?: number;
	/** Share of the frames that are traced, for a collector that does not answer. Default: nothing traces. */
	readonly sampleRatio?: number | undefined;
}): Promise<BenchHub> {
	const directory = options.directory ?? mkdtempSync(join(tmpdir(), "wayside-bench-"));
	const node = createNodeRuntime();
	const [wall, monotonic] = [options.startTime ?? node.clock.now(), node.clock.monotonic()];
	const now = () => Math.floor(wall + (node.clock.monotonic() - monotonic) * options.timesReal);
	const runtime: Runtime = { ...node, clock: { ...bound(node.clock), now } };
	const log = await openSqliteLog({ directory, chance: runtime.chance, durability: "sync" });
	const { sampleRatio } = options;
	const traces =
		sampleRatio === undefined ? undefined : { url: DEAD, headers: {}, serviceName: "bench", sampleRatio };
	const hub = createHub(
		{ ...configOf(options.maker, directory, options.frames), traces },
		{
			runtime,
			tracing: traces && createOtelTracer({ ...runtime, ...traces, version: "bench" }),
			log,
			version: "bench",
		},
	);
	await hub.start();
	const { http } = configOf(options.maker, directory, options.frames);
	const gateway = await openGateway({ hub, http, clock: runtime.clock });
	return {
		hub,
		gateway,
		runtime,
		directory,
		async stop() {
			await hub.drain(60_000);
			await hub.close();
			await gateway.close();
			await log.close();
			await node.close();
		},
		remove: () => rmSync(directory, { recursive: true, force: true }),
	};
}

function bound(clock: Runtime["clock"]): Runtime["clock"] {
	return {
		now: () => clock.now(),
		monotonic: () => clock.monotonic(),
		after: (delay, run, more) => clock.after(delay, run, more),
	};
}

function configOf(
	maker: FrameMaker,
	directory: string,
	frames: (runtime: Runtime, signal: AbortSignal) => AsyncIterable<StreamItem>,
): HubConfig {
	const source: SourceDefinition = {
		type: "bench",
		summary: "Frames made in the process.",
		options: z.unknown(),
		create: (_, context) => ({ kind: "stream", open: ({ signal }) => frames(context.runtime, signal) }),
	};
	const decoder = BUILTINS.decoders.find(({ type }) => type === maker.decoder);
	const sink = BUILTINS.sinks.find(({ type }) => type === "gtfs-realtime");
	if (decoder === undefined || sink === undefined) throw new Error("a plug-in of the benchmark is missing");
	const agency = {
		name: "bench",
		timezone: "America/Chicago",
		area: undefined,
		gtfs: undefined,
		ids: undefined,
	};
	const keep = { maxAgeMs: 365 * 86_400_000, maxBytes: 1e12 };
	return {
		baseDirectory: directory,
		agencies: [agency],
		feeds: [
			{
				name: "avl",
				agency,
				privacy: { operatorId: "drop", runId: "keep", hashKey: undefined },
				removeAfter: 2,
				upstreams: [
					{
						index: 0,
						source: { definition: source, options: {} },
						decoder: { definition: decoder, options: decoder.options.parse({}) },
						timezone: agency.timezone,
						history: { kind: "none" },
						budget: { requests: undefined, bytes: undefined, quota: undefined },
						contract: undefined,
						secrets: {},
					},
				],
			},
		],
		quotas: [],
		sinks: [{ name: "rider-feed", definition: sink, options: sink.options.parse({}), secrets: {} }],
		routes: [
			{
				from: "avl",
				kinds: undefined,
				to: ["rider-feed"],
				mode: "latest",
				maxAgeMs: undefined,
				order: "marked",
				reorderMs: undefined,
			},
		],
		store: {
			directory,
			durability: "sync",
			partitions: 8,
			frames: keep,
			records: keep,
			deadLetters: keep,
			ledger: { keepMs: keep.maxAgeMs },
		},
		http: { public: { host: "127.0.0.1", port: 0 }, admin: { host: "127.0.0.1", port: 0, token: undefined } },
		intake: {
			futureSkewMs: 60_000,
			dedupe: { maxAgeMs: 86_400_000, maxKeys: 1_000_000 },
			frameMaxBytes: 1 << 25,
		},
		slo: undefined,
	};
}
