import { Failure, kindOf, messageOf } from "../model/failure.js";
/** No answer may bring the next attempt sooner than this: a loop without a pause would starve everybody else. */
const PAUSE_MIN_MS = 50;
const OUTCOMES = ["ok", "transient", "bad_records", "bad_sink"];
/**
 * One destination: its sink under breaker, budget and time limit. Turns whatever a sink answers or throws into one of the
 * four outcomes; never throws but the closing signal's reason.
 */
export class DeliveryPort {
    #sink;
    #upstream;
    #signal;
    #calls = new Set();
    constructor(sink, upstream, signal) {
        this.#sink = sink;
        this.#upstream = upstream;
        this.#signal = signal;
    }
    /** Whether nothing speaks against the destination at present. */
    get isHealthy() {
        return this.#upstream.status().state === "closed";
    }
    /** How long the destination is not to be asked; 0: it may be asked now. Infinity: until its breaker changes. */
    waitMs(now) {
        const { blockedBy, nextAttemptAt } = this.#upstream.status();
        if (blockedBy !== "open" && blockedBy !== "gate")
            return 0;
        return nextAttemptAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nextAttemptAt - now);
    }
    /** Opens the sink; `state` of the answer is to be committed before the first write. */
    open(state, attempt) {
        return this.#attempt(attempt, "open", async () => {
            const found = await this.#sink.open(state);
            return found === undefined ? { outcome: "ok" } : { outcome: "ok", state: found };
        });
    }
    /** Why the destination is left alone, where anything is known of it. */
    get lastFailure() {
        return this.#upstream.status().lastFailure;
    }
    write(batch, attempt) {
        return this.#attempt(attempt, `p${batch.partition}`, (signal) => this.#sink.write(batch, signal));
    }
    /** Tells the sink that what it answered last is committed. */
    committed() {
        this.#sink.committed?.();
    }
    /** Resolves when no call runs any more: the sink may be closed. */
    async ended() {
        await Promise.all(this.#calls);
    }
    async #attempt(attempt, key, call) {
        let running;
        let hasEnded = false;
        // A probe of an open breaker is no retry: it must not run out of retry tokens, which only a closed one earns.
        const isProbe = this.#upstream.status().state !== "closed";
        const result = await this.#upstream.attempt(({ signal }) => {
            const made = settled(call, signal).finally(() => {
                hasEnded = true;
                this.#calls.delete(made);
            });
            this.#calls.add(made);
            running = made;
            return made;
        }, { key, attempt: isProbe ? 1 : attempt, wait: false, signal: this.#signal, judge: verdictOf });
        return answerOf(result, hasEnded ? undefined : running);
    }
}
/** Calls a plug-in that may throw at once, later, or never: what it throws becomes a delivery by its kind. */
async function settled(call, signal) {
    try {
        const delivery = await call(signal);
        if (OUTCOMES.includes(delivery?.outcome))
            return delivery;
        throw new Failure("bug", "The sink answered with none of the four outcomes; this is a mistake in the plug-in");
    }
    catch (thrown) {
        return deliveryFromThrown(thrown);
    }
}
export function deliveryFromThrown(thrown) {
    const failure = thrown instanceof Failure
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
function verdictOf(delivery) {
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
function answerOf(result, running) {
    if (result.outcome === "refused") {
        return { outcome: "refused", delayMs: Math.max(PAUSE_MIN_MS, result.delayMs) };
    }
    const delivery = result.value;
    if (delivery?.outcome === "ok")
        return { outcome: "ok", state: delivery.state };
    if (delivery?.outcome === "bad_records")
        return delivery;
    const delayMs = result.outcome === "success" ? PAUSE_MIN_MS : Math.max(PAUSE_MIN_MS, result.delayMs);
    if (delivery)
        return { outcome: delivery.outcome, failure: delivery.failure, delayMs, running };
    const cause = result.outcome === "success" ? undefined : result.cause;
    const failure = cause instanceof Failure
        ? cause
        : new Failure("net.timeout", "The destination did not answer in time; whether it took the batch is not known, and the same id tells it", { cause });
    return { outcome: "transient", failure, delayMs, running };
}
