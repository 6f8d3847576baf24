import { Failure } from "../model/failure.js";
import { MINUTE_MS } from "../model/units.js";
/** Frames of one feed and minute become one row: `head.frames[i].bytes` says where frame i ends in the body. */
export function packFrames(frames, partition) {
    const first = frames[0];
    if (!first)
        throw new Failure("bug", "packFrames was called with no frame");
    const heads = frames.map((frame) => ({
        bytes: frame.bytes.byteLength,
        receivedTime: frame.receivedTime,
        connection: frame.connection,
        upstream: frame.upstream,
        contentType: frame.contentType,
        meta: frame.meta,
    }));
    return {
        topic: "frames",
        partition,
        feed: first.feed,
        minute: Math.floor(first.receivedTime / MINUTE_MS),
        count: frames.length,
        head: JSON.stringify({ frames: heads }),
        body: frames.length === 1 ? first.bytes : concatenate(frames.map((frame) => frame.bytes)),
    };
}
/** The frames of a stored pack, from `fromOffset` on. */
export function unpackFrames(pack, fromOffset = pack.firstOffset) {
    const { frames } = JSON.parse(pack.head);
    const body = pack.body;
    if (typeof body === "string" || frames.length !== pack.count) {
        throw new Failure("store.corrupt", `Pack frames/${pack.partition}/${pack.firstOffset} does not hold ${pack.count} frames`);
    }
    const result = [];
    let at = 0;
    frames.forEach((head, i) => {
        const offset = pack.firstOffset + i;
        const bytes = body.subarray(at, at + head.bytes);
        at += head.bytes;
        if (offset >= fromOffset)
            result.push({ feed: pack.feed, partition: pack.partition, offset, ...head, bytes });
    });
    return result;
}
function concatenate(parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.byteLength;
    }
    return whole;
}
