/** Vehicles leave the area that somebody drew on a map now and then: workshops, detours, a ferry. */
const MARGIN_SHARE = 0.25;
const MARGIN_MIN_DEG = 0.05;
/** Without an area: so many places say where the feed is, and so far from there is outside. */
const LEARNED_MIN = 30;
const LEARNED_MARGIN_DEG = 1.5;
/** A start that is all over the world teaches nothing. */
const LEARNED_SPAN_MAX_DEG = 8;
/** Knows the area as configured, or learns it from where the first vehicles are. */
export class Places {
    #area;
    #isStated;
    #seen = 0;
    constructor(stated) {
        this.#isStated = stated !== undefined;
        if (stated === undefined)
            return;
        const { west, south, east, north } = stated;
        const wide = Math.max(MARGIN_MIN_DEG, (east - west) * MARGIN_SHARE);
        const high = Math.max(MARGIN_MIN_DEG, (north - south) * MARGIN_SHARE);
        this.#area = { west: west - wide, south: south - high, east: east + wide, north: north + high };
    }
    /** Undefined: the place is where it can be, or nobody knows where that is. */
    fault(latitude, longitude) {
        if (!this.#isStated && this.#seen < LEARNED_MIN) {
            this.#learn(latitude, longitude, 0);
            return undefined;
        }
        if (this.#holds(latitude, longitude)) {
            if (!this.#isStated)
                this.#learn(latitude, longitude, 0);
            return undefined;
        }
        if (this.#holds(longitude, latitude))
            return "swapped";
        if (this.#holds(-latitude, longitude))
            return "latitude_sign";
        if (this.#holds(latitude, -longitude))
            return "longitude_sign";
        return this.#holds(-latitude, -longitude) ? "both_signs" : "elsewhere";
    }
    #holds(latitude, longitude) {
        const area = this.#area;
        if (area === undefined)
            return true;
        const margin = this.#isStated ? 0 : LEARNED_MARGIN_DEG;
        return (longitude >= area.west - margin &&
            longitude <= area.east + margin &&
            latitude >= area.south - margin &&
            latitude <= area.north + margin);
    }
    #learn(latitude, longitude, by) {
        const area = this.#area ?? { west: longitude, south: latitude, east: longitude, north: latitude };
        this.#seen++;
        if (this.#area !== undefined &&
            longitude >= area.west &&
            longitude <= area.east &&
            latitude >= area.south &&
            latitude <= area.north)
            return;
        const grown = {
            west: Math.min(area.west, longitude - by),
            south: Math.min(area.south, latitude - by),
            east: Math.max(area.east, longitude + by),
            north: Math.max(area.north, latitude + by),
        };
        const isTooWide = grown.east - grown.west > LEARNED_SPAN_MAX_DEG || grown.north - grown.south > LEARNED_SPAN_MAX_DEG;
        if (isTooWide)
            this.#seen = Math.min(this.#seen, LEARNED_MIN - 1);
        this.#area = isTooWide && this.#seen < LEARNED_MIN ? undefined : grown;
    }
    json() {
        return this.#isStated ? {} : { area: this.#area, seen: this.#seen };
    }
    restore({ area, seen }) {
        if (this.#isStated)
            return;
        this.#area = area;
        this.#seen = seen ?? 0;
    }
}
/** Steps of a thousandth of a degree are a hundred metres; single-precision numbers are off by some millionths. */
const COARSE_PER_DEGREE = 1000;
const COARSE_ROUNDING = 0.01;
export function isCoarse(latitude, longitude) {
    return offGrid(latitude) < COARSE_ROUNDING && offGrid(longitude) < COARSE_ROUNDING;
}
function offGrid(degrees) {
    const steps = degrees * COARSE_PER_DEGREE;
    return Math.abs(steps - Math.round(steps));
}
/** No vehicle of public transport is faster over ground; what is shorter than this is a street canyon. */
const JUMP_MPS = 90;
const JUMP_MIN_M = 1500;
export function isJump(metres, seconds) {
    return metres > JUMP_MIN_M && metres > JUMP_MPS * seconds;
}
/** Two reports of one instant so far apart are of two vehicles. */
export const APART_M = 800;
export function isNear(ruler, fromLatitude, fromLongitude, latitude, longitude) {
    return ruler.metres(fromLatitude, fromLongitude, latitude, longitude) < APART_M;
}
