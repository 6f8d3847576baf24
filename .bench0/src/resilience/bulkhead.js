import { Lane } from "./timetable.js";
/** A ramp to a very high limit takes no more doublings than this. */
const DOUBLINGS_MAX = 20;
/** Places for attempts, and the line of jobs that wait for one (rules 9, 17 and 19). */
export class Bulkhead {
    #settings;
    /** Attempts that hold a place, zombies included. */
    inFlight = 0;
    queued = 0;
    /** Timed-out or dropped attempts that still run and hold a place. */
    zombies = 0;
    #head = null;
    #tail = null;
    #rampFrom = null;
    /** In order of the time at which they give their place back. */
    #zombieLane = null;
    constructor(settings) {
        this.#settings = settings;
    }
    get first() {
        return this.#head;
    }
    get isQueueFull() {
        return this.queued >= this.#settings.queueMax;
    }
    push({ wait }) {
        wait.before = this.#tail;
        if (this.#tail === null)
            this.#head = wait;
        else
            this.#tail.after = wait;
        this.#tail = wait;
        this.queued += 1;
    }
    remove({ wait }) {
        if (wait.before === null)
            this.#head = wait.after;
        else
            wait.before.after = wait.after;
        if (wait.after === null)
            this.#tail = wait.before;
        else
            wait.after.before = wait.before;
        wait.before = null;
        wait.after = null;
        this.queued -= 1;
    }
    /** From now on the limit grows from `probes` to its full value (rule 9). */
    startRamp(now) {
        this.#rampFrom = now;
    }
    limitAt(now) {
        if (this.#rampFrom === null)
            return this.#settings.limit;
        const { limit, rampMs, probes } = this.#settings;
        if (now - this.#rampFrom >= rampMs) {
            this.#rampFrom = null;
            return limit;
        }
        return Math.min(limit, probes * 2 ** Math.floor((now - this.#rampFrom) / this.#stepMs));
    }
    /** When a place may come free without an attempt settling; infinite when it cannot. */
    nextPlaceAt(now) {
        const zombieAt = this.#zombieLane?.head?.dueMs ?? Number.POSITIVE_INFINITY;
        if (this.#rampFrom === null)
            return zombieAt;
        const steps = Math.floor((now - this.#rampFrom) / this.#stepMs) + 1;
        return Math.min(zombieAt, this.#rampFrom + Math.min(this.#settings.rampMs, steps * this.#stepMs));
    }
    /** The attempt keeps its place until it settles, but not for ever. */
    addZombie(run, now) {
        this.zombies += 1;
        this.#zombieLane ??= new Lane(this.#settings.zombieMaxMs);
        run.dueMs = now + this.#settings.zombieMaxMs;
        this.#zombieLane.append(run);
    }
    removeZombie(run) {
        this.zombies -= 1;
        this.inFlight -= 1;
        run.lane?.remove(run);
    }
    /** The next zombie whose time is over, its place given back; null when there is none. */
    abandonZombie(now) {
        const run = this.#zombieLane?.head;
        if (run === null || run === undefined || run.dueMs > now)
            return null;
        this.removeZombie(run);
        run.state = "abandoned";
        return run;
    }
    get #stepMs() {
        const { limit, rampMs, probes } = this.#settings;
        return rampMs / Math.min(DOUBLINGS_MAX, Math.ceil(Math.log2(limit / probes)));
    }
}
