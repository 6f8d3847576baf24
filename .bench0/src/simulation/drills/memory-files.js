import { dirname } from "node:path";
import { Failure } from "../../model/failure.js";
const FREE_BYTES = 1 << 40;
/** A disk in memory, for what sinks write. Nothing of the machine's own is read. */
export class MemoryFiles {
    #options;
    #files = new Map();
    constructor(options) {
        this.#options = options;
    }
    textOf(path) {
        return Buffer.concat(this.#files.get(path) ?? []).toString("utf8");
    }
    async read(path) {
        return Buffer.concat(this.#existing(path));
    }
    async *readChunks(path) {
        yield* this.#existing(path);
    }
    async openRead(path) {
        const bytes = Buffer.concat(this.#existing(path));
        return {
            size: bytes.length,
            read: async (position, length) => bytes.subarray(position, position + length),
            close: async () => undefined,
        };
    }
    async writeAtomic(path, bytes) {
        await this.#options.beforeAppend();
        this.#files.set(path, [typeof bytes === "string" ? Buffer.from(bytes) : bytes]);
    }
    async replaceAll(set) {
        await this.#options.beforeAppend();
        for (const { path, bytes } of set)
            this.#files.set(path, [bytes]);
    }
    async list(directory) {
        return [...this.#files.keys()]
            .filter((path) => dirname(path) === directory)
            .map((path) => this.#entry(path));
    }
    async stat(path) {
        return this.#files.has(path) ? this.#entry(path) : undefined;
    }
    async makeDirectory() { }
    async remove(path) {
        this.#files.delete(path);
    }
    async rename(from, to) {
        this.#files.set(to, this.#existing(from));
        this.#files.delete(from);
    }
    async openAppend(path) {
        const { beforeAppend } = this.#options;
        if (!this.#files.has(path))
            this.#files.set(path, []);
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
    #existing(path) {
        const pieces = this.#files.get(path);
        if (pieces === undefined)
            throw new Failure("config.invalid", `There is no file ${path} in this drill`);
        return pieces;
    }
    #entry(path) {
        const bytes = this.#existing(path).reduce((sum, piece) => sum + piece.length, 0);
        return { path, name: path.slice(dirname(path).length + 1), isDirectory: false, bytes, modifiedTime: 0 };
    }
}
