/** What the pipeline needs of a disk. Paths are those of the platform. Errors are `Failure`s that name the path. */
export interface Files {
	read(path: string): Promise<Uint8Array>;
	/** Whole lines or chunks of a large file, in order, in bounded memory. `.gz` is decompressed where asked. */
	readChunks(
		path: string,
		options?: { readonly gunzip?: boolean; readonly signal?: AbortSignal },
	): AsyncIterable<Uint8Array>;
	/** For formats that are read from their end, such as zip: any piece of a file at any time. */
	openRead(path: string): Promise<ReadFile>;
	/**
	 * Replaces the file as a whole: write beside it, sync, rename. Readers see the old or the new one. `ownerOnly`: nobody
	 * else may read it, where the platform knows such rights.
	 */
	writeAtomic(
		path: string,
		bytes: Uint8Array | string,
		options?: { readonly ownerOnly?: boolean },
	): Promise<void>;
	/**
	 * Replaces several files as a set: all are written beside their places and synced before the first is renamed, so that
	 * none is replaced where one cannot be written. The renames follow each other at once; one that is refused keeps its old
	 * file, the others are done, and then it rejects. Not for paths that somebody else replaces at the same time.
	 */
	replaceAll(set: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Promise<void>;
	list(directory: string): Promise<readonly FileEntry[]>;
	stat(path: string): Promise<FileEntry | undefined>;
	makeDirectory(path: string): Promise<void>;
	remove(path: string): Promise<void>;
	/** Puts a file of the same disk in the place of another, or where there is none: readers see the old or the new one. */
	rename(from: string, to: string): Promise<void>;
	/** For sinks that append: the file is created when it is missing. */
	openAppend(path: string): Promise<AppendFile>;
	/** Free and total bytes of the disk that holds the path. */
	space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
}

export interface FileEntry {
	readonly path: string;
	readonly name: string;
	readonly isDirectory: boolean;
	readonly bytes: number;
	readonly modifiedTime: number;
}

export interface ReadFile {
	/** As it was when the file was opened. */
	readonly size: number;
	/** Exactly `length` bytes from a position on; rejects when the file ends before. */
	read(position: number, length: number): Promise<Uint8Array>;
	close(): Promise<void>;
}

export interface AppendFile {
	size(): Promise<number>;
	append(bytes: Uint8Array): Promise<void>;
	sync(): Promise<void>;
	/** Cuts the file to a length that is known to be good. */
	truncate(bytes: number): Promise<void>;
	close(): Promise<void>;
}
