import { MINUTE_MS } from "../model/units.js";
import { auditLedger } from "./audit.js";
import { DAMAGE_MARKS, readDamage } from "./audit-evidence.js";
import { packEvents } from "./event.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import { spanMinutes, spanStart } from "./ledger-spans.js";
/** A correction may show what another one hid. */
const ROUNDS_MAX = 4;
/**
 * Brings the ledger of a salvaged store in line with what is in it. Wherever the audit finds something, the feed and
 * minute are marked as damaged, what was posted and is not there moves to `lost`, and what is there and was not posted
 * is posted. So `in` = outcomes + pending holds again, and an event and the word `lost` name the damage for good.
 */
export async function reconcileLedger(log, sinks, now) {
    const lost = {};
    await restoreCursors(log, sinks);
    const folds = await log.ledgerFolds();
    const minutes = new Map();
    let audit;
    for (let round = 0; round < ROUNDS_MAX; round++) {
        audit = await auditLedger(log, {
            sinks,
            onFinding: ({ feed, minute }) => {
                const first = spanStart(folds, minute);
                const marked = minutes.get(feed) ?? new Set();
                minutes.set(feed, marked);
                for (let at = first; at < first + spanMinutes(folds, minute); at++)
                    marked.add(at);
            },
        });
        if (audit.balanced)
            break;
        const ledger = corrections(audit.accounts, minutes);
        for (const { step, outcome, count } of ledger)
            if (outcome === "lost")
                lost[step] = (lost[step] ?? 0) + count;
        await log.commit({ ledger, state: await marksOf(log, minutes) });
    }
    const ranges = Object.fromEntries([...minutes].map(([feed, marked]) => [feed, rangesOf(marked)]));
    await log.commit({ append: packEvents([repairedEvent(lost, ranges, now)]) });
    return { lost, minutes: ranges, findings: audit?.findings ?? [] };
}
/**
 * Where a cursor is lost, the ledger says how much its reader has settled: it stands so far before the end as items are
 * open. Without it a sink would get everything again.
 */
async function restoreCursors(log, sinks) {
    const readers = [
        { step: INTERPRET, topic: "frames" },
        ...sinks.map(({ name }) => ({ step: sinkStep(name), topic: "records" })),
    ];
    for (const { step, topic } of readers) {
        const open = new Map();
        for (const row of await log.ledger({ step: step })) {
            const sign = row.outcome === "in" ? 1 : -1;
            open.set(row.partition, (open.get(row.partition) ?? 0) + sign * row.count);
        }
        for (const [partition, count] of open) {
            if ((await log.cursor(step, topic, partition)) !== undefined)
                continue;
            const { start, end } = await log.bounds(topic, partition);
            const offset = Math.min(end, Math.max(start, end - count));
            await log.commit({
                consumed: [{ subscription: step, next: { topic, partition, offset }, seek: true }],
            });
        }
    }
}
function corrections(accounts, damaged) {
    const postings = [];
    const frames = new Map();
    const isDamaged = ({ feed, minute }) => damaged.get(feed)?.has(minute) ?? false;
    // What was received decides what is to be interpreted, so it comes first.
    const ordered = [...accounts.filter(isDamaged)].sort((a, b) => rank(a) - rank(b));
    for (const { step, feed, partition, minute, posted, counted, pending } of ordered) {
        const terms = new Map(Object.entries(posted));
        const post = (outcome, count) => {
            if (count === 0)
                return;
            terms.set(outcome, (terms.get(outcome) ?? 0) + count);
            postings.push({ step, feed, partition, minute, outcome, count });
        };
        const held = step === "receive" ? "stored" : step === "admit" ? "appended" : undefined;
        if (held !== undefined) {
            const missing = (posted[held] ?? 0) - (counted[held] ?? 0);
            post(held, -missing);
            if (missing > 0)
                post("lost", missing);
        }
        const place = `${feed}|${partition}|${minute}`;
        if (step === "interpret")
            post("in", (frames.get(place) ?? 0) - (terms.get("in") ?? 0));
        let open = -pending;
        for (const [outcome, count] of terms)
            open += outcome === "in" ? count : -count;
        if (open > 0)
            post("lost", open);
        else if (step !== "interpret")
            post("in", -open);
        else
            giveUp(terms, -open, post);
        if (step === "receive")
            frames.set(place, (terms.get("stored") ?? 0) + (terms.get("expired") ?? 0) + (terms.get("lost") ?? 0));
    }
    return postings;
}
/** More was interpreted than is known to have been received: the ledger's rows are wrong, and outcomes go first. */
function giveUp(terms, surplus, post) {
    let left = surplus;
    for (const [outcome, count] of [...terms]) {
        if (outcome === "in" || left <= 0)
            continue;
        const less = Math.min(left, count);
        post(outcome, -less);
        left -= less;
    }
}
function rank({ step }) {
    return step === "receive" ? 0 : 1;
}
async function marksOf(log, minutes) {
    const before = await readDamage(log);
    return [...minutes].map(([feed, marked]) => {
        const all = new Set(marked);
        for (const [first, last] of before.get(feed) ?? [])
            for (let at = first; at <= last; at++)
                all.add(at);
        return { name: `${DAMAGE_MARKS}${feed}`, bytes: JSON.stringify(rangesOf(all)) };
    });
}
function rangesOf(minutes) {
    const ranges = [];
    for (const minute of [...minutes].sort((a, b) => a - b)) {
        const last = ranges.at(-1);
        if (last && last[1] === minute - 1)
            last[1] = minute;
        else
            ranges.push([minute, minute]);
    }
    return ranges;
}
function repairedEvent(lost, minutes, now) {
    const parts = Object.entries(lost).map(([step, count]) => `${count} of ${step}`);
    const feeds = Object.entries(minutes).map(([feed, ranges]) => `${feed} (${ranges.length} stretches of time)`);
    return {
        time: Math.floor(now / MINUTE_MS) * MINUTE_MS,
        subject: "store",
        level: "error",
        code: "store.repaired",
        message: `The store was repaired. Lost: ${parts.join(", ") || "nothing"}. ${feeds.length === 0 ? "" : `Feeds: ${feeds.join(", ")}.`}`.trim(),
        details: { lost, minutes },
    };
}
