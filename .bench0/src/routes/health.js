import { Failure, messageOf } from "../model/failure.js";
import { zeroCounters, } from "./route.js";
/** Behind by less than this, and by the reorder window, is the ordinary wait for a fuller batch. */
const LAG_ORDINARY_MS = 10_000;
/** How a subscription fares: its counters, its troubles by partition, and the events when these change its state. */
export class Health {
    counters = zeroCounters();
    #sink;
    #clock;
    #listener;
    #lagOrdinaryMs;
    #troubles = new Map();
    #since;
    #state = "healthy";
    lastDeliveryTime;
    /** `heldMs`: how long records wait for older ones before they are delivered. Default 0. */
    constructor(sink, clock, listener, heldMs = 0) {
        this.#lagOrdinaryMs = LAG_ORDINARY_MS + heldMs;
        this.#sink = sink;
        this.#clock = clock;
        this.#listener = listener;
        this.#since = clock.now();
    }
    /** The worst of what the partitions report. */
    get trouble() {
        let worst;
        for (const trouble of this.#troubles.values()) {
            if (worst === undefined || RANK[trouble.state] > RANK[worst.state])
                worst = trouble;
        }
        return worst;
    }
    /** Undefined: the partition works again. */
    report(partition, trouble) {
        if (trouble === undefined)
            this.#troubles.delete(partition);
        else
            this.#troubles.set(partition, trouble);
        const worst = this.trouble;
        const state = worst?.state ?? "healthy";
        if (state === this.#state)
            return;
        const wasSince = this.#since;
        this.#state = state;
        this.#since = this.#clock.now();
        if (worst === undefined) {
            const afterMs = this.#since - wasSince;
            this.emit("sink_resumed", "info", `Sink ${this.#sink} delivers again`, { afterMs });
            return;
        }
        const type = { retrying: "sink_retrying", held: "sink_held", failed: "sink_failed" }[worst.state];
        const level = worst.state === "retrying" ? "warn" : "error";
        this.emit(type, level, `Sink ${this.#sink}: ${worst.reason}`, { code: worst.code });
    }
    /** The breaker is open since before this process; `cause` is what was remembered of why. */
    leftAlone(partition, waitMs, cause) {
        if (this.trouble)
            return;
        const reason = "The destination failed lately and is left alone for a while";
        this.report(partition, {
            state: "retrying",
            code: cause?.code ?? "upstream.error",
            reason: cause === undefined ? reason : `${reason}: ${cause.message}`,
            nextAttemptTime: Number.isFinite(waitMs) ? this.#clock.now() + waitMs : undefined,
        });
    }
    /** The destination answered well: whatever held any partition up, the others may find it healed. */
    delivered(partition) {
        this.lastDeliveryTime = this.#clock.now();
        this.report(partition, undefined);
    }
    /** Records that wait came while nothing routed them here. */
    openedLate(count) {
        if (count === 0)
            return;
        const text = `${count} records that wait came while they were not routed to sink ${this.#sink}; they are now`;
        this.emit("accounts_opened", "info", text, { count });
    }
    emit(type, level, message, details = {}) {
        try {
            this.#listener?.({ type, sink: this.#sink, time: this.#clock.now(), level, message, details });
        }
        catch {
            // A listener's mistake must not stop deliveries; it is counted where the status shows it.
            this.counters.listenerErrors++;
        }
    }
    status(type, partitions, cursorless, facts) {
        const lagEntries = partitions.reduce((sum, { lagEntries: lag }) => sum + lag, 0);
        const ages = partitions.flatMap(({ lagAgeMs }) => (lagAgeMs === undefined ? [] : [lagAgeMs]));
        const lagAgeMs = ages.length === 0 ? undefined : Math.max(...ages);
        const worst = this.trouble;
        const isBehind = lagAgeMs !== undefined && lagAgeMs > this.#lagOrdinaryMs;
        return {
            name: this.#sink,
            type,
            state: this.#stateOf(worst, isBehind),
            delivery: this.#state,
            sentence: this.#sentence(worst, lagEntries, isBehind),
            since: this.#since,
            nextAttemptTime: worst?.nextAttemptTime,
            lagEntries,
            lagAgeMs,
            delivered: this.counters.delivered,
            deadLetters: this.counters.deadLettered,
            cursorless,
            partitions,
            lastDeliveryTime: this.lastDeliveryTime,
            counters: { ...this.counters },
            facts,
        };
    }
    #stateOf(worst, isBehind) {
        if (worst)
            return worst.state === "retrying" ? "lagging" : "held";
        if (isBehind)
            return "lagging";
        return this.lastDeliveryTime === undefined ? "waiting" : "running";
    }
    #sentence(worst, lagEntries, isBehind) {
        if (worst) {
            const next = worst.state === "failed"
                ? "Restart the hub once the store is in order."
                : "Nothing is lost; it is tried again by itself.";
            return `${worst.reason.replace(/(?<![.?!])$/, ".")} ${next}`;
        }
        if (isBehind)
            return `It is ${lagEntries} records behind and catching up.`;
        return this.lastDeliveryTime === undefined ? "It has delivered nothing yet." : "It keeps up.";
    }
}
const RANK = { retrying: 1, held: 2, failed: 3 };
/** Trouble as the status shows it. */
export function troubleOf(state, thrown, nextAttemptTime) {
    const code = thrown instanceof Failure ? thrown.code : "bug";
    return { state, code, reason: messageOf(thrown), nextAttemptTime };
}
