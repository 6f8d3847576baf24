import type { LedgerRow, Step } from "./log.js";

/** One account of the ledger, what it says, and what was counted in the store. */
export interface AuditAccount {
	readonly step: Step;
	readonly feed: string;
	readonly partition: number;
	/** Minute of receipt, since the epoch. */
	readonly minute: number;
	/** The term `in` and the outcomes, as posted. */
	readonly posted: Record<string, number>;
	/** The same terms as far as the store holds evidence for them. */
	readonly counted: Record<string, number>;
	/** Counted from the store: what the consumer has not read yet. */
	pending: number;
}

export interface AuditFinding {
	/** For example `admit metro-avl partition 3 minute 2026-11-22T20:38Z`. */
	readonly account: string;
	/** What is wrong in it: a frame, an item of a frame, a record, a dead letter, a receipt, a cursor, a posting. */
	readonly item: string;
	readonly message: string;
}

export type AccountName = Pick<AuditAccount, "step" | "feed" | "partition" | "minute">;

/** More findings than these say nothing new; the rest is counted. */
const FINDINGS_MAX = 500;

/** All accounts of an audit, and what was found wrong. Memory grows with accounts, not with items. */
export class AuditBook {
	readonly accounts = new Map<string, AuditAccount>();
	readonly findings: AuditFinding[] = [];
	findingsOmitted = 0;

	constructor(rows: readonly LedgerRow[], fromMinute: number) {
		for (const row of rows) {
			if (row.minute < fromMinute) continue;
			const { posted } = this.account(row.step, row.feed, row.partition, row.minute);
			posted[row.outcome] = (posted[row.outcome] ?? 0) + row.count;
		}
	}

	account(step: Step, feed: string, partition: number, minute: number): AuditAccount {
		const key = `${step}|${partition}|${minute}|${feed}`;
		let account = this.accounts.get(key);
		if (!account) {
			account = { step, feed, partition, minute, posted: {}, counted: {}, pending: 0 };
			this.accounts.set(key, account);
		}
		return account;
	}

	has(step: Step, feed: string, partition: number, minute: number): boolean {
		return this.accounts.has(`${step}|${partition}|${minute}|${feed}`);
	}

	count(step: Step, feed: string, partition: number, minute: number, outcome: string, count: number): void {
		const { counted } = this.account(step, feed, partition, minute);
		counted[outcome] = (counted[outcome] ?? 0) + count;
	}

	find(account: AccountName, item: string, message: string): void {
		if (this.findings.length >= FINDINGS_MAX) this.findingsOmitted++;
		else this.findings.push({ account: accountName(account), item, message });
	}
}

export function accountName({ step, feed, partition, minute }: AccountName): string {
	return `${step} ${feed} partition ${partition} minute ${minuteText(minute)}`;
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
