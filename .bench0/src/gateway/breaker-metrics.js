const STATES = ["closed", "open", "half-open"];
const FORCED_STATES = ["open", "closed"];
const UPSTREAM = ["upstream"];
/** Breaker, budgets and gate of whoever is called. The one label that names it is that of the command line. */
export function breakerMetrics(gauge, counter) {
    const state = gauge("upstream_breaker_state", "1 for the state that the breaker is in.", [
        ...UPSTREAM,
        "state",
    ]);
    const forced = gauge("upstream_breaker_forced", "1 while a person holds the breaker in this state.", [
        ...UPSTREAM,
        "state",
    ]);
    const values = {
        tokens: gauge("upstream_retry_tokens", "Retries that the budget still pays for.", UPSTREAM),
        gate: gauge("upstream_gate_held_seconds", "How long Retry-After still holds every call.", UPSTREAM),
        inFlight: gauge("upstream_in_flight", "Attempts that hold a place.", UPSTREAM),
        queued: gauge("upstream_queued", "Calls that wait for a place.", UPSTREAM),
    };
    const dayUsed = gauge("upstream_day_requests", "Requests of the present day, where they are limited.", UPSTREAM);
    const dayMax = gauge("upstream_day_requests_max", "Requests that a day may have.", UPSTREAM);
    const counters = {
        attempts: counter("upstream_attempts", "Attempts that were sent.", UPSTREAM),
        successes: counter("upstream_successes", "Attempts that were answered well.", UPSTREAM),
        failures: counter("upstream_failures", "Attempts that speak against the upstream.", UPSTREAM),
        retries: counter("upstream_retries", "Retries that were scheduled.", UPSTREAM),
        refusals: counter("upstream_refusals", "Calls that breaker, gate, places or budgets kept back.", UPSTREAM),
        opened: counter("upstream_breaker_opened", "How often the breaker opened.", UPSTREAM),
    };
    return (status) => {
        const all = [state, forced, dayUsed, dayMax, ...Object.values(values), ...Object.values(counters)];
        for (const metric of all)
            metric.reset();
        for (const breaker of breakersOf(status)) {
            const at = { upstream: breaker.name };
            for (const each of STATES)
                state.set({ ...at, state: each }, breaker.state === each ? 1 : 0);
            for (const each of FORCED_STATES)
                forced.set({ ...at, state: each }, breaker.forced?.state === each ? 1 : 0);
            values.tokens.set(at, breaker.retryTokens);
            values.gate.set(at, breaker.gateHeldMs / 1000);
            values.inFlight.set(at, breaker.inFlight);
            values.queued.set(at, breaker.queued);
            if (breaker.day) {
                dayUsed.set(at, breaker.day.used);
                dayMax.set(at, breaker.day.count);
            }
            for (const [name, metric] of Object.entries(counters))
                metric.inc(at, breaker.counters[name]);
        }
    };
}
function breakersOf({ feeds, sinks }) {
    return [...feeds.flatMap(({ upstreams }) => upstreams), ...sinks].flatMap(({ guard }) => guard ?? []);
}
