import type { TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import type { RouteRules } from "./route-rules.js";

/** What is decided for a record before it is sent. `none`: it has no account here, since its feed is not routed here. */
export type Fate = "send" | "filtered" | "superseded" | "expired" | "parked" | "none";

/** A stretch of one partition, from the cursor on. */
export interface Stretch {
	readonly offsets: readonly number[];
	readonly records: readonly TransitRecord[];
	/** Where the log goes on behind the last record. */
	readonly next: number;
}

export interface PlanOptions {
	readonly rules: RouteRules;
	readonly countMax: number;
	readonly now: EpochMs;
	readonly isParked: (key: string) => boolean;
	/** Whether an unrouted record's account was opened when its feed was still routed here. */
	readonly hasAccount: (record: TransitRecord, offset: number) => boolean;
}

export interface Plan {
	/** The batch covers the stretch up to here, and leaves off before this offset. */
	readonly next: number;
	/** One per covered record. */
	readonly fates: readonly Fate[];
	readonly sends: number;
}

/**
 * Chooses the next batch from what waits: as many records to send as a batch holds, and everything between them that is
 * not to be sent. Pure: the same stretch at the same time gives the same plan.
 */
export function planBatch(stretch: Stretch, options: PlanOptions): Plan {
	const { offsets, records } = stretch;
	const newest = options.rules.hasLatest ? newestByKey(records, options) : undefined;
	const fates: Fate[] = [];
	let sends = 0;
	for (let at = 0; at < records.length; at++) {
		const offset = offsets[at] as number;
		const fate = fateOf(records[at] as TransitRecord, at, offset, newest, options);
		if (fate === "send" && sends === options.countMax) return { next: offset, fates, sends };
		if (fate === "send") sends++;
		fates.push(fate);
	}
	return { next: stretch.next, fates, sends };
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
