import { Failure } from "../model/failure.js";
const PAGE = { entriesMax: 20_000, bytesMax: 512 * 1024 };
/** The topics that the ledger is about, in the order in which the audit wants them within a minute. */
export const AUDITED_TOPICS = ["frames", "events", "receipts", "dead-letters", "records"];
export async function readBounds(log) {
    const streams = AUDITED_TOPICS.flatMap((topic) => Array.from({ length: log.partitions(topic) }, async (_, partition) => ({
        topic,
        partition,
        ...(await log.bounds(topic, partition)),
    })));
    return Promise.all(streams);
}
/**
 * All packs of the audited topics up to the given ends, the oldest minute first over all streams, so that what belongs
 * to one frame comes close together. One page per stream is in memory. A stream that cannot be read on is told to
 * `onUnreadable` and ends there.
 */
export async function* packsByMinute(log, bounds, fromMinute, onUnreadable) {
    const fill = async (stream) => {
        try {
            return await nextPage(log, stream);
        }
        catch (thrown) {
            if (!(thrown instanceof Failure) || thrown.kind !== "corrupt")
                throw thrown;
            onUnreadable(stream.next, thrown);
            return false;
        }
    };
    const streams = [];
    for (const { topic, partition, start, end } of bounds) {
        const offset = fromMinute > 0 ? Math.max(start, await log.offsetAt(topic, partition, fromMinute * 60_000)) : start;
        const stream = { next: { topic, partition, offset }, end, page: [], at: 0 };
        if (await fill(stream))
            streams.push(stream);
    }
    while (streams.length > 0) {
        let chosen = 0;
        for (let at = 1; at < streams.length; at++) {
            if (minuteOf(streams[at]) < minuteOf(streams[chosen]))
                chosen = at;
        }
        const stream = streams[chosen];
        const pack = stream.page[stream.at++];
        if (pack.minute >= fromMinute)
            yield pack;
        if (stream.at >= stream.page.length && !(await fill(stream)))
            streams.splice(chosen, 1);
    }
}
async function nextPage(log, stream) {
    if (stream.next.offset >= stream.end)
        return false;
    const { packs, next } = await log.read(stream.next, PAGE);
    stream.page = packs.filter((pack) => pack.firstOffset < stream.end);
    stream.at = 0;
    stream.next = next;
    return stream.page.length > 0;
}
function minuteOf(stream) {
    return stream?.page[stream.at]?.minute ?? Number.POSITIVE_INFINITY;
}
