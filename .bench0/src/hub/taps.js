/** Tells listeners of records as they are committed, from the memory of what was appended last: the log is not read. */
export class Taps {
    #listeners = new Set();
    /** By partition of records: up to where listeners were told. */
    #told = new Map();
    async start(log, recent) {
        for (let partition = 0; partition < log.partitions("records"); partition++) {
            this.#told.set(partition, (await log.bounds("records", partition)).end);
        }
        log.onAppend((grown) => {
            for (const { topic, partition, end } of grown)
                if (topic === "records")
                    this.#tell(recent, partition, end);
        });
    }
    add(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }
    #tell(recent, partition, end) {
        let offset = this.#told.get(partition) ?? end;
        this.#told.set(partition, end);
        if (this.#listeners.size === 0)
            return;
        while (offset < end) {
            const run = recent.get(partition, offset);
            if (run === undefined)
                return;
            for (const listener of this.#listeners)
                listener(run.records);
            offset = run.firstOffset + run.records.length;
        }
    }
}
