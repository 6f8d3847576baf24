import { readRecords } from "./record-reader.js";
/** What a record is taken to weigh before any was read. */
const RECORD_BYTES_AT_FIRST = 400;
/** Keys that are remembered beyond twice the records in hand before they are forgotten. */
const KEYS_SPARE = 1000;
/** The records of one partition that a lane has in hand: read once, dropped as soon as the lane has to wait. */
export class LaneWindow {
    #source;
    #partition;
    #offsets = [];
    #records = [];
    /** Where the log goes on behind what is in hand; undefined: nothing is in hand. */
    #next;
    /** Offsets of records that came after a newer one of their key, where order in event time is asked for. */
    #inverted = [];
    #newestByKey;
    #newestReceivedTime = Number.NEGATIVE_INFINITY;
    /** The same of what was in the log at the start. */
    #newestAtStart = Number.NEGATIVE_INFINITY;
    #startEnd;
    #recordBytes = RECORD_BYTES_AT_FIRST;
    constructor(source, partition, { tracksOrder, startEnd }) {
        this.#source = source;
        this.#partition = partition;
        this.#newestByKey = tracksOrder ? new Map() : undefined;
        this.#startEnd = startEnd;
    }
    /** So many records fill so many bytes, by what was read lately. At least 1. */
    countOf(bytes) {
        return Math.max(1, Math.floor(bytes / this.#recordBytes));
    }
    get oldestReceivedTime() {
        return this.#records[0]?.origin.receivedTime;
    }
    /**
     * Whether something was read that was received so much later than the record at this place: nothing older is to come
     * in the log. What came since the start tells nothing of what came before it, since the hub was away between.
     */
    isFollowed(at, afterMs) {
        const offset = this.#offsets[at];
        if (offset === undefined)
            return false;
        const newest = offset < this.#startEnd ? this.#newestAtStart : this.#newestReceivedTime;
        return newest >= this.#records[at].origin.receivedTime + afterMs;
    }
    get records() {
        return this.#records;
    }
    /** From the cursor to the end of a batch and perhaps beyond. Undefined: retention took a part of it. */
    upTo(cursor, end) {
        return this.#fill(cursor, (next) => next >= end);
    }
    /** From the cursor on at least so many records, unless the log ends before. Undefined: retention took the first ones. */
    atLeast(cursor, count, end) {
        return this.#fill(cursor, (next) => this.#records.length >= count || next >= end);
    }
    /**
     * As `atLeast`, and on until what was read was received a window's length after the first `count` records, or is
     * `countMax`.
     */
    beyond(cursor, count, { windowMs, countMax }, end) {
        return this.#fill(cursor, (next) => {
            if (next >= end || this.#records.length >= countMax)
                return true;
            return this.isFollowed(0, windowMs) && this.isFollowed(count - 1, windowMs);
        });
    }
    dropBefore(offset) {
        let at = 0;
        while (at < this.#offsets.length && this.#offsets[at] < offset)
            at++;
        if (at === this.#offsets.length)
            this.clear();
        else {
            this.#offsets = this.#offsets.slice(at);
            this.#records = this.#records.slice(at);
            this.#inverted = this.#inverted.filter((inverted) => inverted >= offset);
            this.#forgetKeys();
        }
    }
    clear() {
        this.#offsets = [];
        this.#records = [];
        this.#next = undefined;
        this.#inverted = [];
        this.#newestByKey?.clear();
        this.#newestReceivedTime = Number.NEGATIVE_INFINITY;
        this.#newestAtStart = Number.NEGATIVE_INFINITY;
    }
    async #fill(cursor, isEnough) {
        let next = this.#next ?? cursor;
        while (!isEnough(next)) {
            const reading = await readRecords(this.#source.log, this.#source.recordCache, this.#partition, next);
            if (reading.skippedTo !== undefined && reading.skippedTo > next) {
                this.clear();
                return undefined;
            }
            for (let at = 0; at < reading.records.length; at++) {
                const offset = reading.offsets?.[at] ?? next + at;
                const record = reading.records[at];
                this.#offsets.push(offset);
                this.#records.push(record);
                if (this.#newestByKey)
                    this.#compare(record, offset, this.#newestByKey);
            }
            if (reading.bytes > 0 && reading.records.length > 0) {
                const seen = reading.bytes / reading.records.length;
                this.#recordBytes += (seen - this.#recordBytes) / 4;
            }
            if (reading.next <= next)
                break;
            next = reading.next;
        }
        this.#next = next;
        const inverted = this.#newestByKey && this.#inverted;
        return { offsets: this.#offsets, records: this.#records, next, inverted };
    }
    #compare({ key, eventTime, origin }, offset, newestByKey) {
        const newest = newestByKey.get(key);
        if (newest !== undefined && eventTime < newest)
            this.#inverted.push(offset);
        else
            newestByKey.set(key, eventTime);
        this.#newestReceivedTime = Math.max(this.#newestReceivedTime, origin.receivedTime);
        if (offset < this.#startEnd)
            this.#newestAtStart = this.#newestReceivedTime;
    }
    /** Keys that are not in hand only cost memory: what a record is compared with too much is looked at once more. */
    #forgetKeys() {
        if (this.#newestByKey === undefined || this.#newestByKey.size <= 2 * this.#records.length + KEYS_SPARE)
            return;
        this.#newestByKey.clear();
        for (const { key, eventTime } of this.#records) {
            const newest = this.#newestByKey.get(key);
            if (newest === undefined || eventTime > newest)
                this.#newestByKey.set(key, eventTime);
        }
    }
}
