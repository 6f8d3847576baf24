import type { Kind } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import type { Cancel } from "../runtime/runtime.js";

/** Which records a tap shows. An absent condition lets everything through. */
export interface TapFilter {
	readonly feed?: string | undefined;
	readonly kind?: Kind | undefined;
	/** Part of the record's key, such as a vehicle id. */
	readonly key?: string | undefined;
}

/** Called with records as they are committed: after personal fields are gone. Must not throw or wait. */
export type TapListener = (records: readonly TransitRecord[]) => void;

/** Lets somebody watch records go by. Costs nothing while nobody does. */
export type Tap = (listener: TapListener) => Cancel;

export function passes(filter: TapFilter, record: TransitRecord): boolean {
	return (
		(filter.feed === undefined || record.origin.feed === filter.feed) &&
		(filter.kind === undefined || record.body.kind === filter.kind) &&
		(filter.key === undefined || record.key.includes(filter.key))
	);
}
