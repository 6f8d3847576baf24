import { Failure } from "../model/failure.js";
import { Endings } from "./endings.js";
import { attemptTimeout, Run } from "./job.js";
import { Line } from "./line.js";
import { Parts, SUCCESS } from "./parts.js";
import { Retries } from "./retries.js";
import { tellAttempt } from "./telling.js";
import { Alarm } from "./timetable.js";
/**
 * Moves jobs: into a place, through gate and breaker, out to the upstream, into their sleep, and to their result. Every
 * decision is made and reserved in one synchronous step. Order of one job (section (e)): [retry: bulkhead -> gate and
 * pace -> breaker -> attempt with time-out] -> fallback.
 */
export class Engine {
    parts;
    line;
    endings;
    #retries;
    /** Told to stop once the state is consistent: the listeners of their signals may call the upstream. */
    #toAbort = null;
    #runsStarted = 0;
    lastTransition;
    /** Told of every transition, for saving. */
    onChanged;
    constructor(name, settings, clock, chance) {
        this.parts = new Parts(name, settings, clock, chance, this);
        this.line = new Line(this.parts, this);
        this.endings = new Endings(this.parts, this);
        this.#retries = new Retries(this.parts, this.line, this.endings);
    }
    start(job, now) {
        this.endings.begin(job);
        if (this.endings.isDisposed)
            this.finish(job, "disposed", now);
        else if (job.plan.firstAttempt > 1 && !this.#retries.takeToken(job, now))
            this.finish(job, "budget", now);
        else
            this.line.enter(job, now);
        this.flush();
    }
    /** The state is consistent: everybody outside is told what happened, in order. */
    flush() {
        if (this.#toAbort !== null) {
            const toAbort = this.#toAbort;
            this.#toAbort = null;
            for (const { run, reason } of toAbort)
                run.abort(reason);
        }
        this.parts.emitter?.flush();
    }
    finish(job, reason, now) {
        this.endings.finish(job, reason, now);
    }
    /** The breaker decides, and the attempt is sent, in one step. */
    dispatch(job, now) {
        const { breaker, settings } = this.parts;
        if (job.deadlineMs - now < settings.attemptMinMs) {
            this.finish(job, "deadline", now);
            return;
        }
        const permit = breaker.admit(now, job.plan.attemptMs);
        if (permit === 0) {
            this.finish(job, "open", now);
            return;
        }
        const isProbe = breaker.state === "half_open";
        job.phase = "running";
        job.permit = permit;
        job.tokensHeld = 0;
        job.bytes = 0;
        job.attempts += 1;
        const run = this.#newRun(job, isProbe, false, now);
        job.run = run;
        if (settings.hedge && job.plan.isHedgeable && !isProbe)
            this.#planHedge(job, now);
        this.#launch(run);
    }
    #newRun(job, isProbe, isHedge, now) {
        const { pace, bulkhead, timetable, counters, emitter, clock } = this.parts;
        pace?.take(now, clock);
        bulkhead.inFlight += 1;
        counters.attempts += 1;
        this.#runsStarted += 1;
        const run = new Run(job, isProbe, this.#runsStarted, now);
        if (run.isCut)
            timetable.addAt(run, run.deadline);
        else
            timetable.addAfter(run, job.plan.attemptMs, now);
        if (emitter !== null) {
            const { key } = job;
            emitter.push({ type: "attempt_start", key, attempt: run.attempt, probe: isProbe, hedge: isHedge });
        }
        return run;
    }
    #launch(run) {
        try {
            const answer = run.job.work(run);
            if (isThenable(answer)) {
                answer.then((value) => this.#onSettled(run, true, value), (thrown) => this.#onSettled(run, false, thrown));
            }
            else
                this.#onSettled(run, true, answer);
        }
        catch (thrown) {
            this.#onSettled(run, false, thrown);
        }
    }
    #onSettled(run, isOk, value) {
        // A thenable that is no promise may settle twice.
        if (run.state === "settled")
            return;
        const now = this.parts.clock.monotonic();
        const { job, state } = run;
        run.state = "settled";
        if (state !== "running")
            this.#onLateEnd(run, state, isOk, value, now);
        else {
            this.parts.timetable.remove(run);
            this.parts.bulkhead.inFlight -= 1;
            if (!isOk) {
                const cause = value ?? threwNothing(this.parts.name, value);
                this.#conclude(run, this.parts.classify(job, value), cause, undefined, now);
            }
            else if (job.plan.judge === undefined)
                this.#conclude(run, SUCCESS, undefined, value, now);
            else {
                const { verdict, cause } = this.parts.judge(job, value);
                this.#conclude(run, verdict, cause, value, now);
            }
        }
        this.line.pump(now);
        this.flush();
    }
    /** A zombie has ended: its place is free, and a success is still the newest answer, if nothing newer was asked. */
    #onLateEnd(run, before, isOk, value, now) {
        const { bulkhead, emitter } = this.parts;
        if (before !== "abandoned")
            bulkhead.removeZombie(run);
        emitter?.push({ type: "zombie", key: run.job.key, state: "settled", zombies: bulkhead.zombies });
        if (isOk && this.parts.judge(run.job, value).verdict.outcome === "success") {
            this.endings.remember(run, value, now);
        }
    }
    /** The attempt is over, or its time is: account for it, then answer or go on. */
    #conclude(run, verdict, cause, value, now) {
        const { breaker, tokens, counters } = this.parts;
        const { job } = run;
        const { outcome } = verdict;
        counters.countOutcome(outcome);
        if (run.bytes > 0)
            tokens.measure(run.bytes);
        this.#reportEnd(run, verdict, now);
        // A classifier or judge is the caller's code: it may have given the job up, or disposed of everything.
        if (job.phase === "done")
            return;
        if (outcome === "success") {
            this.parts.measure(now - run.startedMs);
            this.#endRound(job, run, now);
            breaker.settle(job.permit, outcome, now, 0);
            tokens.earn();
            this.endings.succeed(job, run, value, now);
            return;
        }
        this.parts.noteFailure(verdict, cause);
        const askedMs = this.#retries.raiseGate(verdict.retryAfterMs, now);
        job.cause = cause ?? notValid(this.parts.name, verdict);
        if (this.#isHandedOver(job, run))
            return;
        this.#endRound(job, run, now);
        breaker.settle(job.permit, outcome, now, askedMs);
        if (job.plan.kind === "attempt") {
            this.endings.leave(job);
            tellAttempt(this.parts, run, outcome, cause, value, askedMs, now);
        }
        else if (outcome === "transient")
            this.#retries.decide(job, run, askedMs, now);
        else
            this.finish(job, run.isCut && run.state === "overdue" ? "deadline" : "failed", now);
    }
    #reportEnd(run, verdict, now) {
        const { outcome, status, note } = verdict;
        this.parts.emitter?.push({
            type: "attempt_end",
            key: run.job.key,
            attempt: run.attempt,
            outcome,
            ms: now - run.startedMs,
            status,
            bytes: run.bytes > 0 ? run.bytes : undefined,
            note,
        });
    }
    /** While the other one of a hedged pair still runs, it decides alone; true when it does. */
    #isHandedOver(job, run) {
        const other = run === job.run ? job.hedge : job.run;
        if (other === null)
            return false;
        job.run = other;
        job.hedge = null;
        return true;
    }
    /** The round of attempts is over; the loser of a hedged pair is told to stop (rule 20). */
    #endRound(job, run, now) {
        const other = run === job.run ? job.hedge : job.run;
        if (job.hedgeAlarm !== null)
            this.parts.timetable.remove(job.hedgeAlarm);
        job.run = null;
        job.hedge = null;
        job.hedgeAlarm = null;
        if (other === null || other.state !== "running")
            return;
        const reason = new Failure("closed", `another attempt at ${this.parts.name} was faster`);
        this.#letGo(other, "dropped", reason, now);
    }
    /** It keeps its place until it settles; nobody waits for its result any more (rule 17). */
    #letGo(run, state, reason, now) {
        const { bulkhead, timetable, emitter } = this.parts;
        run.state = state;
        timetable.remove(run);
        bulkhead.addZombie(run, now);
        emitter?.push({ type: "zombie", key: run.job.key, state: "running", zombies: bulkhead.zombies });
        this.#toAbort ??= [];
        this.#toAbort.push({ run, reason });
    }
    #planHedge(job, now) {
        const { latency, settings, timetable } = this.parts;
        if (latency === null || latency.count < settings.hedgeMinimum)
            return;
        const afterMs = latency.percentile(settings.hedgePercentile);
        if (afterMs >= job.plan.attemptMs)
            return;
        job.hedgeAlarm = new Alarm((due) => this.#onHedgeDue(job, afterMs, due));
        timetable.addAt(job.hedgeAlarm, now + afterMs);
    }
    /** One hedge, if it costs nobody else anything: a free place, an open way, a token, and a breaker that is closed. */
    #onHedgeDue(job, afterMs, now) {
        const { breaker, bulkhead, counters, emitter, tokens } = this.parts;
        job.hedgeAlarm = null;
        const isFull = bulkhead.inFlight >= bulkhead.limitAt(now);
        if (isFull || breaker.state !== "closed" || this.parts.holdUntil(now) > now)
            return;
        tokens.accrue(now, true);
        if (!tokens.take(1))
            return;
        counters.hedges += 1;
        job.hedges += 1;
        emitter?.push({ type: "hedge", key: job.key, afterMs });
        const hedge = this.#newRun(job, false, true, now);
        job.hedge = hedge;
        this.#launch(hedge);
        this.flush();
    }
    onJobDue(job, now) {
        if (job.phase === "sleeping") {
            this.endings.sleeping -= 1;
            job.phase = "new";
            this.line.enter(job, now);
        }
        else {
            this.line.leave(job);
            this.finish(job, "deadline", now);
        }
        this.flush();
    }
    /** An attempt is not over in time (rules 16 and 17). */
    onRunDue(run, now) {
        const { job } = run;
        const hadTime = job.attempts === 1 || now - run.startedMs >= job.plan.attemptMs / 2;
        const outcome = run.isCut && !hadTime ? "neutral" : "transient";
        const cause = attemptTimeout(this.parts.name, run);
        this.#letGo(run, "overdue", cause, now);
        this.#conclude(run, { outcome, note: "timeout" }, cause, undefined, now);
        this.line.pump(now);
        this.flush();
    }
    /** Rule 18: the caller is told in the same turn, and the work ends with its last caller (rule 21). */
    onWaiterAborted(waiter, reason) {
        const { job } = waiter;
        waiter.reject(reason);
        if (!job.part(waiter))
            return;
        const now = this.parts.clock.monotonic();
        this.#drop(job, reason, now);
        this.line.pump(now);
        this.flush();
    }
    onBytes(run, bytes) {
        if (!Number.isFinite(bytes) || bytes <= 0)
            return;
        run.bytes += bytes;
        run.job.bytes += bytes;
        this.parts.addBytes(bytes);
    }
    onTransition(from, to, reason, openForMs, note) {
        const { clock, tokens, counters, bulkhead, emitter, breaker } = this.parts;
        const now = clock.monotonic();
        tokens.accrue(now, from === "closed");
        this.lastTransition = { reason, at: clock.now() };
        emitter?.push({ type: "transition", from, to, reason, epoch: breaker.epoch, openForMs, note });
        if (to === "open") {
            counters.opened += 1;
            this.#retries.endAllSleep(now);
        }
        else if (from === "half_open")
            bulkhead.startRamp(now);
        this.onChanged?.();
    }
    onProbe(epoch, out) {
        this.parts.emitter?.push({ type: "probe", epoch, out });
    }
    onLateResult(permit, current, outcome) {
        this.parts.counters.lateResults += 1;
        this.parts.emitter?.push({ type: "late_result", epoch: permit, current, outcome });
    }
    /** Everything that waits or runs is told `disposed`; nothing is left that could wake. */
    dispose() {
        this.endings.isDisposed = true;
        const now = this.parts.clock.monotonic();
        const reason = new Failure("closed", `${this.parts.name} was disposed`);
        for (const job of this.parts.jobs()) {
            this.#drop(job, reason, now);
            this.endings.dispose(job, now);
        }
        this.parts.timetable.close();
        this.flush();
    }
    /** Nobody waits for it any more. */
    #drop(job, reason, now) {
        const { timetable, emitter, breaker } = this.parts;
        if (job.phase === "queued")
            this.line.leave(job);
        else if (job.phase === "sleeping") {
            timetable.remove(job.wait);
            emitter?.push({ type: "retry_denied", key: job.key, attempt: job.attempts + 1, reason: "abort" });
        }
        else if (job.phase === "running") {
            const { run, hedge, hedgeAlarm } = job;
            if (hedgeAlarm !== null)
                timetable.remove(hedgeAlarm);
            if (run !== null && run.state === "running")
                this.#letGo(run, "dropped", reason, now);
            if (hedge !== null && hedge.state === "running")
                this.#letGo(hedge, "dropped", reason, now);
            breaker.settle(job.permit, "neutral", now, 0);
        }
        this.endings.leave(job);
    }
}
/** What a job failed with when its work threw, and gave nothing to throw on. */
function threwNothing(upstream, value) {
    return new Failure("bug", `an attempt at ${upstream} threw ${value}; throw an Error that says what failed`);
}
/** What a job failed with when its judge condemned the answer without throwing. */
function notValid(upstream, { note }) {
    return new Failure("upstream.not_valid", `the answer of ${upstream} is not valid: ${note ?? "its judge says so"}`);
}
function isThenable(value) {
    return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
