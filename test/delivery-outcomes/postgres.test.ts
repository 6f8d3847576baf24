import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { deliveryFromThrown } from "../../src/routes/delivery-port.js";
import { createNodeRuntime } from "../../src/runtime/node-runtime.js";
import { definition } from "../../src/sinks/postgres.js";
import type { Delivery, DeliverySink } from "../../src/sinks/sink.js";
import { batchOf, recordsFrom } from "../../src/testing/sink-contract.js";
import { withBadServer } from "../bad-server.js";
import { HAS_POSTGRES, PostgresServer } from "../postgres-server.js";
import { expectTreatedAs } from "./harness.js";
import { type Case, describeTable, expectOutcome, HAS_NAMES } from "./table.js";

const TITLE = HAS_POSTGRES
	? ""
	: " (skipped: PostgreSQL is not installed; on Debian: apt-get install postgresql)";
const runtime = createNodeRuntime();

describe.skipIf(!HAS_POSTGRES)(`what PostgreSQL answers${TITLE}`, () => {
	let server: PostgresServer;
	let client: Client;
	beforeAll(async () => {
		server = await PostgresServer.start();
		client = new Client({ connectionString: server.url() });
		await client.connect();
	}, 90_000);
	afterEach(() => client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
	afterAll(async () => {
		await client?.end();
		await server?.remove();
		await runtime.close();
	});

	/** A batch for a table of which somebody has done something since it was opened. */
	async function sent(
		url: string,
		done: () => Promise<unknown> = async () => {},
		more: object = {},
	): Promise<Delivery> {
		const options = definition.options.parse({ url, timeout: "20s", ...more });
		const context = { name: "warehouse", runtime, baseDirectory: "/", secrets: {} };
		const sink = definition.create(options, context) as DeliverySink;
		try {
			await sink.open(undefined);
			await done();
			return await sink.write(batchOf(recordsFrom(0, 2)), new AbortController().signal);
		} catch (thrown) {
			return deliveryFromThrown(thrown);
		} finally {
			await sink.close();
		}
	}

	/** The server itself refuses the statement, with any code there is. */
	const refusing = (state: string): Case<Delivery> => ({
		name: `SQLSTATE ${state}`,
		give: () =>
			sent(server.url(), () =>
				client.query(`
					CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
						$$ BEGIN RAISE EXCEPTION 'refused as the test says' USING ERRCODE = '${state}'; END $$;
					CREATE TRIGGER refuse BEFORE INSERT ON wayside_records EXECUTE FUNCTION refuse()`),
			),
	});
	const after = (statement: string) => (): readonly Case<Delivery>[] => [
		{ name: statement, give: () => sent(server.url(), () => client.query(statement)) },
	];
	const at =
		(name: string, url: string, more: object = {}) =>
		(): readonly Case<Delivery>[] => [{ name, give: () => sent(url, undefined, more) }];

	describeTable<Delivery>(
		"`postgres`",
		[
			[/the statement holds/, () => [{ name: "a batch", give: () => sent(server.url()) }]],
			[/\b(0[08]|[2-5]\d|3[DF]|XX)(?=[ ,;])/, (found) => [refusing(`${found}000`), refusing(`${found}001`)]],
			[/57 time-out and shutdown/, () => [refusing("57014"), refusing("57P01")]],
			[/\b(25006)\b/, (found) => [refusing(found)]],
			[/22 data/, after("ALTER TABLE wayside_records ALTER trip_id TYPE varchar(2)")],
			[/23 constraint/, after("ALTER TABLE wayside_records ADD CHECK (vehicle_id <> '0')")],
			[/refused or cut connection/, at("nobody listens", "postgres://a@127.0.0.1:1/x")],
			[
				/cut connection/,
				() => [
					{
						name: "hangs up",
						give: () =>
							withBadServer("takes what is sent and hangs up", (port) =>
								sent(`postgres://a@127.0.0.1:${port}/x`),
							),
					},
				],
			],
			[/database/, () => [{ name: "no such database", give: () => sent(server.url("postgres", "nowhere")) }]],
			[
				/schema/,
				() => [{ name: "no such schema", give: () => sent(server.url(), undefined, { schema: "none" }) }],
			],
			[/missing table/, after("DROP TABLE wayside_records")],
			[/missing table or column/, after("ALTER TABLE wayside_records DROP COLUMN feed")],
			[
				/TLS failure/,
				() => [
					{
						name: "speaks no TLS",
						give: () =>
							withBadServer("answers N", (port) =>
								sent(`postgres://a@127.0.0.1:${port}/x`, undefined, { tls: "verify" }),
							),
					},
				],
			],
			[
				/name does not resolve/,
				HAS_NAMES ? at("no such name", "postgres://a@wayside-does-not-exist.invalid/x") : () => [],
			],
		],
		async (outcome, given) => {
			expectOutcome(outcome, given);
			await expectTreatedAs(given);
		},
	);
});
