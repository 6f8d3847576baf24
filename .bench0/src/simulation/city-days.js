import { civilFromDays, daysFromCivil, localParts, parseLocal } from "../formats/local-time.js";
import { DAY_MS, HOUR_MS } from "../model/units.js";
/** Timetables of which a city has two. */
export const DAY_TYPES = ["weekday", "weekend"];
const ORIGINS_KEPT_MAX = 64;
/** 1970-01-01 was a Thursday. */
export function dayTypeOf(day) {
    const fromMonday = (((day + 3) % 7) + 7) % 7;
    return fromMonday < 5 ? "weekday" : "weekend";
}
export function serviceDateOf(day) {
    const { year, month, day: ofMonth } = civilFromDays(day);
    return `${year}${String(month).padStart(2, "0")}${String(ofMonth).padStart(2, "0")}`;
}
/** Service days of a time zone, by their number since 1970-01-01. */
export class CityDays {
    #timezone;
    #origins = new Map();
    constructor(timezone) {
        this.#timezone = timezone;
    }
    /** Where the times of a service day count from: twelve hours before noon, as in GTFS. */
    origin(day) {
        const known = this.#origins.get(day);
        if (known !== undefined)
            return known;
        const noon = { ...civilFromDays(day), hour: 12, minute: 0, second: 0, millisecond: 0 };
        const origin = parseLocal(noon, this.#timezone, undefined).time - 12 * HOUR_MS;
        if (this.#origins.size >= ORIGINS_KEPT_MAX)
            this.#origins.clear();
        this.#origins.set(day, origin);
        return origin;
    }
    /** The newest day whose times count from at most that moment. */
    dayAt(time) {
        const guess = Math.floor((time - this.origin(0)) / DAY_MS);
        for (let day = guess + 1;; day--)
            if (this.origin(day) <= time)
                return day;
    }
    /** The day of the calendar. */
    dateAt(time) {
        const { year, month, day } = localParts(time, this.#timezone);
        return daysFromCivil(year, month, day);
    }
}
