import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { LiveFilter } from "./live-filter.js";
import type { LiveLine } from "./live-line.js";
import type { LiveChange, RemovalReason } from "./live-publication.js";

/** How events are written down. */
export interface LiveWire {
	/** One event. `id`: what a client goes on from; empty: it cannot; absent: as before. */
	event(name: string, data: string, id?: string): string;
	/** Events that go out together. */
	piece(events: readonly string[]): Uint8Array;
}

/** A piece holds so much text, so that no connection buffers a fleet at once. */
const PIECE_LENGTH_MIN = 64 * 1024;

/** Why a client is let go: it is too slow, or the hub stops. */
export type GoodbyeReason = "slow" | "stopping";

export interface Goodbye {
	readonly reason: GoodbyeReason;
	readonly detail: string;
}

export function recordEvent(wire: LiveWire, line: LiveLine, now: EpochMs, id?: string): string {
	return wire.event("record", line.text(now), id);
}

/** What a change is to a client of that filter; undefined: nothing. `isKnown`: what it was told before is in the change. */
export function changeEvent(
	wire: LiveWire,
	filter: LiveFilter,
	{ record, before, after, reason }: LiveChange,
	now: EpochMs,
	isKnown: boolean,
): ((id?: string) => string) | undefined {
	if (after !== undefined && filter.passes(after.told)) return (id) => recordEvent(wire, after, now, id);
	const mayHaveIt = isKnown ? before !== undefined && filter.passes(before.told) : filter.couldPass(record);
	return mayHaveIt ? (id) => wire.event("removed", removedText(record, reason), id) : undefined;
}

export function goodbyeEvent(wire: LiveWire, goodbye: Goodbye): string {
	// What a slow client had is not known to it either: it shall begin anew.
	return wire.event("goodbye", JSON.stringify(goodbye), goodbye.reason === "slow" ? "" : undefined);
}

/** In pieces; made as they are taken. The last event is made with `lastId`. */
export function* pieces(
	wire: LiveWire,
	events: Iterable<(id?: string) => string>,
	lastId: string | undefined,
): Generator<Uint8Array> {
	let texts: string[] = [];
	let length = 0;
	let waiting: ((id?: string) => string) | undefined;
	for (const event of events) {
		if (waiting !== undefined) {
			const text = waiting();
			texts.push(text);
			length += text.length;
			if (length >= PIECE_LENGTH_MIN) {
				yield wire.piece(texts);
				texts = [];
				length = 0;
			}
		}
		waiting = event;
	}
	if (waiting !== undefined) yield wire.piece([...texts, waiting(lastId)]);
}

function removedText({ body, key, origin }: TransitRecord, reason: RemovalReason): string {
	const { kind } = body;
	return JSON.stringify({ kind, key, agency: origin.agency, feed: origin.feed, reason });
}
