import { Failure } from "./failure.js";
import type { EpochMs } from "./units.js";

/** One span of a trace, as others point to it. W3C Trace Context. */
export interface TraceContext {
	/** 32 hexadecimal digits. */
	readonly traceId: string;
	/** 16 hexadecimal digits. */
	readonly spanId: string;
}

export type SpanKind = "internal" | "client" | "server" | "producer" | "consumer";
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
	/** What is done, and to which part: `receive metro-avl`. Never an address, a path or an id of a vehicle. */
	readonly name: string;
	readonly kind: SpanKind;
	/** Default now. */
	readonly startTime?: EpochMs;
	/** What it is a part of. */
	readonly parent?: TraceContext | undefined;
	/** Header `traceparent` of who asked: decides whether this is recorded, and which trace it belongs to. */
	readonly traceparent?: string | undefined;
	/** What it was made of, where that is more than one thing, and so none of them its parent. */
	readonly links?: readonly TraceContext[];
	readonly attributes?: SpanAttributes;
}

export interface SpanEnd {
	readonly attributes?: SpanAttributes;
	/** Why it did not do what it should. */
	readonly failure?: { readonly code: string; readonly message: string } | undefined;
}

export interface Span {
	readonly context: TraceContext;
	/** For the header of that name of what this asks of others. */
	readonly traceparent: string;
	/** As of now. Calling it twice does nothing. */
	end(result?: SpanEnd): void;
}

/** Makes spans. */
export interface Tracer {
	/** Undefined: this one is not recorded, and costs nothing further. */
	start(what: SpanStart): Span | undefined;
}

/** Ends a span with what was thrown: what of it people see on the status page, too. */
export function endWith(span: Span | undefined, thrown: unknown): void {
	const isFailure = thrown instanceof Failure;
	span?.end({ failure: { code: isFailure ? thrown.code : "bug", message: isFailure ? thrown.message : "" } });
}

const SHAPE = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** What a header `traceparent` says; undefined for anything that is none. A version beyond 00 may say more behind it. */
export function readTraceparent(
	header: string | undefined,
): (TraceContext & { readonly isSampled: boolean }) | undefined {
	if (header === undefined || header.length > 200) return undefined;
	const [, traceId, spanId, flags] = SHAPE.exec(header) ?? [];
	if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
	if (header.startsWith("00") && header.length !== 55) return undefined;
	return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
