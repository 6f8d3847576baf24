import type { Message } from "./feed-message.js";
import type { Finding, ValidationContext } from "./rules.js";

/**
 * What vehicle positions and trip updates of one instant must agree on: the trip of each vehicle (E047, unless both trips
 * are of one block), and which trips there are (W003).
 */
export function validatePair(
	positions: Message,
	trips: Message,
	{ schedule }: Pick<ValidationContext, "schedule">,
): readonly Finding[] {
	const findings: Finding[] = [];
	const blockOf = (trip: string) => schedule?.trips.get(trip)?.blockId;
	const tripOf = new Map<string, string>();
	const positioned = new Set<string>();
	for (const { vehicle } of positions.entity) {
		const trip = vehicle?.trip?.trip_id;
		if (trip === undefined) continue;
		positioned.add(trip);
		if (vehicle?.vehicle?.id !== undefined) tripOf.set(vehicle.vehicle.id, trip);
	}
	const updated = new Set<string>();
	for (const { id: entityId, trip_update: update } of trips.entity) {
		const trip = update?.trip.trip_id;
		if (trip === undefined) continue;
		updated.add(trip);
		const other = update?.vehicle?.id === undefined ? undefined : tripOf.get(update.vehicle.id);
		if (other === undefined || other === trip) continue;
		const block = blockOf(trip);
		if (block !== undefined && block === blockOf(other)) continue;
		const message = `vehicle ${update?.vehicle?.id} is on trip ${other} in one feed, on ${trip} in the other`;
		findings.push({ code: "E047", message, entityId });
	}
	const lonely =
		[...positioned].some((trip) => !updated.has(trip)) || [...updated].some((trip) => !positioned.has(trip));
	if (lonely) findings.push({ code: "W003", message: "trips in one feed that are not in the other" });
	return findings;
}
