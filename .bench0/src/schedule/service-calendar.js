import { weekdayBit } from "./service-day.js";
/** Which services run on which days: the weeks of the calendar, and what its exceptions add and take away. */
export class ServiceCalendar {
    #services;
    /** By date. */
    #exceptions = new Map();
    constructor(services, exceptions) {
        this.#services = services;
        for (const exception of exceptions) {
            const ofDate = this.#exceptions.get(exception.date);
            if (ofDate)
                ofDate.push(exception);
            else
                this.#exceptions.set(exception.date, [exception]);
        }
    }
    /** Ids of the services that run on a day. Of an addition and a removal of one day the later row counts. */
    activeOn(date) {
        const active = new Set();
        const bit = weekdayBit(date);
        for (const { serviceId, days, startDate, endDate } of this.#services) {
            if ((days & bit) !== 0 && startDate <= date && date <= endDate)
                active.add(serviceId);
        }
        for (const { serviceId, isAdded } of this.#exceptions.get(date) ?? []) {
            if (isAdded)
                active.add(serviceId);
            else
                active.delete(serviceId);
        }
        return active;
    }
}
