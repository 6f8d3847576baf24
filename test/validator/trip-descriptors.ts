import {
	checkTripForm as checkFormRules,
	checkTrip as checkTripRules,
} from "../../src/formats/gtfs-realtime-rules.js";
import { asTripDescriptor, type Trip } from "./feed-message.js";
import type { Report } from "./rules.js";
import type { StaticFeed } from "./static-feed.js";

/** The rules of the validator about trip descriptors, wherever they stand. */

/** Relationships under which a trip need not be in the schedule. NEW and its kin are younger than the validator itself. */
const UNSCHEDULED_TRIPS = new Set(["ADDED", "NEW", "REPLACEMENT", "DUPLICATED"]);

/** A trip as a vehicle or a trip update names it. */
export function checkTrip(trip: Trip, report: Report): void {
	checkTripRules(asTripDescriptor(trip), report);
}

/** A trip as anybody names it. */
export function checkTripForm(trip: Trip, report: Report): void {
	checkFormRules(asTripDescriptor(trip), report);
}

export function checkScheduledTrip(
	trip: Trip,
	vehicleId: string | undefined,
	schedule: StaticFeed,
	report: Report,
): void {
	const known = schedule.trips.get(trip.trip_id ?? "");
	const relationship = trip.schedule_relationship ?? "SCHEDULED";
	if (trip.route_id !== undefined && !schedule.routes.has(trip.route_id)) {
		report("E004", `route_id ${trip.route_id} is unknown`);
	}
	if (trip.trip_id !== undefined && known === undefined && !UNSCHEDULED_TRIPS.has(relationship)) {
		report("E003", `trip_id ${trip.trip_id} is unknown`);
	}
	if (known === undefined || trip.trip_id === undefined) return;
	if (relationship === "ADDED") report("E016", `the added trip ${trip.trip_id} is in the schedule`);
	if (trip.route_id !== undefined && trip.route_id !== known.routeId) {
		report("E035", `trip ${trip.trip_id} is not of route ${trip.route_id}`);
	}
	const directions = [trip.direction_id, known.directionId];
	if (!directions.includes(undefined) && directions[0] !== directions[1]) {
		report("E024", `direction_id ${trip.direction_id} of trip ${trip.trip_id}`);
	}
	const frequencies = schedule.frequencies.get(trip.trip_id);
	if (frequencies !== undefined) checkFrequency(trip, vehicleId, frequencies, report);
	else if (
		trip.start_time !== undefined &&
		known.firstArrival !== undefined &&
		trip.start_time !== known.firstArrival
	) {
		report("E023", `start_time ${trip.start_time} is not the first arrival ${known.firstArrival}`);
	}
}

function checkFrequency(
	trip: Trip,
	vehicleId: string | undefined,
	frequencies: NonNullable<ReturnType<StaticFeed["frequencies"]["get"]>>,
	report: Report,
): void {
	if (frequencies.some(({ exactTimes }) => exactTimes === 0)) {
		if (trip.start_time === undefined || trip.start_date === undefined) {
			report("E006", `trip ${trip.trip_id} lacks its start time or date`);
		}
		if (trip.schedule_relationship !== undefined && trip.schedule_relationship !== "UNSCHEDULED") {
			report("E013", `trip ${trip.trip_id} is ${trip.schedule_relationship}, not UNSCHEDULED`);
		}
		if (vehicleId === undefined) report("W005", `trip ${trip.trip_id} lacks a vehicle.id`);
		return;
	}
	const [hours = 0, minutes = 0, seconds = 0] = (trip.start_time ?? "").split(":").map(Number);
	const startS = hours * 3600 + minutes * 60 + seconds;
	const isDeparture = frequencies.some(
		({ startS: first, endS, headwayS }) =>
			startS >= first && startS < endS && (startS - first) % headwayS === 0,
	);
	if (trip.start_time !== undefined && !isDeparture) {
		report("E019", `start_time ${trip.start_time} is not a multiple of the headway`);
	}
}
