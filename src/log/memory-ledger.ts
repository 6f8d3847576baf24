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
	readonly #rows = new Map<string, Posting>();
	#folds = UNFOLDED;

	get folds(): LedgerFolds {
		return this.#folds;
	}

	post(posting: Posting): void {
		const row = { ...posting, minute: spanStart(this.#folds, posting.minute) };
		const key = rowKey(row);
		this.#rows.set(key, { ...row, count: (this.#rows.get(key)?.count ?? 0) + posting.count });
	}

	isOpen(step: Step, feed: string, partition: number, minute: number): boolean {
		return this.#rows.has(
			rowKey({ step, feed, partition, minute: spanStart(this.#folds, minute), outcome: "in" }),
		);
	}

	rows(filter: LedgerFilter): LedgerRow[] {
		return [...this.#rows.values()]
			.filter(
				(row) =>
					row.count !== 0 &&
					(filter.step === undefined || row.step === filter.step) &&
					(filter.feed === undefined || row.feed === filter.feed) &&
					row.minute >= (filter.fromMinute ?? Number.NEGATIVE_INFINITY) &&
					row.minute <= (filter.toMinute ?? Number.POSITIVE_INFINITY),
			)
			.map((row) => ({ ...row, spanMinutes: spanMinutes(this.#folds, row.minute) }));
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

	fold(aging: LedgerAging, now: EpochMs, oldestKeptMinute: number | undefined) {
		const before = this.#rows.size;
		const postings = [...this.#rows.values()];
		this.#folds = advanceFolds(this.#folds, aging, now);
		this.#rows.clear();
		for (const posting of postings) this.post(posting);
		const folded = before - this.#rows.size;
		const limit = expiredBefore(aging, now, oldestKeptMinute);
		let removed = 0;
		for (const [key, { minute }] of this.#rows) {
			if (minute < limit && this.#rows.delete(key)) removed++;
		}
		return { folded, removed };
	}
}

function rowKey(account: Omit<Posting, "count">): string {
	return `${account.step}|${account.outcome}|${account.partition}|${account.minute}|${account.feed}`;
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
