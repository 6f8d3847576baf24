import { Alarm } from "./timetable.js";
/**
 * The way to the upstream: a bounded line in which nobody overtakes (rule 19), behind the places of the bulkhead, the
 * shared gate and the pace. Whether the breaker admits a job is decided when it leaves the line, never earlier; only a
 * job that would certainly be refused does not have to stand in it.
 */
export class Line {
    #parts;
    #owner;
    #alarm = null;
    #isPumping = false;
    constructor(parts, owner) {
        this.#parts = parts;
        this.#owner = owner;
    }
    /** A job asks to be sent: at its start, and whenever its sleep is over. */
    enter(job, now) {
        const { breaker, bulkhead } = this.#parts;
        if (breaker.refuses(now)) {
            this.#owner.finish(job, "open", now);
            return;
        }
        this.#abandonZombies(now);
        const hold = this.#parts.holdUntil(now);
        if (bulkhead.queued === 0 && hold <= now && bulkhead.inFlight < bulkhead.limitAt(now)) {
            this.#owner.dispatch(job, now);
        }
        else
            this.#queue(job, hold, now);
    }
    /** Sends jobs that wait, in order, as far as places, gate and breaker allow. */
    pump(now) {
        const { bulkhead, breaker } = this.#parts;
        if (this.#isPumping)
            return;
        this.#abandonZombies(now);
        this.#isPumping = true;
        for (let wait = bulkhead.first; wait !== null; wait = bulkhead.first) {
            // Who would be refused does not have to wait for a place to be told.
            if (!breaker.refuses(now)) {
                if (bulkhead.inFlight >= bulkhead.limitAt(now) || this.#parts.holdUntil(now) > now)
                    break;
            }
            this.leave(wait.job);
            this.#owner.dispatch(wait.job, now);
        }
        this.#isPumping = false;
        if (bulkhead.first !== null)
            this.#schedule(now);
    }
    /** Takes a job off the line; an empty line waits for nothing. */
    leave(job) {
        const { bulkhead, timetable } = this.#parts;
        bulkhead.remove(job);
        timetable.remove(job.wait);
        if (bulkhead.first === null && this.#alarm !== null)
            timetable.remove(this.#alarm);
    }
    /** The gate was closed for longer: who cannot wait that long is told now. */
    refuseThoseWhoCannotWait(now) {
        const { bulkhead, settings, gateUntil } = this.#parts;
        for (let wait = bulkhead.first; wait !== null;) {
            const { job, after } = wait;
            if (job.deadlineMs - settings.attemptMinMs < gateUntil) {
                this.leave(job);
                this.#owner.finish(job, "gate", now);
            }
            wait = after;
        }
    }
    #queue(job, hold, now) {
        const { bulkhead, settings, timetable, emitter, holdReason, holdDetail } = this.#parts;
        const startBy = job.deadlineMs - settings.attemptMinMs;
        const isHeld = hold > now;
        if (isHeld && (hold > startBy || !job.plan.wait)) {
            this.#owner.finish(job, holdReason, now);
        }
        else if (startBy < now) {
            this.#owner.finish(job, "deadline", now);
        }
        else if (!job.plan.wait || bulkhead.isQueueFull) {
            const { inFlight, queued } = bulkhead;
            emitter?.push({ type: "bulkhead_reject", key: job.key, inFlight, queued });
            this.#owner.finish(job, "bulkhead", now);
        }
        else {
            job.phase = "queued";
            bulkhead.push(job);
            timetable.addAt(job.wait, startBy);
            if (isHeld && bulkhead.queued === 1) {
                emitter?.push({ type: "gate", holdMs: hold - now, reason: holdDetail });
            }
            this.#schedule(now);
        }
    }
    /** Wakes the line when gate, pace, ramp or a zombie's end let the next one through, and nothing else will. */
    #schedule(now) {
        const { bulkhead, timetable } = this.#parts;
        if (this.#alarm !== null)
            timetable.remove(this.#alarm);
        const hold = this.#parts.holdUntil(now);
        const isFull = bulkhead.inFlight >= bulkhead.limitAt(now);
        const at = isFull ? Math.max(hold, bulkhead.nextPlaceAt(now)) : hold;
        if (at === Number.POSITIVE_INFINITY)
            return;
        this.#alarm ??= new Alarm((due) => {
            this.pump(due);
            this.#owner.flush();
        });
        timetable.addAt(this.#alarm, at);
    }
    #abandonZombies(now) {
        const { bulkhead, emitter } = this.#parts;
        for (let run = bulkhead.abandonZombie(now); run !== null; run = bulkhead.abandonZombie(now)) {
            emitter?.push({ type: "zombie", key: run.job.key, state: "abandoned", zombies: bulkhead.zombies });
        }
    }
}
