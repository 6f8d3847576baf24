import { Failure } from "../../model/failure.js";
import { type GtfsArchive, type GtfsFile, gtfsFolder, openGtfsZip, type RandomBytes } from "./archive.js";

/** What is needed of a disk to read a feed. */
export interface GtfsDisk {
	stat(path: string): Promise<DiskEntry | undefined>;
	list(directory: string): Promise<readonly DiskEntry[]>;
	readChunks(path: string): AsyncIterable<Uint8Array>;
	openRead(path: string): Promise<RandomBytes>;
}

interface DiskEntry {
	readonly path: string;
	readonly name: string;
	readonly isDirectory: boolean;
	readonly bytes: number;
	readonly modifiedTime: number;
}

/** Opens a feed: a folder with its tables, or a zip. */
export async function openGtfs(disk: GtfsDisk, path: string): Promise<GtfsArchive> {
	const entry = await required(disk, path);
	if (entry.isDirectory) return gtfsFolder((await disk.list(path)).flatMap((file) => fileOf(disk, file)));
	const bytes = await disk.openRead(path);
	try {
		return await openGtfsZip(bytes);
	} catch (thrown) {
		await bytes.close();
		throw thrown;
	}
}

/** Changes whenever a file of the feed changes: a cheap way to see that there is something to read. */
export async function gtfsSignature(disk: GtfsDisk, path: string): Promise<string> {
	const entry = await required(disk, path);
	const files = entry.isDirectory
		? (await disk.list(path)).filter(({ name }) => /\.txt$/i.test(name))
		: [entry];
	return files.map(({ name, bytes, modifiedTime }) => `${name}:${bytes}:${modifiedTime}`).join("|");
}

async function required(disk: GtfsDisk, path: string): Promise<DiskEntry> {
	const entry = await disk.stat(path);
	if (entry !== undefined) return entry;
	throw new Failure(
		"config.invalid",
		`There is no GTFS feed at ${path}: put a zip or a folder there, or correct the path`,
	);
}

function fileOf(disk: GtfsDisk, { name, path, bytes, isDirectory }: DiskEntry): GtfsFile[] {
	return isDirectory ? [] : [{ path: name, bytes, open: () => disk.readChunks(path) }];
}
