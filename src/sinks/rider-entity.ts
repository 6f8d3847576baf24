import {
	CONGESTION_LEVEL,
	emptyEntity,
	emptyVehicle,
	type FeedEntity,
	OCCUPANCY_STATUS,
	STOP_STATUS,
} from "../formats/gtfs-realtime.js";
import type { VehicleLocation } from "../model/observation.js";
import type { TransitRecord } from "../model/record.js";
import { isInLayover } from "./rider-ages.js";
import { type Detail, FeedItem } from "./rider-item.js";
import { descriptorOf, numberOf, tripOf, whole, within } from "./rider-words.js";

/** `vp:<vehicle>`, else `vp:<service date>:<trip>`, else `vp:label:<label>`. */
export class VehicleEntity extends FeedItem {
	readonly #body: VehicleLocation;

	constructor(record: TransitRecord, body: VehicleLocation) {
		super("vp", record);
		this.#body = body;
	}

	get hasPosition(): boolean {
		return hasPlace(this.record, this.#body);
	}

	/** The place of a train that has no position: it stays when what the train did there has become too old to tell. */
	get hasStop(): boolean {
		return this.#body.stopId !== undefined;
	}

	/** Without a position only a vehicle on a known trip tells riders anything. */
	get hasTrip(): boolean {
		const { tripId, gtfsRouteId, startTime, unresolved } = this.#body;
		if (unresolved !== undefined) return false;
		return tripId !== undefined || (gtfsRouteId !== undefined && startTime !== undefined);
	}

	/** Upstream names no trip, no route and no block. */
	get isUnassigned(): boolean {
		const { tripId, gtfsRouteId, blockId } = this.#body;
		return tripId === undefined && gtfsRouteId === undefined && blockId === undefined;
	}

	/** It waits at a terminal. */
	get isInLayover(): boolean {
		return isInLayover(this.#body);
	}

	protected entity(detail: Detail): FeedEntity {
		const body = this.#body;
		const isWhole = detail === "whole";
		const hasPosition = this.hasPosition;
		return {
			...emptyEntity(this.id),
			vehicle: {
				...emptyVehicle(),
				// Riders would look for it in the schedule, and it is not there.
				trip: body.unresolved === undefined ? tripOf(body) : undefined,
				position: hasPosition
					? {
							latitude: body.latitude,
							longitude: body.longitude,
							bearing: isWhole ? within(body.headingDeg, 0, 360) : undefined,
							odometer: within(body.odometerM, 0, Number.MAX_VALUE),
							speed: isWhole ? within(body.speedMps, 0, 1e6) : undefined,
						}
					: undefined,
				timestamp: Math.floor(this.time / 1000),
				vehicle: descriptorOf(body),
				...(isWhole ? stateOf(body) : { stopId: hasPosition ? undefined : body.stopId }),
			},
		};
	}
}

/** A position that no validator refuses, unless the receiver itself does not trust its fix. */
function hasPlace(record: TransitRecord, { latitude, longitude }: VehicleLocation): boolean {
	const isPossible = within(latitude, -90, 90) !== undefined && within(longitude, -180, 180) !== undefined;
	return isPossible && !(latitude === 0 && longitude === 0) && !record.flags.includes("fix_not_valid");
}

/** What a vehicle was doing at the time. Minutes later riders would read it as what it does now. */
function stateOf(body: VehicleLocation) {
	return {
		currentStopSequence: whole(body.currentStopSequence),
		currentStatus: numberOf(STOP_STATUS, body.currentStatus),
		congestionLevel: numberOf(CONGESTION_LEVEL, body.congestionLevel),
		stopId: body.stopId,
		occupancyStatus: numberOf(OCCUPANCY_STATUS, body.occupancyStatus),
		occupancyPercentage: whole(body.occupancyPercentage),
		carriages: body.carriages?.map((carriage) => ({
			id: carriage.id,
			label: carriage.label,
			occupancyStatus: numberOf(OCCUPANCY_STATUS, carriage.occupancyStatus),
			occupancyPercentage: whole(carriage.occupancyPercentage),
			sequence: whole(carriage.sequence),
		})),
	};
}
