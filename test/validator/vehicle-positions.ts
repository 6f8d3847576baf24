import { type Message, readMessage, type Trip, type Vehicle } from "./feed-message.js";
import { isInArea, metresToShape, type StaticFeed } from "./static-feed.js";

/**
 * The rules of MobilityData's gtfs-realtime-validator that can apply to a feed of vehicle positions, ported from their
 * documented text. Rules about trip updates, alerts and pairs of feeds (E002, E009, E022, E025, E030 to E034, E036, E037,
 * E040 to E047, E051, W003) cannot fire on such a feed and are left out; so are the retired ids.
 */

export interface Finding {
	readonly code: string;
	readonly message: string;
	/** The entity that it is about; absent for the feed as a whole. */
	readonly entityId?: string;
}

export interface ValidationContext {
	/** When the validator looked, in milliseconds. */
	readonly now: number;
	/** Without it the rules that compare with the schedule are not run. */
	readonly schedule?: StaticFeed;
}

/** Rules that an honest publisher can always keep, whatever its input. */
export const NEVER_FORCED = [
	"E001",
	"E012",
	"E017",
	"E018",
	"E026",
	"E027",
	"E038",
	"E039",
	"E048",
	"E049",
	"E050",
	"E052",
] as const;

const TIME_LEAST_S = 1_104_537_600;
const TIME_MOST_S = 1_991_620_134;
const FUTURE_S = 60;
const SPEED_MAX_MPS = 26;
const SHAPE_DISTANCE_M = 200;
/** Relationships under which a trip need not be in the schedule. NEW and its kin are younger than the validator itself. */
const UNSCHEDULED_TRIPS = new Set(["ADDED", "NEW", "REPLACEMENT", "DUPLICATED"]);

export function validateVehiclePositions(
	previous: Uint8Array | undefined,
	current: Uint8Array,
	context: ValidationContext,
): readonly Finding[] {
	const message = readMessage(current);
	const findings: Finding[] = [];
	checkHeader(message, context, (code, text) => findings.push({ code, message: text }));
	if (previous !== undefined) {
		checkSequence(previous, current, (code, text) => findings.push({ code, message: text }));
	}
	const seen = new Set<string>();
	for (const entity of message.entity) {
		const report: Report = (code, text) => findings.push({ code, message: text, entityId: entity.id });
		if (entity.is_deleted === true && message.header.incrementality !== "DIFFERENTIAL") {
			report("E039", "is_deleted in a full data set");
		}
		if (entity.vehicle === undefined) continue;
		checkVehicle(entity.vehicle, message, context, seen, report);
		if (entity.vehicle.trip !== undefined) checkTrip(entity.vehicle.trip, report);
		if (context.schedule !== undefined) checkSchedule(entity.vehicle, context.schedule, report);
	}
	return findings;
}

type Report = (code: string, text: string) => void;

function isPosix(seconds: number): boolean {
	return seconds >= TIME_LEAST_S && seconds <= TIME_MOST_S;
}

function checkHeader({ header }: Message, { now }: ValidationContext, report: Report): void {
	const { timestamp, gtfs_realtime_version: version } = header;
	if (version !== "1.0" && version !== "2.0") report("E038", `version ${JSON.stringify(version)}`);
	if (version === "2.0" && header.incrementality === undefined) report("E049", "incrementality is missing");
	if (timestamp === undefined) {
		if (version === "2.0") report("E048", "header.timestamp is missing");
		report("W001", "header.timestamp is missing");
		return;
	}
	if (!isPosix(timestamp)) report("E001", `header.timestamp ${timestamp} is not POSIX seconds`);
	const age = now / 1000 - timestamp;
	if (age < -FUTURE_S) report("E050", `header.timestamp lies ${-age} s in the future`);
	if (age > 65) report("W008", `header.timestamp is ${age} s old`);
}

function checkSequence(before: Uint8Array, after: Uint8Array, report: Report): void {
	const was = readMessage(before).header.timestamp ?? 0;
	const is = readMessage(after).header.timestamp ?? 0;
	if (is < was) report("E018", `header.timestamp went from ${was} to ${is}`);
	if (is === was && Buffer.compare(before, after) !== 0)
		report("E017", `other content at the same time ${is}`);
	if (is - was > 35) report("W007", `${is - was} s between two header times`);
}

function checkVehicle(
	vehicle: Vehicle,
	{ header }: Message,
	{ now }: ValidationContext,
	seen: Set<string>,
	report: Report,
): void {
	const { timestamp, position } = vehicle;
	if (timestamp === undefined) report("W001", "timestamp is missing");
	else {
		if (!isPosix(timestamp)) report("E001", `timestamp ${timestamp} is not POSIX seconds`);
		if (timestamp > (header.timestamp ?? Number.POSITIVE_INFINITY)) {
			report("E012", `timestamp ${timestamp} is after header.timestamp ${header.timestamp}`);
		}
		if (timestamp > now / 1000 + FUTURE_S) report("E050", `timestamp ${timestamp} lies in the future`);
	}
	const id = vehicle.vehicle?.id;
	if (id === undefined || id === "") report("W002", "vehicle.id is missing");
	else if (seen.has(id)) report("E052", `vehicle.id ${id} is there twice`);
	else seen.add(id);
	if (position === undefined) return;
	const { latitude, longitude, bearing, speed } = position;
	const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
	if (!isPlace) report("E026", `${latitude}, ${longitude} is no position`);
	if (bearing !== undefined && !(bearing >= 0 && bearing <= 360)) report("E027", `bearing ${bearing}`);
	if (speed !== undefined && !(speed >= 0 && speed <= SPEED_MAX_MPS)) report("W004", `speed ${speed} m/s`);
}

function checkTrip(trip: Trip, report: Report): void {
	if (trip.trip_id === undefined) report("W006", "a trip without trip_id");
	if (trip.schedule_relationship === undefined) report("W009", "schedule_relationship is not set");
	if (trip.start_time !== undefined && !/^[0-2]?[0-9]:[0-5][0-9]:[0-5][0-9]$/.test(trip.start_time)) {
		report("E020", `start_time ${trip.start_time}`);
	}
	if (trip.start_date !== undefined && !isDate(trip.start_date))
		report("E021", `start_date ${trip.start_date}`);
}

function isDate(text: string): boolean {
	if (!/^\d{8}$/.test(text)) return false;
	const iso = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
	const date = new Date(`${iso}T00:00:00Z`);
	return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
}

function checkSchedule(vehicle: Vehicle, schedule: StaticFeed, report: Report): void {
	const { trip, position } = vehicle;
	const stop = vehicle.stop_id === undefined ? undefined : schedule.stops.get(vehicle.stop_id);
	if (vehicle.stop_id !== undefined && stop === undefined)
		report("E011", `stop_id ${vehicle.stop_id} is unknown`);
	if (stop !== undefined && stop.locationType !== 0)
		report("E015", `stop ${vehicle.stop_id} is no boarding place`);
	if (trip !== undefined) checkScheduledTrip(trip, vehicle, schedule, report);
	if (position === undefined) return;
	const place = [position.latitude, position.longitude] as const;
	if (!isInArea(schedule, place)) report("E028", `${place.join(", ")} is outside of the agency's area`);
	const shapeId = schedule.trips.get(trip?.trip_id ?? "")?.shapeId;
	const shape = shapeId === undefined ? undefined : schedule.shapes.get(shapeId);
	if (shape !== undefined && metresToShape(place, shape) > SHAPE_DISTANCE_M) {
		report("E029", `${place.join(", ")} is more than ${SHAPE_DISTANCE_M} m from the trip's shape`);
	}
}

function checkScheduledTrip(trip: Trip, vehicle: Vehicle, schedule: StaticFeed, report: Report): void {
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
	if (frequencies !== undefined) checkFrequency(trip, vehicle, frequencies, report);
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
	vehicle: Vehicle,
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
		if (vehicle.vehicle?.id === undefined) report("W005", `trip ${trip.trip_id} lacks a vehicle.id`);
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
