import { numberOf } from "./json.js";
/**
 * From what a vendor wrote to what an observation may hold. A value that its field cannot hold becomes absent, and the
 * flag says so: one bad field costs that field, not the record.
 */
/** Flags of one record in the order in which they were found, each once. Most records have none, and cost nothing here. */
export class Flags {
    #found;
    add(flag) {
        if (this.#found === undefined)
            this.#found = [flag];
        else if (!this.#found.includes(flag))
            this.#found.push(flag);
    }
    /** As an observation carries them: undefined where there are none. */
    list() {
        return this.#found;
    }
}
const NOWHERE = {};
/** Faster than any train; a value beyond it is a sentinel or another unit. */
const SPEED_MAX_MPS = 200;
/** The range that the calendar of the language covers. */
const INSTANT_MAX = 8.64e15;
const ODOMETER_MAX_M = 1e11;
/** WGS84 degrees. Both absent is no position; half a position, 0,0 or an impossible value is removed and flagged. */
export function positionOf(latitude, longitude, flags) {
    if (isAbsent(latitude) && isAbsent(longitude))
        return NOWHERE;
    const lat = numberOf(latitude);
    const lon = numberOf(longitude);
    const isPossible = lat !== undefined &&
        lon !== undefined &&
        Math.abs(lat) <= 90 &&
        Math.abs(lon) <= 180 &&
        !(lat === 0 && lon === 0);
    if (isPossible)
        return { latitude: lat, longitude: lon };
    flags.add("position_removed");
    return NOWHERE;
}
/** Degrees clockwise from true north. 360 is 0; anything outside of the circle is removed. */
export function headingOf(value, flags) {
    if (isAbsent(value))
        return undefined;
    const degrees = numberOf(value);
    if (degrees !== undefined && degrees >= 0 && degrees <= 360)
        return degrees === 360 ? 0 : degrees;
    flags.add("value_removed");
    return undefined;
}
/** Metres per second from a value in another unit. */
export function speedOf(value, mpsPerUnit, flags) {
    return bounded(value, mpsPerUnit, 0, SPEED_MAX_MPS, flags);
}
/** Metres from a value in another unit. */
export function odometerOf(value, metresPerUnit, flags) {
    return bounded(value, metresPerUnit, 0, ODOMETER_MAX_M, flags);
}
/** Seconds, positive when late; `secondsPerUnit` is negative where the format says late with a minus. */
export function deviationOf(value, secondsPerUnit, flags) {
    const seconds = bounded(value, secondsPerUnit, -1e8, 1e8, flags);
    return seconds === 0 ? 0 : seconds;
}
/** An instant from a number of `msPerUnit` since 1970; undefined (and flagged) where it is none. */
export function instantOf(value, msPerUnit, flags) {
    const time = bounded(value, msPerUnit, -INSTANT_MAX, INSTANT_MAX, flags);
    return time === undefined ? undefined : Math.round(time);
}
/** A number within bounds after conversion; flagged when there was a value that is no such number. */
export function bounded(value, factor, min, max, flags) {
    if (isAbsent(value))
        return undefined;
    const number = numberOf(value);
    const converted = number === undefined ? Number.NaN : number * factor;
    if (converted >= min && converted <= max)
        return converted;
    flags.add("value_removed");
    return undefined;
}
/** What no feed means as a value: null, nothing, and text without a character. */
export function isAbsent(value) {
    return value === undefined || value === null || (typeof value === "string" && value.trim().length === 0);
}
