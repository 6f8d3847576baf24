import { OUTCOMES } from "../log/ledger.js";
import { TOPICS } from "../log/log.js";
import { checkPackReadable } from "../log/pack-check.js";
import { retentionMark } from "../log/retention.js";
import { Failure } from "../model/failure.js";
import { openFrames } from "./frame-cipher.js";
import { dayOf, FrameKeys } from "./frame-keys.js";
import { SalvagePages } from "./salvage-pages.js";
import { salvageRows } from "./salvage-tables.js";
import { resultCode, } from "./sqlite-driver.js";
import { PARTITION_STRIDE } from "./sqlite-letters.js";
import { createSchema, indexLetters, PACK_TABLES } from "./sqlite-schema.js";
import { metaByEvidence } from "./store-meta.js";
const CONSTRAINT = 19;
const MISMATCH = 20;
const PARTITIONS_USUAL = 8;
const LETTER_TABLES = ["dead_letter_issues", "dead_letter_places", PACK_TABLES["dead-letters"]];
const TABLES = [
    "meta",
    "streams",
    "cursors",
    "state",
    "ledger",
    "owners",
    "keys",
    "dead_letter_issues",
    "dead_letter_places",
];
/** Reads what can be read of the database file `from`, and of its write-ahead log, into a new one. Changes nothing there. */
export function salvageStore(driver, from, to) {
    const pages = new SalvagePages(from);
    const damage = { pages: 0, rows: 0, adoptedPages: 0, tables: new Set() };
    const db = driver.open(to);
    try {
        // The same size of pages, so that the tables of a new store begin where those of the broken one did.
        db.exec(`PRAGMA page_size = ${pages.pageBytes}`);
        db.exec("PRAGMA journal_mode = WAL");
        db.exec("BEGIN IMMEDIATE");
        createSchema(db, PARTITIONS_USUAL);
        const { kept, doubtful } = insertAll(db, salvageRows(pages, damage, rootsOf(db)), damage);
        setMeta(db);
        for (const { table, where } of WRONG_ROWS) {
            if (countOf(db, table, where) === 0)
                continue;
            db.exec(`DELETE FROM ${table} WHERE ${where}`);
            damage.tables.add(table);
        }
        removeExpired(db, doubtful);
        const packsUnreadable = removeUnreadable(db, damage);
        keepOffsets(db);
        if (LETTER_TABLES.some((table) => damage.tables.has(table)))
            indexLetters(db);
        db.exec("COMMIT");
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return {
            problems: pages.problems,
            kept,
            pagesDamaged: damage.pages,
            rowsDamaged: damage.rows,
            pagesAdopted: damage.adoptedPages,
            packsUnreadable,
            tables: [...damage.tables].sort(),
        };
    }
    finally {
        db.close();
        pages.close();
    }
}
function rootsOf(db) {
    const rows = db.prepare("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0").all();
    return new Map(rows.map(({ name, rootpage }) => [name, rootpage]));
}
function insertAll(db, rows, damage) {
    const statements = new Map();
    const kept = {};
    const doubtful = [];
    db.exec("DELETE FROM meta");
    for (const { table, cell, isDoubtful } of rows) {
        const isPack = !TABLES.includes(table);
        const values = isPack
            ? [cell.rowNumber ?? null, ...cell.values.slice(1)]
            : cell.values;
        let statement = statements.get(table);
        if (!statement) {
            statement = db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${values.map(() => "?").join(", ")})`);
            statements.set(table, statement);
        }
        try {
            statement.run(...values);
            kept[table] = (kept[table] ?? 0) + 1;
            if (isDoubtful)
                doubtful.push({ table, id: Number(cell.rowNumber) });
        }
        catch (thrown) {
            const code = resultCode(thrown);
            if (code !== CONSTRAINT && code !== MISMATCH)
                throw thrown;
            // A column holds what it never holds: the row is damaged.
            damage.rows++;
            damage.tables.add(table);
        }
    }
    return { kept, doubtful };
}
/** Without its number of partitions a store cannot be opened, and with a wrong one nothing is where it is looked for. */
function setMeta(db) {
    const put = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
    for (const [name, value] of Object.entries(metaByEvidence(db)))
        put.run(name, value);
    db.exec("INSERT OR IGNORE INTO meta (name, value) VALUES ('opens', 0)");
}
/** A deleted page still has what it held: what retention has taken does not come back. */
function removeExpired(db, doubtful) {
    const mark = db.prepare("SELECT value FROM state WHERE name = ?");
    for (const { table, id } of doubtful) {
        const { feed, minute } = db.prepare(`SELECT feed, minute FROM ${table} WHERE id = ?`).get(id);
        const topic = TOPICS.find((one) => PACK_TABLES[one] === table);
        const row = mark.get(retentionMark(topic, Math.floor(id / PARTITION_STRIDE), feed));
        if (row === undefined)
            continue;
        const { value } = row;
        const goneTo = Number(typeof value === "string" ? value : new TextDecoder().decode(value));
        if (minute <= goneTo)
            db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
    }
}
function removeUnreadable(db, damage) {
    let removed = 0;
    for (const { table, id } of unreadablePacks(db)) {
        db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
        removed++;
        damage.tables.add(table);
    }
    return removed;
}
const list = (words) => words.map((word) => `'${word}'`).join(", ");
const ofStep = (step, outcomes) => `(${step} AND outcome IN (${list(["in", ...outcomes])}))`;
const { sink, ...fixed } = OUTCOMES;
const POSTINGS = [
    ...Object.entries(fixed).map(([step, outcomes]) => ofStep(`step = '${step}'`, outcomes)),
    ofStep("step LIKE 'sink:_%'", sink),
];
/** A turned bit in a word or a number: no version of Wayside writes such rows. */
const WRONG_ROWS = [
    {
        table: "ledger",
        where: `NOT (${POSTINGS.join(" OR ")}) OR minute < 0 OR partition NOT BETWEEN 0 AND 63`,
    },
    ...["cursors", "streams"].map((table) => ({
        table,
        where: `topic NOT IN (${list(TOPICS)}) OR partition NOT BETWEEN 0 AND 63`,
    })),
];
function countOf(db, table, where) {
    return db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get().n;
}
/** Rows that SQLite finds nothing wrong with, in words. Empty: there are none. */
export function wrongRows(db) {
    return WRONG_ROWS.map(({ table, where }) => ({ table, rows: countOf(db, table, where) }))
        .filter(({ rows }) => rows > 0)
        .map(({ table, rows }) => `${rows} rows of table ${table} hold what is never written there`);
}
/** A row may be whole and its content not: a flipped bit in a body shows only when it is read. Reads every pack. */
export function* unreadablePacks(db) {
    const keys = new FrameKeys(db);
    const meta = db.prepare("SELECT value FROM meta WHERE name = 'encrypted'").get();
    const encrypted = meta?.value ?? 1;
    for (const topic of TOPICS) {
        const table = PACK_TABLES[topic];
        const next = db.prepare(`SELECT id, feed, minute, count, head, body FROM ${table} WHERE id > ? ORDER BY id LIMIT 1`);
        let end = 0;
        for (let id = -1;;) {
            const row = next.get(id);
            if (!row)
                break;
            id = row.id;
            if (id < end) {
                yield { table, id, feed: row.feed, count: row.count, reason: "it stands where another one is" };
                continue;
            }
            const partition = Math.floor(id / PARTITION_STRIDE);
            const pack = { ...row, topic, partition, firstOffset: id - partition * PARTITION_STRIDE };
            try {
                const isSealed = topic === "frames" && encrypted === 1;
                const key = isSealed ? keys.find(row.feed, dayOf(row.minute)) : undefined;
                if (isSealed && (!key || typeof row.body === "string"))
                    throw new Failure("store.corrupt", "its key is missing");
                const body = key && typeof row.body !== "string" ? openFrames(key, pack, row.body) : row.body;
                checkPackReadable({ ...pack, body });
                end = id + row.count;
            }
            catch (thrown) {
                if (!(thrown instanceof Failure))
                    throw thrown;
                yield { table, id, feed: row.feed, count: row.count, reason: thrown.message };
            }
        }
    }
}
/** No offset is given twice, also when the newest packs are lost: a reader would take what comes next for read. */
function keepOffsets(db) {
    const { value: partitions } = db.prepare("SELECT value FROM meta WHERE name = 'partitions'").get();
    const last = (sql, ...of) => db.prepare(sql).get(...of)?.n ?? 0;
    const note = db.prepare(`INSERT INTO streams (topic, partition, end, bytes_to_here) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET end = max(end, excluded.end), bytes_to_here = max(bytes_to_here, excluded.bytes_to_here)`);
    for (const topic of TOPICS) {
        for (let partition = 0; partition < partitions; partition++) {
            const base = partition * PARTITION_STRIDE;
            const range = `FROM ${PACK_TABLES[topic]} WHERE id >= ? AND id < ?`;
            const ended = last(`SELECT max(id + count) AS n ${range}`, base, base + PARTITION_STRIDE);
            const read = last("SELECT max(next) AS n FROM cursors WHERE topic = ? AND partition = ?", topic, partition);
            const bytes = last(`SELECT max(bytes_to_here) AS n ${range}`, base, base + PARTITION_STRIDE);
            const end = Math.max(ended === 0 ? 0 : ended - base, read);
            if (end > 0)
                note.run(topic, partition, end, bytes);
        }
    }
}
