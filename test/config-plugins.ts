import { afterAll, expect } from "vitest";
import { z } from "zod";
import { type Loaded, type LoadOptions, loadConfig } from "../src/config/load.js";
import type { PluginSet } from "../src/config/resolve.js";
import type { DecoderDefinition } from "../src/decoders/decoder.js";
import { durationOption } from "../src/formats/quantities.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import type { SinkDefinition } from "../src/sinks/sink.js";
import type { SourceDefinition } from "../src/sources/source.js";
import { scratchDirectory } from "./scratch-directory.js";

/** Where configurations lie; removed after the tests of a file. */
export const folder = scratchDirectory("wayside-config-");
afterAll(() => folder.remove());

export const poll: SourceDefinition<{ url: string; every: number }> = {
	type: "http-poll",
	summary: "Asks.",
	options: z.strictObject({ url: z.url(), every: durationOption({ minMs: 1000 }).prefault("20s") }),
	create: (options) => ({
		kind: "poll",
		everyMs: options.every,
		poll: () => Promise.resolve({ frames: [], wireBytes: 0 }),
	}),
};

export const words: DecoderDefinition<{ language: "de" | "en" }> = {
	type: "words",
	version: 1,
	summary: "Reads.",
	options: z.strictObject({ language: z.enum(["de", "en"]).default("en") }),
	create: () => ({ decode: () => ({ items: [] }) }),
};

export const served: SinkDefinition<{ path: string }> = {
	type: "served",
	summary: "Serves.",
	options: z.strictObject({ path: z.string().default("/feed") }),
	create: (options) => ({
		kind: "serving",
		horizonMs: 1,
		publishEveryMs: 1,
		publishAtMostEveryMs: 1,
		endpoints: [
			{
				method: "GET",
				path: options.path,
				scope: "public",
				summary: "The feed.",
				handle: () => Promise.resolve({ status: 200 }),
			},
		],
		restore: () => {},
		apply: () => {},
		publish: () => ({ state: "", reveal: () => {} }),
		status: () => ({}),
		close: () => Promise.resolve(),
	}),
};

/** Nobody else may write where it does. */
export const file: SinkDefinition<{ path: string }> = {
	type: "file",
	summary: "Keeps.",
	options: z.strictObject({ path: z.string() }),
	create: () => ({
		kind: "delivery",
		needs: { exclusive: true },
		open: () => Promise.resolve(undefined),
		write: () => Promise.resolve({ outcome: "ok" }),
		close: () => Promise.resolve(),
	}),
};

export const plugins: PluginSet = { sources: [poll], decoders: [words], sinks: [served, file] };
export const runtime = createNodeRuntime();

/** One feed, a sink that serves and one that delivers: nothing is wrong with it. */
export const GOOD = `agencies:
  metro: { timezone: America/Chicago, area: [-88.1, 41.6, -87.4, 42.2] }
feeds:
  metro-avl:
    agency: metro
    upstreams:
      - source: { type: http-poll, url: "https://avl.example/v", every: 20s, history: 15m }
        decoder: words
        budget: { requests: 12/min, bytes: 64KiB/s, quota: 10000/day }
        secrets: { key: { env: AVL_KEY } }
sinks:
  rider-feed: { type: served, path: /gtfs-rt }
  archive: { type: file, path: ./archive.ndjson }
routes:
  - { from: metro-avl, to: rider-feed, mode: latest, maxAge: 5m }
  - { from: metro-avl, to: [archive], mode: every, kinds: [vehicle_location] }
slo: { freshness: { target: 99%, p95: 90s } }
`;

export function load(text: string, options: Partial<LoadOptions> = {}): Promise<Loaded> {
	const environment = { AVL_KEY: "abc123" };
	return loadConfig(text, folder.path, { plugins, runtime, environment, ...options });
}

/** `line:column severity path: message | mend` of every finding. */
export async function findingsIn(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
	const { findings } = await load(text, options);
	return findings.map((f) => `${f.line}:${f.column} ${f.severity} ${f.path}: ${f.message} | ${f.mend}`);
}

/** `GOOD` with one part written otherwise. */
export const swap = (from: string, to: string) => {
	expect(GOOD).toContain(from);
	return GOOD.replace(from, to);
};
