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

/** Called for records as they are admitted: after personal fields are gone, before any sink. Must not throw or wait. */
export type TapListener = (record: TransitRecord) => void;

/** Lets somebody watch records go by. Costs nothing while nobody does. */
export type Tap = (listener: TapListener, filter: TapFilter) => Cancel;

export function passes(filter: TapFilter, record: TransitRecord): boolean {
	return (
		(filter.feed === undefined || record.origin.feed === filter.feed) &&
		(filter.kind === undefined || record.body.kind === filter.kind) &&
		(filter.key === undefined || record.key.includes(filter.key))
	);
}
