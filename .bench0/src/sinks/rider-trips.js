import { emptyEntity, } from "../formats/gtfs-realtime.js";
import { daysFromCivil } from "../formats/local-time.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { FeedItem } from "./rider-item.js";
import { publishedStops } from "./rider-stops.js";
import { refusalOf, tierByAge, tierByHearing } from "./rider-vehicles.js";
import { clockOf, dateOf, descriptorOf, secondsOf, tripOf, wholeSeconds } from "./rider-words.js";
const SKIPPED = 1;
/** So long after its last forecast a trip may still be told of: a bus that is late at its last stop. */
const AFTER_LAST_MS = 5 * MINUTE_MS;
/** A service day, its night and every time zone: when a trip without stop times is over at the latest. */
const SERVICE_DAY_MS = 2 * DAY_MS;
const UNKNOWN_DAY_MS = DAY_MS;
/** `tu:<service date>:<trip>`, as the key of its records. */
export class TripEntity extends FeedItem {
    /**
     * It says something that does not become wrong with age: the trip is canceled, or a stop is skipped. Forecasts do.
     */
    isLasting;
    /** There is something to tell riders. */
    isTelling;
    /** From here on there is nothing left of the trip to tell. */
    endTime;
    #body;
    #stops;
    constructor(record, body) {
        super("tu", record);
        this.#body = body;
        const { scheduleRelationship } = body;
        this.#stops = publishedStops(body.stopTimeUpdates, scheduleRelationship);
        const isOff = scheduleRelationship === "canceled" || scheduleRelationship === "deleted";
        this.isLasting = isOff || this.#stops.some(isSkipped);
        const isRun = this.#stops.length > 0 || scheduleRelationship === "duplicated";
        this.isTelling = tripOf(body) !== undefined && (isOff || isRun);
        this.endTime = endOf(record, body, this.isLasting);
    }
    entity(detail) {
        const body = this.#body;
        const isWhole = detail === "whole";
        return {
            ...emptyEntity(this.id),
            tripUpdate: {
                trip: tripOf(body),
                stopTimeUpdates: isWhole ? [...this.#stops] : this.#stops.filter(isSkipped).map(withoutTimes),
                vehicle: isWhole ? descriptorOf(body) : undefined,
                timestamp: Math.floor(this.time / 1000),
                delay: isWhole ? wholeSeconds(body.delayS) : undefined,
                properties: body.tripProperties && propertiesOf(body.tripProperties),
            },
        };
    }
}
/**
 * A forecast is shown until it is stale: a wrong departure time is worse than none. What does not age (cancellations,
 * skipped stops) stays until the trip is over, or until nobody has heard of its feed for too long.
 *
 * @param hearing how it stands with the feed of a record. What a silent feed said is only hidden: when it is heard of again
 * it does not say again what has not changed.
 */
export function tripPolicy(rules, tiersOf, hearing) {
    const { max } = rules.tripUpdates;
    return {
        max,
        itemOf: (record) => record.body.kind === "trip_update" ? new TripEntity(record, record.body) : undefined,
        refusal: ({ record, time, isTelling }) => {
            if (record.body.unresolved !== undefined)
                return "unresolved";
            // Its stops are those of a detour: under the id of the trip riders would look for them in the schedule.
            if (record.body.attributes?.["modificationsId"] !== undefined)
                return "unresolved";
            if (secondsOf(time) === undefined)
                return "time";
            return refusalOf(record, rules) ?? (isTelling ? undefined : "empty");
        },
        tierOf: (item, ageMs, now) => {
            if (now >= item.endTime)
                return "over";
            const tier = tierByAge(ageMs, tiersOf(item.record.origin.feed));
            if (tier === "fresh" || tier === "aging")
                return tier;
            if (!item.isLasting)
                return tier === "over" ? tier : "hidden";
            return tierByHearing("stale", hearing(item.record, now));
        },
    };
}
function propertiesOf(properties) {
    return {
        tripId: properties.tripId,
        startDate: dateOf(properties.serviceDate),
        startTime: clockOf(properties.startTime),
        shapeId: properties.shapeId,
        tripHeadsign: properties.headsign,
        tripShortName: properties.shortName,
    };
}
function isSkipped({ scheduleRelationship }) {
    return scheduleRelationship === SKIPPED;
}
function withoutTimes(stop) {
    return { ...stop, arrival: undefined, departure: undefined, departureOccupancyStatus: undefined };
}
/** After its last stop time; where it states none, after its service day. A forecast without times only ends by its age. */
function endOf(record, body, isLasting) {
    let last = Number.NEGATIVE_INFINITY;
    let isOpen = false;
    for (const { arrival, departure, scheduleRelationship } of body.stopTimeUpdates) {
        const time = departure?.time ?? arrival?.time;
        if (time !== undefined)
            last = Math.max(last, time);
        // A delay without a time runs on to a stop that the schedule knows.
        else if (scheduleRelationship !== "skipped")
            isOpen = true;
    }
    if (last > 0 && !isOpen)
        return last + AFTER_LAST_MS;
    if (!isLasting)
        return Number.POSITIVE_INFINITY;
    return Math.max(last, dayEndOf(body.serviceDate) ?? record.eventTime + UNKNOWN_DAY_MS);
}
function dayEndOf(date) {
    if (date === undefined || !/^\d{8}$/.test(date))
        return undefined;
    const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].map(Number);
    return daysFromCivil(year ?? 0, month ?? 1, day ?? 1) * DAY_MS + SERVICE_DAY_MS;
}
