import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, } from "node:fs";
import { join } from "node:path";
import { openGtfs } from "../formats/gtfs/open.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import { Failure } from "../model/failure.js";
import { ScheduleReader, ScheduleWriter } from "./schedule-file.js";
import { refusalOf, refusalOfFailure, versionOf } from "./schedule-version.js";
import { storeFailure } from "./sqlite-driver.js";
export const SCHEDULES_FOLDER = "schedules";
const HASH_DIGITS = 16;
/**
 * The schedules of a store folder: a file of SQLite for each version, written beside and renamed when it is whole, so
 * that a load which is broken off leaves nothing, and removing a version frees its space. Synchronous but for `load`,
 * which reads piece by piece and lets others ask in between. One process writes; others may read.
 */
export class ScheduleLibrary {
    #driver;
    #files;
    #directory;
    #kept = new Map();
    #loads = 0;
    constructor(driver, files, storeDirectory, options) {
        this.#driver = driver;
        this.#files = files;
        this.#directory = join(storeDirectory, SCHEDULES_FOLDER);
        if (!options.readOnly)
            this.#attempt(() => mkdirSync(this.#directory, { recursive: true, mode: 0o750 }));
        for (const name of this.#names()) {
            const path = join(this.#directory, name);
            if (name.endsWith(".loading")) {
                if (!options.readOnly)
                    rmSync(path, { force: true });
            }
            else if (name.endsWith(".db"))
                this.#find(path);
        }
    }
    async load({ agency, path, readTime, onProgress, signal }) {
        const beside = join(this.#directory, `${agency}-${++this.#loads}.loading`);
        const refused = (refusal) => {
            this.#attempt(() => writeFileSync(this.#refusalPath(agency), JSON.stringify(refusal)));
            return { outcome: "refused", refusal };
        };
        const progress = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
        let db = this.#attempt(() => this.#driver.open(beside));
        try {
            const archive = await openGtfs(this.#files, path);
            const writer = new ScheduleWriter(db);
            const feed = await readGtfs(archive, writer, progress).finally(() => archive.close());
            if (feed.errors > 0)
                return refused(refusalOf(feed.findings, readTime));
            const version = versionOf(agency, feed, readTime);
            const known = this.#kept.get(keyOf(version));
            rmSync(this.#refusalPath(agency), { force: true });
            if (known !== undefined)
                return { outcome: "known", version: this.#readAgain(known, readTime) };
            writer.finish(version);
            db?.close();
            db = undefined;
            const place = join(this.#directory, `${agency}-${version.contentHash.slice(0, HASH_DIGITS)}.db`);
            this.#attempt(() => putInPlace(beside, place, this.#directory));
            this.#kept.set(keyOf(version), { version, path: place, reader: undefined });
            return { outcome: "loaded", version };
        }
        catch (thrown) {
            const failure = storeFailure(thrown, this.#directory);
            const isOurs = failure.code === "closed" || failure.code === "bug" || failure.code.startsWith("store.");
            if (isOurs)
                throw failure;
            return refused(refusalOfFailure(failure, readTime));
        }
        finally {
            db?.close();
            rmSync(beside, { force: true });
        }
    }
    versions(agency) {
        const own = [...this.#kept.values()].map(({ version }) => version).filter((one) => one.agency === agency);
        return own.sort((a, b) => b.readTime - a.readTime);
    }
    refusal(agency) {
        const name = this.#refusalPath(agency);
        if (!this.#names().some((known) => join(this.#directory, known) === name))
            return undefined;
        return JSON.parse(readFileSync(name, "utf8"));
    }
    reader(version) {
        const kept = this.#kept.get(keyOf(version));
        if (kept === undefined)
            throw new Failure("bug", `Schedule ${version.version} of ${version.agency} is not in the store`);
        kept.reader ??= this.#attempt(() => new ScheduleReader(this.#driver.open(kept.path)));
        return kept.reader;
    }
    remove(version) {
        const kept = this.#kept.get(keyOf(version));
        if (kept === undefined)
            return;
        kept.reader?.close();
        this.#kept.delete(keyOf(version));
        this.#attempt(() => rmSync(kept.path, { force: true }));
    }
    close() {
        for (const { reader } of this.#kept.values())
            reader?.close();
        this.#kept.clear();
    }
    /** A file that cannot be read, or of another layout, is left alone: its schedule is read again into another. */
    #find(path) {
        const db = this.#driver.open(path, { readOnly: true });
        try {
            const version = new ScheduleReader(db).version();
            if (version !== undefined)
                this.#kept.set(keyOf(version), { version, path, reader: undefined });
        }
        catch (thrown) {
            const failure = storeFailure(thrown, this.#directory);
            if (failure.code !== "store.corrupt" && failure.code !== "bug")
                throw failure;
            // Everything in it can be read again from where the schedule comes from.
            rmSync(path, { force: true });
        }
        finally {
            db.close();
        }
    }
    #readAgain(kept, readTime) {
        kept.version = { ...kept.version, readTime };
        this.reader(kept.version).readAgain(kept.version);
        return kept.version;
    }
    #names() {
        try {
            return readdirSync(this.#directory);
        }
        catch (thrown) {
            if (thrown.code === "ENOENT")
                return [];
            throw storeFailure(thrown, this.#directory);
        }
    }
    #refusalPath(agency) {
        return join(this.#directory, `${agency}.refused.json`);
    }
    #attempt(run) {
        try {
            return run();
        }
        catch (thrown) {
            throw storeFailure(thrown, this.#directory);
        }
    }
}
function keyOf({ agency, contentHash }) {
    return `${agency}|${contentHash}`;
}
/** Durable as a whole: first the bytes, then the name. */
function putInPlace(from, to, directory) {
    sync(from, "r+");
    renameSync(from, to);
    // Windows cannot open a folder, and keeps names in a journal.
    if (process.platform !== "win32")
        sync(directory, "r");
}
function sync(path, mode) {
    const file = openSync(path, mode);
    try {
        fsyncSync(file);
    }
    finally {
        closeSync(file);
    }
}
