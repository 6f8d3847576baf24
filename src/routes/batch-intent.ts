import { formatRanges, parseRanges } from "../log/receipt-pack.js";
import { Failure, type FailureCode } from "../model/failure.js";
import type { Fate, Plan, Stretch } from "./batch-plan.js";

export interface Rejection {
	readonly offset: number;
	readonly code: FailureCode;
	readonly message: string;
}

/**
 * What a lane is about to send. It is committed before the first attempt, and again before anything about the batch
 * changes, so that a restart sends the same records under the same id.
 */
export interface BatchIntent {
	/** The offset that the masks count from: the cursor when the batch was planned. */
	readonly base: number;
	/** Offsets to send. Whatever lies in the batch and in no mask is filtered. */
	readonly send: ReadonlySet<number>;
	readonly superseded: ReadonlySet<number>;
	readonly expired: ReadonlySet<number>;
	readonly parked: ReadonlySet<number>;
	/** A stack: the batch in hand ends before the last of these, what is left of it before the others. */
	readonly ends: readonly { readonly next: number; readonly isSuspect: boolean }[];
	/** Records of the batch in hand that the destination named as bad. */
	readonly rejected: readonly Rejection[];
	/** How often the records under the same offsets have changed. */
	readonly generation: number;
}

export function intentFromPlan(stretch: Stretch, plan: Plan, generation: number): BatchIntent {
	const of = (wanted: Fate) => new Set(stretch.offsets.filter((_, at) => plan.fates[at] === wanted));
	return {
		base: stretch.offsets[0] ?? plan.next,
		send: of("send"),
		superseded: of("superseded"),
		expired: of("expired"),
		parked: of("parked"),
		ends: [{ next: plan.next, isSuspect: false }],
		rejected: [],
		generation,
	};
}

/** Where the batch in hand ends. */
export function endOf(intent: BatchIntent): number {
	return intent.ends.at(-1)?.next ?? intent.base;
}

/**
 * What to do when the batch in hand was refused as a whole: its first half is sent alone. When that half is taken and
 * the batch was `isSuspect` (one of its records is to blame, not its size), the culprit is in the other half, which is
 * halved again without being sent. Deterministic, so that a restart goes on where it stood. `sent` are the offsets of
 * the batch in hand, at least two.
 */
export function halved(intent: BatchIntent, sent: readonly number[], isSuspect: boolean): BatchIntent {
	const middle = sent[Math.ceil(sent.length / 2)] as number;
	const ends = intent.ends.map((end, at) => (at === intent.ends.length - 1 ? { ...end, isSuspect } : end));
	return { ...intent, ends: [...ends, { next: middle, isSuspect: false }] };
}

/**
 * What is left after the batch in hand is settled; undefined: nothing. `wasTaken`: the destination took all of it, so
 * that the suspicion stays on the other half of what it refused; else a culprit was found, which explains the refusal.
 */
export function remainder(intent: BatchIntent, wasTaken: boolean): BatchIntent | undefined {
	const from = endOf(intent);
	const ends = intent.ends.slice(0, -1).map((end) => (wasTaken ? end : { ...end, isSuspect: false }));
	const top = ends.at(-1);
	if (top === undefined) return undefined;
	const rest = { ...intent, ends, rejected: [] };
	const sent = [...intent.send].filter((offset) => offset >= from && offset < top.next);
	return top.isSuspect && sent.length > 1 ? halved(rest, sent, true) : rest;
}

export function withRejections(intent: BatchIntent, rejections: readonly Rejection[]): BatchIntent {
	return {
		...intent,
		rejected: [...intent.rejected, ...rejections],
		generation: intent.generation + 1,
	};
}

/** As the store keeps it: JSON, offsets as ranges from the base. */
export function encodeIntent(intent: BatchIntent): string {
	const ranges = (offsets: ReadonlySet<number>) =>
		formatRanges([...offsets].sort((a, b) => a - b).map((offset) => offset - intent.base));
	return JSON.stringify({
		v: 1,
		base: intent.base,
		send: ranges(intent.send),
		superseded: ranges(intent.superseded),
		expired: ranges(intent.expired),
		parked: ranges(intent.parked),
		ends: intent.ends.map((end) => [end.next, end.isSuspect ? 1 : 0]),
		rejected: intent.rejected.map(({ offset, code, message }) => [offset, code, message]),
		generation: intent.generation,
	});
}

interface IntentJson {
	readonly v: number;
	readonly base: number;
	readonly send: string;
	readonly superseded: string;
	readonly expired: string;
	readonly parked: string;
	readonly ends: readonly (readonly [number, number])[];
	readonly rejected: readonly (readonly [number, FailureCode, string])[];
	readonly generation: number;
}

/** @throws Failure `store.corrupt` when the text is not an intent. */
export function decodeIntent(bytes: Uint8Array, name: string): BatchIntent {
	try {
		const json = JSON.parse(new TextDecoder().decode(bytes)) as IntentJson;
		if (json.v !== 1) throw new Error(`its version is ${json.v}, this program knows 1`);
		const offsets = (ranges: string) => new Set(parseRanges(ranges).map((at) => json.base + at));
		return {
			base: json.base,
			send: offsets(json.send),
			superseded: offsets(json.superseded),
			expired: offsets(json.expired),
			parked: offsets(json.parked),
			ends: json.ends.map(([next, isSuspect]) => ({ next, isSuspect: isSuspect === 1 })),
			rejected: json.rejected.map(([offset, code, message]) => ({ offset, code, message })),
			generation: json.generation,
		};
	} catch (thrown) {
		throw new Failure(
			"store.corrupt",
			`The state "${name}" does not hold a batch intent; restore the store from a backup, or delete that state: ` +
				"the batch that was under way is then sent again under another id",
			{ cause: thrown },
		);
	}
}
