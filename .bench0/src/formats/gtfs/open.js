import { Failure } from "../../model/failure.js";
import { gtfsFolder, openGtfsZip } from "./archive.js";
/** Opens a feed: a folder with its tables, or a zip. */
export async function openGtfs(disk, path) {
    const entry = await required(disk, path);
    if (entry.isDirectory)
        return gtfsFolder((await disk.list(path)).flatMap((file) => fileOf(disk, file)));
    const bytes = await disk.openRead(path);
    try {
        return await openGtfsZip(bytes);
    }
    catch (thrown) {
        await bytes.close();
        throw thrown;
    }
}
/** Changes whenever a file of the feed changes: a cheap way to see that there is something to read. */
export async function gtfsSignature(disk, path) {
    const entry = await required(disk, path);
    const files = entry.isDirectory
        ? (await disk.list(path)).filter(({ name }) => /\.txt$/i.test(name))
        : [entry];
    return files.map(({ name, bytes, modifiedTime }) => `${name}:${bytes}:${modifiedTime}`).join("|");
}
async function required(disk, path) {
    const entry = await disk.stat(path);
    if (entry !== undefined)
        return entry;
    throw new Failure("config.invalid", `There is no GTFS feed at ${path}: put a zip or a folder there, or correct the path`);
}
function fileOf(disk, { name, path, bytes, isDirectory }) {
    return isDirectory ? [] : [{ path: name, bytes, open: () => disk.readChunks(path) }];
}
