import type { HubConfig } from "../config/config.js";
import type { InterpretedFrame } from "../intake/interpret.js";
import { FrameTraces } from "../log/frame-traces.js";
import type { Tracer } from "../model/trace.js";
import type { EpochMs } from "../model/units.js";
import type { FrameTimes } from "../operations/status.js";
import type { Runtime } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";
import { type SpanSource, TraceExport } from "./trace-export.js";

/** What a hub has that traces. */
export interface Tracing {
	readonly traces: FrameTraces;
	readonly exporting: TraceExport;
}

export function frameTimes(
	{ frame }: InterpretedFrame,
	now: EpochMs,
	tracing: Tracing | undefined,
): FrameTimes {
	const { feed, receivedTime } = frame;
	const seconds = Math.max(0, now - receivedTime) / 1000;
	return { feed, seconds, traceId: tracing?.traces.of(frame)?.traceId };
}

/** Undefined: the configuration names no place for spans, or nobody makes any. */
export function tracingOf(
	{ traces: config }: HubConfig,
	{
		tracing,
		runtime,
	}: {
		readonly tracing?: { readonly tracer: Tracer; readonly ended: SpanSource } | undefined;
		readonly runtime: Runtime;
	},
	remembering: Materials["remembering"],
	onEvent: Materials["onEvent"],
): Tracing | undefined {
	if (config === undefined || tracing === undefined) return undefined;
	return {
		traces: new FrameTraces(tracing.tracer),
		exporting: new TraceExport({
			config,
			spans: tracing.ended,
			runtime,
			upstream: remembering("traces"),
			onNews: (level, code, message) => onEvent("traces", level, code, message),
		}),
	};
}
