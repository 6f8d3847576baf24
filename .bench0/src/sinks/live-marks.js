const MARKS_MAX = 64;
/**
 * By when a record was published at the latest, told from when it was received. It is kept with the state of the sink, so
 * that a hub that starts again knows what a client that was connected before has certainly had.
 */
export class LiveMarks {
    #keptMs;
    #marks = [];
    constructor(keptMs) {
        this.#keptMs = keptMs;
    }
    get all() {
        return this.#marks;
    }
    restore(marks) {
        this.#marks = [...marks];
    }
    /** Infinity for `oldestReceivedTime`: nothing was new. */
    add(publishedTime, oldestReceivedTime) {
        if (oldestReceivedTime === Number.POSITIVE_INFINITY)
            return;
        const last = this.#marks.at(-1);
        const before = this.#marks.at(-2);
        // Neighbours become one: what is known of the two then is less exact, and still holds.
        if (last && before && publishedTime - before[0] < this.#keptMs / MARKS_MAX) {
            this.#marks.splice(-1, 1, [publishedTime, Math.min(last[1], oldestReceivedTime)]);
        }
        else
            this.#marks.push([publishedTime, oldestReceivedTime]);
        const kept = this.#marks.filter(([time]) => publishedTime - time <= this.#keptMs);
        this.#marks = kept.slice(-2 * MARKS_MAX);
    }
    /** No publication after this one had a record that was received then. Negative infinity: none that is known had. */
    publishedBy(receivedTime) {
        for (let at = this.#marks.length - 1; at >= 0; at--) {
            const [publishedTime, oldestReceivedTime] = this.#marks[at];
            if (oldestReceivedTime <= receivedTime)
                return publishedTime;
        }
        return Number.NEGATIVE_INFINITY;
    }
}
