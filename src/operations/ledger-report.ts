import { type AuditFinding, type AuditSink, auditLedger, balanceLedger } from "../log/audit.js";
import { INTERPRET } from "../log/ledger.js";
import type { Log, Step } from "../log/log.js";

/** The ledger for people: sums per step and feed, and what does not add up. */
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
	readonly step: Step;
	readonly feed: string;
	/** `in` and the outcomes, as posted. */
	readonly posted: Readonly<Record<string, number>>;
	/** Counted from the store: what the step has not read yet. */
	readonly pending: number;
}

export async function ledgerReport(
	log: Log,
	options: { readonly sinks: readonly AuditSink[]; readonly audit: boolean },
): Promise<LedgerReport> {
	const sums = await sumsOf(log);
	const { balanced, sentence } = await balanceLedger(log);
	if (!options.audit) return { balanced, sentence, audited: false, sums, findings: [], findingsOmitted: 0 };
	const { findings, findingsOmitted, ...audit } = await auditLedger(log, { sinks: options.sinks });
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

async function sumsOf(log: Log): Promise<LedgerSum[]> {
	const sums = new Map<
		string,
		{ step: Step; feed: string; posted: Record<string, number>; pending: number }
	>();
	for (const { step, feed, outcome, count } of await log.ledger()) {
		const key = `${step} ${feed}`;
		let sum = sums.get(key);
		if (!sum) {
			sum = { step, feed, posted: {}, pending: 0 };
			sums.set(key, sum);
		}
		sum.posted[outcome] = (sum.posted[outcome] ?? 0) + count;
	}
	for (const step of new Set([...sums.values()].map((sum) => sum.step))) {
		if (step === "receive" || step === "admit") continue;
		const topic = step === INTERPRET ? "frames" : "records";
		for (let partition = 0; partition < log.partitions(topic); partition++) {
			for (const { feed, count } of await log.pending({ topic, partition, subscription: step })) {
				const sum = sums.get(`${step} ${feed}`);
				if (sum) sum.pending += count;
			}
		}
	}
	return [...sums.values()].sort((a, b) => rank(a.step) - rank(b.step) || (a.feed < b.feed ? -1 : 1));
}

function rank(step: Step): number {
	const order = ["receive", "interpret", "admit"].indexOf(step);
	return order === -1 ? 3 : order;
}
