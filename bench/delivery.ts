// What the reorder window costs a sink that catches up: the same records from one SQLite store into files, with the window
// and without it in turns. Usage: node scripts/bench.mjs delivery [--records 200000] [--rounds 7] [--json]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../src/log/log.js";
import { partitionOf } from "../src/log/partitioner.js";
import { RecordPackBuilder } from "../src/log/record-pack.js";
import type { TransitRecord } from "../src/model/record.js";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { definition } from "../src/sinks/ndjson-file.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";

const PARTITIONS = 8;
const VEHICLES = 2000;
/** Each vehicle reports every 2 s, so that what comes late mostly comes after the next report of its vehicle. */
const RECORDS_PER_SECOND = VEHICLES / 2;
/** One in so many comes 1 to 4 s after it should. */
const LATE_ONE_IN = 50;
const START = Date.UTC(2026, 0, 5, 12);

const option = (name: string, otherwise: number): number => {
	const at = process.argv.indexOf(name);
	return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const recordCount = option("--records", 200_000);
const rounds = option("--rounds", 7);
const runtime = createNodeRuntime();

interface Round {
	readonly recordsPerSecond: number;
	readonly cpuUsPerRecord: number;
}

function recordOf(serial: number, receivedTime: number): TransitRecord {
	const vehicleId = `${serial % VEHICLES}`;
	return {
		revision: 0,
		key: `metro:${vehicleId}`,
		eventTime: START + Math.floor((serial * 1000) / RECORDS_PER_SECOND) - 500,
		resolutionMs: 1000,
		origin: {
			agency: "metro",
			feed: "avl",
			upstream: 0,
			partition: 0,
			offset: Math.floor(receivedTime / 1000),
			receivedTime,
			headerTime: undefined,
			decoder: "gtfs-realtime@1",
		},
		index: serial % RECORDS_PER_SECOND,
		flags: [],
		body: {
			kind: "vehicle_location",
			vehicleId,
			latitude: 41.8 + serial / 1e7,
			longitude: -87.6,
			speedMps: 8.5,
		},
	};
}

/** Second by second, as a frame a second would bring them; some records come with a later frame. */
async function fill(log: Log): Promise<void> {
	const bySecond: TransitRecord[][] = [];
	for (let serial = 0; serial < recordCount; serial++) {
		const delaySeconds = serial % LATE_ONE_IN === 0 ? 1 + ((serial / LATE_ONE_IN) % 4) : 0;
		const second = Math.floor(serial / RECORDS_PER_SECOND) + delaySeconds;
		bySecond[second] ??= [];
		bySecond[second].push(recordOf(serial, START + second * 1000));
	}
	for (const [second, records] of bySecond.entries()) {
		const minute = Math.floor((START + second * 1000) / 60_000);
		const packs = new Map<number, RecordPackBuilder>();
		for (const record of records ?? []) {
			const partition = partitionOf(record.key, PARTITIONS);
			const pack = packs.get(partition) ?? new RecordPackBuilder(partition, "avl", minute);
			packs.set(partition, pack);
			pack.add(record, JSON.stringify(record.body));
		}
		await log.commit({ append: [...packs.values()].map((pack) => pack.finish()) });
	}
}

async function deliver(log: Log, directory: string, name: string, reorderMs: number): Promise<Round> {
	const options = definition.options.parse({ path: join(directory, `${name}.ndjson`) });
	const sink = definition.create(options, { name, runtime, baseDirectory: directory, secrets: {} });
	const subscription = createSubscription({
		name,
		sink,
		mode: "every",
		routes: [{ feed: "avl" }],
		begin: "oldest",
		reorderMs,
		log,
		runtime,
	});
	await subscription.prepare();
	globalThis.gc?.();
	const began = performance.now();
	const cpu = process.cpuUsage();
	await subscription.start();
	if (!(await subscription.drain(600_000))) throw new Error("The sink did not get to the end of the log");
	const seconds = (performance.now() - began) / 1000;
	const { user, system } = process.cpuUsage(cpu);
	await subscription.close();
	const { delivered } = subscription.status().counters;
	if (delivered !== recordCount) throw new Error(`${delivered} of ${recordCount} records were delivered`);
	rmSync(join(directory, `${name}.ndjson`));
	return { recordsPerSecond: recordCount / seconds, cpuUsPerRecord: (user + system) / recordCount };
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const directory = mkdtempSync(join(tmpdir(), "wayside-delivery-"));
const log = await openSqliteLog({
	directory,
	partitions: PARTITIONS,
	chance: runtime.chance,
	freeBytesMin: 0,
});
try {
	await fill(log);
	const windows = [0, 5000];
	const results = new Map<number, Round[]>(windows.map((windowMs) => [windowMs, []]));
	for (let round = 0; round <= rounds; round++) {
		for (const windowMs of round % 2 === 0 ? windows : windows.toReversed()) {
			const result = await deliver(log, directory, `file-${round}-${windowMs}`, windowMs);
			// The first round warms up.
			if (round > 0) results.get(windowMs)?.push(result);
		}
	}
	const rows = windows.map((windowMs) => {
		const of = results.get(windowMs) ?? [];
		return {
			windowMs,
			recordsPerSecond: Math.round(median(of.map(({ recordsPerSecond }) => recordsPerSecond))),
			cpuUsPerRecord: Number(median(of.map(({ cpuUsPerRecord }) => cpuUsPerRecord)).toFixed(2)),
		};
	});
	if (process.argv.includes("--json")) console.log(JSON.stringify({ records: recordCount, rounds, rows }));
	else console.table(rows);
} finally {
	await log.close();
	await runtime.close();
	rmSync(directory, { recursive: true, force: true });
}
