import { checkAlert } from "./alerts.js";
import { type Message, readMessage, type Vehicle } from "./feed-message.js";
import {
	checkTimestamp,
	type Finding,
	FUTURE_S,
	isPosix,
	type Report,
	type ValidationContext,
} from "./rules.js";
import { isInArea, metresToShape, type StaticFeed } from "./static-feed.js";
import { checkScheduledTrip, checkTrip } from "./trip-descriptors.js";
import { checkTripUpdate } from "./trip-updates.js";

/**
 * The rules of MobilityData's gtfs-realtime-validator, ported from their documented text: those about a feed and its vehicles
 * here, about trip updates and alerts in files of their own, about pairs of feeds in `pairs.ts`. The retired ids (E005,
 * E007, E008, E014) and E010, which is about the schedule alone, are left out.
 */

/** Rules that an honest publisher can always keep, whatever its input. */
export const NEVER_FORCED = [
	"E001",
	"E012",
	"E017",
	"E018",
	"E020",
	"E022",
	"E025",
	"E026",
	"E027",
	"E031",
	"E032",
	"E033",
	"E036",
	"E038",
	"E039",
	"E040",
	"E041",
	"E042",
	"E043",
	"E044",
	"E048",
	"E049",
	"E050",
	"E052",
] as const;

const SPEED_MAX_MPS = 26;
const SHAPE_DISTANCE_M = 200;

/** Judges a feed of any of the three kinds, or of all. */
export function validateFeed(
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
		if (entity.trip_update !== undefined) checkTripUpdate(entity.trip_update, message, context, report);
		if (entity.alert !== undefined) checkAlert(entity.alert, context, report);
		if (entity.vehicle === undefined) continue;
		checkVehicle(entity.vehicle, message, context, seen, report);
		if (entity.vehicle.trip !== undefined) checkTrip(entity.vehicle.trip, report);
		if (context.schedule !== undefined) checkSchedule(entity.vehicle, context.schedule, report);
	}
	return findings;
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
	message: Message,
	context: ValidationContext,
	seen: Set<string>,
	report: Report,
): void {
	const { position } = vehicle;
	checkTimestamp(vehicle.timestamp, message.header.timestamp, context, report);
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

function checkSchedule(vehicle: Vehicle, schedule: StaticFeed, report: Report): void {
	const { trip, position } = vehicle;
	const stop = vehicle.stop_id === undefined ? undefined : schedule.stops.get(vehicle.stop_id);
	if (vehicle.stop_id !== undefined && stop === undefined)
		report("E011", `stop_id ${vehicle.stop_id} is unknown`);
	if (stop !== undefined && stop.locationType !== 0)
		report("E015", `stop ${vehicle.stop_id} is no boarding place`);
	if (trip !== undefined) checkScheduledTrip(trip, vehicle.vehicle?.id, schedule, report);
	if (position === undefined) return;
	const place = [position.latitude, position.longitude] as const;
	if (!isInArea(schedule, place)) report("E028", `${place.join(", ")} is outside of the agency's area`);
	const shapeId = schedule.trips.get(trip?.trip_id ?? "")?.shapeId;
	const shape = shapeId === undefined ? undefined : schedule.shapes.get(shapeId);
	if (shape !== undefined && metresToShape(place, shape) > SHAPE_DISTANCE_M) {
		report("E029", `${place.join(", ")} is more than ${SHAPE_DISTANCE_M} m from the trip's shape`);
	}
}
