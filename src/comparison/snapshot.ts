import { isPosition } from "../formats/geodesy.js";
import { type ReadMessage, TRIP_RELATIONSHIP, type VehiclePosition } from "../formats/gtfs-realtime.js";
import { secondsToTime } from "../formats/gtfs-realtime-observe.js";
import type { EpochMs } from "../model/units.js";

/** A vehicle as one feed states it. */
export interface SeenVehicle {
	readonly tripId: string | undefined;
	readonly gtfsRouteId: string | undefined;
	readonly directionId: 0 | 1 | undefined;
	readonly startTime: string | undefined;
	readonly startDate: string | undefined;
	/** Such as `SCHEDULED`; undefined where it is not stated or not known. */
	readonly relationship: string | undefined;
	readonly latitude: number | undefined;
	readonly longitude: number | undefined;
	/** Of the position; the header's where the vehicle states none. */
	readonly time: EpochMs | undefined;
}

/** One state of a feed. */
export interface Snapshot {
	readonly headerTime: EpochMs | undefined;
	/** By vehicle id, else label, else trip and date: what both feeds can agree on. */
	readonly vehicles: ReadonlyMap<string, SeenVehicle>;
	/** Entities that are no vehicle position. */
	readonly others: number;
}

export function snapshotOf(message: ReadMessage): Snapshot {
	const headerTime = secondsToTime(message.header?.timestamp);
	const vehicles = new Map<string, SeenVehicle>();
	let others = 0;
	for (const entity of message.entities) {
		if ("unreadable" in entity || entity.vehicle === undefined || entity.isDeleted === true) {
			others++;
			continue;
		}
		const id = identityOf(entity.vehicle) ?? entity.id;
		if (id !== undefined) vehicles.set(id, seen(entity.vehicle, headerTime));
	}
	return { headerTime, vehicles, others };
}

function identityOf({ vehicle, trip }: VehiclePosition): string | undefined {
	if (vehicle?.id) return vehicle.id;
	if (vehicle?.label) return vehicle.label;
	return trip?.tripId ? `trip ${trip.tripId}${trip.startDate ? ` of ${trip.startDate}` : ""}` : undefined;
}

function seen({ trip, position, timestamp }: VehiclePosition, headerTime: EpochMs | undefined): SeenVehicle {
	const { latitude, longitude } = position ?? {};
	const isPlaced = latitude !== undefined && longitude !== undefined && isPosition(latitude, longitude);
	const direction = trip?.directionId;
	return {
		tripId: trip?.tripId || undefined,
		gtfsRouteId: trip?.routeId || undefined,
		directionId: direction === 0 || direction === 1 ? direction : undefined,
		startTime: trip?.startTime,
		startDate: trip?.startDate,
		relationship: TRIP_RELATIONSHIP[trip?.scheduleRelationship ?? -1],
		latitude: isPlaced ? latitude : undefined,
		longitude: isPlaced ? longitude : undefined,
		time: secondsToTime(timestamp) ?? headerTime,
	};
}
