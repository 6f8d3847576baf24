import { Pool } from "pg";
import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { Failure } from "../model/failure.js";
import { deliveryFromPostgres, failureFromPostgres } from "./postgres-answer.js";
import { columnsOf, migrate, upsertText } from "./postgres-tables.js";
/** The harness has as many batches in flight. */
const CONNECTIONS_MAX = 4;
const IDLE_MS = 60_000;
/** Longer names would be cut off by the server, with what is appended to them. */
const nameOption = () => z.string().regex(/^[a-z_][a-z0-9_]{0,49}$/, "a name is a lower-case letter and up to 49 of a-z, 0-9 and _");
const options = z.strictObject({
    url: z
        .string()
        .refine(isPostgresUrl, "write postgres://USER@HOST:PORT/DATABASE, or postgres://USER@localhost/DATABASE?host=/SOCKET/FOLDER")
        .refine((url) => !isPostgresUrl(url) || new URL(url).password === "", "a password does not belong into the file: password: { env: NAME }")
        .describe("postgres://USER@HOST:PORT/DATABASE, without a password."),
    schema: nameOption().default("public").describe("The schema of the tables. It must exist."),
    table: nameOption()
        .default("wayside_records")
        .describe("The table of the records; it is made and migrated. Beside it lie TABLE_batches and wayside_tables."),
    keep: z
        .enum(["history", "latest"])
        .default("history")
        .describe("`history`: a row for each record, where a revision replaces what it corrects. `latest`: one row per kind and key."),
    postgis: z
        .enum(["auto", "off"])
        .default("auto")
        .describe("`auto`: a geometry column `position` where the extension is installed in the database."),
    tls: z
        .enum(["verify", "off"])
        .optional()
        .describe("`verify`: the server must show a certificate that is trusted. Default `verify`, and `off` on this machine itself. A private authority: ca: { file: PATH }."),
    timeout: durationOption()
        .prefault("15s")
        .describe("How long one batch may take. After it the same batch is sent again; the server takes it once."),
    batch: z
        .strictObject({
        count: z.int().min(1).max(10_000).default(1000).describe("Records at the most in one statement."),
        bytes: bytesOption().prefault("1MiB").describe("Size of one statement's values, estimated."),
        every: durationOption().prefault("1s").describe("Longest wait for more records before a statement."),
    })
        .prefault({})
        .describe("How much is written at once."),
});
/**
 * Upserts records into a table. Exactly once in effect: one statement takes note of the batch's id and writes its rows, so
 * both hold or neither, and a batch that is sent again writes nothing. Secrets: `password`; `ca`, the PEM of a private authority.
 */
export const definition = Object.freeze({
    type: "postgres",
    summary: "Upserts records into a PostgreSQL table, exactly once in effect; PostGIS where it is there.",
    options,
    create: (chosen, context) => new PostgresSink(chosen, context),
});
class PostgresSink {
    kind = "delivery";
    needs;
    #name;
    #place;
    #config;
    #tables;
    #isPostgisWanted;
    #upsert;
    #pool;
    constructor(chosen, context) {
        const { schema, table, keep } = chosen;
        this.#name = context.name;
        this.#place = placeOf(chosen.url);
        this.#tables = { schema, table, keep };
        this.#isPostgisWanted = chosen.postgis === "auto";
        this.#upsert = upsertText(this.#tables);
        this.#config = poolConfig(chosen, context.secrets);
        this.needs = {
            timeoutMs: chosen.timeout,
            batch: { count: chosen.batch.count, bytes: chosen.batch.bytes, everyMs: chosen.batch.every },
        };
    }
    async open() {
        await this.close();
        const pool = new Pool(this.#config);
        // A connection that breaks while nobody uses it is replaced by the pool; whether the server is away, the next batch tells.
        pool.on("error", () => undefined);
        try {
            const client = await pool.connect();
            try {
                await migrate(client, this.#tables, this.#isPostgisWanted);
            }
            finally {
                client.release();
            }
        }
        catch (thrown) {
            await pool.end();
            throw failureFromPostgres(thrown, this.#place);
        }
        this.#pool = pool;
        return undefined;
    }
    async write(batch, signal) {
        if (this.#pool === undefined)
            throw new Failure("bug", `Sink ${this.#name} was not opened`);
        try {
            await this.#run(this.#pool, [this.#name, batch.partition, batch.id, ...columnsOf(batch.records, this.#tables.keep)], signal);
            return { outcome: "ok" };
        }
        catch (thrown) {
            if (signal.aborted)
                throw thrown;
            return deliveryFromPostgres(thrown, this.#place);
        }
    }
    /** A connection whose statement was given up is closed: what it answers later belongs to nobody. */
    async #run(pool, values, signal) {
        signal.throwIfAborted();
        const client = await pool.connect();
        let isUsable = false;
        let onAbort = () => { };
        const aborted = new Promise((_, reject) => {
            onAbort = () => reject(signal.reason);
            signal.addEventListener("abort", onAbort, { once: true });
        });
        try {
            await Promise.race([client.query({ name: "wayside-upsert", text: this.#upsert, values }), aborted]);
            isUsable = true;
        }
        catch (thrown) {
            // What the server itself refused leaves the connection as it was.
            isUsable = !signal.aborted && typeof thrown.severity === "string";
            throw thrown;
        }
        finally {
            signal.removeEventListener("abort", onAbort);
            client.release(!isUsable);
        }
    }
    async close() {
        const pool = this.#pool;
        this.#pool = undefined;
        await pool?.end();
    }
}
function isPostgresUrl(text) {
    if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text))
        return false;
    const { pathname, username, hostname } = new URL(text);
    return pathname.length > 1 && username !== "" && hostname !== "";
}
function poolConfig(chosen, secrets) {
    const url = new URL(chosen.url);
    const socketFolder = url.searchParams.get("host");
    const host = socketFolder ?? url.hostname.replace(/^\[|\]$/g, "");
    const isHere = host.startsWith("/") || ["localhost", "127.0.0.1", "::1"].includes(host);
    const { password, ca } = secrets;
    const tls = chosen.tls ?? (isHere ? "off" : "verify");
    return {
        host,
        port: Number(url.port || url.searchParams.get("port") || 5432),
        user: decodeURIComponent(url.username),
        database: decodeURIComponent(url.pathname.slice(1)),
        ...(password !== undefined && { password }),
        ssl: tls === "off" ? false : { rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
        application_name: "wayside",
        connectionTimeoutMillis: chosen.timeout,
        statement_timeout: chosen.timeout,
        idleTimeoutMillis: IDLE_MS,
        max: CONNECTIONS_MAX,
        allowExitOnIdle: true,
    };
}
/** What may be shown of the address: no user. */
function placeOf(text) {
    const url = new URL(text);
    return `${url.searchParams.get("host") ?? url.host}${url.pathname}`;
}
