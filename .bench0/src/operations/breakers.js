const COUNTED = Object.freeze({
    attempts: "attempts",
    successes: "successes",
    transients: "failures",
    failures: "failures",
    trips: "failures",
    retries: "retries",
    refusedOpen: "refusals",
    refusedGate: "refusals",
    refusedBulkhead: "refusals",
    refusedBudget: "refusals",
    refusedDeadline: "refusals",
    opened: "opened",
});
export function breakerStatus(breaker) {
    const source = breaker.status();
    const counters = { attempts: 0, successes: 0, failures: 0, retries: 0, refusals: 0, opened: 0 };
    for (const [name, sum] of Object.entries(COUNTED)) {
        counters[sum] += source.counters[name];
    }
    return {
        name: source.name,
        state: source.state === "half_open" ? "half-open" : source.state,
        forced: source.forced,
        streak: source.streak,
        openCount: source.openCount,
        nextAttemptAt: source.nextAttemptAt,
        blockedBy: source.blockedBy,
        retryTokens: source.retryTokens,
        gateHeldMs: source.gateHeldMs,
        inFlight: source.inFlight,
        queued: source.queued,
        day: source.day,
        lastTransition: source.lastTransition,
        counters,
    };
}
