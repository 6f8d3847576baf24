import { auditLedger, balanceLedger } from "../log/audit.js";
import { minuteText } from "../log/audit-book.js";
import { goneSinks } from "../log/balance.js";
import { INTERPRET } from "../log/ledger.js";
import { floorTo } from "../log/ledger-spans.js";
import { Failure } from "../model/failure.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
const STRETCHES = {
    minute: { minutes: 1, usualMs: HOUR_MS },
    hour: { minutes: 60, usualMs: 2 * DAY_MS },
    day: { minutes: 1440, usualMs: undefined },
};
/** So that a careless question cannot fill the memory of a running hub: a day of minutes, four years of days. */
const STRETCHES_MAX = 1500;
export function isLedgerStretch(text) {
    return Object.hasOwn(STRETCHES, text);
}
/** Rejects with `config.invalid` where the question does not fit together. */
export async function ledgerReport(log, question, now) {
    const filter = filterOf(question, now);
    const sums = await sumsOf(log, filter, question.by, goneSinks(question.sinks));
    const { balanced, sentence } = await balanceLedger(log, { ...filter, sinks: question.sinks });
    if (!question.audit)
        return { balanced, sentence, audited: false, sums, findings: [], findingsOmitted: 0 };
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
function filterOf({ step, feed, fromTime, by, audit }, now) {
    if (audit && (step !== undefined || feed !== undefined)) {
        const mend = "ask without step and feed, or without audit; since is fine";
        throw new Failure("config.invalid", `An audit recounts all steps and feeds: ${mend}`);
    }
    const usualMs = by && STRETCHES[by].usualMs;
    const from = fromTime ?? (usualMs === undefined ? undefined : now - usualMs);
    if (by && from !== undefined) {
        const stretches = Math.ceil((now - from) / (STRETCHES[by].minutes * MINUTE_MS));
        if (stretches > STRETCHES_MAX) {
            throw new Failure("config.invalid", `That would be ${stretches} rows of a ${by} for each step and feed, and ${STRETCHES_MAX} are the most: ` +
                "ask for a later since, or for hours or days");
        }
    }
    return {
        ...(step === undefined ? {} : { step }),
        ...(feed === undefined ? {} : { feed }),
        ...(from === undefined ? {} : { fromMinute: Math.ceil(from / MINUTE_MS) }),
    };
}
/** Added up in the store, so that memory holds a row per sum however long the ledger is. */
async function sumsOf(log, filter, by, isGone) {
    const sums = new Map();
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
        if (step !== INTERPRET && !step.startsWith("sink:"))
            continue;
        const topic = step === INTERPRET ? "frames" : "records";
        for (let partition = 0; partition < log.partitions(topic); partition++) {
            for (const { feed, minute, count } of await log.pending({ topic, partition, subscription: step })) {
                if (minute < (filter.fromMinute ?? 0))
                    continue;
                const first = everyMinutes === undefined ? 0 : floorTo(minute, everyMinutes);
                const sum = sums.get(`${first} ${step} ${feed}`);
                if (sum)
                    sum.pending += count;
            }
        }
    }
    for (const { feed, minute, count } of await log.openLetters()) {
        const first = everyMinutes === undefined ? 0 : floorTo(minute, everyMinutes);
        const sum = sums.get(`${first} dead-letters ${feed}`);
        if (sum && minute >= (filter.fromMinute ?? 0))
            sum.pending += count;
    }
    // Behind what waits for a sink that was removed lie records that were never meant for it.
    for (const sum of sums.values())
        if (isGone(sum.step))
            sum.pending = Math.min(sum.pending, openOf(sum.posted));
    // The store gives them by time; within it they follow the way of the data.
    return [...sums.values()].sort((a, b) => compare(a.from ?? "", b.from ?? "") ||
        rank(a.step) - rank(b.step) ||
        compare(a.step, b.step) ||
        compare(a.feed, b.feed));
}
function openOf({ in: came = 0, ...outcomes }) {
    return Math.max(0, came - Object.values(outcomes).reduce((sum, count) => sum + count, 0));
}
function compare(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}
function rank(step) {
    const order = ["receive", "interpret", "admit", "guards", "redecode", "dead-letters"].indexOf(step);
    return order === -1 ? 6 : order;
}
