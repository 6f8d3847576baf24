import type { FrameTraces } from "../log/frame-traces.js";
import { Failure, kindOf, messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import type { AttemptResult, Upstream, Verdict } from "../resilience/index.js";
import type { Batch, Delivery, DeliverySink } from "../sinks/sink.js";
import { writeTraced } from "./delivery-trace.js";

/** No answer may bring the next attempt sooner than this: a loop without a pause would starve everybody else. */
const PAUSE_MIN_MS: DurationMs = 50;

const OUTCOMES: readonly unknown[] = ["ok", "transient", "bad_records", "bad_sink"];

/** A delivery with what the resilience core says about the next attempt. */
export type Answer =
	| { readonly outcome: "ok"; readonly state: string | undefined }
	/** Nothing was sent. */
	| { readonly outcome: "refused"; readonly delayMs: DurationMs }
	| {
			readonly outcome: "transient" | "bad_sink";
			readonly failure: Failure;
			readonly delayMs: DurationMs;
			/** Settles when the call has really ended, where it was left to run after its time was over. */
			readonly running: Promise<Delivery> | undefined;
	  }
	| Extract<Delivery, { outcome: "bad_records" }>;

/**
 * One destination: its sink under breaker, budget and time limit. Turns whatever a sink answers or throws into one of the
 * four outcomes; never throws but the closing signal's reason.
 */
export class DeliveryPort {
	readonly #sink: DeliverySink;
	readonly #upstream: Upstream;
	readonly #signal: AbortSignal;
	readonly #traces: FrameTraces | undefined;
	readonly #calls = new Set<Promise<Delivery>>();

	constructor(sink: DeliverySink, upstream: Upstream, signal: AbortSignal, traces?: FrameTraces) {
		this.#traces = traces;
		this.#sink = sink;
		this.#upstream = upstream;
		this.#signal = signal;
	}

	/** Whether nothing speaks against the destination at present. */
	get isHealthy(): boolean {
		return this.#upstream.status().state === "closed";
	}

	/** How long the destination is not to be asked; 0: it may be asked now. Infinity: until its breaker changes. */
	waitMs(now: number): DurationMs {
		const { blockedBy, nextAttemptAt } = this.#upstream.status();
		if (blockedBy !== "open" && blockedBy !== "gate") return 0;
		return nextAttemptAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nextAttemptAt - now);
	}

	/** Opens the sink; `state` of the answer is to be committed before the first write. */
	open(state: string | undefined, attempt: number): Promise<Answer> {
		return this.#attempt(attempt, "open", async () => {
			const found = await this.#sink.open(state);
			return found === undefined ? { outcome: "ok" } : { outcome: "ok", state: found };
		});
	}

	/** Why the destination is left alone, where anything is known of it. */
	get lastFailure() {
		return this.#upstream.status().lastFailure;
	}

	write(batch: Batch, attempt: number): Promise<Answer> {
		const write = (one: Batch) =>
			this.#attempt(attempt, `p${one.partition}`, (signal) => this.#sink.write(one, signal));
		const traces = this.#traces;
		if (traces === undefined) return write(batch);
		return writeTraced(traces, this.#upstream.name.replace(/^sink:/, ""), batch, attempt, write);
	}

	/** Tells the sink that what it answered last is committed. */
	committed(): void {
		this.#sink.committed?.();
	}

	/** Resolves when no call runs any more: the sink may be closed. */
	async ended(): Promise<void> {
		await Promise.all(this.#calls);
	}

	async #attempt(
		attempt: number,
		key: string,
		call: (signal: AbortSignal) => Promise<Delivery>,
	): Promise<Answer> {
		let running: Promise<Delivery> | undefined;
		let hasEnded = false;
		// A probe of an open breaker is no retry: it must not run out of retry tokens, which only a closed one earns.
		const isProbe = this.#upstream.status().state !== "closed";
		const result = await this.#upstream.attempt(
			({ signal }) => {
				const made = settled(call, signal).finally(() => {
					hasEnded = true;
					this.#calls.delete(made);
				});
				this.#calls.add(made);
				running = made;
				return made;
			},
			{ key, attempt: isProbe ? 1 : attempt, wait: false, signal: this.#signal, judge: verdictOf },
		);
		return answerOf(result, hasEnded ? undefined : running);
	}
}

/** Calls a plug-in that may throw at once, later, or never: what it throws becomes a delivery by its kind. */
async function settled(
	call: (signal: AbortSignal) => Promise<Delivery>,
	signal: AbortSignal,
): Promise<Delivery> {
	try {
		const delivery = await call(signal);
		if (OUTCOMES.includes(delivery?.outcome)) return delivery;
		throw new Failure(
			"bug",
			"The sink answered with none of the four outcomes; this is a mistake in the plug-in",
		);
	} catch (thrown) {
		return deliveryFromThrown(thrown);
	}
}

export function deliveryFromThrown(thrown: unknown): Delivery {
	const failure =
		thrown instanceof Failure
			? thrown
			: new Failure("net.reset", `The sink threw: ${messageOf(thrown)}`, { cause: thrown });
	switch (kindOf(failure)) {
		case "transient":
			return { outcome: "transient", failure };
		case "poison":
			return { outcome: "bad_records", rejected: [], failure };
		default:
			return { outcome: "bad_sink", failure };
	}
}

/** What a delivery says about the destination: refused records say nothing against it. */
function verdictOf(delivery: Delivery): Verdict {
	switch (delivery.outcome) {
		case "ok":
			return { outcome: "success" };
		case "transient":
			return {
				outcome: "transient",
				retryAfterMs: delivery.failure.retryAfterMs,
				note: delivery.failure.message,
			};
		case "bad_records":
			return { outcome: "neutral", note: delivery.failure.message };
		case "bad_sink":
			return { outcome: "trip", retryAfterMs: delivery.failure.retryAfterMs, note: delivery.failure.message };
	}
}

function answerOf(result: AttemptResult<Delivery>, running: Promise<Delivery> | undefined): Answer {
	if (result.outcome === "refused") {
		return { outcome: "refused", delayMs: Math.max(PAUSE_MIN_MS, result.delayMs) };
	}
	const delivery = result.value;
	if (delivery?.outcome === "ok") return { outcome: "ok", state: delivery.state };
	if (delivery?.outcome === "bad_records") return delivery;
	const delayMs = result.outcome === "success" ? PAUSE_MIN_MS : Math.max(PAUSE_MIN_MS, result.delayMs);
	if (delivery) return { outcome: delivery.outcome, failure: delivery.failure, delayMs, running };
	const cause = result.outcome === "success" ? undefined : result.cause;
	const failure =
		cause instanceof Failure
			? cause
			: new Failure(
					"net.timeout",
					"The destination did not answer in time; whether it took the batch is not known, and the same id tells it",
					{ cause },
				);
	return { outcome: "transient", failure, delayMs, running };
}
