import type { LetterPlace } from "../log/letters.js";
import type { Commit } from "../log/log.js";

/** A record that became a dead letter of this sink and partition. */
export interface DeadRecord {
	readonly letter: LetterPlace;
	/** In topic `records`. */
	readonly offset: number;
}

/** What became of some letters, for the state of whoever asked. */
export interface Redelivered {
	readonly replayed: number;
	readonly failed: number;
	readonly dropped: number;
	readonly skipped: number;
	/** `order: strict`: keys of which a record was refused again. */
	readonly held: readonly string[];
}

export interface RedeliveryRequest {
	/** In the order of their offsets. */
	readonly dead: readonly DeadRecord[];
	/** Part of the ids of the batches: the same again only for what may have been sent under it already. */
	readonly nonce: string;
	/** `order: strict`: keys that wait for a record that was refused again. */
	readonly held: ReadonlySet<string>;
	/** Gives up what is not settled: the request rejects with `closed`. */
	readonly signal: AbortSignal;
	/**
	 * What is committed together with the effects. `done`: of the whole request so far. `coming`: the letters that are sent
	 * together next; none: all of it is settled.
	 */
	state(done: Redelivered, coming: readonly LetterPlace[]): NonNullable<Commit["state"]>;
}
