/**
 * The whole pipeline, from bytes to durable records and a rider feed, and delivery behind it: `npm run bench`, with
 * `-- --json` for machines and `-- --only throughput-protobuf` for one part. Ledger, encrypted raw frames and sync are on; every frame differs;
 * records are counted after the store was opened again, and vehicles at an HTTP client of the feed. Each part runs in a
 * process of its own, so that its resident memory is its own.
 */
import { spawnSync } from "node:child_process";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readFeedMessage } from "../src/formats/gtfs-realtime-read.js";
import { growHeapSlowly, SMALL_YOUNG_HEAP } from "../src/runtime/node-memory.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { type Runtime, sleep } from "../src/runtime/runtime.js";
import type { StreamItem } from "../src/sources/source.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { type FrameMaker, jsonFrames, protobufFrames } from "./pipeline-frames.js";
import { type BenchHub, openBenchHub } from "./pipeline-hub.js";

const VEHICLES = 500;
/** Frames that wait for the pipeline at most, a second apart on its fast clock: some tenth of a second of the world's. */
const BEHIND_SECONDS = 60;

function get(url: string): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		request(url, { headers: { "accept-encoding": "identity" } }, (response) => {
			const parts: Buffer[] = [];
			response.on("data", (part: Buffer) => parts.push(part));
			response.on("end", () => resolve(Buffer.concat(parts)));
		})
			.on("error", reject)
			.end();
	});
}

async function vehiclesServed(bench: BenchHub): Promise<number> {
	const body = await get(`${bench.gateway.publicUrl}/gtfs-rt/vehicle-positions.pb`);
	return readFeedMessage(body).entities.length;
}

/** Counts what a reader finds who opens the store anew. */
async function recordsIn(directory: string): Promise<number> {
	const runtime = createNodeRuntime();
	const log = await openSqliteLog({ directory, chance: runtime.chance });
	const usage = await log.usage();
	await log.close();
	await runtime.close();
	return usage.find(({ topic }) => topic === "records")?.entries ?? 0;
}

/** Frames as fast as intake takes them, for so many seconds. */
async function throughput(maker: FrameMaker, seconds: number, timesReal: number, sampleRatio?: number) {
	let frames = 0;
	let rssMax = 0;
	async function* make(runtime: Runtime, signal: AbortSignal): AsyncIterable<StreamItem> {
		const end = runtime.clock.monotonic() + seconds * 1000;
		let second = Math.floor(runtime.clock.now() / 1000) - BEHIND_SECONDS;
		while (!signal.aborted && runtime.clock.monotonic() < end) {
			// Never the same second twice, and never ahead of the clock: a faster pipeline waits for its clock. As far behind
			// it as this, so that what could not be made while the pipeline was at work is there when it takes more.
			second = Math.max(second + 1, Math.floor(runtime.clock.now() / 1000) - BEHIND_SECONDS);
			while (second * 1000 > runtime.clock.now()) await sleep(runtime.clock, 1, signal);
			frames++;
			if (frames % 50 === 0) rssMax = Math.max(rssMax, process.memoryUsage.rss());
			yield { bytes: maker.make(second), receivedTime: runtime.clock.now(), connection: "bench" };
		}
	}
	const started = performance.now();
	const cpu = process.cpuUsage();
	const bench = await openBenchHub({ maker, timesReal, frames: make, sampleRatio });
	const served: number[] = [];
	const watch = (async () => {
		const over = bench.hub.finished();
		let finished = false;
		void over.then(() => {
			finished = true;
		});
		while (!finished) {
			await sleep(bench.runtime.clock, 500);
			served.push(await vehiclesServed(bench));
		}
		await over;
	})();
	await watch;
	const elapsed = (performance.now() - started) / 1000;
	const { user, system } = process.cpuUsage(cpu);
	const status = bench.hub.status();
	await bench.stop();
	const reopened = await recordsIn(bench.directory);
	bench.remove();
	return {
		observationsPerSecond: Math.round(reopened / elapsed),
		/** Of both threads together: what the machine's other work cannot blur. */
		cpuMicrosecondsPerObservation: Number(((user + system) / reopened).toFixed(2)),
		records: reopened,
		expected: frames * VEHICLES,
		seconds: Number(elapsed.toFixed(2)),
		vehiclesServed: Math.max(0, ...served),
		rssMaxMb: Math.round(rssMax / 1e6),
		bytesPerFrame: maker.bytesPerFrame,
		ledgerBalanced: status.ledger.balanced ?? "not checked",
	};
}

/** Open loop at a fixed rate: latency counts from the time at which a frame was meant to be sent. */
async function latency(maker: FrameMaker, perSecond: number, seconds: number) {
	const framesPerSecond = perSecond / VEHICLES;
	const total = framesPerSecond * seconds;
	const intended: number[] = [];
	const latencies: number[] = [];
	async function* make(runtime: Runtime, signal: AbortSignal): AsyncIterable<StreamItem> {
		const first = runtime.clock.monotonic() + 500;
		let second = Math.floor(runtime.clock.now() / 1000) - 60;
		for (let n = 0; n < total && !signal.aborted; n++) {
			const due = first + (n * 1000) / framesPerSecond;
			const early = due - runtime.clock.monotonic();
			if (early > 0) await sleep(runtime.clock, early, signal);
			intended.push(due);
			yield { bytes: maker.make(second++), receivedTime: runtime.clock.now(), connection: "bench" };
		}
	}
	const bench = await openBenchHub({ maker, timesReal: framesPerSecond, frames: make });
	let records = 0;
	bench.hub.tap((run) => {
		records += run.length;
		while (records >= (latencies.length + 1) * VEHICLES) {
			latencies.push(bench.runtime.clock.monotonic() - (intended[latencies.length] as number));
		}
	});
	await bench.hub.finished();
	await bench.stop();
	bench.remove();
	// The first seconds warm the compiler up; a hub runs for months.
	const steady = latencies.slice(Math.floor(latencies.length / 5)).sort((a, b) => a - b);
	const at = (share: number) => Number((steady[Math.floor(steady.length * share)] ?? 0).toFixed(1));
	const rssMb = Math.round(process.memoryUsage.rss() / 1e6);
	return {
		perSecond,
		frames: latencies.length,
		p50Ms: at(0.5),
		p95Ms: at(0.95),
		p99Ms: at(0.99),
		maxMs: at(0.9999),
		rssMb,
	};
}

/** Opens a store of many records, as a restart does, and says when the rider feed is back. */
async function startUp(records: number) {
	const maker = protobufFrames(VEHICLES);
	let frames = 0;
	async function* make(runtime: Runtime, signal: AbortSignal): AsyncIterable<StreamItem> {
		let second = Math.floor(runtime.clock.now() / 1000) - 30;
		while (!signal.aborted && frames * VEHICLES < records) {
			second++;
			while (second * 1000 > runtime.clock.now()) await sleep(runtime.clock, 1, signal);
			frames++;
			yield { bytes: maker.make(second), receivedTime: runtime.clock.now(), connection: "bench" };
		}
	}
	const filling = await openBenchHub({ maker, timesReal: 600, frames: make });
	await filling.hub.finished();
	const lastTime = filling.runtime.clock.now();
	await filling.stop();
	const { directory } = filling;
	// That clock ran far ahead: a last frame at the world's pace leaves vehicles that riders may see.
	async function* last(runtime: Runtime): AsyncIterable<StreamItem> {
		const receivedTime = runtime.clock.now();
		yield { bytes: maker.make(Math.floor(receivedTime / 1000)), receivedTime, connection: "bench" };
	}
	const ending = await openBenchHub({ maker, timesReal: 1, frames: last, directory, startTime: lastTime });
	await ending.hub.finished();
	const startTime = ending.runtime.clock.now();
	await ending.stop();
	async function* nothing(): AsyncIterable<StreamItem> {}
	const times: number[] = [];
	let served = 0;
	for (let round = 0; round < 5; round++) {
		const started = performance.now();
		const again = await openBenchHub({
			maker,
			timesReal: 1,
			frames: nothing,
			directory,
			startTime,
		});
		times.push(performance.now() - started);
		served = await vehiclesServed(again);
		await again.stop();
	}
	const kept = await recordsIn(directory);
	filling.remove();
	times.sort((a, b) => a - b);
	return {
		records: kept,
		medianMs: Math.round(times[2] as number),
		worstMs: Math.round(times[4] as number),
		vehiclesServed: served,
	};
}

const PARTS: Readonly<Record<string, () => Promise<object>>> = {
	"throughput-protobuf": () => throughput(protobufFrames(VEHICLES), 15, 600),
	"throughput-json": () => throughput(jsonFrames(VEHICLES), 15, 600),
	"throughput-untraced": () => throughput(protobufFrames(VEHICLES), 15, 600, 0),
	"throughput-traced": () => throughput(protobufFrames(VEHICLES), 15, 600, 1),
	latency: () => latency(protobufFrames(VEHICLES), 10_000, 20),
	"start-up": () => startUp(10_000_000),
	"rider-feed": async () => JSON.parse(run("rider-feed.js", "--json")) as object,
	"keep-up": async () => JSON.parse(run("sinks.js", "--json", "--only", "keep-up")) as object,
	"dead-sink": async () => JSON.parse(run("sinks.js", "--json", "--only", "dead-sink")) as object,
	"dead-letters": async () => JSON.parse(run("dead-letters.js", "--json")) as object,
	replay: async () => JSON.parse(run("replay.js", "--json")) as object,
};

/** Runs a benchmark of this folder in a process of its own and answers what it printed last. */
function run(name: string, ...parameters: readonly string[]): string {
	const path = fileURLToPath(new URL(name, import.meta.url));
	const ran = spawnSync(process.execPath, [SMALL_YOUNG_HEAP, path, ...parameters], { encoding: "utf8" });
	if (ran.status !== 0) throw new Error(`${name} ${parameters.join(" ")} failed: ${ran.stderr}`);
	return ran.stdout.trim().split("\n").at(-1) ?? "{}";
}

const { values } = parseArgs({
	options: { json: { type: "boolean" }, only: { type: "string" }, inside: { type: "string" } },
});
if (values.inside !== undefined) {
	const part = PARTS[values.inside];
	if (part === undefined)
		throw new Error(`no part ${values.inside}; there are ${Object.keys(PARTS).join(", ")}`);
	// As the command line does, and the flag above as `npm start` and the unit of systemd do.
	growHeapSlowly();
	console.log(JSON.stringify(await part()));
} else {
	const results: Record<string, unknown> = {};
	for (const name of values.only === undefined ? Object.keys(PARTS) : [values.only]) {
		results[name] = JSON.parse(run("pipeline.js", "--inside", name));
		if (!values.json) console.log(name, results[name]);
	}
	if (values.json) console.log(JSON.stringify(results));
}
