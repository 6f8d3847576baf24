import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import { PullForward } from "./pull-forward.js";
import type { RouteRules } from "./route-rules.js";
import type { Stretch } from "./stretch.js";

/**
 * What is decided for a record before it is sent. `none`: it has no account here, since its feed is not routed here.
 * `ahead`: an earlier batch settled it already.
 */
export type Fate = "send" | "filtered" | "superseded" | "expired" | "parked" | "ahead" | "none";

export interface PlanOptions {
	readonly rules: RouteRules;
	readonly countMax: number;
	readonly now: EpochMs;
	readonly isParked: (key: string) => boolean;
	/** Whether an unrouted record's account was opened when its feed was still routed here. */
	readonly hasAccount: (record: TransitRecord, offset: number) => boolean;
	/** Whether an earlier batch settled what stands here, before the cursor came to it. Default: nothing. */
	readonly isAhead?: ((offset: number) => boolean) | undefined;
	/** Whether the record at this place of the stretch was held for long enough. Default: each was. */
	readonly isReleased?: ((record: TransitRecord, at: number) => boolean) | undefined;
}

export interface Plan {
	/** The batch covers the stretch up to here, and leaves off before this offset. */
	readonly next: number;
	/** One per covered record. */
	readonly fates: readonly Fate[];
	/** Offsets to send, in this order: of the covered records, and behind them what those must not overtake. */
	readonly send: readonly number[];
}

/**
 * Chooses the next batch from what waits: as many records to send as a batch holds, and everything between them that is
 * not to be sent. It sends more only when its first record must not overtake more than a batch holds. Pure: the same
 * stretch at the same time gives the same plan.
 */
export function planBatch(stretch: Stretch, options: PlanOptions): Plan {
	const { offsets, records } = stretch;
	const newest = options.rules.hasLatest ? newestByKey(records, options) : undefined;
	const fateAt = (at: number) =>
		fateOf(records[at] as TransitRecord, at, offsets[at] as number, newest, options);
	const isInverted = stretch.inverted !== undefined && stretch.inverted.length > 0;
	const pull = isInverted ? new PullForward(stretch, (at) => fateAt(at) === "send") : undefined;
	const fates: Fate[] = [];
	const chosen: number[] = [];
	let sends = 0;
	let at = 0;
	for (; at < records.length; at++) {
		if (options.isReleased?.(records[at] as TransitRecord, at) === false) break;
		const fate = fateAt(at);
		if (fate === "send" && !pull?.has(at)) {
			const before = pull?.before(at) ?? [];
			if (sends > 0 && sends + before.length + 1 > options.countMax) break;
			pull?.take(before);
			sends += before.length + 1;
			chosen.push(at);
		}
		fates.push(fate);
	}
	const next = at < records.length ? (offsets[at] as number) : stretch.next;
	return { next, fates, send: pull?.inOrder(chosen) ?? chosen.map((place) => offsets[place] as number) };
}

/** The fate of one record when nothing is known of what follows it: what a stored intent leaves unsaid. */
export function fateApart(record: TransitRecord, offset: number, options: PlanOptions): Fate {
	return fateOf(record, 0, offset, undefined, options);
}

/** Whether decay has overtaken the record. Its age counts from when it happened, but never from after its receipt. */
export function isExpired(record: TransitRecord, maxAgeMs: number, now: EpochMs): boolean {
	return now - Math.min(record.eventTime, record.origin.receivedTime) > maxAgeMs;
}

function fateOf(
	record: TransitRecord,
	at: number,
	offset: number,
	newest: ReadonlyMap<string, number> | undefined,
	options: PlanOptions,
): Fate {
	if (options.isAhead?.(offset)) return "ahead";
	const rule = options.rules.ruleOf(record);
	if (rule === undefined) return options.hasAccount(record, offset) ? "filtered" : "none";
	if (rule === null) return "filtered";
	if (rule.isLatest) {
		// A late record is older than one that was admitted before it, which was delivered, or waits before it.
		if (record.flags.includes("late")) return "superseded";
		if (newest !== undefined && newest.get(compactionKey(record)) !== at) return "superseded";
		if (isExpired(record, rule.maxAgeMs, options.now)) return "expired";
	}
	if (rule.isStrict && options.isParked(record.key)) return "parked";
	return "send";
}

/** For `latest`: where in the stretch the newest record of each kind and key stands. */
function newestByKey(records: readonly TransitRecord[], { rules }: PlanOptions): Map<string, number> {
	const newest = new Map<string, number>();
	for (let at = 0; at < records.length; at++) {
		const record = records[at] as TransitRecord;
		if (!rules.ruleOf(record)?.isLatest || record.flags.includes("late")) continue;
		const key = compactionKey(record);
		const before = newest.get(key);
		if (before === undefined || follows(record, records[before] as TransitRecord)) {
			newest.set(key, at);
		}
	}
	return newest;
}

/** A removal ends what stands before it and begins what stands after it, whatever the clocks of upstream say. */
function follows(record: TransitRecord, before: TransitRecord): boolean {
	if (record.body.removed === true || before.body.removed === true) return true;
	return record.eventTime >= before.eventTime;
}

function compactionKey(record: TransitRecord): string {
	return `${record.body.kind}/${record.key}`;
}
