import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../model/failure.js";
import { corrupt, resultCode, storeFailure, } from "./sqlite-driver.js";
import { assertOurs, prepareSchema } from "./sqlite-schema.js";
export const DATABASE_FILE = "wayside.db";
/** In the folder of the store while a repair puts a new database into the place of a broken one. */
export const REPAIRED = "repaired.json";
const LOCK_FILE = "wayside.lock";
/** How long a commit waits for a person who writes into the database with another program. */
export const BUSY_TIMEOUT_MS = 5000;
/** Of new stores. Twice the usual: a pack of 30 kB then takes a fifth less time, and one of a single record is no slower. */
const PAGE_BYTES = 8192;
const BUSY = 5;
export function openDatabase(driver, settings) {
    const { directory } = settings;
    makeDirectory(directory);
    const lock = takeLock(driver, directory);
    let db;
    try {
        assertWhole(directory);
        const opened = driver.open(join(directory, DATABASE_FILE));
        db = opened;
        assertOurs(opened, directory);
        configure(opened, settings);
        const partitions = prepareSchema(opened, directory, settings.partitions);
        const { isEncrypted, opens } = registerOpening(opened, settings.encryptFrames);
        syncDirectory(directory);
        const { version } = opened.prepare("SELECT sqlite_version() AS version").get();
        const pageBytes = pageBytesOf(opened);
        const close = (diskFailed) => {
            try {
                // Closing alone would leave it to the last statement that is collected; the file is whole only after this.
                if (!diskFailed)
                    opened.exec("PRAGMA wal_checkpoint(TRUNCATE)");
                if (!diskFailed)
                    opened.close();
            }
            catch (thrown) {
                throw storeFailure(thrown, directory);
            }
            finally {
                lock.close();
            }
        };
        return { db: opened, partitions, opens, isEncrypted, sqliteVersion: version, pageBytes, close };
    }
    catch (thrown) {
        db?.close();
        lock.close();
        throw storeFailure(thrown, directory);
    }
}
/**
 * SQLite takes an empty file for a new database, and would delete the write-ahead log beside it. So it is refused where
 * there has been a store: it has a log, or the room that it keeps in reserve since its first commit. A repair that was
 * interrupted may have taken the write-ahead log away.
 */
export function assertWhole(directory) {
    const database = join(directory, DATABASE_FILE);
    if (existsSync(join(directory, REPAIRED)))
        throw corrupt(directory, "its repair was interrupted near its end");
    if (!existsSync(database) || statSync(database).size > 0)
        return;
    const hasLog = existsSync(`${database}-wal`) && statSync(`${database}-wal`).size > 0;
    if (hasLog || existsSync(join(directory, "reserve")))
        throw corrupt(directory, `${DATABASE_FILE} is empty, and there has been a store`);
}
/** What every connection that writes must agree on, the checkpointer's too. */
export function configure(db, settings) {
    const pragmas = [
        `busy_timeout = ${BUSY_TIMEOUT_MS}`,
        `page_size = ${PAGE_BYTES}`,
        "journal_mode = WAL",
        `synchronous = ${settings.durability === "sync" ? "FULL" : "NORMAL"}`,
        "fullfsync = ON",
        "checkpoint_fullfsync = ON",
        "secure_delete = FAST",
        "temp_store = MEMORY",
        "cache_size = -4096",
        `wal_autocheckpoint = ${settings.checkpointPages}`,
    ];
    for (const setting of pragmas)
        db.exec(`PRAGMA ${setting}`);
    if (settings.bytesMax > 0) {
        db.exec(`PRAGMA max_page_count = ${Math.floor(settings.bytesMax / pageBytesOf(db))}`);
    }
}
function pageBytesOf(db) {
    return db.prepare("PRAGMA page_size").get().page_size;
}
/**
 * The lock lies in a database of its own, so that people can read the main one while Wayside runs. The operating system
 * releases it when the process ends, however it ends.
 */
export function takeLock(driver, directory) {
    const lock = driver.open(join(directory, LOCK_FILE));
    try {
        lock.exec("PRAGMA busy_timeout = 0");
        lock.exec("BEGIN EXCLUSIVE");
        return lock;
    }
    catch (thrown) {
        lock.close();
        if (resultCode(thrown) !== BUSY)
            throw storeFailure(thrown, directory);
        throw new Failure("store.locked", `Another process has the store in ${directory} open${holder(driver, directory)}: stop it, or use another folder`, { cause: thrown });
    }
}
/** The process that wrote its number when it opened the store, as far as it can be read. */
function holder(driver, directory) {
    try {
        const db = driver.open(join(directory, DATABASE_FILE), { readOnly: true });
        try {
            const row = db.prepare("SELECT value FROM meta WHERE name = 'process'").get();
            return row ? ` (process ${row.value})` : "";
        }
        finally {
            db.close();
        }
    }
    catch (thrown) {
        return ` (which one could not be read: ${storeFailure(thrown, directory).code})`;
    }
}
/** Frames are sealed or not from the first opening on: both kinds in one store could not be told apart. */
function registerOpening(db, encryptFrames) {
    db.exec("BEGIN IMMEDIATE");
    db.prepare("INSERT INTO meta (name, value) VALUES ('encrypted', ?) ON CONFLICT DO NOTHING").run(encryptFrames ? 1 : 0);
    db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('process', ?)").run(process.pid);
    db.exec("UPDATE meta SET value = value + 1 WHERE name = 'opens'");
    db.exec("COMMIT");
    const read = (name) => db.prepare("SELECT value FROM meta WHERE name = ?").get(name).value;
    return { isEncrypted: read("encrypted") === 1, opens: read("opens") };
}
function makeDirectory(directory) {
    try {
        mkdirSync(directory, { recursive: true, mode: 0o750 });
    }
    catch (cause) {
        throw new Failure("config.invalid", `The folder ${directory} for the store cannot be made (${cause.message}); check the path and its rights`, { cause });
    }
}
/**
 * A new file survives a power cut only when the folder that names it is on the disk too. Windows has no such call, and
 * keeps names in a journal.
 */
export function syncDirectory(directory) {
    if (process.platform === "win32")
        return;
    const folder = openSync(directory, "r");
    try {
        fsyncSync(folder);
    }
    finally {
        closeSync(folder);
    }
}
