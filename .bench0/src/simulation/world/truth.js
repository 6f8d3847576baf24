import { offsetMsAt } from "../../formats/local-time.js";
import { HOUR_MS, SECOND_MS } from "../../model/units.js";
import { ReportSchedule } from "../city-reports.js";
import { FormatChanges, misreadTime } from "../gateway-changes.js";
import { statedTimeOf } from "../gateway-messages.js";
import { GatewayQueue } from "../gateway-queue.js";
import { RETENTION_MS, TIMEZONE } from "./world-config.js";
/** As old as the answer of a replica may be, twice. */
const UNLISTED_MS = 150 * SECOND_MS;
/** What is further ahead of its receipt is kept from riders. */
const AHEAD_MAX_MS = 60 * SECOND_MS;
const LISTS_EVERY_MS = 5 * SECOND_MS;
/** What really happened, for whoever judges what the hub says of it. */
export class Truth {
    /** Every message that the buses' queue has held since the world began, by its number. */
    queued = new Map();
    #options;
    #schedule;
    #vehicles;
    #queue;
    #changes;
    #untrusted;
    /** By vehicle: the place that was asked for last, because feeds say the same of a vehicle again and again. */
    /** When upstream's list was cut short, and could be read all the same. */
    #cutShort = [];
    #asked = new Map();
    #newest = Number.NEGATIVE_INFINITY;
    constructor(options) {
        this.#options = options;
        const { city, seed, silence, retentionMs, startTime } = options;
        this.#changes = new FormatChanges(seed, options.changes);
        this.#schedule = new ReportSchedule(seed, silence);
        this.#vehicles = new Map(city.vehicles.map((vehicle) => [vehicle.vehicleId, vehicle]));
        this.#untrusted = new Set(city.vehicles
            .filter((vehicle) => hasOwnClock(vehicle, this.#schedule))
            .map(({ vehicleId }) => vehicleId));
        const buses = city.vehicles.filter(({ line }) => line.fleet === "bus");
        this.#queue = new GatewayQueue(buses, this.#schedule, retentionMs, startTime);
        this.observe(startTime);
    }
    get newestQueued() {
        return this.#queue.newest;
    }
    /** Looks at the queue; to be called more often than it forgets. */
    observe(now) {
        this.#queue.advanceTo(now);
        for (const { sequence, report } of this.#queue.after(this.#newest, Number.POSITIVE_INFINITY)) {
            this.queued.set(sequence, report);
            this.#newest = sequence;
        }
    }
    /** What a reader of the queue takes for the time of a report; undefined where he finds none, and cannot keep it. */
    readTimeOf(report) {
        const wording = this.#changes.wordingOf(report);
        if (wording["renamed-field"])
            return undefined;
        const time = statedTimeOf(report);
        return wording["time-zone"] ? misreadTime(time, TIMEZONE) : time;
    }
    /** When no answer of the queue can be read, in milliseconds since the world began. */
    get unreadableSpans() {
        const { changes, startTime } = this.#options;
        return changes
            .filter(({ change }) => change === "list-to-object")
            .map(({ fromTime, untilTime = Number.POSITIVE_INFINITY }) => ({
            fromMs: fromTime - startTime,
            toMs: untilTime - startTime,
        }));
    }
    /** Whether the queue has said nothing that can be read since a format of it changed: then nobody knows that it is mended. */
    get isUnreadSinceChange() {
        const { changes } = this.#options;
        const ends = changes
            .filter(({ change }) => change === "list-to-object" || change === "renamed-field")
            .map(({ untilTime = Number.POSITIVE_INFINITY }) => untilTime);
        if (ends.length === 0)
            return false;
        const end = Math.max(...ends);
        for (const report of this.queued.values())
            if (report.arrivalTime >= end && this.readTimeOf(report) !== undefined)
                return false;
        return true;
    }
    /**
     * Whether upstream may have left the vehicle out of its list at about that time: it does so when nothing has come from
     * it for long, and an answer may be some minutes old. Who is in no list is never left out.
     */
    mayBeUnlisted(vehicleId, time) {
        const vehicle = this.#vehicles.get(vehicleId);
        if (vehicle === undefined || vehicle.line.fleet !== "tram")
            return false;
        const { removeAfter } = this.#options;
        const cutShort = this.#cutShort.filter((at) => Math.abs(at - time) <= UNLISTED_MS).length;
        if (cutShort > 0 && cutShort >= removeAfter)
            return true;
        for (let at = time - UNLISTED_MS; at <= time + UNLISTED_MS; at += LISTS_EVERY_MS) {
            if (this.#schedule.newestAt(vehicle, at) === undefined)
                return true;
        }
        return false;
    }
    /** A list was cut between two entries: no reader can tell that it is not the whole. */
    cutShort(time) {
        this.#cutShort.push(time);
    }
    /** A vehicle whose own clock is right. */
    isTrusted(vehicleId) {
        return !this.#untrusted.has(vehicleId);
    }
    /**
     * Where the vehicle was when it measured at that time, to the second. None: it did not. A hub whose clock is behind holds
     * what it is told back to its own time: then the measurement is up to `lagMs` later, and there may be several.
     */
    placesAt(vehicleId, time, lagMs) {
        const asked = this.#asked.get(vehicleId);
        if (lagMs === 0 && asked?.time === time)
            return asked.places;
        const places = [];
        for (let late = 0; late <= lagMs; late += SECOND_MS) {
            const place = this.#placeAt(vehicleId, time + late);
            if (place !== undefined)
                places.push(place);
        }
        places.push(...this.#placesInTheOtherHour(vehicleId, time));
        if (lagMs === 0)
            this.#asked.set(vehicleId, { time, places });
        return places;
    }
    /**
     * A report of the hour that comes twice may be taken for the other one. Then it may lie ahead of its receipt, and is
     * published with the time of that.
     */
    #placesInTheOtherHour(vehicleId, time) {
        const places = [];
        for (const shiftMs of [-HOUR_MS, HOUR_MS]) {
            if (!showsTheSame(time, time + shiftMs))
                continue;
            for (let aheadMs = 0; aheadMs <= AHEAD_MAX_MS; aheadMs += SECOND_MS) {
                const place = this.#placeAt(vehicleId, time + shiftMs + aheadMs, true);
                if (place !== undefined)
                    places.push(place);
            }
        }
        return places;
    }
    #placeAt(vehicleId, time, isOtherHour = false) {
        const ferry = this.#options.ferries.reportAt(vehicleId, time);
        if (ferry !== undefined)
            return { latitude: ferry.lat, longitude: ferry.lon };
        const vehicle = this.#vehicles.get(vehicleId);
        if (vehicle === undefined)
            return undefined;
        const report = this.#schedule.report(vehicle, this.#schedule.countUntil(vehicle, time) - 1);
        if (isOtherHour && !this.#options.isClockOff && !isTooLateToTell(report))
            return undefined;
        return report.sampleTime === time ? this.#options.city.stateAt(vehicle, time) : undefined;
    }
}
/** Whether the agency's clocks show the same at both moments. */
export function showsTheSame(one, other) {
    return one + offsetMsAt(one, TIMEZONE) === other + offsetMsAt(other, TIMEZONE);
}
/**
 * In the hour that comes twice a reading is taken for the moment that is nearest to its receipt. Of what may be read more
 * than half an hour after it was measured nobody can tell which of the two it was.
 */
export function isTooLateToTell({ arrivalTime, sampleTime }) {
    return arrivalTime + RETENTION_MS - sampleTime > HOUR_MS / 2;
}
function hasOwnClock(vehicle, schedule) {
    const report = schedule.report(vehicle, 1);
    return statedTimeOf(report) !== report.sampleTime;
}
