import { checkTimestamp, isPosix } from "../../src/formats/gtfs-realtime-rules.js";
import type { Message, StopTimeEvent, StopTimeUpdate, Trip, TripUpdate } from "./feed-message.js";
import type { Report, ValidationContext } from "./rules.js";
import type { StaticFeed, StaticStopTime } from "./static-feed.js";
import { checkScheduledTrip, checkTrip } from "./trip-descriptors.js";

/** The rules of the validator about trip updates. */

/** Relationships under which a trip need not say anything of its stops. Only CANCELED is known to the validator itself. */
const STOPLESS = new Set(["CANCELED", "DELETED", "DUPLICATED"]);
/** Trips of which a stop may say when it is planned without saying when it will be. Younger than the validator. */
const PLANNING = new Set(["NEW", "REPLACEMENT"]);

export function checkTripUpdate(
	update: TripUpdate,
	message: Message,
	context: ValidationContext,
	report: Report,
): void {
	const stops = update.stop_time_update ?? [];
	const relationship = update.trip.schedule_relationship ?? "SCHEDULED";
	checkTimestamp(update.timestamp, message.header.timestamp, context.now, report);
	if (!update.vehicle?.id) report("W002", "vehicle.id is missing");
	checkTrip(update.trip, report);
	if (stops.length === 0 && !STOPLESS.has(relationship)) report("E041", "no stop_time_update");
	if (stops[0] !== undefined && stops[0].schedule_relationship === undefined) {
		report("W009", "schedule_relationship of the first stop is not set");
	}
	for (const stop of stops) checkStop(stop, PLANNING.has(relationship), report);
	checkOrder(stops, report);
	checkTimes(stops, report);
	const { schedule } = context;
	if (schedule === undefined) return;
	checkScheduledTrip(update.trip, update.vehicle?.id, schedule, report);
	checkScheduledStops(update.trip, stops, schedule, report);
}

function checkStop(stop: StopTimeUpdate, mayPlan: boolean, report: Report): void {
	const { arrival, departure, schedule_relationship: relationship } = stop;
	const name = `stop ${stop.stop_sequence ?? stop.stop_id}`;
	if (stop.stop_id === undefined && stop.stop_sequence === undefined)
		report("E040", "neither stop_id nor stop_sequence");
	const events = [arrival, departure].filter((event) => event !== undefined);
	const isPlanned = ({ time, delay, scheduled_time: planned }: StopTimeEvent) =>
		time === undefined && delay === undefined && planned !== undefined;
	if (relationship === "NO_DATA") {
		if (events.length > 0 && !(mayPlan && events.every(isPlanned)))
			report("E042", `${name}: times with NO_DATA`);
	} else if (relationship !== "SKIPPED") {
		if (events.length === 0) report("E043", `${name}: neither arrival nor departure`);
		for (const { time, delay } of events) {
			if (time === undefined && delay === undefined) report("E044", `${name}: neither time nor delay`);
		}
	}
	for (const { time } of events) {
		if (time !== undefined && !isPosix(time)) report("E001", `${name}: ${time} is not POSIX seconds`);
	}
}

function checkOrder(stops: readonly StopTimeUpdate[], report: Report): void {
	const sequences = stops.flatMap(({ stop_sequence: sequence }) => sequence ?? []);
	if (new Set(sequences).size < sequences.length) report("E036", "a stop_sequence is there twice");
	if (sequences.some((sequence, at) => at > 0 && sequence < (sequences[at - 1] ?? 0))) {
		report("E002", "stop_sequence goes back");
	}
	stops.forEach(({ stop_id: id }, at) => {
		if (at > 0 && id !== undefined && id === stops[at - 1]?.stop_id) {
			report("E037", `stop ${id} follows itself`);
		}
	});
}

/** Only times are compared, never delays. */
function checkTimes(stops: readonly StopTimeUpdate[], report: Report): void {
	let lastArrival: number | undefined;
	let lastDeparture: number | undefined;
	for (const { arrival, departure, stop_id: id } of stops) {
		const [arrives, departs] = [arrival?.time, departure?.time];
		if (arrives !== undefined && departs !== undefined && departs < arrives) {
			report("E025", `departs from ${id} at ${departs}, before it arrives at ${arrives}`);
		}
		const before = [lastArrival, lastDeparture].filter((time) => time !== undefined);
		for (const time of [arrives, departs]) {
			if (time === undefined || before.every((earlier) => time > earlier)) continue;
			report("E022", `${time} at ${id} is not after ${before.join(" and ")}`);
		}
		lastArrival = arrives ?? lastArrival;
		lastDeparture = departs ?? lastDeparture;
	}
}

function checkScheduledStops(
	trip: Trip,
	stops: readonly StopTimeUpdate[],
	schedule: StaticFeed,
	report: Report,
): void {
	for (const { stop_id: id } of stops) {
		if (id === undefined) continue;
		const known = schedule.stops.get(id);
		if (known === undefined) report("E011", `stop_id ${id} is unknown`);
		else if (known.locationType !== 0) report("E015", `stop ${id} is no boarding place`);
	}
	const planned = schedule.stopTimes.get(trip.trip_id ?? "");
	if (planned === undefined) return;
	const isLoop = new Set(planned.map(({ stopId }) => stopId)).size < planned.length;
	if (isLoop && stops.some(({ stop_sequence: sequence }) => sequence === undefined)) {
		report("E009", `trip ${trip.trip_id} visits a stop twice, and a stop_sequence is missing`);
	}
	const bySequence = new Map(planned.map((stop) => [stop.sequence, stop]));
	const places: number[] = [];
	for (const stop of stops) {
		const place = placeOf(stop, planned, bySequence);
		if (stop.stop_sequence !== undefined && place === undefined) {
			report("E051", `trip ${trip.trip_id} has no stop_sequence ${stop.stop_sequence}`);
			return;
		}
		if (place === undefined) continue;
		places.push(place.sequence);
		if (stop.stop_id !== undefined && stop.stop_id !== place.stopId) {
			report("E045", `stop_sequence ${place.sequence} of trip ${trip.trip_id} is ${place.stopId}`);
		}
		checkPlannedTime(stop.arrival, place.hasArrival, place, report);
		checkPlannedTime(stop.departure, place.hasDeparture, place, report);
	}
	const hasAll = stops.every(({ stop_sequence: sequence }) => sequence !== undefined);
	if (!hasAll && places.some((place, at) => at > 0 && place <= (places[at - 1] ?? 0))) {
		report("E002", "stops are not in the order of the trip");
	}
}

/** The stop of the trip that an update is about; undefined where its stop_id does not say which. */
function placeOf(
	stop: StopTimeUpdate,
	planned: readonly StaticStopTime[],
	bySequence: ReadonlyMap<number, StaticStopTime>,
): StaticStopTime | undefined {
	if (stop.stop_sequence !== undefined) return bySequence.get(stop.stop_sequence);
	const same = planned.filter(({ stopId }) => stopId === stop.stop_id);
	return same.length === 1 ? same[0] : undefined;
}

function checkPlannedTime(
	event: StopTimeEvent | undefined,
	isPlanned: boolean,
	{ sequence }: StaticStopTime,
	report: Report,
): void {
	if (event?.delay !== undefined && event.time === undefined && !isPlanned) {
		report("E046", `a delay at stop_sequence ${sequence}, which has no time in the schedule`);
	}
}
