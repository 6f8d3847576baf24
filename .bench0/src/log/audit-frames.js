import { minuteText } from "./audit-book.js";
import { OffsetRanges } from "./offset-ranges.js";
const FATES = ["", "a record", "a duplicate", "a dead letter", "ignored"];
const RECORD = 1;
const DUPLICATE = 2;
const DEAD_LETTER = 3;
const IGNORED = 4;
/** No decoder gives so many items: a receipt that says so is damaged. */
const ITEMS_MAX = 4_000_000;
const WHOLE_FRAME = -1;
const ITEMS_NAMED_MAX = 5;
/**
 * Follows each frame until its bytes, its receipt, its records and its dead letters agree item by item. A frame that is
 * complete is closed and costs nothing more; whatever comes for it later is one too many. What is open at the end
 * lacks something.
 */
export class FrameTally {
    #book;
    #rules;
    #open = [];
    #closed = [];
    /** The last answer of `areItemsGone`: records of one frame ask the same again and again. */
    #gone = { partition: -1, feed: "", minute: -1, areItemsGone: false };
    constructor(book, rules) {
        this.#book = book;
        this.#rules = rules;
    }
    frame(partition, offset, feed, minute) {
        if (offset >= this.#rules.cursor(partition))
            return;
        const open = this.#openFrame(partition, offset, feed, minute);
        if (!open)
            return;
        open.isStored = true;
        this.#closeIfComplete(open);
    }
    receipt(partition, feed, minute, receipt) {
        const account = { step: "interpret", feed, partition, minute };
        const item = `the receipt of frame ${partition}/${receipt.frame}`;
        if (receipt.frame >= this.#rules.cursor(partition)) {
            this.#book.find(account, item, "stands for a frame that interpret has not read by its cursor");
        }
        const open = this.#openFrame(partition, receipt.frame, feed, minute);
        if (!open || open.receipt) {
            this.#book.find(account, item, "is there twice");
            return;
        }
        open.receipt = receipt;
        // An earlier record may have misnamed them.
        open.feed = feed;
        open.minute = minute;
        const { items, removals = 0 } = receipt;
        if (!isCount(items) || !isCount(removals)) {
            this.#book.find(account, item, `says ${items} items and ${removals} removals, which no frame has`);
            return;
        }
        open.fates = new Uint8Array(items + removals);
        open.left = items + removals;
        this.#fateRanges(open, receipt.duplicates, DUPLICATE);
        this.#fateRanges(open, receipt.deadLetters, DEAD_LETTER);
        this.#fateRanges(open, receipt.ignored, IGNORED);
        for (const index of open.records)
            this.#fate(open, index, RECORD);
        open.records.length = 0;
        this.#closeIfComplete(open);
    }
    record(partition, offset, feed, minute, index, id) {
        if (this.#areItemsGone(partition, feed, minute))
            return;
        const open = this.#openFrame(partition, offset, feed, minute);
        const account = { step: "admit", feed, partition, minute };
        if (!open) {
            this.#book.find(account, `item ${index} of frame ${partition}/${offset}`, `is accounted for twice: record ${id} came on top of a complete frame`);
            return;
        }
        if (open.fates)
            this.#fate(open, index, RECORD);
        else
            open.records.push(index);
        this.#closeIfComplete(open);
    }
    letter(partition, feed, minute, letter) {
        // Where some are gone, the frames of those that are left are complete without them.
        if (this.#rules.areLettersGone(partition, feed, minute))
            return;
        const { offset } = letter.frame;
        const index = letter.index ?? WHOLE_FRAME;
        const open = this.#openFrame(partition, offset, feed, minute);
        if (!open || open.letters.has(index)) {
            this.#book.find(letterAccount(index, { feed, partition, minute }), letterName(index, partition, offset), open ? "is there twice" : "is one more than its frame's receipt says");
            return;
        }
        open.letters.add(index);
        this.#closeIfComplete(open);
    }
    /** Everything has been read: whoever is still open lacks something. */
    finish() {
        for (const frames of this.#open) {
            for (const open of frames?.values() ?? [])
                this.#report(open);
        }
    }
    #areItemsGone(partition, feed, minute) {
        const last = this.#gone;
        if (last.partition !== partition || last.feed !== feed || last.minute !== minute) {
            const areItemsGone = this.#rules.areItemsGone(partition, feed, minute);
            this.#gone = { partition, feed, minute, areItemsGone };
        }
        return this.#gone.areItemsGone;
    }
    #openFrame(partition, offset, feed, minute) {
        this.#closed[partition] ??= new OffsetRanges();
        if (this.#closed[partition]?.has(offset))
            return undefined;
        this.#open[partition] ??= new Map();
        const frames = this.#open[partition];
        let open = frames.get(offset);
        if (!open) {
            open = {
                partition,
                offset,
                feed,
                minute,
                isStored: false,
                receipt: undefined,
                fates: undefined,
                left: 0,
                records: [],
                letters: new Set(),
            };
            frames.set(offset, open);
        }
        return open;
    }
    #fate(open, index, fate) {
        const before = open.fates?.[index];
        const name = itemName(open, index);
        if (before === undefined) {
            this.#book.find(admitAccount(open), name, `is ${FATES[fate]}, and the receipt knows ${open.fates?.length ?? 0} items`);
        }
        else if (before !== 0) {
            this.#book.find(admitAccount(open), name, `is accounted for twice: as ${FATES[before]} and as ${FATES[fate]}`);
        }
        else if (open.fates) {
            open.fates[index] = fate;
            open.left--;
        }
    }
    #fateRanges(open, text, fate) {
        if (text === "")
            return;
        for (const part of text.split(",")) {
            const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
            const from = Number(first);
            const to = Math.min(Number(last ?? first), ITEMS_MAX);
            if (Number.isNaN(from)) {
                this.#book.find({ ...admitAccount(open), step: "interpret" }, `the receipt of frame ${open.partition}/${open.offset}`, `has the range "${part}", which is none`);
            }
            // One index too far is enough to say that the range is wrong.
            const end = Math.min(to, open.fates?.length ?? 0);
            for (let index = from; index <= end; index++)
                this.#fate(open, index, fate);
            if (from > end)
                this.#fate(open, from, fate);
        }
    }
    #closeIfComplete(open) {
        const { partition, offset, feed, minute, receipt } = open;
        if (!receipt || (open.left > 0 && !this.#areItemsGone(partition, feed, minute)))
            return;
        if (this.#lacks(open).next().done !== true)
            return;
        this.#open[partition]?.delete(offset);
        this.#closed[partition]?.add(offset);
    }
    /** What a frame still lacks, as findings that are true if nothing more comes. */
    *#lacks(open) {
        const { partition, offset, feed, minute, receipt, fates } = open;
        const frame = `frame ${partition}/${offset}`;
        if (!open.isStored && !this.#rules.areBytesGone(partition, feed, minute)) {
            yield [{ step: "receive", feed, partition, minute }, frame, "is not stored, and others point to it"];
        }
        const itemsGone = this.#areItemsGone(partition, feed, minute);
        const lettersGone = this.#rules.areLettersGone(partition, feed, minute);
        if (!receipt) {
            if (itemsGone)
                return;
            const what = "is missing, and interpret has read the frame by its cursor";
            yield [{ step: "interpret", feed, partition, minute }, `the receipt of ${frame}`, what];
            return;
        }
        for (const [index, fate] of fates?.entries() ?? []) {
            if (fate === 0 && !itemsGone) {
                const what = "is neither a record nor a duplicate, a dead letter or ignored: it is lost";
                yield [admitAccount(open), itemName(open, index), what];
            }
            if (fate === DEAD_LETTER && !lettersGone && !open.letters.has(index)) {
                yield [admitAccount(open), letterName(index, partition, offset), "is missing"];
            }
        }
        for (const index of open.letters) {
            const isKnown = index === WHOLE_FRAME ? receipt.frameDeadLetter : fates?.[index] === DEAD_LETTER;
            const account = letterAccount(index, { feed, partition, minute });
            if (!isKnown)
                yield [account, letterName(index, partition, offset), "is one more than the receipt says"];
        }
        if (receipt.frameDeadLetter && !lettersGone && !open.letters.has(WHOLE_FRAME)) {
            const account = { step: "interpret", feed, partition, minute };
            yield [account, letterName(WHOLE_FRAME, partition, offset), "is missing"];
        }
    }
    #report(open) {
        let named = 0;
        let omitted = 0;
        for (const [account, item, message] of this.#lacks(open)) {
            if (named++ < ITEMS_NAMED_MAX)
                this.#book.find(account, item, message);
            else
                omitted++;
        }
        if (omitted > 0) {
            const frame = `frame ${open.partition}/${open.offset}`;
            this.#book.find(admitAccount(open), `${omitted} more items of ${frame}`, `of ${minuteText(open.minute)} are wrong`);
        }
    }
}
function isCount(count) {
    return Number.isInteger(count) && count >= 0 && count <= ITEMS_MAX;
}
function admitAccount({ feed, partition, minute }) {
    return { step: "admit", feed, partition, minute };
}
function letterAccount(index, account) {
    return { ...admitAccount(account), step: index === WHOLE_FRAME ? "interpret" : "admit" };
}
function itemName({ partition, offset }, index) {
    return `item ${index} of frame ${partition}/${offset}`;
}
function letterName(index, partition, offset) {
    const frame = `frame ${partition}/${offset}`;
    return index === WHOLE_FRAME
        ? `the dead letter of ${frame}`
        : `the dead letter of item ${index} of ${frame}`;
}
