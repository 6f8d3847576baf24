import { civilFromDays, daysFromCivil } from "../../src/formats/local-time.js";
import { type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/model/units.js";
import { FleetHistory, type FleetHistoryJson } from "../../src/schedule/fleet-history.js";
import { type CityVehicle, createCity, type VehicleState } from "../../src/simulation/city.js";
import { serviceDateOf } from "../../src/simulation/city-days.js";
import { cityGtfs } from "../../src/simulation/city-gtfs.js";
import { noise } from "../../src/simulation/city-noise.js";
import { zipOf } from "../gtfs-feed.js";

const SEED = 11;
const TIMEZONE = "America/Chicago";
export const VEHICLES = 20;
/** Those of the city, which has a schedule; the others are the county's, which has none and names no trips. */
const CITY_VEHICLES = 12;
const REPORT_EVERY_MS = 30 * SECOND_MS;
/** How long upstream goes on listing a vehicle that is silent. */
const LISTED_MS = 10 * MINUTE_MS;
const SLOT_MS = 10 * MINUTE_MS;
const SILENT_SHARE = 0.02;
const LOST_SHARE = 0.01;
/** Thanksgiving of 2026, with the service of the Sunday after it. */
const HOLIDAY = { year: 2026, month: 11, day: 26 } as const;
const SUNDAY_AFTER_DAYS = 3;
const DAY_BREAK_MS = 3 * HOUR_MS;
const HISTORY_DAYS = 21;

export const HOLIDAY_DATE = "2026-11-26";
/** Monday of that week, 00:00 in Chicago. */
export const MONDAY: EpochMs = Date.UTC(2026, 10, 23, 6);

const city = createCity({
	seed: SEED,
	vehicles: VEHICLES,
	busLines: 4,
	tramLines: 0,
	service: "weekday",
	timezone: TIMEZONE,
});
const ofCity = new Set(city.vehicles.slice(0, CITY_VEHICLES));

/** What keeps a vehicle from reporting at that time, beside what happens every day. */
export type Silence = (vehicle: CityVehicle, time: EpochMs) => boolean;

interface Seen {
	readonly vehicle: CityVehicle;
	readonly state: VehicleState;
	readonly time: EpochMs;
}

/** The GTFS of the city, with the holiday. */
export function schedule(): Uint8Array {
	const tables = new Map(cityGtfs({ city, time: MONDAY }));
	const date = HOLIDAY_DATE.replaceAll("-", "");
	tables.set("calendar_dates.txt", `service_id,date,exception_type\nWD,${date},2\nWE,${date},1\n`);
	return zipOf(Object.fromEntries(tables));
}

/** What a hub knows that has lived through the three weeks before. */
export function history(): FleetHistoryJson {
	const lived = new FleetHistory(TIMEZONE, [HOLIDAY_DATE]);
	for (let time = MONDAY - HISTORY_DAYS * 24 * HOUR_MS; time < MONDAY; time += 5 * MINUTE_MS) {
		const working = city.vehicles.filter(
			(vehicle) => !ofCity.has(vehicle) && stateAt(vehicle, time).phase !== "off",
		);
		lived.add(working.length, time);
	}
	return lived.json();
}

/** GTFS-realtime as JSON: each vehicle where it was when it reported last. */
export function snapshot(agency: "city" | "county", now: EpochMs, isSilent: Silence): string {
	const seen = city.vehicles
		.filter((vehicle) => ofCity.has(vehicle) === (agency === "city"))
		.flatMap((vehicle) => lastReport(vehicle, now, isSilent) ?? []);
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", incrementality: "FULL_DATASET", timestamp: Math.floor(now / 1000) },
		entity: seen.map((one) => entityOf(one, agency === "city")),
	});
}

function entityOf({ vehicle, state, time }: Seen, hasTrip: boolean) {
	const { trip, latitude, longitude, headingDeg, speedMps } = state;
	return {
		id: vehicle.vehicleId,
		vehicle: {
			...(hasTrip && trip && { trip: tripOf(vehicle, trip, time) }),
			position: { latitude, longitude, bearing: Math.round(headingDeg) % 360, speed: speedMps },
			timestamp: Math.floor(time / 1000),
			vehicle: { id: vehicle.vehicleId, label: vehicle.vehicleId },
		},
	};
}

function tripOf(vehicle: CityVehicle, trip: NonNullable<VehicleState["trip"]>, time: EpochMs) {
	const { tripId, serviceDate } = trip;
	const startDate = isHoliday(time) ? daysBefore(serviceDate, SUNDAY_AFTER_DAYS) : serviceDate;
	return { tripId, startDate, routeId: vehicle.line.gtfsRouteId, scheduleRelationship: "SCHEDULED" };
}

/** Undefined: it is off, or was silent for so long that upstream lists it no more. */
function lastReport(vehicle: CityVehicle, now: EpochMs, isSilent: Silence): Seen | undefined {
	const phase = vehicle.index * 1400;
	const newest = Math.floor((now - phase) / REPORT_EVERY_MS) * REPORT_EVERY_MS + phase;
	for (let time = newest; time > now - LISTED_MS; time -= REPORT_EVERY_MS) {
		const state = stateAt(vehicle, time);
		if (state.phase === "off") return undefined;
		if (isLost(vehicle, time) || isSilent(vehicle, time)) continue;
		return { vehicle, state, time };
	}
	return undefined;
}

/** A report is lost now and then, and a vehicle that drives through a shadow is not heard of for some minutes. */
function isLost({ index }: CityVehicle, time: EpochMs): boolean {
	if (noise(SEED, 71, index, time) < LOST_SHARE) return true;
	const slot = Math.floor(time / SLOT_MS);
	if (noise(SEED, 72, index, slot) >= SILENT_SHARE) return false;
	return time - slot * SLOT_MS < (100 + 140 * noise(SEED, 73, index, slot)) * SECOND_MS;
}

function stateAt(vehicle: CityVehicle, time: EpochMs): VehicleState {
	return city.stateAt(vehicle, isHoliday(time) ? time + SUNDAY_AFTER_DAYS * 24 * HOUR_MS : time);
}

/** From the small hours on: trips of the evening before run past midnight. */
function isHoliday(time: EpochMs): boolean {
	const { year, month, day } = HOLIDAY;
	const start = MONDAY + (daysFromCivil(year, month, day) - daysFromCivil(2026, 11, 23)) * 24 * HOUR_MS;
	return time >= start + DAY_BREAK_MS && time < start + 24 * HOUR_MS + DAY_BREAK_MS;
}

function daysBefore(serviceDate: string, days: number): string {
	const [year, month, day] = [serviceDate.slice(0, 4), serviceDate.slice(4, 6), serviceDate.slice(6)].map(
		Number,
	);
	const civil = civilFromDays(daysFromCivil(year as number, month as number, day as number) - days);
	return serviceDateOf(daysFromCivil(civil.year, civil.month, civil.day));
}
