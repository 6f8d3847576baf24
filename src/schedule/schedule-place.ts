import { gtfsSignature } from "../formats/gtfs/open.js";
import type { Files } from "../runtime/files.js";

/** A feed that lies ready to be read. */
export interface PlacedFeed {
	/** A zip or a folder on this machine. */
	readonly path: string;
	/** Tells this content from the next, as far as it can be told without reading it. */
	readonly mark: string;
	/** False while somebody may still be writing it: it is looked at again before it is read. */
	readonly isSettled: boolean;
	/** Called when it was read. */
	done(): Promise<void>;
}

/** Where the schedule of an agency comes from. */
export interface SchedulePlace {
	/** As it may be shown: no key, no password. */
	readonly name: string;
	/** On this machine: to look costs nobody anything. */
	readonly isLocal?: boolean;
	/** What lies there. Undefined: the same as when it had the mark. Rejects with a `Failure` when it cannot be had. */
	look(mark: string | undefined, signal: AbortSignal): Promise<PlacedFeed | undefined>;
}

/** A zip or a folder that somebody puts in place. */
export class LocalPlace implements SchedulePlace {
	readonly name: string;
	readonly isLocal = true;
	readonly #files: Files;
	#lastMark: string | undefined;

	constructor(path: string, files: Files) {
		this.name = path;
		this.#files = files;
	}

	async look(mark: string | undefined): Promise<PlacedFeed | undefined> {
		const found = await gtfsSignature(this.#files, this.name);
		// Of two looks with one answer the second tells that nobody is copying files just now.
		const isSettled = found === this.#lastMark;
		this.#lastMark = found;
		return found === mark
			? undefined
			: { path: this.name, mark: found, isSettled, done: async () => undefined };
	}
}
