import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sinkStep } from "../src/log/ledger.js";
import type { Log } from "../src/log/log.js";
import { partitionOf } from "../src/log/partitioner.js";
import { RecordPackBuilder } from "../src/log/record-pack.js";
import { recordId, type TransitRecord } from "../src/model/record.js";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { definition } from "../src/sinks/ndjson-file.js";
import type { DeliverySink } from "../src/sinks/sink.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { recordsFrom } from "../src/testing/sink-contract.js";
import { scratchDirectory } from "./scratch-directory.js";

const PARTITIONS = 3;
const runtime = createNodeRuntime();

/** A store whose process dies at the n-th commit of the sink: before it takes effect, or after, but unheard. */
function mortal(log: Log, commitsToLive: number, dies: "before" | "after") {
	let left = commitsToLive;
	let died: () => void = () => undefined;
	const death = new Promise<void>((resolve) => {
		died = resolve;
	});
	const commit: Log["commit"] = async (request) => {
		if (left-- > 0) return log.commit(request);
		if (left === -1 && dies === "after") await log.commit(request);
		died();
		// The dead hear nothing.
		return new Promise(() => undefined);
	};
	const proxy = new Proxy(log, {
		get: (target, name) => {
			if (name === "commit") return commit;
			const value: unknown = Reflect.get(target, name);
			return typeof value === "function" ? (value.bind(target) as unknown) : value;
		},
	});
	return { log: proxy, death };
}

function packsOf(records: readonly TransitRecord[]) {
	const packs = new Map<number, RecordPackBuilder>();
	for (const record of records) {
		const partition = partitionOf(record.key, PARTITIONS);
		const minute = Math.floor(record.origin.receivedTime / 60_000);
		const pack = packs.get(partition) ?? new RecordPackBuilder(partition, record.origin.feed, minute);
		packs.set(partition, pack);
		pack.add(record, JSON.stringify(record.body));
	}
	return [...packs.values()].map((pack) => pack.finish());
}

describe("delivery to a file, on the real store and the real disk", () => {
	afterAll(() => runtime.close());

	it.each(["before", "after"] as const)(
		"holds every record once, whichever commit the process dies %s",
		async (dies) => {
			const records = recordsFrom(0, 30).map((record) => ({
				...record,
				origin: { ...record.origin, receivedTime: 1_767_614_400_000 },
			}));
			let isFinished = false;
			for (let commits = 0; !isFinished; commits++) {
				const scratch = scratchDirectory();
				const path = join(scratch.path, "records.ndjson");
				const sinks: DeliverySink[] = [];
				let isDead = false;
				const subscribe = (log: Log) => {
					const options = definition.options.parse({ path, batch: { count: 4 } });
					const sink = definition.create(options, {
						name: "archive",
						runtime,
						baseDirectory: scratch.path,
						secrets: {},
					}) as DeliverySink;
					sinks.push(sink);
					const write = sink.write.bind(sink);
					const ofFirst = sinks.length <= 2;
					// The dead write nothing.
					sink.write = (...batch) => (ofFirst && isDead ? new Promise(() => undefined) : write(...batch));
					return createSubscription({
						name: "archive",
						sink,
						mode: "every",
						routes: [{ feed: "metro-avl" }],
						log,
						runtime,
					});
				};
				const open = () =>
					openSqliteLog({
						directory: scratch.path,
						partitions: PARTITIONS,
						chance: runtime.chance,
						host: "in-thread",
						freeBytesMin: 0,
						reserveBytes: 0,
					});
				const before = await open();
				await subscribe(before).prepare();
				const packs = packsOf(records);
				const step = sinkStep("archive");
				const ledger = packs.map(({ feed, partition, minute, count }) => ({
					step,
					feed,
					partition,
					minute,
					outcome: "in",
					count,
				}));
				await before.commit({ append: packs, ledger });
				const { log: dying, death } = mortal(before, commits, dies);
				const first = subscribe(dying);
				await first.start();
				isFinished = await Promise.race([death.then(() => false), first.drain(60_000)]);
				isDead = true;
				// A process that dies closes its files, and nothing else of it is in order.
				if (isFinished) await first.close();
				else for (const sink of sinks) await sink.close();
				await before.close();

				const after = await open();
				const second = subscribe(after);
				await second.start();
				expect(await second.drain(60_000)).toBe(true);
				await second.close();
				const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
				const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
				expect(ids.toSorted(), `${dies} commit ${commits}`).toEqual(records.map(recordId).toSorted());
				const posted = await after.ledger({ step });
				const sumOf = (word: string) =>
					posted.reduce((sum, { outcome, count }) => sum + (outcome === word ? count : 0), 0);
				expect([sumOf("in"), sumOf("delivered")]).toEqual([30, 30]);
				await after.close();
				scratch.remove();
			}
		},
	);
});
