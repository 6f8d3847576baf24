import { EVENTS_PARTITION } from "./event.js";
import { INTERPRET, sinkStep } from "./ledger.js";
import { DEAD_LETTERS } from "./letter-places.js";
import { partitionOf } from "./partitioner.js";
/** Compares what was posted with what was counted, account by account. */
export class Judge {
    #scene;
    #book;
    /** First and last minute in which an account of a sink, feed and partition was opened. */
    #spans = new Map();
    constructor(scene, book) {
        this.#scene = scene;
        this.#book = book;
        for (const { step, feed, partition, minute, posted } of book.accounts.values()) {
            if (posted["in"] === undefined)
                continue;
            const key = `${step}/${partition}/${feed}`;
            const span = this.#spans.get(key);
            if (!span)
                this.#spans.set(key, { first: minute, last: minute });
            else {
                span.first = Math.min(span.first, minute);
                span.last = Math.max(span.last, minute);
            }
        }
    }
    account(account) {
        // Behind what waits for a sink that was removed lie records that were never meant for it.
        if (this.#scene.goneSinks.some(({ name }) => sinkStep(name) === account.step))
            account.pending = Math.min(account.pending, Math.max(0, openCount(account)));
        this.#sum(account);
        const { step, feed, partition, minute } = account;
        const { evidence } = this.#scene;
        if (step === "receive") {
            this.#compare(account, ["stored"]);
            if (!evidence.isGone("events", EVENTS_PARTITION, feed, minute))
                this.#gaps(account);
        }
        else if (step === "interpret") {
            const isGone = evidence.isGone("receipts", partition, feed, minute);
            if (!isGone)
                this.#compare(account, ["decoded", "dead_lettered"]);
            this.#frames(account);
        }
        else if (step === "admit") {
            const isGone = evidence.isGone("receipts", partition, feed, minute);
            this.#compare(account, isGone ? ["appended"] : ["in", "appended", "duplicate", "dead_lettered", "ignored"]);
        }
        else if (step === "guards") {
            const outcomes = new Set([...Object.keys(account.posted), ...Object.keys(account.counted)]);
            if (!evidence.isGone("records", partition, feed, minute))
                this.#compare(account, [...outcomes]);
        }
        else if (step === "redecode") {
            if (!evidence.isGone("receipts", partition, feed, minute))
                this.#compare(account, ["in", "unchanged", "vanished", "ignored", "refused"]);
            if (!evidence.areRecordsGone(feed, minute))
                this.#compare(account, ["revised", "added"]);
        }
        else if (step === DEAD_LETTERS) {
            if (!evidence.isGone("dead-letters", partition, feed, minute))
                this.#compare(account, ["in", "replayed", "dropped"]);
        }
        else
            this.#sink(account);
    }
    /** `in` = outcomes + pending. */
    #sum(account) {
        const open = openCount(account);
        if (open === account.pending)
            return;
        const { step, partition } = account;
        const cursor = this.#scene.cursors.get(`${step}/${partition}`);
        const topic = step === INTERPRET ? "frames" : "records";
        const item = cursor === undefined
            ? "the postings"
            : `the cursor on ${topic}/${partition} at ${cursor}, or a posting`;
        const lost = open - account.pending;
        this.#book.find(account, item, lost > 0
            ? `${lost} came in and have no outcome, and are not waiting either`
            : `${-lost} more have an outcome or are waiting than came in`);
    }
    #compare(account, outcomes) {
        for (const outcome of outcomes) {
            const posted = account.posted[outcome] ?? 0;
            const counted = account.counted[outcome] ?? 0;
            if (posted === counted)
                continue;
            this.#book.find(account, `the posting ${outcome}`, `says ${posted}, and the store holds ${counted}`);
        }
    }
    /** Every gap that is posted is told by an event, and the other way round. */
    #gaps(account) {
        for (const outcome of ["gap", "gap_estimated"]) {
            const posted = account.posted[outcome] ?? 0;
            const told = account.counted[outcome] ?? 0;
            if (posted === told)
                continue;
            const what = posted > told
                ? "an event is missing, or a gap was posted twice"
                : "a posting is missing, or an event is there twice";
            this.#book.find(account, `the posting ${outcome}`, `says ${posted} reports, and the events tell of ${told}: ${what}`);
        }
    }
    /** Every frame that was received is to be interpreted. */
    #frames(account) {
        const { feed, partition, minute, posted } = account;
        const received = this.#book.account("receive", feed, partition, minute).posted;
        const frames = (received["stored"] ?? 0) + (received["expired"] ?? 0) + (received["lost"] ?? 0);
        if (frames === (posted["in"] ?? 0))
            return;
        this.#book.find(account, "the posting in", `says ${posted["in"] ?? 0} frames, and ${frames} were received`);
    }
    /**
     * The minutes in which a route began or ended hold records from before or after; between them every record of the
     * feed must have been announced to the sink.
     */
    #sink(account) {
        const { step, feed, partition, minute } = account;
        const { evidence } = this.#scene;
        const isRead = this.#scene.sinks.some(({ name }) => sinkStep(name) === step);
        if (isRead && !evidence.isGone("records", partition, feed, minute)) {
            const span = this.#spans.get(`${step}/${partition}/${feed}`);
            const isWithin = span !== undefined && minute > span.first && minute < span.last;
            const [posted, counted] = [account.posted["in"] ?? 0, account.counted["in"] ?? 0];
            if (posted > counted || isWithin)
                this.#compare(account, ["in"]);
        }
        // Dead letters of every stage lie in the partition of their feed.
        const letters = partitionOf(feed, this.#scene.log.partitions("dead-letters"));
        if (!evidence.isGone("dead-letters", letters, feed, minute))
            this.#compare(account, ["dead_lettered", "replayed"]);
    }
}
function openCount({ posted }) {
    let open = 0;
    for (const [outcome, count] of Object.entries(posted))
        open += outcome === "in" ? count : -count;
    return open;
}
