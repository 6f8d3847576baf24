import { SECOND_MS } from "../../model/units.js";
import { createCity } from "../city.js";
import { noise } from "../city-noise.js";
const VEHICLES = 24;
const FIRST_SEQUENCE = 100_001;
const LATENCY_MS = 2 * SECOND_MS;
const KEPT_MS = 30 * SECOND_MS;
const BURST_MS = 4 * SECOND_MS;
const INTERVAL_MIN_S = 12;
const INTERVALS_S = 8;
/** A poll that is late by half a pace still sees each report. */
const PACES_PER_REPORT = 1.5;
const THREE_YEARS_MS = 3 * 365 * 86_400 * SECOND_MS;
/** At night vehicles go home over this part of the trouble at its beginning, and leave again at its end. */
const HOMEWARD_SHARE = 1 / 3;
/** So many of them go ahead, are silent, or cannot be read. */
const HITS = {
    ahead: (index) => index % 10 === 3,
    silent: (index) => index % 3 === 0,
    unreadable: (index) => index === 5,
};
/** The vehicles of one feed, and what they report. */
export class Fleet {
    vehicles;
    /** All that has come in, in that order. */
    reports = [];
    #options;
    #city;
    #next;
    #newest = new Map();
    #underway = [];
    constructor(options) {
        this.#options = options;
        const { seed, firstId, centre, startTime, paceMs } = options;
        this.#city = createCity({ seed, busLines: 4, tramLines: 0, headwayS: 420, ...(centre && { centre }) });
        const leastS = Math.max(INTERVAL_MIN_S, Math.ceil((PACES_PER_REPORT * paceMs) / SECOND_MS));
        this.vehicles = this.#city.vehicles.slice(0, VEHICLES).map((city, index) => {
            const intervalMs = (leastS + Math.floor(noise(seed, 40, index) * INTERVALS_S)) * SECOND_MS;
            const phaseMs = Math.floor(noise(seed, 41, index) * (intervalMs / SECOND_MS)) * SECOND_MS;
            return { vehicleId: String(firstId + index), index, city, intervalMs, phaseMs };
        });
        this.#next = this.vehicles.map(({ intervalMs, phaseMs }) => Math.ceil((startTime - phaseMs) / intervalMs));
    }
    advanceTo(now) {
        for (const vehicle of this.vehicles) {
            const { index, intervalMs, phaseMs } = vehicle;
            for (;;) {
                const sampleTime = this.#next[index] * intervalMs + phaseMs;
                if (sampleTime > now)
                    break;
                this.#next[index]++;
                if (this.isInService(vehicle, sampleTime))
                    this.#underway.push(this.#measure(vehicle, sampleTime));
            }
        }
        const arrived = this.#underway.filter(({ arrivalTime }) => arrivalTime <= now);
        if (arrived.length === 0)
            return;
        this.#underway = this.#underway.filter(({ arrivalTime }) => arrivalTime > now);
        arrived.sort((a, b) => a.arrivalTime - b.arrivalTime || a.vehicle.index - b.vehicle.index);
        for (const one of arrived) {
            const report = { ...one, sequence: FIRST_SEQUENCE + this.reports.length };
            this.reports.push(report);
            this.#newest.set(report.vehicle, report);
        }
    }
    /** What came in last of each vehicle; of one that has signed off for as long as it may have been missed. */
    newest(now) {
        const keptMs = Math.max(KEPT_MS, 2 * this.#options.paceMs);
        return [...this.#newest.values()].filter(({ vehicle, arrivalTime }) => this.isInService(vehicle, now) || now - arrivalTime <= keptMs);
    }
    /** What is kept of the time since `oldest`, and came in after that number. */
    after(sequence, oldest) {
        const { reports } = this;
        let first = Math.max(0, sequence + 1 - FIRST_SEQUENCE);
        while (first < reports.length && reports[first].arrivalTime < oldest)
            first++;
        return reports.slice(first);
    }
    /** Whether the trouble of the drill is one of this vehicle's own. */
    isHit({ index }, time) {
        const { trouble } = this.#options;
        return (trouble !== undefined && trouble !== "home" && HITS[trouble](index) && this.#sharesTrouble(time, 0));
    }
    isInService({ index }, time) {
        const { trouble, troubleSpan, startTime } = this.#options;
        if (trouble !== "home")
            return true;
        const { fromMs, toMs } = troubleSpan;
        const spreadMs = (toMs - fromMs) * HOMEWARD_SHARE * ((index + 1) / this.vehicles.length);
        const atMs = time - startTime;
        return atMs < fromMs + spreadMs || atMs >= toMs - (index === 0 ? 0 : spreadMs / 4);
    }
    #sharesTrouble(time, moreMs) {
        const { startTime, troubleSpan } = this.#options;
        const atMs = time - startTime;
        return atMs >= troubleSpan.fromMs && atMs < troubleSpan.toMs + moreMs;
    }
    #measure(vehicle, sampleTime) {
        const { trouble, seed, startTime, troubleSpan } = this.#options;
        const isHit = this.isHit(vehicle, sampleTime);
        const state = this.#city.stateAt(vehicle.city, sampleTime);
        const burstTime = startTime + troubleSpan.toMs + noise(seed, 46, vehicle.index, sampleTime) * BURST_MS;
        return {
            vehicle,
            sampleTime,
            arrivalTime: isHit && trouble === "silent" ? Math.ceil(burstTime) : sampleTime + LATENCY_MS,
            statedTime: isHit && trouble === "ahead" ? sampleTime + THREE_YEARS_MS : sampleTime,
            isBad: isHit && trouble === "unreadable",
            state,
        };
    }
}
