/** A set of offsets that mostly follow each other: memory grows with its gaps, not with its size. */
export class OffsetRanges {
    /** Ascending, disjoint, not touching: [first, end). */
    #ranges = [];
    has(offset) {
        const range = this.#ranges[this.#indexAfter(offset) - 1];
        return range !== undefined && offset < range[1];
    }
    add(offset) {
        const at = this.#indexAfter(offset);
        const before = this.#ranges[at - 1];
        const after = this.#ranges[at];
        if (before && offset < before[1])
            return;
        const joinsBefore = before !== undefined && before[1] === offset;
        const joinsAfter = after !== undefined && after[0] === offset + 1;
        if (joinsBefore && joinsAfter) {
            before[1] = after[1];
            this.#ranges.splice(at, 1);
        }
        else if (joinsBefore)
            before[1] = offset + 1;
        else if (joinsAfter)
            after[0] = offset;
        else
            this.#ranges.splice(at, 0, [offset, offset + 1]);
    }
    /** The index of the first range that begins after the offset. */
    #indexAfter(offset) {
        let low = 0;
        let high = this.#ranges.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#ranges[middle][0] <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
