import { Failure } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { deliveryJson } from "./delivery-json.js";
import { arrayOf } from "./postgres-arrays.js";
/** The version of the tables. */
const TABLES_VERSION = 1;
/** The columns, in the order of the statement's parameters, with what a record gives for them. */
const COLUMNS = [
    ["id", "text", (_, id) => id],
    ["revision", "integer", ({ revision }) => revision],
    ["kind", "text", ({ body }) => body.kind],
    ["key", "text", ({ key }) => key],
    ["agency", "text", ({ origin }) => origin.agency],
    ["feed", "text", ({ origin }) => origin.feed],
    ["event_time_ms", "double precision", ({ eventTime }) => eventTime],
    ["received_time_ms", "double precision", ({ origin }) => origin.receivedTime],
    ["removed", "boolean", ({ body }) => body.removed === true],
    ["is_late", "boolean", ({ flags }) => flags.includes("late")],
    ["vehicle_id", "text", ({ body }) => cellOf(body, "vehicleId")],
    ["trip_id", "text", ({ body }) => cellOf(body, "tripId")],
    ["route_id", "text", ({ body }) => cellOf(body, "routeId")],
    ["latitude", "double precision", ({ body }) => cellOf(body, "latitude")],
    ["longitude", "double precision", ({ body }) => cellOf(body, "longitude")],
    ["record", "text", (record, id) => storableJson(deliveryJson(record, id))],
];
function cellOf(body, field) {
    const value = body[field];
    return typeof value === "string" || typeof value === "number" ? value : null;
}
/**
 * A text that PostgreSQL can hold: U+2400 for NUL, and U+FFFD with its code for half of a surrogate pair, so that what differed
 * still differs.
 */
export function storableText(text) {
    if (!/[\0\p{Surrogate}]/u.test(text))
        return text;
    return text
        .replaceAll("\u0000", "\u2400")
        .replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`);
}
/** The same for the text of a JSON object: `JSON.stringify` escapes a NUL, and surrogates only where they are alone. */
function storableJson(text) {
    if (!/\\u(?:0000|d[89a-f])/.test(text))
        return text;
    return text.replace(/\\(?:u0000|u(d[89a-f][0-9a-f]{2})|.)/g, (escaped, half) => {
        if (escaped === "\\u0000")
            return "\u2400";
        return half === undefined ? escaped : `\ufffd${half}`;
    });
}
const quoted = (name) => `"${name}"`;
const qualified = ({ schema, table }, suffix = "") => `${quoted(schema)}.${quoted(`${table}${suffix}`)}`;
/** Of the table, not of the statement: times are timestamps there, and the record is jsonb. */
function createText(names) {
    const primary = names.keep === "history" ? "PRIMARY KEY (id)" : "PRIMARY KEY (kind, key)";
    return `
		CREATE TABLE IF NOT EXISTS ${qualified(names)} (
			id text NOT NULL, revision integer NOT NULL, kind text NOT NULL, key text NOT NULL,
			agency text NOT NULL, feed text NOT NULL,
			event_time timestamptz NOT NULL, received_time timestamptz NOT NULL,
			removed boolean NOT NULL, is_late boolean NOT NULL,
			vehicle_id text, trip_id text, route_id text,
			latitude double precision, longitude double precision,
			record jsonb NOT NULL,
			${primary}
		);
		CREATE INDEX IF NOT EXISTS ${quoted(`${names.table}_vehicle`)} ON ${qualified(names)} (vehicle_id, event_time);
		CREATE INDEX IF NOT EXISTS ${quoted(`${names.table}_time`)} ON ${qualified(names)} USING brin (event_time);
		CREATE TABLE IF NOT EXISTS ${qualified(names, "_batches")} (
			sink text NOT NULL, partition integer NOT NULL, batch_id text NOT NULL, taken_time timestamptz NOT NULL,
			PRIMARY KEY (sink, partition)
		);`;
}
/**
 * Makes the tables, or brings them to this version. Under a lock of the server, so that two hubs that start together do it
 * once. Throws `config.invalid` when the table belongs to something else: another `keep`, or a newer Wayside.
 */
export async function migrate(client, names, isPostgisWanted) {
    const registry = `${quoted(names.schema)}.wayside_tables`;
    await client.query("BEGIN");
    try {
        await client.query("SELECT pg_advisory_xact_lock(hashtext('wayside_tables'))");
        await client.query(`CREATE TABLE IF NOT EXISTS ${registry} (name text PRIMARY KEY, version integer NOT NULL, keep text NOT NULL)`);
        const { rows } = await client.query(`SELECT version, keep FROM ${registry} WHERE name = $1`, [names.table]);
        const [known] = rows;
        if (known === undefined) {
            await refuseForeignTable(client, names);
            await client.query(createText(names));
            await client.query(`INSERT INTO ${registry} VALUES ($1, $2, $3)`, [
                names.table,
                TABLES_VERSION,
                names.keep,
            ]);
        }
        else
            refuseOtherUse(known, names);
        if (isPostgisWanted)
            await addPosition(client, names);
        await client.query("COMMIT");
    }
    catch (thrown) {
        await client.query("ROLLBACK");
        throw thrown;
    }
}
async function refuseForeignTable(client, names) {
    const found = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = $2", [
        names.schema,
        names.table,
    ]);
    if (found.rowCount === 0)
        return;
    throw new Failure("config.invalid", `There is a table ${names.schema}.${names.table} which Wayside did not make; name another one in \`table\``);
}
function refuseOtherUse(known, names) {
    if (known.version > TABLES_VERSION) {
        throw new Failure("config.invalid", `Table ${names.schema}.${names.table} has version ${known.version}, made by a newer Wayside; this one knows ` +
            `version ${TABLES_VERSION}. Use that one, or name another table`);
    }
    if (known.keep === names.keep)
        return;
    throw new Failure("config.invalid", `Table ${names.schema}.${names.table} was made with keep: ${known.keep}, and the configuration says keep: ` +
        `${names.keep}; name another table`);
}
/** The database's own geometry, kept by the server itself, so that no statement of ours depends on it. */
async function addPosition(client, names) {
    const { rows } = await client.query("SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'postgis'");
    const [postgis] = rows;
    if (postgis === undefined)
        return;
    const { schema } = postgis;
    const own = (name) => `"${schema.replaceAll('"', '""')}".${name}`;
    await client.query(`
		ALTER TABLE ${qualified(names)} ADD COLUMN IF NOT EXISTS position ${own("geometry")}(Point, 4326)
			GENERATED ALWAYS AS (${own("ST_SetSRID")}(${own("ST_MakePoint")}(longitude, latitude), 4326)) STORED;
		CREATE INDEX IF NOT EXISTS ${quoted(`${names.table}_position`)} ON ${qualified(names)} USING gist (position);`);
}
/**
 * One statement, one transaction: it takes note of the batch and writes its rows, or finds that this batch was taken already
 * and writes nothing. Parameters: sink, partition, batch id, then an array per column.
 *
 * Two statements for one batch (the first was given up, and still runs) meet at the row of the partition: the second waits,
 * and then finds the note.
 */
export function upsertText(names) {
    // Side by side in one list the server takes them apart as it goes; `FROM unnest(…)` would keep all of it twice.
    const given = COLUMNS.map(([name, type], at) => `unnest($${at + 4}::${type}[]) AS ${name}`).join(", ");
    const columns = COLUMNS.map(([name]) => name.replace(/_ms$/, ""));
    const values = COLUMNS.map(([name]) => {
        if (name.endsWith("_ms"))
            return `to_timestamp(${name} / 1000)`;
        return name === "record" ? "record::jsonb" : name;
    });
    const [target, isNewer] = names.keep === "history"
        ? ["(id)", "excluded.revision > t.revision"]
        : // Order of delivery decides, except for what is known to have come late and does not correct this very report.
            [
                "(kind, key)",
                "NOT excluded.is_late OR excluded.event_time > t.event_time OR (excluded.id = t.id AND excluded.revision > t.revision)",
            ];
    const updates = columns.map((name) => `${name} = excluded.${name}`).join(", ");
    return `
		WITH taken AS (
			INSERT INTO ${qualified(names, "_batches")} AS b (sink, partition, batch_id, taken_time)
			VALUES ($1, $2, $3, now())
			ON CONFLICT (sink, partition) DO UPDATE SET batch_id = excluded.batch_id, taken_time = now()
			WHERE b.batch_id <> excluded.batch_id
			RETURNING 1
		)
		INSERT INTO ${qualified(names)} AS t (${columns.join(", ")})
		SELECT ${values.join(", ")} FROM (SELECT ${given}) AS given
		WHERE EXISTS (SELECT 1 FROM taken)
		ON CONFLICT ${target} DO UPDATE SET ${updates} WHERE ${isNewer}`;
}
/** The cells by column, as arrays. Of rows that meet in one batch the one that counts remains: a statement may write each row once. */
export function columnsOf(records, keep) {
    const rows = new Map();
    for (const record of records) {
        const id = recordId(record);
        const row = keep === "history" ? id : `${record.body.kind}\n${record.key}`;
        const before = rows.get(row);
        if (before === undefined || counts(record, before.record, keep))
            rows.set(row, { record, id });
    }
    const kept = [...rows.values()];
    return COLUMNS.map(([name, type, cellOf]) => arrayOf(type, kept.map(({ record, id }) => {
        const cell = cellOf(record, id);
        // The record's JSON was looked through for what stands escaped in it.
        return typeof cell === "string" && name !== "record" ? storableText(cell) : cell;
    })));
}
function counts(record, before, keep) {
    if (keep === "history")
        return record.revision > before.revision;
    if (!record.flags.includes("late") || record.eventTime > before.eventTime)
        return true;
    return record.revision > before.revision && recordId(record) === recordId(before);
}
