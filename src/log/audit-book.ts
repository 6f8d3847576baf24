import { DAY_MINUTES, type LedgerFolds, type SpanMinutes, spanMinutes, spanStart } from "./ledger-spans.js";
import type { LedgerRow, Step } from "./log.js";

/** One account of the ledger, what it says, and what was counted in the store. */
export interface AuditAccount {
	readonly step: Step;
	readonly feed: string;
	readonly partition: number;
	/** Minute of receipt, since the epoch: the first one of the account. */
	readonly minute: number;
	/** How many minutes the account stands for. */
	readonly spanMinutes: SpanMinutes;
	/** The term `in` and the outcomes, as posted. */
	readonly posted: Record<string, number>;
	/** The same terms as far as the store holds evidence for them. */
	readonly counted: Record<string, number>;
	/** Counted from the store: what the consumer has not read yet. */
	pending: number;
}

export interface AuditFinding {
	/** For example `admit metro-avl partition 3 minute 2026-11-22T20:38Z`; for folded accounts an `hour` or a `day`. */
	readonly account: string;
	/** What is wrong in it: a frame, an item of a frame, a record, a dead letter, a receipt, a cursor, a posting. */
	readonly item: string;
	readonly message: string;
}

/** Names the account that the minute belongs to. */
export type AccountName = Pick<AuditAccount, "step" | "feed" | "partition" | "minute">;

/** More findings than these say nothing new; the rest is counted. */
const FINDINGS_MAX = 500;

/** All accounts of an audit, and what was found wrong. Memory grows with accounts, not with items. */
export class AuditBook {
	readonly accounts = new Map<string, AuditAccount>();
	readonly findings: AuditFinding[] = [];
	findingsOmitted = 0;
	readonly #folds: LedgerFolds;
	readonly #onFinding: (account: AccountName) => void;

	constructor(
		rows: readonly LedgerRow[],
		fromMinute: number,
		folds: LedgerFolds,
		onFinding: (account: AccountName) => void = () => {},
	) {
		this.#folds = folds;
		this.#onFinding = onFinding;
		for (const row of rows) {
			if (row.minute < fromMinute) continue;
			const { posted } = this.account(row.step, row.feed, row.partition, row.minute);
			posted[row.outcome] = (posted[row.outcome] ?? 0) + row.count;
		}
	}

	account(step: Step, feed: string, partition: number, minute: number): AuditAccount {
		const first = spanStart(this.#folds, minute);
		const key = `${step}|${partition}|${first}|${feed}`;
		let account = this.accounts.get(key);
		if (!account) {
			const span = spanMinutes(this.#folds, first);
			account = {
				step,
				feed,
				partition,
				minute: first,
				spanMinutes: span,
				posted: {},
				counted: {},
				pending: 0,
			};
			this.accounts.set(key, account);
		}
		return account;
	}

	has(step: Step, feed: string, partition: number, minute: number): boolean {
		return this.accounts.has(`${step}|${partition}|${spanStart(this.#folds, minute)}|${feed}`);
	}

	count(step: Step, feed: string, partition: number, minute: number, outcome: string, count: number): void {
		const { counted } = this.account(step, feed, partition, minute);
		counted[outcome] = (counted[outcome] ?? 0) + count;
	}

	find(account: AccountName, item: string, message: string): void {
		this.#onFinding(account);
		if (this.findings.length >= FINDINGS_MAX) this.findingsOmitted++;
		else this.findings.push({ account: this.nameOf(account), item, message });
	}

	nameOf(account: AccountName): string {
		return accountName(account, this.#folds);
	}
}

function accountName({ step, feed, partition, minute }: AccountName, folds: LedgerFolds): string {
	return `${step} ${feed} partition ${partition} ${spanName(spanStart(folds, minute), spanMinutes(folds, minute))}`;
}

/** `minute 2026-11-22T20:38Z`, `hour 2026-11-22T20:00Z` or `day 2026-11-22`. */
export function spanName(minute: number, span: number): string {
	const text = minuteText(minute);
	if (span === DAY_MINUTES) return `day ${text.slice(0, text.indexOf("T"))}`;
	return `${span === 1 ? "minute" : "hour"} ${text}`;
}

/** `2026-11-22T20:38Z`. Howard Hinnant's civil-from-days, because the log knows no calendar. */
export function minuteText(minute: number): string {
	const days = Math.floor(minute / 1440) + 719_468;
	const era = Math.floor(days / 146_097);
	const dayOfEra = days - era * 146_097;
	const yearOfEra = Math.floor(
		(dayOfEra -
			Math.floor(dayOfEra / 1460) +
			Math.floor(dayOfEra / 36_524) -
			Math.floor(dayOfEra / 146_096)) /
			365,
	);
	const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const shifted = Math.floor((5 * dayOfYear + 2) / 153);
	const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
	const month = shifted < 10 ? shifted + 3 : shifted - 9;
	const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
	const ofDay = ((minute % 1440) + 1440) % 1440;
	const two = (value: number) => String(value).padStart(2, "0");
	return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}Z`;
}
