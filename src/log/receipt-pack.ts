import type { StoredPack } from "./log.js";

/**
 * What one interpreted frame gave. Every item index from 0 to `items + removals - 1` is accounted for exactly once: it
 * stands in `duplicates`, `deadLetters` or `ignored`, or else a record in topic `records` names this frame and index.
 */
export interface Receipt {
	/** Offset of the frame in topic `frames`, same partition as the receipt. */
	readonly frame: number;
	/** What the decoder read out of the frame. */
	readonly items: number;
	/**
	 * What intake concluded from the frame: keys that it shows to have gone. Each is a record, numbered behind the items.
	 * Absent: none.
	 */
	readonly removals?: number | undefined;
	/** Item indexes as ranges, e.g. `0-3,7`. Empty: none. */
	readonly duplicates: string;
	readonly deadLetters: string;
	readonly ignored: string;
	/** The frame as a whole has a dead letter, besides those of its items. */
	readonly frameDeadLetter: boolean;
	/**
	 * The frame was decoded again: what became of its items by comparison with what it gave before, in account `redecode`.
	 * Of the ranges only `deadLetters` is filled then: items that could not be read this time, which need no letter if they
	 * had one. Absent: this is how the frame was read first.
	 */
	readonly redecoded?: Readonly<Record<RedecodeOutcome, number>>;
}

export type RedecodeOutcome = "unchanged" | "revised" | "added" | "vanished" | "ignored" | "refused";

export function unpackReceipts(pack: StoredPack): Receipt[] {
	const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
	return JSON.parse(text) as Receipt[];
}

/** Ascending indexes as text: `[0,1,2,7]` is `0-2,7`. */
export function formatRanges(indexes: readonly number[]): string {
	const parts: string[] = [];
	for (let at = 0; at < indexes.length; at++) {
		const first = indexes[at] as number;
		let last = first;
		while (indexes[at + 1] === last + 1) last = indexes[++at] as number;
		parts.push(first === last ? `${first}` : `${first}-${last}`);
	}
	return parts.join(",");
}

export function parseRanges(text: string): number[] {
	if (text === "") return [];
	return text.split(",").flatMap((part) => {
		const [first, last] = part.split("-").map(Number) as [number, number?];
		return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
	});
}
