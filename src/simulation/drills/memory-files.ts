import { dirname } from "node:path";
import { Failure } from "../../model/failure.js";
import type { AppendFile, Files } from "../../runtime/files.js";

export interface MemoryFilesOptions {
	/** Awaited before each append: whatever it throws is what the disk says. */
	readonly beforeAppend: () => Promise<void>;
}

const FREE_BYTES = 1 << 40;

/** A disk in memory, for what sinks write. Nothing of the machine's own is read. */
export class MemoryFiles implements Files {
	readonly #options: MemoryFilesOptions;
	readonly #files = new Map<string, Uint8Array[]>();

	constructor(options: MemoryFilesOptions) {
		this.#options = options;
	}

	textOf(path: string): string {
		return Buffer.concat(this.#files.get(path) ?? []).toString("utf8");
	}

	async read(path: string): Promise<Uint8Array> {
		return Buffer.concat(this.#existing(path));
	}

	async *readChunks(path: string): AsyncIterable<Uint8Array> {
		yield* this.#existing(path);
	}

	async openRead(path: string) {
		const bytes = Buffer.concat(this.#existing(path));
		return {
			size: bytes.length,
			read: async (position: number, length: number) => bytes.subarray(position, position + length),
			close: async () => undefined,
		};
	}

	async writeAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
		await this.#options.beforeAppend();
		this.#files.set(path, [typeof bytes === "string" ? Buffer.from(bytes) : bytes]);
	}

	async replaceAll(set: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Promise<void> {
		await this.#options.beforeAppend();
		for (const { path, bytes } of set) this.#files.set(path, [bytes]);
	}

	async list(directory: string) {
		return [...this.#files.keys()]
			.filter((path) => dirname(path) === directory)
			.map((path) => this.#entry(path));
	}

	async stat(path: string) {
		return this.#files.has(path) ? this.#entry(path) : undefined;
	}

	async makeDirectory(): Promise<void> {}

	async remove(path: string): Promise<void> {
		this.#files.delete(path);
	}

	async rename(from: string, to: string): Promise<void> {
		this.#files.set(to, this.#existing(from));
		this.#files.delete(from);
	}

	async openAppend(path: string): Promise<AppendFile> {
		const { beforeAppend } = this.#options;
		if (!this.#files.has(path)) this.#files.set(path, []);
		return {
			size: async () => this.#entry(path).bytes,
			append: async (bytes) => {
				await beforeAppend();
				this.#existing(path).push(bytes);
			},
			sync: async () => undefined,
			truncate: async (bytes) => {
				this.#files.set(path, [Buffer.concat(this.#existing(path)).subarray(0, bytes)]);
			},
			close: async () => undefined,
		};
	}

	async space() {
		return { freeBytes: FREE_BYTES, totalBytes: FREE_BYTES };
	}

	#existing(path: string): Uint8Array[] {
		const pieces = this.#files.get(path);
		if (pieces === undefined) throw new Failure("config.invalid", `There is no file ${path} in this drill`);
		return pieces;
	}

	#entry(path: string) {
		const bytes = this.#existing(path).reduce((sum, piece) => sum + piece.length, 0);
		return { path, name: path.slice(dirname(path).length + 1), isDirectory: false, bytes, modifiedTime: 0 };
	}
}
