import { JsonBytes } from "./json-bytes.js";
/**
 * Collects records of one partition, feed and minute into one row. What all records of a frame share stands once in
 * `head.frames`; an entry of the body names it by its number. Text is JSON, so that any SQLite shell can list it.
 */
export class RecordPackBuilder {
    #partition;
    #feed;
    #minute;
    #origins = [];
    #body = new JsonBytes(16_384);
    #count = 0;
    constructor(partition, feed, minute) {
        this.#partition = partition;
        this.#feed = feed;
        this.#minute = minute;
    }
    /** `body` is the record's body as JSON; bytes are UTF-8. */
    add(record, body) {
        let frame = this.#origins.length - 1;
        if (this.#origins[frame] !== record.origin)
            frame = this.#origins.push(record.origin) - 1;
        const json = this.#body;
        json.ascii(this.#count++ === 0 ? '[{"frame":' : ',\n{"frame":');
        json.number(frame);
        json.ascii(',"index":');
        json.number(record.index);
        json.ascii(',"revision":');
        json.number(record.revision);
        json.ascii(',"key":');
        json.string(record.key);
        json.ascii(',"eventTime":');
        json.number(record.eventTime);
        json.ascii(',"resolutionMs":');
        json.number(record.resolutionMs);
        json.ascii(',"flags":');
        json.ascii(record.flags.length === 0 ? "[]" : JSON.stringify(record.flags));
        json.ascii(',"body":');
        if (typeof body === "string")
            json.json(body);
        else
            json.bytes(body);
        json.ascii("}");
    }
    get count() {
        return this.#count;
    }
    finish() {
        this.#body.ascii("]");
        return {
            topic: "records",
            partition: this.#partition,
            feed: this.#feed,
            minute: this.#minute,
            count: this.#count,
            head: JSON.stringify({ frames: this.#origins }),
            body: this.#body.view(),
        };
    }
}
/** The records of a stored pack with their offsets, from `fromOffset` on. */
export function unpackRecords(pack, fromOffset = pack.firstOffset) {
    const { frames } = JSON.parse(pack.head);
    const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
    const entries = JSON.parse(text);
    const result = [];
    entries.forEach((entry, i) => {
        const offset = pack.firstOffset + i;
        if (offset < fromOffset)
            return;
        const { revision, key, eventTime, resolutionMs, index, flags, body } = entry;
        const origin = frames[entry.frame];
        // Field by field: copied as a whole, and twice, it took as long as the parsing.
        result.push({ offset, record: { revision, key, eventTime, resolutionMs, origin, index, flags, body } });
    });
    return result;
}
