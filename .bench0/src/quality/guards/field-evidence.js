import { MINUTE_MS } from "../../model/units.js";
import { GUARDS } from "./guard.js";
import { FIELDS, MOTION_BITS, WORK_BITS } from "./track.js";
/** What vehicles lack for longer one after the other is the end of their day. */
const ACCEPT_MS = 10 * MINUTE_MS;
/** Of what goes when work ends, nearly all must have lost it, and more of them. */
const WORK_SHARE = 0.95;
const WORK_QUORUMS = 2;
/** Which fields vehicles usually state, and how many of them no longer do. */
export class FieldEvidence {
    #alarms;
    /** By field: vehicles that usually state it, and those of them that lacked it twice in a row. */
    #usual = new Int32Array(FIELDS.length);
    #lacks = new Int32Array(FIELDS.length);
    #isChanged = false;
    #missing = 0;
    constructor(alarms) {
        this.#alarms = alarms;
    }
    /** `isMoving`: else speed and heading may be absent because there are none. */
    note(track, fields, isMoving, now) {
        const before = track.fields;
        track.fields = fields;
        const usual = track.usual | (fields & before);
        let lacks = usual & ~fields & ~before;
        if (!isMoving)
            lacks = (lacks & ~MOTION_BITS) | (track.lacks & MOTION_BITS & ~fields);
        if (usual === track.usual && lacks === track.lacks)
            return;
        this.#isChanged = true;
        count(this.#usual, track.usual, usual);
        count(this.#lacks, track.lacks, lacks);
        if ((lacks & ~track.lacks) !== 0)
            track.lacksTime = now;
        track.usual = usual;
        track.lacks = lacks;
    }
    /** The vehicle has fallen silent, or what it lacks is how it is. */
    settle(track, now, isSilent) {
        if (isSilent) {
            this.forget(track);
            return;
        }
        if (track.lacks === 0 || this.#missing !== 0 || now - track.lacksTime < ACCEPT_MS)
            return;
        count(this.#usual, track.usual, track.usual & ~track.lacks);
        count(this.#lacks, track.lacks, 0);
        track.usual &= ~track.lacks;
        track.lacks = 0;
    }
    forget(track) {
        count(this.#usual, track.usual, 0);
        count(this.#lacks, track.lacks, 0);
        track.fields = 0;
        track.usual = 0;
        track.lacks = 0;
    }
    /** `listed`: vehicles of the frame that has ended; infinite where it does not list all that are there. */
    judge(now, listed) {
        if (!this.#isChanged)
            return;
        this.#isChanged = false;
        const { tripShare, clearShare } = GUARDS.field_missing;
        const quorum = this.#alarms.quorum("field_missing");
        const missing = [];
        // Who has left and has not been silent for long enough to be forgotten says nothing either way.
        const here = Math.min(1, listed / Math.max(1, this.#alarms.fleet));
        let vehicles = 0;
        for (const [at, field] of FIELDS.entries()) {
            const isWork = (WORK_BITS & (1 << at)) !== 0;
            const lacks = this.#lacks[at];
            const usual = this.#usual[at];
            const wasMissing = (this.#missing & (1 << at)) !== 0;
            const share = wasMissing ? clearShare : isWork ? WORK_SHARE : tripShare;
            if (lacks < (isWork && !wasMissing ? quorum * WORK_QUORUMS : quorum) || lacks < usual * here * share) {
                this.#missing &= ~(1 << at);
                continue;
            }
            this.#missing |= 1 << at;
            missing.push(field);
            vehicles = Math.max(vehicles, lacks);
        }
        this.#alarms.set("field_missing", missing.length > 0, now, vehicles, { fields: missing });
    }
}
function count(counts, before, after) {
    for (let changed = before ^ after, at = 0; changed !== 0; at++, changed >>>= 1) {
        if ((changed & 1) === 0)
            continue;
        counts[at] += (after & (1 << at)) !== 0 ? 1 : -1;
    }
}
