import { parseIsoTime } from "../../formats/iso-time.js";
import type { Trace } from "./trace.js";

/** As much of a delivered record as the checks look at. */
export interface Delivered {
	readonly id: string;
	readonly revision: number;
	readonly kind: string;
	readonly key: string;
	readonly eventTime: string;
	readonly flags: readonly string[];
	readonly removed?: boolean;
}

/** A batch of `latest` that waited too long is planned anew under another id: who takes those knows records by their id. */
function isReplanned(earlier: string, later: string): boolean {
	const [, from] = /^(.*:\d+:\d+)-\d+(:\d+)?$/.exec(earlier) ?? [];
	const [, again, generation] = /^(.*:\d+:\d+)-\d+(:\d+)?$/.exec(later) ?? [];
	return from !== undefined && from === again && generation !== undefined;
}

/**
 * What retention has left of a batch whose answer never came goes on under another id: what the first id stood for cannot be
 * sent any more.
 */
function isCutByRetention(earlier: string, later: string, memory: MemoryOfHub): boolean {
	const range = /:(\d+):(\d+)-(\d+)/;
	const [, partition, from, to] = (range.exec(earlier) ?? []).map(Number);
	const [, samePartition, start] = (range.exec(later) ?? []).map(Number);
	if (from === undefined || to === undefined || start === undefined) return false;
	return (
		partition === samePartition && start > from && start < to && start <= memory.removedTo(partition ?? 0)
	);
}

/** What the hub cannot know any more, because retention has taken it. */
export interface MemoryOfHub {
	/** Names of records that may come twice. */
	readonly repeated: ReadonlySet<string>;
	/** Whether the record is gone: what is older than it may come without a flag. */
	isRemoved(name: string): boolean;
	/** What retention has removed of a partition: all before this offset. */
	removedTo(partition: number): number;
}

/** What took effect at somebody who receives records, and whether it did so once and in order. */
export class Receiver {
	/** By `id#revision`: with what it came. */
	readonly applied = new Map<string, string>();
	readonly #name: string;
	readonly #trace: Trace;
	readonly #memory: MemoryOfHub;
	readonly #newest = new Map<
		string,
		{ readonly time: number; readonly revision: number; readonly name: string }
	>();

	constructor(name: string, trace: Trace, memory: MemoryOfHub) {
		this.#name = name;
		this.#trace = trace;
		this.#memory = memory;
	}

	apply(record: Delivered, within: string): void {
		const name = `${record.id}#${record.revision}`;
		const earlier = this.applied.get(name);
		const isExcused =
			earlier === undefined ||
			this.#memory.repeated.has(name) ||
			isReplanned(earlier, within) ||
			isCutByRetention(earlier, within, this.#memory);
		if (!isExcused) {
			this.#trace.violate(
				"once",
				`${name} took effect at ${this.#name} in ${earlier} and again in ${within}`,
			);
		}
		this.applied.set(name, within);
		if (record.removed === true || record.flags.includes("future")) return;
		const key = `${record.kind}/${record.key}`;
		const newest = this.#newest.get(key);
		const time = parseIsoTime(record.eventTime)?.time ?? Number.NaN;
		const isBefore =
			newest !== undefined &&
			(time < newest.time || (time === newest.time && record.revision < newest.revision));
		if (isBefore && !record.flags.includes("late") && !this.#memory.isRemoved(newest.name)) {
			const what = `${name} came after a newer record of ${key} and is not flagged late`;
			this.#trace.violate("order", `${this.#name}: ${what}`);
		}
		if (!isBefore) this.#newest.set(key, { time, revision: record.revision, name });
	}
}
