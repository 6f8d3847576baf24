import type { Flag, Observation } from "./observation.js";
import type { EpochMs } from "./units.js";

/** The version of the record's shape. Readers accept every earlier one. */
export const MODEL_VERSION = 1;

/** What all records of one frame share. One object per frame; records point to it. */
export interface FrameOrigin {
	readonly agency: string;
	readonly feed: string;
	/** Which of the feed's ordered upstreams, by its number from 0. */
	readonly upstream: number;
	/** The frame's position in topic `frames`. */
	readonly partition: number;
	readonly offset: number;
	readonly receivedTime: EpochMs;
	/** What the message says about its own time, where it does. */
	readonly headerTime?: EpochMs | undefined;
	/** Decoder and its version, e.g. `bustime@1`. */
	readonly decoder: string;
	/** Version of the contract that it was checked against, where the feed has one. */
	readonly contract?: string | undefined;
	/** Version of the schedule that its ids were resolved with, where the agency has one. */
	readonly schedule?: string | undefined;
}

/** Meaning with an envelope: what the log keeps and sinks deliver. */
export interface TransitRecord {
	/** 0 the first time; each later version of the same id is one higher. */
	readonly revision: number;
	/** Order and compaction: `agency:vehicle`, `agency:serviceDate:trip` or `agency:alert`. */
	readonly key: string;
	readonly eventTime: EpochMs;
	readonly resolutionMs: number;
	readonly origin: FrameOrigin;
	/** The place of the observation in its frame, from 0. (frame, index) names an item in the ledger. */
	readonly index: number;
	readonly flags: readonly Flag[];
	readonly body: RecordBody;
}

/**
 * What upstream said, or that it says no more: `removed` means that complete messages of upstream no longer list the key.
 * Then the body holds its kind and the fields that make its key, lists that the kind requires are empty, and the event
 * time is that of the message. It ends what was said of the key until then; any later record of the key begins anew.
 */
export type RecordBody = Observation & { readonly removed?: true | undefined };

/**
 * `kind/key/eventTime`: derived, never random, so that replays and second upstreams find the same id. A removal has
 * `/removed` behind it, because a report of the same instant is something else.
 */
export function recordId(record: TransitRecord): string {
	const id = `${record.body.kind}/${record.key}/${record.eventTime}`;
	return record.body.removed === true ? `${id}/removed` : id;
}
