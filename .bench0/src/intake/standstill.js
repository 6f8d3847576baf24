import { Failure } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { spanWords } from "./gap-words.js";
/** So many vehicles that all stand still in time are no coincidence: the last buses of the night are fewer. */
const SUBJECTS_MIN = 10;
/** Who reported so shortly before the newest report is expected to report again. */
const RECENT_MS = 2 * MINUTE_MS;
/** The shortest standstill that is one. */
const STILL_MS = 90 * SECOND_MS;
/** ... and it is this much longer than polls, or the pauses that the feed usually makes, lie apart. */
const STILL_PACES = 3;
/** Pauses that say what is usual: below so few nothing is judged. */
const PAUSES_MIN = 5;
const PAUSES_MAX = 20;
/** A time that lies further ahead is a clock that is wrong: nothing could ever be newer. */
const AHEAD_MS = MINUTE_MS;
const SUBJECTS_MAX = 100_000;
/**
 * Notices an upstream that answers well and always the same: a cache that is stuck, a generator whose own source has died.
 * It is frozen when what it tells again is of many vehicles that were all on the move a moment before, and for longer than
 * it ever pauses nobody of them has a newer report. Whoever tells of nobody is silent, and not frozen: as at night.
 */
export class Standstill {
    #clock;
    #everyMs;
    /** The newest report of each subject, of the last minutes before the newest of all. */
    #recent = new Map();
    #pausesMs = [];
    #newest = Number.NEGATIVE_INFINITY;
    #movedAt;
    #lookedAt = 0;
    #toldAnything = false;
    #isFrozen = false;
    /** By the wall clock, since when upstream is frozen; undefined while it is not. */
    since;
    constructor(clock, everyMs) {
        this.#clock = clock;
        this.#everyMs = everyMs;
    }
    /** Why the answer is none, if it is none. Called for each answer that can be read. */
    look({ frames, isUnchanged, isAdvanced }) {
        const now = this.#clock.monotonic();
        let isMoving = isAdvanced;
        let tellsAnything = isUnchanged && this.#toldAnything;
        let isRefused = false;
        for (const { decoded, receivedTime } of frames) {
            if (decoded.items.some(({ kind }) => kind !== "rejection"))
                tellsAnything = true;
            else if (decoded.items.length > 0)
                isRefused = true;
            if (this.#take(decoded, receivedTime))
                isMoving = true;
        }
        // What nobody here understands may well be new: it is kept, and says nothing of whether anything moves.
        if (isRefused && !tellsAnything)
            isMoving = true;
        this.#toldAnything = tellsAnything;
        // Answers that failed in between say nothing of what moved meanwhile.
        const isGap = !this.#isFrozen && now - this.#lookedAt > STILL_PACES * Math.max(this.#everyMs, MINUTE_MS);
        this.#lookedAt = now;
        if (isMoving || isGap || this.#movedAt === undefined) {
            if (isMoving && !isGap && this.#movedAt !== undefined)
                this.#pause(now - this.#movedAt);
            this.#movedAt = now;
            this.#isFrozen = false;
            this.since = undefined;
            return undefined;
        }
        const stillMs = now - this.#movedAt;
        const usualMs = Math.max(this.#everyMs, ...this.#pausesMs);
        this.#isFrozen =
            tellsAnything &&
                this.#recent.size >= SUBJECTS_MIN &&
                this.#pausesMs.length >= PAUSES_MIN &&
                stillMs >= Math.max(STILL_MS, STILL_PACES * usualMs);
        this.since = this.#isFrozen ? this.#clock.now() - stillMs : undefined;
        if (!this.#isFrozen)
            return undefined;
        const message = `Upstream answers, and says the same as ${spanWords(stillMs)} ago: none of ${this.#recent.size} vehicles has reported since`;
        return new Failure("upstream.frozen", message);
    }
    #pause(ms) {
        this.#pausesMs.push(ms);
        if (this.#pausesMs.length > PAUSES_MAX)
            this.#pausesMs.shift();
    }
    /** True when somebody has a newer report than before. */
    #take({ items, complete }, receivedTime) {
        const listed = complete === true ? new Set() : undefined;
        let isNew = false;
        let newest = this.#newest;
        for (const item of items) {
            if (item.kind === "rejection")
                continue;
            const subject = subjectOf(item);
            if (subject === undefined)
                continue;
            listed?.add(subject);
            const time = item.eventTime;
            if (time === undefined || time > receivedTime + AHEAD_MS || time < this.#newest - RECENT_MS)
                continue;
            const before = this.#recent.get(subject);
            if (before !== undefined && time <= before)
                continue;
            isNew = true;
            newest = Math.max(newest, time);
            if (before !== undefined || this.#recent.size < SUBJECTS_MAX)
                this.#recent.set(subject, time);
        }
        if (newest > this.#newest || listed !== undefined)
            this.#forget(newest, listed);
        this.#newest = newest;
        return isNew;
    }
    /** Who is no longer expected: silent for long, or not in a message that lists everybody. */
    #forget(newest, listed) {
        for (const [subject, time] of this.#recent)
            if (time < newest - RECENT_MS || listed?.has(subject) === false)
                this.#recent.delete(subject);
    }
}
function subjectOf(item) {
    if (item.kind === "vehicle_location")
        return item.vehicleId ?? item.vehicleLabel ?? item.tripId;
    return item.kind === "trip_update" ? `trip/${item.tripId}` : undefined;
}
