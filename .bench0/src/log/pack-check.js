import { Failure, messageOf } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
import { unpackEvents } from "./event.js";
import { unpackFrames } from "./frame-pack.js";
import { unpackReceipts } from "./receipt-pack.js";
import { unpackRecords } from "./record-pack.js";
/** Throws `store.corrupt` when a pack does not hold what it says: as many entries, and each of them to be read. */
export function checkPackReadable(pack) {
    let count;
    try {
        count = countOf(pack);
    }
    catch (cause) {
        throw damaged(pack, `cannot be read: ${messageOf(cause)}`, cause);
    }
    if (count !== pack.count)
        throw damaged(pack, `says ${pack.count} entries and holds ${count}`);
}
function countOf(pack) {
    switch (pack.topic) {
        case "frames": {
            const frames = unpackFrames(pack);
            const bytes = frames.reduce((sum, frame) => sum + frame.bytes.byteLength, 0);
            if (bytes !== pack.body.length)
                throw damaged(pack, `has ${pack.body.length} bytes, and its frames ${bytes}`);
            return frames.length;
        }
        case "records": {
            const records = unpackRecords(pack);
            for (const { record } of records) {
                if (record.origin === undefined)
                    throw damaged(pack, "names frames that it does not list");
                const { feed, receivedTime } = record.origin;
                if (feed !== pack.feed || Math.floor(receivedTime / MINUTE_MS) !== pack.minute)
                    throw damaged(pack, `is filed under another feed or minute than its frame of feed ${feed}`);
            }
            return records.length;
        }
        case "receipts":
            return unpackReceipts(pack).length;
        case "events":
            return unpackEvents(pack).length;
        case "dead-letters": {
            const text = typeof pack.body === "string" ? pack.body : new TextDecoder().decode(pack.body);
            const letters = JSON.parse(text);
            if (letters.some(({ feed }) => feed !== pack.feed))
                throw damaged(pack, "is filed under another feed than its letters");
            return letters.length;
        }
    }
}
function damaged({ topic, partition, firstOffset }, what, cause) {
    return new Failure("store.corrupt", `The pack ${topic}/${partition}/${firstOffset} ${what}`, cause === undefined ? {} : { cause });
}
