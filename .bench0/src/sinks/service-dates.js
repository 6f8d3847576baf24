import { civilFromDays, daysFromCivil, isCalendarDate, localParts, parseLocal, } from "../formats/local-time.js";
import { HOUR_MS, MINUTE_MS } from "../model/units.js";
/** A trip's own service date counts where it lies at most so many days before or after the report. */
const TRUSTED_DAYS = 3;
/** Reports come minutes apart from the same hours: what the calendar says is remembered per minute. */
const MINUTES_REMEMBERED_MAX = 4096;
/**
 * The service date that a record belongs to. That of its trip where it states one (the schedule's own, where the agency
 * has a schedule), so that times beyond 24:00 stay with the day before. Else the agency's calendar date of the event,
 * where what is before `dayEndMs` after midnight belongs to the day before. A record from the future was sent by a clock
 * that is wrong, and counts when it was received.
 */
export class ServiceDates {
    #timezone;
    #dayEndMs;
    #days = new Map();
    constructor(timezone, dayEndMs) {
        this.#timezone = timezone;
        this.#dayEndMs = dayEndMs;
    }
    of(record) {
        const time = record.flags.includes("future") ? record.origin.receivedTime : record.eventTime;
        const day = this.#dayAt(time);
        const stated = dayNumberOf(record.body.serviceDate);
        return dayText(stated !== undefined && Math.abs(stated - day) <= TRUSTED_DAYS ? stated : day);
    }
    /** When the service day is over. */
    endOf(day) {
        const next = civilFromDays((dayNumberOf(day.replaceAll("-", "")) ?? 0) + 1);
        const clock = { hour: 0, minute: 0, second: 0, millisecond: this.#dayEndMs };
        return parseLocal({ ...next, ...clock }, this.#timezone, undefined).time;
    }
    /** Days since 1970-01-01. */
    #dayAt(time) {
        const minute = Math.floor(time / MINUTE_MS);
        let day = this.#days.get(minute);
        if (day === undefined) {
            const parts = localParts(minute * MINUTE_MS, this.#timezone);
            const sinceMidnightMs = parts.hour * HOUR_MS + parts.minute * MINUTE_MS;
            day = daysFromCivil(parts.year, parts.month, parts.day) - (sinceMidnightMs < this.#dayEndMs ? 1 : 0);
            if (this.#days.size >= MINUTES_REMEMBERED_MAX)
                this.#days.clear();
            this.#days.set(minute, day);
        }
        return day;
    }
}
function dayNumberOf(date) {
    if (date === undefined || !/^\d{8}$/.test(date))
        return undefined;
    const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].map(Number);
    return isCalendarDate(year, month, day) ? daysFromCivil(year, month, day) : undefined;
}
function dayText(number) {
    const { year, month, day } = civilFromDays(number);
    return `${`${year}`.padStart(4, "0")}-${`${month}`.padStart(2, "0")}-${`${day}`.padStart(2, "0")}`;
}
