import { emptyEntity, WHEELCHAIR_BOARDING, } from "../formats/gtfs-realtime.js";
import { daysFromCivil } from "../formats/local-time.js";
import { DAY_MS } from "../model/units.js";
import { translations } from "./rider-alerts.js";
import { FeedItem } from "./rider-item.js";
import { tierByHearing } from "./rider-vehicles.js";
import { clockOf, dateOf, secondsOf, whole, wholeSeconds } from "./rider-words.js";
/** More modifications, shapes and stops than any agency has at a time. */
const DETOURS_MAX = 10_000;
/** A service day may begin half a day after that of UTC and last into the second night. */
const AFTER_DATE_MS = 3 * DAY_MS;
/** `detour:modifications:<id>`, `detour:shape:<shape_id>` or `detour:stop:<stop_id>`. */
export class DetourEntity extends FeedItem {
    /** There is something to tell: a trip of the schedule that is changed, a line, a place. */
    isTelling;
    /** Of modifications: when the last of their days is over everywhere. */
    endTime;
    #message;
    constructor(record, body) {
        super("detour", record);
        const { modifications, shape, stop } = body;
        this.#message = {
            modifications: modifications && modificationsMessage(modifications),
            shape: shape && { shapeId: shape.shapeId, encodedPolyline: shape.encodedPolyline },
            stop: stop && stopMessage(stop),
        };
        const told = this.#message;
        this.isTelling =
            (told.modifications?.selectedTrips.length ?? 0) > 0 ||
                told.shape?.encodedPolyline !== undefined ||
                told.stop?.stopLat !== undefined;
        this.endTime = modifications === undefined ? Number.POSITIVE_INFINITY : endOf(modifications.serviceDates);
    }
    entity() {
        return { ...emptyEntity(this.id), detour: this.#message };
    }
}
/** Like an alert a detour does not age: it is shown until its days are over, or upstream lists it no more. */
export function detourPolicy(hearing) {
    return {
        max: DETOURS_MAX,
        itemOf: (record) => (record.body.kind === "detour" ? new DetourEntity(record, record.body) : undefined),
        refusal: ({ record, isTelling }) => {
            if (record.flags.includes("not_for_riders"))
                return "upstream";
            return isTelling ? undefined : "empty";
        },
        tierOf: ({ record, endTime }, _ageMs, now) => now >= endTime ? "over" : tierByHearing("fresh", hearing(record, now)),
    };
}
/** Without trips that the schedule does not have; what changes no trip, or has no day, changes nothing. */
function modificationsMessage(body) {
    const serviceDates = body.serviceDates.flatMap((date) => dateOf(date) ?? []);
    const selected = body.selectedTrips.map(({ tripIds, unresolvedTripIds = [], shapeId }) => ({
        tripIds: tripIds.filter((id) => !unresolvedTripIds.includes(id)),
        shapeId,
    }));
    return {
        selectedTrips: serviceDates.length === 0 ? [] : selected.filter(({ tripIds }) => tripIds.length > 0),
        startTimes: body.startTimes.flatMap((time) => clockOf(time) ?? []),
        serviceDates,
        modifications: body.changes.map((change) => ({
            start: selectorOf(change.from),
            end: selectorOf(change.to),
            propagatedDelay: wholeSeconds(change.propagatedDelayS),
            replacementStops: change.replacementStops.map(({ stopId, travelTimeS }) => ({
                travelTimeToStop: wholeSeconds(travelTimeS),
                stopId,
            })),
            // As the alert is called in the feed of alerts.
            serviceAlertId: change.alertId === undefined ? undefined : `alert:${change.alertId}`,
            lastModifiedTime: secondsOf(change.lastModifiedTime),
        })),
    };
}
function selectorOf(selector) {
    return selector && { stopSequence: whole(selector.stopSequence), stopId: selector.stopId };
}
function stopMessage(stop) {
    const boarding = WHEELCHAIR_BOARDING.findIndex((name) => name.toLowerCase() === stop.wheelchairBoarding);
    return {
        stopId: stop.stopId,
        stopCode: translations(stop.code),
        stopName: translations(stop.name),
        ttsStopName: translations(stop.spokenName),
        stopDesc: translations(stop.description),
        stopLat: stop.latitude,
        stopLon: stop.longitude,
        zoneId: stop.zoneId,
        stopUrl: translations(stop.url),
        parentStation: stop.parentStation,
        stopTimezone: stop.timezone,
        wheelchairBoarding: boarding < 0 ? undefined : boarding,
        levelId: stop.levelId,
        platformCode: translations(stop.platformCode),
    };
}
function endOf(dates) {
    const ends = dates.map((date) => {
        const day = daysFromCivil(Number(date.slice(0, 4)), Number(date.slice(4, 6)), Number(date.slice(6)));
        return day * DAY_MS + AFTER_DATE_MS;
    });
    return Math.max(...ends, 0);
}
