import type { TripUpdate, VehicleLocation } from "../model/observation.js";
import type { RecordBody, TransitRecord } from "../model/record.js";
import type { EpochMs } from "../model/units.js";
import { deliveryJson } from "./delivery-json.js";
import { VehicleEntity } from "./rider-entity.js";
import type { FeedItem } from "./rider-item.js";
import type { ServedItem } from "./rider-served.js";

/** What one subject is told as, from one change of it to the next. Never changes but for its age. */
export class LiveLine {
	readonly served: ServedItem<FeedItem>;
	/** The publication with which it became this, or a later one where that is not known any more. */
	readonly changedTime: EpochMs;
	/** The newest publication that it stood in. */
	seenTime: EpochMs;
	#told: TransitRecord | undefined;
	#text: string | undefined;

	constructor(served: ServedItem<FeedItem>, changedTime: EpochMs, seenTime: EpochMs) {
		this.served = served;
		this.changedTime = changedTime;
		this.seenTime = seenTime;
	}

	/** The record as riders may know it at its tier. Filters go by it too: nothing is found by what is not told. */
	get told(): TransitRecord {
		this.#told ??= { ...this.served.item.record, body: toldBody(this.served) };
		return this.#told;
	}

	/** `deliveryJson` with the member `freshness` behind it: the tier, and the age at `now` in whole seconds. */
	text(now: EpochMs): string {
		this.#text ??= `${deliveryJson(this.told).slice(0, -1)},"freshness":{"tier":"${this.served.tier}","ageS":`;
		return `${this.#text}${Math.max(0, Math.floor((now - this.served.item.time) / 1000))}}}`;
	}
}

/** Told of every record, or never: ids of people, and what upstream called what has been put right since. */
const UNTOLD = { operatorId: undefined, runId: undefined, upstreamIds: undefined };
/** Riders would look for it in the schedule, and it is not there. */
const NO_TRIP = {
	tripId: undefined,
	gtfsRouteId: undefined,
	directionId: undefined,
	serviceDate: undefined,
	startTime: undefined,
	scheduleRelationship: undefined,
	blockContinues: undefined,
};
/** What a vehicle did at the time: minutes later it would be read as what it does now. */
const NO_DOING = {
	headingDeg: undefined,
	speedMps: undefined,
	scheduleDeviationS: undefined,
	currentStopSequence: undefined,
	currentStatus: undefined,
	congestionLevel: undefined,
	occupancyStatus: undefined,
	occupancyPercentage: undefined,
	doorsOpen: undefined,
	carriages: undefined,
};

function toldBody({ item, detail }: ServedItem<FeedItem>): RecordBody {
	const { body } = item.record;
	const isWhole = detail === "whole";
	switch (body.kind) {
		case "vehicle_location":
			return toldVehicle(body, isWhole, item instanceof VehicleEntity && item.hasPosition);
		case "trip_update":
			return isWhole ? { ...body, ...UNTOLD } : toldTrip(body);
		default:
			return { ...body, ...UNTOLD };
	}
}

function toldVehicle(body: VehicleLocation, isWhole: boolean, hasPosition: boolean): VehicleLocation {
	return {
		...body,
		...UNTOLD,
		...(body.unresolved !== undefined && NO_TRIP),
		...(!hasPosition && { latitude: undefined, longitude: undefined }),
		...(!isWhole && NO_DOING),
		...(!isWhole && hasPosition && { stopId: undefined }),
	};
}

/** A skipped stop stays skipped; when the bus comes is not known any more. */
function toldTrip(body: TripUpdate): TripUpdate {
	const skipped = body.stopTimeUpdates.filter((stop) => stop.scheduleRelationship === "skipped");
	const stopTimeUpdates = skipped.map((stop) => ({
		...stop,
		arrival: undefined,
		departure: undefined,
		departureOccupancyStatus: undefined,
	}));
	const noForecast = { delayS: undefined, vehicleId: undefined, vehicleLabel: undefined };
	return { ...body, ...UNTOLD, ...noForecast, licensePlate: undefined, stopTimeUpdates };
}
