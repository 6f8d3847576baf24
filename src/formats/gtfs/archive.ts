import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import * as yauzl from "yauzl";
import { Failure, messageOf } from "../../model/failure.js";

/** The files of a GTFS feed, wherever they lie. Names are in lower case, without a folder. */
export interface GtfsArchive {
	readonly files: ReadonlyMap<string, GtfsFile>;
	close(): Promise<void>;
}

export interface GtfsFile {
	/** As it stands in the archive. */
	readonly path: string;
	/** Unpacked. */
	readonly bytes: number;
	/** Reads it from its beginning. Throws a `Failure` when it cannot be unpacked. */
	open(): AsyncIterable<Uint8Array>;
}

/** A file that can be read anywhere, such as an open zip. */
export interface RandomBytes {
	readonly size: number;
	/** Answers exactly `length` bytes, or rejects. */
	read(position: number, length: number): Promise<Uint8Array>;
	close(): Promise<void>;
}

export interface ZipLimits {
	/** Of all tables together, unpacked. Default 16 GiB: a national feed has 3. */
	readonly bytesMax?: number;
	/** How much larger a table may become by unpacking. Default 200: schedules reach 40. */
	readonly ratioMax?: number;
}

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
export async function openGtfsZip(source: RandomBytes, limits: ZipLimits = {}): Promise<GtfsArchive> {
	const zip = await opened(source);
	const entries: yauzl.Entry[] = [];
	try {
		for await (const entry of zip.eachEntry()) {
			if (entries.length >= ENTRIES_MAX) throw bomb(`it has more than ${ENTRIES_MAX} entries`);
			entries.push(entry);
		}
	} catch (thrown) {
		throw thrown instanceof Failure ? thrown : notAZip(thrown);
	}
	const tables = entries.filter(({ fileName }) => isTable(fileName));
	const total = tables.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
	const bytesMax = limits.bytesMax ?? BYTES_MAX;
	if (total > bytesMax) throw bomb(`its tables unpack to ${total} bytes, where ${bytesMax} are allowed`);
	const ratioMax = limits.ratioMax ?? RATIO_MAX;
	for (const { fileName, uncompressedSize, compressedSize } of tables) {
		if (uncompressedSize <= RATIO_FROM_BYTES || uncompressedSize <= compressedSize * ratioMax) continue;
		throw bomb(
			`${fileName} unpacks from ${compressedSize} to ${uncompressedSize} bytes, more than ${ratioMax} to 1`,
		);
	}
	const files = filesByName(
		tables.map((entry): GtfsFile => {
			const { fileName: path, uncompressedSize: bytes } = entry;
			return { path, bytes, open: () => entryBytes(zip, entry) };
		}),
	);
	return { files, close: () => source.close() };
}

/** The files of a folder as an archive. */
export function gtfsFolder(files: readonly GtfsFile[]): GtfsArchive {
	return { files: filesByName(files.filter(({ path }) => isTable(path))), close: async () => undefined };
}

function isTable(path: string): boolean {
	return (
		/\.(txt|geojson)$/i.test(path) && !/(^|\/)(__MACOSX|\.[^/]*)\//.test(path) && !/(^|\/)\._/.test(path)
	);
}

/** Archives of archives and copies in sub-folders exist: the outermost folder with trips counts. */
function filesByName(files: readonly GtfsFile[]): Map<string, GtfsFile> {
	const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
	const depth = (path: string) => path.split("/").length;
	const landmarks = files.filter(({ path }) => path.toLowerCase().endsWith(LANDMARK));
	const [home] = landmarks
		.map(({ path }) => folderOf(path))
		.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
	const byName = new Map<string, GtfsFile>();
	for (const file of files) {
		const folder = folderOf(file.path);
		if (folder !== (home ?? folder)) continue;
		const name = file.path.slice(folder.length).toLowerCase();
		if (!byName.has(name)) byName.set(name, file);
	}
	return byName;
}

async function opened(source: RandomBytes): Promise<yauzl.ZipFile> {
	try {
		const options = { autoClose: false, lazyEntries: true, validateEntrySizes: true };
		return await yauzl.fromRandomAccessReaderPromise(new BytesReader(source), source.size, options);
	} catch (thrown) {
		throw thrown instanceof Failure ? thrown : notAZip(thrown);
	}
}

class BytesReader extends yauzl.RandomAccessReader {
	readonly #source: RandomBytes;

	constructor(source: RandomBytes) {
		super();
		this.#source = source;
	}

	override _readStreamForRange(start: number, end: number): Readable {
		return Readable.from(this.#range(start, end), { objectMode: false });
	}

	override read(
		buffer: Buffer,
		offset: number,
		length: number,
		position: number,
		callback: (error: Error | null) => void,
	): void {
		this.#source.read(position, length).then(
			(bytes) => {
				buffer.set(bytes, offset);
				callback(null);
			},
			(thrown: unknown) => callback(thrown as Error),
		);
	}

	async *#range(start: number, end: number): AsyncGenerator<Uint8Array> {
		for (let at = start; at < end; at += READ_BYTES) {
			yield await this.#source.read(at, Math.min(READ_BYTES, end - at));
		}
	}
}

async function* entryBytes(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
	let checksum = 0;
	let stream: Readable | undefined;
	try {
		stream = await zip.openReadStreamPromise(entry);
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			checksum = crc32(chunk, checksum);
			yield chunk;
		}
	} catch (thrown) {
		if (thrown instanceof Failure) throw thrown;
		const words = `${entry.fileName} in the archive is damaged: ${messageOf(thrown)}`;
		throw new Failure("decode.format", words, { cause: thrown });
	} finally {
		stream?.destroy();
	}
	if (checksum !== entry.crc32) {
		throw new Failure(
			"decode.format",
			`${entry.fileName} in the archive is damaged: its checksum does not match`,
		);
	}
}

function notAZip(thrown: unknown): Failure {
	// The words of the library end as sentences do.
	const why = messageOf(thrown).replace(/\.$/, "");
	const words = `The archive cannot be opened: ${why}. Make the zip again, or copy it anew`;
	return new Failure("decode.format", words, { cause: thrown });
}

function bomb(what: string): Failure {
	return new Failure("decode.limit", `The archive is refused: ${what}`);
}
