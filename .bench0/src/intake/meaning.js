const NO_NEWS = Object.freeze([]);
const NO_DRIFT = Object.freeze([]);
/** Shows a frame to whoever knows the shape of payloads, and to the guards, before any of its items is a record. */
export function lookAt({ guards, shape, drift, healer }, frame, decoded) {
    const { items, headerTime, complete, failure } = decoded;
    const isComplete = complete === true && failure === undefined;
    const { receivedTime } = frame;
    const guardNews = guards?.look({ items, receivedTime, headerTime, isComplete }) ?? NO_NEWS;
    const shapeNews = shape && lookAtShape(shape, frame, decoded);
    healer?.look(frame, decoded, guards?.isAlarmed === true, shapeNews?.level === "warn");
    return { guardNews, shapeNews, driftNews: drift?.look(items, receivedTime) ?? NO_DRIFT };
}
function lookAtShape(shape, { bytes, offset }, { items }) {
    let rejected = 0;
    for (const { kind } of items)
        if (kind === "rejection")
            rejected++;
    return shape.look({ bytes, offset, items: items.length - rejected, rejected });
}
/** While a guard fails the feed, its frames are no good answers: one dead letter each, and none of their items. */
export function judged(decoded, guards) {
    const failure = decoded.failure === undefined ? guards?.failure : undefined;
    return failure === undefined ? decoded : { headerTime: decoded.headerTime, items: [], failure };
}
/** What an item means: masked, in the agency's ids, and as guards let it pass. A failure is why it cannot be a record. */
export function meaningOf(item, index, { personal, ids, guards }, receivedTime) {
    // Ids come after the door: what upstream called something is kept beside what took its place.
    const masked = personal.pass(item);
    const named = ids === undefined ? masked : ids.resolve(masked, receivedTime);
    if (guards === undefined)
        return named;
    if (ids !== undefined)
        guards.matched(named, index);
    return guards.pass(named, index);
}
