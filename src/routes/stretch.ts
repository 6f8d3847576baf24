import type { TransitRecord } from "../model/record.js";

/** A stretch of one partition, from the cursor on. */
export interface Stretch {
	/** Ascending, not always dense. */
	readonly offsets: readonly number[];
	readonly records: readonly TransitRecord[];
	/** Where the log goes on behind the last record. */
	readonly next: number;
	/** Offsets of records that came after a newer one of their key. Undefined: order in event time is not asked for. */
	readonly inverted?: readonly number[] | undefined;
}

/** Where the offset stands in the stretch, or would. */
export function placeOf(offset: number, { offsets }: Pick<Stretch, "offsets">): number {
	let low = 0;
	let high = offsets.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((offsets[middle] as number) < offset) low = middle + 1;
		else high = middle;
	}
	return low;
}
