import { CONGESTION_LEVEL, emptyEntity, emptyVehicle, OCCUPANCY_STATUS, STOP_STATUS, } from "../formats/gtfs-realtime.js";
import { isInLayover } from "./rider-ages.js";
import { FeedItem } from "./rider-item.js";
import { descriptorOf, numberOf, tripOf, whole, within } from "./rider-words.js";
/** `vp:<vehicle>`, else `vp:<service date>:<trip>`, else `vp:label:<label>`. */
export class VehicleEntity extends FeedItem {
    hasPosition;
    /** The place of a train that has no position: it stays when what the train did there has become too old to tell. */
    hasStop;
    /** Without a position only a vehicle on a known trip tells riders anything. */
    hasTrip;
    /** Upstream names no trip, no route and no block. */
    isUnassigned;
    /** It waits at a terminal. */
    isInLayover;
    #body;
    constructor(record, body) {
        super("vp", record);
        this.#body = body;
        this.hasPosition = placeOf(record, body) !== undefined;
        this.hasStop = body.stopId !== undefined;
        const { tripId, gtfsRouteId, blockId, startTime, unresolved } = body;
        this.hasTrip =
            unresolved === undefined &&
                (tripId !== undefined || (gtfsRouteId !== undefined && startTime !== undefined));
        this.isUnassigned = tripId === undefined && gtfsRouteId === undefined && blockId === undefined;
        this.isInLayover = isInLayover(body);
    }
    entity(detail) {
        const body = this.#body;
        const isWhole = detail === "whole";
        const place = placeOf(this.record, body);
        return {
            ...emptyEntity(this.id),
            vehicle: {
                ...emptyVehicle(),
                // Riders would look for it in the schedule, and it is not there.
                trip: body.unresolved === undefined ? tripOf(body) : undefined,
                position: place && {
                    latitude: place.latitude,
                    longitude: place.longitude,
                    bearing: isWhole ? within(body.headingDeg, 0, 360) : undefined,
                    odometer: within(body.odometerM, 0, Number.MAX_VALUE),
                    speed: isWhole ? within(body.speedMps, 0, 1e6) : undefined,
                },
                timestamp: Math.floor(this.time / 1000),
                vehicle: descriptorOf(body),
                ...(isWhole ? stateOf(body) : { stopId: place === undefined ? body.stopId : undefined }),
            },
        };
    }
}
/** A position that no validator refuses, unless the receiver itself does not trust its fix. */
function placeOf(record, body) {
    const latitude = within(body.latitude, -90, 90);
    const longitude = within(body.longitude, -180, 180);
    if (latitude === undefined || longitude === undefined)
        return undefined;
    if ((latitude === 0 && longitude === 0) || record.flags.includes("fix_not_valid"))
        return undefined;
    return { latitude, longitude };
}
/** What a vehicle was doing at the time. Minutes later riders would read it as what it does now. */
function stateOf(body) {
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
