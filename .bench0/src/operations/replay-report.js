import { Failure } from "../model/failure.js";
import { findIssue } from "./dead-letters.js";
export const REDECODE_RATE_DEFAULT = 20;
export const RATE_DEFAULT = 100;
export const RATE_MAX = 10_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/;
const PAGE = 1000;
export function reportOf(job) {
    const { v: _v, nonce: _n, ends: _e, starts: _s, next: _x, held: _h, range: _r, passes: _p, trial: _t, ...shown } = job;
    return { ...shown, sentence: sentenceOf(job) };
}
/** `1204 unchanged, 3 revised, 12 added, 1 vanished`; what there is none of is left out but for the first two. */
export function itemsText(items = {}) {
    const { unchanged = 0, revised = 0, added = 0, vanished = 0, ignored = 0, refused = 0 } = items;
    const rest = Object.entries({ added, vanished, ignored, refused }).filter(([, count]) => count > 0);
    return [
        `${unchanged} unchanged`,
        `${revised} revised`,
        ...rest.map(([word, count]) => `${count} ${word}`),
    ].join(", ");
}
function sentenceOf({ kind, state, total, counts, items }) {
    if (kind === "redecode") {
        const word = { running: "Running", paused: "Paused", done: "Done", cancelled: "Cancelled" }[state];
        return `${word}: ${items?.["frames"] ?? 0} of ${total} frames: ${itemsText(items)}.`;
    }
    const done = counts.replayed + counts.failed + counts.dropped + counts.skipped;
    const parts = [
        `${counts.replayed} replayed`,
        `${counts.failed} failed again`,
        `${counts.dropped} dropped`,
        `${counts.skipped} left as they are`,
    ];
    const what = kind === "drop" ? `${counts.dropped} dropped` : parts.join(", ");
    const verb = { running: "Running", paused: "Paused", done: "Done", cancelled: "Cancelled" }[state];
    return `${verb}: ${Math.min(done, total)} of ${total} letters: ${what}.`;
}
/** Throws `request.invalid` where the order makes no sense by itself. */
export function checkOrder({ filter, all, ...names }) {
    const isEmpty = Object.values(filter).every((value) => value === undefined);
    if (isEmpty && all !== true) {
        throw invalid("This means every dead letter there is: choose by issue, feed, sink, time or key, or say all");
    }
    checkNames(names);
    const { fromTime, toTime } = filter;
    if (fromTime !== undefined && toTime !== undefined && fromTime >= toTime)
        throw emptyTime();
}
function emptyTime() {
    return invalid("The time ends before it begins: since must lie before until");
}
/** The same for a redecoding. */
export function checkRedecode({ feed, fromTime, toTime, ...names }, feeds) {
    checkNames(names);
    if (!feeds.includes(feed))
        throw invalid(`There is no feed "${feed}"; there are: ${feeds.join(", ")}`);
    if (toTime !== undefined && fromTime >= toTime)
        throw emptyTime();
}
function checkNames({ name, ratePerS = RATE_DEFAULT, reason = "", }) {
    if (name !== undefined && !NAME.test(name)) {
        throw invalid(`The name "${name}" is none: up to 60 letters, digits, dots, dashes and underlines`);
    }
    if (!Number.isFinite(ratePerS) || ratePerS < 1 || ratePerS > RATE_MAX) {
        throw invalid(`The rate is ${ratePerS}; it is 1 to ${RATE_MAX} letters a second`);
    }
    if (/\p{Cc}/u.test(reason) || reason.length > 200) {
        throw invalid("A reason is one line of at most 200 characters");
    }
}
/** The issues that letters of the filter can belong to. */
export async function issuesOf(log, filter) {
    const { issue, sink, feed } = filter;
    const candidates = issue === undefined ? await log.letterIssues() : [await findIssue(log, issue)];
    return candidates.filter(({ subject }) => {
        if (filter.subject !== undefined && subject !== filter.subject)
            return false;
        if (sink !== undefined && subject !== `sink:${sink}`)
            return false;
        return feed === undefined || subject === `feed:${feed}` || subject.startsWith("sink:");
    });
}
export function fits({ feed, fromTime, toTime, key }, { letter }) {
    if (feed !== undefined && letter.feed !== feed)
        return false;
    if (fromTime !== undefined && letter.time < fromTime)
        return false;
    if (toTime !== undefined && letter.time >= toTime)
        return false;
    return key === undefined || (letter.record?.id.includes(key) ?? false);
}
/** Counts what a job would come by. */
export async function previewOf(log, order) {
    checkOrder(order);
    const { filter } = order;
    const issues = await issuesOf(log, filter);
    const open = new Map();
    const isPlain = [filter.feed, filter.fromTime, filter.toTime, filter.key].every((value) => value === undefined);
    if (isPlain)
        for (const one of issues)
            open.set(one.id, one.open);
    let from = isPlain || issues.length === 0 ? undefined : { partition: 0, offset: 0 };
    while (from !== undefined) {
        const page = await log.letters({
            issues: issues.map(({ id }) => id),
            from,
            limit: PAGE,
        });
        for (const one of page.letters)
            if (fits(filter, one))
                open.set(one.issue, (open.get(one.issue) ?? 0) + 1);
        from = page.next;
    }
    const total = [...open.values()].reduce((sum, count) => sum + count, 0);
    const counted = issues
        .map(({ id, subject }) => ({ id, subject, open: open.get(id) ?? 0 }))
        .filter((one) => one.open > 0);
    const causes = `${counted.length} ${counted.length === 1 ? "cause" : "causes"}`;
    const verb = order.kind === "drop" ? "dropped" : "replayed";
    const sentence = total === 0 ? "No open dead letter fits." : `${total} dead letters of ${causes} would be ${verb}.`;
    return { total, issues: counted, sentence };
}
export function invalid(message) {
    return new Failure("request.invalid", message);
}
