/** A byte-order mark in any encoding, and what a format may put before its first sign. */
const AHEAD_MAX = 64;
/**
 * True when the first byte that means something is an opening bracket of JSON. Blanks, byte-order marks and the zero
 * bytes of UTF-16 are passed over. Headers are not asked: they are wrong more often than the bytes.
 */
export function beginsLikeJson(bytes) {
    const end = Math.min(bytes.length, AHEAD_MAX);
    for (let at = 0; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf || byte >= 0xfe)
            continue;
        return byte === 0x7b || byte === 0x5b;
    }
    return false;
}
