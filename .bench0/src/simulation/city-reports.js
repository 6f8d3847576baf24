import { HOUR_MS, MINUTE_MS } from "../model/units.js";
import { noise } from "./city-noise.js";
/** Out of reach for minutes: a garage, a valley. */
const SILENCE = {
    slotMs: 1_200_000,
    startMaxMs: 600_000,
    minMs: 90_000,
    maxMs: 540_000,
    burstMs: 6_000,
    key: 43,
};
/** Out of reach for up to two hours: a router that hangs until somebody switches it off and on. */
const LONG_SILENCE = {
    slotMs: 3 * HOUR_MS,
    startMaxMs: HOUR_MS,
    minMs: 1_200_000,
    maxMs: 2 * HOUR_MS,
    burstMs: 40_000,
    key: 53,
};
/** Of the vehicles that lose the network in their slot. */
const LONG_SHARE = 0.15;
const LATENCY_MIN_MS = 1200;
const LATENCY_MAX_MS = 5000;
/** No report is on its way for longer than this. */
export const UNDERWAY_MAX_MS = LONG_SILENCE.maxMs + LONG_SILENCE.burstMs + LATENCY_MAX_MS;
/** What is older is no present position. */
export const SNAPSHOT_MAX_MS = 20 * MINUTE_MS;
/**
 * What vehicles send, computed for any moment without the moments before it. Now and then a vehicle loses the network for
 * minutes, or for up to two hours, keeps its reports, and sends them in one burst that arrives out of order.
 */
export class ReportSchedule {
    #seed;
    /** Share of vehicles that lose the network in any twenty minutes. */
    #silence;
    constructor(seed, silence) {
        this.#seed = seed;
        this.#silence = silence;
    }
    /** How many reports the vehicle has measured up to and including that moment. */
    countUntil({ work }, time) {
        return work.countUntil(time);
    }
    report(vehicle, number) {
        const sampleTime = vehicle.work.timeOf(number);
        return { vehicle, number, sampleTime, arrivalTime: this.#arrival(vehicle, number, sampleTime) };
    }
    /** The newest report that has come in by then; a vehicle out of reach shows an old one, and one out of service none. */
    newestAt(vehicle, time) {
        for (let number = this.countUntil(vehicle, time) - 1;; number--) {
            const report = this.report(vehicle, number);
            if (time - report.sampleTime > SNAPSHOT_MAX_MS)
                return undefined;
            if (report.arrivalTime <= time)
                return report;
        }
    }
    /** Measured by then and still on their way. */
    underwayAt(vehicles, time) {
        const underway = [];
        for (const vehicle of vehicles) {
            for (let number = this.countUntil(vehicle, time) - 1;; number--) {
                const report = this.report(vehicle, number);
                if (time - report.sampleTime > UNDERWAY_MAX_MS)
                    break;
                if (report.arrivalTime > time)
                    underway.push(report);
            }
        }
        return underway;
    }
    #arrival(vehicle, number, sampleTime) {
        const latency = LATENCY_MIN_MS + noise(this.#seed, 42, vehicle.index, number) * (LATENCY_MAX_MS - LATENCY_MIN_MS);
        if (this.#silence === 0)
            return Math.ceil(sampleTime + latency);
        const heardAt = this.#heardAt(LONG_SILENCE, LONG_SHARE, vehicle, number, sampleTime) ??
            this.#heardAt(SILENCE, 1, vehicle, number, sampleTime);
        return Math.ceil((heardAt ?? sampleTime) + latency);
    }
    /** When it is back in reach; undefined when it is in reach. */
    #heardAt(silence, share, { index }, number, sampleTime) {
        const { slotMs, startMaxMs, minMs, maxMs, burstMs, key } = silence;
        // No closure: this is asked for every report, many times for those that are late.
        const seed = this.#seed;
        const slot = Math.floor(sampleTime / slotMs);
        if (noise(seed, key, index, slot) >= this.#silence * share)
            return undefined;
        const start = slot * slotMs + noise(seed, key + 1, index, slot) * startMaxMs;
        if (sampleTime < start)
            return undefined;
        const end = start + minMs + noise(seed, key + 2, index, slot) * (maxMs - minMs);
        if (sampleTime >= end)
            return undefined;
        return end + noise(seed, key + 3, index, number) * burstMs;
    }
}
