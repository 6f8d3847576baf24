import { join } from "node:path";
import { messageOf } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";
import type { Files } from "../runtime/files.js";

/** What is to be written: the time that it stands for, and the bytes of each file by its name. */
export interface FileSet {
	readonly time: EpochMs;
	readonly files: ReadonlyMap<string, () => Uint8Array>;
}

/**
 * Writes each publication to a folder, each file as a whole: whoever reads sees the one before or this one, also while
 * the hub restarts. One set at a time; when publications come faster than the disk takes them, the newest is next. What
 * could not be written is written with the next publication: until then the file stands as it was.
 */
export class PublishedFiles {
	readonly #directory: string;
	readonly #files: Files;
	#next: FileSet | undefined;
	#writing: Promise<void> | undefined;
	#hasDirectory = false;
	#writtenTime: EpochMs | undefined;
	#trouble: string | undefined;
	#failures = 0;

	constructor(directory: string, files: Files) {
		this.#directory = directory;
		this.#files = files;
	}

	/** Facts for the status page. */
	get status(): Readonly<Record<string, string | number>> {
		return {
			filesTime: this.#writtenTime ?? 0,
			filesFailed: this.#failures,
			...(this.#trouble !== undefined && { filesTrouble: this.#trouble }),
		};
	}

	write(set: FileSet): void {
		this.#next = set;
		this.#writing ??= this.#run().finally(() => {
			this.#writing = undefined;
		});
	}

	/** Resolves when nothing is left to write. */
	async idle(): Promise<void> {
		await this.#writing;
	}

	async #run(): Promise<void> {
		for (let set = this.#next; set !== undefined; set = this.#next) {
			this.#next = undefined;
			let trouble: string | undefined;
			for (const [name, bytes] of set.files) trouble = (await this.#replace(name, bytes)) ?? trouble;
			this.#trouble = trouble;
			if (trouble === undefined) this.#writtenTime = set.time;
			else this.#failures++;
		}
	}

	/** What went wrong, if anything did. Windows refuses to replace a file that somebody reads: that passes by itself. */
	async #replace(name: string, bytes: () => Uint8Array): Promise<string | undefined> {
		try {
			if (!this.#hasDirectory) await this.#files.makeDirectory(this.#directory);
			this.#hasDirectory = true;
			await this.#files.writeAtomic(join(this.#directory, name), bytes());
			return undefined;
		} catch (thrown) {
			// Somebody may have removed the folder.
			this.#hasDirectory = false;
			return messageOf(thrown);
		}
	}
}
