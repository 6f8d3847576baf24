import { liveOptions } from "./live-options.js";
import { LiveSink } from "./live-sink.js";
/** What stands and then what changes, as server-sent events that `EventSource` of every browser reads: docs/live.md. */
export const definition = Object.freeze({
    type: "sse",
    summary: "Pushes the newest record of every vehicle, trip and alert, then every change, to browsers and programs as server-sent events.",
    options: liveOptions("/live/events"),
    create: (chosen, context) => new LiveSink(chosen, context, TRANSPORT),
});
/** How long a browser waits before it connects again. */
const RETRY_MS = 3000;
const encoder = new TextEncoder();
/** The HTML standard, section 9.2. JSON has no line breaks, so that all of it is one `data` line. */
const WIRE = {
    event: (name, data, id) => `event: ${name}\n${id === undefined ? "" : id === "" ? "id:\n" : `id: ${id}\n`}data: ${data}\n\n`,
    piece: (events) => encoder.encode(events.join("")),
};
const TRANSPORT = {
    wire: WIRE,
    summary: "What stands, then every change, as server-sent events.",
    // Somebody who asks for the headers only stays for nothing else.
    check: ({ method }) => (method === "HEAD" ? { status: 200, headers: HEADERS } : undefined),
    answer: ({ pieces, cut }) => ({ status: 200, headers: HEADERS, cut, body: withRetry(pieces) }),
};
const HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    // nginx holds answers back to send them in larger pieces, unless they say that they cannot wait.
    "x-accel-buffering": "no",
};
async function* withRetry(pieces) {
    yield encoder.encode(`retry: ${RETRY_MS}\n\n`);
    yield* pieces;
}
