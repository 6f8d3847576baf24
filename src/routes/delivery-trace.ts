import type { FrameTraces } from "../log/frame-traces.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import type { Span, SpanEnd } from "../model/trace.js";
import type { Batch } from "../sinks/sink.js";

/** Writes a batch, as a span of its own where a frame that it is made of is traced. */
export async function writeTraced<Answer extends Answered>(
	traces: FrameTraces,
	sink: string,
	batch: Batch,
	attempt: number,
	write: (batch: Batch) => Promise<Answer>,
): Promise<Answer> {
	const span = traces.start(`deliver ${sink}`, "producer", originsOf(batch.records), {
		attributes: {
			"wayside.stage": "deliver",
			"wayside.sink": sink,
			"wayside.partition": batch.partition,
			"wayside.attempt": attempt,
			"messaging.batch.message_count": batch.records.length,
		},
	});
	if (span === undefined) return write(batch);
	let end: SpanEnd = { failure: { code: "bug", message: "" } };
	try {
		const answer = await write({ ...batch, traceparent: span.traceparent });
		end = { attributes: { "wayside.outcome": answer.outcome }, failure: failureOf(answer) };
		return answer;
	} finally {
		span.end(end);
	}
}

/** Frames that a publication is linked to, at the most. */
const FRAMES_MAX = 128;

/** The spans of what a sink that serves publishes: of all traced frames that it took in since the publication before. */
export class PublishTrace {
	readonly #traces: FrameTraces;
	readonly #sink: string;
	#frames = new Set<FrameOrigin>();

	constructor(traces: FrameTraces, sink: string) {
		this.#traces = traces;
		this.#sink = sink;
	}

	note(records: readonly TransitRecord[]): void {
		let last: FrameOrigin | undefined;
		for (const { origin } of records) {
			if (origin === last) continue;
			last = origin;
			if (this.#frames.size < FRAMES_MAX && this.#traces.of(origin)) this.#frames.add(origin);
		}
	}

	begin(): Span | undefined {
		const frames = this.#frames;
		if (frames.size === 0) return undefined;
		this.#frames = new Set();
		return this.#traces.start(`publish ${this.#sink}`, "producer", frames, {
			attributes: { "wayside.stage": "deliver", "wayside.sink": this.#sink },
		});
	}
}

function* originsOf(records: readonly TransitRecord[]): Generator<FrameOrigin> {
	for (const { origin } of records) yield origin;
}

/** What of an answer a span tells. */
interface Answered {
	readonly outcome: string;
	readonly failure?: { readonly code: string; readonly message: string };
}

function failureOf(answer: Answered): SpanEnd["failure"] {
	if (answer.outcome === "ok") return undefined;
	if (answer.outcome === "refused") return { code: "refused", message: "the breaker is open" };
	const { code, message } = answer.failure ?? { code: answer.outcome, message: "" };
	return { code, message };
}
