import { partitionOf } from "../log/partitioner.js";
import { unpackRecords } from "../log/record-pack.js";
import { recordId } from "../model/record.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
/** Small enough that reading them does not hold up a running hub. */
const PAGE = { entriesMax: 2000, bytesMax: 1024 * 1024 };
/** A report that was buffered for two hours is normal; one that comes a day late is looked for no more. */
const LATE_MAX_MS = DAY_MS;
/** Clocks that run ahead of the hub's, by as much as is not a future. */
const AHEAD_MAX_MS = 2 * MINUTE_MS;
/** Calls `visit` with each record of a partition that was received since, oldest first, until it answers true. */
export async function visitRecords(log, partition, since, visit) {
    let offset = await log.offsetAt("records", partition, since);
    for (;;) {
        const page = await log.read({ topic: "records", partition, offset }, PAGE);
        for (const pack of page.packs) {
            for (const one of unpackRecords(pack, offset)) {
                if (one.offset >= page.next.offset)
                    break;
                if (visit({ partition, ...one }) === true)
                    return;
            }
        }
        if (page.next.offset <= offset)
            return;
        offset = page.next.offset;
    }
}
/** The newest records of one of the keys, newest first, looking further back only while none is found. */
export async function newestOfKeys(log, keys, asOf) {
    for (const reachMs of asOf.reaches) {
        const found = [];
        for (const key of keys) {
            const last = [];
            await visitRecords(log, partitionOf(key, log.partitions("records")), asOf.now - reachMs, (one) => {
                if (one.record.key !== key)
                    return;
                last.push(one);
                if (last.length > asOf.count)
                    last.shift();
            });
            found.push(...last);
        }
        if (found.length > 0)
            return found.sort(newestFirst).slice(0, asOf.count);
    }
    return [];
}
/** Every revision of a record by its id, the last one first. An id that is none finds nothing. */
export async function recordsOfId(log, id) {
    const parts = /^[a-z_]+\/(.+)\/(-?\d{1,16})(?:\/removed)?$/.exec(id);
    const [key, time] = [parts?.[1], Number(parts?.[2])];
    if (key === undefined)
        return [];
    const found = [];
    await visitRecords(log, partitionOf(key, log.partitions("records")), time - AHEAD_MAX_MS, (one) => {
        if (one.record.key === key && recordId(one.record) === id)
            found.push(one);
        return one.record.origin.receivedTime > time + LATE_MAX_MS;
    });
    return found.reverse();
}
/** By when it happened, as far as that is believed; at the same instant the later word on it. */
function newestFirst(a, b) {
    const received = b.record.origin.receivedTime - a.record.origin.receivedTime;
    if (a.record.eventTime !== b.record.eventTime)
        return b.record.eventTime - a.record.eventTime;
    return received !== 0 ? received : b.record.revision - a.record.revision;
}
