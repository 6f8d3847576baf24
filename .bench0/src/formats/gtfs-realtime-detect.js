import { Failure } from "../model/failure.js";
import { readFeedMessageJson } from "./gtfs-realtime-json-read.js";
import { readFeedMessage } from "./gtfs-realtime-read.js";
import { parseJson } from "./json.js";
/** Reads a FeedMessage as protobuf or JSON, told apart by the bytes. A failure: it is neither, and what it is instead. */
export function readAnyFeedMessage(bytes, memo) {
    if (bytes.length === 0)
        return new Failure("decode.format", "the frame is empty");
    const isJson = isJsonStart(bytes);
    if (isJson) {
        const parsed = parseJson(bytes);
        if (parsed.failure === undefined)
            return readFeedMessageJson(parsed.value);
        // A protobuf header of 123 bytes begins like JSON after a line break; only reading it tells.
        const message = bytes[0] === 10 ? readFeedMessage(bytes, memo) : undefined;
        return message?.failure === undefined && message !== undefined ? message : parsed.failure;
    }
    const wrong = wrongFormat(bytes);
    return wrong === undefined ? readFeedMessage(bytes, memo) : new Failure("decode.format", wrong);
}
/** The first byte that is no blank, mark or UTF-16 padding is an opening bracket. */
function isJsonStart(bytes) {
    for (let at = 0; at < Math.min(bytes.length, 64); at++) {
        const byte = bytes[at];
        if (byte === 0x7b || byte === 0x5b)
            return true;
        const isBlank = byte === 0 || byte === 9 || byte === 10 || byte === 13 || byte === 32;
        if (!isBlank && byte !== 0xef && byte !== 0xbb && byte !== 0xbf && byte < 0xfe)
            return false;
    }
    return false;
}
function wrongFormat(bytes) {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
        return "the frame is still compressed with gzip; let the source unpack it";
    if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3)
        return "the frame is a zip archive, as static GTFS is, and no FeedMessage; check the address";
    let at = 0;
    while (at < bytes.length && at < 64 && [9, 10, 13, 32, 0xef, 0xbb, 0xbf].includes(bytes[at]))
        at++;
    if (bytes[at] === 0x3c && (at === 0 || bytes[0] !== 10 || isLetter(bytes[at + 1])))
        return "the frame is XML or an HTML page where a FeedMessage is expected; check the address";
    return undefined;
}
function isLetter(byte) {
    return byte === 0x21 || byte === 0x3f || (byte !== undefined && (byte | 32) >= 0x61 && (byte | 32) <= 0x7a);
}
