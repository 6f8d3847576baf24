import { MINUTE_MS } from "../../model/units.js";
import { Batch, DEVIATION, deviationChange, SpeedRatio, unitWords } from "./batches.js";
/** Steps between two reports that say how fast a vehicle was. */
const STEP_MIN_S = 3;
const STEP_MAX_S = 150;
const STEP_MIN_M = 20;
const LONG_STEP = 1.6;
/** Speeds stated anew: rounding is less than this, another unit more. */
const REWRITE_NEAR = 0.12;
const REWRITE_SHARE = 0.85;
const REWRITE_MIN = 0.3;
const LEARN = 0.05;
/** In motion: slower than this the stops between say more than the speed. */
const MOVING_MPS = 3;
/** What is slower than this in any unit is at rest. */
const REST_MPS = 1;
const RATIO_MAX = 100;
/** Too few for an alarm; when all of them are far off, riders do without the speed until more is known. */
const SUSPECTS_MIN = 3;
/** So many reports, or so many vehicles in one frame, are no chance. */
const SURE_COUNT = 15;
const TOGETHER_COUNT = 8;
const PAUSE_MS = 30 * MINUTE_MS;
/** Course against heading: on a long way a street has turned. */
const COURSE_MIN_M = 30;
const COURSE_MAX_S = 45;
const BEARING_OFF_DEG = 75;
const BEARING_GOOD_DEG = 45;
const BEARING_TRIP_BATCHES = 2;
const BEARING_STRANGE_BATCHES = 4;
const DEVIATION_MAX_S = 240;
const CHANGE_SHARE = 0.7;
/** Who drives so fast from one report to the next seldom stands at the end of it. */
const FAST_MPS = 5;
const REST_SHARE = 0.9;
const REST_COUNT = 8;
const REST = 3;
const SPEED = 0;
const BEARING = 1;
const CHANGE = 2;
/**
 * What only vehicles in motion can show: the unit of speed, the heading, and of deviation its sign and unit. Evidence is
 * judged in batches of vehicles, because one vehicle alone is a driver who brakes.
 */
export class MotionEvidence {
    #alarms;
    #ruler;
    #speeds = new Batch();
    #bearings = new Batch();
    /** Of who drives fast: 1 for those that state that they are at rest. */
    #rests = new Batch();
    #changes = new Batch();
    /** Speeds that were stated anew in this frame, against what they were. */
    #rewrites = new Batch();
    #ratio = new SpeedRatio();
    /** Between two reports of a vehicle. */
    #usualS = STEP_MAX_S;
    #bearingOff = 0;
    #bearingKnown = false;
    /** Collected when the frame began: of these a batch is not made anew. */
    #speedsBefore = 0;
    /** When a batch was judged last. */
    #judgedTime;
    constructor(alarms, ruler) {
        this.#alarms = alarms;
        this.#ruler = ruler;
    }
    /** `items`: of the frame that begins. */
    begin(items) {
        this.#speedsBefore = this.#speeds.count;
        // A change of sign is seen in one frame only: what is left of an earlier one must not outvote it.
        if (items >= 2 * this.#alarms.quorum("deviation_sign"))
            this.#changes.next();
    }
    /** A vehicle went from where its track says to where the item says. Its track is as it was. */
    step(track, item, metres, seconds) {
        const { speedMps, headingDeg, latitude = 0, longitude = 0 } = item;
        if (seconds < STEP_MIN_S || seconds > STEP_MAX_S)
            return;
        // On a step that is longer than usual there were more bends and stops: it does not compare.
        const isUsual = seconds <= this.#usualS * LONG_STEP;
        this.#usualS += (seconds - this.#usualS) * LEARN;
        if (!isUsual || metres < STEP_MIN_M)
            return;
        const driven = metres / seconds;
        if (speedMps !== undefined && driven >= FAST_MPS && track.batches[REST] !== this.#rests.number) {
            track.batches[REST] = this.#rests.number;
            this.#rests.add(speedMps < REST_MPS ? 1 : 0);
        }
        // At a stop or a red light at either end: what it states there is not how it drove.
        const isDriving = speedMps !== undefined && speedMps >= REST_MPS && track.speedMps >= REST_MPS;
        if (isDriving && driven >= MOVING_MPS && track.batches[SPEED] !== this.#speeds.number) {
            track.batches[SPEED] = this.#speeds.number;
            const ratio = Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, speedMps / driven));
            this.#speeds.add(Math.log(ratio));
        }
        if (headingDeg === undefined || metres < COURSE_MIN_M || seconds > COURSE_MAX_S)
            return;
        if (driven < MOVING_MPS || track.batches[BEARING] === this.#bearings.number)
            return;
        track.batches[BEARING] = this.#bearings.number;
        const course = this.#ruler.course(track.latitude, track.longitude, latitude, longitude);
        const apart = Math.abs(((headingDeg - course + 540) % 360) - 180);
        this.#bearings.add(apart);
    }
    /** A report of the same instant says another speed than before. */
    restated(track, speedMps) {
        if (!(speedMps >= REST_MPS / 4 && track.speedMps >= REST_MPS / 4))
            return;
        this.#rewrites.add(Math.log(speedMps / track.speedMps));
    }
    /** A vehicle says again how late it is. */
    deviation(track, deviationS, seconds) {
        if (Number.isNaN(track.deviationS) || !(seconds > 0 && seconds <= DEVIATION_MAX_S))
            return;
        if (track.batches[CHANGE] === this.#changes.number)
            return;
        const change = deviationChange(track.deviationS, deviationS);
        if (change === undefined)
            return;
        track.batches[CHANGE] = this.#changes.number;
        this.#changes.add(change);
    }
    end(now) {
        this.#judgeRewrites(now);
        this.#judgeRests(now);
        this.#judgeSpeed(now);
        this.#judgeBearing(now);
        this.#judgeChange(now);
    }
    /** Reports that were told already, all of them told anew with the same factor: nobody drove differently. */
    #judgeRewrites(now) {
        const batch = this.#rewrites;
        const { count } = batch;
        if (count === 0)
            return;
        const median = batch.median();
        const isOne = batch.share((value) => Math.abs(value - median) < REWRITE_NEAR) >= REWRITE_SHARE;
        batch.next();
        if (count < this.#alarms.quorum("speed_unit") || !isOne || Math.abs(median) < REWRITE_MIN)
            return;
        const isTripped = this.#alarms.isTripped("speed_unit");
        // Back to what it was: the driven distance confirms it, or trips again.
        const factor = Math.exp(median);
        const details = { factor: Number(factor.toPrecision(3)), evidence: count, reading: unitWords(factor) };
        this.#alarms.set("speed_unit", !isTripped, now, this.#alarms.fleet, details);
        this.#speeds.next();
    }
    #judgeRests(now) {
        const batch = this.#rests;
        const { count } = batch;
        if (count < Math.max(REST_COUNT, this.#alarms.quorum("speed_unit")))
            return;
        const share = batch.share((value) => value === 1);
        batch.next();
        if (share < REST_SHARE || !this.#ratio.isKnown)
            return;
        const details = { factor: 0, evidence: count, reading: "they drive, and state that they stand" };
        this.#alarms.set("speed_unit", true, now, this.#alarms.fleet, details);
    }
    #judgeSpeed(now) {
        const batch = this.#speeds;
        const quorum = this.#alarms.quorum("speed_unit");
        if (batch.count < quorum) {
            const isSuspect = batch.count >= SUSPECTS_MIN && this.#ratio.isApart(batch);
            if (isSuspect && this.#ratio.isKnown)
                this.#alarms.suspect("speed_unit");
            return;
        }
        const isTripped = this.#alarms.isTripped("speed_unit");
        const verdict = this.#ratio.judge(batch, isTripped);
        if (verdict === undefined) {
            // Nothing is known yet: more of it is needed, and one vehicle may speak again.
            if (batch.isFull)
                batch.next();
            else if (batch.count > this.#speedsBefore)
                batch.number++;
            return;
        }
        const { isOff, isSuspect, factor } = verdict;
        const details = {
            factor: Number(factor.toPrecision(3)),
            evidence: batch.count,
            reading: unitWords(factor),
        };
        const isMore = isOff !== isTripped && !this.#isSure(now);
        if (!isMore)
            this.#judgedTime = now;
        if (!isMore)
            this.#alarms.set("speed_unit", isOff, now, this.#alarms.fleet, details);
        // Neither one nor the other: the next frame decides together with this one.
        if (isSuspect || (isMore && isOff))
            this.#alarms.suspect("speed_unit");
        if ((isSuspect || isMore) && !batch.isFull)
            batch.number++;
        else
            batch.next();
    }
    /**
     * A feed of single reports gives a batch of few vehicles every few seconds, thousands in a day, of which one or another is
     * off by chance; and the first who drive in the morning drive otherwise than the last ones of the evening.
     */
    #isSure(now) {
        const { count } = this.#speeds;
        const isAfterPause = this.#judgedTime !== undefined && now - this.#judgedTime > PAUSE_MS;
        return count >= SURE_COUNT || (count - this.#speedsBefore >= TOGETHER_COUNT && !isAfterPause);
    }
    #judgeBearing(now) {
        const batch = this.#bearings;
        if (batch.count < this.#alarms.quorum("bearing_motion"))
            return;
        const median = batch.median();
        const { count } = batch;
        batch.next();
        if (median < BEARING_GOOD_DEG) {
            this.#bearingOff = 0;
            this.#bearingKnown = true;
            this.#alarms.set("bearing_motion", false, now, this.#alarms.fleet);
        }
        else if (median > BEARING_OFF_DEG) {
            this.#bearingOff++;
            const needed = this.#bearingKnown ? BEARING_TRIP_BATCHES : BEARING_STRANGE_BATCHES;
            const details = { medianApartDeg: Math.round(median), evidence: count };
            if (this.#bearingOff >= needed)
                this.#alarms.set("bearing_motion", true, now, this.#alarms.fleet, details);
        }
    }
    /** A change is seen once: what holds afterwards holds until it changes back. */
    #judgeChange(now) {
        const batch = this.#changes;
        const name = "deviation_sign";
        if (batch.count < this.#alarms.quorum(name))
            return;
        const changes = [DEVIATION.sign, DEVIATION.minutes, DEVIATION.seconds];
        const change = changes.find((one) => batch.share((value) => value === one) >= CHANGE_SHARE);
        const { count } = batch;
        batch.next();
        if (change === undefined)
            return;
        const words = ["", "its sign changed", "divided by 60", "multiplied by 60"][change];
        const { fleet } = this.#alarms;
        this.#alarms.set(name, !this.#alarms.isTripped(name), now, fleet, { change: words, evidence: count });
    }
    json() {
        return { speed: this.#ratio.json(), usualS: this.#usualS, bearingKnown: this.#bearingKnown };
    }
    restore({ speed, usualS, bearingKnown }) {
        this.#ratio.restore(speed);
        this.#usualS = usualS;
        this.#bearingKnown = bearingKnown;
    }
}
