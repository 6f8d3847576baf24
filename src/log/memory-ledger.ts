import type { EpochMs } from "../model/units.js";
import {
	advanceFolds,
	expiredBefore,
	floorTo,
	type LedgerAging,
	type LedgerFolds,
	spanMinutes,
	spanStart,
	UNFOLDED,
} from "./ledger-spans.js";
import type {
	LedgerFilter,
	LedgerRow,
	LedgerSum,
	LedgerSumQuery,
	OpenAccount,
	Posting,
	Step,
} from "./log.js";

/** The accounts of a memory log. They are kept by their span, so what a posting of any age adds to is found at once. */
export class MemoryLedger {
	/** By minute, then by account and outcome: whoever asks asks for a stretch of time. */
	readonly #minutes = new Map<number, Map<string, Posting>>();
	#folds = UNFOLDED;

	get folds(): LedgerFolds {
		return this.#folds;
	}

	post(posting: Posting): void {
		const row = { ...posting, minute: spanStart(this.#folds, posting.minute) };
		const key = rowKey(row);
		let rows = this.#minutes.get(row.minute);
		if (rows === undefined) {
			rows = new Map();
			this.#minutes.set(row.minute, rows);
		}
		rows.set(key, { ...row, count: (rows.get(key)?.count ?? 0) + posting.count });
	}

	isOpen(step: Step, feed: string, partition: number, minute: number): boolean {
		const start = spanStart(this.#folds, minute);
		const rows = this.#minutes.get(start);
		return rows?.has(rowKey({ step, feed, partition, minute: start, outcome: "in" })) ?? false;
	}

	rows(filter: LedgerFilter): LedgerRow[] {
		const { step, feed, fromMinute = Number.NEGATIVE_INFINITY, toMinute = Number.POSITIVE_INFINITY } = filter;
		const found: LedgerRow[] = [];
		for (const [minute, rows] of this.#minutes) {
			if (minute < fromMinute || minute > toMinute) continue;
			const span = spanMinutes(this.#folds, minute);
			for (const row of rows.values()) {
				if (row.count === 0 || (step !== undefined && row.step !== step)) continue;
				if (feed === undefined || row.feed === feed) found.push({ ...row, spanMinutes: span });
			}
		}
		return found;
	}

	sums({ everyMinutes, ...filter }: LedgerSumQuery): LedgerSum[] {
		const sums = new Map<string, { -readonly [K in keyof LedgerSum]: LedgerSum[K] }>();
		for (const { step, feed, outcome, count, minute: first } of this.rows(filter)) {
			const minute = everyMinutes === undefined ? 0 : floorTo(first, everyMinutes);
			const key = rowKey({ step, feed, partition: 0, minute, outcome });
			const sum = sums.get(key);
			if (sum) sum.count += count;
			else sums.set(key, { step, feed, minute, outcome, count });
		}
		return [...sums.values()]
			.filter(({ count }) => count !== 0)
			.sort(
				(a, b) =>
					a.minute - b.minute ||
					compare(a.step, b.step) ||
					compare(a.feed, b.feed) ||
					compare(a.outcome, b.outcome),
			);
	}

	open(filter: LedgerFilter): { accounts: number; open: OpenAccount[] } {
		const accounts = new Map<string, OpenAccount & { open: number }>();
		for (const { outcome, count, ...account } of this.rows(filter)) {
			const key = rowKey({ ...account, outcome: "" });
			const sum = accounts.get(key) ?? { ...account, open: 0 };
			sum.open += outcome === "in" ? count : -count;
			accounts.set(key, sum);
		}
		return { accounts: accounts.size, open: [...accounts.values()].filter(({ open }) => open !== 0) };
	}

	fold(aging: LedgerAging, now: EpochMs, oldestKeptMinute: () => number | undefined) {
		const folded = this.#foldTo(advanceFolds(this.#folds, aging, now));
		const byAge = expiredBefore(aging, now, undefined);
		let removed = 0;
		if (![...this.#minutes.keys()].some((minute) => minute < byAge)) return { folded, removed };
		const limit = expiredBefore(aging, now, oldestKeptMinute());
		for (const [minute, rows] of this.#minutes) {
			if (minute < limit && this.#minutes.delete(minute)) removed += rows.size;
		}
		return { folded, removed };
	}

	/** Answers how many rows there are less. */
	#foldTo(folds: LedgerFolds): number {
		const { hoursBefore, daysBefore } = this.#folds;
		if (folds.hoursBefore === hoursBefore && folds.daysBefore === daysBefore) return 0;
		const before = this.#size();
		const postings = [...this.#minutes.values()].flatMap((rows) => [...rows.values()]);
		this.#folds = folds;
		this.#minutes.clear();
		for (const posting of postings) this.post(posting);
		return before - this.#size();
	}

	#size(): number {
		let size = 0;
		for (const rows of this.#minutes.values()) size += rows.size;
		return size;
	}
}

function rowKey(account: Omit<Posting, "count">): string {
	return `${account.step}|${account.outcome}|${account.partition}|${account.minute}|${account.feed}`;
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
