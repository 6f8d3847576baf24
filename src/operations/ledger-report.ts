import { type AuditFinding, type AuditSink, auditLedger, balanceLedger } from "../log/audit.js";
import { minuteText } from "../log/audit-book.js";
import { goneSinks } from "../log/balance.js";
import { INTERPRET } from "../log/ledger.js";
import { floorTo } from "../log/ledger-spans.js";
import type { LedgerFilter, Log, Step } from "../log/log.js";
import { Failure } from "../model/failure.js";
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from "../model/units.js";

/** The ledger for people: sums per step and feed, over time or by minute, hour or day, and what does not add up. */
export interface LedgerReport {
	readonly balanced: boolean;
	readonly sentence: string;
	/** True when every term was recounted from the store, not only added up. */
	readonly audited: boolean;
	readonly sums: readonly LedgerSum[];
	/** What an audit found; each names account and item. */
	readonly findings: readonly AuditFinding[];
	readonly findingsOmitted: number;
}

export interface LedgerSum {
	/** When the minute, hour or day begins that the sum is about, in UTC; absent when it is about all of the time. */
	readonly from?: string;
	readonly step: Step;
	readonly feed: string;
	/** `in` and the outcomes, as posted. */
	readonly posted: Readonly<Record<string, number>>;
	/** Counted from the store: what the step has not read yet. */
	readonly pending: number;
}

/** What is asked of the ledger. Accounts that begin before `fromTime` are left out. */
export interface LedgerQuestion {
	readonly audit?: boolean;
	readonly step?: Step;
	readonly feed?: string;
	readonly fromTime?: EpochMs;
	/** One sum for each of them. Accounts that were folded into something coarser count where they begin. */
	readonly by?: LedgerStretch;
}

const STRETCHES = {
	minute: { minutes: 1, usualMs: HOUR_MS },
	hour: { minutes: 60, usualMs: 2 * DAY_MS },
	day: { minutes: 1440, usualMs: undefined },
} as const;
export type LedgerStretch = keyof typeof STRETCHES;
/** So that a careless question cannot fill the memory of a running hub: a day of minutes, four years of days. */
const STRETCHES_MAX = 1500;

export function isLedgerStretch(text: string): text is LedgerStretch {
	return Object.hasOwn(STRETCHES, text);
}

/** Rejects with `config.invalid` where the question does not fit together. */
export async function ledgerReport(
	log: Log,
	question: LedgerQuestion & { readonly sinks: readonly AuditSink[] },
	now: EpochMs,
): Promise<LedgerReport> {
	const filter = filterOf(question, now);
	const sums = await sumsOf(log, filter, question.by, goneSinks(question.sinks));
	const { balanced, sentence } = await balanceLedger(log, { ...filter, sinks: question.sinks });
	if (!question.audit) return { balanced, sentence, audited: false, sums, findings: [], findingsOmitted: 0 };
	const { findings, findingsOmitted, ...audit } = await auditLedger(log, {
		sinks: question.sinks,
		fromMinute: filter.fromMinute ?? 0,
	});
	const count = findings.length + findingsOmitted;
	const verdict = audit.balanced
		? "Every term was recounted from the store and agrees."
		: `Recounting found ${count} things that do not agree.`;
	return {
		balanced: balanced && audit.balanced,
		sentence: balanced ? verdict : `${sentence} ${verdict}`,
		audited: true,
		sums,
		findings,
		findingsOmitted,
	};
}

function filterOf({ step, feed, fromTime, by, audit }: LedgerQuestion, now: EpochMs): LedgerFilter {
	if (audit && (step !== undefined || feed !== undefined)) {
		const mend = "ask without step and feed, or without audit; since is fine";
		throw new Failure("config.invalid", `An audit recounts all steps and feeds: ${mend}`);
	}
	const usualMs = by && STRETCHES[by].usualMs;
	const from = fromTime ?? (usualMs === undefined ? undefined : now - usualMs);
	if (by && from !== undefined) {
		const stretches = Math.ceil((now - from) / (STRETCHES[by].minutes * MINUTE_MS));
		if (stretches > STRETCHES_MAX) {
			throw new Failure(
				"config.invalid",
				`That would be ${stretches} rows of a ${by} for each step and feed, and ${STRETCHES_MAX} are the most: ` +
					"ask for a later since, or for hours or days",
			);
		}
	}
	return {
		...(step === undefined ? {} : { step }),
		...(feed === undefined ? {} : { feed }),
		...(from === undefined ? {} : { fromMinute: Math.ceil(from / MINUTE_MS) }),
	};
}

/** Added up in the store, so that memory holds a row per sum however long the ledger is. */
async function sumsOf(
	log: Log,
	filter: LedgerFilter,
	by: LedgerStretch | undefined,
	isGone: (step: Step) => boolean,
): Promise<readonly LedgerSum[]> {
	const sums = new Map<string, LedgerSum & { posted: Record<string, number>; pending: number }>();
	const everyMinutes = by && STRETCHES[by].minutes;
	const rows = await log.ledgerSums(everyMinutes === undefined ? filter : { ...filter, everyMinutes });
	for (const { step, feed, minute, outcome, count } of rows) {
		const key = `${minute} ${step} ${feed}`;
		let sum = sums.get(key);
		if (!sum) {
			const from = by && { from: minuteText(minute) };
			sum = { ...from, step, feed, posted: {}, pending: 0 };
			sums.set(key, sum);
		}
		sum.posted[outcome] = count;
	}
	for (const step of new Set([...sums.values()].map((sum) => sum.step))) {
		if (step !== INTERPRET && !step.startsWith("sink:")) continue;
		const topic = step === INTERPRET ? "frames" : "records";
		for (let partition = 0; partition < log.partitions(topic); partition++) {
			for (const { feed, minute, count } of await log.pending({ topic, partition, subscription: step })) {
				if (minute < (filter.fromMinute ?? 0)) continue;
				const first = everyMinutes === undefined ? 0 : floorTo(minute, everyMinutes);
				const sum = sums.get(`${first} ${step} ${feed}`);
				if (sum) sum.pending += count;
			}
		}
	}
	for (const { feed, minute, count } of await log.openLetters()) {
		const first = everyMinutes === undefined ? 0 : floorTo(minute, everyMinutes);
		const sum = sums.get(`${first} dead-letters ${feed}`);
		if (sum && minute >= (filter.fromMinute ?? 0)) sum.pending += count;
	}
	// Behind what waits for a sink that was removed lie records that were never meant for it.
	for (const sum of sums.values())
		if (isGone(sum.step)) sum.pending = Math.min(sum.pending, openOf(sum.posted));
	// The store gives them by time; within it they follow the way of the data.
	return [...sums.values()].sort(
		(a, b) =>
			compare(a.from ?? "", b.from ?? "") ||
			rank(a.step) - rank(b.step) ||
			compare(a.step, b.step) ||
			compare(a.feed, b.feed),
	);
}

function openOf({ in: came = 0, ...outcomes }: Readonly<Record<string, number>>): number {
	return Math.max(0, came - Object.values(outcomes).reduce((sum, count) => sum + count, 0));
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function rank(step: Step): number {
	const order = ["receive", "interpret", "admit", "guards", "redecode", "dead-letters"].indexOf(step);
	return order === -1 ? 6 : order;
}
