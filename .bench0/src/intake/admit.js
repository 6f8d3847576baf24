import { JsonBytes } from "../log/json-bytes.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { writeBody } from "./body-json.js";
import { DedupeWindow } from "./dedupe-window.js";
import { hashContent, mixTime } from "./hash.js";
import { Marks } from "./marks.js";
import { NOT_REMOVED, standingOf, } from "./reporters.js";
import { removalOf, subjectForm, subjectOf } from "./subject.js";
export const ADMIT_DEFAULTS = { futureSkewMs: 60_000, dedupeKeys: 1_000_000, dedupeAgeMs: DAY_MS };
const DUPLICATE = { outcome: "duplicate" };
const IGNORED = { outcome: "ignored" };
const SUBJECT_LENGTH_MAX = 200;
/**
 * Decides what becomes of an observation: identity, event time, order, duplicates. One per store; state is per partition,
 * so that a partition can move to another owner. DESIGN section 4, "Identity" and "Order and time".
 */
export class Admitter {
    #options;
    #windows;
    /** What is known of each key, and of those who report them. */
    marks;
    #id = { low: 0, high: 0 };
    #content = { low: 0, high: 0 };
    #earlier = { low: 0, high: 0 };
    #variant = { low: 0, high: 0 };
    #json = new JsonBytes(4096);
    #lastOrigin;
    #lastReporter;
    constructor(options) {
        this.#options = options;
        this.marks = new Marks(options.partitions);
        const each = Math.ceil(options.dedupeKeys / options.partitions);
        this.#windows = Array.from({ length: options.partitions }, () => new DedupeWindow(each));
    }
    window(partition) {
        return this.#windows[partition];
    }
    /** Decides about one item. `operatorId` is what intake lets through of it: a keyed hash, or nothing. */
    admit(observation, index, origin, operatorId) {
        const subject = subjectOf(observation);
        if (subject === undefined) {
            return {
                outcome: "no_subject",
                message: `A ${observation.kind} names no vehicle, no trip and no label`,
            };
        }
        if (subject.length > SUBJECT_LENGTH_MAX) {
            return {
                outcome: "no_subject",
                message: `The subject of a ${observation.kind} has ${subject.length} characters`,
            };
        }
        const mark = this.marks.of(observation.kind, origin.agency, subject);
        const reporter = this.#reporterOf(origin);
        if (mark.reporter === reporter)
            mark.seenTime = origin.receivedTime;
        const frameBefore = mark.frame;
        mark.frame = frameNumber(origin);
        const stated = observation.eventTime;
        const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;
        const resolutionMs = observation.resolutionMs ?? 1000;
        const body = writeBody(observation, operatorId, this.#json, mark.known).view();
        hashContent(body, this.#content);
        const content = this.#content;
        // What was said to have gone and is listed again is news, also when nothing else about it is new.
        const isBack = mark.removedTime !== NOT_REMOVED && this.sweepTime(origin) > mark.removedTime;
        const isUntimed = observation.kind === "service_alert" || observation.kind === "detour";
        if (stated === undefined && isUntimed && !isBack && sameContent(mark, content))
            return DUPLICATE;
        mixTime(mark.hash, eventTime, this.#id);
        const window = this.#windows[mark.partition];
        const seen = window.find(this.#id.low, this.#id.high);
        const standing = standingOf(mark, reporter, eventTime, resolutionMs, origin.receivedTime);
        if (standing === "told")
            return IGNORED;
        let revision = 0;
        if (seen !== undefined) {
            const isOthers = seen.upstream !== (origin.upstream & 0xff);
            if (isOthers && !isBack && standing !== "news")
                return IGNORED;
            revision = seen.revision + 1;
            copyContent(seen, this.#earlier);
            if (!isBack && (sameContent(seen, content) || this.#isVariant(window, content)))
                return DUPLICATE;
        }
        const flags = this.#flags(observation, origin, mark, eventTime, seen, window, frameBefore);
        const record = {
            revision,
            key: mark.key,
            eventTime,
            resolutionMs,
            origin,
            index,
            flags,
            body: withoutEnvelope(observation, operatorId),
        };
        const minute = Math.floor(origin.receivedTime / MINUTE_MS);
        window.add(this.#id.low, this.#id.high, content.low, content.high, revision, origin.upstream & 0xff, minute);
        if (seen !== undefined && flags.includes("repeated_in_frame"))
            this.#addVariants(window, record, minute);
        this.#remember(mark, record, content, stated !== undefined);
        mark.form = subjectForm(observation);
        reporter.hold(mark, origin.receivedTime, resolutionMs);
        return { outcome: "appended", record, body, partition: mark.partition };
    }
    /** When a message states what it states: its own time, unless that is missing or lies in the future. */
    sweepTime({ headerTime, receivedTime }) {
        const isUsable = headerTime !== undefined && headerTime <= receivedTime + this.#options.futureSkewMs;
        return isUsable ? headerTime : receivedTime;
    }
    /** A frame of a message that came in several. */
    follow(origin, part) {
        this.#reporterOf(origin).follow(frameNumber(origin), part);
    }
    /** Which keys a complete message shows to have gone, after all of its items were admitted. Each is to be removed. */
    sweep(origin, removeAfter, isInParts = false) {
        const reporter = this.#reporterOf(origin);
        return reporter.sweep(frameNumber(origin), this.sweepTime(origin), removeAfter, isInParts);
    }
    /** The removal of a key that `sweep` named. `index` is its place behind the items of the frame. */
    remove(mark, index, origin) {
        const eventTime = this.sweepTime(origin);
        const body = removalOf(mark.kind, mark.form, mark.subject);
        const window = this.#windows[mark.partition];
        this.#removalId(mark, eventTime);
        // Two upstreams may end one key at one instant.
        const revision = (window.find(this.#id.low, this.#id.high)?.revision ?? -1) + 1;
        const flags = eventTime === origin.headerTime ? NO_FLAGS : ["time_from_receipt"];
        const { key, partition } = mark;
        const record = { revision, key, eventTime, resolutionMs: 1000, origin, index, flags, body };
        this.#remembersRemoval(mark, record);
        this.#json.clear();
        this.#json.json(JSON.stringify(body));
        return { outcome: "appended", record, body: this.#json.view(), partition };
    }
    /** Takes a record of the log into the window and the marks, as when it was admitted. For the start. */
    restore(record) {
        const subject = subjectOf(record.body);
        if (subject === undefined)
            return;
        const mark = this.marks.of(record.body.kind, record.origin.agency, subject);
        const reporter = this.#reporterOf(record.origin);
        if (!record.flags.includes("redecoded")) {
            mark.form = subjectForm(record.body);
            reporter.lastFrameTime = Math.max(reporter.lastFrameTime, record.origin.receivedTime);
        }
        if (record.body.removed === true) {
            this.#removalId(mark, record.eventTime);
            this.#remembersRemoval(mark, record);
            return;
        }
        hashContent(writeBody(record.body, record.body.operatorId, this.#json).view(), this.#content);
        mixTime(mark.hash, record.eventTime, this.#id);
        const minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
        const window = this.#windows[mark.partition];
        const seen = window.find(this.#id.low, this.#id.high);
        if (seen !== undefined)
            copyContent(seen, this.#earlier);
        window.add(this.#id.low, this.#id.high, this.#content.low, this.#content.high, record.revision, record.origin.upstream & 0xff, minute);
        if (seen !== undefined && record.flags.includes("repeated_in_frame"))
            this.#addVariants(window, record, minute);
        // What was decoded again later says nothing of the present.
        if (record.flags.includes("redecoded"))
            return;
        const stated = !record.flags.includes("time_from_header") && !record.flags.includes("time_from_receipt");
        this.#remember(mark, record, this.#content, stated);
        reporter.hold(mark, record.origin.receivedTime, record.resolutionMs);
    }
    /** Forgets what is beyond the age; called once a minute or so. */
    forget(now) {
        const before = Math.floor((now - this.#options.dedupeAgeMs) / MINUTE_MS);
        for (const window of this.#windows)
            window.forgetBefore(before);
        this.marks.forgetBefore(before);
    }
    /** The items of a frame share one origin. */
    #reporterOf(origin) {
        let reporter = this.#lastReporter;
        if (reporter === undefined || this.#lastOrigin !== origin) {
            reporter = this.marks.reporter(origin.feed, origin.upstream);
            this.#lastOrigin = origin;
            this.#lastReporter = reporter;
        }
        return reporter;
    }
    /** Into `#id`: apart from that of a report of the same instant. */
    #removalId(mark, eventTime) {
        mixTime(mark.hash, eventTime, this.#id);
        this.#id.low = ~this.#id.low >>> 0;
        this.#id.high = ~this.#id.high >>> 0;
    }
    /** `#id` is that of the removal. */
    #remembersRemoval(mark, { revision, eventTime, origin }) {
        const minute = Math.floor(origin.receivedTime / MINUTE_MS);
        const window = this.#windows[mark.partition];
        window.add(this.#id.low, this.#id.high, 0, 0, revision, origin.upstream & 0xff, minute);
        mark.minute = minute;
        mark.reporter?.present.delete(mark);
        this.#reporterOf(origin).release(mark, eventTime);
    }
    /**
     * Upstream that lists a vehicle twice, with two contents of one time, says both again in every frame until the time
     * moves on. Compared with the last one only, each would be a revision of the other for ever.
     */
    #isVariant(window, content) {
        variantId(this.#id, content, this.#variant);
        return window.find(this.#variant.low, this.#variant.high) !== undefined;
    }
    /** Remembers the content before this one and this one as what one frame stated side by side under the id. */
    #addVariants(window, record, minute) {
        for (const content of [this.#earlier, this.#content]) {
            if (this.#isVariant(window, content))
                continue;
            const { low, high } = this.#variant;
            const { revision, origin } = record;
            window.add(low, high, content.low, content.high, revision, origin.upstream & 0xff, minute);
        }
    }
    #flags(observation, origin, mark, eventTime, seen, window, frameBefore) {
        const given = observation.flags;
        const flags = given === undefined ? [] : [...given];
        if (observation.eventTime === undefined) {
            flags.push(origin.headerTime === undefined ? "time_from_receipt" : "time_from_header");
        }
        if (eventTime > origin.receivedTime + this.#options.futureSkewMs)
            flags.push("future");
        if (eventTime < mark.highWater)
            flags.push("late");
        if (frameBefore === frameNumber(origin))
            flags.push("repeated_in_frame");
        if (seen === undefined &&
            window.forgotThroughMinute > 0 &&
            Math.floor(eventTime / MINUTE_MS) <= window.forgotThroughMinute) {
            flags.push("beyond_dedupe_window");
        }
        return flags.length === 0 ? NO_FLAGS : flags;
    }
    /** Only a time that upstream stated, and that is not ahead of its reception, raises the mark. */
    #remember(mark, record, content, stated) {
        mark.minute = Math.floor(record.origin.receivedTime / MINUTE_MS);
        mark.contentLow = content.low;
        mark.contentHigh = content.high;
        const notFuture = record.eventTime <= record.origin.receivedTime + this.#options.futureSkewMs;
        if (stated && notFuture && record.eventTime > mark.highWater)
            mark.highWater = record.eventTime;
    }
}
/** Offsets count within a partition, and feeds of one agency may lie in several. */
function frameNumber({ partition, offset }) {
    return offset * 1024 + partition;
}
function variantId(id, content, into) {
    into.low = (id.low ^ content.high) >>> 0;
    into.high = (id.high ^ content.low) >>> 0;
}
function copyContent(seen, into) {
    into.low = seen.contentLow;
    into.high = seen.contentHigh;
}
const NO_FLAGS = Object.freeze([]);
function sameContent(known, content) {
    return known.contentLow === content.low && known.contentHigh === content.high;
}
function withoutEnvelope(observation, operatorId) {
    if (observation.operatorId === undefined && operatorId === undefined)
        return observation;
    return { ...observation, operatorId };
}
