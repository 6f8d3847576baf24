import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sinkStep } from "../src/log/ledger.js";
import type { Log } from "../src/log/log.js";
import { partitionOf } from "../src/log/partitioner.js";
import { RecordPackBuilder } from "../src/log/record-pack.js";
import { recordId, type TransitRecord } from "../src/model/record.js";
import { createSubscription } from "../src/routes/subscription.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { definition as file } from "../src/sinks/ndjson-file.js";
import { definition as postgres } from "../src/sinks/postgres.js";
import type { DeliverySink } from "../src/sinks/sink.js";
import { openSqliteLog } from "../src/stores/sqlite-store.js";
import { recordsFrom } from "../src/testing/sink-contract.js";
import { HAS_POSTGRES, PostgresServer } from "./postgres-server.js";
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

/** What the sink writes to, and what has taken effect there, each time it did. */
interface Destination {
	sinkIn(directory: string): DeliverySink;
	effects(): Promise<readonly string[]>;
}

/** A process that dies at the n-th commit of its sink, for every n, and the next one on the same store. */
async function dieAtEachCommit(dies: "before" | "after", open: () => Promise<Destination>): Promise<void> {
	const records = recordsFrom(0, 30).map((record) => ({
		...record,
		origin: { ...record.origin, receivedTime: 1_767_614_400_000 },
	}));
	let isFinished = false;
	for (let commits = 0; !isFinished; commits++) {
		const scratch = scratchDirectory();
		const destination = await open();
		const sinks: DeliverySink[] = [];
		let isDead = false;
		const subscribe = (log: Log) => {
			const sink = destination.sinkIn(scratch.path);
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
		const openLog = () =>
			openSqliteLog({
				directory: scratch.path,
				partitions: PARTITIONS,
				chance: runtime.chance,
				host: "in-thread",
				freeBytesMin: 0,
				reserveBytes: 0,
			});
		const before = await openLog();
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

		const after = await openLog();
		const second = subscribe(after);
		await second.start();
		expect(await second.drain(60_000)).toBe(true);
		await second.close();
		const effects = await destination.effects();
		expect(effects.toSorted(), `${dies} commit ${commits}`).toEqual(records.map(recordId).toSorted());
		const posted = await after.ledger({ step });
		const sumOf = (word: string) =>
			posted.reduce((sum, { outcome, count }) => sum + (outcome === word ? count : 0), 0);
		expect([sumOf("in"), sumOf("delivered")]).toEqual([30, 30]);
		await after.close();
		scratch.remove();
	}
}

const contextIn = (baseDirectory: string) => ({ name: "archive", runtime, baseDirectory, secrets: {} });

describe("delivery to a file, on the real store and the real disk", () => {
	afterAll(() => runtime.close());

	it.each(["before", "after"] as const)(
		"holds every record once, whichever commit the process dies %s",
		(dies) =>
			dieAtEachCommit(dies, async () => {
				let path = "";
				return {
					sinkIn: (directory) => {
						path = join(directory, "records.ndjson");
						const options = file.options.parse({ path, batch: { count: 4 } });
						return file.create(options, contextIn(directory)) as DeliverySink;
					},
					effects: async () => {
						const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
						return lines.map((line) => (JSON.parse(line) as { id: string }).id);
					},
				};
			}),
	);
});

const TITLE = HAS_POSTGRES
	? ""
	: " (skipped: PostgreSQL is not installed; on Debian: apt-get install postgresql)";
describe.skipIf(!HAS_POSTGRES)(`delivery to PostgreSQL, on the real store${TITLE}`, () => {
	let server: PostgresServer;
	let client: Client;
	let tables = 0;
	beforeAll(async () => {
		server = await PostgresServer.start();
		client = new Client({ connectionString: server.url() });
		await client.connect();
		await client.query(`
			CREATE TABLE effects (place text, id text);
			CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN INSERT INTO effects VALUES (TG_TABLE_NAME, NEW.id); RETURN NULL; END $$`);
	}, 90_000);
	afterAll(async () => {
		await client?.end();
		await server?.remove();
	});

	it.each(["before", "after"] as const)(
		"writes every row once, whichever commit the process dies %s, also where its last batch was taken and nobody heard it",
		(dies) =>
			dieAtEachCommit(dies, async () => {
				const table = `records_${++tables}`;
				const options = postgres.options.parse({ url: server.url(), table, batch: { count: 4 } });
				const made = postgres.create(options, contextIn("/")) as DeliverySink;
				await made.open(undefined);
				await made.close();
				await client.query(
					`CREATE TRIGGER note AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION note()`,
				);
				return {
					sinkIn: (directory) => postgres.create(options, contextIn(directory)) as DeliverySink,
					effects: async () => {
						const found = await client.query<{ id: string }>("SELECT id FROM effects WHERE place = $1", [
							table,
						]);
						return found.rows.map(({ id }) => id);
					},
				};
			}),
		60_000,
	);
});
