import { daysFromCivil, localParts } from "../formats/local-time.js";
/** Quarters of an hour in a day. */
const QUARTERS = 96;
const DAYS_MAX = 22;
/** Fewer earlier days of its sort say nothing of a day. */
const DAYS_MIN = 2;
/** Of its sort, the newest so many days count. */
const DAYS_USED = 5;
const MONDAY_OFFSET = 3;
/**
 * How many vehicles were at work at the same time of earlier days of the same sort: weekdays, Saturdays, Sundays with
 * holidays. The median of a few days, so that neither an outage nor a holiday that nobody named teaches anything; of three
 * quarters of an hour the least, because service begins and ends a little earlier or later.
 */
export class FleetHistory {
    #timezone;
    #holidays;
    #days = new Map();
    #at;
    #sum = 0;
    #count = 0;
    /** @param holidays dates as `YYYY-MM-DD`. */
    constructor(timezone, holidays) {
        this.#timezone = timezone;
        this.#holidays = new Set(holidays.map((date) => {
            const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
            return daysFromCivil(year, month, day);
        }));
    }
    /** Takes in what was counted now; answers whether a quarter of an hour has ended, so that there is something to keep. */
    add(vehicles, time) {
        const at = this.#place(time);
        const before = this.#at;
        const isNext = before !== undefined && (before.day !== at.day || before.quarter !== at.quarter);
        if (isNext)
            this.#close(before);
        this.#at = at;
        this.#sum += vehicles;
        this.#count++;
        return isNext;
    }
    /** Undefined: too few earlier days of this sort are known. */
    expected(time) {
        const { day, quarter } = this.#place(time);
        const sort = this.#sortOf(day);
        const counts = [];
        for (const [other, quarters] of [...this.#days].sort(([a], [b]) => b - a)) {
            if (other >= day || this.#sortOf(other) !== sort || counts.length >= DAYS_USED)
                continue;
            const near = [quarter - 1, quarter, quarter + 1].map((one) => quarters[Math.min(QUARTERS - 1, Math.max(0, one))]);
            const known = near.filter((count) => count !== null && count !== undefined);
            if (known.length === near.length)
                counts.push(Math.min(...known));
        }
        if (counts.length < DAYS_MIN)
            return undefined;
        counts.sort((a, b) => a - b);
        // Of an even number the lower one of the two in the middle: in doubt less is expected.
        return counts[Math.floor((counts.length - 1) / 2)];
    }
    json() {
        return [...this.#days];
    }
    restore(days) {
        for (const [day, quarters] of days)
            this.#days.set(day, [...quarters]);
    }
    #close({ day, quarter }) {
        const quarters = this.#days.get(day) ?? new Array(QUARTERS).fill(null);
        quarters[quarter] = Math.round((this.#sum / this.#count) * 10) / 10;
        this.#days.set(day, quarters);
        this.#sum = 0;
        this.#count = 0;
        if (this.#days.size > DAYS_MAX)
            this.#days.delete(Math.min(...this.#days.keys()));
    }
    #place(time) {
        const { year, month, day, hour, minute } = localParts(time, this.#timezone);
        return { day: daysFromCivil(year, month, day), quarter: hour * 4 + Math.floor(minute / 15) };
    }
    #sortOf(day) {
        if (this.#holidays.has(day))
            return "sunday";
        const fromMonday = (((day + MONDAY_OFFSET) % 7) + 7) % 7;
        return fromMonday < 5 ? "weekday" : fromMonday === 5 ? "saturday" : "sunday";
    }
}
