import { isPosition } from "../formats/geodesy.js";
import {
	type AlertMessage,
	type ReadMessage,
	type StopTimeEventMessage,
	TRIP_RELATIONSHIP,
	type TripUpdateMessage,
	type VehiclePosition,
} from "../formats/gtfs-realtime.js";
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
	/** Forecasts by trip id. */
	readonly trips: ReadonlyMap<string, SeenForecast>;
	/** What the alerts say: ids differ from feed to feed, texts do not. */
	readonly alerts: ReadonlySet<string>;
	/** Entities that are none of these. */
	readonly others: number;
}

/** When something is said to happen; a delay counts where no time is stated. */
export interface SeenEvent {
	readonly time: EpochMs | undefined;
	readonly delayS: number | undefined;
}

export interface SeenStop {
	readonly sequence: number | undefined;
	readonly stopId: string | undefined;
	readonly arrival: SeenEvent | undefined;
	readonly departure: SeenEvent | undefined;
}

export interface SeenForecast {
	readonly gtfsRouteId: string | undefined;
	readonly stops: readonly SeenStop[];
	readonly bySequence: ReadonlyMap<number, SeenStop>;
	/** Without those where the trip calls twice. */
	readonly byStop: ReadonlyMap<string, SeenStop>;
}

const ALERT_TEXT_MAX = 200;

export function snapshotOf(message: ReadMessage): Snapshot {
	const headerTime = secondsToTime(message.header?.timestamp);
	const vehicles = new Map<string, SeenVehicle>();
	const trips = new Map<string, SeenForecast>();
	const alerts = new Set<string>();
	let others = 0;
	for (const entity of message.entities) {
		if ("unreadable" in entity || entity.isDeleted === true) {
			others++;
			continue;
		}
		const tripId = entity.tripUpdate?.trip?.tripId;
		if (entity.tripUpdate && tripId) trips.set(tripId, forecast(entity.tripUpdate));
		if (entity.alert) alerts.add(alertText(entity.alert) ?? `alert ${entity.id}`);
		if (entity.vehicle === undefined) {
			if (!tripId && !entity.alert) others++;
			continue;
		}
		const id = identityOf(entity.vehicle) ?? entity.id;
		if (id !== undefined) vehicles.set(id, seen(entity.vehicle, headerTime));
	}
	return { headerTime, vehicles, trips, alerts, others };
}

function forecast({ trip, stopTimeUpdates }: TripUpdateMessage): SeenForecast {
	const bySequence = new Map<number, SeenStop>();
	const byStop = new Map<string, SeenStop>();
	const twice = new Set<string>();
	const stops = stopTimeUpdates.map(({ stopSequence, stopId, arrival, departure }): SeenStop => {
		const stop = {
			sequence: stopSequence,
			stopId: stopId || undefined,
			arrival: eventOf(arrival),
			departure: eventOf(departure),
		};
		if (stop.sequence !== undefined) bySequence.set(stop.sequence, stop);
		if (stop.stopId !== undefined && byStop.has(stop.stopId)) twice.add(stop.stopId);
		if (stop.stopId !== undefined) byStop.set(stop.stopId, stop);
		return stop;
	});
	for (const stopId of twice) byStop.delete(stopId);
	return { gtfsRouteId: trip?.routeId || undefined, stops, bySequence, byStop };
}

function eventOf(event: StopTimeEventMessage | undefined): SeenEvent | undefined {
	return event && { time: secondsToTime(event.time), delayS: event.delay };
}

/** Header, else description, in the first language that is stated. */
function alertText({ headerText, descriptionText }: AlertMessage): string | undefined {
	for (const translations of [headerText, descriptionText]) {
		const words = translations.find(({ text }) => text?.trim())?.text;
		if (words) return words.trim().replace(/\s+/g, " ").slice(0, ALERT_TEXT_MAX);
	}
	return undefined;
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
