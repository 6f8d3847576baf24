import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, } from "node:fs";
import { join } from "node:path";
import { reconcileLedger } from "../log/reconcile.js";
import { Failure, messageOf } from "../model/failure.js";
import { loadDriver, resultCode, storeFailure } from "./sqlite-driver.js";
import { assertWhole, DATABASE_FILE, REPAIRED, syncDirectory, takeLock } from "./sqlite-open.js";
import { assertOurs } from "./sqlite-schema.js";
import { openSqliteLog } from "./sqlite-store.js";
import { syncFile } from "./store-backup.js";
import { metaProblems } from "./store-meta.js";
import { salvageStore, unreadablePacks, wrongRows } from "./store-salvage.js";
const PROBLEMS_MAX = 20;
/**
 * Looks at the whole store: its trees by SQLite's own check, and each pack by reading it. Changes nothing. Takes the lock
 * meanwhile, so a hub that runs is left alone, and told as `locked`.
 */
export async function examineStore(directory) {
    if (!existsSync(join(directory, DATABASE_FILE)) && !existsSync(join(directory, REPAIRED)))
        return { state: "absent", problems: [] };
    const driver = await loadDriver();
    try {
        const lock = takeLock(driver, directory);
        try {
            const problems = examine(driver, directory);
            return { state: problems.length === 0 ? "whole" : "damaged", problems };
        }
        finally {
            lock.close();
        }
    }
    catch (thrown) {
        const failure = storeFailure(thrown, directory);
        if (failure.code === "bug" && isReadOnly(thrown))
            return { state: "damaged", problems: ["its header says that it may not be written"] };
        const states = {
            "store.locked": "locked",
            "store.version": "newer",
            "store.corrupt": "damaged",
        };
        const state = states[failure.code];
        if (state === undefined)
            throw failure;
        const { damage } = failure.details;
        return { state, problems: [typeof damage === "string" ? damage : failure.message] };
    }
}
function examine(driver, directory) {
    assertWhole(directory);
    const db = driver.open(join(directory, DATABASE_FILE));
    try {
        assertOurs(db, directory);
        // A turned bit in the header makes a database that may only be read.
        db.exec("BEGIN IMMEDIATE");
        db.exec("ROLLBACK");
        const rows = db.prepare(`PRAGMA integrity_check(${PROBLEMS_MAX})`).all();
        const problems = rows.map((row) => row.integrity_check).filter((text) => text !== "ok");
        problems.push(...metaProblems(db), ...wrongRows(db));
        for (const { table, id, feed, count, reason } of unreadablePacks(db)) {
            if (problems.length >= PROBLEMS_MAX)
                break;
            problems.push(`${table} ${id} of feed ${feed}, with ${count} entries: ${reason}`);
        }
        return problems;
    }
    finally {
        db.close();
    }
}
const READ_ONLY = 8;
function isReadOnly(thrown) {
    return resultCode(thrown) === READ_ONLY || /readonly database/.test(messageOf(thrown));
}
/**
 * Copies the broken store into a folder beside it, saves what can be read into a new one, brings the ledger of that in
 * line, and then puts it into its place. Killed at any moment it leaves the old store, or one that is refused until the
 * repair is called again. Rejects with `store.corrupt` when nothing at all can be saved, and leaves everything as it was.
 */
export async function repairStore(directory, options) {
    const driver = await loadDriver();
    const lock = takeLock(driver, directory);
    const marker = join(directory, REPAIRED);
    const place = join(directory, "repairing");
    try {
        if (!existsSync(marker)) {
            const repair = await repairBeside(driver, directory, place, options);
            writeFileSync(`${marker}.tmp`, JSON.stringify(repair));
            syncFile(`${marker}.tmp`);
            renameSync(`${marker}.tmp`, marker);
            syncDirectory(directory);
        }
        const repair = JSON.parse(readFileSync(marker, "utf8"));
        putIntoPlace(directory, place);
        rmSync(marker);
        return repair;
    }
    catch (thrown) {
        if (thrown instanceof Failure)
            throw thrown;
        throw new Failure("store.sync", `The store in ${directory} could not be repaired: ${messageOf(thrown)}`, {
            cause: thrown,
        });
    }
    finally {
        lock.close();
    }
}
async function repairBeside(driver, directory, place, { sinks, now, chance }) {
    const keptIn = join(directory, `damaged-${now}`);
    rmSync(keptIn, { recursive: true, force: true });
    mkdirSync(keptIn, { mode: 0o750 });
    for (const name of [DATABASE_FILE, `${DATABASE_FILE}-wal`]) {
        if (!existsSync(join(directory, name)))
            continue;
        copyFileSync(join(directory, name), join(keptIn, name));
        syncFile(join(keptIn, name));
    }
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { mode: 0o750 });
    const salvage = salvageStore(driver, join(keptIn, DATABASE_FILE), join(place, DATABASE_FILE));
    if (Object.values(salvage.kept).every((rows) => rows === 0)) {
        rmSync(place, { recursive: true });
        rmSync(keptIn, { recursive: true });
        throw new Failure("store.corrupt", `Nothing in ${join(directory, DATABASE_FILE)} can be read as a store of Wayside (${salvage.problems.join("; ") || "no page of it is one"}). ` +
            "Put a backup into its place with `wayside restore FOLDER --force`, or move the file away to begin anew");
    }
    const log = await openSqliteLog({
        directory: place,
        chance,
        host: "in-thread",
        reserveBytes: 0,
        freeBytesMin: 0,
    });
    try {
        return { ...salvage, ...(await reconcileLedger(log, sinks, now)), keptIn };
    }
    finally {
        await log.close();
    }
}
/** Each step may be the last one before a crash: the marker stands until all of them are done. */
function putIntoPlace(directory, place) {
    const database = join(directory, DATABASE_FILE);
    const repaired = join(place, DATABASE_FILE);
    if (existsSync(repaired)) {
        syncFile(repaired);
        for (const end of ["-wal", "-shm"])
            rmSync(`${database}${end}`, { force: true });
        renameSync(repaired, database);
    }
    rmSync(place, { recursive: true, force: true });
    syncDirectory(directory);
}
