import { spanStart } from "../log/ledger-spans.js";
import { MINUTE_MS } from "../model/units.js";
/**
 * Commits the first cursors, and what a change of routes means for the ledger. Intake opens an account (`in`) for a
 * record when its feed is routed to the sink at that time. So what waits of a feed that was not routed here when it came
 * (a new route, a sink that was away) gets its `in` now, and what waits of a feed that no longer is routed here keeps the
 * account that it has. An account that holds more than waits is left alone: the audit names it. Must run before intake
 * appends.
 */
export async function openAccounts(log, step, stateName, feeds, begin, chance) {
    const partitions = Array.from({ length: log.partitions("records") }, (_, partition) => partition);
    const bounds = await Promise.all(partitions.map((partition) => log.bounds("records", partition)));
    const found = await Promise.all(partitions.map((partition) => log.cursor(step, "records", partition)));
    const cursors = bounds.map(({ start, end }, partition) => found[partition] ?? (begin === "now" ? end : start));
    const stored = await log.state(stateName);
    const origin = stored ? new TextDecoder().decode(stored) : hex(chance.bytes(4));
    // In one turn, so that both speak of the same accounts.
    const [folds, waiting] = await Promise.all([log.ledgerFolds(), waitingIn(log, cursors)]);
    const open = await openIn(log, step, waiting);
    const ledger = [];
    const formerly = new Set();
    for (const { partition, feed, minute, count } of waiting) {
        const key = accountKey(feed, partition, minute);
        const opened = open.get(key) ?? 0;
        if (!feeds.includes(feed)) {
            if (opened <= 0)
                continue;
            formerly.add(key);
        }
        if (count > opened) {
            ledger.push({ step, feed, partition, minute, outcome: "in", count: count - opened });
        }
    }
    if (!stored || ledger.length > 0 || found.includes(undefined)) {
        await log.commit({
            consumed: cursors.map((offset, partition) => ({
                subscription: step,
                next: { topic: "records", partition, offset },
            })),
            state: [{ name: stateName, bytes: origin }],
            ledger,
        });
    }
    return {
        cursors,
        origin,
        openedLate: found.includes(undefined) ? 0 : ledger.reduce((sum, { count }) => sum + count, 0),
        hasAccount: (record, partition, offset) => {
            if (formerly.size === 0 || offset >= (bounds[partition]?.end ?? 0))
                return false;
            const minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
            return formerly.has(accountKey(record.origin.feed, partition, spanStart(folds, minute)));
        },
    };
}
async function waitingIn(log, cursors) {
    const rows = await Promise.all(cursors.map(async (offset, partition) => {
        const pending = await log.pending({ topic: "records", partition, offset });
        return pending.map(({ feed, minute, count }) => ({ partition, feed, minute, count }));
    }));
    return rows.flat();
}
/** By account: what was opened and has no outcome yet, as far back as anything waits. */
async function openIn(log, step, waiting) {
    const open = new Map();
    if (waiting.length === 0)
        return open;
    const fromMinute = waiting.reduce((oldest, { minute }) => Math.min(oldest, minute), Number.MAX_SAFE_INTEGER);
    for (const { feed, partition, minute, outcome, count } of await log.ledger({ step, fromMinute })) {
        const key = accountKey(feed, partition, minute);
        open.set(key, (open.get(key) ?? 0) + (outcome === "in" ? count : -count));
    }
    return open;
}
function accountKey(feed, partition, minute) {
    return `${partition}|${minute}|${feed}`;
}
function hex(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
