import fc from "fast-check";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BAD_SERVERS, type BadServer, withBadServer } from "../../test/bad-server.js";
import { HAS_POSTGRES, PostgresServer } from "../../test/postgres-server.js";
import { Failure } from "../model/failure.js";
import { recordId, type TransitRecord } from "../model/record.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { NOON, sampleRecord } from "../testing/record-samples.js";
import { batchOf, describeSinkContract, recordsFrom } from "../testing/sink-contract.js";
import { definition } from "./postgres.js";
import { arrayOf, type Cell } from "./postgres-arrays.js";
import { storableText } from "./postgres-tables.js";
import type { DeliverySink } from "./sink.js";

const NEVER = new AbortController().signal;
const runtime = createNodeRuntime();
const TITLE = HAS_POSTGRES
	? ""
	: " (skipped: PostgreSQL is not installed; on Debian: apt-get install postgresql)";

function sinkOn(url: string, more: object = {}, secrets: Record<string, string> = {}): DeliverySink {
	const options = definition.options.parse({ url, ...more });
	return definition.create(options, {
		name: "warehouse",
		runtime,
		baseDirectory: "/",
		secrets,
	}) as DeliverySink;
}

describe("postgres: options", () => {
	it.each([
		["no user", "postgres://db.example/transit", /write postgres/],
		["no database", "postgres://wayside@db.example/", /write postgres/],
		["another protocol", "mysql://wayside@db.example/transit", /write postgres/],
		["no URL", "db.example", /write postgres/],
		["a password in the file", "postgres://wayside:hush@db.example/transit", /password: { env: NAME }/],
	])("refuse %s", (_, url, message) => {
		expect(() => definition.options.parse({ url })).toThrow(message);
	});

	it("refuse a name that would have to be quoted", () => {
		expect(() => definition.options.parse({ url: "postgres://a@b/c", table: 'x"; drop' })).toThrow(
			/lower-case/,
		);
	});
});

describe("postgres and a server that is none", () => {
	it.each(Object.keys(BAD_SERVERS) as BadServer[])("tries again one that %s", async (kind) => {
		const failure = await withBadServer(kind, (port) =>
			sinkOn(`postgres://wayside@127.0.0.1:${port}/transit`, { timeout: "1s" })
				.open(undefined)
				.catch((thrown: unknown) => thrown),
		);
		expect(failure).toBeInstanceOf(Failure);
		expect((failure as Failure).kind).toBe("transient");
	});
});

describe.skipIf(!HAS_POSTGRES)(`postgres${TITLE}`, () => {
	let server: PostgresServer;
	let client: Client;
	const sinks: DeliverySink[] = [];
	beforeAll(async () => {
		server = await PostgresServer.start();
		client = new Client({ connectionString: server.url() });
		await client.connect();
	}, 90_000);
	afterAll(async () => {
		await client?.end();
		await server?.remove();
		await runtime.close();
	});
	afterEach(async () => {
		for (const sink of sinks.splice(0)) await sink.close();
		await client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	});

	async function opened(more: object = {}): Promise<DeliverySink> {
		const sink = sinkOn(server.url(), more);
		sinks.push(sink);
		await sink.open(undefined);
		return sink;
	}
	const rows = async (what: string) => (await client.query<Record<string, unknown>>(`SELECT ${what}`)).rows;

	describeSinkContract("postgres", async () => ({
		create: () => sinkOn(server.url()),
		// The contract's records are each a second apart, in the order in which they are delivered.
		received: async () =>
			(await rows("id FROM wayside_records ORDER BY event_time")).map(({ id }) => id as string),
		held: storableText,
		dispose: async () => {},
	}));

	it("keeps a row for each record, with what it says as columns and as a whole", async () => {
		const sink = await opened();
		const record = sampleRecord({ flags: ["late"] });
		expect(await sink.write(batchOf([record]), NEVER)).toEqual({ outcome: "ok" });
		expect(await rows("*, extract(epoch FROM event_time) * 1000 AS ms FROM wayside_records")).toMatchObject([
			{
				id: recordId(record),
				revision: 0,
				kind: "vehicle_location",
				key: "metro:101",
				agency: "metro",
				feed: "metro-avl",
				received_time: new Date(NOON),
				removed: false,
				is_late: true,
				vehicle_id: "101",
				trip_id: "4711",
				route_id: null,
				latitude: 41.8781,
				longitude: -87.6298,
				record: { speedMps: 8.5, flags: ["late"], id: recordId(record) },
				ms: `${record.eventTime}.000000`,
			},
		]);
	});

	it("hands cells over in the server's own form as they are, whatever they hold", async () => {
		const columns = {
			text: fc.string({ unit: "binary" }).map(storableText),
			integer: fc.integer(),
			"double precision": fc.double({ noNaN: true }),
			boolean: fc.boolean(),
		} as const;
		for (const type of ["text", "integer", "double precision", "boolean"] as const) {
			const cell: fc.Arbitrary<Cell> = columns[type];
			const cells = fc.array(fc.option(cell), { maxLength: 8 });
			await fc.assert(
				fc.asyncProperty(cells, async (given) => {
					const { rows: found } = await client.query(`SELECT $1::${type}[] AS c`, [arrayOf(type, given)]);
					expect(found).toEqual([{ c: given }]);
				}),
			);
		}
	});

	it("replaces what a revision corrects, and never the correction by what it corrected", async () => {
		const sink = await opened();
		const first = sampleRecord();
		const second = { ...first, revision: 1, body: { ...first.body, tripId: "4712" } };
		await sink.write(batchOf([second, first], 0), NEVER);
		await sink.write(batchOf([first], 2), NEVER);
		expect(await rows("revision, trip_id FROM wayside_records")).toEqual([{ revision: 1, trip_id: "4712" }]);
	});

	it("keeps the latest of each vehicle, which late reports do not touch and a removal ends", async () => {
		const sink = await opened({ keep: "latest" });
		const at = (seconds: number, more: object = {}) =>
			sampleRecord({ eventTime: NOON + seconds * 1000, ...more });
		await sink.write(batchOf([at(0), at(10), at(5, { flags: ["late"] })], 0), NEVER);
		await sink.write(batchOf([at(7, { flags: ["late"] })], 3), NEVER);
		const seen = "extract(epoch FROM event_time)::bigint AS s, removed FROM wayside_records";
		expect(await rows(seen)).toEqual([{ s: `${NOON / 1000 + 10}`, removed: false }]);
		const removal = at(20);
		await sink.write(
			batchOf([{ ...removal, body: { kind: "vehicle_location", vehicleId: "101", removed: true } }], 4),
			NEVER,
		);
		expect(await rows(seen)).toEqual([{ s: `${NOON / 1000 + 20}`, removed: true }]);
		// It may come back with the very report that it left with: order of delivery decides.
		await sink.write(batchOf([{ ...at(10), revision: 1 }], 5), NEVER);
		expect(await rows(seen)).toEqual([{ s: `${NOON / 1000 + 10}`, removed: false }]);
	});

	it("keeps: latest takes the correction of what it shows, marked as one, and no correction of what came before", async () => {
		const sink = await opened({ keep: "latest" });
		const at = (seconds: number, more: object = {}) =>
			sampleRecord({ eventTime: NOON + seconds * 1000, ...more });
		const corrected = (seconds: number): TransitRecord => {
			const record = at(seconds, { flags: ["late", "redecoded"] });
			return { ...record, revision: 1, body: { ...record.body, tripId: "4712" } };
		};
		await sink.write(batchOf([at(0), at(10)], 0), NEVER);
		await sink.write(batchOf([corrected(0), corrected(10)], 2), NEVER);
		const shown = [{ revision: 1, trip_id: "4712", is_late: true, flags: ["late", "redecoded"] }];
		const what = "revision, trip_id, is_late, record->'flags' AS flags FROM wayside_records";
		expect(await rows(what)).toEqual(shown);
		// What stood before the correction comes again, and all of it in one batch.
		await sink.write(batchOf([at(10, { flags: ["late"] })], 4), NEVER);
		expect(await rows(what)).toEqual(shown);
		await client.query("TRUNCATE wayside_records");
		await sink.write(batchOf([at(0), at(10), corrected(10), corrected(0)], 5), NEVER);
		expect(await rows(what)).toEqual(shown);
	});

	it("takes a batch once although the first attempt was given up and is still at work", async () => {
		const sink = await opened();
		await client.query("BEGIN; LOCK TABLE wayside_records IN ACCESS EXCLUSIVE MODE");
		const abort = new AbortController();
		const records = recordsFrom(0, 3);
		const given = sink.write(batchOf(records), abort.signal).catch((thrown: unknown) => thrown);
		await waitForLock(1);
		abort.abort(new Error("time-out"));
		expect(await given).toMatchObject({ message: "time-out" });
		const again = sink.write(batchOf(records), NEVER);
		await waitForLock(2);
		await client.query("COMMIT");
		expect(await again).toEqual({ outcome: "ok" });
		expect(
			await rows("count(*)::int AS n, count(DISTINCT xmin::text)::int AS writes FROM wayside_records"),
		).toEqual([{ n: 3, writes: 1 }]);
	});

	async function waitForLock(count: number): Promise<void> {
		for (;;) {
			// Inside a transaction the server shows what it saw first, unless told otherwise.
			await client.query("SELECT pg_stat_clear_snapshot()");
			const found = await rows("count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
			if ((found[0]?.["n"] as number) >= count) return;
		}
	}

	it("writes what PostgreSQL cannot hold in a text as the sign that stands for it", async () => {
		const sink = await opened();
		const odd = sampleRecord({
			body: { kind: "vehicle_location", vehicleId: "1\u00002", tripId: "a\\u0000b\ud800" },
		});
		expect(await sink.write(batchOf([odd]), NEVER)).toEqual({ outcome: "ok" });
		expect(
			await rows(
				"vehicle_id, trip_id, record->>'vehicleId' AS v, record->>'tripId' AS t FROM wayside_records",
			),
		).toEqual([
			{ vehicle_id: "1\u24002", trip_id: "a\\u0000b\ufffdd800", v: "1\u24002", t: "a\\u0000b\ufffdd800" },
		]);
	});

	it("has the one record that the server refuses found, and dead-letters nothing else", async () => {
		const sink = await opened();
		await client.query("ALTER TABLE wayside_records ADD CHECK (vehicle_id <> '13')");
		const refused = await sink.write(batchOf(recordsFrom(12, 3)), NEVER);
		expect(refused).toMatchObject({
			outcome: "bad_records",
			rejected: [],
			failure: { code: "record.rejected" },
		});
		expect(await rows("count(*)::int AS n FROM wayside_records")).toEqual([{ n: 0 }]);
		expect(await sink.write(batchOf(recordsFrom(14, 2)), NEVER)).toEqual({ outcome: "ok" });
	});

	it("waits for a server that restarts, and goes on over new connections", async () => {
		const sink = await opened();
		await client.end();
		await server.stop();
		expect(await sink.write(batchOf(recordsFrom(0, 1)), NEVER)).toMatchObject({ outcome: "transient" });
		await server.resume();
		client = new Client({ connectionString: server.url() });
		await client.connect();
		expect(await sink.write(batchOf(recordsFrom(0, 1)), NEVER)).toEqual({ outcome: "ok" });
	});

	it.each([
		["the table is gone", "DROP TABLE wayside_records CASCADE"],
		["the user has lost the right", "REVOKE ALL ON wayside_records FROM writer"],
		["somebody changed the table", "ALTER TABLE wayside_records DROP COLUMN feed"],
	])("holds, and burns no record, when %s", async (_, statement) => {
		await client.query(
			"DROP ROLE IF EXISTS writer; CREATE ROLE writer LOGIN; GRANT ALL ON SCHEMA public TO writer",
		);
		const sink = sinkOn(server.url("writer"));
		sinks.push(sink);
		await sink.open(undefined);
		await client.query(
			"ALTER TABLE wayside_records OWNER TO postgres; GRANT ALL ON wayside_records TO writer",
		);
		expect(await sink.write(batchOf(recordsFrom(0, 1)), NEVER)).toEqual({ outcome: "ok" });
		await client.query(statement);
		expect(await sink.write(batchOf(recordsFrom(1, 1), 1), NEVER)).toMatchObject({
			outcome: "bad_sink",
			failure: { code: "sink.refused" },
		});
	});

	it("says what is wrong with password, database and host", async () => {
		await client.query(
			"DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'right'; GRANT ALL ON SCHEMA public TO guarded",
		);
		await server.demandPassword("guarded");
		const wrong = sinkOn(server.url("guarded"), {}, { password: "wrong-hush" });
		const refusal = await wrong.open(undefined).catch((thrown: Error) => thrown);
		expect(refusal).toMatchObject({ code: "sink.refused", kind: "permanent" });
		expect(`${(refusal as Error).message}`).toMatch(/check user, password/);
		expect(`${(refusal as Error).message}`).not.toContain("hush");
		const right = sinkOn(server.url("guarded"), {}, { password: "right" });
		sinks.push(right);
		expect(await right.open(undefined)).toBeUndefined();
		await expect(sinkOn(server.url("postgres", "nowhere")).open(undefined)).rejects.toMatchObject({
			code: "sink.refused",
		});
		await expect(
			sinkOn("postgres://a@wayside-does-not-exist.invalid/x").open(undefined),
		).rejects.toMatchObject({
			code: expect.stringMatching(/^net\.(dns|unreachable)$/),
		});
		await expect(sinkOn("postgres://a@127.0.0.1:1/x").open(undefined)).rejects.toMatchObject({
			code: "net.refused",
		});
	});

	it("refuses a table that is not its own, one of another use, and one of a newer Wayside", async () => {
		await client.query("CREATE TABLE wayside_records (mine int)");
		await expect(opened()).rejects.toThrow(/which Wayside did not make/);
		await opened({ table: "seen" });
		await expect(opened({ table: "seen", keep: "latest" })).rejects.toThrow(/made with keep: history/);
		await client.query("UPDATE wayside_tables SET version = 99");
		await expect(opened({ table: "seen" })).rejects.toThrow(/newer Wayside/);
	});

	it("is opened by two hubs at one time without a quarrel", async () => {
		const both = await Promise.all([opened(), opened()]);
		expect(both).toHaveLength(2);
	});

	it("keeps a geometry where PostGIS is, also in a table that was there before it, and does without it where it is not", async () => {
		const [has] = await rows("count(*)::int AS n FROM pg_available_extensions WHERE name = 'postgis'");
		const isThere = has?.["n"] === 1;
		// A table that was made before the extension was there gets its column when the sink is opened next.
		await (await opened()).write(batchOf(recordsFrom(0, 1)), NEVER);
		if (isThere) await client.query("CREATE EXTENSION postgis; TRUNCATE wayside_records");
		else await client.query("TRUNCATE wayside_records");
		const sink = await opened();
		const withoutPosition = sampleRecord({
			vehicle: "2",
			body: { kind: "vehicle_location", vehicleId: "2" },
		});
		await sink.write(batchOf([sampleRecord(), withoutPosition], 1), NEVER);
		const columns = await rows(
			"column_name AS name FROM information_schema.columns WHERE table_name = 'wayside_records'",
		);
		expect(columns.some(({ name }) => name === "position")).toBe(isThere);
		if (isThere)
			expect(await rows("ST_AsText(position) AS p FROM wayside_records ORDER BY vehicle_id")).toEqual([
				{ p: "POINT(-87.6298 41.8781)" },
				{ p: null },
			]);
	});
});
