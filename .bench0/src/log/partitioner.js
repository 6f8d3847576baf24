/**
 * The partition of a key: FNV-1a over the UTF-16 code units, in 32 bits, then modulo. Fixed for ever, because order is
 * promised per key and a store's partition count never changes.
 */
export function partitionOf(key, partitions) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at++) {
        hash ^= key.charCodeAt(at);
        hash = Math.imul(hash, 0x01000193);
    }
    hash ^= hash >>> 15;
    return (hash >>> 0) % partitions;
}
