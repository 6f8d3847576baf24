import { JsonBytes } from "../log/json-bytes.js";
import { isGuardFlag } from "../log/ledger.js";
import { MINUTE_MS } from "../model/units.js";
import { ADMIT_DEFAULTS } from "./admit.js";
import { writeBody } from "./body-json.js";
import { hashContent, mixTime } from "./hash.js";
import { subjectOf } from "./subject.js";
/**
 * Decides about an item of a frame that is decoded again, by what the frame gave before. It moves neither marks nor
 * windows: what riders see, and what live reports are compared with, is not touched until the record is durable.
 */
export class Readmitter {
    #admitter;
    #futureSkewMs;
    #json = new JsonBytes(4096);
    constructor(admitter, futureSkewMs = ADMIT_DEFAULTS.futureSkewMs) {
        this.#admitter = admitter;
        this.#futureSkewMs = futureSkewMs;
    }
    /** Under which id a record of the log stands, and what it says. */
    identify(record) {
        const subject = subjectOf(record.body);
        if (subject === undefined || record.body.removed === true)
            return undefined;
        const mark = this.#admitter.marks.of(record.body.kind, record.origin.agency, subject);
        const id = { low: 0, high: 0 };
        const content = { low: 0, high: 0 };
        mixTime(mark.hash, record.eventTime, id);
        hashContent(writeBody(record.body, record.body.operatorId, this.#json).view(), content);
        return { id: textOf(id), content: textOf(content) };
    }
    readmit(observation, index, origin, operatorId, before, fresh) {
        const subject = subjectOf(observation);
        if (subject === undefined || subject.length > 200)
            return { outcome: "refused" };
        const mark = this.#admitter.marks.of(observation.kind, origin.agency, subject);
        const stated = observation.eventTime;
        const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;
        const id = { low: 0, high: 0 };
        const content = { low: 0, high: 0 };
        mixTime(mark.hash, eventTime, id);
        const body = writeBody(observation, operatorId, this.#json, mark.known).view();
        hashContent(body, content);
        const name = textOf(id);
        const said = textOf(content);
        const own = before.own.get(name);
        const latest = fresh.get(name) ?? this.#inWindow(mark.partition, id) ?? newest(own, before.near.get(name));
        const isReadOtherwise = own?.newest !== undefined && own.newest.decoder !== origin.decoder;
        const { guarded } = own ?? {};
        if (guarded !== undefined && guarded.origin.decoder === origin.decoder) {
            // What a guard said of this reading stands; where another one has taken its place, it takes it back.
            if (!isReadOtherwise)
                return { outcome: "ignored", id: name };
            const { body: found, flags: all } = guarded;
            const again = { ...found, flags: all.filter(isGuardFlag) };
            const others = new Map([...before.own].filter(([id]) => id !== name));
            const known = { ...latest, contents: new Set() };
            const past = { ...before, own: others, near: new Map([[name, known]]) };
            return this.readmit(again, index, origin, found.operatorId, past, fresh);
        }
        // Frames may contradict each other under one id: what any of them has said already is no news, in whatever order.
        const near = before.near.get(name);
        const isSaid = isReadOtherwise
            ? own?.newest?.content === said || (latest !== own && latest?.contents.has(said) === true)
            : [own, latest, near].some((known) => known?.contents.has(said));
        if (isSaid)
            return { outcome: "unchanged", id: name };
        // Without a time of its own it stands under the time of each message: what was a repetition is one again.
        if (stated === undefined && own === undefined && before.duplicates.has(index)) {
            return { outcome: "unchanged", id: name };
        }
        if (own === undefined && latest !== undefined && latest.upstream !== (origin.upstream & 0xff)) {
            return { outcome: "ignored", id: name };
        }
        const window = this.#admitter.window(mark.partition);
        const flags = [...(observation.flags ?? [])];
        if (stated === undefined)
            flags.push(origin.headerTime === undefined ? "time_from_receipt" : "time_from_header");
        if (eventTime > origin.receivedTime + this.#futureSkewMs)
            flags.push("future");
        flags.push("late", "redecoded");
        const isForgotten = window.forgotThroughMinute > 0 && Math.floor(eventTime / MINUTE_MS) <= window.forgotThroughMinute;
        if (latest === undefined && isForgotten)
            flags.push("beyond_dedupe_window");
        const record = {
            revision: latest === undefined ? 0 : latest.revision + 1,
            key: mark.key,
            eventTime,
            resolutionMs: observation.resolutionMs ?? 1000,
            origin,
            index,
            flags,
            body: observation.operatorId === operatorId ? observation : { ...observation, operatorId },
        };
        return {
            outcome: latest === undefined ? "added" : "revised",
            id: name,
            record,
            body: new TextDecoder().decode(body),
            partition: mark.partition,
            hashes: { id, content },
        };
    }
    /** The record is durable: live reports of the same are duplicates of it from here on. */
    remember({ record, partition, hashes: { id, content } }, minute) {
        const upstream = record.origin.upstream & 0xff;
        this.#admitter
            .window(partition)
            .add(id.low, id.high, content.low, content.high, record.revision, upstream, minute);
    }
    #inWindow(partition, id) {
        const seen = this.#admitter.window(partition).find(id.low, id.high);
        if (seen === undefined)
            return undefined;
        const content = textOf({ low: seen.contentLow, high: seen.contentHigh });
        return { revision: seen.revision, upstream: seen.upstream, contents: new Set([content]) };
    }
}
function newest(a, b) {
    if (a === undefined || b === undefined)
        return a ?? b;
    return b.revision > a.revision ? b : a;
}
function textOf({ low, high }) {
    return `${low}/${high}`;
}
