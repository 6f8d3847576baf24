/**
 * The newest committed records as objects, so that a consumer at the end of the log need not parse what intake has just
 * encoded. A miss costs a read of the log and nothing else. Bounded by a count of records over all partitions.
 *
 * It must be created before any consumer listens to the log: listeners are called in the order of registration, so that
 * a consumer that is woken by a commit finds its records here.
 */
export class RecentRecords {
    #recordsMax;
    /** By partition: runs that are committed, oldest first. */
    #runs;
    /** By partition: runs in the commit that is under way. */
    #expected;
    #ends;
    #stop;
    #count = 0;
    constructor(log, ends, recordsMax = 10_000) {
        this.#recordsMax = recordsMax;
        this.#ends = [...ends];
        this.#runs = this.#ends.map(() => []);
        this.#expected = this.#ends.map(() => []);
        this.#stop = log.onAppend((grown) => {
            for (const { topic, partition, end } of grown)
                if (topic === "records")
                    this.#reveal(partition, end);
        });
    }
    /** Records that the next commit appends to the partition, in order. */
    expect(partition, records) {
        this.#expected[partition]?.push(records);
    }
    /** The run that holds the offset, or undefined: read the log. */
    get(partition, offset) {
        const runs = this.#runs[partition];
        if (runs === undefined)
            return undefined;
        for (let at = runs.length - 1; at >= 0; at--) {
            const run = runs[at];
            if (offset >= run.firstOffset)
                return offset < run.firstOffset + run.records.length ? run : undefined;
        }
        return undefined;
    }
    close() {
        this.#stop();
        for (const runs of this.#runs)
            runs.length = 0;
        for (const runs of this.#expected)
            runs.length = 0;
    }
    #reveal(partition, end) {
        const expected = this.#expected[partition];
        const runs = this.#runs[partition];
        let first = this.#ends[partition];
        this.#ends[partition] = end;
        const count = expected.reduce((sum, records) => sum + records.length, 0);
        const known = first + count === end;
        for (const records of expected.splice(0)) {
            // Offsets that do not fit were given to somebody else's records: consumers read the log instead.
            if (!known)
                continue;
            runs.push({ firstOffset: first, records });
            first += records.length;
            this.#count += records.length;
        }
        while (this.#count > this.#recordsMax && this.#dropOldest())
            ;
    }
    /** Drops the oldest run of the partition that holds the most. */
    #dropOldest() {
        let fullest;
        for (const runs of this.#runs)
            if (fullest === undefined || runs.length > fullest.length)
                fullest = runs;
        const dropped = fullest?.shift();
        if (dropped === undefined)
            return false;
        this.#count -= dropped.records.length;
        return true;
    }
}
