/** Work that comes again and again beside the data: judging feeds, retention, checking the ledger. */
export class Housekeeping {
    #clock;
    #onThrown;
    #timers = new Set();
    #ended = false;
    /** What a task throws goes to `onThrown`, and the task comes again all the same. */
    constructor(clock, onThrown) {
        this.#clock = clock;
        this.#onThrown = onThrown;
    }
    /** The pause is counted from the end of the task, so that a slow one never overlaps itself. */
    every(firstMs, pauseMs, task) {
        const again = (waitMs) => {
            const cancel = this.#clock.after(waitMs, () => {
                this.#timers.delete(cancel);
                task()
                    .catch(this.#onThrown)
                    .finally(() => {
                    if (!this.#ended)
                        again(pauseMs);
                });
            }, { ref: false });
            this.#timers.add(cancel);
        };
        again(firstMs);
    }
    /** Once, beside everything else. */
    now(task) {
        if (!this.#ended)
            task().catch(this.#onThrown);
    }
    /** No task comes again; one that is running ends by itself. Tasks that wait for their first turn still get it. */
    ease() {
        this.#ended = true;
    }
    stop() {
        this.#ended = true;
        for (const cancel of this.#timers)
            cancel();
        this.#timers.clear();
    }
}
