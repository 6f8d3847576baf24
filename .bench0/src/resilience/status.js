/** What a person sees of an upstream. Looking changes nothing but what is due anyway. */
export function describeStatus(engine, persistFailures) {
    const { parts, endings } = engine;
    const { name, breaker, bulkhead, clock, counters, latency, pace, settings, tokens } = parts;
    const now = clock.monotonic();
    // Looked at first: what is due becomes visible to everything below.
    const isRefused = breaker.refuses(now);
    tokens.accrue(now, breaker.state === "closed");
    return {
        name,
        state: breaker.state,
        forced: breaker.forced === null
            ? undefined
            : {
                state: breaker.forced,
                reason: breaker.forcedReason,
                until: parts.toWall(breaker.forcedUntil, now),
            },
        epoch: breaker.epoch,
        streak: breaker.streak,
        openCount: breaker.openCountAt(now),
        lastTransition: engine.lastTransition,
        lastFailure: parts.lastFailure,
        nextAttemptAt: endings.isDisposed ? undefined : parts.nextAttemptAt(now),
        blockedBy: blockedBy(engine, isRefused, now),
        probesOut: breaker.probesOut,
        retryTokens: tokens.left,
        gateHeldMs: Math.max(0, parts.gateUntil - now),
        inFlight: bulkhead.inFlight,
        queued: bulkhead.queued,
        sleeping: endings.sleeping,
        zombies: bulkhead.zombies,
        limit: bulkhead.limitAt(now),
        day: settings.dayCount > 0 ? { used: pace?.dayUsed ?? 0, count: settings.dayCount } : undefined,
        latencyMs: latency === null ? undefined : { p50: latency.percentile(50), p95: latency.percentile(95) },
        counters: { ...counters, listenerErrors: parts.emitter?.errors ?? 0, persistFailures },
        disposed: endings.isDisposed,
    };
}
function blockedBy({ parts, endings }, isRefused, now) {
    if (endings.isDisposed)
        return "disposed";
    if (isRefused)
        return "open";
    if (parts.holdUntil(now) > now)
        return parts.holdReason;
    return parts.bulkhead.inFlight >= parts.bulkhead.limitAt(now) ? "bulkhead" : undefined;
}
