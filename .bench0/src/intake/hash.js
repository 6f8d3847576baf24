/** Hashes UTF-16 code units with two multipliers, murmur's finalizer at the end. Writes into `into` to allocate nothing. */
export function hashText(text, into) {
    let low = 0x9747b28c ^ text.length;
    let high = 0x3c6ef372 ^ text.length;
    for (let at = 0; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        low = Math.imul(low ^ unit, 0x85ebca6b);
        low ^= low >>> 15;
        high = Math.imul(high ^ unit, 0xc2b2ae35);
        high = (high << 13) | (high >>> 19);
    }
    into.low = finish(low ^ (high >>> 7));
    into.high = finish(high);
}
/** Hashes a content four bytes at a time: it may be long, and it is only compared with contents of the same id. */
export function hashContent(bytes, into) {
    let low = 0x9747b28c ^ bytes.length;
    let high = 0x3c6ef372 ^ bytes.length;
    const whole = bytes.length & ~3;
    for (let at = 0; at < whole; at += 4) {
        const word = bytes[at] |
            (bytes[at + 1] << 8) |
            (bytes[at + 2] << 16) |
            (bytes[at + 3] << 24);
        low = Math.imul(low ^ word, 0x85ebca6b);
        low ^= low >>> 15;
        high = Math.imul(((high << 13) | (high >>> 19)) ^ word, 0xcc9e2d51);
    }
    for (let at = whole; at < bytes.length; at++) {
        low = Math.imul(low ^ bytes[at], 0x85ebca6b);
        high = Math.imul(((high << 13) | (high >>> 19)) ^ bytes[at], 0xcc9e2d51);
    }
    into.low = finish(low ^ (high >>> 7));
    into.high = finish(high ^ Math.imul(low, 0xc2b2ae35));
}
/** Mixes a number up to 2^53 into a hash: the id of a record out of the hash of its key and its event time. */
export function mixTime(base, time, into) {
    const timeLow = time | 0;
    const timeHigh = Math.floor(time / 0x1_0000_0000) | 0;
    into.low = finish(Math.imul(base.low ^ timeLow, 0x9e3779b1) ^ timeHigh);
    into.high = finish(Math.imul(base.high ^ timeHigh ^ 0x5bd1e995, 0x27d4eb2f) ^ Math.imul(timeLow, 0x165667b1));
}
function finish(hash) {
    let mixed = hash ^ (hash >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
}
