import { isPosix } from "../../src/formats/gtfs-realtime-rules.js";
import type { Alert, Selector } from "./feed-message.js";
import type { Report, ValidationContext } from "./rules.js";
import type { StaticFeed } from "./static-feed.js";
import { checkTripForm } from "./trip-descriptors.js";

/** The rules of the validator about alerts. */
export function checkAlert(alert: Alert, { schedule }: ValidationContext, report: Report): void {
	const selectors = alert.informed_entity ?? [];
	if (selectors.length === 0) report("E032", "no informed_entity");
	for (const { start, end } of alert.active_period ?? []) {
		for (const time of [start, end]) {
			if (time !== undefined && !isPosix(time)) report("E001", `${time} is not POSIX seconds`);
		}
	}
	for (const selector of selectors) {
		if (Object.keys(selector).length === 0) report("E033", "an informed_entity names nothing");
		const route = selector.trip?.route_id;
		if (route !== undefined && selector.route_id !== undefined && route !== selector.route_id) {
			report("E031", `route_id ${selector.route_id} with a trip of route ${route}`);
		}
		if (selector.trip !== undefined) checkTripForm(selector.trip, report);
		if (schedule !== undefined) checkSelector(selector, schedule, report);
	}
}

function checkSelector(selector: Selector, schedule: StaticFeed, report: Report): void {
	const { agency_id: agency, route_id: route, stop_id: stop, trip } = selector;
	if (agency !== undefined && !schedule.agencies.has(agency))
		report("E034", `agency_id ${agency} is unknown`);
	if (route !== undefined && !schedule.routes.has(route)) report("E004", `route_id ${route} is unknown`);
	if (stop !== undefined && !schedule.stops.has(stop)) report("E011", `stop_id ${stop} is unknown`);
	if (trip?.trip_id === undefined) return;
	const known = schedule.trips.get(trip.trip_id);
	if (known === undefined) {
		if (trip.schedule_relationship !== "ADDED") report("E003", `trip_id ${trip.trip_id} is unknown`);
		return;
	}
	if (route !== undefined && route !== known.routeId) {
		report("E030", `trip ${trip.trip_id} is not of route ${route}`);
	}
	if (trip.route_id !== undefined && trip.route_id !== known.routeId) {
		report("E035", `trip ${trip.trip_id} is not of route ${trip.route_id}`);
	}
}
