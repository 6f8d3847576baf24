import { MINUTE_MS } from "../model/units.js";
import { INTERPRET } from "./ledger.js";
/**
 * The packs that go now: always from the old end of a partition, whole packs, so that what is kept has no holes. First
 * by age (a pack goes when its whole minute lies before the limit), then by bytes, the oldest minute of any partition
 * first. At most `packsMax`, so that one step of retention never blocks commits for long.
 */
export function choosePacks(aging, policy, now, packsMax) {
    const goneBefore = now - policy.maxAgeMs;
    const chosen = [];
    let bytes = aging.bytes;
    const heads = Array.from({ length: aging.partitions }, (_, partition) => aging.pack(partition, 0));
    const removable = (pack) => pack !== undefined &&
        pack.firstOffset + pack.count <= (policy.keepFrom?.[pack.partition] ?? Number.POSITIVE_INFINITY);
    const take = (pack) => {
        chosen.push(pack);
        bytes -= pack.bytes;
        heads[pack.partition] = aging.pack(pack.partition, pack.firstOffset + pack.count);
    };
    for (let partition = 0; partition < aging.partitions; partition++) {
        for (let head = heads[partition]; chosen.length < packsMax; head = heads[partition]) {
            if (!removable(head) || (head.minute + 1) * MINUTE_MS > goneBefore)
                break;
            take(head);
        }
    }
    while (bytes > policy.maxBytes && chosen.length < packsMax) {
        const oldest = heads
            .filter(removable)
            .reduce((best, head) => (best && best.minute <= head.minute ? best : head), undefined);
        if (!oldest)
            break;
        take(oldest);
    }
    return chosen;
}
/**
 * What retention owes to the ledger. A stored frame and an appended record become `expired`; for a consumer that had
 * not read them yet they become `expired` in its account too, if that account was ever opened.
 */
export function expiredPostings(topic, packs, readers, isOpen) {
    const postings = [];
    for (const pack of packs) {
        const { feed, minute, count } = pack;
        if (topic === "frames") {
            const account = { step: "receive", feed, partition: pack.partition, minute };
            postings.push({ ...account, outcome: "stored", count: -count });
            postings.push({ ...account, outcome: "expired", count });
        }
        if (topic === "records") {
            const { partition, redecoded } = headOf(pack);
            const account = { step: redecoded ? "redecode" : "admit", feed, partition, minute };
            const gone = redecoded ?? { appended: count };
            for (const [outcome, of] of Object.entries(gone))
                postings.push({ ...account, outcome, count: -of });
            postings.push({ ...account, outcome: "expired", count });
        }
        for (const reader of readers) {
            const step = stepOf(reader.subscription);
            const unread = pack.firstOffset + count - Math.max(reader.next, pack.firstOffset);
            if (reader.partition !== pack.partition || unread <= 0 || step === undefined)
                continue;
            if (!isOpen(step, feed, pack.partition, minute))
                continue;
            postings.push({ step, feed, partition: pack.partition, minute, outcome: "expired", count: unread });
        }
    }
    return postings;
}
function stepOf(subscription) {
    if (subscription === INTERPRET)
        return INTERPRET;
    return subscription.startsWith("sink:") ? subscription : undefined;
}
/**
 * All frames of a feed lie in one partition; the first origin of a pack of records names it. Records of frames that were
 * decoded again lie in packs of their own, which say how many they are of each outcome.
 */
function headOf(pack) {
    const head = JSON.parse(pack.head);
    const frames = head?.frames;
    const partition = Array.isArray(frames) ? frames[0]?.partition : undefined;
    return {
        partition: typeof partition === "number" ? partition : pack.partition,
        redecoded: head?.redecoded,
    };
}
/**
 * Retention leaves a mark in the state: the newest minute of a feed of which something went. The audit counts evidence
 * only for minutes after it.
 */
export const RETENTION_MARKS = "retention/";
export function retentionMark(topic, partition, feed) {
    return `${RETENTION_MARKS}${topic}/${partition}/${feed}`;
}
/** The newest minute that went, by the name of its mark. */
export function marksOf(topic, packs) {
    const marks = new Map();
    for (const pack of packs) {
        const name = retentionMark(topic, pack.partition, pack.feed);
        marks.set(name, Math.max(marks.get(name) ?? pack.minute, pack.minute));
    }
    return marks;
}
