import { EVENTS_PARTITION } from "../log/event.js";
import { unpackFrames } from "../log/frame-pack.js";
import { unpackRecords } from "../log/record-pack.js";
import { Failure, messageOf } from "../model/failure.js";
import { recordId } from "../model/record.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { EVENTS_PAGE_MAX, readEvents } from "./event-page.js";
import { IncidentBook } from "./incidents.js";
/** So far back incidents are put together, */
const REACH_MS = 30 * DAY_MS;
/** and of so many events at most, the newest. */
const EVENTS_MAX = 50_000;
/** What happened shortly before may be the cause, and what happened shortly after shows that it is well. */
const MARGIN_MS = 5 * MINUTE_MS;
const TIMELINE_MAX = 500;
const RECORDS_MAX = 500;
const FRAMES_MAX = 20;
const FRAME_BYTES_SHOWN = 2_048;
const PAGE_BYTES = 1024 * 1024;
/** What happens to the hub and its configuration matters to whatever is wrong. */
const ALWAYS = /^(hub\.|store\.(trouble|recovered|repaired)|ledger\.)/;
/** Incidents of a store, out of its events up to offset `end` (default: all). */
export async function readIncidents(log, now, end = Infinity) {
    const book = new IncidentBook();
    const bounds = await log.bounds("events", EVENTS_PARTITION);
    const to = Math.min(end, bounds.end);
    const from = await log.offsetAt("events", EVENTS_PARTITION, now - REACH_MS);
    let offset = Math.max(bounds.start, from, to - EVENTS_MAX);
    while (offset < to) {
        const limit = Math.min(EVENTS_PAGE_MAX, to - offset);
        const { events } = await readEvents(log, { since: `e1-${offset.toString(36)}`, limit });
        if (events.length === 0)
            break;
        for (const event of events)
            book.add(event);
        offset += events.length;
    }
    return book;
}
/** The incident with this id, or `request.invalid` with those that there are. */
export function findIncident(book, id) {
    const found = book.find(id);
    if (found)
        return found;
    const known = book
        .list()
        .slice(0, 10)
        .map((one) => one.id);
    const names = known.length === 0 ? "There was none in the last 30 days." : `The last ones: ${known.join(", ")}.`;
    throw new Failure("request.invalid", `There is no incident "${id}". ${names}`);
}
export async function incidentStory(log, incident, now) {
    const [fromTime, toTime] = windowOf(incident, now);
    const timeline = [];
    let omitted = 0;
    for (let since;;) {
        const page = await readEvents(log, {
            ...(since === undefined ? { fromTime } : { since }),
            limit: EVENTS_PAGE_MAX,
        });
        for (const event of page.events) {
            if (event.time < fromTime || event.time > toTime || !belongs(event, incident))
                continue;
            if (timeline.length < TIMELINE_MAX)
                timeline.push(event);
            else
                omitted++;
        }
        // Of a minute's repetitions the last one is written at its end: whatever is later than that is after the incident.
        const isPast = (page.events[0]?.time ?? 0) > toTime + MINUTE_MS;
        if (!page.more || page.events.length === 0 || isPast)
            break;
        since = page.next;
    }
    return { incident, timeline: timeline.sort((a, b) => a.time - b.time), omitted };
}
export async function incidentEvidence(log, incident, now, mask) {
    const feeds = new Set(incident.subjects.filter((one) => one.startsWith("feed:")).map((one) => one.slice(5)));
    const [fromTime, toTime] = windowOf(incident, now);
    const missing = [];
    const isOf = (feed, time) => feeds.has(feed) && time >= fromTime && time <= toTime;
    const records = [];
    const frames = [];
    for (let partition = 0; partition < log.partitions("frames"); partition++) {
        try {
            for (const record of await recordsFrom(log, partition, fromTime)) {
                const { origin, ...rest } = record;
                if (records.length < RECORDS_MAX && isOf(origin.feed, origin.receivedTime))
                    records.push({ id: recordId(record), receivedTime: origin.receivedTime, ...rest });
            }
            for (const frame of await framesFrom(log, partition, fromTime)) {
                const { feed, upstream, receivedTime, connection, bytes } = frame;
                if (frames.length >= FRAMES_MAX || !isOf(feed, receivedTime))
                    continue;
                const masked = mask(bytes.subarray(0, FRAME_BYTES_SHOWN));
                frames.push({ feed, upstream, receivedTime, connection, bytes: bytes.length, masked });
            }
        }
        catch (thrown) {
            missing.push(`Partition ${partition}: ${messageOf(thrown)}`);
        }
    }
    const byTime = (a, b) => a.receivedTime - b.receivedTime;
    return { records: records.sort(byTime), frames: frames.sort(byTime), missing };
}
function windowOf({ since, resolvedTime }, now) {
    return [since - MARGIN_MS, (resolvedTime ?? now) + MARGIN_MS];
}
/** Of its subjects, with the upstreams of its feeds; of the hub itself; and alerts only where they are its own. */
function belongs({ code, subject, details }, { subjects, alerts }) {
    const base = subject.split("/")[0] ?? subject;
    if (code.startsWith("alert.")) {
        const name = details?.["alert"];
        return name === undefined
            ? subjects.includes(base)
            : alerts.some((one) => one.alert === name && one.subject === subject);
    }
    return subjects.includes(base) || ALWAYS.test(code);
}
async function recordsFrom(log, partition, time) {
    const offset = await log.offsetAt("records", partition, time);
    const page = await log.read({ topic: "records", partition, offset }, { entriesMax: 2000, bytesMax: PAGE_BYTES });
    return page.packs.flatMap((pack) => unpackRecords(pack, offset).map(({ record }) => record));
}
async function framesFrom(log, partition, time) {
    const offset = await log.offsetAt("frames", partition, time);
    const page = await log.read({ topic: "frames", partition, offset }, { entriesMax: 200, bytesMax: PAGE_BYTES });
    return page.packs.flatMap((pack) => unpackFrames(pack, offset));
}
