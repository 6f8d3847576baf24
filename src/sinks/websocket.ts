import { type EndpointRequest, problem, type SocketEnd } from "../runtime/endpoint.js";
import type { LiveStream } from "./live-clients.js";
import { type LiveOptions, liveOptions } from "./live-options.js";
import { LiveSink, type LiveTransport } from "./live-sink.js";
import type { GoodbyeReason, LiveWire } from "./live-wire.js";
import type { SinkContext, SinkDefinition } from "./sink.js";

/** What stands and then what changes, over WebSockets: the events of `sse` in messages of JSON. docs/live.md. */
export const definition: SinkDefinition<LiveOptions> = Object.freeze({
	type: "websocket",
	summary:
		"Pushes the newest record of every vehicle, trip and alert, then every change, over WebSockets that clients open.",
	options: liveOptions("/live/socket"),
	create: (chosen: LiveOptions, context: SinkContext) => new LiveSink(chosen, context, TRANSPORT),
});

const encoder = new TextEncoder();

/** A message is a list of events, so that a fleet does not take as many messages as it has vehicles. */
const WIRE: LiveWire = {
	event: (name, data, id) =>
		`{"event":"${name}",${id === undefined ? "" : `"id":${JSON.stringify(id)},`}"data":${data}}`,
	piece: (events) => encoder.encode(`[${events.join(",")}]`),
};

/** RFC 6455 and IANA's registry of close codes: going away, and try again later. */
const CLOSE_CODES: Readonly<Record<GoodbyeReason, number>> = { stopping: 1001, slow: 1013 };

const TRANSPORT: LiveTransport = {
	wire: WIRE,
	summary: "What stands, then every change, over a WebSocket.",
	opensSocket: true,
	check: ({ wantsSocket = false }: EndpointRequest) => {
		if (wantsSocket) return undefined;
		const detail = "This path speaks WebSocket only (version 13): connect with ws:// or wss://.";
		return problem(426, "Upgrade required", detail, { headers: { upgrade: "websocket" } });
	},
	answer: ({ pieces, cut }) => ({ status: 101, cut, socket: { messages: untilGoodbye(pieces) } }),
};

async function* untilGoodbye(pieces: LiveStream["pieces"]): AsyncGenerator<Uint8Array, SocketEnd> {
	const { reason, detail } = yield* pieces;
	return { code: CLOSE_CODES[reason], reason: `${reason}: ${detail}` };
}
