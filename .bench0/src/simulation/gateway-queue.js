/** 2023-11-14T22:13:20Z: sequence numbers count from here. */
const FIRST_DAY = 1_700_000_000_000;
/**
 * The message queue of the old system: numbered in order of arrival, and forgotten after the retention. The numbers
 * follow from the city alone, so that a simulation that is started anew goes on where the last one was.
 */
export class GatewayQueue {
    #schedule;
    #retentionMs;
    #messages = [];
    #underway;
    /** Per vehicle: the first report that is not yet measured. */
    #next;
    #newest;
    #now;
    /** Starts one retention before `now`, so that there is something to catch up with. */
    constructor(vehicles, schedule, retentionMs, now) {
        this.#schedule = schedule;
        this.#retentionMs = retentionMs;
        this.#now = now - retentionMs;
        this.#next = new Map(vehicles.map((vehicle) => [vehicle, schedule.countUntil(vehicle, this.#now)]));
        this.#underway = [...schedule.underwayAt(vehicles, this.#now)];
        // All that was measured since some fixed day, less what is still on its way: so many have arrived before.
        this.#newest = -this.#underway.length;
        for (const [vehicle, count] of this.#next)
            this.#newest += count - schedule.countUntil(vehicle, FIRST_DAY);
        this.advanceTo(now);
    }
    /** The number of the newest message that has ever arrived. */
    get newest() {
        return this.#newest;
    }
    /** The number of the oldest message that is still kept; one above `newest` when there is none. */
    get oldest() {
        return this.#messages[0]?.sequence ?? this.#newest + 1;
    }
    advanceTo(now) {
        if (now <= this.#now)
            return;
        this.#now = now;
        for (const [vehicle, first] of this.#next) {
            const end = this.#schedule.countUntil(vehicle, now);
            for (let number = first; number < end; number++) {
                this.#underway.push(this.#schedule.report(vehicle, number));
            }
            this.#next.set(vehicle, end);
        }
        const arrived = this.#underway.filter((report) => report.arrivalTime <= now).sort(byArrival);
        this.#underway = this.#underway.filter((report) => report.arrivalTime > now);
        for (const report of arrived)
            this.#messages.push({ sequence: ++this.#newest, report });
        const horizon = now - this.#retentionMs;
        const kept = this.#messages.findIndex(({ report }) => report.arrivalTime >= horizon);
        this.#messages = kept < 0 ? [] : this.#messages.slice(kept);
    }
    /** Messages above a number, oldest first. */
    after(sequence, limit) {
        const start = Math.max(0, sequence + 1 - this.oldest);
        return this.#messages.slice(start, start + limit);
    }
}
function byArrival(a, b) {
    return a.arrivalTime - b.arrivalTime || a.vehicle.index - b.vehicle.index || a.number - b.number;
}
