import { join } from "node:path";
import { messageOf } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";
import type { Files } from "../runtime/files.js";
import type { SinkContext } from "./sink.js";

/** What is to be written: the time that it stands for, and the bytes of each file by its name. */
export interface FileSet {
	readonly time: EpochMs;
	readonly files: ReadonlyMap<string, () => Uint8Array>;
}

/**
 * Writes each publication to a folder as a set: all its files are written before the first is replaced, and whoever reads
 * one sees the one before or this one, also while the hub restarts. One set at a time; when publications come faster than
 * the disk takes them, the newest is next. What could not be written is written with the next publication: until then
 * the set stands as it was.
 */
export class PublishedFiles {
	readonly #directory: string;
	readonly #files: Files;
	readonly #onEvent: SinkContext["onEvent"];
	#next: FileSet | undefined;
	#writing: Promise<void> | undefined;
	#hasDirectory = false;
	#writtenTime: EpochMs | undefined;
	#trouble: string | undefined;
	#failures = 0;

	constructor(directory: string, files: Files, onEvent: SinkContext["onEvent"]) {
		this.#directory = directory;
		this.#files = files;
		this.#onEvent = onEvent;
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
			const trouble = await this.#replace(set);
			const before = this.#trouble;
			this.#trouble = trouble;
			if (trouble === undefined) this.#writtenTime = set.time;
			else this.#failures++;
			if (trouble !== undefined && before === undefined) {
				const message = `The files in ${this.#directory} cannot be replaced, and stand as they were: ${trouble}`;
				this.#onEvent?.("warn", "sink.files_failed", message);
			} else if (trouble === undefined && before !== undefined) {
				this.#onEvent?.("info", "sink.files_written", `The files in ${this.#directory} are replaced again`);
			}
		}
	}

	/** What went wrong, if anything did. Windows refuses to replace a file that somebody reads: that passes by itself. */
	async #replace({ files }: FileSet): Promise<string | undefined> {
		try {
			if (!this.#hasDirectory) await this.#files.makeDirectory(this.#directory);
			this.#hasDirectory = true;
			const set = [...files].map(([name, bytes]) => ({ path: join(this.#directory, name), bytes: bytes() }));
			await this.#files.replaceAll(set);
			return undefined;
		} catch (thrown) {
			// Somebody may have removed the folder.
			this.#hasDirectory = false;
			return messageOf(thrown);
		}
	}
}
