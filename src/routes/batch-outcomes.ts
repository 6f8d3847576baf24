import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { Delivery } from "../sinks/sink.js";
import { type BatchIntent, endOf, type Rejection } from "./batch-intent.js";
import { fateApart, type PlanOptions, type Stretch } from "./batch-plan.js";
import type { ParkedKeys } from "./parked-keys.js";
import type { RouteRules } from "./route-rules.js";
import type { Settlement } from "./settlement.js";

const MESSAGE_LENGTH_MAX = 300;

/** The records of a batch that are sent, and their offsets. */
export function recordsInHand(
	intent: BatchIntent,
	stretch: Stretch,
	from: number,
	parked: ParkedKeys,
	rules: RouteRules,
): { readonly offsets: readonly number[]; readonly records: readonly TransitRecord[] } {
	const end = endOf(intent);
	const rejected = new Set(intent.rejected.map((rejection) => rejection.offset));
	const isBehind = behindDeadLetter(intent, stretch, parked, rules);
	const offsets: number[] = [];
	const records: TransitRecord[] = [];
	for (let at = 0; at < stretch.records.length; at++) {
		const offset = stretch.offsets[at] as number;
		if (offset >= end) break;
		const record = stretch.records[at] as TransitRecord;
		if (offset < from || !intent.send.has(offset) || rejected.has(offset)) continue;
		if (isBehind(record, offset)) continue;
		offsets.push(offset);
		records.push(record);
	}
	return { offsets, records };
}

/**
 * What the destination named of the offsets that were sent to it, each once; the only one when just one was sent; none
 * when it did not say which.
 */
export function rejectionsOf(
	answer: Extract<Delivery, { outcome: "bad_records" }>,
	sent: readonly number[],
): readonly Rejection[] {
	const named = new Map<number, Rejection>();
	for (const { index, code, message } of answer.rejected) {
		const offset = sent[index];
		if (offset !== undefined)
			named.set(offset, { offset, code, message: message.slice(0, MESSAGE_LENGTH_MAX) });
	}
	const [first, ...others] = sent;
	if (named.size === 0 && first !== undefined && others.length === 0) {
		const message = answer.failure.message.slice(0, MESSAGE_LENGTH_MAX);
		named.set(first, { offset: first, code: "record.rejected", message });
	}
	return [...named.values()];
}

export interface OutcomePlace {
	readonly partition: number;
	/** Offsets below were settled before, or went by retention, which posted them as expired. */
	readonly from: number;
	readonly attempts: number;
	readonly now: EpochMs;
}

/** Adds one outcome per record of the batch in hand; answers what the destination rejected of it. */
export function addOutcomes(
	settlement: Settlement,
	intent: BatchIntent,
	stretch: Stretch,
	place: OutcomePlace,
	parked: ParkedKeys,
	options: PlanOptions,
): readonly Rejection[] {
	const { partition, from, attempts, now } = place;
	const end = endOf(intent);
	const rejections = new Map(intent.rejected.map((rejection) => [rejection.offset, rejection]));
	const isBehind = behindDeadLetter(intent, stretch, parked, options.rules);
	const rejected: Rejection[] = [];
	const newlyParked: TransitRecord[] = [];
	for (let at = 0; at < stretch.records.length; at++) {
		const offset = stretch.offsets[at] as number;
		if (offset >= end) break;
		if (offset < from) continue;
		const record = stretch.records[at] as TransitRecord;
		const rejection = rejections.get(offset);
		if (rejection) {
			settlement.deadLetter(record, { partition, offset }, { ...rejection, attempts }, now);
			newlyParked.push(record);
			rejected.push(rejection);
		} else if (intent.parked.has(offset) || (intent.send.has(offset) && isBehind(record, offset))) {
			settlement.deadLetter(record, { partition, offset }, PARKED, now);
		} else if (intent.send.has(offset)) settlement.add(record, partition, "delivered");
		else if (intent.superseded.has(offset)) settlement.add(record, partition, "superseded");
		else if (intent.expired.has(offset)) settlement.add(record, partition, "expired");
		else if (fateApart(record, offset, options) !== "none") settlement.add(record, partition, "filtered");
	}
	for (const record of newlyParked) {
		if (options.rules.ruleOf(record)?.isStrict) parked.add(record.key);
	}
	return rejected;
}

/** `order: strict`: whether a record follows a dead letter of its key, in this batch or before it. */
function behindDeadLetter(
	intent: BatchIntent,
	stretch: Stretch,
	parked: ParkedKeys,
	rules: RouteRules,
): (record: TransitRecord, offset: number) => boolean {
	if (!rules.hasStrict) return () => false;
	const deadFrom = new Map<string, number>();
	const rejected = new Set(intent.rejected.map((rejection) => rejection.offset));
	for (let at = 0; at < stretch.records.length; at++) {
		const offset = stretch.offsets[at] as number;
		const { key } = stretch.records[at] as TransitRecord;
		if (rejected.has(offset) && !deadFrom.has(key)) deadFrom.set(key, offset);
	}
	return (record, offset) =>
		rules.ruleOf(record)?.isStrict === true &&
		(parked.has(record.key) || offset > (deadFrom.get(record.key) ?? Number.POSITIVE_INFINITY));
}

const PARKED = {
	code: "record.rejected",
	message:
		"An earlier record of this key is a dead letter; the route's order is strict, so this one waits behind it",
	attempts: 0,
} as const;
