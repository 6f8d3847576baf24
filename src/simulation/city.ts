import type { StopStatus } from "../model/observation.js";
import type { EpochMs } from "../model/units.js";
import { type CityLine, createLine, type Leg, METRES_PER_DEGREE, placeAt } from "./city-line.js";
import { noise } from "./city-noise.js";
import { createSeededChance } from "./virtual-runtime.js";

/** A city that does not exist: its lines, its vehicles, and where each of them is at any moment. */
export interface City {
	readonly lines: readonly CityLine[];
	readonly vehicles: readonly CityVehicle[];
	/** What the vehicle does at that moment: a function of seed, vehicle and time alone. */
	stateAt(vehicle: CityVehicle, time: EpochMs): VehicleState;
}

export interface CityVehicle {
	/** Its place in `vehicles`. */
	readonly index: number;
	readonly vehicleId: string;
	readonly operatorId: string;
	readonly blockId: string;
	readonly line: CityLine;
	/** How far into the cycle it is at the epoch. */
	readonly phaseS: number;
}

export interface VehicleState {
	readonly latitude: number;
	readonly longitude: number;
	readonly headingDeg: number;
	readonly speedMps: number;
	readonly directionId: 0 | 1;
	readonly stopId: string;
	readonly stopSequence: number;
	readonly status: StopStatus;
	/** Seconds, positive when late. */
	readonly deviationS: number;
	/** When the trip was scheduled to leave its first stop. Names the trip together with line and direction. */
	readonly tripStartTime: EpochMs;
	/** Percent. */
	readonly occupancy: number;
}

export interface CityOptions {
	readonly seed: number;
	/** Default a place in the middle west. */
	readonly centre?: { readonly latitude: number; readonly longitude: number };
	/** Default 6. */
	readonly busLines?: number;
	/** Default 2. */
	readonly tramLines?: number;
	/** Wanted distance between two vehicles of a line. Default 600. */
	readonly headwayS?: number;
}

const CENTRE = { latitude: 41.875, longitude: -87.745 };
/** Receivers in streets are off by some metres. */
const GPS_ERROR_M = 6;
const NEAR_STOP_S = 12;

export function createCity(options: CityOptions): City {
	const { seed } = options;
	const chance = createSeededChance(seed);
	const lines: CityLine[] = [];
	for (let i = 0; i < (options.busLines ?? 6); i++) {
		const number = String(10 + i * 7 + Math.floor(chance.next() * 6));
		lines.push(
			createLine(
				{ gtfsRouteId: number, name: `Line ${number}`, fleet: "bus", centre: options.centre ?? CENTRE },
				chance,
			),
		);
	}
	for (let i = 0; i < (options.tramLines ?? 2); i++) {
		const letter = String.fromCharCode(65 + i);
		lines.push(
			createLine(
				{ gtfsRouteId: letter, name: `Tram ${letter}`, fleet: "tram", centre: options.centre ?? CENTRE },
				chance,
			),
		);
	}
	const vehicles: CityVehicle[] = [];
	for (const line of lines) {
		const count = Math.max(2, Math.round(line.cycleS / (options.headwayS ?? 600)));
		for (let i = 0; i < count; i++) {
			const index = vehicles.length;
			vehicles.push({
				index,
				vehicleId: String((line.fleet === "bus" ? 1000 : 7000) + index),
				operatorId: String(50_000 + Math.floor(chance.next() * 9999)),
				blockId: `${line.gtfsRouteId}-${String(i + 1).padStart(2, "0")}`,
				line,
				phaseS: Math.round((line.cycleS * i) / count),
			});
		}
	}
	return { lines, vehicles, stateAt: (vehicle, time) => stateAt(seed, vehicle, time) };
}

function stateAt(seed: number, vehicle: CityVehicle, time: EpochMs): VehicleState {
	const { line } = vehicle;
	const now = time / 1000;
	const progress = progressAt(seed, vehicle, now);
	const inCycle = progress - Math.floor(progress / line.cycleS) * line.cycleS;
	const leg = legAt(line, inCycle);
	const distanceM = distanceAt(leg, inCycle);
	const place = placeAt(line, distanceM);
	const backwards = leg.directionId === 1;
	const north = (noise(seed, 1, vehicle.index, time) - 0.5) * 2 * GPS_ERROR_M;
	const east = (noise(seed, 2, vehicle.index, time) - 0.5) * 2 * GPS_ERROR_M;
	const perDegree = METRES_PER_DEGREE * Math.cos((place.latitude * Math.PI) / 180);
	return {
		latitude: place.latitude + north / METRES_PER_DEGREE,
		longitude: place.longitude + east / perDegree,
		headingDeg: backwards ? (place.headingDeg + 180) % 360 : place.headingDeg,
		speedMps: speedAt(seed, vehicle, now),
		directionId: leg.directionId,
		stopId: leg.stopId,
		stopSequence: leg.stopSequence,
		status: statusOf(leg, inCycle),
		// No negative zero: it would compare as another number.
		deviationS: Math.round(delayAt(seed, vehicle, now)) + 0,
		tripStartTime: tripStartTimeOf(vehicle, leg, progress),
		occupancy: occupancyAt(seed, vehicle, leg, inCycle),
	};
}

/** Seconds into the timetable: the present moment less the delay that has built up. */
function progressAt(seed: number, vehicle: CityVehicle, now: number): number {
	return now + vehicle.phaseS - delayAt(seed, vehicle, now);
}

/**
 * Two slow waves, so that a delay grows and is made up for again. Their slopes stay well below one: a vehicle never drives
 * backwards and never much faster than its timetable.
 */
function delayAt(seed: number, vehicle: CityVehicle, now: number): number {
	const wave = (key: number, periodS: number, amplitudeS: number): number => {
		const period = periodS * (1 + noise(seed, key, vehicle.index));
		return amplitudeS * Math.sin((now / period + noise(seed, key + 1, vehicle.index)) * 2 * Math.PI);
	};
	return 35 + wave(10, 1800, 70) + wave(20, 600, 12);
}

function legAt(line: CityLine, inCycle: number): Leg {
	let low = 0;
	let high = line.legs.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if ((line.legs[middle]?.startS ?? 0) <= inCycle) low = middle;
		else high = middle - 1;
	}
	return line.legs[low] as Leg;
}

/** A drive starts and ends gently. */
function distanceAt(leg: Leg, inCycle: number): number {
	const share = (inCycle - leg.startS) / (leg.endS - leg.startS || 1);
	return leg.fromM + (leg.toM - leg.fromM) * share * share * (3 - 2 * share);
}

/** From the distance covered in two seconds, so that speed and displacement always agree. */
function speedAt(seed: number, vehicle: CityVehicle, now: number): number {
	const distance = (at: number): number => {
		const progress = progressAt(seed, vehicle, at);
		const inCycle = progress - Math.floor(progress / vehicle.line.cycleS) * vehicle.line.cycleS;
		return distanceAt(legAt(vehicle.line, inCycle), inCycle);
	};
	return Math.round((Math.abs(distance(now + 1) - distance(now - 1)) / 2) * 100) / 100;
}

function statusOf(leg: Leg, inCycle: number): StopStatus {
	if (leg.kind !== "drive") return "stopped_at";
	return leg.endS - inCycle <= NEAR_STOP_S ? "incoming_at" : "in_transit_to";
}

function tripStartTimeOf(vehicle: CityVehicle, leg: Leg, progress: number): EpochMs {
	const cycle = Math.floor(progress / vehicle.line.cycleS);
	return Math.round((cycle * vehicle.line.cycleS + leg.tripStartS - vehicle.phaseS) * 1000);
}

/** Fullest in the middle of the line. */
function occupancyAt(seed: number, vehicle: CityVehicle, leg: Leg, inCycle: number): number {
	if (leg.kind === "layover") return 0;
	const along = distanceAt(leg, inCycle) / (vehicle.line.lengthM || 1);
	const most = 35 + 65 * noise(seed, 30, vehicle.index, leg.directionId);
	return Math.round(most * 4 * along * (1 - along));
}
