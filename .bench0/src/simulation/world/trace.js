/** What is checked, in words: docs/simulation.md. */
export const INVARIANTS = {
    settled: "What was settled is durable after any crash",
    ledger: "The ledger balances at every step, gaps included",
    once: "Nothing takes effect twice at an idempotent receiver",
    order: "Order holds per vehicle and sink, and what is late says so",
    honest: "No rider sees an age beyond its tier, nor an old position stamped new",
    present: "The published feed neither empties nor freezes through one failed poll",
    header: "Header time never goes back, through restarts too",
    budget: "Upstream requests and bytes stay in the budget, and retries in theirs",
    outage: "During an outage upstream is asked no more than on a normal day",
    breaker: "Who fails time and again is left alone, then asked once, and asked as ever only when that went well",
    resume: "Reading goes on behind what is durable, after a crash too",
    loss: "No more is lost than upstream purged before it could be read",
    gap: "The counted gap is exactly what was lost",
    bounded: "Queues and memory stay bounded",
    progress: "After the faults stop, every cursor reaches the end",
    alive: "No process ends by itself but for a store that it may not use any more, and nothing is rejected unseen",
};
const LAST_LINES = 40;
/** The story of a world: the last lines always, all of them where somebody listens. */
export class Trace {
    violations = [];
    #sinceStart;
    #listener;
    #last = [];
    constructor(sinceStart, listener) {
        this.#sinceStart = sinceStart;
        this.#listener = listener;
    }
    tell(who, what) {
        const line = { atMs: this.#sinceStart(), who, what };
        this.#last.push(line);
        if (this.#last.length > LAST_LINES)
            this.#last.shift();
        this.#listener?.(line);
    }
    /** Only the first violation of an invariant is kept: what follows from it would bury it. */
    violate(invariant, message) {
        if (this.violations.some((one) => one.invariant === invariant))
            return;
        this.violations.push({ invariant, atMs: this.#sinceStart(), message });
        this.tell("VIOLATED", `${invariant}: ${message}`);
    }
    get last() {
        return this.#last;
    }
}
