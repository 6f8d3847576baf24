import { join } from "node:path";
import { messageOf } from "../model/failure.js";
/**
 * Writes each publication to a folder as a set: all its files are written before the first is replaced, and whoever reads
 * one sees the one before or this one, also while the hub restarts. One set at a time; when publications come faster than
 * the disk takes them, the newest is next. What could not be written is written with the next publication: until then
 * the set stands as it was.
 */
export class PublishedFiles {
    #directory;
    #files;
    #onEvent;
    #next;
    #writing;
    #hasDirectory = false;
    #writtenTime;
    #trouble;
    #failures = 0;
    constructor(directory, files, onEvent) {
        this.#directory = directory;
        this.#files = files;
        this.#onEvent = onEvent;
    }
    /** Facts for the status page. */
    get status() {
        return {
            filesTime: this.#writtenTime ?? 0,
            filesFailed: this.#failures,
            ...(this.#trouble !== undefined && { filesTrouble: this.#trouble }),
        };
    }
    write(set) {
        this.#next = set;
        this.#writing ??= this.#run().finally(() => {
            this.#writing = undefined;
        });
    }
    /** Resolves when nothing is left to write. */
    async idle() {
        await this.#writing;
    }
    async #run() {
        for (let set = this.#next; set !== undefined; set = this.#next) {
            this.#next = undefined;
            const trouble = await this.#replace(set);
            const before = this.#trouble;
            this.#trouble = trouble;
            if (trouble === undefined)
                this.#writtenTime = set.time;
            else
                this.#failures++;
            if (trouble !== undefined && before === undefined) {
                const message = `The files in ${this.#directory} cannot be replaced, and stand as they were: ${trouble}`;
                this.#onEvent?.("warn", "sink.files_failed", message);
            }
            else if (trouble === undefined && before !== undefined) {
                this.#onEvent?.("info", "sink.files_written", `The files in ${this.#directory} are replaced again`);
            }
        }
    }
    /** What went wrong, if anything did. Windows refuses to replace a file that somebody reads: that passes by itself. */
    async #replace({ files }) {
        try {
            if (!this.#hasDirectory)
                await this.#files.makeDirectory(this.#directory);
            this.#hasDirectory = true;
            const set = [...files].map(([name, bytes]) => ({ path: join(this.#directory, name), bytes: bytes() }));
            await this.#files.replaceAll(set);
            return undefined;
        }
        catch (thrown) {
            // Somebody may have removed the folder.
            this.#hasDirectory = false;
            return messageOf(thrown);
        }
    }
}
