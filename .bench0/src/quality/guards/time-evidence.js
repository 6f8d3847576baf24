import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../model/units.js";
import { BIT, MASK } from "./guard.js";
import { VOICE_MS } from "./track.js";
/** Beyond that it is no clock that is wrong, but the unit. */
const UNIT_OFF_MS = 2 * 365 * DAY_MS;
const AHEAD_MS = MINUTE_MS;
/** Zones differ by half hours; how late a report is must not matter. */
const ZONE_STEP_MS = HOUR_MS / 2;
const ZONE_NEAR_MS = 3 * MINUTE_MS;
const ZONE_MAX_MS = 26 * HOUR_MS;
const ZONE_AGREE_SHARE = 0.8;
const IN_TIME_MS = 10 * MINUTE_MS;
const STALE_MS = 15 * MINUTE_MS;
const FRESH_MS = 5 * MINUTE_MS;
/** Guards of what reports say about their time. */
export class TimeEvidence {
    #alarms;
    /** How far the newest report was behind its receipt, in the frame before and in this one. */
    #freshest = Number.POSITIVE_INFINITY;
    #fresher = Number.POSITIVE_INFINITY;
    constructor(alarms) {
        this.#alarms = alarms;
    }
    begin() {
        this.#fresher = Number.POSITIVE_INFINITY;
    }
    end() {
        this.#freshest = this.#fresher;
    }
    /** Answers the guards that hold of the record. */
    look(item, track, isNewer, frame) {
        if (item.eventTime === undefined)
            return 0;
        const behindMs = frame.receivedTime - item.eventTime;
        if (behindMs < this.#fresher)
            this.#fresher = behindMs;
        const alarms = this.#alarms;
        const isUnit = behindMs > UNIT_OFF_MS || behindMs < -UNIT_OFF_MS;
        alarms.vote(track, MASK.time_unit, BIT.time_unit, isUnit);
        if (isUnit)
            return MASK.time_unit;
        alarms.vote(track, MASK.time_future, BIT.time_future, behindMs < -AHEAD_MS);
        if (isNewer) {
            if (behindMs < IN_TIME_MS && behindMs > -IN_TIME_MS)
                alarms.vote(track, MASK.time_zone, BIT.time_zone, false);
            else {
                const off = behindMs - Math.round(behindMs / ZONE_STEP_MS) * ZONE_STEP_MS;
                const isZone = Math.abs(off) < ZONE_NEAR_MS && Math.abs(behindMs) < ZONE_MAX_MS;
                if (isZone)
                    alarms.vote(track, MASK.time_zone, BIT.time_zone, true);
                else
                    alarms.unvote(track, MASK.time_zone, BIT.time_zone);
            }
        }
        if (!frame.isComplete)
            return 0;
        const isStale = behindMs > STALE_MS && this.#freshest < FRESH_MS;
        alarms.vote(track, MASK.stale_row, BIT.stale_row, isStale);
        return isStale ? MASK.stale_row : 0;
    }
    /** By how many hours nearly all that seem to be off are off; undefined when they do not agree. */
    zoneHours(tracks, now) {
        const counts = new Map();
        let bad = 0;
        for (const { bad: voices, receivedTime, eventTime } of tracks) {
            if ((voices & MASK.time_zone) === 0 || now - receivedTime > VOICE_MS)
                continue;
            bad++;
            const hours = Math.round((receivedTime - eventTime) / ZONE_STEP_MS) / 2;
            counts.set(hours, (counts.get(hours) ?? 0) + 1);
        }
        for (const [hours, count] of counts)
            if (count >= bad * ZONE_AGREE_SHARE)
                return hours;
        return undefined;
    }
}
