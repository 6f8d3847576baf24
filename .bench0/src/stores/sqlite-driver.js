import { Failure, messageOf } from "../model/failure.js";
/** `node:sqlite` where this Node has it (22.13 and later), else `@photostructure/sqlite`, which runs on Node 20. */
export async function loadDriver() {
    const { DatabaseSync } = await loadModule();
    return {
        open: (path, options) => new DatabaseSync(path, options?.readOnly ? { readOnly: true } : {}),
    };
}
async function loadModule() {
    const builtIn = "node:sqlite";
    try {
        return (await import(builtIn));
    }
    catch (missing) {
        const code = missing.code;
        if (code !== "ERR_UNKNOWN_BUILTIN_MODULE" && code !== "ERR_MODULE_NOT_FOUND")
            throw missing;
        return (await import("@photostructure/sqlite"));
    }
}
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
/** SQLite's own words for its codes (`sqlite3_errstr`): bindings leave the code out of some errors. */
const CODES_BY_WORDS = new Map([
    ["database is locked", BUSY],
    ["database table is locked", LOCKED],
    ["disk I/O error", IO_ERROR],
    ["database disk image is malformed", CORRUPT],
    ["database or disk is full", FULL],
    ["file is not a database", NOT_A_DATABASE],
]);
/** SQLite's own primary result code of a thrown error, or undefined when something else was thrown. */
export function resultCode(thrown) {
    const { errcode, message } = (thrown ?? {});
    if (typeof errcode === "number")
        return errcode & 0xff;
    return typeof message === "string" ? CODES_BY_WORDS.get(message) : undefined;
}
export function isFull(thrown) {
    return resultCode(thrown) === FULL;
}
/** SQLite rolls some failures back by itself; a second rollback then answers with this. */
export function isNoTransaction(thrown) {
    return resultCode(thrown) === 1;
}
/**
 * A failure of SQLite in our words. An error of the disk itself is final: after a sync that failed nobody knows what is
 * on the disk, and a second sync that succeeds proves nothing.
 */
export function storeFailure(thrown, directory) {
    if (thrown instanceof Failure)
        return thrown;
    const words = `(SQLite says: ${messageOf(thrown)})`;
    const failure = (code, message, retryAfterMs) => new Failure(code, `${message} ${words}`, { cause: thrown, ...(retryAfterMs ? { retryAfterMs } : {}) });
    switch (resultCode(thrown)) {
        case FULL:
            return failure("store.full", `The disk or the size limit of the store in ${directory} is full.`, 5000);
        case IO_ERROR:
            return failure("store.sync", `The disk failed under the store in ${directory}; nothing more is written. Check the disk, then restart.`);
        case CORRUPT:
        case NOT_A_DATABASE:
            return corrupt(directory, words, thrown);
        case BUSY:
        case LOCKED:
            return failure("store.busy", `Another program holds a write lock on the store in ${directory}; close it.`, 1000);
        default:
            // Its text is in the file: our own statements fit a schema that is whole.
            if (/^(no such (table|column)|malformed database schema|unsupported file format)/.test(messageOf(thrown)))
                return corrupt(directory, words, thrown);
            return failure("bug", `The store in ${directory} could not do what it was asked.`);
    }
}
export function corrupt(directory, what, cause) {
    return new Failure("store.corrupt", `The store in ${directory} is damaged: ${what}. Stop Wayside and run \`wayside doctor CONFIG --repair\`: it keeps a ` +
        "copy, saves what can be read, and says what was lost (docs/doctor.md). Or put a backup into its place with " +
        "`wayside restore`", { details: { damage: what }, ...(cause === undefined ? {} : { cause }) });
}
