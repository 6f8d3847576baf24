/** The trouble of one place over time. */
export class Weather {
    #troubles;
    constructor(troubles) {
        this.#troubles = troubles;
    }
    /** What happens to something at that time; `draw` in [0, 1) decides whether trouble hits it. */
    faultAt(atMs, draw) {
        return this.#troubles.find(({ fromMs, toMs, share }) => fromMs <= atMs && atMs < toMs && draw < share);
    }
    get troubles() {
        return this.#troubles;
    }
}
/** The longest stretch of `span` that none of the others touches. */
export function longestFree(span, taken) {
    let longest = 0;
    let from = span.fromMs;
    for (const { fromMs, toMs } of [...taken].sort((a, b) => a.fromMs - b.fromMs)) {
        if (toMs <= from)
            continue;
        if (fromMs >= span.toMs)
            break;
        longest = Math.max(longest, fromMs - from);
        from = Math.max(from, toMs);
    }
    return Math.max(longest, span.toMs - from);
}
