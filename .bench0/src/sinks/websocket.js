import { problem } from "../runtime/endpoint.js";
import { liveOptions } from "./live-options.js";
import { LiveSink } from "./live-sink.js";
/** What stands and then what changes, over WebSockets: the events of `sse` in messages of JSON. docs/live.md. */
export const definition = Object.freeze({
    type: "websocket",
    summary: "Pushes the newest record of every vehicle, trip and alert, then every change, over WebSockets that clients open.",
    options: liveOptions("/live/socket"),
    create: (chosen, context) => new LiveSink(chosen, context, TRANSPORT),
});
const encoder = new TextEncoder();
/** A message is a list of events, so that a fleet does not take as many messages as it has vehicles. */
const WIRE = {
    event: (name, data, id) => `{"event":"${name}",${id === undefined ? "" : `"id":${JSON.stringify(id)},`}"data":${data}}`,
    piece: (events) => encoder.encode(`[${events.join(",")}]`),
};
/** RFC 6455 and IANA's registry of close codes: going away, and try again later. */
const CLOSE_CODES = { stopping: 1001, slow: 1013 };
const TRANSPORT = {
    wire: WIRE,
    summary: "What stands, then every change, over a WebSocket.",
    opensSocket: true,
    check: ({ wantsSocket = false }) => {
        if (wantsSocket)
            return undefined;
        const detail = "This path speaks WebSocket only (version 13): connect with ws:// or wss://.";
        return problem(426, "Upgrade required", detail, { headers: { upgrade: "websocket" } });
    },
    answer: ({ pieces, cut }) => ({ status: 101, cut, socket: { messages: untilGoodbye(pieces) } }),
};
async function* untilGoodbye(pieces) {
    const { reason, detail } = yield* pieces;
    return { code: CLOSE_CODES[reason], reason: `${reason}: ${detail}` };
}
