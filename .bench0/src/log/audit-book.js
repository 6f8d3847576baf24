import { DAY_MINUTES, spanMinutes, spanStart } from "./ledger-spans.js";
/** More findings than these say nothing new; the rest is counted. */
const FINDINGS_MAX = 500;
/** All accounts of an audit, and what was found wrong. Memory grows with accounts, not with items. */
export class AuditBook {
    accounts = new Map();
    findings = [];
    findingsOmitted = 0;
    #folds;
    #onFinding;
    constructor(rows, fromMinute, folds, onFinding = () => { }) {
        this.#folds = folds;
        this.#onFinding = onFinding;
        for (const row of rows) {
            if (row.minute < fromMinute)
                continue;
            const { posted } = this.account(row.step, row.feed, row.partition, row.minute);
            posted[row.outcome] = (posted[row.outcome] ?? 0) + row.count;
        }
    }
    account(step, feed, partition, minute) {
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
    has(step, feed, partition, minute) {
        return this.accounts.has(`${step}|${partition}|${spanStart(this.#folds, minute)}|${feed}`);
    }
    count(step, feed, partition, minute, outcome, count) {
        const { counted } = this.account(step, feed, partition, minute);
        counted[outcome] = (counted[outcome] ?? 0) + count;
    }
    find(account, item, message) {
        this.#onFinding(account);
        if (this.findings.length >= FINDINGS_MAX)
            this.findingsOmitted++;
        else
            this.findings.push({ account: this.nameOf(account), item, message });
    }
    nameOf(account) {
        return accountName(account, this.#folds);
    }
}
function accountName({ step, feed, partition, minute }, folds) {
    return `${step} ${feed} partition ${partition} ${spanName(spanStart(folds, minute), spanMinutes(folds, minute))}`;
}
/** `minute 2026-11-22T20:38Z`, `hour 2026-11-22T20:00Z` or `day 2026-11-22`. */
export function spanName(minute, span) {
    const text = minuteText(minute);
    if (span === DAY_MINUTES)
        return `day ${text.slice(0, text.indexOf("T"))}`;
    return `${span === 1 ? "minute" : "hour"} ${text}`;
}
/** `2026-11-22T20:38Z`. Howard Hinnant's civil-from-days, because the log knows no calendar. */
export function minuteText(minute) {
    const days = Math.floor(minute / 1440) + 719_468;
    const era = Math.floor(days / 146_097);
    const dayOfEra = days - era * 146_097;
    const yearOfEra = Math.floor((dayOfEra -
        Math.floor(dayOfEra / 1460) +
        Math.floor(dayOfEra / 36_524) -
        Math.floor(dayOfEra / 146_096)) /
        365);
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const shifted = Math.floor((5 * dayOfYear + 2) / 153);
    const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
    const month = shifted < 10 ? shifted + 3 : shifted - 9;
    const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    const ofDay = ((minute % 1440) + 1440) % 1440;
    const two = (value) => String(value).padStart(2, "0");
    return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}Z`;
}
