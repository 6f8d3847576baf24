import { checkFeedMessage } from "../../src/formats/gtfs-realtime-rules.js";
import { checkAlert } from "./alerts.js";
import { asFeedMessage, readMessage, type Vehicle } from "./feed-message.js";
import type { Finding, Report, ValidationContext } from "./rules.js";
import { isInArea, metresToShape, type StaticFeed } from "./static-feed.js";
import { checkScheduledTrip } from "./trip-descriptors.js";
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

const SHAPE_DISTANCE_M = 200;

/** Judges a feed of any of the three kinds, or of all. */
export function validateFeed(
	previous: Uint8Array | undefined,
	current: Uint8Array,
	context: ValidationContext,
): readonly Finding[] {
	const message = readMessage(current);
	const findings: Finding[] = [];
	const before = previous === undefined ? undefined : readMessage(previous).header.timestamp;
	const isSameContent = previous !== undefined && Buffer.compare(previous, current) === 0;
	const last = previous === undefined ? undefined : { timestamp: before, isSameContent };
	checkFeedMessage(asFeedMessage(message), context.now, last, (finding) => findings.push(finding));
	for (const entity of message.entity) {
		const report: Report = (code, text) => findings.push({ code, message: text, entityId: entity.id });
		if (entity.trip_update !== undefined) checkTripUpdate(entity.trip_update, message, context, report);
		if (entity.alert !== undefined) checkAlert(entity.alert, context, report);
		if (entity.vehicle !== undefined && context.schedule !== undefined)
			checkSchedule(entity.vehicle, context.schedule, report);
	}
	return findings;
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
