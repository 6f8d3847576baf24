import { Failure } from "../model/failure.js";
import { CLOSED_DOOR } from "./privacy.js";
/** How a frame is read: one whose upstream is not configured, or that is too large, by a reader that refuses it. */
export function readerOf(frame, readers, frameMaxBytes) {
    const reader = readers.get(frame.feed)?.[frame.upstream];
    if (reader === undefined) {
        const message = `Feed ${frame.feed} has no upstream ${frame.upstream} in the configuration; the frame cannot be decoded`;
        return refusing(frame, new Failure("feed.unknown", message));
    }
    if (frame.bytes.byteLength <= frameMaxBytes)
        return reader;
    const message = `The frame has ${frame.bytes.byteLength} bytes; at most ${frameMaxBytes} are decoded`;
    return refusing(frame, new Failure("decode.limit", message), reader);
}
/** A reader that gives nothing but the failure. */
export function refusing(frame, failure, like) {
    return {
        agency: like?.agency ?? "unknown",
        feed: frame.feed,
        decoder: { decode: () => ({ items: [], failure }) },
        decoderName: like?.decoderName ?? "none",
        personal: like?.personal ?? CLOSED_DOOR,
        sinks: [],
    };
}
