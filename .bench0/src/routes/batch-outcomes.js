import { endOf, pieceOf } from "./batch-intent.js";
import { fateApart } from "./batch-plan.js";
import { placeOf } from "./stretch.js";
const MESSAGE_LENGTH_MAX = 300;
/** The records of the piece in hand that are sent: neither rejected nor behind a dead letter of their key. */
export function recordsInHand(intent, stretch, parked, rules) {
    const piece = recordsOf(pieceOf(intent), stretch);
    const rejected = new Set(intent.rejected.map((rejection) => rejection.offset));
    if (rejected.size === 0 && !rules.hasStrict)
        return piece;
    const isBehind = behindDeadLetter(rejected, parked, rules);
    const offsets = [];
    const records = [];
    piece.offsets.forEach((offset, at) => {
        const record = piece.records[at];
        if (isBehind(record, offset) || rejected.has(offset))
            return;
        offsets.push(offset);
        records.push(record);
    });
    return { offsets, records };
}
/** Those of the offsets that are still there: retention may have taken the first ones. */
function recordsOf(wanted, stretch) {
    const offsets = [];
    const records = [];
    let at = -1;
    for (const offset of wanted) {
        // Nearly always the next one.
        at = stretch.offsets[at + 1] === offset ? at + 1 : placeOf(offset, stretch);
        const record = stretch.offsets[at] === offset ? stretch.records[at] : undefined;
        if (record === undefined)
            continue;
        offsets.push(offset);
        records.push(record);
    }
    return { offsets, records };
}
/**
 * What the destination named of the offsets that were sent to it, each once; the only one when just one was sent; none
 * when it did not say which.
 */
export function rejectionsOf(answer, sent) {
    const named = new Map();
    for (const { index, code, message } of answer.rejected) {
        const offset = sent[index];
        if (offset !== undefined)
            named.set(offset, { offset, code, message: message.slice(0, MESSAGE_LENGTH_MAX) });
    }
    const [first, ...others] = sent;
    if (named.size === 0 && first !== undefined && others.length === 0) {
        const message = answer.failure.message.slice(0, MESSAGE_LENGTH_MAX);
        named.set(first, { offset: first, code: "record.rejected", message });
    }
    return [...named.values()];
}
/**
 * Where the cursor stands once the piece in hand is settled: before the first record that is not, be it of the rest of
 * the batch or behind the batch.
 */
export function cursorAfter(intent, stretch, ahead) {
    const open = intent.send
        .slice(endOf(intent))
        .reduce((least, offset) => Math.min(least, offset), intent.next);
    if (open < intent.next || (ahead.size === 0 && !isPulling(intent)))
        return open;
    const settled = new Set(pieceOf(intent));
    for (let at = placeOf(open, stretch); at < stretch.offsets.length; at++) {
        const offset = stretch.offsets[at];
        if (!ahead.has(offset) && !settled.has(offset))
            return offset;
    }
    return stretch.next;
}
function isPulling({ send, next }) {
    return send.some((offset) => offset >= next);
}
/**
 * Settles the piece in hand: adds one outcome for each record that the cursor passes, and remembers what is settled
 * beyond it. Answers what the destination rejected of the piece.
 */
export function settlePiece(settlement, intent, stretch, cursor, place, { parked, ahead }, options) {
    const { partition, from } = place;
    const piece = recordsOf(pieceOf(intent), stretch);
    const refused = refusedOf(piece, intent, place.attempts, parked, options.rules);
    const passes = (offset) => offset < cursor;
    const passing = ascending(piece.offsets.filter(passes));
    for (const offset of piece.offsets) {
        if (!passes(offset))
            ahead.add(offset, refused.get(offset) ?? "delivered");
    }
    let nextPassing = 0;
    for (let at = placeOf(from, stretch); at < stretch.offsets.length; at++) {
        const offset = stretch.offsets[at];
        if (offset >= cursor)
            break;
        const record = stretch.records[at];
        while ((passing[nextPassing] ?? offset) < offset)
            nextPassing++;
        if (passing[nextPassing] === offset) {
            post(settlement, record, { partition, offset }, refused.get(offset) ?? "delivered", place.now);
            continue;
        }
        const outcome = ahead.take(offset);
        if (outcome)
            post(settlement, record, { partition, offset }, outcome, place.now);
        else if (intent.parked.has(offset))
            post(settlement, record, { partition, offset }, PARKED, place.now);
        else if (intent.superseded.has(offset))
            settlement.add(record, partition, "superseded");
        else if (intent.expired.has(offset))
            settlement.add(record, partition, "expired");
        else if (fateApart(record, offset, options) !== "none")
            settlement.add(record, partition, "filtered");
    }
    ahead.dropBefore(cursor);
    for (const record of recordsOf(ascending(intent.rejected.map(({ offset }) => offset)), stretch).records) {
        if (options.rules.ruleOf(record)?.isStrict)
            parked.add(record.key);
    }
    return intent.rejected;
}
/** What was refused of the piece, or stays behind what was: the rest was delivered. */
function refusedOf(piece, intent, attempts, parked, rules) {
    const refused = new Map();
    for (const { offset, code, message } of intent.rejected)
        refused.set(offset, { code, message, attempts });
    if (!rules.hasStrict)
        return refused;
    const isBehind = behindDeadLetter(new Set(refused.keys()), parked, rules);
    piece.offsets.forEach((offset, at) => {
        const isLost = isBehind(piece.records[at], offset);
        if (isLost && !refused.has(offset))
            refused.set(offset, PARKED);
    });
    return refused;
}
function post(settlement, record, place, outcome, now) {
    if (outcome === "delivered")
        settlement.add(record, place.partition, "delivered");
    else
        settlement.deadLetter(record, place, outcome, now);
}
function ascending(offsets) {
    const isAscending = offsets.every((offset, at) => at === 0 || offsets[at - 1] < offset);
    return isAscending ? offsets : offsets.toSorted((a, b) => a - b);
}
/**
 * `order: strict`: whether a record follows a dead letter of its key, in this piece or before it. Asked once for each
 * record of the piece, in the order of sending.
 */
function behindDeadLetter(rejected, parked, rules) {
    if (!rules.hasStrict)
        return () => false;
    const dead = new Set();
    return (record, offset) => {
        const isBehind = rules.ruleOf(record)?.isStrict === true && (parked.has(record.key) || dead.has(record.key));
        if (rejected.has(offset))
            dead.add(record.key);
        return isBehind;
    };
}
const PARKED = {
    code: "record.rejected",
    message: "An earlier record of this key is a dead letter; the route's order is strict, so this one waits behind it",
    attempts: 0,
};
