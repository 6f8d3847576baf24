import type { FrameTraces } from "../log/frame-traces.js";
import type { FrameOrigin, TransitRecord } from "../model/record.js";
import type { SpanEnd } from "../model/trace.js";
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

export function* originsOf(records: readonly TransitRecord[]): Generator<FrameOrigin> {
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
