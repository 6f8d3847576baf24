import { delayD, holdFor } from "./backoff.js";
/** The reason that a job states when its retry is denied. */
const REASON_OF_DENIAL = {
    cap: "failed",
    budget: "budget",
    deadline: "deadline",
    open: "open",
    probe: "open",
    "retry-after": "gate",
    abort: "failed",
};
/** Whether a failed attempt is followed by another one, and when (rules 12 to 16). */
export class Retries {
    #parts;
    #line;
    #endings;
    constructor(parts, line, endings) {
        this.#parts = parts;
        this.#line = line;
        this.#endings = endings;
    }
    /** Rule 14: nobody of this upstream sends before it. Answers what was asked, bounded; 0 when nothing was. */
    raiseGate(asked, now) {
        if (asked === undefined || !(asked > 0))
            return 0;
        const askedMs = Math.min(asked, this.#parts.settings.holdMaxMs);
        if (now + askedMs > this.#parts.gateUntil) {
            this.#parts.gateUntil = now + askedMs;
            this.#parts.emitter?.push({ type: "gate", holdMs: askedMs, reason: "retry-after" });
            this.#line.refuseThoseWhoCannotWait(now);
        }
        return askedMs;
    }
    /** A transient failure was settled with the breaker: sleep, or end. `askedMs` is what Retry-After asked for. */
    decide(job, run, askedMs, now) {
        const { settings, breaker, chance } = this.#parts;
        if (run.probe)
            this.deny(job, "probe", now);
        else if (job.attempts > job.plan.maxRetries)
            this.deny(job, "cap", now);
        else if (breaker.refuses(now))
            this.deny(job, "open", now);
        else if (askedMs > settings.retryAfterMaxMs)
            this.deny(job, "retry-after", now);
        else {
            const draw = chance.next();
            const jitterMs = delayD(job.attempts, settings.baseMs, settings.capMs, draw);
            const holdMs = askedMs === 0 ? 0 : holdFor(askedMs, settings.baseMs, draw);
            const delayMs = Math.max(jitterMs, holdMs);
            const isAsked = holdMs > jitterMs;
            if (now + delayMs + settings.attemptMinMs > job.deadlineMs) {
                this.deny(job, isAsked ? "retry-after" : "deadline", now);
            }
            else if (!this.takeToken(job, now))
                this.deny(job, "budget", now);
            else
                this.#sleep(job, delayMs, isAsked ? "retry-after" : "jitter", now);
        }
    }
    deny(job, reason, now) {
        this.#parts.emitter?.push({ type: "retry_denied", key: job.key, attempt: job.attempts + 1, reason });
        this.#endings.finish(job, REASON_OF_DENIAL[reason], now);
    }
    /** Taken when the retry is scheduled; it goes back when the attempt is never sent (rule 15). */
    takeToken(job, now) {
        const { tokens, breaker } = this.#parts;
        tokens.accrue(now, breaker.state === "closed");
        const cost = tokens.costOf(job.bytes);
        if (!tokens.take(cost))
            return false;
        job.tokensHeld = cost;
        return true;
    }
    /** A trip ends the sleep of everybody (rule 12). */
    endAllSleep(now) {
        for (const job of this.#parts.jobs()) {
            if (job.phase !== "sleeping")
                continue;
            this.#parts.timetable.remove(job.wait);
            this.deny(job, "open", now);
        }
    }
    #sleep(job, delayMs, source, now) {
        const { timetable, counters, emitter, tokens } = this.#parts;
        job.phase = "sleeping";
        this.#endings.sleeping += 1;
        counters.retries += 1;
        timetable.addAt(job.wait, now + delayMs);
        if (emitter === null)
            return;
        const attempt = job.attempts + 1;
        const { key } = job;
        emitter.push({ type: "retry_scheduled", key, attempt, delayMs, source, budgetLeft: tokens.left });
    }
}
