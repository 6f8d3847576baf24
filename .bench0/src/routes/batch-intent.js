import { formatRanges, parseRanges } from "../log/receipt-pack.js";
import { Failure } from "../model/failure.js";
/** `countMax`: of one piece. A plan with more to send, since nothing of it may overtake the rest, goes in several. */
export function intentFromPlan(stretch, plan, generation, countMax = Number.POSITIVE_INFINITY) {
    const of = (wanted) => new Set(stretch.offsets.filter((_, at) => plan.fates[at] === wanted));
    const ends = [{ to: plan.send.length, isSuspect: false }];
    const pieces = Math.ceil(plan.send.length / countMax);
    for (let piece = pieces - 1; piece > 0; piece--)
        ends.push({ to: piece * countMax, isSuspect: false });
    return {
        base: stretch.offsets[0] ?? plan.next,
        next: plan.next,
        send: plan.send,
        superseded: of("superseded"),
        expired: of("expired"),
        parked: of("parked"),
        done: 0,
        ends,
        rejected: [],
        generation,
    };
}
/** Where in `send` the piece in hand ends. */
export function endOf(intent) {
    return intent.ends.at(-1)?.to ?? intent.done;
}
/** Offsets of the piece in hand, in order, those that the destination named as bad included. */
export function pieceOf(intent) {
    return intent.send.slice(intent.done, endOf(intent));
}
/** Up to where the log must be read to have every record of the intent. */
export function reachOf(intent) {
    return intent.send.reduce((reach, offset) => Math.max(reach, offset + 1), intent.next);
}
/** What tells the piece in hand from every other one of the same lane: part of its id. */
export function nameOf(intent) {
    const { base, next, send, done, generation } = intent;
    const to = endOf(intent);
    const piece = done === 0 && to === send.length ? "" : `.${done}-${to}`;
    return `${base}-${next}${piece}${generation === 0 ? "" : `:${generation}`}`;
}
/**
 * What to do when the piece in hand was refused as a whole: its first half is sent alone. When that half is taken and
 * the piece was `isSuspect` (one of its records is to blame, not its size), the culprit is in the other half, which is
 * halved again without being sent. Deterministic, so that a restart goes on where it stood. `sent` are the offsets that
 * were sent of the piece in hand, at least two.
 */
export function halved(intent, sent, isSuspect) {
    const middle = intent.send.indexOf(sent[Math.ceil(sent.length / 2)], intent.done);
    const ends = intent.ends.map((end, at) => (at === intent.ends.length - 1 ? { ...end, isSuspect } : end));
    return { ...intent, ends: [...ends, { to: middle, isSuspect: false }] };
}
/**
 * What is left after the piece in hand is settled; undefined: nothing. `wasTaken`: the destination took all of it, so
 * that the suspicion stays on the other half of what it refused; else a culprit was found, which explains the refusal.
 */
export function remainder(intent, wasTaken) {
    const ends = intent.ends.slice(0, -1).map((end) => (wasTaken ? end : { ...end, isSuspect: false }));
    const top = ends.at(-1);
    if (top === undefined)
        return undefined;
    const rest = { ...intent, done: endOf(intent), ends, rejected: [] };
    const sent = pieceOf(rest);
    return top.isSuspect && sent.length > 1 ? halved(rest, sent, true) : rest;
}
export function withRejections(intent, rejections) {
    return {
        ...intent,
        rejected: [...intent.rejected, ...rejections],
        generation: intent.generation + 1,
    };
}
/** As the store keeps it: JSON, offsets as ranges from the base. */
export function encodeIntent(intent) {
    const ranges = (offsets) => formatRanges(offsets.map((offset) => offset - intent.base));
    const ascending = (offsets) => ranges([...offsets].sort((a, b) => a - b));
    return JSON.stringify({
        v: 2,
        base: intent.base,
        next: intent.next,
        send: ranges(intent.send),
        superseded: ascending(intent.superseded),
        expired: ascending(intent.expired),
        parked: ascending(intent.parked),
        done: intent.done,
        ends: intent.ends.map((end) => [end.to, end.isSuspect ? 1 : 0]),
        rejected: intent.rejected.map(({ offset, code, message }) => [offset, code, message]),
        generation: intent.generation,
    });
}
/**
 * Reads version 1 too, whose `ends` are offsets, and in which whatever lies before the cursor is done.
 *
 * @throws Failure `store.corrupt` when the text is not an intent.
 */
export function decodeIntent(bytes, name, cursor) {
    try {
        const json = JSON.parse(new TextDecoder().decode(bytes));
        if (json.v !== 1 && json.v !== 2)
            throw new Error(`its version is ${json.v}, this program knows 1 and 2`);
        const offsets = (ranges) => parseRanges(ranges).map((at) => json.base + at);
        const send = offsets(json.send);
        const placeOf = (offset) => send.filter((sent) => sent < offset).length;
        return {
            base: json.base,
            next: json.v === 1 ? (json.ends[0]?.[0] ?? json.base) : json.next,
            send,
            superseded: new Set(offsets(json.superseded)),
            expired: new Set(offsets(json.expired)),
            parked: new Set(offsets(json.parked)),
            done: json.v === 1 ? placeOf(cursor) : json.done,
            ends: json.ends.map(([end, isSuspect]) => ({
                to: json.v === 1 ? placeOf(end) : end,
                isSuspect: isSuspect === 1,
            })),
            rejected: json.rejected.map(([offset, code, message]) => ({ offset, code, message })),
            generation: json.generation,
        };
    }
    catch (thrown) {
        throw new Failure("store.corrupt", `The state "${name}" does not hold a batch intent; restore the store from a backup, or delete that state: ` +
            "the batch that was under way is then sent again under another id", { cause: thrown });
    }
}
