import { PostingSheet } from "../log/ledger.js";
import { partitionOf } from "../log/partitioner.js";
import { recordId } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
/** The words of a sink's account, in the order in which they are counted. */
const OUTCOMES = ["delivered", "filtered", "superseded", "withheld", "dead_lettered", "expired"];
const OUTCOME_INDEX = {
    delivered: 0,
    filtered: 1,
    superseded: 2,
    withheld: 3,
    dead_lettered: 4,
    expired: 5,
};
const COUNTER = {
    delivered: "delivered",
    filtered: "filtered",
    superseded: "superseded",
    withheld: "withheld",
    dead_lettered: "deadLettered",
    expired: "expired",
};
const SAMPLE_LENGTH_MAX = 1024;
const MESSAGE_LENGTH_MAX = 500;
/** What became of a run of records of one sink, on its way into one commit. */
export class Settlement {
    #step;
    #partitions;
    #sheet = new PostingSheet();
    #letters = new Map();
    /** By minute and feed: counts by partition and outcome. */
    #tallies = new Map();
    /** Of the record before: those of one frame come one after the other, and frames of one minute too. */
    #lastOrigin;
    #lastTally = { feed: "", minute: Number.NaN, counts: new Int32Array(0) };
    #totals = new Int32Array(OUTCOMES.length);
    /** `partitions`: of topic records. */
    constructor(step, partitions) {
        this.#step = step;
        this.#partitions = partitions;
    }
    add(record, partition, outcome) {
        const { origin } = record;
        if (origin !== this.#lastOrigin)
            this.#lastTally = this.#tallyOf(origin);
        this.#lastOrigin = origin;
        const at = OUTCOME_INDEX[outcome];
        this.#lastTally.counts[partition * OUTCOMES.length + at]++;
        this.#totals[at]++;
    }
    deadLetter(record, place, reason, now) {
        this.add(record, place.partition, "dead_lettered");
        const { origin } = record;
        const minute = minuteOf(record);
        const key = `${minute}|${origin.feed}`;
        const open = this.#letters.get(key) ?? { feed: origin.feed, minute, letters: [] };
        this.#letters.set(key, open);
        open.letters.push({
            time: now,
            stage: this.#step,
            code: reason.code,
            message: reason.message.slice(0, MESSAGE_LENGTH_MAX),
            feed: origin.feed,
            upstream: origin.upstream,
            frame: { partition: origin.partition, offset: origin.offset },
            index: record.index,
            receivedTime: origin.receivedTime,
            decoder: origin.decoder,
            // Personal fields were dropped or hashed before the record was stored.
            sample: JSON.stringify(record.body).slice(0, SAMPLE_LENGTH_MAX),
            record: { ...place, id: recordId(record) },
            attempts: reason.attempts,
        });
    }
    /** The postings so far, and none from here on. */
    takePostings() {
        for (const { feed, minute, counts } of this.#tallies.values()) {
            for (let at = 0; at < counts.length; at++) {
                const partition = Math.floor(at / OUTCOMES.length);
                const outcome = OUTCOMES[at % OUTCOMES.length];
                this.#sheet.add(this.#step, feed, partition, minute, outcome, counts[at]);
            }
        }
        this.#tallies.clear();
        this.#lastOrigin = undefined;
        this.#lastTally = { feed: "", minute: Number.NaN, counts: this.#lastTally.counts };
        return this.#sheet.take();
    }
    /** Postings that were taken and could not be committed: they go with the next commit. */
    putBack(postings) {
        for (const { step, feed, partition, minute, outcome, count } of postings) {
            this.#sheet.add(step, feed, partition, minute, outcome, count);
        }
    }
    /** The dead letters so far, packed. `partitions`: of topic dead-letters, by feed as intake's own. */
    packLetters(partitions) {
        return [...this.#letters.values()].map(({ feed, minute, letters }) => ({
            topic: "dead-letters",
            partition: partitionOf(feed, partitions),
            feed,
            minute,
            count: letters.length,
            head: "{}",
            body: JSON.stringify(letters),
        }));
    }
    /** Takes over what another one of the same step has settled; the other is empty from here on. */
    absorb(other) {
        this.putBack(other.takePostings());
        for (let at = 0; at < OUTCOMES.length; at++) {
            this.#totals[at] = this.#totals[at] + other.#totals[at];
        }
        other.#totals.fill(0);
    }
    /** Adds what was settled to the counters: called when it is committed. */
    countInto(counters) {
        for (let at = 0; at < OUTCOMES.length; at++) {
            counters[COUNTER[OUTCOMES[at]]] += this.#totals[at];
        }
        this.#totals.fill(0);
    }
    #tallyOf({ feed, receivedTime }) {
        const minute = Math.floor(receivedTime / MINUTE_MS);
        if (minute === this.#lastTally.minute && feed === this.#lastTally.feed)
            return this.#lastTally;
        const key = `${minute}|${feed}`;
        let tally = this.#tallies.get(key);
        if (tally === undefined) {
            tally = { feed, minute, counts: new Int32Array(this.#partitions * OUTCOMES.length) };
            this.#tallies.set(key, tally);
        }
        return tally;
    }
}
function minuteOf(record) {
    return Math.floor(record.origin.receivedTime / MINUTE_MS);
}
