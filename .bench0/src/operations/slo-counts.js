import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/units.js";
const FINE = { lengthMs: 5 * MINUTE_MS, count: 73 };
const COARSE = { lengthMs: HOUR_MS, count: 28 * 24 + 1 };
/** Windows up to this long are read from the fine steps. */
const FINE_MAX_MS = 6 * HOUR_MS;
export const PERIOD_MS = 28 * DAY_MS;
/** Counts of one kind. What lies in the future by a clock that was set back is not looked at. */
export class SloCounts {
    #fine = new Series(FINE);
    #coarse = new Series(COARSE);
    add(time, good, total) {
        if (total <= 0)
            return;
        this.#fine.add(time, good, total);
        this.#coarse.add(time, good, total);
    }
    /** Of the last so many milliseconds, in whole steps: five minutes of a window up to six hours, else hours. */
    within(time, windowMs) {
        return (windowMs <= FINE_MAX_MS ? this.#fine : this.#coarse).within(time, windowMs);
    }
    json() {
        return { fine: this.#fine.json(), coarse: this.#coarse.json() };
    }
    /** Answers false, and is as new, when it is not what `json` gave. */
    restore(json) {
        const { fine, coarse } = (json ?? {});
        if (!isSeries(fine) || !isSeries(coarse))
            return false;
        this.#fine.restore(fine);
        this.#coarse.restore(coarse);
        return true;
    }
}
class Series {
    #step;
    #sums = new Map();
    constructor(step) {
        this.#step = step;
    }
    add(time, good, total) {
        const at = Math.floor(time / this.#step.lengthMs);
        const sum = this.#sums.get(at);
        if (sum !== undefined) {
            sum[0] += good;
            sum[1] += total;
            return;
        }
        this.#sums.set(at, [good, total]);
        for (const old of this.#sums.keys()) {
            if (old <= at - this.#step.count || this.#sums.size > this.#step.count)
                this.#sums.delete(old);
            else
                break;
        }
    }
    within(time, windowMs) {
        const last = Math.floor(time / this.#step.lengthMs);
        const first = last - Math.ceil(windowMs / this.#step.lengthMs);
        let [good, total] = [0, 0];
        for (const [at, sum] of this.#sums) {
            if (at < first || at > last)
                continue;
            good += sum[0];
            total += sum[1];
        }
        return { good, total };
    }
    json() {
        return [...this.#sums].map(([at, [good, total]]) => [at, good, total]);
    }
    restore(json) {
        for (const [at, good, total] of json.slice(-this.#step.count))
            this.#sums.set(at, [good, total]);
    }
}
function isSeries(json) {
    return (Array.isArray(json) &&
        json.every((one) => Array.isArray(one) &&
            one.length === 3 &&
            Number.isSafeInteger(one[0]) &&
            Number.isFinite(one[1]) &&
            Number.isFinite(one[2]) &&
            one[1] <= one[2]));
}
