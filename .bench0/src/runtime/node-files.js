import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, truncate, } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { Failure, messageOf } from "../model/failure.js";
const CHUNK_BYTES = 256 * 1024;
/** Files of the platform. Errors are `Failure`s that name the path, and say who must mend it. */
export function createNodeFiles() {
    /** Two replacements of one file go one after the other: they share the file that is written beside it. */
    const replacing = new Map();
    return {
        read: (path) => named("read", path, () => readFile(path)),
        readChunks,
        openRead,
        async writeAtomic(path, bytes, options) {
            const before = replacing.get(path) ?? Promise.resolve();
            const turn = before.then(() => replace(path, bytes, options?.ownerOnly), () => replace(path, bytes, options?.ownerOnly));
            replacing.set(path, turn);
            try {
                await turn;
            }
            finally {
                if (replacing.get(path) === turn)
                    replacing.delete(path);
            }
        },
        replaceAll,
        list: (directory) => named("list", directory, () => list(directory)),
        stat: (path) => named("look at", path, () => entryOf(path)),
        makeDirectory: (path) => named("create", path, async () => {
            await mkdir(path, { recursive: true });
        }),
        remove: (path) => named("remove", path, () => rm(path, { force: true, recursive: true })),
        rename: async (from, to) => {
            await named("replace", to, () => rename(from, to));
            await syncDirectory(dirname(to));
        },
        openAppend,
        space: (path) => named("measure the disk of", path, () => space(path)),
    };
}
async function* readChunks(path, options = {}) {
    const { signal } = options;
    if (signal?.aborted)
        throw signal.reason;
    const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    // The iteration below reports every error; the callback only keeps the pipeline from raising it a second time.
    const stream = options.gunzip ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => { }) : raw;
    const onAbort = () => raw.destroy(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
        for await (const chunk of stream) {
            if (signal?.aborted)
                throw signal.reason;
            yield chunk;
        }
        if (signal?.aborted)
            throw signal.reason;
    }
    catch (thrown) {
        throw signal?.aborted ? signal.reason : failureOf(thrown, "read", path);
    }
    finally {
        signal?.removeEventListener("abort", onAbort);
        raw.destroy();
    }
}
async function replace(path, bytes, ownerOnly = false) {
    const beside = besideOf(path);
    try {
        // A file that a crash left behind would keep its rights.
        if (ownerOnly)
            await rm(beside, { force: true });
        await writeBeside(path, bytes, ownerOnly ? 0o600 : 0o666);
        await named("replace", path, () => rename(beside, path));
    }
    catch (thrown) {
        await rm(beside, { force: true });
        throw thrown;
    }
    await syncDirectory(dirname(path));
}
async function replaceAll(set) {
    let failure;
    try {
        for (const { path, bytes } of set)
            await writeBeside(path, bytes, 0o666);
        for (const { path } of set) {
            await named("replace", path, () => rename(besideOf(path), path)).catch((thrown) => {
                failure ??= thrown;
            });
        }
    }
    catch (thrown) {
        failure = thrown;
    }
    if (failure !== undefined)
        for (const { path } of set)
            await rm(besideOf(path), { force: true });
    for (const directory of new Set(set.map(({ path }) => dirname(path))))
        await syncDirectory(directory);
    if (failure !== undefined)
        throw failure;
}
/** One fixed name, so that what a crash leaves behind is overwritten by the next attempt and never piles up. */
function besideOf(path) {
    return `${path}.tmp`;
}
async function writeBeside(path, bytes, mode) {
    const beside = besideOf(path);
    const handle = await named("write", beside, () => open(beside, "w", mode));
    try {
        await named("write", beside, () => handle.writeFile(bytes));
        await synced(handle, beside);
    }
    finally {
        await handle.close();
    }
}
/** A failed sync means that nobody knows what is on the disk: it has a code of its own and is never retried. */
async function synced(handle, path) {
    try {
        await handle.sync();
    }
    catch (thrown) {
        throw new Failure("store.sync", `The disk did not confirm what was written to ${path}`, {
            cause: thrown,
        });
    }
}
/** Makes a new name durable. Windows has no such call, and keeps names in a journal. */
async function syncDirectory(path) {
    if (process.platform === "win32")
        return;
    const handle = await named("open", path, () => open(path, "r"));
    try {
        await synced(handle, path);
    }
    finally {
        await handle.close();
    }
}
async function list(directory) {
    const names = (await readdir(directory)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const entries = [];
    for (const name of names) {
        const entry = await entryOf(join(directory, name));
        // Absent means removed since, or a link to nowhere: there is nothing to read.
        if (entry !== undefined)
            entries.push(entry);
    }
    return entries;
}
async function entryOf(path) {
    try {
        const found = await stat(path);
        return {
            path,
            name: basename(path),
            isDirectory: found.isDirectory(),
            bytes: found.size,
            modifiedTime: Math.round(found.mtimeMs),
        };
    }
    catch (thrown) {
        if (errnoOf(thrown) === "ENOENT" || errnoOf(thrown) === "ENOTDIR")
            return undefined;
        throw thrown;
    }
}
async function openRead(path) {
    const handle = await named("open", path, () => open(path, "r"));
    const { size } = await named("measure", path, () => handle.stat());
    return {
        size,
        read: (position, length) => named("read", path, async () => {
            const bytes = new Uint8Array(length);
            for (let at = 0; at < length;) {
                const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
                if (bytesRead === 0)
                    throw new Failure("decode.truncated", `${path} ends before it should`);
                at += bytesRead;
            }
            return bytes;
        }),
        close: () => named("close", path, () => handle.close()),
    };
}
async function openAppend(path) {
    const isNew = (await named("look at", path, () => entryOf(path))) === undefined;
    const handle = await named("open", path, () => open(path, "a"));
    if (isNew) {
        try {
            await syncDirectory(dirname(path));
        }
        catch (thrown) {
            await handle.close();
            throw thrown;
        }
    }
    return {
        size: () => named("measure", path, async () => (await handle.stat()).size),
        append: (bytes) => named("append to", path, () => handle.appendFile(bytes)),
        sync: () => synced(handle, path),
        truncate: (bytes) => named("cut", path, () => truncate(path, bytes)),
        close: () => named("close", path, () => handle.close()),
    };
}
/** The path may not exist yet: then its nearest existing folder tells the disk. */
async function space(path) {
    let place = path;
    while ((await entryOf(place)) === undefined && dirname(place) !== place)
        place = dirname(place);
    const disk = await statfs(place);
    return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
}
async function named(verb, path, run) {
    try {
        return await run();
    }
    catch (thrown) {
        throw failureOf(thrown, verb, path);
    }
}
const CODES = {
    ENOSPC: ["store.full", "the disk is full; free some space"],
    EDQUOT: ["store.full", "the disk quota is used up; raise it or free some space"],
    EFBIG: ["store.full", "the file is as large as the disk allows"],
    EMFILE: ["store.busy", "too many files are open; raise the limit of open files (ulimit -n)"],
    ENFILE: ["store.busy", "the machine has too many files open"],
    EBUSY: ["store.busy", "another program holds it"],
    EAGAIN: ["store.busy", "the disk is busy"],
    ENOENT: ["config.invalid", "it does not exist; check the path"],
    ENOTDIR: ["config.invalid", "a part of the path is a file, not a folder; check the path"],
    EISDIR: ["config.invalid", "it is a folder, and a file is needed"],
    EACCES: ["config.invalid", "this user may not; change its owner or its rights"],
    EPERM: ["config.invalid", "this user may not; change its owner or its rights"],
    EROFS: ["config.invalid", "the disk can only be read"],
    ELOOP: ["config.invalid", "its links go in a circle"],
    ENAMETOOLONG: ["config.invalid", "its name is too long"],
    Z_BUF_ERROR: ["decode.truncated", "its gzip data ends too early"],
    Z_DATA_ERROR: ["decode.format", "it is not gzip data"],
};
function failureOf(thrown, verb, path) {
    if (thrown instanceof Failure)
        return thrown;
    const errno = errnoOf(thrown);
    // What the table does not know comes from the disk itself (EIO): a person must look, and nothing may be retried.
    const [code, meaning] = CODES[errno] ?? ["store.sync", messageOf(thrown)];
    return new Failure(code, `Cannot ${verb} ${path}: ${meaning}`, {
        cause: thrown,
        details: { path, ...(errno === "" ? {} : { errno }) },
    });
}
function errnoOf(thrown) {
    const code = thrown?.code;
    return typeof code === "string" ? code : "";
}
