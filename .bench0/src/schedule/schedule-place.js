import { gtfsSignature } from "../formats/gtfs/open.js";
/** A zip or a folder that somebody puts in place. */
export class LocalPlace {
    name;
    isLocal = true;
    #files;
    #lastMark;
    constructor(path, files) {
        this.name = path;
        this.#files = files;
    }
    async look(mark) {
        const found = await gtfsSignature(this.#files, this.name);
        // Of two looks with one answer the second tells that nobody is copying files just now.
        const isSettled = found === this.#lastMark;
        this.#lastMark = found;
        return found === mark
            ? undefined
            : { path: this.name, mark: found, isSettled, done: async () => undefined };
    }
}
