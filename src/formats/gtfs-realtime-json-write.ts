import {
	CONGESTION_LEVEL,
	type FeedEntity,
	type FeedHeader,
	INCREMENTALITY,
	OCCUPANCY_STATUS,
	type Position,
	STOP_STATUS,
	TRIP_RELATIONSHIP,
	type TripDescriptor,
	type VehicleDescriptor,
	WHEELCHAIR_ACCESSIBLE,
} from "./gtfs-realtime.js";

/**
 * GTFS-realtime as JSON in the form that most publishers use: names of the standard in snake_case, enums by name,
 * numbers as numbers. What is not set is left out.
 */

export function headerJson(header: FeedHeader): string {
	return JSON.stringify({
		gtfs_realtime_version: header.gtfsRealtimeVersion,
		incrementality: name(INCREMENTALITY, header.incrementality),
		timestamp: header.timestamp,
		feed_version: header.feedVersion,
	});
}

/** The members of an entity that holds a vehicle position, without the braces, so that the caller can add its own. */
export function vehicleEntityJson(entity: FeedEntity): string {
	const { vehicle } = entity;
	return JSON.stringify({
		id: entity.id,
		vehicle: vehicle && {
			trip: vehicle.trip && trip(vehicle.trip),
			position: vehicle.position && position(vehicle.position),
			current_stop_sequence: vehicle.currentStopSequence,
			current_status: name(STOP_STATUS, vehicle.currentStatus),
			timestamp: vehicle.timestamp,
			congestion_level: name(CONGESTION_LEVEL, vehicle.congestionLevel),
			stop_id: vehicle.stopId,
			vehicle: vehicle.vehicle && descriptor(vehicle.vehicle),
			occupancy_status: name(OCCUPANCY_STATUS, vehicle.occupancyStatus),
			occupancy_percentage: vehicle.occupancyPercentage,
		},
	}).slice(1, -1);
}

function trip(descriptorOfTrip: TripDescriptor) {
	return {
		trip_id: descriptorOfTrip.tripId,
		start_time: descriptorOfTrip.startTime,
		start_date: descriptorOfTrip.startDate,
		schedule_relationship: name(TRIP_RELATIONSHIP, descriptorOfTrip.scheduleRelationship),
		route_id: descriptorOfTrip.routeId,
		direction_id: descriptorOfTrip.directionId,
	};
}

function position(place: Position) {
	return {
		latitude: place.latitude,
		longitude: place.longitude,
		bearing: place.bearing,
		odometer: place.odometer,
		speed: place.speed,
	};
}

function descriptor(vehicle: VehicleDescriptor) {
	return {
		id: vehicle.id,
		label: vehicle.label,
		license_plate: vehicle.licensePlate,
		wheelchair_accessible: name(WHEELCHAIR_ACCESSIBLE, vehicle.wheelchairAccessible),
	};
}

function name(names: readonly (string | undefined)[], value: number | undefined): string | undefined {
	return value === undefined ? undefined : names[value];
}
