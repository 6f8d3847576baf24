import { MINUTE_MS } from "../../model/units.js";
import { BIT, MASK } from "./guard.js";
import { isCoarse, isJump, isNear } from "./places.js";
import { VOICE_MS } from "./track.js";
/** A place is the same for so long, with so many reports, at such a speed: that is no place. */
const STUCK_MS = 2 * MINUTE_MS;
const STUCK_REPORTS = 3;
const STUCK_MPS = 3;
const FROZEN_REPORTS = 2;
const STILL_MIN_MS = 10_000;
const MOVED_MIN_M = 1;
const DOUBLES_MOVED_M = 30;
/** Guards of where vehicles say that they are, and whether they move. */
export class PlaceEvidence {
    #alarms;
    #places;
    #ruler;
    #motion;
    /** What would put the place that was outside last into the area. */
    fault = "";
    constructor(alarms, places, ruler, motion) {
        this.#alarms = alarms;
        this.#places = places;
        this.#ruler = ruler;
        this.#motion = motion;
    }
    /** Answers the guards that hold of the record. `track` is as of the report before. */
    look(item, track, time, frame) {
        const alarms = this.#alarms;
        const { latitude = 0, longitude = 0 } = item;
        alarms.vote(track, MASK.position_missing, BIT.position_missing, false);
        const fault = this.#places.fault(latitude, longitude);
        const isSwapped = fault === "swapped";
        alarms.vote(track, MASK.position_outside, BIT.position_outside, fault !== undefined && !isSwapped);
        alarms.vote(track, MASK.position_swapped, BIT.position_swapped, isSwapped);
        if (fault !== undefined)
            this.fault = fault;
        alarms.vote(track, MASK.position_coarse, BIT.position_coarse, isCoarse(latitude, longitude));
        let bits = fault === undefined ? 0 : isSwapped ? MASK.position_swapped : MASK.position_outside;
        track.movedM = Number.NaN;
        if (Number.isNaN(track.latitude))
            return bits;
        const seconds = (time - track.eventTime) / 1000;
        const metres = this.#ruler.metres(track.latitude, track.longitude, latitude, longitude);
        // The same vehicle again: of one instant it can only be in one place.
        if (track.frame === frame && Math.abs(seconds) < 2) {
            const isHere = isNear(this.#ruler, track.latitude, track.longitude, latitude, longitude);
            if (isHere || fault !== undefined)
                return bits;
            alarms.vote(track, MASK.id_shared, BIT.id_shared, true);
            return bits | MASK.id_shared;
        }
        if (!(seconds > 0))
            return bits;
        track.movedM = metres;
        if (fault === undefined)
            bits |= this.#jump(item, track, metres, seconds, latitude, longitude);
        if ((bits & (MASK.position_jump | MASK.id_shared)) === 0 && fault === undefined)
            this.#motion.step(track, item, metres, seconds);
        return bits | this.#standstill(item, track, time, metres);
    }
    #jump(item, track, metres, seconds, latitude, longitude) {
        const alarms = this.#alarms;
        // A time in whole minutes may be off by nearly as much at both ends.
        const isFar = isJump(metres, seconds + (item.resolutionMs ?? 1000) / 1000);
        alarms.vote(track, MASK.position_jump, BIT.position_jump, isFar);
        if (!isFar) {
            if (metres > MOVED_MIN_M)
                alarms.vote(track, MASK.id_shared, BIT.id_shared, false);
            return 0;
        }
        const { awayLatitude, awayLongitude } = track;
        const isBack = !Number.isNaN(awayLatitude) && isNear(this.#ruler, awayLatitude, awayLongitude, latitude, longitude);
        track.awayLatitude = track.latitude;
        track.awayLongitude = track.longitude;
        if (!isBack)
            return MASK.position_jump;
        alarms.vote(track, MASK.id_shared, BIT.id_shared, true);
        return MASK.position_jump | MASK.id_shared;
    }
    /** Guards of vehicles that stay where they are. */
    #standstill(item, track, time, metres) {
        const alarms = this.#alarms;
        const { receivedTime } = track;
        if (metres > 0) {
            track.placeTime = time;
            track.placeReports = 0;
            if (metres > MOVED_MIN_M)
                track.movedTime = time;
            alarms.vote(track, MASK.positions_frozen, BIT.positions_frozen, false);
            alarms.vote(track, MASK.vehicle_stuck, BIT.vehicle_stuck, false);
            return 0;
        }
        if (Number.isNaN(track.placeTime))
            track.placeTime = track.eventTime;
        if (time - track.eventTime >= STILL_MIN_MS)
            track.placeReports++;
        if (track.placeReports >= FROZEN_REPORTS) {
            // Parked vehicles say nothing; only who was on the way a moment ago does.
            if (time - track.movedTime < VOICE_MS)
                alarms.vote(track, MASK.positions_frozen, BIT.positions_frozen, true);
            else
                alarms.unvote(track, MASK.positions_frozen, BIT.positions_frozen);
        }
        const isDriving = (item.speedMps ?? 0) >= STUCK_MPS;
        if (!isDriving) {
            if (receivedTime > 0)
                alarms.unvote(track, MASK.vehicle_stuck, BIT.vehicle_stuck);
            return 0;
        }
        if (track.placeReports < STUCK_REPORTS || !(time - track.placeTime >= STUCK_MS))
            return 0;
        alarms.vote(track, MASK.vehicle_stuck, BIT.vehicle_stuck, true);
        return MASK.vehicle_stuck;
    }
    /** Two vehicles that moved to the same spot in the same instant are one. */
    doubles({ items }, who, bits) {
        const spots = new Map();
        const vote = (track, isBad) => this.#alarms.vote(track, MASK.id_doubled, BIT.id_doubled, isBad);
        for (let at = 0; at < items.length; at++) {
            const item = items[at];
            const track = who[at];
            if (track === undefined || item?.kind !== "vehicle_location")
                continue;
            if (!(track.movedM > DOUBLES_MOVED_M))
                continue;
            const spot = Math.round(track.latitude * 1e5) * 4e7 + Math.round(track.longitude * 1e5);
            const other = spots.get(spot);
            const twin = other === undefined ? undefined : who[other];
            if (other === undefined || twin === undefined || twin === track || twin.eventTime !== track.eventTime) {
                spots.set(spot, at);
                vote(track, false);
                continue;
            }
            vote(track, true);
            vote(twin, true);
            bits[at] |= MASK.id_doubled;
            bits[other] |= MASK.id_doubled;
        }
    }
}
