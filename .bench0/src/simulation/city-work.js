import { SECOND_MS } from "../model/units.js";
import { dayTypeOf } from "./city-days.js";
import { noise } from "./city-noise.js";
import { SWITCH_OFF_AFTER_S, SWITCH_ON_BEFORE_S } from "./city-timetable.js";
/** Monday 2023-11-13: reports count from here. */
const FIRST_MONDAY = 19_674;
const BREAK_S = 1000;
const BOOT_S = 25;
/** No report comes so shortly before or after a usual one, as a share of the interval. */
const BETWEEN_MARGIN = 0.17;
/**
 * What a vehicle does on which day, and when it measures where it is. All days of a type have the same measurements, so
 * that those of any moment can be counted without the days before it.
 */
export class VehicleWork {
    blocks;
    #options;
    /** Seconds of the service day at which it measures; filled when they are asked for. */
    #times = {
        weekday: undefined,
        weekend: undefined,
    };
    constructor(options) {
        this.#options = options;
        this.blocks = options.blocks;
    }
    /** None: it stands in the depot, and is off. */
    shiftAt(time) {
        const { days } = this.#options;
        const newest = days.dayAt(time);
        // A block begins on its day, and ends less than two days later.
        for (let day = newest; day > newest - 2; day--) {
            const atS = (time - days.origin(day)) / SECOND_MS;
            for (const block of this.blocks[dayTypeOf(day)]) {
                if (block.startS <= atS && atS <= block.endS)
                    return { block, day, atS };
            }
        }
        return undefined;
    }
    /** How many measurements there were up to and including that moment. */
    countUntil(time) {
        const { days } = this.#options;
        let day = days.dayAt(time);
        for (let back = 0; back < 8; back++, day--) {
            const times = this.#timesOf(dayTypeOf(day));
            const atS = (time - days.origin(day)) / SECOND_MS;
            if (times.length > 0 && times[0] <= atS)
                return this.#before(day) + countUntil(times, atS);
        }
        return this.#before(day + 1);
    }
    /** When the measurement of that number is made. */
    timeOf(number) {
        const perWeek = this.#perWeek();
        const week = Math.floor(number / perWeek);
        let rest = number - week * perWeek;
        for (let day = FIRST_MONDAY + 7 * week;; day++) {
            const times = this.#timesOf(dayTypeOf(day));
            if (rest < times.length)
                return this.#options.days.origin(day) + times[rest] * SECOND_MS;
            rest -= times.length;
        }
    }
    #perWeek() {
        return 5 * this.#timesOf("weekday").length + 2 * this.#timesOf("weekend").length;
    }
    /** Measurements of all days before this one. */
    #before(day) {
        const days = day - FIRST_MONDAY;
        const week = Math.floor(days / 7);
        const rest = days - 7 * week;
        const weekday = this.#timesOf("weekday").length;
        const weekend = this.#timesOf("weekend").length;
        return week * this.#perWeek() + Math.min(rest, 5) * weekday + Math.max(0, rest - 5) * weekend;
    }
    #timesOf(day) {
        this.#times[day] ??= Float64Array.from(this.#measure(day));
        return this.#times[day];
    }
    #measure(day) {
        const { seed, vehicle, reportEveryS, reporting } = this.#options;
        const { unevenShare, unevenBy, betweenShare, lostShare, shadowShare, longShadowShare } = reporting;
        const times = [];
        let step = 0;
        const draw = (key) => noise(seed, 40 + key, vehicle, day === "weekday" ? 0 : 1, step);
        const usual = this.#usualS(reportEveryS);
        const [least, most] = unevenBy;
        for (const { fromS, toS } of this.#onSpans(day)) {
            let at = Math.ceil(fromS + BOOT_S * draw(1));
            while (at < toS) {
                times.push(at);
                step++;
                const luck = draw(2);
                const isUneven = draw(3) < unevenShare;
                let pause = usual + (isUneven ? Math.round((least + draw(4) * (most - least)) * usual) : 0);
                if (luck < longShadowShare)
                    pause = 300 + Math.round(draw(5) * 600);
                else if (luck < longShadowShare + shadowShare)
                    pause = 4 * usual + Math.round(draw(5) ** 2 * 150);
                else if (luck < longShadowShare + shadowShare + lostShare)
                    pause += usual;
                else if (betweenShare > 0 && draw(6) < betweenShare) {
                    const between = at + Math.round(usual * (BETWEEN_MARGIN + draw(7) * (1 - 2 * BETWEEN_MARGIN)));
                    if (between < toS)
                        times.push(between);
                }
                at += Math.max(1, pause);
            }
        }
        return times;
    }
    /** An old radio reports more seldom. */
    #usualS(reportEveryS) {
        const { seed, vehicle, reporting } = this.#options;
        const { oldRadioShare, oldRadioScale } = reporting;
        const usual = reportEveryS * (0.95 + noise(seed, 40, vehicle) * 0.1);
        if (noise(seed, 48, vehicle) >= oldRadioShare)
            return Math.max(2, Math.round(usual));
        const [least, most] = oldRadioScale;
        return Math.round(usual * (least + noise(seed, 49, vehicle) * (most - least)));
    }
    /** When it is switched on: from pull-out to pull-in, less the rests at the ends of the line. */
    #onSpans(day) {
        const { seed, vehicle, reporting } = this.#options;
        const luck = noise(seed, 47, vehicle);
        const switchesOff = luck < reporting.switchesOffShare;
        const breakS = luck < reporting.breakOffShare ? BREAK_S : Number.POSITIVE_INFINITY;
        return this.blocks[day].flatMap(({ startS, endS, pieces }) => {
            const spans = [];
            let fromS = startS;
            for (const piece of pieces) {
                if (piece.kind !== "layover" || !piece.hasRest)
                    continue;
                if (!switchesOff && piece.endS - piece.startS < breakS)
                    continue;
                spans.push({ fromS, toS: piece.startS + SWITCH_OFF_AFTER_S });
                fromS = piece.endS - SWITCH_ON_BEFORE_S;
            }
            return [...spans, { fromS, toS: endS }];
        });
    }
}
/** How many of these, in order, are at most `limit`. */
function countUntil(times, limit) {
    let low = 0;
    let high = times.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (times[middle] <= limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
