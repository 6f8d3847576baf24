/** A piece holds so much text, so that no connection buffers a fleet at once. */
const PIECE_LENGTH_MIN = 64 * 1024;
export function recordEvent(wire, line, now, id) {
    return wire.event("record", line.text(now), id);
}
/** What a change is to a client of that filter; undefined: nothing. `isKnown`: what it was told before is in the change. */
export function changeEvent(wire, filter, { record, before, after, reason }, now, isKnown) {
    if (after !== undefined && filter.passes(after.told))
        return (id) => recordEvent(wire, after, now, id);
    const mayHaveIt = isKnown ? before !== undefined && filter.passes(before.told) : filter.couldPass(record);
    return mayHaveIt ? (id) => wire.event("removed", removedText(record, reason), id) : undefined;
}
export function goodbyeEvent(wire, goodbye) {
    // What a slow client had is not known to it either: it shall begin anew.
    return wire.event("goodbye", JSON.stringify(goodbye), goodbye.reason === "slow" ? "" : undefined);
}
/** In pieces; made as they are taken. The last event is made with `lastId`. */
export function* pieces(wire, events, lastId) {
    let texts = [];
    let length = 0;
    let waiting;
    for (const event of events) {
        if (waiting !== undefined) {
            const text = waiting();
            texts.push(text);
            length += text.length;
            if (length >= PIECE_LENGTH_MIN) {
                yield wire.piece(texts);
                texts = [];
                length = 0;
            }
        }
        waiting = event;
    }
    if (waiting !== undefined)
        yield wire.piece([...texts, waiting(lastId)]);
}
function removedText({ body, key, origin }, reason) {
    const { kind } = body;
    return JSON.stringify({ kind, key, agency: origin.agency, feed: origin.feed, reason });
}
