export function unpackReceipts(pack) {
    const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
    return JSON.parse(text);
}
/** Ascending indexes as text: `[0,1,2,7]` is `0-2,7`. */
export function formatRanges(indexes) {
    const parts = [];
    for (let at = 0; at < indexes.length; at++) {
        const first = indexes[at];
        let last = first;
        while (indexes[at + 1] === last + 1)
            last = indexes[++at];
        parts.push(first === last ? `${first}` : `${first}-${last}`);
    }
    return parts.join(",");
}
export function parseRanges(text) {
    if (text === "")
        return [];
    return text.split(",").flatMap((part) => {
        const [first, last] = part.split("-").map(Number);
        return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
    });
}
