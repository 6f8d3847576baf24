import { spanName } from "./audit-book.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import { DEAD_LETTERS } from "./letter-places.js";
/**
 * The cheap check, for running hubs: `in` = outcomes + pending in every account, with the postings as they stand and
 * pending counted from the store. It reads no record; `auditLedger` does. The store adds up: in memory are only the
 * accounts where something waits or is wrong.
 */
export async function balanceLedger(log, { sinks, ...filter } = {}) {
    const { fromMinute = 0 } = filter;
    const known = new Set();
    for (const { step, feed } of await log.ledgerSums(filter))
        known.add(`${step}|${feed}`);
    const steps = new Set([...known].map((key) => key.slice(0, key.indexOf("|"))));
    const places = [...steps]
        .filter((step) => step === INTERPRET || step.startsWith("sink:"))
        .flatMap((step) => {
        const topic = step === INTERPRET ? "frames" : "records";
        return Array.from({ length: log.partitions(topic) }, (_, partition) => ({ step, topic, partition }));
    });
    // Asked in one turn, so that all answers see one state of the log.
    const [{ accounts, open }, letters, ...unread] = await Promise.all([
        log.openAccounts(filter),
        steps.has(DEAD_LETTERS) ? log.openLetters(fromMinute) : [],
        ...places.map((place) => pendingAt(log, place)),
    ]);
    const wrong = new Map(open.map((account) => [keyOf(account), account]));
    const isGone = goneSinks(sinks);
    for (const [at, place] of places.entries()) {
        if (isGone(place.step)) {
            leaveWaiting(wrong, place, unread[at] ?? []);
            continue;
        }
        const unexplained = subtract(wrong, place, unread[at] ?? []).filter(({ feed, minute }) => minute >= fromMinute && known.has(`${place.step}|${feed}`));
        for (const feed of new Set(unexplained.map((waiting) => waiting.feed))) {
            const minutes = unexplained.filter((waiting) => waiting.feed === feed).map(({ minute }) => minute);
            for (const account of await surplusWaiting(log, place, feed, minutes))
                wrong.set(keyOf(account), account);
        }
    }
    for (const { count, ...letter } of letters) {
        const account = { step: DEAD_LETTERS, ...letter };
        if (letter.minute < fromMinute || !known.has(`${DEAD_LETTERS}|${letter.feed}`))
            continue;
        const key = keyOf(account);
        const before = wrong.get(key) ?? { ...account, spanMinutes: 1, open: 0 };
        wrong.set(key, { ...before, open: before.open - count });
    }
    const left = [...wrong.values()].filter((account) => account.open !== 0);
    return { balanced: left.length === 0, sentence: sentenceOf(left, accounts), accounts: left };
}
function pendingAt(log, { step, topic, partition }) {
    return log.pending({ topic, partition, subscription: step });
}
/** Sinks of which accounts are left and which are not configured any more. */
export function goneSinks(sinks) {
    const known = sinks && new Set(sinks.map(({ name }) => sinkStep(name)));
    return (step) => known !== undefined && step.startsWith("sink:") && !known.has(step);
}
/** What came for a sink before it was removed goes on waiting, should it come back. Behind that others' records lie. */
function leaveWaiting(wrong, { step, partition }, unread) {
    for (const { feed, minute, count } of unread) {
        const key = keyOf({ step, feed, partition, minute });
        const account = wrong.get(key);
        if (account !== undefined && account.open > 0)
            wrong.set(key, { ...account, open: Math.max(0, account.open - count) });
    }
}
/** Takes what waits off the accounts that are open for it. Answers what waits without such an account. */
function subtract(wrong, { step, partition }, unread) {
    return unread.filter(({ feed, minute, count }) => {
        const key = keyOf({ step, feed, partition, minute });
        const account = wrong.get(key);
        if (account)
            wrong.set(key, { ...account, open: account.open - count });
        return account === undefined;
    });
}
/**
 * More waits than came in, unless it waits for nobody: records of a feed that was not routed to the sink at the time
 * have no account at all. Which it is is asked of the accounts themselves, in one turn.
 */
async function surplusWaiting(log, place, feed, minutes) {
    const { step, partition } = place;
    const first = minutes.reduce((least, minute) => Math.min(least, minute));
    const last = minutes.reduce((most, minute) => Math.max(most, minute));
    const [rows, unread] = await Promise.all([
        log.ledger({ step, feed, fromMinute: first, toMinute: last }),
        pendingAt(log, place),
    ]);
    const accounts = new Map();
    for (const { outcome, count, ...account } of rows) {
        if (account.partition !== partition)
            continue;
        const sum = accounts.get(keyOf(account)) ?? { ...account, open: 0 };
        accounts.set(keyOf(account), { ...sum, open: sum.open + (outcome === "in" ? count : -count) });
    }
    const wanted = new Set(minutes);
    return [...accounts.values()]
        .filter(({ minute }) => wanted.has(minute))
        .map((account) => {
        const waiting = unread.find((pending) => pending.feed === feed && pending.minute === account.minute);
        return { ...account, open: account.open - (waiting?.count ?? 0) };
    });
}
function keyOf({ step, feed, partition, minute }) {
    return `${step}|${partition}|${minute}|${feed}`;
}
function sentenceOf(accounts, total) {
    const worst = accounts.reduce((most, account) => (most && Math.abs(most.open) >= Math.abs(account.open) ? most : account), undefined);
    if (!worst)
        return `All ${total} accounts of the ledger add up.`;
    const { step, feed, partition, minute, open } = worst;
    const what = open > 0 ? `${open} came in without an outcome` : `${-open} outcomes have no arrival`;
    const name = `${step} ${feed} partition ${partition} ${spanName(minute, worst.spanMinutes)}`;
    return (`${accounts.length} of ${total} accounts of the ledger do not add up. Worst: ${name}: ${what}. ` +
        "Run `wayside ledger --audit` to see which items.");
}
