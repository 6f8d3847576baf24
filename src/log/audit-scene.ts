import type { AccountName } from "./audit-book.js";
import { Evidence } from "./audit-evidence.js";
import { readBounds, type StreamBounds } from "./audit-streams.js";
import { goneSinks } from "./balance.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import { type LedgerFolds, spanMinutes, spanStart } from "./ledger-spans.js";
import type { SettledLetters } from "./letters.js";
import type { LedgerRow, Log } from "./log.js";

export interface AuditSink {
	readonly name: string;
	/** The feeds that are routed to it. */
	readonly feeds: readonly string[];
}

export interface AuditOptions {
	readonly sinks: readonly AuditSink[];
	/** Accounts that begin before this minute of receipt are left out. Default: none. */
	readonly fromMinute?: number;
	/** Hears the account of every finding, also of those beyond the ones that are listed. */
	readonly onFinding?: (account: AccountName) => void;
}

/** What the audit knows before it reads: taken in one turn, so that it is one state of the log. */
export interface Scene {
	readonly log: Log;
	readonly bounds: readonly StreamBounds[];
	readonly ledger: readonly LedgerRow[];
	readonly folds: LedgerFolds;
	/** By step and partition. */
	readonly cursors: ReadonlyMap<string, number>;
	readonly evidence: Evidence;
	readonly sinks: readonly AuditSink[];
	/** Of which accounts are left, and which are not among `sinks`. */
	readonly goneSinks: readonly AuditSink[];
	readonly fromMinute: number;
	/** By partition and first offset of the pack. */
	readonly settledLetters: ReadonlyMap<string, readonly SettledLetters[]>;
	readonly openLetters: Awaited<ReturnType<Log["openLetters"]>>;
}

export async function readScene(log: Log, { sinks, fromMinute = 0 }: AuditOptions): Promise<Scene> {
	const isGone = goneSinks(sinks);
	const known = new Set((await log.ledgerSums({ fromMinute })).map(({ step }) => step).filter(isGone));
	const gone = [...known].map((step): AuditSink => ({ name: step.slice("sink:".length), feeds: [] }));
	const steps = [INTERPRET, ...[...sinks, ...gone].map(({ name }) => sinkStep(name))];
	const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
	const places = steps.flatMap((step) => partitions.map((partition) => ({ step, partition })));
	const [evidence, bounds, ledger, folds, settled, openLetters, ...cursors] = await Promise.all([
		Evidence.read(log),
		readBounds(log),
		log.ledger({ fromMinute }),
		log.ledgerFolds(),
		log.settledLetters(),
		log.openLetters(),
		...places.map(({ step, partition }) =>
			log.cursor(step, step === INTERPRET ? "frames" : "records", partition),
		),
	]);
	const read = new Map<string, number>();
	places.forEach(({ step, partition }, at) => {
		const cursor = cursors[at];
		if (cursor !== undefined) read.set(`${step}/${partition}`, cursor);
	});
	const first = firstAccountFrom(fromMinute, folds);
	const settledLetters = new Map<string, SettledLetters[]>();
	for (const row of settled) {
		const key = `${row.partition}/${row.firstOffset}`;
		settledLetters.set(key, [...(settledLetters.get(key) ?? []), row]);
	}
	const letters = { settledLetters, openLetters };
	const all = { sinks, goneSinks: gone };
	return { log, bounds, ledger, folds, cursors: read, evidence, ...all, fromMinute: first, ...letters };
}

/** What lies in an account that began before belongs to none of those that are looked at. */
function firstAccountFrom(minute: number, folds: LedgerFolds): number {
	const start = spanStart(folds, minute);
	return start < minute ? start + spanMinutes(folds, minute) : minute;
}
