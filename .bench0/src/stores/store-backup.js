import { createHash } from "node:crypto";
import { closeSync, copyFileSync, createReadStream, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Failure, messageOf } from "../model/failure.js";
import { corrupt, loadDriver } from "./sqlite-driver.js";
import { DATABASE_FILE, openDatabase } from "./sqlite-open.js";
import { failureFromWire } from "./store-host.js";
const PROGRESS_EVERY_MS = 1000;
/**
 * Copies the store of a folder to a file, also while a hub writes into it: the copy shows one moment of it, is compact,
 * and is on the disk. Rejects with `config.invalid` when there is no store, `store.full` when there is no room.
 */
export async function copyStore(directory, target, { clock, onProgress = () => { } }) {
    const database = join(directory, DATABASE_FILE);
    if (!existsSync(database))
        throw new Failure("config.invalid", `There is no store at ${directory} yet; run the hub first`);
    const ofBytes = statSync(database).size;
    const tell = () => {
        onProgress(existsSync(target) ? statSync(target).size : 0, ofBytes);
        cancel = clock.after(PROGRESS_EVERY_MS, tell, { ref: false });
    };
    let cancel = clock.after(PROGRESS_EVERY_MS, tell, { ref: false });
    try {
        await copyInThread(database, target);
    }
    catch (thrown) {
        rmSync(target, { force: true });
        throw thrown;
    }
    finally {
        cancel();
    }
    syncFile(target);
    return { bytes: statSync(target).size, sha256: await sha256Of(target) };
}
async function copyInThread(database, target) {
    // Sources run from `src` start the built worker: a thread cannot load TypeScript on Node 20.
    const fromSource = import.meta.url.endsWith(".ts");
    const script = fromSource ? "../../dist/stores/sqlite-copy-worker.js" : "./sqlite-copy-worker.js";
    const workerData = { database, target };
    const worker = new Worker(new URL(script, import.meta.url), { workerData, name: "wayside-copy" });
    try {
        await new Promise((resolve, reject) => {
            worker.once("message", ({ failure }) => {
                if (failure)
                    reject(failureFromWire(failure));
                else
                    resolve();
            });
            worker.once("error", (cause) => reject(new Failure("bug", `The thread that copies the store ended: ${messageOf(cause)}`, { cause })));
        });
    }
    finally {
        await worker.terminate();
    }
}
/**
 * Puts a copy into the place of a store. Rejects with `config.invalid` when a store is in the way, `store.locked` when a
 * hub has it open, `store.corrupt` when the copy is not what the backup states.
 *
 * What lies behind the moment of the copy was delivered under ids and into files that the copy knows nothing of. So
 * every sink gets a new origin, because receivers would take the next batches for ones that they have; and what a sink
 * remembers of its destination is forgotten, because a file would be cut back to where it was: it goes on at its end.
 */
export async function restoreStore(options) {
    const { copy, expected, directory, aside } = options;
    if ((await sha256Of(copy)) !== expected.sha256) {
        throw new Failure("store.corrupt", `${copy} is not what the backup states (its SHA-256 differs): it was changed or is damaged; use another backup`);
    }
    const driver = await loadDriver();
    if (existsSync(join(directory, DATABASE_FILE))) {
        if (aside === undefined) {
            throw new Failure("config.invalid", `There is a store at ${directory} already. With --force it is moved aside and kept`);
        }
        // Opening it finds a hub that still runs, and leaves nothing in a write-ahead log.
        openDatabase(driver, settingsFor(directory)).close(false);
        renameSync(directory, aside);
    }
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const unfinished = join(directory, "restoring.db");
    copyFileSync(copy, unfinished);
    const db = driver.open(unfinished);
    try {
        const { quick_check: verdict } = db.prepare("PRAGMA quick_check(1)").get();
        if (verdict !== "ok")
            throw corrupt(directory, `the copy ${copy} is damaged: ${verdict}`);
        db.exec("BEGIN IMMEDIATE");
        for (const sink of options.deliverySinks) {
            const origin = new TextEncoder().encode(Buffer.from(options.chance.bytes(4)).toString("hex"));
            db.prepare("UPDATE state SET value = ? WHERE name = ?").run(origin, `sink/${sink}/origin`);
            db.prepare("DELETE FROM state WHERE name = ?").run(`sink/${sink}/state`);
        }
        db.exec("COMMIT");
    }
    finally {
        db.close();
    }
    syncFile(unfinished);
    renameSync(unfinished, join(directory, DATABASE_FILE));
    // Opened once as the hub will: a format that it does not know is refused now, not at the next start.
    openDatabase(driver, settingsFor(directory)).close(false);
}
function settingsFor(directory) {
    return {
        directory,
        partitions: undefined,
        durability: "sync",
        encryptFrames: true,
        freeBytesMin: 0,
        usedMax: 1,
        usedResume: 1,
        reserveBytes: 0,
        bytesMax: 0,
        checkpointPages: 1000,
    };
}
async function sha256Of(file) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file))
        hash.update(chunk);
    return hash.digest("hex");
}
/** What is in the file is on the disk when it returns. */
export function syncFile(file) {
    const handle = openSync(file, "r+");
    try {
        fsyncSync(handle);
    }
    finally {
        closeSync(handle);
    }
}
