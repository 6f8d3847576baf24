import {
	type Attributes,
	type Context,
	ROOT_CONTEXT,
	SpanKind,
	SpanStatusCode,
	TraceFlags,
	trace,
} from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
	BasicTracerProvider,
	ParentBasedSampler,
	type ReadableSpan,
	type SpanProcessor,
	TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import {
	readTraceparent,
	type Span,
	type SpanEnd,
	type SpanStart,
	type TraceContext,
	type Tracer,
} from "../model/trace.js";
import type { EpochMs } from "../model/units.js";
import type { Chance, Clock } from "./runtime.js";

/** Spans that wait to be sent: beyond it new ones are dropped, and counted. */
const WAITING_MAX = 4096;
/** Of a message, so that one that is long does not fill the collector. */
const MESSAGE_LENGTH_MAX = 300;

const KINDS: Readonly<Record<SpanStart["kind"], SpanKind>> = {
	internal: SpanKind.INTERNAL,
	client: SpanKind.CLIENT,
	server: SpanKind.SERVER,
	producer: SpanKind.PRODUCER,
	consumer: SpanKind.CONSUMER,
};

export interface OtelTracerOptions {
	readonly clock: Clock;
	readonly chance: Chance;
	/** Of the hub, as resource attribute `service.version`. */
	readonly version: string;
	/** As resource attribute `service.name`. */
	readonly serviceName: string;
	/** 0 to 1: of what nobody else has decided about. */
	readonly sampleRatio: number;
}

/** Spans that have ended, until somebody takes them. */
export interface EndedSpans {
	readonly waiting: number;
	/** Since the start, because too many waited. */
	readonly dropped: number;
	/** An OTLP request in protobuf with so many of them at the most, oldest first. Undefined: none waits. */
	take(countMax: number): { readonly body: Uint8Array; readonly count: number } | undefined;
}

/**
 * Spans as the OpenTelemetry SDK makes them: its sampler, its limits, its encoding. Its exporter and its timers are left
 * out, because requests of a hub leave through its own network, and its time is the clock's.
 */
export function createOtelTracer(options: OtelTracerOptions): {
	readonly tracer: Tracer;
	readonly ended: EndedSpans;
} {
	const queue = new SpanQueue();
	const { clock, chance, version, serviceName, sampleRatio } = options;
	const provider = new BasicTracerProvider({
		sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
		resource: resourceFromAttributes({
			"service.name": serviceName,
			"service.version": version,
			"service.instance.id": hexOf(chance.bytes(8)),
			"telemetry.sdk.name": "opentelemetry",
			"telemetry.sdk.language": "nodejs",
		}),
		idGenerator: {
			generateTraceId: () => hexOf(chance.bytes(16)),
			generateSpanId: () => hexOf(chance.bytes(8)),
		},
		spanProcessors: [queue],
	});
	const otel = provider.getTracer("wayside", version);
	const start = (what: SpanStart): Span | undefined => {
		const startTime = what.startTime ?? clock.now();
		const started = clock.monotonic() - Math.max(0, clock.now() - startTime);
		const span = otel.startSpan(
			what.name,
			{
				kind: KINDS[what.kind],
				startTime: timeOf(startTime),
				...(what.attributes && { attributes: what.attributes as Attributes }),
				...(what.links && { links: what.links.map((link) => ({ context: contextOf(link, true) })) }),
			},
			parentOf(what),
		);
		if (!span.isRecording()) return undefined;
		const { traceId, spanId } = span.spanContext();
		const end = ({ attributes, failure }: SpanEnd = {}) => {
			if (!span.isRecording()) return;
			if (attributes) span.setAttributes(attributes as Attributes);
			if (failure) {
				span.setAttribute("error.type", failure.code);
				span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message.slice(0, MESSAGE_LENGTH_MAX) });
			}
			// By the clock that nobody sets: a span lasts as long as it lasted.
			span.end(timeOf(startTime + (clock.monotonic() - started)));
		};
		return { context: { traceId, spanId }, traceparent: `00-${traceId}-${spanId}-01`, end };
	};
	return { tracer: { start }, ended: queue };
}

class SpanQueue implements SpanProcessor, EndedSpans {
	readonly #spans: ReadableSpan[] = [];
	dropped = 0;

	get waiting(): number {
		return this.#spans.length;
	}

	onStart(): void {}

	onEnd(span: ReadableSpan): void {
		if (this.#spans.length >= WAITING_MAX) this.dropped++;
		else this.#spans.push(span);
	}

	take(countMax: number): { readonly body: Uint8Array; readonly count: number } | undefined {
		if (this.#spans.length === 0) return undefined;
		const spans = this.#spans.splice(0, countMax);
		const body = ProtobufTraceSerializer.serializeRequest(spans);
		return body && { body, count: spans.length };
	}

	async forceFlush(): Promise<void> {}
	async shutdown(): Promise<void> {}
}

/** The outside's word counts where it is one; a span of ours is recorded, so that its children are. */
function parentOf({ parent, traceparent }: SpanStart): Context {
	if (parent !== undefined) return trace.setSpanContext(ROOT_CONTEXT, contextOf(parent, true));
	const asked = readTraceparent(traceparent);
	if (asked === undefined) return ROOT_CONTEXT;
	return trace.setSpanContext(ROOT_CONTEXT, { ...contextOf(asked, asked.isSampled), isRemote: true });
}

function contextOf({ traceId, spanId }: TraceContext, isSampled: boolean) {
	return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}

/** Seconds and nanoseconds, which the SDK takes as they are. */
function timeOf(time: EpochMs): [number, number] {
	const seconds = Math.floor(time / 1000);
	return [seconds, Math.round((time - seconds * 1000) * 1e6)];
}

function hexOf(bytes: Uint8Array): string {
	let text = "";
	for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
	return text;
}
