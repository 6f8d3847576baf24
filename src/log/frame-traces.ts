import type { FrameOrigin } from "../model/record.js";
import type { Span, SpanEnd, SpanKind, TraceContext, Tracer } from "../model/trace.js";

/** Frames that are remembered; of a traced frame that nobody delivers for so long, later spans begin a trace of their own. */
const FRAMES_MAX = 20_000;
/** As many as collectors keep of one span. */
const LINKS_MAX = 128;

type Place = Pick<FrameOrigin, "partition" | "offset">;

/**
 * Where the trace of each frame stands, so that what is made of it later belongs to it: of the one frame that a batch is
 * made of as its child, of several by links. Only frames that are recorded are remembered, and not over a restart.
 */
export class FrameTraces {
	readonly tracer: Tracer;
	readonly #framesMax: number;
	/** By partition and offset; the newest are at the end. */
	readonly #contexts = new Map<string, TraceContext>();

	constructor(tracer: Tracer, framesMax = FRAMES_MAX) {
		this.tracer = tracer;
		this.#framesMax = framesMax;
	}

	remember(frame: Place, context: TraceContext): void {
		const key = keyOf(frame);
		this.#contexts.delete(key);
		this.#contexts.set(key, context);
		if (this.#contexts.size <= this.#framesMax) return;
		for (const oldest of this.#contexts.keys()) {
			this.#contexts.delete(oldest);
			return;
		}
	}

	of(frame: Place): TraceContext | undefined {
		return this.#contexts.size === 0 ? undefined : this.#contexts.get(keyOf(frame));
	}

	/** A span of what is made of these frames. Undefined: none of them is recorded. */
	start(
		name: string,
		kind: SpanKind,
		frames: Iterable<Place>,
		more: { readonly startTime?: number; readonly attributes?: NonNullable<SpanEnd["attributes"]> } = {},
	): Span | undefined {
		if (this.#contexts.size === 0) return undefined;
		const links = new Set<TraceContext>();
		let last: Place | undefined;
		for (const frame of frames) {
			// Records of one frame share its origin, and stand side by side.
			if (frame === last) continue;
			last = frame;
			const context = this.of(frame);
			if (context !== undefined) links.add(context);
			if (links.size >= LINKS_MAX) break;
		}
		const [first, ...others] = links;
		if (first === undefined) return undefined;
		const parentage = others.length === 0 ? { parent: first } : { links: [...links] };
		return this.tracer.start({ name, kind, ...parentage, ...more });
	}
}

function keyOf({ partition, offset }: Place): string {
	return `${partition}/${offset}`;
}
