import { advanceFolds, expiredBefore, floorTo, spanMinutes, spanStart, UNFOLDED, } from "./ledger-spans.js";
/**
 * The accounts of a memory log. They are kept by their span, so what a posting of any age adds to is found at once, and
 * each knows what is open in it, so that a balance does not add up every outcome again.
 */
export class MemoryLedger {
    /** By minute, then by account: whoever asks asks for a stretch of time. */
    #minutes = new Map();
    #folds = UNFOLDED;
    get folds() {
        return this.#folds;
    }
    post({ step, feed, partition, outcome, count, minute: given }) {
        const minute = spanStart(this.#folds, given);
        let accounts = this.#minutes.get(minute);
        if (accounts === undefined) {
            accounts = new Map();
            this.#minutes.set(minute, accounts);
        }
        const name = accountName(step, feed, partition);
        let account = accounts.get(name);
        if (account === undefined) {
            account = { step, feed, partition, minute, group: `${step}|${feed}`, counts: new Map(), open: 0 };
            accounts.set(name, account);
        }
        account.counts.set(outcome, (account.counts.get(outcome) ?? 0) + count);
        account.open += outcome === "in" ? count : -count;
    }
    isOpen(step, feed, partition, minute) {
        const accounts = this.#minutes.get(spanStart(this.#folds, minute));
        return accounts?.get(accountName(step, feed, partition))?.counts.has("in") ?? false;
    }
    rows(filter) {
        const found = [];
        for (const { step, feed, partition, minute, counts } of this.#accounts(filter)) {
            const span = spanMinutes(this.#folds, minute);
            for (const [outcome, count] of counts) {
                if (count !== 0)
                    found.push({ step, feed, partition, minute, outcome, count, spanMinutes: span });
            }
        }
        return found;
    }
    sums({ everyMinutes, ...filter }) {
        const found = [];
        const stretches = new Map();
        for (const { step, feed, group, minute: first, counts } of this.#accounts(filter)) {
            const minute = everyMinutes === undefined ? 0 : floorTo(first, everyMinutes);
            const sums = sumsOf(stretches, minute, group);
            for (const [outcome, count] of counts) {
                const sum = sums.get(outcome);
                if (sum !== undefined) {
                    sum.count += count;
                    continue;
                }
                const begun = { step, feed, minute, outcome, count };
                sums.set(outcome, begun);
                found.push(begun);
            }
        }
        return found
            .filter(({ count }) => count !== 0)
            .sort((a, b) => a.minute - b.minute ||
            compare(a.step, b.step) ||
            compare(a.feed, b.feed) ||
            compare(a.outcome, b.outcome));
    }
    open(filter) {
        let accounts = 0;
        const found = [];
        for (const { step, feed, partition, minute, counts, open } of this.#accounts(filter)) {
            if (open === 0 && !hasCount(counts))
                continue;
            accounts++;
            if (open === 0)
                continue;
            found.push({ step, feed, partition, minute, spanMinutes: spanMinutes(this.#folds, minute), open });
        }
        return { accounts, open: found };
    }
    #accounts(filter) {
        const { step, feed, fromMinute = Number.NEGATIVE_INFINITY, toMinute = Number.POSITIVE_INFINITY } = filter;
        const found = [];
        for (const [minute, accounts] of this.#minutes) {
            if (minute < fromMinute || minute > toMinute)
                continue;
            for (const account of accounts.values()) {
                if (step !== undefined && account.step !== step)
                    continue;
                if (feed === undefined || account.feed === feed)
                    found.push(account);
            }
        }
        return found;
    }
    fold(aging, now, oldestKeptMinute) {
        const folded = this.#foldTo(advanceFolds(this.#folds, aging, now));
        const byAge = expiredBefore(aging, now, undefined);
        let removed = 0;
        if (![...this.#minutes.keys()].some((minute) => minute < byAge))
            return { folded, removed };
        const limit = expiredBefore(aging, now, oldestKeptMinute());
        for (const [minute, accounts] of this.#minutes) {
            if (minute < limit && this.#minutes.delete(minute))
                removed += rowsOf(accounts);
        }
        return { folded, removed };
    }
    /** Answers how many rows there are less. */
    #foldTo(folds) {
        const { hoursBefore, daysBefore } = this.#folds;
        if (folds.hoursBefore === hoursBefore && folds.daysBefore === daysBefore)
            return 0;
        const before = this.#size();
        const accounts = [...this.#minutes.values()].flatMap((accounts) => [...accounts.values()]);
        this.#folds = folds;
        this.#minutes.clear();
        for (const { counts, ...account } of accounts) {
            for (const [outcome, count] of counts)
                this.post({ ...account, outcome, count });
        }
        return before - this.#size();
    }
    #size() {
        let size = 0;
        for (const accounts of this.#minutes.values())
            size += rowsOf(accounts);
        return size;
    }
}
function accountName(step, feed, partition) {
    return `${step}|${partition}|${feed}`;
}
function rowsOf(accounts) {
    let rows = 0;
    for (const { counts } of accounts.values())
        rows += counts.size;
    return rows;
}
function hasCount(counts) {
    for (const count of counts.values())
        if (count !== 0)
            return true;
    return false;
}
/** The sums of a step and feed in a stretch of time, by outcome. */
function sumsOf(stretches, minute, group) {
    let groups = stretches.get(minute);
    if (groups === undefined) {
        groups = new Map();
        stretches.set(minute, groups);
    }
    let sums = groups.get(group);
    if (sums === undefined) {
        sums = new Map();
        groups.set(group, sums);
    }
    return sums;
}
function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}
