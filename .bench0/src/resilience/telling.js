import { delayD, holdFor } from "./backoff.js";
import { Refusal } from "./result.js";
/** Tells every caller of a job that its attempt succeeded. Callers that share it each get a value of their own. */
export function tellSuccess(parts, job, value) {
    const { kind } = job.plan;
    const { waiter, others } = job;
    if (waiter === null)
        return;
    // Only flights have others, and only jobs share flights.
    if (kind === "execute") {
        job.waiter = null;
        waiter.leave();
        waiter.resolve(value);
        return;
    }
    const fetchedAt = parts.clock.now();
    const attempts = job.attempts + job.hedges;
    if (others === null && kind === "sync") {
        job.waiter = null;
        waiter.leave();
        waiter.resolve({ state: "fresh", value, fetchedAt, attempts });
        return;
    }
    job.leaveAll((each, isFirst) => {
        const own = isFirst ? value : isolated(parts, value);
        if (kind === "sync")
            each.resolve({ state: "fresh", value: own, fetchedAt, attempts });
        else
            each.resolve({ outcome: "success", value: own });
    });
}
function isolated(parts, value) {
    try {
        return parts.cache.isolated(value);
    }
    catch {
        // What cannot be copied is shared. The cache has counted and told it already, where there is one.
        parts.counters.cacheFailures += parts.settings.fallback ? 0 : 1;
        return value;
    }
}
/** A single attempt failed: how long its harness should wait is part of the answer. */
export function tellAttempt(parts, run, outcome, cause, value, askedMs, now) {
    const { job } = run;
    const { baseMs, capMs } = parts.settings;
    const draw = parts.chance.next();
    const jitterMs = delayD(run.attempt, baseMs, capMs, draw);
    const holdMs = askedMs === 0 ? 0 : holdFor(askedMs, baseMs, draw);
    const at = Math.max(now + jitterMs, now + holdMs, parts.breaker.nextAdmitAt(now), parts.holdUntil(now));
    const nextAttemptAt = parts.toWall(at, now);
    job.leaveAll((waiter) => waiter.resolve({ outcome, cause, value, delayMs: at - now, nextAttemptAt }));
}
/** Tells every caller that there is no fresh answer, and why; `entry` is what may stand in. */
export function tellFailure(parts, job, reason, entry, now) {
    const { kind } = job.plan;
    if (job.waiter === null)
        return;
    const nextAttemptAt = parts.nextAttemptAt(now);
    if (kind === "execute") {
        const error = job.cause ?? new Refusal(parts.name, reason, nextAttemptAt);
        job.leaveAll((waiter) => waiter.reject(error));
        return;
    }
    if (kind === "attempt") {
        const at = Math.max(parts.breaker.nextAdmitAt(now), parts.holdUntil(now), tokensAt(parts, job, reason, now));
        const delayMs = at - now;
        const refused = { outcome: "refused", reason, delayMs, nextAttemptAt: parts.toWall(at, now) };
        job.leaveAll((waiter) => waiter.resolve(refused));
        return;
    }
    if (entry === undefined)
        tellUnavailable(parts, job, reason, nextAttemptAt);
    else
        tellStale(parts, job, reason, nextAttemptAt, entry, now);
}
function tokensAt(parts, job, reason, now) {
    const { baseMs } = parts.settings;
    if (reason === "budget" && job.plan.firstAttempt > 1)
        return now + Math.max(baseMs, parts.tokens.waitMs());
    return reason === "bulkhead" || reason === "deadline" ? now + baseMs : now;
}
function tellUnavailable(parts, job, reason, nextAttemptAt) {
    const { cause } = job;
    const attempts = job.attempts + job.hedges;
    parts.emitter?.push({ type: "fallback", key: job.key, reason, ageMs: undefined, hit: false });
    job.leaveAll((waiter) => waiter.resolve({ state: "unavailable", reason, cause, nextAttemptAt, attempts }));
}
function tellStale(parts, job, reason, nextAttemptAt, entry, now) {
    const ageMs = Math.max(0, now - entry.fetchedMs);
    const { cause } = job;
    const { fetchedAt } = entry;
    const attempts = job.attempts + job.hedges;
    parts.emitter?.push({ type: "fallback", key: job.key, reason, ageMs, hit: true });
    job.leaveAll((waiter) => {
        parts.counters.staleServed += 1;
        const value = parts.cache.isolated(entry.value);
        waiter.resolve({ state: "stale", value, ageMs, fetchedAt, reason, cause, nextAttemptAt, attempts });
    });
}
