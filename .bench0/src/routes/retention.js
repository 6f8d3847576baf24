import { INTERPRET } from "../log/ledger.js";
import { FOLD_AFTER } from "../log/ledger-spans.js";
const EVENTS_MAX_BYTES = 256 * 1024 * 1024;
/**
 * Applies retention to every topic, and folds the ledger. What somebody still has to read is kept beyond its age and
 * size, up to twice as long and as much: a dead sink must not fill the disk. What goes unread then is posted as expired by
 * the log, and its reader is told where it goes on. Answers a sentence for each topic that lost something.
 */
export async function applyRetention(log, keep, delivering, now) {
    const { frames, records, deadLetters, ledger } = keep;
    const policies = [
        { topic: "frames", ...frames, keepFrom: await uninterpreted(log) },
        { topic: "frames", ...twice(frames) },
        { topic: "records", ...records, keepFrom: undelivered(log, delivering) },
        { topic: "records", ...twice(records) },
        { topic: "receipts", ...records },
        { topic: "dead-letters", ...deadLetters },
        // As long as the ledger: they are the evidence of its gaps, and what last winter's incident is told from.
        { topic: "events", maxAgeMs: ledger.keepMs, maxBytes: EVENTS_MAX_BYTES },
    ];
    const sentences = [];
    for (const policy of policies) {
        const { entries } = await log.retain(policy, now);
        if (entries > 0)
            sentences.push(`Retention removed ${entries} of ${policy.topic}`);
    }
    const { removed } = await log.foldLedger({ ...FOLD_AFTER, ...ledger }, now);
    if (removed > 0)
        sentences.push(`Retention removed ${removed} rows of the ledger`);
    return sentences;
}
function twice({ maxAgeMs, maxBytes }) {
    return { maxAgeMs: maxAgeMs * 2, maxBytes: maxBytes * 2 };
}
/** By partition, the first frame that was not interpreted. */
function uninterpreted(log) {
    const partitions = Array.from({ length: log.partitions("frames") }, (_, partition) => partition);
    return Promise.all(partitions.map(async (partition) => (await log.cursor(INTERPRET, "frames", partition)) ?? 0));
}
/** By partition, the first record that a sink which delivers has yet to take. */
function undelivered(log, delivering) {
    const slowest = new Array(log.partitions("records")).fill(Number.POSITIVE_INFINITY);
    for (const subscription of delivering) {
        for (const { partition, cursor } of subscription.status().partitions) {
            slowest[partition] = Math.min(slowest[partition] ?? cursor, cursor);
        }
    }
    return slowest;
}
