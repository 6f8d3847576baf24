/** What they may weigh as stored text. */
const REORDER_BYTES_MAX = 32 * 1024 * 1024;
/** Whoever has looked and may release nothing rests for at least so long. */
const REST_MIN_MS = 1;
/**
 * Holds the records of one partition for a while after their receipt, so that older ones of the same key can go before
 * them. A record is due when `windowMs` have passed since its receipt, or when what was read behind it was received so
 * much later. Two bounds, records and bytes, keep the memory: beyond them the oldest go early, counted and told.
 */
export class ReorderWindow {
    #host;
    #partition;
    #countMax;
    #bytesMax;
    #startedAt;
    #isOverfull = false;
    constructor(host, partition) {
        this.#host = host;
        this.#partition = partition;
        this.#startedAt = host.clock.monotonic();
        const partitions = host.log.partitions("records");
        this.#countMax = Math.max(1, Math.floor(host.reorder.recordsMax / partitions));
        this.#bytesMax = Math.floor(REORDER_BYTES_MAX / partitions);
    }
    /** Reads what a batch of so many records can be chosen from. Undefined: retention took the first of them. */
    async look(window, cursor, count, end, drainTo) {
        const { windowMs } = this.#host.reorder;
        const countMax = Math.min(this.#countMax, window.countOf(this.#bytesMax));
        const stretch = await window.beyond(cursor, count, { windowMs, countMax }, end);
        if (!stretch)
            return undefined;
        const isAtEnd = stretch.next >= end;
        const isFull = stretch.records.length >= countMax;
        const dueInMs = this.#dueIn(window, isAtEnd);
        const isReleased = (_, at) => dueInMs(at) <= 0 || (isFull && at < count) || stretch.offsets[at] < drainTo;
        return { stretch, isReleased, isEarly: isFull ? (at) => dueInMs(at) > 0 : undefined };
    }
    /**
     * How long until a look is worth while: until a whole batch is due, or what is due has waited long enough for a
     * fuller one. Undefined: nothing is in hand to tell it by.
     */
    waitMs(window, count) {
        const { records } = window;
        if (records.length === 0)
            return undefined;
        if (records.length >= Math.min(this.#countMax, window.countOf(this.#bytesMax)))
            return 0;
        const dueInMs = this.#dueIn(window, true);
        const partMs = dueInMs(0) + this.#host.batch.everyMs;
        const wholeMs = records.length < count ? partMs : Math.max(dueInMs(0), dueInMs(count - 1));
        return Math.max(0, Math.min(partMs, wholeMs));
    }
    /**
     * How long until the record at a place is due, by our clock and by what was read behind it. 0 or less: it is, and for so
     * long already. What no clock says has been due for ever, so that it does not begin to wait for a fuller batch anew.
     */
    #dueIn(window, isAtEnd) {
        const { clock, reorder } = this.#host;
        const now = clock.now();
        const untilStartedMs = this.#startedAt + reorder.windowMs - clock.monotonic();
        return (at) => {
            const { receivedTime } = window.records[at].origin;
            // Our clock was set back: what was received in its future has waited long enough.
            if (receivedTime > now || window.isFollowed(at, reorder.windowMs))
                return Number.NEGATIVE_INFINITY;
            // Time that passes says nothing while there is more to read.
            if (!isAtEnd)
                return Number.POSITIVE_INFINITY;
            return Math.max(receivedTime + reorder.windowMs - now, untilStartedMs);
        };
    }
    /** As `waitMs`, after a look that released nothing. */
    restMs(window, count) {
        return Math.max(REST_MIN_MS, this.waitMs(window, count) ?? REST_MIN_MS);
    }
    /** Counts what goes before its time, and tells it when that begins. */
    released({ stretch, isEarly }, { send, next }, drainTo) {
        let early = 0;
        if (isEarly && next > drainTo) {
            const sent = new Set(send);
            stretch.offsets.forEach((offset, at) => {
                if (offset < next && sent.has(offset) && isEarly(at))
                    early++;
            });
        }
        if (early > 0 && !this.#isOverfull)
            this.#tell(stretch.records.length);
        this.#isOverfull = early > 0;
        this.#host.health.counters.releasedEarly += early;
    }
    #tell(held) {
        this.#host.health.emit("reorder_window_full", "warn", `${held} records of partition ${this.#partition} wait for older ones, which is all that may be held: ` +
            "the oldest go now, and what is older still comes late; a shorter reorder window holds fewer", { partition: this.#partition, held });
    }
}
