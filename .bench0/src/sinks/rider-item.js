import { entityJson } from "../formats/gtfs-realtime-json-write.js";
import { writeEntity } from "../formats/gtfs-realtime-write.js";
/**
 * A record as it may stand in a feed. Its bytes and its JSON are made once for each detail and kept: a feed in which one
 * vehicle in five is new writes one entity in five.
 */
export class FeedItem {
    record;
    /** When it happened, for riders: nothing can happen after it was received, so a clock that runs ahead is held back to then. */
    time;
    #prefix;
    #id;
    #wholeBytes;
    #reducedBytes;
    #wholeJson;
    #reducedJson;
    constructor(prefix, record) {
        this.record = record;
        this.#prefix = prefix;
        this.time = Math.min(record.eventTime, record.origin.receivedTime);
    }
    /** Of the entity, `<prefix>:<subject>`: stable for as long as the subject is. Most reports are overtaken before it is asked for. */
    get id() {
        this.#id ??= `${this.#prefix}:${this.record.key.slice(this.record.origin.agency.length + 1)}`;
        return this.#id;
    }
    /** The entity with its tag, as it stands in a FeedMessage. */
    bytes(detail, writer) {
        const known = detail === "whole" ? this.#wholeBytes : this.#reducedBytes;
        if (known !== undefined)
            return known;
        writer.reset();
        writeEntity(writer, this.entity(detail));
        const bytes = writer.finish();
        if (detail === "whole")
            this.#wholeBytes = bytes;
        else
            this.#reducedBytes = bytes;
        return bytes;
    }
    /** The members of the entity as JSON, without the braces around them. */
    json(detail) {
        const known = detail === "whole" ? this.#wholeJson : this.#reducedJson;
        if (known !== undefined)
            return known;
        const json = entityJson(this.entity(detail));
        if (detail === "whole")
            this.#wholeJson = json;
        else
            this.#reducedJson = json;
        return json;
    }
}
/** Later in time; at the same time the later word on it. */
export function isNewer(one, other) {
    if (one.time !== other.time)
        return one.time > other.time;
    const [mine, its] = [one.record, other.record];
    if (mine.eventTime !== its.eventTime)
        return mine.eventTime > its.eventTime;
    return mine.revision >= its.revision;
}
