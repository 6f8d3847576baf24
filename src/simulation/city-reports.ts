import type { DurationMs, EpochMs } from "../model/units.js";
import type { CityVehicle } from "./city.js";
import { noise } from "./city-noise.js";

/** One position report of one vehicle: when it was measured, and when the radio network brought it in. */
export interface Report {
	readonly vehicle: CityVehicle;
	/** Counts from the epoch, so that it is the same after a restart of the simulation. */
	readonly number: number;
	readonly sampleTime: EpochMs;
	readonly arrivalTime: EpochMs;
}

const SILENCE_SLOT_MS = 1_200_000;
const SILENCE_MIN_MS = 90_000;
const SILENCE_MAX_MS = 540_000;
const BURST_MS = 6000;
const LATENCY_MIN_MS = 1200;
const LATENCY_MAX_MS = 5000;

/** No report is on its way for longer than this. */
export const UNDERWAY_MAX_MS: DurationMs = SILENCE_MAX_MS + BURST_MS + LATENCY_MAX_MS;

/**
 * What vehicles send, computed for any moment without the moments before it. Every 12 to 20 seconds a vehicle measures
 * where it is. Now and then it loses the network for some minutes, keeps its reports, and sends them in one burst that
 * arrives out of order.
 */
export class ReportSchedule {
	readonly #seed: number;
	/** Share of vehicles that lose the network in any twenty minutes. */
	readonly #silence: number;

	constructor(seed: number, silence: number) {
		this.#seed = seed;
		this.#silence = silence;
	}

	/** How many reports the vehicle has measured up to and including that moment. */
	countUntil(vehicle: CityVehicle, time: EpochMs): number {
		const { intervalMs, phaseMs } = this.#rhythm(vehicle);
		return Math.floor((time - phaseMs) / intervalMs) + 1;
	}

	report(vehicle: CityVehicle, number: number): Report {
		const { intervalMs, phaseMs } = this.#rhythm(vehicle);
		const sampleTime = number * intervalMs + phaseMs;
		return { vehicle, number, sampleTime, arrivalTime: this.#arrival(vehicle, number, sampleTime) };
	}

	/** The newest report that has come in by then; a vehicle out of reach shows an old one. */
	newestAt(vehicle: CityVehicle, time: EpochMs): Report | undefined {
		for (let number = this.countUntil(vehicle, time) - 1; ; number--) {
			const report = this.report(vehicle, number);
			if (report.arrivalTime <= time) return report;
			if (time - report.sampleTime > UNDERWAY_MAX_MS) return undefined;
		}
	}

	/** Measured by then and still on their way. */
	underwayAt(vehicles: readonly CityVehicle[], time: EpochMs): readonly Report[] {
		const underway: Report[] = [];
		for (const vehicle of vehicles) {
			for (let number = this.countUntil(vehicle, time) - 1; ; number--) {
				const report = this.report(vehicle, number);
				if (time - report.sampleTime > UNDERWAY_MAX_MS) break;
				if (report.arrivalTime > time) underway.push(report);
			}
		}
		return underway;
	}

	#rhythm(vehicle: CityVehicle): { readonly intervalMs: DurationMs; readonly phaseMs: DurationMs } {
		const intervalMs = 1000 * (12 + Math.floor(noise(this.#seed, 40, vehicle.index) * 9));
		return {
			intervalMs,
			phaseMs: 1000 * Math.floor((noise(this.#seed, 41, vehicle.index) * intervalMs) / 1000),
		};
	}

	#arrival(vehicle: CityVehicle, number: number, sampleTime: EpochMs): EpochMs {
		const draw = (key: number, at: number) => noise(this.#seed, key, vehicle.index, at);
		const latency = LATENCY_MIN_MS + draw(42, number) * (LATENCY_MAX_MS - LATENCY_MIN_MS);
		const slot = Math.floor(sampleTime / SILENCE_SLOT_MS);
		if (draw(43, slot) < this.#silence) {
			const start = slot * SILENCE_SLOT_MS + draw(44, slot) * (SILENCE_SLOT_MS / 2);
			const end = start + SILENCE_MIN_MS + draw(45, slot) * (SILENCE_MAX_MS - SILENCE_MIN_MS);
			if (sampleTime >= start && sampleTime < end) {
				return Math.ceil(end + draw(46, number) * BURST_MS + latency);
			}
		}
		return Math.ceil(sampleTime + latency);
	}
}
