import type { Flag, Observation } from "../model/observation.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { Pack, StoredPack } from "./log.js";

interface EntryJson {
	/** Index into `head.frames`. */
	readonly frame: number;
	readonly index: number;
	readonly revision: number;
	readonly key: string;
	readonly eventTime: EpochMs;
	readonly resolutionMs: number;
	readonly flags: readonly Flag[];
	readonly body: Observation;
}

/**
 * Collects records of one partition, feed and minute into one row. What all records of a frame share stands once in
 * `head.frames`; an entry of the body names it by its number. Text is JSON, so that any SQLite shell can list it.
 */
export class RecordPackBuilder {
	readonly #partition: number;
	readonly #feed: string;
	readonly #minute: number;
	readonly #origins: FrameOrigin[] = [];
	#body = "";
	#count = 0;

	constructor(partition: number, feed: string, minute: number) {
		this.#partition = partition;
		this.#feed = feed;
		this.#minute = minute;
	}

	add(record: TransitRecord, bodyJson: string): void {
		let frame = this.#origins.length - 1;
		if (this.#origins[frame] !== record.origin) frame = this.#origins.push(record.origin) - 1;
		const flags = record.flags.length === 0 ? "[]" : JSON.stringify(record.flags);
		this.#body +=
			`${this.#count++ === 0 ? "[" : ",\n"}{"frame":${frame},"index":${record.index},"revision":${record.revision}` +
			`,"key":${JSON.stringify(record.key)},"eventTime":${record.eventTime},"resolutionMs":${record.resolutionMs}` +
			`,"flags":${flags},"body":${bodyJson}}`;
	}

	get count(): number {
		return this.#count;
	}

	/** Length of the text so far, in UTF-16 units. */
	get length(): number {
		return this.#body.length;
	}

	finish(): Pack {
		return {
			topic: "records",
			partition: this.#partition,
			feed: this.#feed,
			minute: this.#minute,
			count: this.#count,
			head: JSON.stringify({ frames: this.#origins }),
			body: `${this.#body}]`,
		};
	}
}

/** The records of a stored pack with their offsets, from `fromOffset` on. */
export function unpackRecords(
	pack: StoredPack,
	fromOffset = pack.firstOffset,
): { readonly offset: number; readonly record: TransitRecord }[] {
	const { frames } = JSON.parse(pack.head) as { frames: FrameOrigin[] };
	const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
	const entries = JSON.parse(text) as EntryJson[];
	const result: { offset: number; record: TransitRecord }[] = [];
	entries.forEach((entry, i) => {
		const offset = pack.firstOffset + i;
		if (offset < fromOffset) return;
		const { frame, ...rest } = entry;
		result.push({ offset, record: { ...rest, origin: frames[frame] as FrameOrigin } });
	});
	return result;
}
