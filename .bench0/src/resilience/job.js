import { Failure } from "../model/failure.js";
import { subscribe } from "./abort-groups.js";
/** Makes promises without a closure for each: one executor leaves the functions of the last one here. */
export class Promises {
    resolve = nobody;
    reject = nobody;
    #executor = (resolve, reject) => {
        this.resolve = resolve;
        this.reject = reject;
    };
    /** `resolve` and `reject` belong to it until they are forgotten. */
    make() {
        return new Promise(this.#executor);
    }
    /** What was promised must not be kept alive from here. */
    forget() {
        this.resolve = nobody;
        this.reject = nobody;
    }
}
function nobody() { }
/** One caller of a job, and what it is promised. */
export class Waiter {
    job;
    result;
    resolve;
    reject;
    #subscription;
    constructor(job, signal, promises) {
        this.job = job;
        this.result = promises.make();
        this.resolve = promises.resolve;
        this.reject = promises.reject;
        promises.forget();
        this.#subscription = signal === undefined ? null : subscribe(signal, this);
        job.join(this);
    }
    onAbort(reason) {
        this.job.owner.onWaiterAborted(this, reason);
    }
    leave() {
        this.#subscription?.end();
    }
}
/** A job in line or asleep: its places in the timetable and in the queue. */
export class Wait {
    job;
    dueMs = 0;
    heapIndex = -1;
    lane = null;
    previous = null;
    next = null;
    /** Neighbours in the queue for a place. */
    before = null;
    after = null;
    constructor(job) {
        this.job = job;
    }
    onDue(now) {
        this.job.owner.onJobDue(this.job, now);
    }
}
/** One piece of work from its first caller to its result: the same record queues, sleeps and runs. */
export class Job {
    owner;
    plan;
    key;
    work;
    deadlineMs;
    phase = "new";
    /** Attempts sent, hedges left out. */
    attempts = 0;
    hedges = 0;
    /** The breaker's permit of the attempt that is out; a hedge shares it (rule 20). */
    permit = 0;
    /** What the last attempt threw. */
    cause;
    /** Retry tokens taken for an attempt that is not sent yet. */
    tokensHeld = 0;
    bytes = 0;
    /** Made when it has to wait for the first time: most jobs never do. */
    #wait = null;
    run = null;
    hedge = null;
    hedgeAlarm = null;
    /** Nearly always one; the others share a flight. */
    waiter = null;
    others = null;
    /** Neighbours among all jobs that are not done. */
    older = null;
    newer = null;
    constructor(owner, plan, key, work, now) {
        this.owner = owner;
        this.plan = plan;
        this.key = key;
        this.work = work;
        this.deadlineMs = now + plan.jobMs;
    }
    get wait() {
        this.#wait ??= new Wait(this);
        return this.#wait;
    }
    join(waiter) {
        if (this.waiter === null)
            this.waiter = waiter;
        else {
            this.others ??= [];
            this.others.push(waiter);
        }
    }
    /** Hands every caller to `tell` and lets it go. */
    leaveAll(tell) {
        const { waiter, others } = this;
        this.waiter = null;
        this.others = null;
        if (waiter === null)
            return;
        waiter.leave();
        tell(waiter, true);
        if (others === null)
            return;
        for (const other of others) {
            other.leave();
            tell(other, false);
        }
    }
    /** Takes a caller off; true when nobody is left. */
    part(waiter) {
        if (this.waiter === waiter)
            this.waiter = this.others?.shift() ?? null;
        else
            this.others = this.others?.filter((other) => other !== waiter) ?? null;
        return this.waiter === null;
    }
}
/** One attempt: what the job's function is given, and its place in the timetable. */
export class Run {
    job;
    attempt;
    probe;
    startedMs;
    /** Number in order of start, over all jobs of the upstream. */
    started;
    state = "running";
    bytes = 0;
    #controller = null;
    #abortReason;
    dueMs = 0;
    heapIndex = -1;
    lane = null;
    previous = null;
    next = null;
    constructor(job, isProbe, started, now) {
        this.job = job;
        this.attempt = job.plan.firstAttempt + job.attempts - 1;
        this.probe = isProbe;
        this.startedMs = now;
        this.started = started;
    }
    get deadline() {
        return Math.min(this.startedMs + this.job.plan.attemptMs, this.job.deadlineMs);
    }
    /** The job's deadline left it less than the attempt's own time-out. */
    get isCut() {
        return this.job.deadlineMs - this.startedMs < this.job.plan.attemptMs;
    }
    /** Made on first read (rule 17): most clients get it, and it costs more than the rest of a call. */
    get signal() {
        if (this.#controller === null) {
            this.#controller = new AbortController();
            if (this.state !== "running" && this.state !== "settled")
                this.#controller.abort(this.#abortReason);
        }
        return this.#controller.signal;
    }
    /** Made when it is read, so that it can be taken out of the attempt like `signal`, and costs nobody else anything. */
    get addBytes() {
        return (bytes) => this.job.owner.onBytes(this, bytes);
    }
    onDue(now) {
        this.job.owner.onRunDue(this, now);
    }
    /** To be called after the state is set: the listeners of the signal run now. */
    abort(reason) {
        this.#abortReason = reason;
        this.#controller?.abort(reason);
    }
}
/** What a timed-out attempt failed with. */
export function attemptTimeout(upstream, run) {
    const ms = Math.round(run.deadline - run.startedMs);
    return new Failure("net.timeout", `attempt ${run.attempt} at ${upstream} was not over after ${ms} ms`);
}
