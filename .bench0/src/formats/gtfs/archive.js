import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import * as yauzl from "yauzl";
import { Failure, messageOf } from "../../model/failure.js";
const BYTES_MAX = 16 * 1024 ** 3;
const RATIO_MAX = 200;
/** Small files may be as empty as they like. */
const RATIO_FROM_BYTES = 16 * 1024 * 1024;
const ENTRIES_MAX = 10_000;
const READ_BYTES = 256 * 1024;
/** A feed is known by this file, in whatever folder of the archive it lies. */
const LANDMARK = "trips.txt";
/**
 * Opens a zip. Entries are only ever read, never written to the disk, so a path in a name does no harm; sizes, checksums
 * and the ratio of compression are held to what the directory of the archive says.
 */
export async function openGtfsZip(source, limits = {}) {
    const zip = await opened(source);
    const entries = [];
    try {
        for await (const entry of zip.eachEntry()) {
            if (entries.length >= ENTRIES_MAX)
                throw bomb(`it has more than ${ENTRIES_MAX} entries`);
            entries.push(entry);
        }
    }
    catch (thrown) {
        throw thrown instanceof Failure ? thrown : notAZip(thrown);
    }
    const tables = entries.filter(({ fileName }) => isTable(fileName));
    const total = tables.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    const bytesMax = limits.bytesMax ?? BYTES_MAX;
    if (total > bytesMax)
        throw bomb(`its tables unpack to ${total} bytes, where ${bytesMax} are allowed`);
    const ratioMax = limits.ratioMax ?? RATIO_MAX;
    for (const { fileName, uncompressedSize, compressedSize } of tables) {
        if (uncompressedSize <= RATIO_FROM_BYTES || uncompressedSize <= compressedSize * ratioMax)
            continue;
        throw bomb(`${fileName} unpacks from ${compressedSize} to ${uncompressedSize} bytes, more than ${ratioMax} to 1`);
    }
    const files = filesByName(tables.map((entry) => {
        const { fileName: path, uncompressedSize: bytes } = entry;
        return { path, bytes, open: () => entryBytes(zip, entry) };
    }));
    return { files, close: () => source.close() };
}
/** The files of a folder as an archive. */
export function gtfsFolder(files) {
    return { files: filesByName(files.filter(({ path }) => isTable(path))), close: async () => undefined };
}
function isTable(path) {
    return (/\.(txt|geojson)$/i.test(path) && !/(^|\/)(__MACOSX|\.[^/]*)\//.test(path) && !/(^|\/)\._/.test(path));
}
/** Archives of archives and copies in sub-folders exist: the outermost folder with trips counts. */
function filesByName(files) {
    const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);
    const depth = (path) => path.split("/").length;
    const landmarks = files.filter(({ path }) => path.toLowerCase().endsWith(LANDMARK));
    const [home] = landmarks
        .map(({ path }) => folderOf(path))
        .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
    const byName = new Map();
    for (const file of files) {
        const folder = folderOf(file.path);
        if (folder !== (home ?? folder))
            continue;
        const name = file.path.slice(folder.length).toLowerCase();
        if (!byName.has(name))
            byName.set(name, file);
    }
    return byName;
}
async function opened(source) {
    try {
        const options = { autoClose: false, lazyEntries: true, validateEntrySizes: true };
        return await yauzl.fromRandomAccessReaderPromise(new BytesReader(source), source.size, options);
    }
    catch (thrown) {
        throw thrown instanceof Failure ? thrown : notAZip(thrown);
    }
}
class BytesReader extends yauzl.RandomAccessReader {
    #source;
    constructor(source) {
        super();
        this.#source = source;
    }
    _readStreamForRange(start, end) {
        return Readable.from(this.#range(start, end), { objectMode: false });
    }
    read(buffer, offset, length, position, callback) {
        this.#source.read(position, length).then((bytes) => {
            buffer.set(bytes, offset);
            callback(null);
        }, (thrown) => callback(thrown));
    }
    async *#range(start, end) {
        for (let at = start; at < end; at += READ_BYTES) {
            yield await this.#source.read(at, Math.min(READ_BYTES, end - at));
        }
    }
}
async function* entryBytes(zip, entry) {
    let checksum = 0;
    let stream;
    try {
        stream = await zip.openReadStreamPromise(entry);
        for await (const chunk of stream) {
            checksum = crc32(chunk, checksum);
            yield chunk;
        }
    }
    catch (thrown) {
        if (thrown instanceof Failure)
            throw thrown;
        const words = `${entry.fileName} in the archive is damaged: ${messageOf(thrown)}`;
        throw new Failure("decode.format", words, { cause: thrown });
    }
    finally {
        stream?.destroy();
    }
    if (checksum !== entry.crc32) {
        throw new Failure("decode.format", `${entry.fileName} in the archive is damaged: its checksum does not match`);
    }
}
function notAZip(thrown) {
    // The words of the library end as sentences do.
    const why = messageOf(thrown).replace(/\.$/, "");
    const words = `The archive cannot be opened: ${why}. Make the zip again, or copy it anew`;
    return new Failure("decode.format", words, { cause: thrown });
}
function bomb(what) {
    return new Failure("decode.limit", `The archive is refused: ${what}`);
}
