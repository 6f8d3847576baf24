import type { EpochMs } from "../model/units.js";

/** One entry of topic `dead-letters`: what could not go on, why, and where its bytes lie. Stored as JSON. */
export interface DeadLetter {
	readonly time: EpochMs;
	/** `redecode`: it could be read the last time, and can no longer, so that nobody else has a letter of it. */
	readonly stage: "interpret" | "admit" | "redecode" | `sink:${string}`;
	/** A code of `model/failure`. */
	readonly code: string;
	readonly message: string;
	readonly feed: string;
	readonly upstream: number;
	/** The frame in topic `frames`. */
	readonly frame: { readonly partition: number; readonly offset: number };
	/** The item in the frame; absent when the frame as a whole is meant. */
	readonly index?: number | undefined;
	readonly receivedTime: EpochMs;
	readonly decoder: string;
	/** Shortened, personal fields masked. */
	readonly sample?: string | undefined;
	/** For a sink: the record and how often it was tried. */
	readonly record?: { readonly partition: number; readonly offset: number; readonly id: string } | undefined;
	readonly attempts?: number | undefined;
}
