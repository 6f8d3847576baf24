import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { LiveLine } from "./live-line.js";

/**
 * Why a subject is told of no more: upstream took it away (or keeps it from riders), it has become too old to be true, or
 * it has left what the client asked for.
 */
export type RemovalReason = "removed" | "gone" | "filter";

/** One subject that is told otherwise than before. Without `after` it is told of no more. */
export interface LiveChange {
	/** Any record of the subject, for its names. */
	readonly record: TransitRecord;
	readonly before: LiveLine | undefined;
	readonly after: LiveLine | undefined;
	readonly reason: RemovalReason;
}

/**
 * What changed at one instant, and the way to what changed next: a client holds the one it has read, so that what waits is
 * in memory once, whoever waits for it, and nobody has to clear it away.
 */
export class LivePublication {
	/** Higher than that of every earlier one, through restarts and steps of the clock. */
	readonly time: EpochMs;
	readonly changes: readonly LiveChange[];
	/** Changes, and bytes of their JSON, up to here since the start. */
	readonly records: number;
	readonly bytes: number;
	next: LivePublication | undefined;

	constructor(time: EpochMs, changes: readonly LiveChange[], before?: LivePublication, bytes = 0) {
		this.time = time;
		this.changes = changes;
		this.records = (before?.records ?? 0) + changes.length;
		this.bytes = (before?.bytes ?? 0) + bytes;
	}
}
