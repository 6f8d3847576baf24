import { unpackRecords } from "../log/record-pack.js";
/** Entries and bytes of one read: small enough that parsing them does not hold up the loop for long. */
const READ_ENTRIES_MAX = 2000;
const READ_BYTES_MAX = 1024 * 1024;
/** The next records from an offset on: from the cache when it has them, else one page of the log, up to `to` where that is known. */
export async function readRecords(log, cache, partition, from, to = Number.POSITIVE_INFINITY) {
    const cached = cache?.get(partition, from);
    if (cached) {
        const records = cached.firstOffset === from ? cached.records : cached.records.slice(from - cached.firstOffset);
        return { offsets: undefined, records, next: from + records.length, skippedTo: undefined, bytes: 0 };
    }
    const page = await log.read({ topic: "records", partition, offset: from }, { entriesMax: Math.min(READ_ENTRIES_MAX, to - from), bytesMax: READ_BYTES_MAX });
    const offsets = [];
    const records = [];
    let bytes = 0;
    for (const pack of page.packs) {
        bytes += pack.body.length;
        for (const { offset, record } of unpackRecords(pack, from)) {
            if (offset >= page.next.offset)
                break;
            offsets.push(offset);
            records.push(record);
        }
    }
    return { offsets, records, next: page.next.offset, skippedTo: page.skippedTo, bytes };
}
