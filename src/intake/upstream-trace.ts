import type { FrameTraces } from "../log/frame-traces.js";
import type { Span } from "../model/trace.js";
import type { Http } from "../runtime/http.js";

/** The spans of what one upstream gives, and the header with which it is asked. */
export class UpstreamTrace {
	readonly #traces: FrameTraces;
	readonly #feed: string;
	readonly #upstream: number;
	readonly #source: string;
	/** Of the question that is under way. */
	#asking: Span | undefined;

	constructor(traces: FrameTraces, feed: string, upstream: number, source: string) {
		this.#traces = traces;
		this.#feed = feed;
		this.#upstream = upstream;
		this.#source = source;
	}

	/** The same network, whose requests name the trace that they are a part of. */
	carrying(http: Http): Http {
		return {
			request: (request) => {
				const { traceparent } = this.#asking ?? {};
				if (traceparent === undefined) return http.request(request);
				return http.request({ ...request, headers: { ...request.headers, traceparent } });
			},
		};
	}

	/** Upstream is asked, once at a time. */
	ask(): Span | undefined {
		this.#asking = this.#start("client", undefined);
		return this.#asking;
	}

	/** Upstream speaks by itself, or posts to us and says what that is a part of. */
	hear(traceparent?: string): Span | undefined {
		return this.#start(traceparent === undefined ? "consumer" : "server", traceparent);
	}

	#start(kind: "client" | "consumer" | "server", traceparent: string | undefined): Span | undefined {
		return this.#traces.tracer.start({
			name: `receive ${this.#feed}`,
			kind,
			traceparent,
			attributes: {
				"wayside.stage": "receive",
				"wayside.feed": this.#feed,
				"wayside.upstream": this.#upstream,
				"wayside.source": this.#source,
			},
		});
	}
}
