export const ALL = { entriesMax: 1e9, bytesMax: 1e9 };
export const NEVER = Number.MAX_SAFE_INTEGER;
/** Entries of the form `"name-0"`, `"name-1"` ... in one pack. */
export function textPack(name, count, over = {}) {
    const entries = Array.from({ length: count }, (_, i) => `${name}-${i}`);
    return {
        topic: "records",
        partition: 0,
        feed: "metro",
        minute: 1000,
        count,
        head: "{}",
        body: JSON.stringify(entries),
        ...over,
    };
}
export function bytesPack(bytes, over = {}) {
    const head = JSON.stringify({ frames: [{ bytes: bytes.byteLength }] });
    return { topic: "frames", partition: 0, feed: "metro", minute: 1000, count: 1, head, body: bytes, ...over };
}
export function entriesOf(packs) {
    return packs.flatMap((pack) => JSON.parse(pack.body).map((entry, i) => ({
        offset: pack.firstOffset + i,
        entry,
    })));
}
export async function everything(log, topic, partition) {
    return (await log.read({ topic, partition, offset: 0 }, ALL)).packs;
}
