import { EVENTS_PARTITION, unpackEvents } from "../log/event.js";
import { Failure } from "../model/failure.js";
export const EVENTS_PAGE_MAX = 1000;
const EVENTS_PAGE = 200;
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
const TOKEN = /^e1-([0-9a-z]{1,10})$/;
/** One page of topic `events`. Throws `config.invalid` for a cursor that is none. */
export async function readEvents(log, question) {
    const { since, fromTime, limit = EVENTS_PAGE } = question;
    const at = { topic: "events", partition: EVENTS_PARTITION };
    const { start, end } = await log.bounds(at.topic, at.partition);
    let offset = Math.max(start, await offsetOf(log, since, fromTime));
    const max = Math.min(Math.max(1, limit), EVENTS_PAGE_MAX);
    const events = [];
    while (events.length < max && offset < end) {
        const before = offset;
        const { packs } = await log.read({ ...at, offset }, { entriesMax: max, bytesMax: PAGE_BYTES_MAX });
        for (const pack of packs) {
            const entries = unpackEvents(pack).slice(Math.max(0, offset - pack.firstOffset), pack.count);
            for (const entry of entries) {
                if (events.length >= max)
                    break;
                offset++;
                if (since !== undefined || fromTime === undefined || entry.time >= fromTime)
                    events.push(entry);
            }
        }
        if (offset === before)
            break;
    }
    return { events, next: `e1-${offset.toString(36)}`, more: offset < end };
}
async function offsetOf(log, since, fromTime) {
    if (since !== undefined) {
        const [, digits] = TOKEN.exec(since) ?? [];
        if (digits !== undefined)
            return Number.parseInt(digits, 36);
        throw new Failure("config.invalid", `"${since}" is no place in the events; give back what "next" said`);
    }
    return fromTime === undefined ? 0 : log.offsetAt("events", EVENTS_PARTITION, fromTime);
}
