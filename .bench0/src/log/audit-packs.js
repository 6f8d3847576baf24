import { messageOf } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { MINUTE_MS } from "../model/units.js";
import { GAP_CODE, gapOf, unpackEvents } from "./event.js";
import { gapOutcome, INTERPRET, isGuardFlag, sinkStep } from "./ledger.js";
import { DEAD_LETTERS } from "./letter-places.js";
import { partitionOf } from "./partitioner.js";
import { parseRanges, unpackReceipts } from "./receipt-pack.js";
import { RecentIds } from "./recent-ids.js";
import { unpackRecords } from "./record-pack.js";
function addTo({ counted }, outcome) {
    counted[outcome] = (counted[outcome] ?? 0) + 1;
}
/** Counts what the store holds into the book, and hands every item to the tally. */
export class PackCounter {
    #scene;
    #book;
    #tally;
    #ids = new RecentIds();
    constructor(scene, book, tally) {
        this.#scene = scene;
        this.#book = book;
        this.#tally = tally;
    }
    count(pack) {
        try {
            if (pack.topic === "frames")
                this.#frames(pack);
            else if (pack.topic === "receipts")
                this.#receipts(pack);
            else if (pack.topic === "dead-letters")
                this.#deadLetters(pack);
            else if (pack.topic === "events")
                this.#events(pack);
            else
                this.#records(pack);
        }
        catch (thrown) {
            const { feed, partition, minute } = pack;
            const step = pack.topic === "frames" || pack.topic === "events" ? "receive" : "admit";
            this.#book.find({ step, feed, partition, minute }, packName(pack), `cannot be read: ${messageOf(thrown)}`);
        }
    }
    #frames(pack) {
        const { partition, feed, minute, count, firstOffset } = pack;
        this.#book.count("receive", feed, partition, minute, "stored", count);
        const cursor = this.#scene.cursors.get(`${INTERPRET}/${partition}`) ?? 0;
        const pending = firstOffset + count - Math.max(cursor, firstOffset);
        if (pending > 0)
            this.#book.account("interpret", feed, partition, minute).pending += pending;
        this.#checkFeedPartition(pack);
        for (let i = 0; i < count; i++)
            this.#tally.frame(partition, firstOffset + i, feed, minute);
    }
    #receipts(pack) {
        const { partition, feed, minute } = pack;
        const receipts = unpackReceipts(pack);
        this.#checkCount(pack, receipts.length);
        for (const receipt of receipts) {
            if (receipt.redecoded !== undefined) {
                const { revised: _r, added: _a, ...told } = receipt.redecoded;
                const items = receipt.items + told.vanished;
                for (const [outcome, count] of Object.entries({ in: items, ...told }))
                    this.#book.count("redecode", feed, partition, minute, outcome, count);
                continue;
            }
            const isLost = receipt.frameDeadLetter && receipt.items === 0;
            this.#book.count("interpret", feed, partition, minute, isLost ? "dead_lettered" : "decoded", 1);
            const items = (outcome, count) => this.#book.count("admit", feed, partition, minute, outcome, count);
            items("in", receipt.items + (receipt.removals ?? 0));
            items("duplicate", rangesCount(receipt.duplicates));
            items("dead_lettered", rangesCount(receipt.deadLetters));
            items("ignored", rangesCount(receipt.ignored));
            this.#tally.receipt(partition, feed, minute, receipt);
        }
    }
    #deadLetters(pack) {
        const { partition, feed, minute, body } = pack;
        const letters = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
        this.#checkCount(pack, letters.length);
        const replayed = this.#settled(pack);
        for (const [at, letter] of letters.entries()) {
            if (letter.stage === "interpret" || letter.stage === "admit") {
                this.#tally.letter(letter.frame.partition, feed, minute, letter);
            }
            else if (letter.stage !== "redecode" && letter.record) {
                const outcome = replayed.has(at) ? "replayed" : "dead_lettered";
                this.#book.count(letter.stage, feed, letter.record.partition, minute, outcome, 1);
            }
        }
        if (letters.length > 0)
            this.#checkFeedPartition({ ...pack, partition });
    }
    /** Counts the letters of a pack and what became of them. Answers those that were taken later, by their place. */
    #settled(pack) {
        const { partition, feed, minute, count, firstOffset } = pack;
        this.#book.count(DEAD_LETTERS, feed, partition, minute, "in", count);
        const replayed = new Set();
        for (const row of this.#scene.settledLetters.get(`${partition}/${firstOffset}`) ?? []) {
            for (const at of parseRanges(row.replayed))
                replayed.add(at);
            this.#book.count(DEAD_LETTERS, feed, partition, minute, "dropped", rangesCount(row.dropped));
        }
        this.#book.count(DEAD_LETTERS, feed, partition, minute, "replayed", replayed.size);
        return replayed;
    }
    /** Of all events only those of gaps are about the ledger: each is the evidence of one posting. */
    #events(pack) {
        const { minute } = pack;
        const events = unpackEvents(pack);
        this.#checkCount(pack, events.length);
        events.forEach((event, at) => {
            if (event.code !== GAP_CODE)
                return;
            const gap = gapOf(event);
            if (gap)
                this.#book.count("receive", gap.feed, gap.partition, minute, gapOutcome(gap.estimated), gap.reports);
            else {
                const account = { step: "receive", feed: pack.feed, partition: pack.partition, minute };
                this.#book.find(account, `the event ${pack.partition}/${pack.firstOffset + at}`, "tells of a gap and not of which");
            }
        });
    }
    #records(pack) {
        const { partition } = pack;
        const records = unpackRecords(pack);
        this.#checkCount(pack, records.length);
        const partitions = this.#scene.log.partitions("records");
        let accounts;
        for (const { offset, record } of records) {
            const { origin } = record;
            // Records of one frame share one object, and follow each other.
            if (accounts?.origin !== origin)
                accounts = this.#accountsOf(origin, partition);
            const { admit, minute } = accounts;
            const id = recordId(record);
            const find = (message) => this.#book.find(admit, `record ${id} at ${partition}/${offset}`, message);
            const wanted = partitionOf(record.key, partitions);
            if (wanted !== partition)
                find(`lies in partition ${partition} and belongs to ${wanted} by its key`);
            if (origin.feed !== pack.feed || minute !== pack.minute) {
                find(`is filed under ${this.#book.nameOf({ ...admit, feed: pack.feed, minute: pack.minute })}`);
            }
            const isExcused = record.flags.includes("beyond_dedupe_window");
            if (this.#ids.seen(`${id}#${record.revision}`) && !isExcused) {
                find(`is there twice with revision ${record.revision}`);
            }
            if (record.flags.includes("redecoded")) {
                const outcome = record.revision > 0 ? "revised" : "added";
                this.#book.count("redecode", origin.feed, origin.partition, minute, outcome, 1);
            }
            else {
                this.#tally.record(origin.partition, origin.offset, origin.feed, minute, record.index, id);
                addTo(admit, "appended");
                for (const flag of record.flags) {
                    if (!isGuardFlag(flag))
                        continue;
                    const guards = this.#book.account("guards", origin.feed, partition, minute);
                    addTo(guards, "in");
                    addTo(guards, flag);
                }
            }
            for (const { account, cursor } of accounts.sinks) {
                addTo(account, "in");
                if (offset >= cursor)
                    account.pending++;
            }
        }
    }
    /** The accounts that a record of this frame counts in when it lies in the given partition. */
    #accountsOf(origin, partition) {
        const { feed } = origin;
        const minute = Math.floor(origin.receivedTime / MINUTE_MS);
        const sinks = [...this.#scene.sinks, ...this.#scene.goneSinks].flatMap(({ name, feeds }) => {
            const step = sinkStep(name);
            const cursor = this.#scene.cursors.get(`${step}/${partition}`);
            const isRouted = feeds.includes(feed) || this.#book.has(step, feed, partition, minute);
            if (cursor === undefined || !isRouted)
                return [];
            return [{ account: this.#book.account(step, feed, partition, minute), cursor }];
        });
        return { origin, minute, admit: this.#book.account("admit", feed, origin.partition, minute), sinks };
    }
    #checkCount(pack, count) {
        if (count === pack.count)
            return;
        const { feed, partition, minute } = pack;
        const message = `says ${pack.count} entries and holds ${count}`;
        this.#book.find({ step: "admit", feed, partition, minute }, packName(pack), message);
    }
    #checkFeedPartition(pack) {
        const { feed, partition, minute } = pack;
        const wanted = partitionOf(feed, this.#scene.log.partitions(pack.topic));
        if (wanted === partition)
            return;
        const message = `lies in partition ${partition} and belongs to ${wanted} by its feed`;
        this.#book.find({ step: "receive", feed, partition, minute }, packName(pack), message);
    }
}
function rangesCount(text) {
    if (text === "")
        return 0;
    return text.split(",").reduce((sum, part) => {
        const [first, last] = part.split("-").map(Number);
        return sum + (last ?? first) - first + 1;
    }, 0);
}
function packName({ topic, partition, firstOffset }) {
    return `the pack ${topic}/${partition}/${firstOffset}`;
}
