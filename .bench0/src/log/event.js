import { MINUTE_MS } from "../model/units.js";
/** The code of an event that tells of a gap; its details are `GapDetails`. */
export const GAP_CODE = "feed.gap";
/**
 * All events lie in one partition, so that they have one order and a reader one place in it. They are few: whatever
 * repeats itself is summed up before it gets here.
 */
export const EVENTS_PARTITION = 0;
/** Events as packs, in their order: a pack ends where the minute or the feed changes. */
export function packEvents(events) {
    const packs = [];
    let run = [];
    const close = () => {
        const [first] = run;
        if (first !== undefined)
            packs.push(packOf(first, run));
        run = [];
    };
    for (const event of events) {
        const [first] = run;
        if (first && (minuteOf(first) !== minuteOf(event) || feedOf(first) !== feedOf(event)))
            close();
        run.push(event);
    }
    close();
    return packs;
}
function packOf(first, run) {
    return {
        topic: "events",
        partition: EVENTS_PARTITION,
        feed: feedOf(first),
        minute: minuteOf(first),
        count: run.length,
        head: "{}",
        body: JSON.stringify(run),
    };
}
function minuteOf({ time }) {
    return Math.floor(time / MINUTE_MS);
}
/** The feed that an event is about, else its subject: what the pack is filed under. */
function feedOf({ subject }) {
    return /^feed:([^/]+)/.exec(subject)?.[1] ?? subject;
}
export function unpackEvents(pack) {
    const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
    return JSON.parse(text);
}
/** What an event says of a gap; undefined when it tells of something else, or is damaged. */
export function gapOf(event) {
    if (event.code !== GAP_CODE)
        return undefined;
    const details = event.details;
    const isWhole = typeof details?.feed === "string" &&
        Number.isSafeInteger(details.partition) &&
        Number.isSafeInteger(details.reports) &&
        typeof details.estimated === "boolean";
    return isWhole ? details : undefined;
}
